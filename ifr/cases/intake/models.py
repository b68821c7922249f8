"""What came to the office: the original of a request before it is logged, contacts on a case, enquiries before a request.

Who sent, telephoned or was spoken to, and what was said, is sealed: it may say who the patient is.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ifr.cases.identity import Sealed
from ifr.db import Model

WAITING, LOGGED, DROPPED = "waiting", "logged", "dropped"


class Incoming(Model):
    """Something that came and is to be logged as a request: kept as it came, read by machine, and copied by a person.

    `read` holds what was read from it, sealed, so that a large file is read once. Its files lie in the stream
    `incoming:<id>` until they go to the case.
    """

    __tablename__ = "incoming"
    __table_args__ = (Index("ix_incoming_state", "commissioner_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(unique=True)
    commissioner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    way: Mapped[str]
    sender: Mapped[str | None] = mapped_column(Sealed)
    subject: Mapped[str | None] = mapped_column(Sealed)
    read: Mapped[str | None] = mapped_column(Sealed)
    # When it says that it arrived, for a person to confirm; None where it does not say, or says what cannot be.
    says_arrived_at: Mapped[datetime | None]
    kept_at: Mapped[datetime]
    kept_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    state: Mapped[str] = mapped_column(default=WAITING)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    dropped_because: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    @property
    def stream(self) -> str:
        return f"incoming:{self.id}"


class SignedForm(Model):
    """A declaration that the clinician signed on paper, attached by the office; it stands for the one made on the page."""

    __tablename__ = "signed_forms"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    signed_by: Mapped[str] = mapped_column(Sealed)
    signed_on: Mapped[date]
    attached_at: Mapped[datetime]
    attached_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class Contact(Model):
    """One contact on a case: a call, a letter, an e-mail. A row is never rewritten; one that was wrong is followed by
    another that names it."""

    __tablename__ = "contacts"
    __table_args__ = (Index("ix_contacts_owner", "owner_id", "until_on"), UniqueConstraint("corrects_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    direction: Mapped[str]
    who: Mapped[str] = mapped_column(Sealed)
    said: Mapped[str] = mapped_column(Sealed)
    at: Mapped[datetime]
    # What is to be done about it, by whom until when; without anybody's name, since lists show it.
    task: Mapped[str] = mapped_column(default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    until_on: Mapped[date | None]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class FollowUpDone(Model):
    """What was to be done about a contact is done."""

    __tablename__ = "contact_follow_ups_done"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), unique=True)
    words: Mapped[str] = mapped_column(Sealed)
    done_at: Mapped[datetime]
    done_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class Enquiry(Model):
    """A question before there is a request: who asked about what, what was answered, and what became of it."""

    __tablename__ = "enquiries"
    __table_args__ = (Index("ix_enquiries_commissioner", "commissioner_id", "asked_on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    commissioner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    asked_on: Mapped[date]
    kind: Mapped[str]
    asker: Mapped[str]
    who: Mapped[str | None] = mapped_column(Sealed)
    about: Mapped[str]
    answered: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_words: Mapped[str] = mapped_column(default="")
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
