"""Issuing letters: each is rendered, stored and marked, and makes the move and the fact that it names, or is held up.

The letters of one move are a transaction of their own, so that a worker which is killed leaves nothing half done.
"""

import hashlib
import logging
from datetime import date
from typing import Any

from markupsafe import Markup

from ifr import clock, documents, letters, pdf, workflow
from ifr.access import Role
from ifr.cases import recipients
from ifr.cases import services as cases
from ifr.cases.models import Case
from ifr.cases.post import services as post
from ifr.db import db, lock, transaction
from ifr.jobs import agreement, decision_data
from ifr.letter_passages import MissingFactError
from ifr.letters import ISSUED, Letter
from ifr.people import services as people
from ifr.telling import mails
from ifr.telling import services as telling
from ifr.timetable.whom import whom
from ifr.workflow import CLOCK

log = logging.getLogger("ifr.jobs")


class CannotBeMade(Exception):
    """A letter that cannot be made as it stands. The message is for whoever released it."""


def issue_letters() -> int:
    """Issue every batch whose hold is over, and say how many letters that was."""
    with transaction(writes=False):
        batches = letters.ready_batches()
    return sum(_issue(batch) for batch in batches)


def _issue(batch: int) -> int:
    """The letters of one move: rendered, stored, marked and followed by the move that they name, or held up together."""
    try:
        with transaction():
            _hold_case(batch)
            rows = letters.claim(batch)
            for row in rows:
                _make(row)
            for row in rows:
                _follow(row)
            _facts_of(rows)
            return len(rows)
    except workflow.Refused as refusal:
        _hold_up(batch, " ".join(reason.text for reason in refusal.reasons))
    except agreement.DisagreesError as fault:
        _hold_up(batch, str(fault))
        with transaction():
            agreement.note(fault)
    except CannotBeMade as fault:
        _hold_up(batch, str(fault))
    except pdf.PdfUnavailable:
        _hold_up(batch, "This machine cannot print letters: tell those who run the service.")
    except Exception:
        # One letter that fails must not keep the others from leaving. The log has the trace, which holds no identity.
        log.exception("batch %s could not be issued", batch)
        _hold_up(batch, "The letter could not be made: tell those who run the service.")
    return 0


def _hold_case(batch: int) -> None:
    """The request is held before its letters, as by everybody who releases or stops them: neither waits for the other, and
    what was stopped in the meantime does not leave."""
    rows = letters.of_batch(batch)
    case = letters.subject_of_stream(rows[0].stream).case if rows else None
    if case is not None:
        lock(Case, case.id)


def _hold_up(batch: int, because: str) -> None:
    """Back to the person who lets letters go, with the reason; nothing of the attempt is left."""
    with transaction():
        for row in letters.give_back(batch, because):
            if not _is_who_was_checked(row):
                row.forget_address()


def _is_who_was_checked(row: Letter) -> bool:
    """Whether a letter still goes to the name and address that a second person compared; so too where nobody had to."""
    if row.address_digest is None:
        return True
    try:
        return row.address_digest == recipients.digest_of(recipients.addressee(letters.subject_of_stream(row.stream), row))
    except (LookupError, recipients.HeldBackError):
        return False


def _make(row: Letter) -> None:
    subject = letters.subject_of_stream(row.stream)
    profile = subject.case.profile
    recipient = _recipient(subject, row)
    if row.address_digest is not None and row.address_digest != recipients.digest_of(recipient):
        raise CannotBeMade("The name or the address has changed since a second person compared it. It is compared again.")
    issued_on = clock.today()
    row.document_id, row.state = _printed(row, recipient, profile, issued_on), ISSUED
    for copy in recipients.copies_to(subject, row):
        _printed(row, copy, profile, issued_on, kind="letter_copy")
    row.issued_at, row.issued_on = clock.now(), issued_on
    row.held_up_because = None
    db.session.flush()
    if recipient.email:
        mails.about_letter(row, subject)
    if row.to == "clinician":
        _tell(row, subject.case)


