"""Policies and requests side by side: how many requests fall outside each policy, what found no policy, and what a piece
of guidance touches. Who keeps policies and opens no requests is shown numbers, and no small ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, or_, select

from ifr import clock, profiles
from ifr.access import Permission, has
from ifr.cases.models import Case
from ifr.cases.services import OFFICE, cases_visible_to
from ifr.db import db
from ifr.people.models import COMMISSIONER, Organisation, User
from ifr.policies.guidance.services import Touched, read_guidance
from ifr.policies.models import PUBLIC_STATES, Guidance, Policy, PolicyVersion
from ifr.profiles import State
from ifr.screening.models import NO_POLICY, Check

A_YEAR = timedelta(days=365)
SMALL = 5
GROUPS = {"open": "Open", "refused": "Refused, in whole or in part", "other": "Ended otherwise"}
# What met the policy was no exception to it: it is counted beside the individual requests, never among them.
PRIOR_APPROVAL = "prior_approval"
_GIVEN_UNDER_POLICY = "prior_approval_given"
MOST_SHOWN = 200


@dataclass(frozen=True)
class Scope:
    """Whose numbers somebody is shown: all requests of the offices where he or she works; numbers alone elsewhere."""

    user: User
    offices: frozenset[int]
    keeps: frozenset[int]

    @property
    def sees_requests(self) -> bool:
        return bool(self.offices)


@dataclass(frozen=True)
class PolicyCount:
    """How many requests of the last 12 months were found to fall outside one policy; prior approvals under it stand apart."""

    version_id: int
    commissioner: str
    name: str
    total: str
    prior_approvals: str
    by_group: dict[str, str]


@dataclass(frozen=True)
class Gap:
    """Requests for one treatment and condition for which the office signed that no policy was found."""

    commissioner: str
    treatment: str
    condition: str
    total: str
    keys: list[str]


@dataclass(frozen=True)
class TouchedCase:
    """An open request that a piece of guidance touches, and by what."""

    key: str
    treatment: str
    why: str


@dataclass(frozen=True)
class GuidanceReach:
    """The policies and the open requests that a piece of guidance touches."""

    guidance: Guidance
    policies: list[Touched]
    total: str
    cases: list[TouchedCase]
    sees_requests: bool


def scope_of(user: User) -> Scope:
    """Raises PermissionError for somebody who neither works in an office nor keeps policies."""
    offices = frozenset(one.organisation_id for one in user.memberships_in_force if one.role in OFFICE)
    keeps = frozenset(one.id for one in user.organisations(COMMISSIONER) if has(user.roles_in(one.id), Permission.POLICY_EDIT))
    if not (offices and has(user.roles, Permission.CASE_WORKLIST)) and not keeps:
        raise PermissionError("these counts are for the office and for those who keep the policies")
    return Scope(user, offices, keeps - offices)


def _counted(scope: Scope, *columns: Any) -> Select[Any]:
    """Columns of the requests that count: those that this person sees, and for those who keep policies the numbers of their
    commissioner. Drafts are nobody's but the clinician's."""
    visible = cases_visible_to(scope.user).where(Case.commissioner_id.in_(scope.offices)).with_only_columns(Case.id)
    return select(*columns).where(
        or_(Case.id.in_(visible), Case.commissioner_id.in_(scope.keeps)), Case.received_at.is_not(None)
    )


def _number(count: int, exactly: bool) -> str:
    """Few requests could be told apart by somebody who does not see them, so there the number stays vague."""
    return str(count) if exactly or count == 0 or count >= SMALL else f"fewer than {SMALL}"


def _is_exact(scope: Scope, owner_id: int) -> bool:
    return owner_id in scope.offices


def _within_a_year() -> ColumnElement[bool]:
    return Case.received_at > clock.now() - A_YEAR


# --- by policy --------------------------------------------------------------------------------------------------------


def policy_counts(user: User) -> list[PolicyCount]:
    """Each policy that requests of the last 12 months fall outside, the most asked first; two queries however many."""
    scope = scope_of(user)
    counted = db.session.execute(
        _counted(scope, PolicyVersion.policy_id, Case._state, Case.workflow_id, func.count(), func.max(PolicyVersion.id))
        .join(PolicyVersion, PolicyVersion.id == Case.policy_version_id)
        .where(_within_a_year())
        .group_by(PolicyVersion.policy_id, Case._state, Case.workflow_id)
    ).all()
    sums: dict[int, dict[str, int]] = {}
    latest: dict[int, int] = {}
    for policy_id, state, workflow_id, number, version_id in counted:
        of_policy = sums.setdefault(policy_id, dict.fromkeys((*GROUPS, PRIOR_APPROVAL), 0))
        of_policy[_group(state, profiles.by_id(workflow_id).states[state])] += number
        latest[policy_id] = max(latest.get(policy_id, 0), version_id)
    return _policy_rows(scope, sums, latest)


def _group(name: str, state: State) -> str:
    if name == _GIVEN_UNDER_POLICY:
        return PRIOR_APPROVAL
    if state.is_open:
        return "open"
    return "refused" if state.refusal else "other"


def _policy_rows(scope: Scope, sums: dict[int, dict[str, int]], latest: dict[int, int]) -> list[PolicyCount]:
    """Every policy of the commissioners in question, those without a request at the end."""
    rows = db.session.execute(
        select(Policy.id, Policy.owner_id, Policy.reference, Policy.title, Organisation.name, func.max(PolicyVersion.id))
        .join(Organisation, Organisation.id == Policy.owner_id)
        .join(PolicyVersion, PolicyVersion.policy_id == Policy.id)
        .where(PolicyVersion._state.in_(PUBLIC_STATES))
        .where(or_(Policy.owner_id.in_(scope.offices | scope.keeps), Policy.id.in_(sums)))
        .group_by(Policy.id, Policy.owner_id, Policy.reference, Policy.title, Organisation.name)
    ).all()
    ordered = sorted(rows, key=lambda row: (-sum(sums.get(row.id, {}).values()), row.name, row.title, row.id))
    found = []
    for policy_id, owner_id, reference, title, commissioner, version_id in ordered[:MOST_SHOWN]:
        numbers, exactly = dict(sums.get(policy_id, dict.fromkeys(GROUPS, 0))), _is_exact(scope, owner_id)
        approvals = numbers.pop(PRIOR_APPROVAL, 0)
        found.append(
            PolicyCount(
                version_id=latest.get(policy_id, version_id),
                commissioner=commissioner,
                name=f"{reference}: {title}" if reference else title,
                total=_number(sum(numbers.values()), exactly),
                prior_approvals=_number(approvals, exactly),
                by_group={group: _number(one, exactly) for group, one in numbers.items()},
            )
        )
    return found


# --- what found no policy ---------------------------------------------------------------------------------------------


def policy_gaps(user: User) -> list[Gap]:
    """Requests for which "no policy found" was signed, grouped by the words for treatment and condition."""
    scope = scope_of(user)
    rows = db.session.execute(
        _counted(scope, Case.reference, Case.treatment, Case.condition, Case.commissioner_id, Organisation.name)
        .join(Check, Check.case_id == Case.id)
        .join(Organisation, Organisation.id == Case.commissioner_id)
        .where(Check.conclusion == NO_POLICY, Check.signed_at.is_not(None))
        .order_by(Case.id)
    ).all()
    groups: dict[tuple[str, str, str], list[Any]] = {}
    for row in rows:
        groups.setdefault((row.name, _plain(row.treatment), _plain(row.condition)), []).append(row)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [_gap(scope, group) for _, group in ordered[:MOST_SHOWN]]


def _plain(words: str) -> str:
    return " ".join(words.casefold().split())


def _gap(scope: Scope, rows: list[Any]) -> Gap:
    first = rows[0]
    exactly = _is_exact(scope, first.commissioner_id)
    return Gap(
        commissioner=first.name,
        treatment=first.treatment,
        condition=first.condition,
        total=_number(len(rows), exactly),
        keys=[row.reference for row in rows] if exactly else [],
    )


# --- what guidance touches --------------------------------------------------------------------------------------------


def guidance_reach(guidance_id: int, user: User) -> GuidanceReach:
    """The policies that cite a piece of guidance or are about the same treatment, and the open requests that it touches: by
    the linked policy, or since it was named when the policy was looked up. Raises NotVisible where there is none."""
    scope = scope_of(user)
    page = read_guidance(guidance_id, user=user)
    guidance, touched = page.guidance, page.touched
    # A request may be linked to an earlier version of a policy that is touched.
    policies = select(PolicyVersion.policy_id).where(PolicyVersion.id.in_([one.version_id for one in touched]))
    versions = db.session.scalars(select(PolicyVersion.id).where(PolicyVersion.policy_id.in_(policies))).all()
    linked = func.coalesce(Case.policy_version_id, 0).in_(versions)
    rows = db.session.execute(
        _counted(scope, Case.reference, Case.treatment, Case.commissioner_id, linked)
        .where(or_(linked, *_named_in_resolution(guidance)), _is_open())
        .order_by(Case.id)
    ).all()
    seen = [row for row in rows if _is_exact(scope, row[2])]
    return GuidanceReach(
        guidance=guidance,
        policies=touched,
        total=_number(len(rows), len(seen) == len(rows)),
        cases=[TouchedCase(row[0], row[1], _why(row[3])) for row in seen[:MOST_SHOWN]],
        sees_requests=scope.sees_requests,
    )


def _why(by_policy: Any) -> str:
    return "Its linked policy is touched" if by_policy else "Named when the policy was looked up"


def _named_in_resolution(guidance: Guidance) -> Iterable[ColumnElement[bool]]:
    """The register names the guidance that bears on a request by its number, and the request keeps what it named."""
    numbers = [guidance.reference, *(one["number"] for one in guidance.former_numbers)]
    kept = cast(Case.resolution, String)
    return [kept.contains(f'"reference": "{one}"', autoescape=True) for one in numbers]


def _is_open() -> ColumnElement[bool]:
    machine = profiles.by_id(profiles.latest("workflow", "ifr").id)
    return Case._state.in_([name for name, one in machine.states.items() if _group(name, one) == "open"])
