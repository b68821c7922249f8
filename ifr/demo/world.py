"""What a demonstration holds when it starts, and what the tests find in their databases."""

from ifr.db import transaction
from ifr.demo import accounts


def load_for_tests() -> None:
    """The accounts."""
    with transaction():
        accounts.load()
