"""The pages of the post."""

from flask import Blueprint

blueprint = Blueprint("post", __name__)
