"""The tables of what people are told, and how they want to be told."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model

DAILY, WEEKLY, NONE = "daily", "weekly", "none"
# Half past seven in London, in minutes after midnight.
USUAL_MINUTE = 7 * 60 + 30


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
    # The digest that counted it: one that was counted is not counted again.
    digest_id: Mapped[int | None] = mapped_column(ForeignKey("mail_digests.id"))


class Preference(Model):
    """How somebody wants to be told, and when he or she last looked. Whoever has no row is told as is usual."""

    __tablename__ = "mail_preferences"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(default=DAILY)
    at_minute: Mapped[int] = mapped_column(default=USUAL_MINUTE)
    urgent_at_once: Mapped[bool] = mapped_column(default=True)
    looked_at: Mapped[datetime | None]


class Digest(Model):
    """That it was somebody's turn on one day, once: with the mail that was made of it, where anything waited."""

    __tablename__ = "mail_digests"
    __table_args__ = (UniqueConstraint("user_id", "for_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    for_on: Mapped[date]
    at: Mapped[datetime]
    # Up to when steps were counted; None where it was not this person's day.
    until_at: Mapped[datetime | None]
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mails.id"))


class Passage(Model):
    """One version of a passage of our mails, as a commissioner words it. The last version is the one that is sent."""

    __tablename__ = "mail_passages"
    __table_args__ = (UniqueConstraint("commissioner_id", "name", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    commissioner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str]
    version: Mapped[int]
    text: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class CalendarFeed(Model):
    """Somebody's calendar. Whoever has the token reads it; here is only its digest."""

    __tablename__ = "calendar_feeds"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]


class CalendarEntry(Model):
    """An entry of somebody's calendar as it was last given out, so that a change of it is known as one."""

    __tablename__ = "calendar_entries"
    __table_args__ = (UniqueConstraint("user_id", "uid"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    uid: Mapped[str]
    digest: Mapped[str]
    sequence: Mapped[int]
    changed_at: Mapped[datetime]
