"""Pages of this room."""

from flask import Blueprint

blueprint = Blueprint("times", __name__)
