"""A newer version of the linked policy that came before the decision: what took its place, and under which of the two
the request is decided. The link never changes by itself; a person says which version counts, and why."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from ifr import audit, clock, workflow
from ifr.access import Role
from ifr.cases.models import Case
from ifr.cases.policy_notes import PolicyNotes, VersionAnswered, reads_policy_notes
from ifr.cases.services import answers_of, in_office
from ifr.db import db
from ifr.people.services import people_named
from ifr.policies.comparing import generosity
from ifr.policies.editing.services import raise_flag
from ifr.policies.exporting import record_of, versions_whole
from ifr.policies.models import PUBLIC_STATES, PolicyFlag, PolicyVersion, Statement, Succession
from ifr.policies.standing import Standing, Status, standings
from ifr.screening.check import also_considered
from ifr.screening.models import VersionChoice
from ifr.workflow import Invalid, NotVisible

# Who may say under which version a request is decided.
CHOOSERS = frozenset({Role.COORDINATOR, Role.SCREENER, Role.IFR_MANAGER, Role.PANEL_CHAIR})
NO_EXCEPTION = "no_exception"
_DECIDING = ("confirm_funded", "confirm_funded_in_part", "confirm_not_funded", "approve_at_screening")
_COMPARED = {
    "more": "The newer version is more generous than the linked one.",
    "less": "The newer version is less generous than the linked one.",
    "same": "The newer version is as generous as the linked one.",
    "cannot be told": "Whether the newer version is more generous cannot be told from the register: read both.",
}


@dataclass(frozen=True)
class Newer:
    """The version that took the place of the linked one, or is published and about to."""

    linked_id: int
    version_id: int
    in_force: bool
    begins_on: date | None


@dataclass(frozen=True)
class NewerPage:
    """Everything that the page of the newer version shows."""

    case: Case
    newer: Newer | None
    linked: str
    name: str
    compared: str
    transition: str | None
    choices: list[tuple[int, str]]
    earlier: list[VersionAnswered]
    # A chair comes here from the decision record, and has no page of the request to go back to.
    for_chair: bool


@dataclass(frozen=True)
class VersionAnswer:
    """What was typed: the version, why, and when the clinician was told, or why not."""

    version_id: int | None
    because: str
    told: str | None
    told_on: date | None
    told_words: str


# --- what took its place ----------------------------------------------------------------------------------------------


def newer_version(case: Case) -> Newer | None:
    """The version in force today that took the place of the linked one; where there is none, the next that is published
    and does not apply yet. None while no policy is linked, and once the request is decided."""
    linked = db.session.get(PolicyVersion, case.policy_version_id) if case.policy_version_id else None
    if linked is None or not _is_before_decision(case):
        return None
    today, area = clock.today(), answers_of(case).get("area")
    after = standings([linked], today, area)[linked.id].replaced_by
    # Versions are refused that take each other's place. Were some on record all the same, none is looked at twice.
    met = {linked.id}
    while after is not None and after not in met:
        met.add(after)
        version = db.session.get_one(PolicyVersion, after)
        standing = standings([version], today, area)[after]
        if standing.binds:
            return Newer(linked.id, after, True, standing.begins_on)
        after = standing.replaced_by
    return _about_to_apply(linked, today, area)


def _is_before_decision(case: Case) -> bool:
    machine = workflow.definition_of(case)
    return case.state in machine.groups["open"] or any(machine.find(one, case.state) for one in _DECIDING)


def _about_to_apply(linked: PolicyVersion, today: date, area: str | None) -> Newer | None:
    named = select(Succession.version_id).where(Succession.predecessor_id == linked.id)
    later = db.session.scalars(
        select(PolicyVersion).where(
            PolicyVersion._state.in_(PUBLIC_STATES),
            PolicyVersion.id != linked.id,
            or_(PolicyVersion.policy_id == linked.policy_id, PolicyVersion.id.in_(named)),
        )
    ).all()
    found = standings(later, today, area)
    coming = [(one.id, found[one.id]) for one in later if found[one.id].status is Status.NOT_YET_IN_FORCE]
    if not coming:
        return None
    version_id, standing = min(coming, key=_first_to_apply)
    return Newer(linked.id, version_id, False, standing.begins_on)


def _first_to_apply(coming: tuple[int, Standing]) -> tuple[date, int]:
    return (coming[1].begins_on or date.max, coming[0])


def choices_of(case: Case) -> list[VersionChoice]:
    """What was answered so far, the latest last."""
    return list(
        db.session.scalars(select(VersionChoice).where(VersionChoice.case_id == case.id).order_by(VersionChoice.id))
    )


def is_answered(case: Case, newer: Newer) -> bool:
    """Whether somebody said what becomes of this very pair of versions."""
    return any(
        one.newer_version_id == newer.version_id and one.chosen_version_id == newer.linked_id for one in choices_of(case)
    )


def unanswered(case: Case) -> Newer | None:
    """A newer version about which nobody has said yet whether the request is decided under it."""
    newer = newer_version(case)
    return newer if newer is not None and not is_answered(case, newer) else None


def compared_in_words(newer: Newer) -> str:
    """Whether the newer version is more generous, in a sentence."""
    linked, later = _both(newer)
    return _COMPARED[generosity(record_of(linked), record_of(later))]


def _both(newer: Newer) -> tuple[PolicyVersion, PolicyVersion]:
    found = {one.id: one for one in versions_whole([newer.linked_id, newer.version_id])}
    return found[newer.linked_id], found[newer.version_id]


# --- notices ----------------------------------------------------------------------------------------------------------


def newer_notice(case: Case) -> str | None:
    """A sentence for the pages of the request while nobody has answered."""
    return _notice(case, "Say under which version the request is decided.")


def newer_in_papers(case: Case) -> str:
    """The same for the papers of a panel, whose members only read it; empty when there is nothing to say."""
    return _notice(case, "Nobody has said yet under which version the request is decided.") or ""


def _notice(case: Case, asks: str) -> str | None:
    newer = unanswered(case)
    if newer is None:
        return None
    if not newer.in_force:
        first = f"A newer version of the linked policy is published and applies from {_day(newer.begins_on)}."
    else:
        since = f" since {_day(newer.begins_on)}" if newer.begins_on else ""
        first = f"A newer version of the linked policy is in force{since}. {asks}"
    return f"{first} {compared_in_words(newer)}"


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else "a day that is not printed"


@reads_policy_notes
def notes_on_policy(case: Case, by: Any) -> PolicyNotes:
    """What the pages of a request say of its policy besides the name."""
    return PolicyNotes(
        newer=newer_notice(case),
        may_answer=bool(case.capacities(by) & CHOOSERS),
        answered=versions_answered(case),
        also=also_considered(case),
    )


# --- the page, and saving ---------------------------------------------------------------------------------------------


def newer_page(case: Case, by: Any) -> NewerPage:
    """Raises PermissionError for somebody who has no say in it."""
    if not case.capacities(by) & CHOOSERS:
        raise PermissionError("this page is for those who check, screen or chair this request")
    newer = newer_version(case)
    for_chair = not in_office(by, case)
    earlier = versions_answered(case)
    if newer is None:
        return NewerPage(case, None, "", "", "", None, [], earlier, for_chair)
    linked, later = _both(newer)
    return NewerPage(
        case=case,
        newer=newer,
        linked=_called(linked),
        name=_called(later),
        compared=compared_in_words(newer),
        transition=later.transition,
        choices=[(later.id, f"The newer one: {_called(later)}"), (linked.id, f"The linked one: {_called(linked)}")],
        earlier=earlier,
        for_chair=for_chair,
    )


def _called(version: PolicyVersion) -> str:
    reference = f"{version.policy.reference}: " if version.policy.reference else ""
    return f"{reference}{version.title}, version {version.label}"


def versions_answered(case: Case) -> list[VersionAnswered]:
    """Every answer in words, the latest last."""
    rows = choices_of(case)
    ids = {one for row in rows for one in (row.linked_version_id, row.newer_version_id)}
    names = {one.id: _called(one) for one in versions_whole(sorted(ids))} if ids else {}
    people = people_named(row.made_by_id for row in rows)
    return [
        VersionAnswered(
            under=names[row.chosen_version_id],
            not_under=names[_left_aside(row)],
            because=row.because,
            told_on=row.told_on,
            told_words=row.told_words,
            by=people.get(row.made_by_id, ""),
            at=row.made_at,
        )
        for row in rows
    ]


def _left_aside(row: VersionChoice) -> int:
    return row.linked_version_id if row.chosen_version_id == row.newer_version_id else row.newer_version_id


def choose_version(case: Case, answer: VersionAnswer, *, once: str, seen: int | None, by: Any) -> VersionChoice:
    """Keep under which version the request is decided. Where that is the newer one the link is set to it, and both stand
    in what is frozen with the request.

    Raises PermissionError, Stale, Refused where there is no newer version, and Invalid with a sentence for each field.
    """
    if not case.capacities(by) & CHOOSERS:
        raise PermissionError("this is said by those who check, screen or chair this request")
    made = db.session.scalars(select(VersionChoice).where(VersionChoice.once == once)).first()
    if made is not None and made.case_id == case.id:
        return made
    if made is not None or not once:
        raise workflow.Refused([workflow.Reason("Open the page again: this form was sent for another request.")])
    workflow.hold(case, seen)
    newer = newer_version(case)
    if newer is None:
        raise workflow.Refused([workflow.Reason("No newer version of the linked policy is published.")])
    faults = _faults(answer, newer)
    if faults:
        raise Invalid(faults)
    row = _kept(case, newer, answer, once, by)
    if row.chosen_version_id == newer.version_id:
        _link_newer(case, newer)
    db.session.flush()
    audit.record(
        case.stream,
        "choose_policy_version",
        by=by.actor,
        linked=newer.linked_id,
        newer=newer.version_id,
        chosen=row.chosen_version_id,
        told_on=row.told_on,
    )
    return row


def _faults(answer: VersionAnswer, newer: Newer) -> dict[str, str]:
    faults = {}
    if answer.version_id not in (newer.linked_id, newer.version_id):
        faults["version_id"] = "Choose the version under which the request is decided."
    if not answer.because:
        faults["because"] = "Say why the request is decided under this version."
    if answer.told not in ("yes", "no"):
        faults["told"] = "Say whether the clinician has been told."
    elif answer.told == "yes" and answer.told_on is None:
        faults["told_on"] = "Enter the day on which the clinician was told."
    elif answer.told == "yes" and answer.told_on is not None and answer.told_on > clock.today():
        faults["told_on"] = "The day on which the clinician was told is in the future."
    elif answer.told == "no" and not answer.told_words:
        faults["told_words"] = "Say why the clinician has not been told yet."
    return faults


def _kept(case: Case, newer: Newer, answer: VersionAnswer, once: str, by: Any) -> VersionChoice:
    row = VersionChoice(
        case_id=case.id,
        linked_version_id=newer.linked_id,
        newer_version_id=newer.version_id,
        chosen_version_id=answer.version_id,
        because=answer.because,
        told_on=answer.told_on if answer.told == "yes" else None,
        told_words=answer.told_words,
        once=once,
        made_by_id=by.id,
        made_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def _link_newer(case: Case, newer: Newer) -> None:
    """The request is decided under the newer version from here on; what was found at the check is kept beside it."""
    linked, later = _both(newer)
    before = dict(case.resolution or {})
    case.policy_version_id = later.id
    case.resolution = {
        **before,
        "reference": later.policy.reference,
        "title": later.title,
        "version": later.label,
        "version_id": later.id,
        "statement_id": _same_statement(before.get("statement_id"), later),
        "chosen_instead_of": {
            "reference": linked.policy.reference,
            "title": linked.title,
            "version": linked.label,
            "version_id": linked.id,
            "statement_id": before.get("statement_id"),
        },
    }


def _same_statement(statement_id: int | None, later: PolicyVersion) -> int | None:
    """The statement of the newer version about the same treatment; None where no single one has the same words."""
    before = db.session.get(Statement, statement_id) if statement_id else None
    found = [one.id for one in later.statements if before is not None and one.treatment == before.treatment]
    return found[0] if len(found) == 1 else None


# --- what the owner of the policy should look at ----------------------------------------------------------------------


def flaggable_policy(case: Case, by: Any) -> tuple[PolicyVersion, str]:
    """The linked version and its name, for somebody of the office who may ask its owner about it. Raises PermissionError,
    and NotVisible while no policy is linked."""
    if not case.capacities(by) & CHOOSERS:
        raise PermissionError("this page is for those who check, screen or chair this request")
    if case.policy_version_id is None:
        raise NotVisible(case.key)
    version = versions_whole([case.policy_version_id])[0]
    return version, _called(version)


def flag_policy(case: Case, words: str, *, once: str, by: Any) -> PolicyFlag:
    """Tell the owner of the linked policy that it offers no thinkable exception (*R (Rogers) v Swindon*, 2006). The
    request goes forward as it would have. Raises what `flaggable_policy` raises, and Invalid without words."""
    version, _ = flaggable_policy(case, by)
    return raise_flag(version, NO_EXCEPTION, words, once=once, by=by)
