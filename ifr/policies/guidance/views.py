"""Pages of guidance on record."""

from flask import Blueprint

blueprint = Blueprint("guidance", __name__)
