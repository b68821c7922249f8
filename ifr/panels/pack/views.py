"""The pages from which papers are issued, opened and read again as the panel saw them."""

from flask import Blueprint

blueprint = Blueprint("pack", __name__)
