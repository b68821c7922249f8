"""The pages on which an interest is declared, found in the middle of the papers, asked about and cleared."""

from flask import Blueprint

blueprint = Blueprint("interests", __name__)
