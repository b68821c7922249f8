"""The outbox. A move queues letters with the facts they state; a person lets them go; the worker issues them.

The facts of a letter are frozen when it is queued. They hold no identity, and no date that depends on the day of issue:
both are read when the letter is made (`jobs.issue_letters`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app, render_template
from markupsafe import Markup
from sqlalchemy import JSON, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from ifr import clock, deadlines, letter_passages
from ifr.db import Model, db, lock
from ifr.pages import day
from ifr.profiles import Length, LetterSpec
from ifr.profiles.commissioners import Posting

# So many batches are printed before the worker looks at what else is due.
A_TURN = 200
AWAITING, RELEASED, ISSUED, STOPPED, HELD = "awaiting_release", "released", "issued", "stopped", "held"
# Those to whom a decision itself is told: a challenge counts from the letters to them.
TOLD = ("clinician", "patient", "appellant")
# Whose letters name the patient, so that their address is compared by a second person where the commissioner asks that.
NAMES_THE_PATIENT = ("patient", "appellant", "gp", "next_of_kin")
# Who is written to beside clinician and patient, where the commissioner's profile says so.
BESIDE = ("gp", "provider", "finance")

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
# Who knows how a commissioner has worded passages of letters anew: its id -> text by the name of the passage.
WORDED: list[Callable[[int], Mapping[str, str]]] = []
# Why a letter to somebody is not to leave as things stand, given the subject and the word under `to`; None where it may.
HELD_WHEN: list[Callable[[Any, str], str | None]] = []


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


def worded_by(texts: Callable[[int], Mapping[str, str]]) -> Callable[[int], Mapping[str, str]]:
    """Register who knows how a commissioner has worded passages of letters anew."""
    WORDED.append(texts)
    return texts


def held_when(because: Callable[[Any, str], str | None]) -> Callable[[Any, str], str | None]:
    """Register who knows why letters to somebody must not leave as things stand, in a sentence."""
    HELD_WHEN.append(because)
    return because


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
    # The ending of which the letters of its step tell, where they tell of one.
    ending: Mapped[str | None]
    # What a second person does before it leaves, where the profile asked for it when the letter was written.
    needs_address_check: Mapped[bool] = mapped_column(default=False)
    address_checked_at: Mapped[datetime | None]
    address_checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # A keyed hash of the name and address that were compared: what has changed since is compared again.
    address_digest: Mapped[str | None]
    needs_reader: Mapped[bool] = mapped_column(default=False)
    read_at: Mapped[datetime | None]
    read_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # The patient's letter follows the clinician's: it leaves from then on, and the time for a challenge counts from this day.
    not_before_at: Mapped[datetime | None]
    counts_from_on: Mapped[date | None]
    patient_told_at: Mapped[datetime | None]
    patient_told_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    patient_told_how: Mapped[str | None]

    @property
    def cleared_at(self) -> datetime | None:
        """When the last of those who have a part in it had let it go; None while one of them has not."""
        done = [self.released_at]
        if self.needs_address_check:
            done.append(self.address_checked_at)
        if self.needs_reader:
            done.append(self.read_at)
        known = [one for one in done if one is not None]
        return max(known) if len(known) == len(done) else None

    @property
    def leaves_at(self) -> datetime | None:
        """The moment from which the worker may issue it: a released letter can still be stopped until then."""
        cleared = self.cleared_at
        if cleared is None:
            return None
        minutes = current_app.config["IFR"].letter_hold_minutes if self.released_by_id else 0
        at = cleared + timedelta(minutes=minutes)
        return max(at, self.not_before_at) if self.not_before_at else at

    @property
    def had_second_persons(self) -> set[int]:
        """Who has compared its address or read it as the second person."""
        return {one for one in (self.address_checked_by_id, self.read_by_id) if one is not None}

    def forget_address(self) -> None:
        """Name and address are to be compared again."""
        self.address_checked_at = self.address_checked_by_id = self.address_digest = None

    def forget_checks(self) -> None:
        """What a second person did is to be done again."""
        self.forget_address()
        self.read_at = self.read_by_id = None


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
    # Whom the letter is about, line by line, for somebody who does not know the patient by the reference.
    about: tuple[str, ...] = ()


def queue(subject: Any, names: Sequence[str], specs: dict[str, LetterSpec], *, batch: int) -> list[Letter]:
    """Write a row for each letter of a move, its facts frozen as they are now: of those to people beside clinician and
    patient, the ones that the commissioner's profile names for this ending."""
    rows = []
    ending = next((specs[name].ending for name in names if specs[name].ending), None)
    # A policy has no profile, and no letters that anybody is asked about.
    posting: Posting = subject.profile.posting if subject.profile else Posting()
    for name in names:
        spec = specs[name]
        if spec.to in BESIDE and spec.to not in posting.also_to.get(ending or "", []):
            continue
        because = held_because(subject, spec.to)
        at_once = spec.release == "at_once" and because is None
        by_person = spec.release == "by_person"
        rows.append(
            Letter(
                stream=subject.stream,
                batch=batch,
                name=name,
                to=spec.to,
                then=spec.then,
                state=RELEASED if at_once else HELD if because else AWAITING,
                facts=LETTERS[name](subject),
                queued_at=clock.now(),
                released_at=clock.now() if at_once else None,
                held_up_because=because,
                ending=ending,
                needs_address_check=by_person and posting.address_by_two and spec.to in NAMES_THE_PATIENT,
                needs_reader=by_person and ending in posting.second_reader and spec.to in TOLD,
            )
        )
    db.session.add_all(rows)
    db.session.flush()
    return rows


