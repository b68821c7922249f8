"""Pages of this room."""

from flask import Blueprint

blueprint = Blueprint("telling", __name__)
