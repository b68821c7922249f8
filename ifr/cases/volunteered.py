"""What the provider sends without having been asked. It waits, like an answer, until somebody says what was made of it."""

from typing import Any

from sqlalchemy import select

from ifr import audit, clock, documents, workflow
from ifr.cases.information import ANSWERERS, LONGEST_ANSWER, VOLUNTEERED, Upload
from ifr.cases.models import Case, InformationQuestion, InformationRequest
from ifr.db import db
from ifr.workflow import Invalid, Reason, Refused

_HEADING = "Sent without having been asked"


def may_send(case: Case, by: Any) -> bool:
    """As long as a request is open, and until its decision is confirmed."""
    machine = workflow.definition_of(case)
    is_open = machine.find("answer_information", case.state) or machine.find("confirm_funded", case.state)
    return bool(case.capacities(by) & ANSWERERS) and is_open is not None


def send_more(case: Case, *, words: str, file: Upload | None, once: str, by: Any) -> InformationQuestion:
    """Keep further information with its day. It blocks the next step forward until the office has considered it.

    The same form sent twice is kept once. Raises Invalid, documents.NotAcceptedError for a file that cannot be kept, and
    Refused once the request is decided: then the way is to ask for reconsideration.
    """
    mark = f"{case.id}:{once}"
    there = db.session.scalars(select(InformationQuestion).where(InformationQuestion.once == mark)).first()
    if there is not None:
        return there
    if not may_send(case, by):
        raise Refused([Reason("The request is decided. New information is a reason to ask us to look again.", "cases.page")])
    if not words.strip() and file is None:
        raise Invalid({"further": "Write what is new, or choose a file."})
    if len(words) > LONGEST_ANSWER:
        raise Invalid({"further": f"This can hold {LONGEST_ANSWER:,} characters. Shorten it, or send it as a file."})
    workflow.hold(case)
    return _keep(case, words.strip(), _file(case, file, by), mark, by)


def _keep(case: Case, words: str, document_id: int | None, mark: str, by: Any) -> InformationQuestion:
    now = clock.now()
    request = InformationRequest(
        case_id=case.id, kind=VOLUNTEERED, drafted_by_id=by.id, asked_at=now, closed_at=now, reply_by_on=clock.today()
    )
    db.session.add(request)
    db.session.flush()
    row = InformationQuestion(
        request_id=request.id, number=1, once=mark, text=_HEADING, answer=words, document_id=document_id, answered_at=now
    )
    db.session.add(row)
    db.session.flush()
    audit.record(case.stream, "send_more", by=by.actor, question=row.id, file=document_id is not None)
    return row


def file_arrived(case: Case, document: documents.Document, *, by: Any) -> InformationQuestion:
    """A file that came after the request was received waits to be considered too. The caller holds the case."""
    mark = f"{case.id}:document:{document.id}"
    there = db.session.scalars(select(InformationQuestion).where(InformationQuestion.once == mark)).first()
    return there or _keep(case, document.title, document.id, mark, by)


def _file(case: Case, file: Upload | None, by: Any) -> int | None:
    if file is None:
        return None
    if too_large := case.profile.files.too_large(len(file.content)):
        raise documents.NotAcceptedError(too_large)
    return documents.put(
        file.content, stream=case.stream, kind="information", title=_HEADING, by_id=by.id, uploaded_name=file.name
    ).id
