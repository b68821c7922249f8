"""What keeps a register true after publication: reviews that fall due, questions raised by others, and clauses that age."""

import calendar
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from ifr import audit, clock
from ifr.access import Permission, has
from ifr.db import db, lock
from ifr.people.models import COMMISSIONER, Organisation, User
from ifr.people.services import people_named
from ifr.policies.models import (
    CLAUSE_KINDS,
    CommissionerClause,
    Policy,
    PolicyFlag,
    PolicyVersion,
    linked_clauses,
    printed_title,
)
from ifr.policies.page import VersionPage, read_version
from ifr.policies.services import works_with
from ifr.policies.standing import standings
from ifr.workflow import Invalid, NotVisible

MONTHS_AHEAD = 6
FLAG_KINDS = {
    "no_exception": "It offers no thinkable exception",
    "unclear": "It is unclear",
    "wrong": "Something in it is wrong",
}


def _kept(by: User) -> list[int]:
    return [one.id for one in by.organisations(COMMISSIONER) if has(by.roles_in(one.id), Permission.POLICY_EDIT)]


# --- reviews --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReviewRow:
    """When the review of one version is due, as printed."""

    version_id: int
    title: str
    reference: str | None
    label: str
    due_on: date | None
    words: str | None


@dataclass
class Reviews:
    """The versions of one commissioner that are in force, by what is known of their review."""

    commissioner: str
    overdue: list[ReviewRow]
    soon: list[ReviewRow]
    static: list[ReviewRow]
    open: list[ReviewRow]


def reviews(by: User) -> list[Reviews]:
    """Whose review is over or due within six months, whose is open (TBC, a rule in words, or not printed), and what stands
    without one. A review that is late ends nothing."""
    today = clock.today()
    last = months_after(today, MONTHS_AHEAD)
    found = db.session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.owner_id.in_(_kept(by)), PolicyVersion._state == "published")
        .options(joinedload(PolicyVersion.policy).joinedload(Policy.owner))
        .order_by(PolicyVersion.review_due_on, PolicyVersion.id)
    ).all()
    status = standings(found, today)
    lists: dict[str, Reviews] = {}
    for one in found:
        if status[one.id].binds:
            name = one.policy.owner.name
            _sort_in(lists.setdefault(name, Reviews(name, [], [], [], [])), one, today, last)
    return [lists[name] for name in sorted(lists)]


def _sort_in(lists: Reviews, one: PolicyVersion, today: date, last: date) -> None:
    row = ReviewRow(one.id, one.title, one.policy.reference, one.label, one.review_due_on, one.review_words)
    if one.is_static:
        lists.static.append(row)
    elif one.review_due_on is None:
        lists.open.append(row)
    elif one.review_due_on < today:
        lists.overdue.append(row)
    elif one.review_due_on <= last:
        lists.soon.append(row)


