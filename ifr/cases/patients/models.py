"""What is kept around the patient. Whatever names or describes a person is sealed."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ifr.cases.identity import Sealed
from ifr.db import Model


class Practice(Model):
    """A GP practice, and the body that is responsible for its patients, from a day until the end of another.

    The body may be one that is not served here; then only its name is known.
    """

    __tablename__ = "practices"
    __table_args__ = (UniqueConstraint("ods_code", "from_on"), Index("ix_practices_plain_name", "plain_name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ods_code: Mapped[str]
    name: Mapped[str]
    plain_name: Mapped[str]
    postcode_area: Mapped[str] = mapped_column(default="")
    body_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    body_name: Mapped[str]
    area: Mapped[str] = mapped_column(default="")
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    demonstration: Mapped[bool] = mapped_column(default=False)


class ResponsibilityDispute(Model):
    """Somebody says that another body is responsible than the practice leads to: why, who pays meanwhile, how it ended."""

    __tablename__ = "responsibility_disputes"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    body: Mapped[str]
    because: Mapped[str]
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    raised_at: Mapped[datetime]
    # Funding without prejudice: two bodies' dispute must not leave a patient unfunded.
    meanwhile: Mapped[str | None]
    meanwhile_body: Mapped[str] = mapped_column(default="")
    meanwhile_because: Mapped[str] = mapped_column(default="")
    meanwhile_until_on: Mapped[date | None]
    meanwhile_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    meanwhile_at: Mapped[datetime | None]
    settled: Mapped[str | None]
    settled_body: Mapped[str] = mapped_column(default="")
    settled_ground: Mapped[str] = mapped_column(default="")
    settled_because: Mapped[str] = mapped_column(default="")
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    settled_at: Mapped[datetime | None]


class Consent(Model):
    """One answer to one of the three consents. The last one holds; a "no" after a "yes" is a withdrawal."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    answer: Mapped[str]
    asked_on: Mapped[date | None]
    asked_by: Mapped[str | None] = mapped_column(Sealed)
    # Ticked on the form, where a tick that is changed before the request is sent is no withdrawal.
    on_form: Mapped[bool] = mapped_column(default=False)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]


class BasisDetail(Model):
    """What a basis for the request asks further: how it is known that somebody can, or cannot, decide, and who was heard."""

    __tablename__ = "basis_details"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)
    how_known: Mapped[str | None] = mapped_column(Sealed)
    consulted: Mapped[str | None] = mapped_column(Sealed)
    imca: Mapped[str | None]
    court_order: Mapped[str | None] = mapped_column(Sealed)
    court_order_on: Mapped[date | None]
    will_ask: Mapped[str | None] = mapped_column(Sealed)
    will_ask_on: Mapped[date | None]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    saved_at: Mapped[datetime]


class Party(Model):
    """Somebody beside the patient: a parent, an attorney, an advocate. Ended with a reason, never deleted."""

    __tablename__ = "parties"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(Sealed)
    address: Mapped[str | None] = mapped_column(Sealed)
    telephone: Mapped[str | None] = mapped_column(Sealed)
    email: Mapped[str | None] = mapped_column(Sealed)
    authority: Mapped[str | None] = mapped_column(Sealed)
    authority_seen: Mapped[str]
    may_be_written_to: Mapped[bool] = mapped_column(default=False)
    gets_copies: Mapped[bool] = mapped_column(default=False)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    added_at: Mapped[datetime]
    ended_because: Mapped[str | None] = mapped_column(Sealed)
    ended_at: Mapped[datetime | None]


class EarlierUse(Model):
    """The patient has had some of this treatment before, outside this request."""

    __tablename__ = "earlier_uses"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    dates: Mapped[str]
    response: Mapped[str]
    measured: Mapped[str] = mapped_column(default="")
    promised: Mapped[str] = mapped_column(default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    added_at: Mapped[datetime]


class EarlierRequestAnswer(Model):
    """What the office made of another request for the same patient: the same again, a repeat, or something else."""

    __tablename__ = "earlier_request_answers"
    __table_args__ = (UniqueConstraint("case_id", "other_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    answer: Mapped[str]
    what_is_new: Mapped[str] = mapped_column(default="")
    because: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class LetterByHand(Model):
    """Somebody has made a letter in the form that the patient needs: braille, a sound file."""

    __tablename__ = "letters_by_hand"

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), unique=True)
    format: Mapped[str]
    how: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class MonitoringAnswer(Model):
    """A voluntary answer to the questions on equality. It names no case and no person: a keyed hash keeps it from being
    given twice, and what was answered is sealed."""

    __tablename__ = "monitoring_answers"

    id: Mapped[int] = mapped_column(primary_key=True)
    pseudonym: Mapped[str] = mapped_column(unique=True)
    commissioner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    year: Mapped[int]
    answers: Mapped[str] = mapped_column(Sealed)
