"""The pages on which a decision is corrected, set aside or changed by an order."""

from flask import Blueprint

blueprint = Blueprint("undoing", __name__)