def held_because(subject: Any, to: str) -> str | None:
    """Why a letter to somebody must not leave as things stand, in a sentence; None where it may."""
    return next((said for one in HELD_WHEN if (said := one(subject, to))), None)


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
        if row.state in (AWAITING, RELEASED, HELD):
            leave_out(row, by_id=by_id, because=because)
    return rows


def leave_out(row: Letter, *, by_id: int, because: str) -> None:
    """Stop one letter of a batch; the others go on."""
    row.state, row.stopped_by_id, row.stopped_because = STOPPED, by_id, because


def hold_back(rows: Sequence[Letter], because: str) -> list[Letter]:
    """Keep letters from leaving at once, also those that were released. Answers with those that had not left."""
    held = [row for row in rows if row.state in (AWAITING, RELEASED)]
    for row in held:
        row.state, row.held_up_because = HELD, because
        row.released_at = row.released_by_id = None
        row.forget_checks()
    return held


def let_wait(rows: Sequence[Letter]) -> list[Letter]:
    """What kept letters back is over: they wait for somebody to release them, also those that would have left at once."""
    held = [row for row in rows if row.state == HELD]
    for row in held:
        row.state, row.held_up_because = AWAITING, None
    return held


def put_back(batch: int) -> list[Letter]:
    """Let stopped letters wait for their release again, with the facts that were frozen in them."""
    rows = of_batch(batch)
    for row in rows:
        if row.state == STOPPED:
            row.held_up_because = held_because(subject_of_stream(row.stream), row.to)
            row.state = HELD if row.held_up_because else AWAITING
            row.released_at = row.released_by_id = None
            row.stopped_by_id = row.stopped_because = None
            row.forget_checks()
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
    """The batches of which letters may leave now, at most so many, oldest first. One that waits for a second person keeps
    the others of its batch waiting."""
    batches: dict[int, list[Letter]] = {}
    for row in db.session.scalars(select(Letter).where(Letter.state == RELEASED).order_by(Letter.id)):
        batches.setdefault(row.batch, []).append(row)
    return [batch for batch, rows in batches.items() if _leaving(rows)][:limit]


def _leaving(rows: Sequence[Letter]) -> list[Letter]:
    """Those of the released letters of a batch that may leave now: none before each has been let go by all who have a part
    in it, and the last of them was so long ago that somebody could have stopped it."""
    now = clock.now()
    moments = [(row, row.leaves_at) for row in rows]
    if any(at is None or (at > now and not (row.not_before_at and row.not_before_at > now)) for row, at in moments):
        return []
    return [row for row, at in moments if at is not None and at <= now]


def longest_ready() -> datetime | None:
    """The moment from which the letter that waits longest might have left; None where none may leave now."""
    rows = db.session.scalars(select(Letter).where(Letter.state == RELEASED))
    return min((at for row in rows if (at := row.leaves_at) is not None and at <= clock.now()), default=None)


