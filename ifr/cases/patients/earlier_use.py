"""The patient has had some of this treatment before: privately, in a trial, from the company, elsewhere, at the provider's
risk. The benefit seen is clinical evidence; how it was paid for is neither bar nor claim."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, documents, workflow
from ifr.cases.drafts.points import EVIDENCE
from ifr.cases.drafts.services import must_be_open
from ifr.cases.models import Case
from ifr.cases.patients.models import EarlierUse
from ifr.db import db
from ifr.documents import Document
from ifr.workflow import Invalid, NotVisible

KINDS = {
    "private": "Paid for privately",
    "trial": "In a clinical trial",
    "company": "Supplied by the company, free or at a reduced price",
    "other_commissioner": "Funded by another commissioner",
    "abroad": "Abroad",
    "provider_risk": "Given at the provider’s own risk while waiting",
}
# What holds of each kind wherever it is asked, besides the commissioner's own clause.
HOLDS = {
    "private": "Paying privately is neither a bar nor a claim. The benefit that was seen is weighed as evidence. Past private "
    "cost is normally not paid back.",
    "trial": "Say who promised what for the end of the trial, and send the document. The request is looked at all the same.",
    "company": "Say what the company promised, for how long, and send the document. The request is looked at all the same.",
    "other_commissioner": "Say who approved it, when, and send the approval if you have it.",
    "abroad": "The benefit that was seen is weighed as evidence. The cost of treatment abroad has a procedure of its own.",
    "provider_risk": "Treatment that the provider gave at its own risk while waiting never counts against the patient.",
}
_APPROVED_ELSEWHERE = {
    "honour": "What another commissioner approved is honoured until it has been reviewed.",
    "decide_afresh": "What another commissioner approved is decided afresh.",
}
NEEDS_PROMISE = frozenset({"trial", "company"})


@dataclass(frozen=True)
class UseSaid:
    """What was typed about one earlier use."""

    kind: str
    dates: str
    response: str
    measured: str = ""
    promised: str = ""
    document_id: int | None = None


@dataclass(frozen=True)
class Use:
    """One earlier use as pages and papers show it, with what holds of it and the commissioner's clause."""

    id: int
    kind: str
    words: str
    dates: str
    response: str
    measured: str
    promised: str
    document: Document | None
    holds: str
    clause: str
    source: str


def uses(case: Case) -> list[Use]:
    """The earlier uses of a request, in the order in which they were added."""
    rows = db.session.scalars(select(EarlierUse).where(EarlierUse.case_id == case.id).order_by(EarlierUse.id)).all()
    if not rows:
        return []
    filed = {one.id: one for one in documents.of(case.stream, EVIDENCE)}
    said = clauses(case)
    return [
        Use(
            row.id, row.kind, KINDS[row.kind], row.dates, row.response, row.measured, row.promised,
            filed.get(row.document_id or 0), HOLDS[row.kind], *said.get(row.kind, ("", "")),
        )
        for row in rows
    ]


def clauses(case: Case) -> Mapping[str, tuple[str, str]]:
    """What the commissioner's profile says of each kind of earlier use, with its source; only where it has words for it."""
    rules = case.profile.earlier_use
    if rules is None:
        return {}
    found = {"other_commissioner": (_APPROVED_ELSEWHERE[rules.approval_elsewhere], "the commissioner's profile")}
    return {**found, **{kind: (clause.words, clause.source) for kind, clause in rules.clauses.items()}}


def row_of(case: Case, use_id: int) -> EarlierUse:
    """Raises NotVisible."""
    query = select(EarlierUse).where(EarlierUse.case_id == case.id, EarlierUse.id == use_id)
    row = db.session.scalars(query).first()
    if row is None:
        raise NotVisible(str(use_id))
    return row


def files(case: Case) -> list[tuple[int, str]]:
    """The files of the request that an entry can point to."""
    return [(one.id, one.title) for one in documents.of(case.stream, EVIDENCE)]


def add_use(case: Case, said: UseSaid, *, once: str, by: Any) -> EarlierUse:
    """Add one earlier use. Sent twice, it is one. Raises Invalid, Refused once the request has been vouched for."""
    must_be_open(case, by)
    once = f"{case.id}:{once}"
    there = db.session.scalars(select(EarlierUse).where(EarlierUse.once == once, EarlierUse.case_id == case.id)).first()
    if there is not None:
        return there
    _refuse_faults(case, said)
    workflow.hold(case)
    row = EarlierUse(once=once, case_id=case.id, added_by_id=by.id, added_at=clock.now())
    _write(row, said)
    db.session.add(row)
    db.session.flush()
    audit.record(case.stream, "add_earlier_use", by=by.actor, use=row.id, kind=row.kind)
    return row


def change_use(case: Case, use_id: int, said: UseSaid, *, seen: int | None, by: Any) -> None:
    """Write one anew. Raises Invalid, NotVisible, Refused, Stale where somebody has written in the request since."""
    must_be_open(case, by)
    row = row_of(case, use_id)
    _refuse_faults(case, said)
    workflow.hold(case, seen)
    _write(row, said)
    db.session.flush()
    audit.record(case.stream, "change_earlier_use", by=by.actor, use=row.id, kind=row.kind)


def remove_use(case: Case, use_id: int, *, by: Any) -> None:
    """Take one out of a request that is still being written. Raises NotVisible, Refused."""
    must_be_open(case, by)
    row = row_of(case, use_id)
    workflow.hold(case)
    db.session.delete(row)
    db.session.flush()
    audit.record(case.stream, "remove_earlier_use", by=by.actor, use=use_id)


def _refuse_faults(case: Case, said: UseSaid) -> None:
    faults = {} if said.kind in KINDS else {"kind": "Say how the patient had it."}
    if not said.dates:
        faults["dates"] = "Say when it was, and for how long."
    if not said.response:
        faults["response"] = "Say what came of it, also where nothing did."
    if said.document_id is not None and documents.get(said.document_id, case.stream) is None:
        faults["document_id"] = "Choose a file of this request."
    if faults:
        raise Invalid(faults)


def _write(row: EarlierUse, said: UseSaid) -> None:
    row.kind, row.dates, row.response, row.measured = said.kind, said.dates, said.response, said.measured
    row.promised, row.document_id = said.promised, said.document_id


def missing(case: Case) -> list[str]:
    """What an entry still lacks: the promise on which the supply ended, and its document."""
    found = []
    for number, use in enumerate(uses(case), start=1):
        if use.kind in NEEDS_PROMISE and not use.promised:
            found.append(f"Earlier use {number}: who promised what for the end of it.")
        elif use.kind in NEEDS_PROMISE and use.document is None:
            found.append(f"Earlier use {number}: the document that says so.")
    return found
