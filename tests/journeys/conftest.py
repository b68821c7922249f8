"""The journeys run in the browser of tests/browser/, through the pages; those without a browser at the held clock."""

from collections.abc import Iterator

import pytest

from ifr import clock
from tests.browser.conftest import look, site
from tests.databases import NOW

__all__ = ["look", "site"]


@pytest.fixture(autouse=True)
def held_clock(request: pytest.FixtureRequest) -> Iterator[None]:
    """A browser has a clock of its own, so a journey in one runs at the real hour."""
    if "site" in request.fixturenames:
        yield
        return
    with clock.at(NOW):
        yield
