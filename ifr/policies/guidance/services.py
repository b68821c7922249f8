"""What is done with guidance: it is put on record, bears another number, is withdrawn, or is paid for from another day.

Each change is a row of its own beside the guidance and an act in the audit, in one transaction. The policies that it touches
are looked up when somebody reads it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload

from ifr import audit, clock
from ifr.access import Permission, has
from ifr.db import db
from ifr.pages import day
from ifr.people.models import User
from ifr.people.services import people_named
from ifr.policies import codes, wording
from ifr.policies.loading import load_record
from ifr.policies.models import (
    PUBLIC_STATES,
    Guidance,
    GuidanceChange,
    GuidanceCode,
    Policy,
    PolicyCode,
    PolicyVersion,
    Statement,
    TreatmentPhrase,
    cited_guidance,
)
from ifr.policies.records import RecordError, first_day
from ifr.policies.standing import Status, standings
from ifr.policies.wording import Likeness
from ifr.workflow import Invalid, NotVisible

KINDS = {
    "TA": "Technology appraisal (TA)",
    "HST": "Highly specialised technologies (HST)",
    "HTG": "HealthTech guidance (HTG)",
    "IPG": "Interventional procedures guidance (IPG)",
    "NG": "Guideline (NG)",
    "CG": "Clinical guideline (CG)",
}
# Only these oblige a commissioner to pay: within 90 days of publication, or 30 where NICE took its fast track, unless NICE
# varied the day. Regulation 7 of the regulations of 2013 that founded NICE in its present form.
PAID_FOR = ("TA", "HST")
DAYS_TO_PAY = {"ninety": 90, "thirty": 30}
CHANGES = {
    "new": "Put on record; published on {day}",
    "renumbered": "Given another number",
    "withdrawn": "Withdrawn on {day}",
    "funding_varied": "Paid for from {day}",
}
_EARLIEST = date(1999, 1, 1)
_AT_MOST_AHEAD = timedelta(days=3653)


# --- reading --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Touched:
    """A version of a policy that a change of guidance concerns, and why."""

    version_id: int
    commissioner: str
    title: str
    reference: str | None
    version: str
    status: str
    why: str
    indications: tuple[str, ...] = ()


@dataclass(frozen=True)
class Happening:
    """A change of guidance as the page tells it; a new number says in its own words from when."""

    text: str
    words: str
    by: str
    at: Any


@dataclass(frozen=True)
class GuidancePage:
    """Everything that the page of a piece of guidance shows."""

    guidance: Guidance
    kind: str
    changes: list[Happening]
    touched: list[Touched]
    may_change: bool
    formerly: list[tuple[str, str]] = field(default_factory=list)
    known_by: list[str] = field(default_factory=list)


def all_guidance() -> list[Guidance]:
    """The guidance on record, newest first; what prints no day comes last."""
    query = select(Guidance).order_by(Guidance.published_on.is_(None), Guidance.published_on.desc(), Guidance.id)
    return list(db.session.scalars(query))


def read_guidance(guidance_id: int, *, user: Any) -> GuidancePage:
    """A piece of guidance with what happened to it and where it matters. Raises NotVisible when there is none."""
    found = db.session.scalar(_whole().where(Guidance.id == guidance_id))
    if found is None:
        raise NotVisible(f"guidance {guidance_id}")
    ours = {one.phrase: one.is_ours for one in found.phrases}
    return GuidancePage(
        guidance=found,
        kind=KINDS.get(found.kind, found.kind),
        changes=_changes(found),
        touched=touched_policies(found),
        may_change=may_change(user),
        formerly=[(one["number"], when(one["until"])) for one in found.former_numbers],
        known_by=[f"{phrase} (our own word)" if mark else phrase for phrase, mark in ours.items()],
    )


def _whole() -> Any:
    return select(Guidance).options(selectinload(Guidance.codes), selectinload(Guidance.phrases))


def _changes(guidance: Guidance) -> list[Happening]:
    rows = db.session.scalars(
        select(GuidanceChange).where(GuidanceChange.guidance_id == guidance.id).order_by(GuidanceChange.id.desc())
    ).all()
    names = people_named(_person(one.recorded_by) for one in rows)
    return [
        Happening(
            text=_text(one),
            words=one.words,
            by=names.get(_person(one.recorded_by) or 0, "the service"),
            at=one.recorded_at,
        )
        for one in rows
    ]


def _text(change: GuidanceChange) -> str:
    said = CHANGES.get(change.kind, change.kind)
    return said if change.kind == "renumbered" else said.format(day=day(change.on))


def when(printed: date | str) -> str:
    """A day, or a month such as 2026-01, in words: January 2026."""
    first = first_day(printed if isinstance(printed, date) or len(printed) < 10 else date.fromisoformat(printed))
    return f"{first:%B %Y}" if isinstance(printed, str) and len(printed) == 7 else day(first)


def shown_day(value: date | None) -> str:
    """A day as a form carries it, so that a change made meanwhile is noticed."""
    return value.isoformat() if value else ""


def _person(actor: str) -> int | None:
    kind, _, key = actor.partition(":")
    return int(key) if kind == "user" and key.isdecimal() else None


# --- the policies it touches ------------------------------------------------------------------------------------------------


def touched_policies(guidance: Guidance, on: date | None = None) -> list[Touched]:
    """The versions, in force on a day or still to come, that cite this guidance or name its treatment by code or words.

    They are for a person to read: the same treatment may be meant for another condition.
    """
    on = on or clock.today()
    cited = set(db.session.scalars(select(cited_guidance.c.version_id).where(cited_guidance.c.guidance_id == guidance.id)))
    alike = _of_the_same_treatment(guidance)
    versions = db.session.scalars(
        select(PolicyVersion)
        .join(Policy, Policy.id == PolicyVersion.policy_id)
        .where(PolicyVersion.id.in_(cited | set(alike)), PolicyVersion._state.in_(PUBLIC_STATES))
        .options(joinedload(PolicyVersion.policy).joinedload(Policy.owner))
        .order_by(Policy.title, PolicyVersion.id)
    ).all()
    where = standings(versions, on)
    return [
        _touched(one, where[one.id].status, one.id in cited, alike.get(one.id))
        for one in versions
        if where[one.id].binds or where[one.id].status is Status.NOT_YET_IN_FORCE
    ]


def _touched(version: PolicyVersion, status: Status, cites: bool, indications: list[str] | None) -> Touched:
    reasons = ["cites it"] if cites else []
    if indications is not None:
        reasons.append("is about the same treatment")
    return Touched(
        version_id=version.id,
        commissioner=version.policy.owner.name,
        title=version.title,
        reference=version.policy.reference,
        version=version.label,
        status=status.words,
        why=" and ".join(reasons),
        indications=tuple(indications or ()),
    )


def _of_the_same_treatment(guidance: Guidance) -> dict[int, list[str]]:
    """The versions with a statement on the treatment of this guidance, each with the conditions it is for."""
    statements = {*_by_code(guidance), *_by_words(guidance)}
    rows = db.session.execute(
        select(Statement.version_id, Statement.indication).where(Statement.id.in_(statements)).order_by(Statement.id)
    )
    found: dict[int, list[str]] = {}
    for version_id, indication in rows:
        found.setdefault(version_id, []).extend([indication] if indication else [])
    return found


def _by_code(guidance: Guidance) -> Iterable[int]:
    asked = db.session.scalars(
        select(GuidanceCode).where(GuidanceCode.guidance_id == guidance.id, GuidanceCode.system == codes.OPCS4)
    ).all()
    keys = {key for one in asked for key in codes.within(one.normalised)}
    # Compared from here to there, since the index serves that on both databases; nothing beneath a code ends later than 9.
    beneath = [PolicyCode.normalised.between(one.normalised, (one.through or one.normalised) + "9") for one in asked]
    around = [and_(PolicyCode.through.is_not(None), PolicyCode.normalised <= one.normalised) for one in asked]
    listed = db.session.scalars(
        select(PolicyCode).where(
            PolicyCode.system == codes.OPCS4,
            PolicyCode.role == "include",
            or_(PolicyCode.normalised.in_(keys), *beneath, *around),
        )
    )
    return {
        one.statement_id for one in listed if any(one.covers(code.normalised) or code.covers(one.normalised) for code in asked)
    }


def _by_words(guidance: Guidance) -> Iterable[int]:
    phrases = select(TreatmentPhrase.plain).where(TreatmentPhrase.guidance_id == guidance.id, TreatmentPhrase.is_label.is_(False))
    known = [tuple(plain.split()) for plain in db.session.scalars(phrases)]
    listed = db.session.scalars(
        select(TreatmentPhrase).where(
            TreatmentPhrase.statement_id.is_not(None),
            TreatmentPhrase.is_label.is_(False),
            TreatmentPhrase.main_word.in_({word for form in known for word in form}),
        )
    )
    return {one.statement_id for one in listed if one.statement_id and _name_the_same(known, tuple(one.plain.split()))}


def _name_the_same(known: list[wording.Form], phrase: wording.Form) -> bool:
    """One names the other whole: laser foraminoplasty, endoscopic laser foraminoplasty."""
    within = wording.compare(known, phrase) is Likeness.SAME
    return within or any(wording.compare([phrase], one) is Likeness.SAME for one in known)


# --- changing -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewGuidance:
    """What a person typed about guidance that is not on record yet."""

    kind: str
    number: str
    title: str
    publisher: str | None
    url: str | None
    published_on: date
    # ninety or thirty days after publication, another day that is typed, or nobody has to pay.
    paid: str
    funding_from: date | None
    funding_varied: str | None
    says: str | None
    known_by: tuple[str, ...] = ()
    opcs4: tuple[str, ...] = ()
    icd10: tuple[str, ...] = ()


def record_guidance(new: NewGuidance, *, by: User) -> Guidance:
    """Put guidance on record. Raises Invalid for a number that is on record, and for days or codes that cannot be."""
    _check_may_change(by)
    _possible_day("published_on", new.published_on)
    _number_is_free(new.kind, new.number)
    known_by = [{"words": one} for one in new.known_by]
    listed = {"opcs4": new.opcs4, "icd10": new.icd10}
    written = {
        "record": "guidance",
        "kind": new.kind,
        "number": new.number,
        "title": new.title,
        "publisher": new.publisher,
        "url": new.url,
        "published_on": new.published_on,
        "funding_from": _paid_from(new),
        "funding_varied": new.funding_varied,
        "says": new.says,
        "known_by": known_by,
        "codes": {system: [{"code": one, "ours": True} for one in some] for system, some in listed.items()},
    }
    try:
        with db.session.begin_nested():
            loaded = load_record(written, by=by)
    except (RecordError, codes.CodeError) as fault:
        raise Invalid({"number": str(fault)}) from None
    except IntegrityError:
        raise Invalid({"number": _is_on_record(f"{new.kind}{new.number}")}) from None
    guidance = _locked(loaded.guidance_id or 0)
    _note(guidance, "new", new.published_on, f"{guidance.reference}, {guidance.title}", by)
    audit.record(f"guidance:{guidance.id}", "record_guidance", by=by.actor, number=guidance.reference, paid_from=_paid_from(new))
    return guidance


def _paid_from(new: NewGuidance) -> date | None:
    if new.kind not in PAID_FOR:
        if new.paid != "none":
            raise Invalid({"paid": f"{KINDS[new.kind]} obliges nobody to pay. Choose that nobody has to pay because of it."})
        return None
    if new.paid == "typed":
        if new.funding_from is None:
            raise Invalid({"funding_from": "Enter the day from which it is paid for"})
        return _not_before(new.published_on, new.funding_from)
    days = DAYS_TO_PAY.get(new.paid)
    return new.published_on + timedelta(days=days) if days else None


def renumber(guidance_id: int, *, was: str, kind: str, number: str, on: date | str, by: User) -> Guidance:
    """Give guidance another kind and number, from a day or from a month ("2026-01"); the one it bore stays on record.

    Raises Invalid when it no longer bears the number that the person saw, or the new one belongs to other guidance.
    """
    _check_may_change(by)
    guidance = _locked(guidance_id)
    old, new = guidance.reference, f"{kind}{number}"
    if was != old:
        raise Invalid({"number": f"Somebody has given it another number meanwhile: it is now {old}. Check, then send again."})
    if new == old:
        raise Invalid({"number": f"{old} is the number that it bears already."})
    begins = first_day(on)
    assert begins is not None  # a day or a month has a first day
    _possible_day("on", begins)
    _number_is_free(kind, number, besides=guidance)
    # What bears a new number from a month bore the old one until that month; from a day, until the day before.
    until = on if isinstance(on, str) else (on - timedelta(days=1)).isoformat()
    guidance.former_numbers = [*guidance.former_numbers, {"number": old, "until": until}]
    guidance.kind, guidance.number = kind, number
    try:
        with db.session.begin_nested():
            db.session.flush()
    except IntegrityError:
        raise Invalid({"number": _is_on_record(new)}) from None
    _note(guidance, "renumbered", begins, f"{old} is {new} from {when(on)}.", by)
    audit.record(f"guidance:{guidance.id}", "renumber_guidance", by=by.actor, old=old, new=new, since=begins)
    return guidance


def withdraw(guidance_id: int, *, on: date, reason: str, by: User) -> Guidance:
    """Note that guidance was withdrawn by those who gave it. Raises Invalid when it was withdrawn before."""
    _check_may_change(by)
    guidance = _locked(guidance_id)
    if guidance.withdrawn_on is not None:
        raise Invalid({"on": "It is on record as withdrawn already."})
    _possible_day("on", on)
    if guidance.published_on and on < guidance.published_on:
        raise Invalid({"on": "It cannot have been withdrawn before it was published."})
    guidance.withdrawn_on = on
    _note(guidance, "withdrawn", on, reason, by)
    audit.record(f"guidance:{guidance.id}", "withdraw_guidance", by=by.actor, on=on)
    return guidance


def vary_funding(guidance_id: int, *, was: str, on: date, words: str, by: User) -> Guidance:
    """Note another day from which guidance is paid for, as NICE varied it. Raises Invalid for guidance that obliges nobody
    to pay, and when the day is no longer the one that the person saw."""
    _check_may_change(by)
    guidance = _locked(guidance_id)
    if not guidance.is_mandatory:
        raise Invalid({"on": f"{KINDS.get(guidance.kind, guidance.kind)} obliges nobody to pay, so there is no such day."})
    if was != shown_day(guidance.funding_from):
        raise Invalid({"on": "Somebody has changed the day meanwhile. Read the page again, then send what still holds."})
    if on == guidance.funding_from:
        raise Invalid({"on": "This is the day that is on record."})
    _possible_day("on", on)
    _not_before(guidance.published_on, on, "on")
    before = guidance.funding_from
    guidance.funding_from, guidance.funding_varied = on, words
    _note(guidance, "funding_varied", on, words, by)
    audit.record(f"guidance:{guidance.id}", "vary_funding", by=by.actor, old=before, new=on)
    return guidance


def may_change(user: Any) -> bool:
    """Guidance belongs to no commissioner, so any policy lead keeps it."""
    return has(user.roles, Permission.POLICY_EDIT)


def _check_may_change(by: User) -> None:
    if not may_change(by):
        raise PermissionError("only a policy lead changes guidance")


def _locked(guidance_id: int) -> Guidance:
    found = db.session.scalar(
        select(Guidance).where(Guidance.id == guidance_id).with_for_update().execution_options(populate_existing=True)
    )
    if found is None:
        raise NotVisible(f"guidance {guidance_id}")
    return found


def _note(guidance: Guidance, kind: str, on: date, words: str, by: User) -> None:
    db.session.add(
        GuidanceChange(guidance_id=guidance.id, kind=kind, on=on, words=words, recorded_by=by.actor, recorded_at=clock.now())
    )
    db.session.flush()


def _number_is_free(kind: str, number: str, besides: Guidance | None = None) -> None:
    """No two pieces of guidance share a number, and nobody is sent to the wrong one by a number from before."""
    wanted = f"{kind}{number}"
    for one in db.session.scalars(select(Guidance)):
        if besides is not None and one.id == besides.id:
            continue
        if one.reference == wanted:
            raise Invalid({"number": _is_on_record(wanted)})
        if any(before["number"] == wanted for before in one.former_numbers):
            raise Invalid({"number": f"{wanted} is the number that {one.reference} bore before."})


def _is_on_record(reference: str) -> str:
    return f"{reference} is on record already."


def _possible_day(name: str, on: date) -> None:
    if on < _EARLIEST:
        raise Invalid({name: f"Enter a day from {_EARLIEST.year} on; NICE gave no guidance before."})
    if on > clock.today() + _AT_MOST_AHEAD:
        raise Invalid({name: "Enter a day within the next ten years."})


def _not_before(published: date | None, on: date, name: str = "funding_from") -> date:
    if published and on < published:
        raise Invalid({name: "It cannot be paid for from a day before it was published."})
    _possible_day(name, on)
    return on
