"""A real browser on a real server: pages are opened, filled in and read as people do, with axe on each of them."""

import logging
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Error, Page
from werkzeug.serving import make_server

from ifr.db import db
from ifr.demo import accounts
from tests.conftest import CHEAPEST
from tests.databases import Templates

# The rules of WCAG 2.2 A and AA, and axe's own best practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(autouse=True)
def held_clock() -> None:
    """A browser has its own clock, so these tests run at the real one."""


class Site:
    """One installation that people open in a browser; `work()` is what its worker does in a tick."""

    def __init__(self, app: Flask, browser: Browser) -> None:
        self.app, self._browser = app, browser
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._contexts: dict[str, BrowserContext] = {}
        self._thread.start()

    def work(self) -> int:
        from ifr import jobs

        return jobs.tick(self.app)["issue"]

    def open_as(self, key: str) -> Page:
        """A page of somebody who is signed in; each person has one browser."""
        if key not in self._contexts:
            self._contexts[key] = self.open_anew(key).context
        return self._contexts[key].pages[0]

    def open_anew(self, key: str, *, javascript: bool = True, width: int = 1280) -> Page:
        """A browser of its own in which somebody signs in on the sign-in page."""
        context = self._browser.new_context(
            base_url=self.address, java_script_enabled=javascript, viewport={"width": width, "height": 900}
        )
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.goto("/sign-in")
        page.get_by_label("Email address").fill(accounts.BY_KEY[key].email)
        page.get_by_label("Password", exact=True).fill(accounts.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        return page

    def close(self) -> None:
        for context in self._contexts.values():
            context.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def site(chromium: Browser, templates: Templates) -> Iterator[Site]:
    yield from open_site(chromium, templates, templates.copy("sqlite"))


def open_site(chromium: Browser, templates: Templates, url: str) -> Iterator[Site]:
    """An installation on this database, in which a released letter leaves at once."""
    from ifr import create_app

    app = create_app(replace(templates.config(url, templates.files), letter_hold_minutes=0))
    app.config["ARGON2"] = CHEAPEST
    opened = Site(app, chromium)
    yield opened
    opened.close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    templates.drop(url)


# Only what it found travels back: to hand over all that it looked at takes longer than looking.
_RUN = "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})"
_FOUND = f"{_RUN}.then(said => said.violations)"
_AXE = Axe().axe_script


def _read(page: Page) -> list[dict[str, Any]]:
    page.evaluate(_AXE)
    found: list[dict[str, Any]] = page.evaluate(_FOUND, RULES)
    return found


def violations_of(page: Page) -> list[str]:
    page.wait_for_load_state("load")
    try:
        found = _read(page)
    except Error:
        # The page gave way to the next one while it was being read: the one that is there now is read.
        page.wait_for_timeout(500)
        page.wait_for_load_state("load")
        found = _read(page)
    return [
        f"{page.url}: {v['id']} ({v['help']}) at {', '.join(n['target'][0] for n in v['nodes'][:3])}"
        for v in found
    ]


# What stands on a page besides its words: the kinds of its elements, in whatever number.
_KINDS = """() => [...new Set([...document.querySelectorAll('body *')].map(
    one => one.tagName + '.' + one.className + [...one.attributes].map(a => a.name).sort().join()
))].sort().join()"""
_NUMBERS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")
_read_before: set[tuple[str, int]] = set()


def _is_new(page: Page) -> bool:
    """Whether axe has not yet read such a page here: at this address, whatever the numbers in it, with these kinds of
    elements. A journey comes to many a page ten times, and axe takes a second for each."""
    page.wait_for_load_state("load")
    try:
        kind = (_NUMBERS.sub("N", urlsplit(page.url).path), hash(page.evaluate(_KINDS)))
    except Error:
        # It gave way to the next one meanwhile, which is read.
        return True
    is_new = kind not in _read_before
    _read_before.add(kind)
    return is_new


@pytest.fixture
def look() -> Callable[[Page], None]:
    """Has axe read the page that is open; fails on any violation, and on a page wider than its window."""

    def read(page: Page) -> None:
        faults = violations_of(page) if _is_new(page) else []
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
            faults.append(f"{page.url}: the page scrolls sideways")
        assert not faults, "\n".join(faults)

    return read
