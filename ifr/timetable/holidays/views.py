"""Pages of this room."""

from flask import Blueprint

blueprint = Blueprint("holidays", __name__)
