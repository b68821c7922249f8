"""The pages of the identity check."""

from flask import Blueprint

blueprint = Blueprint("checking", __name__)
