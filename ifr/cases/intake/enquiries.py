"""Enquiries before there is a request: who asked about what, what was answered, and what became of it. Nobody's identity is
needed; where a name was given it is sealed."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, case, func, or_, select

from ifr import access, audit, clock
from ifr.access import Permission
from ifr.cases.intake.models import Enquiry
from ifr.cases.models import Case
from ifr.cases.services import cases_visible_to
from ifr.db import db, lock, note
from ifr.pages import plain_text
from ifr.people import services as people
from ifr.people.models import COMMISSIONER, Organisation, User
from ifr.workflow import Invalid, NotVisible, Reason, Refused

KINDS = {"telephone": "By telephone", "email": "By e-mail", "letter": "By letter", "in_person": "In person"}
ASKERS = {
    "clinician": "A clinician or a hospital",
    "practice": "A GP practice",
    "patient": "A patient or somebody for a patient",
    "mp": "A Member of Parliament or their office",
    "nhs_body": "Another NHS body",
    "other": "Somebody else",
}
SHOWS = {"": "All", "open": "Open", "became": "Became a request", "ended": "Ended without a request"}
PAGE = 25
A_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Asked:
    """One enquiry as it is written down."""

    commissioner_id: int
    asked_on: date
    kind: str
    asker: str
    about: str
    answered: str = ""
    who: str = ""


@dataclass(frozen=True)
class Row:
    """One enquiry as the list shows it."""

    enquiry: Enquiry
    commissioner: str
    became: str

    @property
    def outcome(self) -> tuple[str, str]:
        if self.enquiry.ended_at is None:
            return "open", "Open"
        return ("done", f"Became {self.became}") if self.became else ("closed", "Ended")


@dataclass(frozen=True)
class Found:
    """One page of the list, and where the next one begins."""

    rows: list[Row]
    before: int | None


def offices(by: User) -> list[Organisation]:
    """The commissioners whose enquiries somebody takes."""
    return [one for one in by.organisations(COMMISSIONER) if access.has(by.roles_in(one.id), Permission.CASE_CHECK)]


def _visible(by: User) -> Select[Enquiry]:
    return select(Enquiry).where(Enquiry.commissioner_id.in_([one.id for one in offices(by)]))


def add(asked: Asked, *, once: str, by: User) -> Enquiry:
    """Write an enquiry down. The same page sent twice writes one. Raises Invalid."""
    once = f"{by.id}:{once}"  # the mark of somebody else's page is another mark
    there = db.session.scalars(select(Enquiry).where(Enquiry.once == once)).first()
    if there is not None:
        return there
    faults = {}
    if asked.commissioner_id not in {one.id for one in offices(by)}:
        faults["commissioner_id"] = "Choose the commissioner."
    if asked.asked_on > clock.today():
        faults["asked_on"] = "An enquiry cannot be later than today."
    if faults:
        raise Invalid(faults)
    row = Enquiry(
        once=once, commissioner_id=asked.commissioner_id, asked_on=asked.asked_on, kind=asked.kind, asker=asked.asker,
        who=plain_text(asked.who) or None, about=plain_text(asked.about), answered=plain_text(asked.answered),
        recorded_at=clock.now(), recorded_by_id=by.id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.record(f"enquiry:{row.id}", "record_enquiry", by=by.actor, kind=row.kind, asker=row.asker)
    return row


def enquiry(enquiry_id: int, by: User) -> Enquiry:
    """One of this office. Raises NotVisible."""
    row = db.session.scalars(_visible(by).where(Enquiry.id == enquiry_id)).first()
    if row is None:
        raise NotVisible(str(enquiry_id))
    return row


@dataclass(frozen=True)
class Shown:
    """One enquiry with everything that its page shows; the name is read for it, and the reading goes on record."""

    row: Row
    who: str
    how: str
    asker: str
    recorded_by: str
    ended_by: str


def shown(enquiry_id: int, *, by: User) -> Shown:
    """One of this office. Raises NotVisible."""
    row = enquiry(enquiry_id, by)
    if row.who:
        stream, actor = f"enquiry:{row.id}", by.actor
        note(lambda: audit.record(stream, "read_identity", by=actor, why="enquiry"))
    names = people.people_named([row.recorded_by_id, row.ended_by_id])
    office = next(one.name for one in offices(by) if one.id == row.commissioner_id)
    became = _references([row.case_id]).get(row.case_id, "") if row.case_id else ""
    return Shown(
        row=Row(row, office, became),
        who=row.who or "",
        how=KINDS.get(row.kind, row.kind),
        asker=ASKERS.get(row.asker, row.asker),
        recorded_by=names.get(row.recorded_by_id, ""),
        ended_by=names.get(row.ended_by_id or 0, ""),
    )


def end(row: Enquiry, *, reference: str, words: str, by: User) -> None:
    """Say what became of it: the request that it led to, or that it ended, and how. Once said it stays.

    Raises Invalid, Refused where somebody else has ended it meanwhile.
    """
    row = lock(Enquiry, enquiry(row.id, by).id)
    reference, words = plain_text(reference).upper(), plain_text(words)
    case_id = _request(row, reference, by) if reference else None
    if row.ended_at is not None:
        if (row.case_id, row.ended_words) == (case_id, words):
            return
        raise Refused([Reason("It has been said already what became of this enquiry.")])
    if case_id is None and not words:
        raise Invalid({"words": "Name the request that it became, or say how it ended."})
    row.ended_at, row.ended_by_id, row.ended_words, row.case_id = clock.now(), by.id, words, case_id
    db.session.flush()
    audit.record(f"enquiry:{row.id}", "end_enquiry", by=by.actor, **({"case": case_id} if case_id else {}))


def _request(row: Enquiry, reference: str, by: User) -> int:
    found = db.session.scalars(
        cases_visible_to(by).where(Case.reference == reference, Case.commissioner_id == row.commissioner_id)
    ).first()
    if found is None:
        raise Invalid({"reference": "No request of this commissioner has this reference."})
    return found.id


# --- lists ------------------------------------------------------------------------------------------------------------


def found(by: User, *, words: str = "", show: str = "", before: int | None = None) -> Found:
    """A page of enquiries, newest first: those that hold these words, or are open, became a request, or ended."""
    query = _visible(by)
    if words:
        like = f"%{words.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
        query = query.where(
            or_(*(column.ilike(like, escape="!") for column in (Enquiry.about, Enquiry.answered, Enquiry.ended_words)))
        )
    if show in _SHOWN:
        query = query.where(_SHOWN[show])
    if before is not None:
        query = query.where(Enquiry.id < before)
    rows = db.session.scalars(query.order_by(Enquiry.id.desc()).limit(PAGE + 1)).all()
    listed_here = rows[:PAGE]
    names = {one.id: one.name for one in offices(by)}
    became = _references([one.case_id for one in listed_here if one.case_id is not None])
    listed = [Row(one, names[one.commissioner_id], became.get(one.case_id or 0, "")) for one in listed_here]
    return Found(listed, listed_here[-1].id if len(rows) > PAGE else None)


_SHOWN: dict[str, ColumnElement[bool]] = {
    "open": Enquiry.ended_at.is_(None),
    "became": Enquiry.case_id.is_not(None),
    "ended": Enquiry.ended_at.is_not(None) & Enquiry.case_id.is_(None),
}


def _references(ids: list[int]) -> dict[int, str]:
    """The references of cases; they say nothing about who the patient is."""
    rows = db.session.execute(select(Case.id, Case.reference).where(Case.id.in_(ids)))
    return {row.id: row.reference or "" for row in rows}


def counts(by: User) -> list[tuple[str, int]]:
    """How many there were in the last twelve months: by what became of them, then by who asked."""
    year = _visible(by).where(Enquiry.asked_on > clock.today() - A_YEAR)
    sums = [func.coalesce(func.sum(case((condition, 1), else_=0)), 0) for condition in _SHOWN.values()]
    told = db.session.execute(year.with_only_columns(func.count(), *sums)).one()
    by_asker = db.session.execute(year.with_only_columns(Enquiry.asker, func.count()).group_by(Enquiry.asker))
    askers = {asker: number for asker, number in by_asker}
    outcomes = zip(("In twelve months", "open", "became a request", "ended without one"), told, strict=True)
    return [*outcomes, *((ASKERS[key].lower(), askers[key]) for key in ASKERS if key in askers)]
