"""The tables of what people are told."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model


class Notice(Model):
    """Something that waits for one person, told once. Its words are ours: no free text of a request, nobody's name."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("user_id", "key"), Index("ix_notices_user", "user_id", "seen_at", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # What makes it this notice and no other, so that it is written once, whoever dies on the way.
    key: Mapped[str]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    words: Mapped[str]
    # The page on which something is to be done, by endpoint; that of a request is found by its key.
    to: Mapped[str]
    urgent: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
