"""Letters on paper, and what a letter says otherwise than the record."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model

TO_PRINT, PRINTED, POSTED, CAME_BACK, SENT_AGAIN, LEFT = "to_print", "printed", "posted", "came_back", "sent_again", "left"
# On paper, not posted, and not to be: the patient has died since it was issued.
HELD = "held"
_OPEN = text("state NOT IN ('sent_again', 'left')")


class PrintRun(Model):
    """What was printed at once, with a cover list, and posted together."""

    __tablename__ = "print_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    commissioner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    printed_at: Mapped[datetime]
    printed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    posted_on: Mapped[date | None]
    posted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class Posting(Model):
    """One letter, or one copy of it, that goes by post. Whom it goes to is known by its part alone: the name and the address
    stand in the printed letter and nowhere else."""

    __tablename__ = "postings"
    __table_args__ = (Index("ix_postings_open", "commissioner_id", "state", sqlite_where=_OPEN, postgresql_where=_OPEN),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    commissioner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    state: Mapped[str] = mapped_column(default=TO_PRINT)
    is_copy: Mapped[bool] = mapped_column(default=False)
    queued_at: Mapped[datetime]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("print_runs.id"), index=True)
    # When it came back, why, and what was done about it.
    came_back_on: Mapped[date | None]
    came_back_because: Mapped[str | None]
    what_was_done: Mapped[str | None]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    checked_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]


class Difference(Model):
    """One thing that a letter, read back after it was printed, says otherwise than the record. Two people may let it go; of
    an outcome, a name or a date nobody may."""

    __tablename__ = "letter_differences"

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), index=True)
    what: Mapped[str]
    label: Mapped[str]
    printed: Mapped[str]
    recorded: Mapped[str]
    absolute: Mapped[bool]
    found_at: Mapped[datetime]
    because: Mapped[str | None]
    let_go_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    let_go_at: Mapped[datetime | None]
    second_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    second_at: Mapped[datetime | None]
