"""The pages of the registers of those who sit."""

from flask import Blueprint

blueprint = Blueprint("members", __name__)
