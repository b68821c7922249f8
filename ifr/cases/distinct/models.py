"""The comparison group as steps, and the answers that were given to remarks."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model

START = "policy"
CONDITION, STAGE, USUAL, OTHER = "condition", "stage", "usual_treatment", "other"
NUMBER, RANGE, UNKNOWN = "number", "range", "unknown"
ENGLAND, COMMISSIONER = "england", "commissioner"


class GroupStep(Model):
    """One step of the narrowing: whom the group begins with (`policy`), or what makes it smaller.

    A size counts patients a year, in England or in the area of the commissioner; `high` is set for a range alone.
    """

    __tablename__ = "group_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    number: Mapped[int]
    kind: Mapped[str]
    words: Mapped[str]
    size_kind: Mapped[str] = mapped_column(default=UNKNOWN)
    low: Mapped[int | None]
    high: Mapped[int | None]
    per: Mapped[str] = mapped_column(default=COMMISSIONER)
    source: Mapped[str] = mapped_column(default="")
    # Where the first step is taken from a policy: which version, as it is named, and which part of it.
    policy_version_id: Mapped[int | None] = mapped_column(ForeignKey("policy_versions.id"))
    policy_words: Mapped[str] = mapped_column(default="")
    part: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class RemarkAnswer(Model):
    """What was answered to one remark, with the remark as it was read."""

    __tablename__ = "remark_answers"
    __table_args__ = (UniqueConstraint("case_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    key: Mapped[str]
    remark: Mapped[str]
    answer: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
