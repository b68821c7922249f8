"""The journeys run in the browser of tests/browser/, through the pages."""

from tests.browser.conftest import chromium, held_clock, look, site

__all__ = ["chromium", "held_clock", "look", "site"]
