"""Pages of the public register."""

from flask import Blueprint

blueprint = Blueprint("public", __name__)
