"""Pages of those who keep the register."""

from flask import Blueprint

blueprint = Blueprint("editing", __name__)
