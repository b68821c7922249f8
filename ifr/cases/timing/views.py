"""Pages of this room."""

from flask import Blueprint

blueprint = Blueprint("timing", __name__)
