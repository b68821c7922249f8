"""The watch over groups: when like requests reach a number, the policy lead is asked whether others need the same.

It says nothing against any of the requests. Each goes on, and is decided on its own facts.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, profiles
from ifr.access import Role
from ifr.cases.beside import Note, notes_on_case
from ifr.cases.models import CONFLICTED, Answer, Case, Factor, Involvement
from ifr.cases.services import in_office, received_cases
from ifr.cases.words import CaseWord, plain_code
from ifr.db import db, lock
from ifr.people.models import User
from ifr.policies.wording import forms, main_word
from ifr.screening.groups.likeness import Alike, Said, compare, said_by
from ifr.screening.groups.models import NO_GROUP, TAKEN_UP, GroupRequest, GroupWatch
from ifr.workflow import Invalid, MoveRecord, NotVisible, Reason, Refused, Stale, upon

# So many requests with a word or a code in common are compared, the latest first.
MOST_COMPARED = 500
A_YEAR = timedelta(days=365)


# --- which requests are alike -------------------------------------------------------------------------------------------


def said_by_all(cases: Iterable[Case]) -> dict[int, Said]:
    """What each request says, in as many queries for many as for one."""
    cases = list(cases)
    ids = [one.id for one in cases]
    answers: dict[int, dict[str, str]] = {}
    asked = select(Answer).where(Answer.case_id.in_(ids), Answer.key.in_(("treatment_codes", "indication_codes")))
    for row in db.session.scalars(asked):
        answers.setdefault(row.case_id, {})[row.key] = row.text
    points: dict[int, list[str]] = {}
    for factor in db.session.scalars(select(Factor).where(Factor.case_id.in_(ids)).order_by(Factor.number)):
        points.setdefault(factor.case_id, []).append(factor.what)
    return {one.id: said_by(one, answers.get(one.id, {}), points.get(one.id, [])) for one in cases}


def near(case: Case, said: Said) -> list[int]:
    """The ids of the latest requests to the same commissioner that share a code or the main word of the treatment."""
    words = {plain_code(code) for code in said.treatment_codes} | {main_word(form) for form in forms(case.treatment)}
    query = (
        select(CaseWord.case_id)
        .where(CaseWord.commissioner_id == case.commissioner_id, CaseWord.word.in_(words), CaseWord.document_id.is_(None))
        .order_by(CaseWord.case_id.desc())
        .limit(MOST_COMPARED)
    )
    return [one for one in db.session.scalars(query) if one != case.id]


def alike(case: Case, since: date) -> list[tuple[Case, Alike]]:
    """The requests received since a day that ask the same question as this one."""
    own = said_by_all([case])[case.id]
    others = list(db.session.scalars(received_cases(case.commissioner_id, since).where(Case.id.in_(near(case, own)))))
    found = [(one, compare(own, said)) for one, said in zip(others, said_by_all(others).values(), strict=True)]
    return [(one, how) for one, how in found if how.same_question]


# --- the watch ----------------------------------------------------------------------------------------------------------


@upon("ifr", "pass_check")
def watch(case: Case, by: Any, made: MoveRecord) -> None:
    """Look for a group when a request is known to be complete. A group that is watched already gains the request."""
    rule = case.profile.groups
    others = alike(case, _months_before(clock.today(), rule.months))
    known = _watched([case.id, *(one.id for one, _ in others)])
    if known is None and len(others) + 1 < rule.requests:
        return
    found = known or _begin(case, rule)
    listed = set(db.session.scalars(select(GroupRequest.case_id).where(GroupRequest.watch_id == found.id)))
    for one, words in [(case, "the request that is compared"), *((one, how.words) for one, how in others)]:
        if one.id not in listed:
            db.session.add(GroupRequest(watch_id=found.id, case_id=one.id, alike=words))
    db.session.flush()


def _months_before(day: date, months: int) -> date:
    return day - timedelta(days=round(months * 365.25 / 12))


def _watched(ids: list[int]) -> GroupWatch | None:
    """The open watch that counts one of these requests."""
    query = select(GroupWatch).join(GroupRequest, GroupRequest.watch_id == GroupWatch.id)
    return db.session.scalars(query.where(GroupRequest.case_id.in_(ids), GroupWatch.answered_at.is_(None)).limit(1)).first()


def _begin(case: Case, rule: profiles.Groups) -> GroupWatch:
    usual = usual_a_year(case, _months_before(clock.today(), rule.months))
    found = GroupWatch(
        commissioner_id=case.commissioner_id,
        treatment=case.treatment,
        condition=case.condition,
        raised_at=clock.now(),
        threshold=rule.requests,
        months=rule.months,
        usual_a_year=usual,
        by_chance=None if usual is None else by_chance(usual * rule.months / 12, rule.requests),
    )
    db.session.add(found)
    db.session.flush()
    audit.record(f"group:{found.id}", "watch_group", by="scheduler:groups", requests=rule.requests, months=rule.months)
    return found


def usual_a_year(case: Case, until: date) -> float | None:
    """How many like requests came in a year up to a day; None where less than a year before it is on record."""
    on_record = received_cases(case.commissioner_id, date.min)
    first = db.session.scalar(on_record.with_only_columns(Case.received_at).order_by(Case.received_at).limit(1))
    span = until - clock.day_of(first) if first else timedelta(0)
    if span < A_YEAR:
        return None
    earlier = [one for one, _ in alike(case, date.min) if one.received_on and one.received_on < until]
    return len(earlier) / (span / A_YEAR)


def by_chance(expected: float, at_least: int) -> float:
    """How likely so many requests are within one span when they come singly at their usual rate (Poisson)."""
    fewer = sum(math.exp(-expected) * expected**number / math.factorial(number) for number in range(at_least))
    return max(0.0, 1.0 - fewer)


# --- what the policy lead sees --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Month:
    label: str
    number: int


@dataclass(frozen=True)
class Listed:
    """A request of the group: never who the patient is, and not what became of it."""

    reference: str
    received_on: date | None
    treatment: str
    alike: str


@dataclass(frozen=True)
class GroupPage:
    watch: GroupWatch
    months: list[Month]
    rows: list[Listed]
    chance: str


def watches(user: User) -> list[GroupWatch]:
    """The groups of the commissioners whose policies somebody keeps; those that wait for an answer first."""
    query = select(GroupWatch).where(GroupWatch.commissioner_id.in_(_kept_by(user)))
    return list(db.session.scalars(query.order_by(GroupWatch.answered_at.is_not(None), GroupWatch.id.desc())))


def _kept_by(user: User) -> set[int]:
    return {one.organisation_id for one in user.memberships_in_force if one.role == Role.POLICY_LEAD}


def watch_for(user: User, number: int) -> GroupWatch:
    """Raises NotVisible where somebody keeps no policies of that commissioner."""
    found = db.session.get(GroupWatch, number)
    if found is None or found.commissioner_id not in _kept_by(user):
        raise NotVisible(str(number))
    return found


def group_page(found: GroupWatch, user: User) -> GroupPage:
    """A group as its page shows it, without the requests in which this person has a conflict of interest."""
    walled = select(Involvement.case_id).where(Involvement.user_id == user.id, Involvement.interest == CONFLICTED)
    counted = received_cases(found.commissioner_id, date.min).join(GroupRequest, GroupRequest.case_id == Case.id)
    shown = counted.with_only_columns(Case.reference, Case.received_at, Case.treatment, GroupRequest.alike)
    here = shown.where(GroupRequest.watch_id == found.id, Case.id.not_in(walled))
    rows = db.session.execute(here.order_by(Case.received_at)).all()
    listed = [Listed(ref or "", clock.day_of(at) if at else None, treatment, how) for ref, at, treatment, how in rows]
    return GroupPage(found, _by_month(listed, clock.day_of(found.raised_at), found.months), listed, chance_in_words(found))


def _by_month(rows: list[Listed], until: date, months: int) -> list[Month]:
    """How many came in each month of the span, the empty months too."""
    last = until.year * 12 + until.month - 1
    spans = range(last - months + 1, last + 1)
    counts = dict.fromkeys(spans, 0)
    for row in rows:
        place = row.received_on.year * 12 + row.received_on.month - 1 if row.received_on else -1
        if place in counts:
            counts[place] += 1
    return [Month(f"{date(place // 12, place % 12 + 1, 1):%b %Y}", number) for place, number in counts.items()]


def chance_in_words(found: GroupWatch) -> str:
    if found.usual_a_year is None or found.by_chance is None:
        return "Less than a year before these requests is on record, so nothing can be said about chance."
    share = found.by_chance * 100
    often = "in fewer than 1 of 100 spans" if share < 1 else f"in about {share:.0f} of 100 spans"
    return (
        f"Before these, such requests came {found.usual_a_year:.1f} times a year. If they come singly and at that rate, chance "
        f"alone brings {found.threshold} or more within {found.months} months {often} of that length."
    )


def save_draft(found: GroupWatch, *, group: str, expected: str, meanwhile: str, seen: int, by: User) -> None:
    """Keep the draft of a service development. Raises Stale where somebody else has saved it since, Refused once the group
    is answered."""
    _hold(found, seen)
    found.group, found.expected, found.meanwhile = group, expected, meanwhile
    found.version += 1
    db.session.flush()
    audit.record(f"group:{found.id}", "save_group", by=by.actor)


def answer(found: GroupWatch, what: str, because: str, *, seen: int, by: User) -> None:
    """Say whether the group is taken up as a service development. The same page sent twice answers once.

    Raises Invalid for what is missing, and as `save_draft`.
    """
    if found.answered_by_id == by.id and (found.answer, found.because) == (what, because):
        return
    if what not in (TAKEN_UP, NO_GROUP):
        raise Invalid({"answer": "Choose whether this is taken up."})
    if not because.strip():
        raise Invalid({"because": "Enter the reasons."})
    if what == TAKEN_UP and not found.group.strip():
        raise Invalid({"group": "Save who the patients are before you take it up."})
    _hold(found, seen)
    found.answer, found.because, found.answered_by_id, found.answered_at = what, because, by.id, clock.now()
    found.version += 1
    db.session.flush()
    audit.record(f"group:{found.id}", "answer_group", by=by.actor, answer=what)


def _hold(found: GroupWatch, seen: int) -> None:
    lock(GroupWatch, found.id)
    if found.answered_at is not None:
        raise Refused([Reason("This group has been answered, and the answer stays.", to="groups.group")])
    if found.version != seen:
        raise Stale(found, [])


@notes_on_case
def note_on_case(case: Case, by: Any) -> list[Note]:
    if not in_office(by, case) or _watched([case.id]) is None:
        return []
    looks = "The office is looking whether other patients may need this too."
    return [Note("A question about a group", (looks, "This request goes on, and is decided on its own facts."))]
