"""Whoever has a conflict of interest in a request meets nothing of it: every answer is byte for byte what it would be had the
request other content, made with as many queries.

Two requests are walled off from one member: one decided and under appeal, one on the agenda of a meeting to come. Every page of
the service is asked for before and after everything that these requests consist of has been changed.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.routing import BuildError, Rule

from ifr import clock, jobs
from ifr.access import Role
from ifr.cases.identity import Patient
from ifr.cases.models import CONFLICTED, Case, Involvement
from ifr.cases.services import part_of
from ifr.db import db, metadata
from ifr.demo import accounts, afterwards, hearing, stories, walk
from ifr.demo.days import LONGER_THAN_THE_HOLD
from ifr.mail import Mail
from ifr.panels import services as panels
from ifr.panels.interests import questions, stopping
from ifr.panels.interests.openings import opened
from ifr.panels.room import minutes
from ifr.panels.sitting import open_item_of
from ifr.people import services as people
from ifr.telling import calendars, digests
from tests import figures

WALLED = "nina_member"
MEMBERS = ("omar_member", WALLED, "mina_member", "leo_lay")
# Every other role in the commissioner's office, so that every list, count, search and download opens.
OFFICE = [role for role in Role if role not in (
    Role.PANEL_MEMBER, Role.GUEST_MEMBER, Role.SCHEDULER, Role.CLINICIAN, Role.PROVIDER_DELEGATE, Role.PROVIDER_APPROVER,
)]  # fmt: skip

# What a walled person may know: that there is a meeting with a private item, who sits, and the person's own part.
NOT_CONTENT = {"involvements", "seats", "meetings", "attendances", "identity_questions", "paper_openings", "interest_stops",
               "interest_clearings", "audit_events", "moves", "barred_members"}  # fmt: skip
# Codes that the service looks up: a request with another word there is no other request but a broken one.
CODES = {"state", "reference", "uuid", "kind", "stream", "to", "sha256", "media_type", "papers_sha256", "place", "key",
         "about", "stage", "section", "capacity", "once", "stored_as", "mime", "path", "outcome", "answer", "digest"}  # fmt: skip
# What is made anew for each page, whatever it shows: the form's token and mark, and the nonce of its scripts.
_ANEW = re.compile(
    rb'nonce="[^"]*"|name="csrf_token"[^>]*>|<input[^>]*name="(?:once|mark)"[^>]*>|value="[0-9a-f]{32}"'
)
_SKIP = {"static", "people.sign_out", "people.sign_in", "people.send_sign_in", "operations.health"}


@dataclass(frozen=True)
class Walled:
    """One request, and every number by which an address could ask for something of it."""

    case_id: int
    key: str
    meeting_id: int
    item_id: int
    values: Mapping[str, list[Any]]


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    queries: int


@dataclass
class Count:
    routes: set[str] = field(default_factory=set)
    compared: int = 0
    differing: list[str] = field(default_factory=list)


# --- the world --------------------------------------------------------------------------------------------------------------


def ready(story: stories.Story) -> Case:
    return walk.ready_for_panel(walk.in_screening(walk.in_check(walk.received(story))))


@pytest.fixture
def walled(app: Flask) -> list[Walled]:
    """A refused request under appeal and one to come before a meeting, both with a conflict of interest of one member."""
    with app.app_context():
        decided, ahead = ready(stories.FORAMINOPLASTY), ready(stories.FORAMINOPLASTY)
        beside = walk.in_check(walk.received(stories.FORAMINOPLASTY))
        meeting = hearing.planned(accounts.CM, clock.today(), members=MEMBERS)
        items = [_decided(decided, meeting)]
        later = hearing.planned(accounts.CM, clock.today() + timedelta(days=14), members=MEMBERS)
        items.append(_stopped(ahead, later))
        assert not beside.capacities(accounts.user("rosa_spine")) & {Role.PANEL_MEMBER}
        found = [_numbers(case, item_id, meeting_id) for case, (meeting_id, item_id) in zip((decided, ahead), items, strict=True)]
        db.session.commit()
        return found


def _decided(case: Case, meeting: Any) -> tuple[int, int]:
    hearing.listed(case, meeting)
    item = open_item_of(case)
    assert item is not None
    where = (meeting.id, item.id)
    for who in (hearing.CHAIR, *MEMBERS):
        hearing.declared(case, who, interest="My neighbour" if who == WALLED else "")
    leo = accounts.user("leo_lay")
    panels.write_view(item, text="I doubt it.", leaning="not_fund", by=leo)
    opened(item, leo)
    hearing.opened(meeting, MEMBERS)
    hearing.decided(case, "not_funded")
    minutes.save_notes(meeting.id, {f"item-{item.id}": "Leo asked about the scar."}, seen=0, by=accounts.user("stan_minutes"))
    afterwards.released(case.stream)
    db.session.commit()
    case_id = case.id
    with clock.at(clock.now() + LONGER_THAN_THE_HOLD):
        jobs.issue_letters()
    case = db.session.get_one(Case, case_id)
    afterwards.reviewed(afterwards.accepted(afterwards.appealed(case, "rosa_spine", "procedure", "Not shown."), "procedure"))
    db.session.commit()
    return where


def _stopped(case: Case, meeting: Any) -> tuple[int, int]:
    hearing.listed(case, meeting)
    item = open_item_of(case)
    assert item is not None
    omar, nina = accounts.user("omar_member"), accounts.user(WALLED)
    part = part_of(case, omar.id, Role.PANEL_MEMBER)
    assert part is not None
    questions.ask(part.id, words="Sam Poole of Ely", by=omar)
    hearing.declared(case, WALLED)
    opened(item, nina)
    stopping.stop(case.key, note="The name of the road", by=nina)
    return meeting.id, item.id


def _numbers(case: Case, item_id: int, meeting_id: int) -> Walled:
    """The numbers of everything of a case, under the names that addresses give them."""
    with db.session.no_autoflush:
        by_stream = {
            name: list(db.session.scalars(sa.select(table.c.id).where(table.c.stream == case.stream)))
            for name, table in metadata.tables.items()
            if "stream" in table.c and "id" in table.c
        }
        by_case = {
            name: list(db.session.scalars(sa.select(table.c.id).where(table.c.case_id == case.id)))
            for name, table in metadata.tables.items()
            if "case_id" in table.c and "id" in table.c
        }
    own = db.session.scalars(
        sa.select(Involvement.id).where(Involvement.case_id == case.id, Involvement.interest == CONFLICTED)
    ).all()
    assert own, "the member's conflict stands"
    few = {name: ids[:1] for name, ids in (by_stream | by_case).items()}
    values: dict[str, list[Any]] = {
        "key": [case.key], "meeting_id": [meeting_id], "item_id": [item_id], "part_id": list(own[:1]),
        "document_id": by_stream["documents"][:2], "letter_id": by_stream["letters"][:2], "deadline_id": few["deadlines"],
        "question_id": few["identity_questions"], "user_id": [accounts.user("leo_lay").id], "number": [1],
        "row_id": few["factors"], "party_id": few["parties"], "seat_id": [1], "document": [1],
    }  # fmt: skip
    return Walled(case.id, case.key, meeting_id, item_id, values)


# --- asking -----------------------------------------------------------------------------------------------------------------


def addresses(app: Flask, one: Walled, method: str) -> Iterator[tuple[Rule, str]]:
    """Every address that the service has, with the numbers of one request filled in; each number beside the first ones."""
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if rule.endpoint in _SKIP or method not in (rule.methods or set()):
                continue
            for values in _fillings(rule, one):
                try:
                    yield rule, adapter.build(rule.endpoint, values, method=method, append_unknown=False)
                except BuildError:
                    continue


def _fillings(rule: Rule, one: Walled) -> Iterator[dict[str, Any]]:
    filled = {name: one.values.get(name, [_any(rule, name)]) or [1] for name in rule._converters}
    first = {name: values[0] for name, values in filled.items()}
    yield first
    for name, values in filled.items():
        for value in values[1:]:
            yield {**first, name: value}


def _any(rule: Rule, name: str) -> Any:
    """Something that fits where an address names nothing of the request."""
    converter = rule._converters[name]
    choices = re.findall(r"\w+", converter.regex) if type(converter).__name__ == "AnyConverter" else []
    return choices[-1] if choices else 1


SEARCHES = (
    "/worklist?q=foraminoplasty", "/worklist?q={key}", "/worklist?sort=due", "/search?words=foraminoplasty",
    "/search?words={key}", "/letters?mine=yes", "/no-such-page/{key}", "/cases/{key}/no-such-page", "/cases/IFR-2026-9999",
)  # fmt: skip


@contextmanager
def counting(app: Flask) -> Iterator[list[int]]:
    with app.app_context():
        connection = db.engine
    seen = [0]

    def one_more(*_: Any) -> None:
        seen[0] += 1

    event.listen(connection, "before_cursor_execute", one_more)
    try:
        yield seen
    finally:
        event.remove(connection, "before_cursor_execute", one_more)


def ask(client: FlaskClient, address: str, method: str, seen: list[int]) -> Answer:
    before = seen[0]
    answer = client.open(address, method=method)
    headers = [(k, v) for k, v in answer.headers.items() if k not in ("Date", "Set-Cookie", "Content-Security-Policy")]
    return Answer(answer.status_code, sorted(headers), _ANEW.sub(b"", answer.data), seen[0] - before)


def mailed(app: Flask) -> Answer:
    """What the summary of the next working day says to the walled person, with the entries of the calendar feed."""
    with app.app_context(), clock.at(clock.now() + timedelta(days=2)):
        nina = accounts.user(WALLED)
        digests.take_turn(nina.id)
        rows = db.session.scalars(sa.select(Mail).where(Mail.user_id == nina.id).order_by(Mail.id)).all()
        said = [row.subject + row.text + (row.calendar or "") for row in rows]
        said.append(calendars.calendar_of(nina).decode())
        db.session.commit()
    return Answer(0, [], re.sub(r"DTSTAMP:\S+", "", "\n".join(said)).encode(), 0)


def everything(
    app: Flask, client: FlaskClient, requests: list[Walled], methods: tuple[str, ...]
) -> dict[tuple[str, str], tuple[str, Answer]]:
    """Every answer to the walled person, by method and address. What asking writes is taken back each time."""
    found = {}
    with app.app_context():
        connection: Any = db.engine
    with connection.begin_nested() as attempt:
        found["MAIL", "the summary of the day"] = "digest", mailed(app)
        attempt.rollback()
    with counting(app) as seen:
        for method in methods:
            for one in requests:
                if method == "POST" and one is not requests[0]:
                    continue
                asked = [(rule.endpoint, address) for rule, address in addresses(app, one, method)]
                if method == "GET":
                    asked += [("searches", address.format(key=one.key)) for address in SEARCHES]
                for endpoint, address in asked:
                    if (method, address) in found or (method == "POST" and one.key not in address):
                        continue
                    with connection.begin_nested() as attempt:
                        found[method, address] = endpoint, ask(client, address, method, seen)
                        attempt.rollback()
    return found


# --- other content ------------------------------------------------------------------------------------------------------------


def change_everything(requests: list[Walled]) -> int:
    """Other words and days in everything of these requests; answers how many rows were changed."""
    changed = 0
    for one in requests:
        owned = {name: _owned(table, one) for name, table in metadata.tables.items() if name not in NOT_CONTENT}
        for name, where in owned.items():
            if where is not None:
                changed += _change(metadata.tables[name], where)
        db.session.expire_all()
        patient = db.session.scalars(sa.select(Patient).where(Patient.case_id == one.case_id)).one()
        assert patient.name and "other" in patient.name, "another patient"
    db.session.commit()
    return changed


def _owned(table: sa.Table, one: Walled) -> Any:
    """Which rows of a table are of a request: its own, those of its item, and what hangs on a row of its own."""
    if table.name == "cases":
        return table.c.id == one.case_id
    if "case_id" in table.c:
        return table.c.case_id == one.case_id
    if "item_id" in table.c:
        return table.c.item_id == one.item_id
    if "stream" in table.c:
        return table.c.stream == f"case:{one.case_id}"
    for column in table.c:
        above = next((key.column.table for key in column.foreign_keys), None)
        if above is not None and "case_id" in above.c and "id" in above.c:
            return column.in_(sa.select(above.c.id).where(above.c.case_id == one.case_id))
    return None


def _change(table: sa.Table, where: Any) -> int:
    content = [c for c in table.c if _is_content(table, c)]
    if not content:
        return 0
    rows = db.session.execute(sa.select(table).where(where)).mappings().all()
    for row in rows:
        other = {c.name: _other(row[c.name]) for c in content if row[c.name] not in (None, "")}
        if other:
            same = sa.and_(*(c == row[c.name] for c in table.primary_key.columns))
            db.session.execute(sa.update(table).where(same).values(other))
    return len(rows)


def _is_content(table: sa.Table, column: sa.Column[Any]) -> bool:
    if column.primary_key or column.foreign_keys or column.name in CODES or column.name.endswith(("_key", "_hash", "_id")):
        return False
    if table.name == "letters" and column.name == "name":
        return False
    if table.name == "agenda_items":
        return column.name in ("papers", "note", "manifest")
    unique = {c.name for index in table.indexes if index.unique for c in index.columns}
    unique |= {c.name for one in table.constraints if isinstance(one, sa.UniqueConstraint) for c in one.columns}
    return not column.unique and column.name not in unique


def _other(value: Any) -> Any:
    """The same kind of thing with other content. Moments, numbers and answers stay what they are."""
    if isinstance(value, str):
        return f"{value} other" if " " in value or value[:1].isupper() else value
    if isinstance(value, datetime) or not isinstance(value, date | dict | list):
        return value
    if isinstance(value, date):
        return value + timedelta(days=40)
    if isinstance(value, dict):
        return {key: _other(one) for key, one in value.items()}
    return [_other(one) for one in value]


# --- the test ---------------------------------------------------------------------------------------------------------------


def compare(before: Mapping[Any, tuple[str, Answer]], after: Mapping[Any, tuple[str, Answer]], count: Count) -> None:
    assert before.keys() == after.keys()
    for (method, address), (endpoint, was) in before.items():
        now = after[method, address][1]
        count.routes.add(f"{method} {endpoint}")
        count.compared += 1
        if was != now:
            parts = [name for name in ("status", "headers", "body", "queries") if getattr(was, name) != getattr(now, name)]
            count.differing.append(f"{method} {address}: {', '.join(parts)}; {was.queries} and {now.queries} queries")
        elif method == "POST" and was.status not in (403, 404):
            count.differing.append(f"{method} {address} answers {was.status}, neither 403 nor 404")


def test_a_walled_person_meets_the_same_answers_whatever_the_request_holds(
    app: Flask, client: FlaskClient, sign_in: Callable[[FlaskClient, str], None], walled: list[Walled]
) -> None:
    sign_in(client, WALLED)
    as_member = everything(app, client, walled[:1], ("GET",))
    assert as_member["GET", "/my-meetings"][1].body.count(b"Private item") == 2, "and nothing more of the two requests"
    with app.app_context():
        nina = accounts.user(WALLED)
        for role in OFFICE:
            people.add_membership(user=nina, organisation=accounts.organisation(accounts.CM), role=role, by=people.JOB)
        db.session.commit()
    in_office = everything(app, client, walled, ("GET", "POST"))
    clear = app.test_client()
    sign_in(clear, "stan_minutes")
    with counting(app) as seen:
        shown = ask(clear, f"/cases/{walled[0].key}", "GET", seen)
    with app.app_context():
        assert change_everything(walled) > 50
    with counting(app) as seen:
        assert ask(clear, f"/cases/{walled[0].key}", "GET", seen).body != shown.body, "somebody else sees the change"
    count = Count()
    compare(in_office, everything(app, client, walled, ("GET", "POST")), count)
    with app.app_context():
        for membership in [m for m in accounts.user(WALLED).memberships if m.role in OFFICE]:
            db.session.delete(membership)
        db.session.commit()
    compare(as_member, everything(app, client, walled[:1], ("GET",)), count)
    figures.print_figure(
        "walls", f"{len(count.routes)} routes tried, {count.compared} answers compared, {len(count.differing)} differences"
    )
    assert len(count.routes) > 100
    assert "MAIL digest" in count.routes and b"BEGIN:VEVENT" in in_office["MAIL", "the summary of the day"][1].body
    assert not count.differing, "\n".join(count.differing)
