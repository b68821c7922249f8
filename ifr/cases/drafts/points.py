"""The rows of a request: points raised, treatments so far, evidence. Each can be added, changed and taken out."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from ifr import audit, clock, documents, workflow
from ifr.cases.drafts.reading import LONGEST_TEXT
from ifr.cases.drafts.services import must_be_open
from ifr.cases.models import Case, EarlierTreatment, Factor
from ifr.cases.services import factors_of
from ifr.db import db
from ifr.documents import Document
from ifr.pages import plain_text

FACTOR_KINDS = {"clinical": "Clinical", "not_clinical": "Not clinical", "unclear": "Not sure"}
# How common a point is in the comparison group: each is an answer, and what is not known is better said than guessed.
COMMON_KINDS = {"known": "Known", "estimate": "An estimate", "unknown": "Not known"}
EVIDENCE = "evidence"


# --- points raised --------------------------------------------------------------------------------------------------


def add_factor(
    case: Case,
    *,
    once: str,
    what: str,
    kind: str,
    common_kind: str | None = None,
    common_from: float | None = None,
    common_to: float | None = None,
    how_common: str = "",
    why_benefit: str = "",
    question_key: str | None = None,
    evidence_id: int | None = None,
    by: Any,
) -> Factor:
    """Put one point on the request. The same form sent twice makes one point."""
    must_be_open(case, by)
    workflow.hold(case)
    once = _of_this_case(case, once)
    there = db.session.scalars(select(Factor).where(Factor.once == once)).first()
    if there is not None:
        return there
    last = db.session.scalar(select(func.max(Factor.number)).where(Factor.case_id == case.id)) or 0
    row = Factor(once=once, case_id=case.id, number=last + 1, what="", kind=kind, raised_at=clock.now())
    _write_factor(case, row, what, kind, how_common, why_benefit, question_key, evidence_id)
    _write_share(row, common_kind, common_from, common_to)
    db.session.add(row)
    db.session.flush()
    audit.record(case.stream, "add_point", by=by.actor, point=row.id, kind=kind)
    return row


def change_factor(
    case: Case,
    factor_id: int,
    *,
    what: str,
    kind: str,
    common_kind: str | None = None,
    common_from: float | None = None,
    common_to: float | None = None,
    how_common: str = "",
    why_benefit: str = "",
    question_key: str | None = None,
    evidence_id: int | None = None,
    by: Any,
) -> Factor:
    """Write a point anew."""
    must_be_open(case, by)
    workflow.hold(case)
    row = factor(case, factor_id)
    _write_factor(case, row, what, kind, how_common, why_benefit, question_key, evidence_id)
    _write_share(row, common_kind, common_from, common_to)
    db.session.flush()
    audit.record(case.stream, "change_point", by=by.actor, point=row.id, kind=kind)
    return row


def _write_factor(
    case: Case, row: Factor, what: str, kind: str, how_common: str, why_benefit: str, question_key: str | None,
    evidence_id: int | None,
) -> None:
    texts = {"what": plain_text(what), "how_common": plain_text(how_common), "why_benefit": plain_text(why_benefit)}
    _refuse_too_long(texts)
    if kind not in FACTOR_KINDS:
        raise workflow.Invalid({"kind": "Say whether the point is clinical."})
    if evidence_id is not None and documents.get(evidence_id, case.stream) is None:
        raise workflow.Invalid({"evidence_id": "Choose a file of this request."})
    row.what, row.how_common, row.why_benefit = texts["what"], texts["how_common"], texts["why_benefit"]
    row.kind, row.question_key, row.evidence_id = kind, question_key or None, evidence_id


def _write_share(row: Factor, kind: str | None, low: float | None, high: float | None) -> None:
    """How common a point is, per cent of the comparison group; a share that is not known has no figure."""
    if kind and kind not in COMMON_KINDS:
        raise workflow.Invalid({"common_kind": "Say whether it is known, an estimate or not known."})
    if kind in (None, "", "unknown"):
        row.common_kind, row.common_from, row.common_to = kind or None, None, None
        return
    if kind == "known" and low is None:
        raise workflow.Invalid({"common_share": "Enter how many in a hundred, for example 5, or choose “Not known”."})
    outside = any(one is not None and not 0 <= one <= 100 for one in (low, high))
    if outside or (high is not None and high <= (low or 0)):
        raise workflow.Invalid({"common_share": "Enter a share from 0 to 100, or two such as 5 to 10."})
    row.common_kind, row.common_from, row.common_to = kind, low, high


def _refuse_too_long(texts: dict[str, str]) -> None:
    faults = {
        name: f"This can hold {LONGEST_TEXT:,} characters, and it is {len(text):,}. Shorten it, or send the rest as a file."
        for name, text in texts.items()
        if len(text) > LONGEST_TEXT
    }
    if faults:
        raise workflow.Invalid(faults)


def remove_factor(case: Case, factor_id: int, *, by: Any) -> None:
    """Take a point out; the later ones move up."""
    must_be_open(case, by)
    workflow.hold(case)
    row = factor(case, factor_id)
    db.session.delete(row)
    db.session.flush()
    for number, one in enumerate(factors_of(case), start=1):
        one.number = number
    audit.record(case.stream, "remove_point", by=by.actor, point=factor_id)


def factor(case: Case, factor_id: int) -> Factor:
    found: Factor = _one_of(factors_of(case), factor_id)
    return found


def _of_this_case(case: Case, once: str) -> str:
    """The mark of one form. It names the case, so that a mark taken from elsewhere meets no row of another."""
    return f"{case.id}:{once}"


def _one_of(rows: Sequence[Any], row_id: int) -> Any:
    """A row of this very request. Raises NotVisible for one of another."""
    found = next((row for row in rows if row.id == row_id), None)
    if found is None:
        raise workflow.NotVisible(row_id)
    return found


# --- treatments so far ----------------------------------------------------------------------------------------------


def earlier_treatments_of(case: Case) -> list[EarlierTreatment]:
    query = select(EarlierTreatment).where(EarlierTreatment.case_id == case.id).order_by(EarlierTreatment.id)
    return list(db.session.scalars(query))


def earlier_treatment(case: Case, treatment_id: int) -> EarlierTreatment:
    found: EarlierTreatment = _one_of(earlier_treatments_of(case), treatment_id)
    return found


def add_earlier_treatment(
    case: Case, *, once: str, what: str, dates: str = "", response: str = "", stopped_because: str = "", by: Any
) -> EarlierTreatment:
    """Put a treatment that the patient has had on the request. The same form sent twice makes one."""
    must_be_open(case, by)
    workflow.hold(case)
    once = _of_this_case(case, once)
    there = db.session.scalars(select(EarlierTreatment).where(EarlierTreatment.once == once)).first()
    if there is not None:
        return there
    row = EarlierTreatment(once=once, case_id=case.id, what="")
    _write_treatment(row, what, dates, response, stopped_because)
    db.session.add(row)
    db.session.flush()
    audit.record(case.stream, "add_treatment", by=by.actor, treatment=row.id)
    return row


def change_earlier_treatment(
    case: Case, treatment_id: int, *, what: str, dates: str = "", response: str = "", stopped_because: str = "", by: Any
) -> EarlierTreatment:
    must_be_open(case, by)
    workflow.hold(case)
    row = earlier_treatment(case, treatment_id)
    _write_treatment(row, what, dates, response, stopped_because)
    audit.record(case.stream, "change_treatment", by=by.actor, treatment=row.id)
    return row


def _write_treatment(row: EarlierTreatment, what: str, dates: str, response: str, stopped_because: str) -> None:
    texts = {"what": what, "dates": dates, "response": response, "stopped_because": stopped_because}
    texts = {name: plain_text(text) for name, text in texts.items()}
    _refuse_too_long(texts)
    for name, text in texts.items():
        setattr(row, name, text)


def remove_earlier_treatment(case: Case, treatment_id: int, *, by: Any) -> None:
    must_be_open(case, by)
    workflow.hold(case)
    db.session.delete(earlier_treatment(case, treatment_id))
    db.session.flush()
    audit.record(case.stream, "remove_treatment", by=by.actor, treatment=treatment_id)


# --- evidence -------------------------------------------------------------------------------------------------------


def evidence_of(case: Case) -> list[Document]:
    return documents.of(case.stream, EVIDENCE)


def evidence(case: Case, document_id: int) -> Document:
    found: Document = _one_of(evidence_of(case), document_id)
    return found


def add_evidence(case: Case, content: bytes, name: str, title: str, *, by: Any) -> Document:
    """Keep a file as evidence. The same file sent twice is kept once. Raises documents.NotAcceptedError."""
    must_be_open(case, by)
    workflow.hold(case)
    row = documents.put(
        content, stream=case.stream, kind=EVIDENCE, title=plain_text(title), by_id=by.id, uploaded_name=name or None
    )
    twin = next((one for one in evidence_of(case) if one.sha256 == row.sha256 and one.id != row.id), None)
    if twin is not None:
        db.session.delete(row)
        db.session.flush()
        return twin
    audit.record(case.stream, "add_evidence", by=by.actor, document=row.id, sha256=row.sha256, size=row.size)
    return row


def remove_evidence(case: Case, document_id: int, *, by: Any) -> None:
    """Take a file out, also from the points that it was to show. The stored bytes are swept later."""
    must_be_open(case, by)
    workflow.hold(case)
    row = evidence(case, document_id)
    for one in factors_of(case):
        if one.evidence_id == row.id:
            one.evidence_id = None
    db.session.flush()
    documents.take_out(row)
    audit.record(case.stream, "remove_evidence", by=by.actor, document=document_id)
