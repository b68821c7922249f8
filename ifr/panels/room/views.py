"""The pages of a meeting while it is on, and its minutes."""

from flask import Blueprint

blueprint = Blueprint("room", __name__)
