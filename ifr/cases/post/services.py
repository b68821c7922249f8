"""Letters on paper: what is to be printed, what was printed and posted, what came back and what became of it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template
from sqlalchemy import Select, select

from ifr import access, audit, clock, documents, letters, mail, pdf
from ifr.access import Permission
from ifr.cases import identity, recipients
from ifr.cases.models import Case
from ifr.cases.post.models import CAME_BACK, HELD, LEFT, POSTED, PRINTED, SENT_AGAIN, TO_PRINT, Posting, PrintRun
from ifr.cases.services import cases_visible_to
from ifr.db import db, lock, note
from ifr.documents import Document
from ifr.letters import Letter
from ifr.mail import Mail
from ifr.people.models import User
from ifr.workflow import Invalid, MoveRecord, NotVisible, Reason, Refused, upon

# So many letters are printed at once: one file that a printer takes, made while somebody waits.
MOST_AT_ONCE = 50
LONGEST = 2000
BECAUSE = {
    "gone": "The addressee has gone away",
    "unknown": "The addressee is not known at the address",
    "incomplete": "The address is incomplete or does not exist",
    "refused": "It was refused",
    "not_collected": "It was not collected",
    "other": "No reason was given, or another one",
}


# --- what waits to be printed ---------------------------------------------------------------------------------------------


def by_post(row: Letter, printed: Document) -> Posting:
    """Let a letter, or a copy of one, wait to be printed and posted: whoever it goes to has no address for e-mail."""
    case = letters.subject_of_stream(row.stream).case
    return _queue(row, printed.id, case, is_copy=printed.kind == "letter_copy")


def _queue(row: Letter, document_id: int, case: Case, *, is_copy: bool) -> Posting:
    made = Posting(
        case_id=case.id, commissioner_id=case.commissioner_id, letter_id=row.id, document_id=document_id,
        state=TO_PRINT, is_copy=is_copy, queued_at=clock.now(),
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made


def offices_of(user: User) -> list[int]:
    """The commissioners whose letters somebody lets go."""
    return [m.organisation_id for m in user.memberships_in_force if access.has([m.role], Permission.LETTER_RELEASE)]


def ours(user: User) -> Select[Posting]:
    """The letters on paper of the requests that this person may see, in the offices whose letters he or she lets go."""
    visible = cases_visible_to(user).with_only_columns(Case.id)
    return select(Posting).where(Posting.commissioner_id.in_(offices_of(user)), Posting.case_id.in_(visible))


def posting_of(posting_id: int, by: User) -> Posting:
    """One of them. Raises NotVisible for any other."""
    found = db.session.scalars(ours(by).where(Posting.id == posting_id)).first()
    if found is None:
        raise NotVisible(str(posting_id))
    return found


# --- printed and posted ---------------------------------------------------------------------------------------------------


def print_what_waits(by: User, most: int = MOST_AT_ONCE) -> list[PrintRun]:
    """Take what waits into print runs, one for each commissioner, the oldest first and not too many at once.

    Whoever may not know who a patient is prints nothing of that request. Raises Refused where nothing waits."""
    query = ours(by).where(Posting.state == TO_PRINT).order_by(Posting.id).limit(most).with_for_update()
    waiting = [one for one in db.session.scalars(query) if identity.may_know(_case_of(one), by)]
    if not waiting:
        raise Refused([Reason("Nothing waits to be printed. Perhaps a colleague has printed it.")])
    runs: dict[int, PrintRun] = {}
    for one in waiting:
        run = runs.get(one.commissioner_id)
        if run is None:
            run = PrintRun(commissioner_id=one.commissioner_id, printed_at=clock.now(), printed_by_id=by.id)
            db.session.add(run)
            db.session.flush()
            runs[one.commissioner_id] = run
        one.state, one.run_id = PRINTED, run.id
    db.session.flush()
    return list(runs.values())


def run_of(run_id: int, by: User) -> PrintRun:
    """A print run of which this person may see a letter. Raises NotVisible for any other."""
    if db.session.scalars(ours(by).where(Posting.run_id == run_id).limit(1)).first() is None:
        raise NotVisible(str(run_id))
    return db.session.get_one(PrintRun, run_id)


@dataclass(frozen=True)
class Sheet:
    """A line of the cover list: nothing in it says who the patient is."""

    reference: str
    to: str
    pages: int


def file_of(run: PrintRun, by: User) -> bytes:
    """The letters of a print run as one file, as they were issued, each beginning on a leaf of its own, with a list of them
    on top. That it was opened goes on the record of each request. Raises pdf.PdfUnavailable."""
    query = ours(by).where(Posting.run_id == run.id, Posting.state != HELD).order_by(Posting.id)
    files, sheets = [], []
    for one in db.session.scalars(query):
        case = _case_of(one)
        if not identity.may_know(case, by):
            continue
        content = documents.read(db.session.get_one(Document, one.document_id))
        row = db.session.get_one(Letter, one.letter_id)
        files.append(content)
        sheets.append(Sheet(case.key, _to_whom(row, one), pdf.pages_of(content)))
        _note_opened(case, row, by)
    cover = render_template("cases/post/cover.html", run=run, sheets=sheets, by=by.name)
    top = pdf.render(cover, title=f"Letters to post, print run {run.id}", identifier=f"print-run-{run.id}")
    return pdf.join([top, *files])


def _note_opened(case: Case, row: Letter, by: User) -> None:
    stream, letter_id, actor = case.stream, row.id, by.actor
    note(lambda: audit.record(stream, "read_identity", by=actor, why="print", letter=letter_id))


def mark_posted(run_id: int, *, on: date, by: User) -> PrintRun:
    """Record the day on which a print run was posted. Raises Invalid for a day that cannot be it."""
    run_of(run_id, by)
    run = lock(PrintRun, run_id)
    if run.posted_on is not None:
        raise Refused([Reason("This print run is on record as posted already.")])
    if on < clock.day_of(run.printed_at):
        raise Invalid({"on": "It cannot have been posted before it was printed."})
    if on > clock.today():
        raise Invalid({"on": "The day of posting cannot be in the future."})
    run.posted_on, run.posted_by_id = on, by.id
    for one in db.session.scalars(select(Posting).where(Posting.run_id == run.id, Posting.state == PRINTED)):
        one.state = POSTED
        _on_record(one, "letter_posted", by, on=on.isoformat())
    db.session.flush()
    return run


# --- what came back -------------------------------------------------------------------------------------------------------


def came_back(posting_id: int, *, because: str, on: date, by: User) -> Posting:
    """Record that a posted letter came back. Raises Invalid for a reason or a day that cannot be."""
    one = _held(posting_id, by)
    if one.state != POSTED:
        raise Refused([Reason("Only a letter that was posted can come back.")])
    if because not in BECAUSE:
        raise Invalid({"because": "Choose why it came back."})
    run = db.session.get_one(PrintRun, one.run_id)
    if run.posted_on and on < run.posted_on or on > clock.today():
        raise Invalid({"on": "Enter a day between the day of posting and today."})
    one.state, one.came_back_on, one.came_back_because = CAME_BACK, on, because
    _on_record(one, "letter_came_back", by, because=because, on=on.isoformat())
    return one


def check_address(posting_id: int, *, what_was_done: str, by: User) -> Posting | None:
    """Say that the address on record is right now. When a second person has said so too the letter is printed anew with it,
    under its own date, and waits to be posted: the new row is returned.

    Raises Refused where one person would be both, Invalid without words for what was done, and pdf.PdfUnavailable."""
    one = _held(posting_id, by)
    if one.state != CAME_BACK:
        raise Refused([Reason("This letter has not come back, or it has been dealt with.")])
    if one.checked_by_id is None:
        one.what_was_done = _words(what_was_done, "Say what was done to find the right address.")
        one.checked_by_id, one.checked_at = by.id, clock.now()
        _on_record(one, "address_checked", by)
        return None
    _refuse_held(db.session.get_one(Letter, one.letter_id))
    if one.checked_by_id == by.id:
        raise Refused([Reason("A second person has to check the address: you were the first.")])
    again = _print_anew(one)
    one.state, one.ended_by_id, one.ended_at = SENT_AGAIN, by.id, clock.now()
    _on_record(one, "letter_sent_again", by)
    return again


def _refuse_held(row: Letter) -> None:
    if because := letters.held_because(letters.subject_of_stream(row.stream), row.to):
        raise Refused([Reason(because)])


def _print_anew(one: Posting) -> Posting:
    """The same letter under its own date, to the address that is on record now. A copy is sent as it was."""
    row, case = db.session.get_one(Letter, one.letter_id), _case_of(one)
    if one.is_copy or row.issued_on is None:
        return _queue(row, one.document_id, case, is_copy=one.is_copy)
    subject = letters.subject_of_stream(row.stream)
    try:
        recipient = recipients.addressee(subject, row)
    except (recipients.HeldBackError, LookupError) as fault:
        raise Refused([Reason(str(fault))]) from fault
    dates = letters.dates_from(row, row.issued_on)
    html = letters.as_html(row, recipient=recipient, profile=case.profile, issued_on=row.issued_on, dates=dates)
    title = letters.title_in(html)
    made = pdf.render(html, title=title, identifier=f"letter-{row.id}-again-{one.id}")
    kept = documents.put(made, stream=row.stream, kind="letter", title=f"Sent again: {title}", by_id=None)
    return _queue(row, kept.id, case, is_copy=False)


def leave(posting_id: int, *, what_was_done: str, by: User) -> Posting:
    """Record that a letter which came back is not sent again, and what was done instead. Raises Invalid without words."""
    one = _held(posting_id, by)
    if one.state != CAME_BACK:
        raise Refused([Reason("This letter has not come back, or it has been dealt with.")])
    one.what_was_done = _words(what_was_done, "Say what was done instead of sending it again.")
    one.state, one.ended_by_id, one.ended_at = LEFT, by.id, clock.now()
    _on_record(one, "letter_left", by)
    return one


def post_instead(letter_id: int, by: User) -> Posting:
    """Let a letter whose e-mail did not arrive wait to be posted. Raises NotVisible, and Refused where it does already."""
    row = db.session.get(Letter, letter_id)
    sent = mail.of_letters([letter_id]).get(letter_id)
    if row is None or row.document_id is None or sent is None or sent.state not in (mail.FAILED, mail.BOUNCED):
        raise NotVisible(str(letter_id))
    case = lock(Case, letters.subject_of_stream(row.stream).case.id)
    if db.session.scalars(cases_visible_to(by).where(Case.id == case.id)).first() is None:
        raise NotVisible(str(letter_id))
    _refuse_held(row)
    if db.session.scalars(select(Posting.id).where(Posting.letter_id == letter_id, Posting.is_copy.is_(False))).first():
        raise Refused([Reason("This letter goes by post already.")])
    made = _queue(row, row.document_id, case, is_copy=False)
    _on_record(made, "post_instead", by)
    return made


def not_arrived() -> Select[Letter, Mail]:
    """The letters whose e-mail did not arrive and that do not go by post instead."""
    posted = select(Posting.letter_id).where(Posting.is_copy.is_(False))
    return (
        select(Letter, Mail).join(Mail, Mail.letter_id == Letter.id)
        .where(Mail.state.in_((mail.FAILED, mail.BOUNCED)), Letter.id.not_in(posted)).order_by(Letter.id)
    )  # fmt: skip


# --- after a death --------------------------------------------------------------------------------------------------------


@upon("ifr", "record_death")
def hold_paper_back(case: Case, by: Any, made: MoveRecord) -> None:
    """What is issued and not posted yet does not go to a patient who has died, nor do copies of it."""
    waiting = select(Posting).where(Posting.case_id == case.id, Posting.state.in_((TO_PRINT, PRINTED))).with_for_update()
    for one in db.session.scalars(waiting):
        row = db.session.get_one(Letter, one.letter_id)
        if letters.held_because(letters.subject_of_stream(row.stream), row.to):
            one.state = HELD
    db.session.flush()


@upon("ifr", "reverse_death")
def let_paper_wait(case: Case, by: Any, made: MoveRecord) -> None:
    """It was a mistake: what was held back waits to be printed again."""
    for one in db.session.scalars(select(Posting).where(Posting.case_id == case.id, Posting.state == HELD)):
        one.state = TO_PRINT
    db.session.flush()


# --- parts --------------------------------------------------------------------------------------------------------------


def _held(posting_id: int, by: User) -> Posting:
    posting_of(posting_id, by)
    return lock(Posting, posting_id)


def _words(typed: str, empty: str) -> str:
    if not typed.strip():
        raise Invalid({"what_was_done": empty})
    if len(typed) > LONGEST:
        raise Invalid({"what_was_done": f"This must be {LONGEST:,} characters or fewer."})
    return typed.strip()


def _case_of(one: Posting) -> Case:
    return db.session.get_one(Case, one.case_id)


def _to_whom(row: Letter, one: Posting) -> str:
    whom = row.to.replace("_", " ")
    return f"copy of the letter to the {whom}" if one.is_copy else f"the {whom}"


def _on_record(one: Posting, what: str, by: User, **facts: Any) -> None:
    db.session.flush()
    audit.record(_case_of(one).stream, what, by=by.actor, letter=one.letter_id, posting=one.id, **facts)
