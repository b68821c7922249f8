"""The outbox. A move queues letters with the facts they state; a person lets them go; the worker issues them.

The facts of a letter are frozen when it is queued. They hold no identity, and no date that depends on the day of issue:
both are read when the letter is made (`jobs.issue_letters`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app, render_template
from markupsafe import Markup
from sqlalchemy import JSON, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from ifr import clock, deadlines
from ifr.db import Model, db, lock
from ifr.profiles import Length, LetterSpec

# So many batches are printed before the worker looks at what else is due.
A_TURN = 200
AWAITING, RELEASED, ISSUED, STOPPED = "awaiting_release", "released", "issued", "stopped"

Facts = dict[str, Any]
LETTERS: dict[str, Callable[[Any], Facts]] = {}


def letter(name: str) -> Callable[[Callable[[Any], Facts]], Callable[[Any], Facts]]:
    """Register the function that says what a letter states, given its subject. Names no person, and no day of issue."""

    def register(facts_of: Callable[[Any], Facts]) -> Callable[[Any], Facts]:
        LETTERS[name] = facts_of
        return facts_of

    return register


# A room whose letters stand in streams of their own says here how to find their subject, and which streams of it belong
# to a case; and who is meant by a word under `to` in `workflows/`.
SUBJECTS: dict[str, Callable[[int], Any]] = {}
STREAMS_BESIDE: list[Callable[[Any], list[str]]] = []
RECIPIENTS: dict[str, "Callable[[Any, Letter], Recipient]"] = {}


def subject_loader(prefix: str) -> Callable[[Callable[[int], Any]], Callable[[int], Any]]:
    """Register how the subject of a stream such as "appeal:3" is found by its number."""

    def register(load: Callable[[int], Any]) -> Callable[[int], Any]:
        SUBJECTS[prefix] = load
        return load

    return register


def streams_beside(find: Callable[[Any], list[str]]) -> Callable[[Any], list[str]]:
    """Register which streams besides its own belong to a case, such as those of its appeals."""
    STREAMS_BESIDE.append(find)
    return find


def goes_to(whom: str) -> "Callable[[Callable[[Any, Letter], Recipient]], Callable[[Any, Letter], Recipient]]":
    """Register who is meant by a word under `to`: a function of the subject and the letter."""

    def register(find: "Callable[[Any, Letter], Recipient]") -> "Callable[[Any, Letter], Recipient]":
        RECIPIENTS[whom] = find
        return find

    return register


def subject_of_stream(stream: str) -> Any:
    """The subject whose letters stand in a stream. Raises LookupError where no room knows such a stream."""
    prefix, _, number = stream.partition(":")
    return SUBJECTS[prefix](int(number))


def streams_of(case: Any) -> list[str]:
    """The stream of a case and those beside it."""
    return [case.stream, *(stream for find in STREAMS_BESIDE for stream in find(case))]


class Letter(Model):
    """One letter to one recipient. The letters of one move are a batch: they are released, stopped and issued together."""

    __tablename__ = "letters"

    id: Mapped[int] = mapped_column(primary_key=True)
    stream: Mapped[str] = mapped_column(index=True)
    batch: Mapped[int] = mapped_column(index=True)
    name: Mapped[str]
    to: Mapped[str]
    then: Mapped[str | None]
    state: Mapped[str] = mapped_column(index=True)
    facts: Mapped[Facts] = mapped_column(JSON)
    queued_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    issued_at: Mapped[datetime | None]
    issued_on: Mapped[date | None]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    stopped_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    stopped_because: Mapped[str | None]
    held_up_because: Mapped[str | None]

    @property
    def leaves_at(self) -> datetime | None:
        """The moment from which the worker may issue it: a released letter can still be stopped until then."""
        if self.released_at is None:
            return None
        minutes = current_app.config["IFR"].letter_hold_minutes if self.released_by_id else 0
        return self.released_at + timedelta(minutes=minutes)


@dataclass(frozen=True)
class Recipient:
    """Who a letter goes to, read when it is made and kept nowhere but in the PDF."""

    name: str
    address: tuple[str, ...] = ()
    email: str | None = None
    language: str = "en-GB"
    large_print: bool = False
    # For a copy: to whom the letter was written.
    copy_of: str = ""
    # Those to whom whoever reads the letter must not hand a copy, in words.
    not_to: tuple[str, ...] = ()


def queue(subject: Any, names: Sequence[str], specs: dict[str, LetterSpec], *, batch: int) -> list[Letter]:
    """Write a row for each letter of a move, its facts frozen as they are now."""
    rows = []
    for name in names:
        spec = specs[name]
        at_once = spec.release == "at_once"
        rows.append(
            Letter(
                stream=subject.stream,
                batch=batch,
                name=name,
                to=spec.to,
                then=spec.then,
                state=RELEASED if at_once else AWAITING,
                facts=LETTERS[name](subject),
                queued_at=clock.now(),
                released_at=clock.now() if at_once else None,
            )
        )
    db.session.add_all(rows)
    db.session.flush()
    return rows


def release(batch: int, *, by_id: int) -> list[Letter]:
    """Let the letters of a batch go. They leave when the hold is over."""
    rows = of_batch(batch)
    for row in rows:
        if row.state == AWAITING:
            row.state, row.released_at, row.released_by_id = RELEASED, clock.now(), by_id
            row.held_up_because = None
    return rows


def stop(batch: int, *, by_id: int, because: str) -> list[Letter]:
    """Stop the letters of a batch that have not been issued."""
    rows = of_batch(batch)
    for row in rows:
        if row.state in (AWAITING, RELEASED):
            row.state, row.stopped_by_id, row.stopped_because = STOPPED, by_id, because
    return rows


def put_back(batch: int) -> list[Letter]:
    """Let stopped letters wait for their release again, with the facts that were frozen in them."""
    rows = of_batch(batch)
    for row in rows:
        if row.state == STOPPED:
            row.state, row.released_at, row.released_by_id = AWAITING, None, None
            row.stopped_by_id = row.stopped_because = None
    return rows


def of_batch(batch: int) -> list[Letter]:
    return list(db.session.scalars(select(Letter).where(Letter.batch == batch).order_by(Letter.id)))


def of(stream: str) -> list[Letter]:
    """The letters of a stream, newest first."""
    return list(db.session.scalars(select(Letter).where(Letter.stream == stream).order_by(Letter.id.desc())))


def of_case(case: Any) -> list[Letter]:
    """The letters of a case and of what stands beside it, newest first."""
    query = select(Letter).where(Letter.stream.in_(streams_of(case)))
    return list(db.session.scalars(query.order_by(Letter.id.desc())))


def get(letter_id: int) -> Letter | None:
    return db.session.get(Letter, letter_id)


def ready_batches(limit: int = A_TURN) -> list[int]:
    """The batches that may leave now, at most so many, oldest first."""
    rows = db.session.scalars(select(Letter).where(Letter.state == RELEASED).order_by(Letter.id))
    now = clock.now()
    ready = dict.fromkeys(row.batch for row in rows if row.leaves_at is not None and row.leaves_at <= now)
    return list(ready)[:limit]


def longest_ready() -> datetime | None:
    """The moment from which the letter that waits longest might have left; None where none may leave now."""
    rows = db.session.scalars(select(Letter).where(Letter.state == RELEASED))
    return min((at for row in rows if (at := row.leaves_at) is not None and at <= clock.now()), default=None)


def hold(row: Letter) -> None:
    """Read a letter afresh and lock it: the worker may be about to issue it."""
    lock(Letter, row.id)


def claim(batch: int) -> list[Letter]:
    """Hold the letters of a batch that are still to be issued; none when another worker was faster."""
    rows = [lock(Letter, one.id) for one in of_batch(batch)]
    return [row for row in rows if row.state == RELEASED]


def last_issued_on(stream: str, names: Sequence[str]) -> date | None:
    """The later of the days on which these letters of a stream were issued; None while one of the last batch is not."""
    rows = [row for row in of(stream) if row.name in names and row.state != STOPPED]
    if not rows:
        return None
    last = [row for row in rows if row.batch == rows[0].batch]
    if any(row.issued_on is None for row in last):
        return None
    return max(row.issued_on for row in last if row.issued_on)


def dates_from(row: Letter, issued_on: date) -> dict[str, date]:
    """The days that count from the day of issue: the last one for a challenge (`window`), and that of a warning (`days`)."""
    dates = {}
    commissioner_id = subject_of_stream(row.stream).case.commissioner_id
    for fact, name in (("window", "window_ends_on"), ("days", "warning_ends_on")):
        if stretch := row.facts.get(fact):
            length = Length(length=stretch["length"], unit=stretch["unit"], source="the letter")
            dates[name] = deadlines.last_day(issued_on, length, commissioner_id)
    return dates


def as_html(row: Letter, *, recipient: Recipient, profile: Any, issued_on: date, dates: dict[str, date]) -> str:
    """The letter as HTML, ready for the printer. `dates` are those that count from the day of issue."""
    # The page says that its language is English, which our words are: the recipient's own is offered in the letter.
    return render_template(
        f"letters/{row.name}/letter.html",
        facts=row.facts,
        letterhead=_letterhead(profile),
        organisation=profile.commissioner.name,
        profile=profile,
        recipient=recipient,
        reference=row.facts.get("reference"),
        issued_on=issued_on,
        **dates,
    )


def title_in(html: str) -> str:
    """What a letter calls itself."""
    return Markup(html.split("<title>", 1)[1].split("</title>", 1)[0]).unescape()


def body_as_html(row: Letter, *, profile: Any, issued_on: date) -> tuple[str, Markup]:
    """A letter's title and what it says below it, to be read before it is let go: without a name or an address."""
    nobody = Recipient(name="(name)")
    html = as_html(row, recipient=nobody, profile=profile, issued_on=issued_on, dates=dates_from(row, issued_on))
    return title_in(html), Markup(html.split("</h1>", 1)[1].rsplit("</body>", 1)[0])


def subject_of(row: Letter, *, say: Callable[[str], str]) -> str:
    """The subject of the mail that goes with a letter. `say` gives the text of a passage by its name."""
    return render_template(f"letters/{row.name}/subject.txt", say=say).strip()


def email_of(row: Letter, *, say: Callable[[str], str]) -> str:
    """What the mail that goes with a letter says: its template names the passages, and sees nothing of the letter."""
    return render_template(f"letters/{row.name}/email.txt", say=say)


def _letterhead(profile: Any) -> dict[str, Any]:
    return {"name": profile.commissioner.name, **profile.letterhead.model_dump()}
