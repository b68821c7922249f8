"""The journeys run in the browser of tests/browser/, through the pages."""

from tests.browser.conftest import held_clock, look, site

__all__ = ["held_clock", "look", "site"]