def hold(row: Letter) -> None:
    """Read a letter afresh and lock it: the worker may be about to issue it."""
    lock(Letter, row.id)


def claim(batch: int) -> list[Letter]:
    """Hold the letters of a batch that are to be issued now; none when another worker was faster."""
    rows = [lock(Letter, one.id) for one in of_batch(batch)]
    return clinician_first(_leaving([row for row in rows if row.state == RELEASED]))


def give_back(batch: int, because: str) -> list[Letter]:
    """Back to the person who lets letters go, with the reason: those of a batch that have not left."""
    rows = [row for row in (lock(Letter, one.id) for one in of_batch(batch)) if row.state == RELEASED]
    for row in rows:
        row.state, row.held_up_because = AWAITING, because
        row.released_at = row.released_by_id = None
    return rows


def clinician_first(rows: list[Letter]) -> list[Letter]:
    """Those of a batch that leave now. Where the commissioner gives the clinician some days to speak with the patient, the
    patient's letter waits for them from the clinician's on; the time for a challenge counts from its day for both."""
    after = subject_of_stream(rows[0].stream).profile.posting.patient_after if rows else None
    patients = [row for row in rows if row.to == "patient" and row.patient_told_at is None and row.not_before_at is None]
    if after is None or not patients or not _tells_an_ending(rows):
        return rows
    on = deadlines.last_day(clock.today(), after, subject_of_stream(rows[0].stream).case.commissioner_id)
    for row in rows:
        row.counts_from_on = on
    for row in patients:
        row.not_before_at = clock.end_of(on - timedelta(days=1))
    return [row for row in rows if row not in patients]


def _tells_an_ending(rows: list[Letter]) -> bool:
    return any(row.to == "clinician" and row.ending for row in rows)


def last_issued_on(stream: str, names: Sequence[str]) -> date | None:
    """The later of the days on which these letters of a stream were issued; None while one of the last batch is not."""
    rows = [row for row in of(stream) if row.name in names and row.to in TOLD and row.state not in (STOPPED, HELD)]
    if not rows:
        return None
    last = [row for row in rows if row.batch == rows[0].batch]
    days = [day for row in last for day in (row.issued_on, row.counts_from_on) if day is not None]
    if any(row.issued_on is None and row.counts_from_on is None for row in last):
        return None
    return max(days)


def dates_from(row: Letter, issued_on: date) -> dict[str, date]:
    """The days that count from the day of issue: the last one for a challenge (`window`), and that of a warning (`days`).
    Where the patient's letter follows the clinician's, both count from the planned day of the later one."""
    dates = {}
    effective = max(issued_on, row.counts_from_on) if row.counts_from_on else issued_on
    commissioner_id = subject_of_stream(row.stream).case.commissioner_id
    for fact, name in (("window", "window_ends_on"), ("days", "warning_ends_on")):
        if stretch := row.facts.get(fact):
            length = Length(length=stretch["length"], unit=stretch["unit"], source="the letter")
            dates[name] = deadlines.last_day(effective, length, commissioner_id)
    return dates


def as_html(
    row: Letter, *, recipient: Recipient, profile: Any, issued_on: date, dates: dict[str, date], strict: bool = False
) -> str:
    """The letter as HTML, ready for the printer. `dates` are those that count from the day of issue.

    Where `strict`, a passage that names what the letter does not know raises letter_passages.MissingFactError.
    """
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
        say=letter_passages.sayer(_worded_anew(row), _named(row, profile, dates), strict=strict),
        **dates,
    )


def _worded_anew(row: Letter) -> Mapping[str, str]:
    """How the commissioner of a letter has worded passages; of a letter that stands nowhere, as they are shipped."""
    if not row.stream:
        return {}
    commissioner_id = subject_of_stream(row.stream).case.commissioner_id
    return {name: text for texts in WORDED for name, text in texts(commissioner_id).items()}


def _named(row: Letter, profile: Any, dates: Mapping[str, date]) -> dict[str, str]:
    """What stands for the names in a passage: the office, and facts of this letter."""
    head, last = profile.letterhead, dates.get("window_ends_on")
    return {
        "reference": row.facts.get("reference") or "",
        "treatment": row.facts.get("treatment") or "",
        "last_day": day(last) if last else "",
        "commissioner": profile.commissioner.name,
        "telephone": head.telephone,
        "email": head.email,
    }


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
