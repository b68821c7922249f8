"""What a demonstration holds when it starts, and what the tests find in their databases."""

from ifr.db import transaction
from ifr.demo import accounts
from ifr.people.services import command
from ifr.policies.services import load_examples


def load_for_tests() -> None:
    """The accounts and the example policies."""
    with transaction():
        accounts.load()
        load_examples(by=command("demo"))