def months_after(day: date, months: int) -> date:
    """The same day some months on, or the last of that month where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


# --- questions ------------------------------------------------------------------------------------------------------------


def raise_flag(version: PolicyVersion, kind: str, words: str, *, once: str, by: User) -> PolicyFlag:
    """Ask the owner of a version something. It holds no request back. The same `once` is the same question.

    Raises Invalid for a question without words or of no known kind (*R (Rogers) v Swindon*, 2006: a policy that offers no
    thinkable exception is unlawful, so its owner hears of it).
    """
    if kind not in FLAG_KINDS:
        raise Invalid({"kind": "Say what the question is about."})
    if not words.strip():
        raise Invalid({"words": "Say in a sentence what the owner of the policy should look at."})
    if made := db.session.scalar(select(PolicyFlag).where(PolicyFlag.once == once)):
        return made
    flag = PolicyFlag(
        version_id=version.id, kind=kind, words=words, once=once, raised_by_id=by.id, raised_at=clock.now(),
    )  # fmt: skip
    db.session.add(flag)
    db.session.flush()
    audit.record(version.stream, "raise_flag", by=by.actor, flag=flag.id, kind=kind)
    return flag


@dataclass(frozen=True)
class FlagRow:
    """One question on a version, with its answer where there is one."""

    flag: PolicyFlag
    about: str
    title: str
    label: str
    raised_by: str
    answered_by: str | None


def flags(by: User) -> list[FlagRow]:
    """The questions on the versions that somebody keeps: those without an answer first, then the newest."""
    return _flag_rows(PolicyVersion.owner_id.in_(_kept(by)))


def version_asked_about(version_id: int, by: User) -> VersionPage:
    """A version for those who may ask its owner about it. Raises NotVisible for whoever neither works in the office of its
    commissioner nor keeps its register."""
    page = read_version(version_id, user=by)
    if not works_with(page.version, by):
        raise NotVisible(str(version_id))
    return page


def questions_about(page: VersionPage) -> list[FlagRow]:
    """What was asked about one version, with the answers."""
    return _flag_rows(PolicyFlag.version_id == page.version.id)


def _flag_rows(condition: ColumnElement[bool]) -> list[FlagRow]:
    rows = db.session.execute(
        select(PolicyFlag, PolicyVersion.label, printed_title)
        .join(PolicyVersion, PolicyVersion.id == PolicyFlag.version_id)
        .join(Policy, Policy.id == PolicyVersion.policy_id)
        .where(condition)
        .order_by(PolicyFlag.answered_at.is_not(None), PolicyFlag.id.desc())
    ).all()
    names = people_named([one for flag, *_ in rows for one in (flag.raised_by_id, flag.answered_by_id)])
    return [
        FlagRow(
            flag, FLAG_KINDS.get(flag.kind, flag.kind), title, label,
            names.get(flag.raised_by_id, "Somebody"), names.get(flag.answered_by_id or 0),
        )
        for flag, label, title in rows
    ]  # fmt: skip


def flags_waiting(by: User) -> int:
    """How many questions wait for an answer."""
    query = (
        select(func.count())
        .select_from(PolicyFlag)
        .join(PolicyVersion, PolicyVersion.id == PolicyFlag.version_id)
        .where(PolicyVersion.owner_id.in_(_kept(by)), PolicyFlag.answered_at.is_(None))
    )
    return db.session.scalar(query) or 0


def answer_flag(flag_id: int, words: str, *, by: User) -> PolicyFlag:
    """Answer a question. Raises NotVisible for whoever does not keep the version, Invalid for one answered before."""
    found = db.session.get(PolicyFlag, flag_id)
    owner = db.session.scalar(select(PolicyVersion.owner_id).where(PolicyVersion.id == found.version_id)) if found else None
    if found is None or owner not in _kept(by):
        raise NotVisible(str(flag_id))
    flag = lock(PolicyFlag, flag_id)
    if flag.answer == words and flag.answered_by_id == by.id:
        return flag
    if flag.answered_at is not None:
        raise Invalid({"answer": "Somebody has answered this question already."})
    flag.answer, flag.answered_by_id, flag.answered_at = words, by.id, clock.now()
    db.session.flush()
    audit.record(f"policy:{flag.version_id}", "answer_flag", by=by.actor, flag=flag.id)
    return flag


# --- clauses --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClauseRow:
    """A clause of a commissioner, and in how many versions it is printed."""

    clause: CommissionerClause
    about: str
    commissioner: str
    versions: int


def clauses(by: User) -> list[ClauseRow]:
    """The clauses of the commissioners that somebody keeps."""
    count = (
        select(func.count())
        .select_from(linked_clauses)
        .where(linked_clauses.c.clause_id == CommissionerClause.id)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(CommissionerClause, Organisation.name, count)
        .join(Organisation, Organisation.id == CommissionerClause.owner_id)
        .where(CommissionerClause.owner_id.in_(_kept(by)))
        .order_by(Organisation.name, CommissionerClause.number)
    ).all()
    return [ClauseRow(clause, CLAUSE_KINDS.get(clause.kind, clause.kind), name, number) for clause, name, number in rows]


def mark_clause(clause_id: int, *, out_of_date: bool, why: str, by: User) -> CommissionerClause:
    """Set or clear the mark "may be out of date". A set mark keeps its reason beside it.

    Raises NotVisible for whoever does not keep the commissioner's register, Invalid without a reason.
    """
    found: Any = db.session.get(CommissionerClause, clause_id)
    if found is None or found.owner_id not in _kept(by):
        raise NotVisible(str(clause_id))
    if not why.strip():
        raise Invalid({"why": "Say why: the reason is kept with the clause."})
    clause = lock(CommissionerClause, clause_id)
    clause.may_be_out_of_date, clause.why_out_of_date = out_of_date, why
    db.session.flush()
    audit.record(f"policy:{clause.version_id}", "mark_clause", by=by.actor, clause=clause.id, out_of_date=out_of_date)
    return clause
