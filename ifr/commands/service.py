"""The application within which a command does its work."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app


@contextmanager
def service() -> Iterator[None]:
    """The application whose context is open, else one made from the environment."""
    if current_app:
        yield
        return
    from ifr import create_app

    with create_app().app_context():
        yield
