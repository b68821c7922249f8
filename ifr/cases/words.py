"""The words of requests and of their documents, so that the office finds a request by what was written in it.

Identity is no part of it: the patient's section is never read here, and a name or a number is looked for elsewhere, by a
reading that goes on record.
"""

import re

from sqlalchemy import ForeignKey, Index, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from ifr.cases.models import Answer, Case, EarlierTreatment, Factor, InformationQuestion, InformationRequest
from ifr.db import Model, db
from ifr.policies.wording import told_apart
from ifr.workflow import MoveRecord, upon

# More words than this are kept of no request and of no document: an index of a whole textbook helps nobody.
MOST_WORDS = 5000
_CODE = re.compile(r"\b[A-Za-z]\d{2}\.?\d{0,2}\b")


class CaseWord(Model):
    """A word that stands in a request, or in one of its documents."""

    __tablename__ = "case_words"
    __table_args__ = (Index("ix_case_words_word", "commissioner_id", "word", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    # None for the words of the request itself.
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"), index=True)
    commissioner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    word: Mapped[str]


def index_case(case: Case) -> None:
    """Keep the words of a request as it stands now."""
    own = {question.key for question in case.questions.all() if not question.identity}
    texts: list[str | None] = [case.treatment, case.condition, case.specialty]
    texts += [one.text for one in db.session.scalars(select(Answer).where(Answer.case_id == case.id)) if one.key in own]
    for factor in db.session.scalars(select(Factor).where(Factor.case_id == case.id)):
        texts += [factor.what, factor.how_common, factor.why_benefit]
    for earlier in db.session.scalars(select(EarlierTreatment).where(EarlierTreatment.case_id == case.id)):
        texts += [earlier.what, earlier.response, earlier.stopped_because]
    replies = (
        select(InformationQuestion.answer)
        .join(InformationRequest, InformationRequest.id == InformationQuestion.request_id)
        .where(InformationRequest.case_id == case.id)
    )
    texts += db.session.scalars(replies)
    _keep(case, None, texts)


def index_document(case: Case, document_id: int, text: str) -> None:
    """Keep the words of the text that a document holds."""
    _keep(case, document_id, [text])


def forget_document(case: Case, document_id: int) -> None:
    """Find the request no longer by the words of a document that was taken out or replaced."""
    db.session.execute(delete(CaseWord).where(CaseWord.case_id == case.id, CaseWord.document_id == document_id))


def plain_code(code: str) -> str:
    """A code as it is kept among the words: without its dot and in small letters."""
    return "".join(code.split()).replace(".", "").casefold()


def _keep(case: Case, document_id: int | None, texts: list[str | None]) -> None:
    db.session.execute(delete(CaseWord).where(CaseWord.case_id == case.id, CaseWord.document_id == document_id))
    codes = {plain_code(code) for text in texts for code in _CODE.findall(text or "")}
    words = sorted(told_apart(*texts) | codes)[:MOST_WORDS]
    fixed = {"case_id": case.id, "document_id": document_id, "commissioner_id": case.commissioner_id}
    db.session.add_all(CaseWord(**fixed, word=word) for word in words)
    db.session.flush()


@upon("ifr", "submit", "log_on_behalf", "resubmit", "answer_information")
def index_what_was_written(case: Case, by: object, made: MoveRecord) -> None:
    index_case(case)
