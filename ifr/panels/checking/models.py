"""What is kept of the identity check beside its answers: places taken out of files, the copies made, pages looked at."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model


class Mark(Model):
    """A place of a file that is taken out of its copy: from where to where in the text of one part, so that the row says nothing
    about who the patient is; or a band of a page, in thousandths from its top."""

    __tablename__ = "papers_marks"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), index=True)
    part: Mapped[str]
    start: Mapped[int]
    end: Mapped[int]
    band: Mapped[bool] = mapped_column(default=False)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class Redaction(Model):
    """A copy of a file without its marked places was made. It ends when a newer one is made or the original is used again."""

    __tablename__ = "papers_redactions"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), index=True)
    copy_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str] = mapped_column(default="")


class Look(Model):
    """Somebody looked at a page that no program here can read. It holds for the very bytes of the file."""

    __tablename__ = "papers_looks"
    __table_args__ = (UniqueConstraint("case_id", "sha256", "part"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    sha256: Mapped[str]
    part: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
