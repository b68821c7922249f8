"""What is kept of the evidence of a request, besides the files themselves (`ifr.documents`)."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ifr.cases.identity import Sealed
from ifr.db import Model


class Reference(Model):
    """A published paper to which a request points: what it is, how strong, about whom, and how near that is to this patient."""

    __tablename__ = "literature_references"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    doi: Mapped[str | None]
    pmid: Mapped[str | None]
    title: Mapped[str]
    authors: Mapped[str]
    year: Mapped[int | None]
    study_type: Mapped[str]
    # The scale as the profile named it on that day, so that a later profile changes no grade; both None for "not graded".
    grade: Mapped[str | None]
    scale: Mapped[str | None]
    population: Mapped[str]
    how_near: Mapped[str]
    relevant: Mapped[str]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class EvidenceLink(Model):
    """A file or a reference serves a point raised or a question of the test. What it joins takes it along when it goes."""

    __tablename__ = "evidence_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    reference_id: Mapped[int | None] = mapped_column(ForeignKey("literature_references.id", ondelete="CASCADE"), index=True)
    factor_id: Mapped[int | None] = mapped_column(ForeignKey("factors.id", ondelete="CASCADE"), index=True)
    question_key: Mapped[str | None]


class DocumentText(Model):
    """The words that could be read of a document, sealed as what stands in a clinical letter is; or why there are none."""

    __tablename__ = "document_texts"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), unique=True)
    text: Mapped[str | None] = mapped_column(Sealed)
    why_none: Mapped[str] = mapped_column(default="")
    read_at: Mapped[datetime]


class PatientStatement(Model):
    """One version of the patient's own statement, kept as it was written. The latest holds; the earlier ones stay."""

    __tablename__ = "patient_statements"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Sealed)
    # Who wrote it down: the patient, or somebody in the patient's words.
    written_by: Mapped[str]
    written_by_note: Mapped[str] = mapped_column(Sealed)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
