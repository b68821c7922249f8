"""GP practices and the bodies that are responsible for their patients: read from a table, looked up by name or code.

A practice leads to a body (National Health Service commissioning rules, "Who Pays?": registration first, then residence,
with exceptions). It never decides who is responsible: a person may dispute it, and a person settles it.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import StringIO

from sqlalchemy import ColumnElement, and_, or_, select

from ifr import audit, clock
from ifr.cases import identity
from ifr.cases.models import Case
from ifr.cases.patients.models import Practice
from ifr.db import db
from ifr.pages import plain_text
from ifr.people.models import COMMISSIONER, Organisation
from ifr.people.services import STREAM, Actor, organisation_named
from ifr.policies.models import CommissionerArea
from ifr.policies.standing import plain_area

COLUMNS = ("ods_code", "name", "postcode_area", "body", "body_name", "area", "from", "until")
MOST_FOUND = 12
_CODE = re.compile(r"[A-Z0-9]{3,10}")


class PracticeTableError(ValueError):
    """A table of practices that cannot be read; the message names the line and what would cure it."""


def plain_name(text: str) -> str:
    """A practice's name as it is compared: small letters and digits, parted by single blanks."""
    return " ".join(re.findall(r"[a-z0-9]+", text.casefold().replace("’", "").replace("'", "")))


def load(text: str, *, by: Actor, demonstration: bool = False) -> int:
    """Put a table of practices on record and say how many rows it has. A row that is there already (the same code from the
    same day) is written anew. Nothing is kept of a table that has a fault: PracticeTableError names its line."""
    rows = list(_rows(text))
    known = {(one.ods_code, one.from_on): one for one in db.session.scalars(select(Practice))}
    for row in rows:
        there = known.get((row.ods_code, row.from_on))
        if there is None:
            there = known[row.ods_code, row.from_on] = row
            db.session.add(row)
        for name in ("name", "plain_name", "postcode_area", "body_id", "body_name", "area", "until_on"):
            setattr(there, name, getattr(row, name))
        there.demonstration = demonstration
    db.session.flush()
    audit.record(STREAM, "load_practices", by=by.actor, practices=len(rows))
    return len(rows)


def _rows(text: str) -> Iterator[Practice]:
    reader = csv.DictReader(StringIO(text.lstrip("\ufeff")))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise PracticeTableError(f"line 1: the table lacks the column {missing[0]}; it needs {', '.join(COLUMNS)}")
    bodies: dict[str, Organisation | None] = {}
    for number, row in enumerate(reader, start=2):
        yield _row(number, {name: plain_text(row[name] or "") for name in COLUMNS}, bodies)


def _row(line: int, row: dict[str, str], bodies: dict[str, Organisation | None]) -> Practice:
    code = row["ods_code"].upper()
    if not _CODE.fullmatch(code):
        raise PracticeTableError(f"line {line}: {row['ods_code']!r} is no code of a practice; write 3 to 10 letters or digits")
    if not plain_name(row["name"]):
        raise PracticeTableError(f"line {line}: the practice has no name; add it")
    slug = row["body"]
    if slug and slug not in bodies:
        bodies[slug] = organisation_named(slug)
    body = bodies.get(slug)
    if slug and (body is None or body.kind != COMMISSIONER):
        raise PracticeTableError(f"line {line}: {slug!r} is no commissioner on record; leave it empty and give body_name")
    if body is None and not row["body_name"]:
        raise PracticeTableError(f"line {line}: say which body is responsible, in body or in body_name")
    return Practice(
        ods_code=code,
        name=row["name"],
        plain_name=plain_name(row["name"]),
        postcode_area=row["postcode_area"].upper(),
        body_id=body.id if body else None,
        body_name=row["body_name"] or (body.name if body else ""),
        area=row["area"],
        from_on=_day(line, "from", row["from"]) or date(1948, 7, 5),
        until_on=_day(line, "until", row["until"]),
    )


def _day(line: int, column: str, typed: str) -> date | None:
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise PracticeTableError(f"line {line}: {column} is {typed!r}; write a day as 2026-04-01") from None


# --- looking up -------------------------------------------------------------------------------------------------------


def find(typed: str, on: date | None = None) -> list[Practice]:
    """The practices of a day whose code is what was typed, or whose name holds all its words; a dozen at most."""
    words = plain_name(typed)
    if not words:
        return []
    by_code = Practice.ods_code == "".join(typed.split()).upper()
    named = [Practice.plain_name.contains(word, autoescape=True) for word in words.split()[:8]]
    query = select(Practice).where(or_(by_code, and_(*named)), *_in_force(on or clock.today()))
    return list(db.session.scalars(query.order_by(Practice.plain_name, Practice.ods_code).limit(MOST_FOUND)))


def meant_by(typed: str, on: date | None = None) -> Practice | None:
    """The one practice that was meant: by its code, its full name, or because no other fits. None where it is not clear."""
    found = find(typed, on)
    exactly = [one for one in found if one.ods_code == typed.strip().upper() or one.plain_name == plain_name(typed)]
    if len(exactly) == 1:
        return exactly[0]
    return found[0] if len(found) == 1 and not exactly else None


def with_code(code: str, on: date | None = None) -> Practice | None:
    """The practice of a code, as it was on a day."""
    query = select(Practice).where(Practice.ods_code == code, *_in_force(on or clock.today()))
    return db.session.scalars(query).first()


def _in_force(on: date) -> tuple[ColumnElement[bool], ...]:
    return (Practice.from_on <= on, or_(Practice.until_on.is_(None), Practice.until_on >= on))


# --- what a practice leads to -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Belongs:
    """The body to which the patient's practice leads: no name and no code of the practice."""

    body_id: int | None
    body: str
    area: str
    ours: bool
    demonstration: bool

    @property
    def words(self) -> str:
        area = f" (area: {self.area})" if self.area else ""
        return f"This practice belongs to {self.body}{area}, so {self.body} decides."


def belongs(case: Case) -> Belongs | None:
    """Which body the patient's practice leads to on the day of the request; None where no practice of the table is named."""
    code = identity.practice_code_of(case)
    practice = with_code(code, case.received_on) if code else None
    return leads_to(case, practice) if practice else None


def leads_to(case: Case, practice: Practice) -> Belongs:
    """What choosing a practice would mean for a request."""
    ours = practice.body_id == case.commissioner_id
    return Belongs(practice.body_id, practice.body_name, practice.area, ours, practice.demonstration)


def area_for_policies(case: Case, found: Belongs | None) -> str:
    """The area that the register of policies is asked with: that of the practice, where the commissioner's policies name
    such an area, or none at all. One that they do not name would only say that another body is responsible, which is for a
    person to say."""
    if found is None or not found.ours or not found.area:
        return ""
    named = set(db.session.scalars(select(CommissionerArea.plain_name).where(CommissionerArea.owner_id == case.commissioner_id)))
    return found.area if not named or plain_area(found.area) in named else ""
