"""What was read from a document, and the documents that wait to be read."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model


class PolicyReading(Model):
    """What was read from the document of a version: each field with its passage and how sure it is. It never
    changes, so that what a person made of it can be told from what the reader found."""

    __tablename__ = "policy_readings"

    version_id: Mapped[int] = mapped_column(ForeignKey("policy_versions.id"), primary_key=True)
    file_name: Mapped[str]
    sha256: Mapped[str]
    text: Mapped[str]
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    read_at: Mapped[datetime]


class PolicyImport(Model):
    """One document that somebody handed in to be read: waiting, read, or failed with the reason in words."""

    __tablename__ = "policy_imports"
    __table_args__ = (Index("ix_policy_imports_state", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # The documents handed in together; its name in the address of the page that shows how far they are.
    batch: Mapped[str] = mapped_column(index=True)
    number: Mapped[int]
    once: Mapped[str] = mapped_column(unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    file_name: Mapped[str]
    sha256: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")
    # What kind of document the reader found it to be, and why it made no draft.
    kind: Mapped[str | None]
    words: Mapped[str | None]
    version_id: Mapped[int | None] = mapped_column(ForeignKey("policy_versions.id"))
    handed_in_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    handed_in_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
