"""What every test stands on: a real database of each kind, the clock held, and a transaction that is rolled back."""

import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings

from ifr import clock
from ifr.db import db
from tests import figures
from tests.databases import CHEAPEST, KINDS, NOW, Templates, build
from tests.pages import CheckedClient

# No test fails because the machine is busy, and each run tries the same examples.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """The process that hands out the work makes the templates; the workers are told where they are."""
    if hasattr(config, "workerinput"):
        config.templates = Templates(**config.workerinput["templates"])  # type: ignore[attr-defined]
    elif not config.option.collectonly:
        config.templates = build()  # type: ignore[attr-defined]


# Whose tests run on both databases every time: the engine and the ledgers (at the top), the promises, the clock, the journeys,
# and the rooms in which people act at once. The others take turns.
ON_BOTH = frozenset({"structure", "deadlines", "journeys", "panels", "decisions"})
ROOT = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each test runs on a real database of one kind or of both. Tests of pages, and of rooms that are not ON_BOTH, take turns,
    half of them on each; with IFR_TEST_BOTH=yes, as in `make prove`, they too run on both (decision 17)."""
    # What looks at the whole demonstration comes last: one worker has walked it by then, and the other did not wait for it.
    items.sort(key=lambda item: "demonstration" in getattr(item, "fixturenames", ()))
    if os.environ.get("IFR_TEST_BOTH") != "yes":
        left = [item for item in items if _is_the_others_turn(item)]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]


def _is_the_others_turn(item: pytest.Item) -> bool:
    kind = item.callspec.params.get("app") if isinstance(item, pytest.Function) and hasattr(item, "callspec") else None
    room = item.path.relative_to(ROOT).parts[0]
    takes_turns = "client" in item.fixturenames or not (room in ON_BOTH or room.endswith(".py"))  # type: ignore[attr-defined]
    if kind is None or not takes_turns or room == "journeys":
        return False
    name = item.nodeid.replace(kind, "")
    return kind != KINDS[zlib.crc32(name.encode()) % len(KINDS)]


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "templates") and not hasattr(config, "workerinput"):
        config.templates.clear_away()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["templates"] = node.config.templates.as_dict()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    figures.take_over(node)


def pytest_sessionfinish(session: pytest.Session) -> None:
    figures.hand_over(session.config)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What tests measured, in the words of the tests, whether or not one failed."""
    if found := figures.lines():
        terminalreporter.section("figures")
        for line in found:
            terminalreporter.write_line(line)


@pytest.fixture(autouse=True)
def held_clock() -> Iterator[None]:
    """It is Saturday 21 November 2026, ten in the morning, unless a test holds the clock itself."""
    with clock.at(NOW):
        yield


@pytest.fixture(scope="session")
def templates(request: pytest.FixtureRequest) -> Templates:
    found: Templates = request.config.templates  # type: ignore[attr-defined]
    return found


@pytest.fixture(scope="session")
def apps(templates: Templates) -> Iterator[dict[str, Flask]]:
    """One application for each database, on this worker's own copy of the template."""
    made = {kind: make_app(templates, templates.copy(kind)) for kind in KINDS}
    yield made
    for app in made.values():
        with app.app_context():
            db.engine.dispose()
        templates.drop(app.config["IFR"].database_url)


def make_app(templates: Templates, url: str) -> Flask:
    from ifr import create_app

    app = create_app(templates.config(url, templates.files))
    app.config.update(TESTING=False, WTF_CSRF_ENABLED=False, ARGON2=CHEAPEST)
    app.test_client_class = CheckedClient
    return app


@pytest.fixture(params=KINDS)
def app(request: pytest.FixtureRequest, apps: dict[str, Flask]) -> Iterator[Flask]:
    """An application whose every transaction lies within one that is rolled back after the test."""
    app = apps[request.param]
    with app.app_context():
        engine = db.engine
        engines = db.engines
    connection = engine.connect()
    outer = connection.begin()
    engines[None] = connection  # type: ignore[index]
    db.session.session_factory.configure(join_transaction_mode="create_savepoint")
    try:
        yield app
    finally:
        with app.app_context():
            db.session.remove()
        engines[None] = engine  # type: ignore[index]
        outer.rollback()
        connection.close()


@pytest.fixture
def fresh_app(request: pytest.FixtureRequest, templates: Templates) -> Iterator[Callable[[str], Flask]]:
    """Makes applications on a database copy of their own, for tests that need several connections or processes."""
    made: list[Flask] = []

    def make(kind: str) -> Flask:
        made.append(make_app(templates, templates.copy(kind)))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        templates.drop(app.config["IFR"].database_url)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def sign_in() -> Callable[[FlaskClient, str], None]:
    """Signs somebody in by the key of a demonstration account, as the sign-in page does once the password is right."""

    def start(client: FlaskClient, key: str) -> None:
        from ifr.demo import accounts
        from ifr.people import services

        with client.application.app_context():
            token = services.start_sign_in(accounts.user(key))
            db.session.commit()
        with client.session_transaction() as session:
            session.clear()
            session["token"] = token

    return start


# Chromium as root, in a container, without asking the internet for anything.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, one for a worker: Playwright runs once in a process."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()
