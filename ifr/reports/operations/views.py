"""Pages of this room."""

from flask import Blueprint

blueprint = Blueprint("operations", __name__)
