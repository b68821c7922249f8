"""Finding a request: by reference, code, words of the request or of its documents; and by who the patient is.

The last is a reading of identity: it takes the permission for it, finds only what is exactly so, and goes on record.
"""

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select

from ifr import access, audit
from ifr.access import Permission
from ifr.cases import identity
from ifr.cases.models import Case
from ifr.cases.services import cases_visible_to
from ifr.cases.words import CaseWord, plain_code
from ifr.db import db, note
from ifr.documents import Document
from ifr.people.models import User
from ifr.policies import wording
from ifr.reports.worklist import Row, offices_of, rows_of

# A search that finds more is narrowed by another word; nobody reads further.
MOST_FOUND = 50
_REFERENCE = re.compile(r"\s*(?:IFR-)?(\d{4})-(\d{1,9})\s*", re.I)
_CODE = re.compile(r"\s*[A-Za-z]\d{2}\.?\d{0,2}\s*")


@dataclass(frozen=True)
class Found:
    """A request, and where in it the words stand."""

    row: Row
    where: list[str]


@dataclass(frozen=True)
class Finds:
    """What a search found, the latest first; `more` where it found more than are shown."""

    found: list[Found]
    more: bool


def search(user: User, typed: str) -> Finds:
    """Requests of this person's offices with a reference, a code, or every one of these words."""
    reference = _REFERENCE.fullmatch(typed)
    if reference:
        return _finds(user, Case.reference == f"IFR-{reference[1]}-{int(reference[2]):04d}")
    asked = [plain_code(typed)] if _CODE.fullmatch(typed) else sorted(wording.told_apart(typed))[:12]
    return _finds(user, *_holding(user, asked), asked=asked) if asked else Finds([], False)


def search_patient(user: User, typed: str) -> Finds:
    """Requests for the patient with exactly this NHS number or name. Each search goes on record, and so does each request
    that it finds; what was typed does not.

    Raises PermissionError for somebody who may not know who a patient is.
    """
    if not access.has(user.roles, Permission.IDENTITY_READ):
        raise PermissionError("this person may not know who a patient is")
    ids = identity.cases_with(typed)
    found = _finds(user, Case.id.in_(ids))
    keys, actor = [one.row.key for one in found.found], user.actor
    note(lambda: audit.record("identity", "search_identity", by=actor, found=len(keys), requests=keys))
    return found


def _finds(user: User, *conditions: ColumnElement[bool], asked: list[str] | None = None) -> Finds:
    query = cases_visible_to(user).where(Case.commissioner_id.in_(offices_of(user)), *conditions)
    listed = list(db.session.scalars(query.order_by(Case.id.desc()).limit(MOST_FOUND + 1)))
    shown = listed[:MOST_FOUND]
    where = _where([one.id for one in shown], asked) if asked else {}
    rows = [Found(row, where.get(one.id, [])) for one, row in zip(shown, rows_of(shown), strict=True)]
    return Finds(rows, len(listed) > MOST_FOUND)


def _holding(user: User, asked: list[str]) -> list[ColumnElement[bool]]:
    """Conditions under which a request, or one of its documents, holds a word that begins with each of these."""
    offices = offices_of(user)
    return [
        Case.id.in_(select(CaseWord.case_id).where(CaseWord.commissioner_id.in_(offices), *_begins(word))) for word in asked
    ]


def _begins(word: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Words are plain letters and digits, so a range of the index finds the beginnings."""
    return CaseWord.word >= word, CaseWord.word <= word + "z" * 60


def _where(ids: list[int], asked: list[str]) -> dict[int, list[str]]:
    """In which documents the words stand, by request; the request's own words need no saying."""
    query = (
        select(CaseWord.case_id, Document.title)
        .join(Document, Document.id == CaseWord.document_id)
        .where(CaseWord.case_id.in_(ids), or_(*(and_(*_begins(word)) for word in asked)))
        .distinct()
        .order_by(CaseWord.case_id, Document.title)
    )
    found: dict[int, list[str]] = {}
    for case_id, title in db.session.execute(query):
        found.setdefault(case_id, []).append(title)
    return found