def _tell(row: Letter, case: Case) -> None:
    """A letter is news for those who write in the request, whatever it says. Its own mail leaves anyway, so this is not
    urgent and sends no other."""
    for user in whom(case, [Role.CLINICIAN]):
        telling.tell(user.id, key=f"letter:{row.id}", words="A letter to you is ready.", case=case)


def _printed(row: Letter, recipient: letters.Recipient, profile: Any, issued_on: date, *, kind: str = "letter") -> int:
    """Print a letter for one recipient and keep it; the id of the document."""
    dates = letters.dates_from(row, issued_on)
    try:
        html = letters.as_html(row, recipient=recipient, profile=profile, issued_on=issued_on, dates=dates, strict=True)
    except MissingFactError as fault:
        raise CannotBeMade(str(fault)) from fault
    _refuse_unprintable(html)
    title = letters.title_in(html)
    digest = hashlib.sha256(html.encode()).hexdigest()
    inside = decision_data.attachments(row, issued_on=issued_on, dates=dates)
    made = pdf.render(html, title=title, attachments=inside, identifier=f"{kind}-{row.id}-{digest}")
    agreement.check(made, row, html=html, recipient=recipient, profile=profile, issued_on=issued_on)
    named = f"Copy: {title}" if recipient.copy_of else title
    kept = documents.put(made, stream=row.stream, kind=kind, title=named, by_id=None)
    if not recipient.email:
        post.by_post(row, kept)
    return kept.id


def _recipient(subject: Any, row: Letter) -> letters.Recipient:
    try:
        return recipients.addressee(subject, row)
    except recipients.HeldBackError as fault:
        raise CannotBeMade(str(fault)) from fault
    except LookupError as fault:
        raise CannotBeMade(f"Nobody is on record to whom this letter could go: {fault}.") from fault


def _refuse_unprintable(html: str) -> None:
    missing = pdf.missing_characters(Markup(html).striptags())
    if missing:
        named = ", ".join(f"{character} (U+{ord(character):04X})" for character in missing[:5])
        raise CannotBeMade(f"The letter has characters that it cannot show: {named}. Write them in another way.")


def _follow(row: Letter) -> None:
    """What the issue of a letter makes true: the clinician knows, and the case makes the move that the letter names."""
    subject = letters.subject_of_stream(row.stream)
    if subject is subject.case and row.to == "clinician" and _says_how_it_ended(subject, row):
        cases.mark_told(subject)
    if row.then:
        assert row.released_by_id is not None  # a letter that ends something is let go by a person
        workflow.move(subject, row.then, by=people.person(row.released_by_id), seen=None)


def _says_how_it_ended(case: Any, row: Letter) -> bool:
    """What is sent at once is about the way; what a person lets go says where it ended."""
    return workflow.definition_of(case).letters[row.name].release == "by_person"


def _facts_of(rows: list[Letter]) -> None:
    """What the issue of these letters is on record as: once, however many of them say so."""
    facts = {}
    for row in rows:
        subject = letters.subject_of_stream(row.stream)
        spec = workflow.definition_of(subject).letters.get(row.name)
        if spec is not None and spec.fact and not _is_counted_already(row, rows):
            facts[spec.fact] = (subject, row.counts_from_on)
    for fact, (subject, on) in facts.items():
        workflow.occur(subject, fact, by=CLOCK, on=on if on and on > clock.today() else None)


def _is_counted_already(row: Letter, rows: list[Letter]) -> bool:
    """Whether the clinician's letter has begun the time that this one would begin, from the day on which this one leaves."""
    if row.counts_from_on is None or row.issued_on is None or row.issued_on > row.counts_from_on:
        return False
    earlier = [one for one in letters.of_batch(row.batch) if one not in rows]
    return any(one.issued_on is not None and one.to in letters.TOLD for one in earlier)
