"""The pages for a death and for a change of party."""

from flask import Blueprint

blueprint = Blueprint("parties", __name__)
