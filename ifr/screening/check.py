"""The check: who is responsible, which policy applies on the day that counts, whether it was asked before."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, profiles, workflow
from ifr.access import Role
from ifr.cases import identity
from ifr.cases.models import Case
from ifr.cases.policy_day import PolicyDay, policy_day
from ifr.cases.services import answers_of, cases_visible_to, involve, visible_case
from ifr.db import db
from ifr.people.models import Organisation
from ifr.policies import services as policies
from ifr.policies.models import Policy, PolicyVersion, printed_title
from ifr.policies.searching import in_force, readings
from ifr.policies.services import Answer, Resolution
from ifr.screening.models import NO_POLICY, POLICY, ROUTES, Check
from ifr.workflow import Invalid, MoveRecord, upon

ANSWER_WORDS = {
    Answer.OUTSIDE_BY_POSITION: "A policy covers this treatment and does not fund it routinely.",
    Answer.CRITERIA: "A policy funds this treatment where its criteria are met.",
    Answer.CRITERIA_MET: "A policy funds this treatment.",
    Answer.COHORT_MISMATCH: "A policy covers this treatment, but for patients with another condition.",
    Answer.CODE_ONLY: "A policy lists this code. Whether it is the same treatment is for a person to say.",
    Answer.WORDS_ONLY: "A policy names this treatment in words. Whether it is the same is for a person to say.",
    Answer.MANDATORY_NICE: "National guidance that obliges may apply: go through its criteria one by one.",
    Answer.BYPASS: "The request may be eligible whatever the policy says: read what is claimed.",
    Answer.OTHER_COMMISSIONER: "Another body may be responsible.",
    Answer.NO_POLICY: "No policy of this commissioner was found.",
}
WARNING_WORDS = {
    "review_overdue": "The policy's review date has passed. The policy still applies.",
    "not_yet_in_force": "A policy was found that does not apply yet on the day that counts.",
    "withdrawn": "A policy was found that has been withdrawn.",
    "confirm_treatment": "Only part of the description matches, so a person confirms that it is the same treatment.",
    "another_body_has_one": "Another commissioner has a policy on this. It binds nobody here.",
    "several_in_force": "More than one policy on this treatment is in force. A person chooses which of them applies.",
}


@dataclass(frozen=True)
class Proposal:
    """What the register of policies says of a request, or why it could not be asked."""

    counts: PolicyDay
    resolution: Resolution | None
    fault: str | None

    @property
    def on(self) -> date:
        return self.counts.on

    @property
    def version_id(self) -> int | None:
        return self.resolution.version_id if self.resolution else None

    @property
    def answer(self) -> Answer | None:
        return self.resolution.answer if self.resolution else None

    @property
    def words(self) -> str:
        return ANSWER_WORDS[self.resolution.answer] if self.resolution else ""

    @property
    def warnings(self) -> list[str]:
        return [WARNING_WORDS[one.value] for one in self.resolution.warnings] if self.resolution else []


@dataclass(frozen=True)
class CheckPage:
    """Everything that the page of the check shows."""

    case: Case
    check: Check
    asked: dict[str, str]
    proposal: Proposal
    choices: list[tuple[int, str]]
    beside: list[tuple[int, str]]
    also: list[tuple[int, str]]
    others: list[Case]
    editable: bool
    related: str
    linked: str | None
    test: profiles.ExceptionalityTest | None


@dataclass(frozen=True)
class CheckAnswers:
    """What was typed on the page of the check. Anything may be left for later."""

    responsible: str | None = None
    responsible_because: str = ""
    meanwhile: str = ""
    conclusion: str | None = None
    version_id: int | None = None
    same_treatment: str | None = None
    same_because: str = ""
    search: str = ""
    duplicates: str | None = None
    duplicates_because: str = ""
    related: str = ""
    also: tuple[int, ...] = ()


def check_of(case: Case) -> Check:
    """The check of a case, blank before anybody has begun it."""
    found = db.session.scalars(select(Check).where(Check.case_id == case.id)).first()
    return found or Check(
        case_id=case.id,
        responsible_because="",
        meanwhile="",
        same_because="",
        search="",
        duplicates_because="",
        others_seen=[],
        also=[],
    )


def propose(case: Case) -> Proposal:
    """Ask the register which policy the request meets, by the codes and words that stand in it now.

    A code that cannot be read is left out and named; a policy can still be linked by hand.
    """
    asked, counts = answers_of(case), policy_day(case)
    treatments, unread = codes_in(asked.get("treatment_codes", ""))
    indications, unread_too = codes_in(asked.get("indication_codes", ""))
    fault = _left_out([*unread, *unread_too])
    owner = db.session.get_one(Organisation, case.commissioner_id)
    words = case.treatment or asked.get("treatment", "")
    try:
        found = policies.resolve(owner, asked.get("area"), treatments, words, indications, counts.on)
    except policies.QuestionError as sentence:
        return Proposal(counts, None, str(sentence))
    return Proposal(counts, found, fault)


def _left_out(codes: list[str]) -> str | None:
    return f"Left out, since it cannot be read as a code: {', '.join(codes)}." if codes else None


def codes_in(typed: str) -> tuple[list[str], list[str]]:
    """The codes in a line as people type it, and what stands there and is none."""
    parts: list[str] = []
    for chunk in re.split(r"[,;\n]", typed):
        parts += [chunk.strip()] if _is_code(chunk) else chunk.split()
    return [one for one in parts if _is_code(one)], [one for one in parts if one and not _is_code(one)]


def _is_code(text: str) -> bool:
    if not text.strip():
        return False
    try:
        return bool(readings(text))
    except ValueError:
        return False


def may_be_checked(case: Case) -> bool:
    """While the check lasts; for an urgent decision also before it, as long as no test is pinned."""
    machine = workflow.definition_of(case)
    if machine.find("pass_check", case.state):
        return True
    return case.test_id is None and case.state in machine.groups["open"]


def others_of(case: Case, by: Any) -> list[Case]:
    """Other requests of the same patient that this person may see anyway."""
    ids = identity.cases_of_same_patient(case)
    if not ids:
        return []
    return list(db.session.scalars(cases_visible_to(by).where(Case.id.in_(ids)).order_by(Case.id)))


def check_page(case: Case, by: Any) -> CheckPage:
    check, proposal = check_of(case), propose(case)
    related = db.session.get(Case, check.related_case_id) if check.related_case_id else None
    choices = _choices(case, proposal)
    return CheckPage(
        case=case,
        check=check,
        asked=answers_of(case),
        proposal=proposal,
        choices=choices,
        beside=_beside(choices, proposal, check),
        also=also_considered(case),
        others=others_of(case, by),
        editable=may_be_checked(case),
        related=related.key if related else "",
        linked=name_of_policy(case.policy_version_id),
        test=case.test,
    )


def name_of_policy(version_id: int | None) -> str | None:
    """What people call a policy: its reference, where one is printed, its title and its version."""
    if version_id is None:
        return None
    version = policies.version(version_id)
    return _called(version.policy.reference, version.title, version.label)


def _called(reference: str | None, title: str, label: str) -> str:
    return f"{reference + ': ' if reference else ''}{title}, version {label}"


def _choices(case: Case, proposal: Proposal) -> list[tuple[int, str]]:
    """The policies that may be linked: those in force on the day that counts, and what is proposed or linked already."""
    owner = db.session.get_one(Organisation, case.commissioner_id)
    rows = in_force(proposal.on, owner.slug)
    choices = {row.version_id: _called(row.reference, row.title, row.version) for row in rows}
    for one in (proposal.version_id, case.policy_version_id):
        if one is not None and one not in choices:
            choices[one] = name_of_policy(one) or ""
    for version_id, name in also_considered(case):
        choices.setdefault(version_id, name)
    return sorted(choices.items(), key=lambda item: item[1])


def _beside(choices: list[tuple[int, str]], proposal: Proposal, check: Check) -> list[tuple[int, str]]:
    """The few policies that are offered to be ticked as considered too: what the register found beside the first, and
    what is ticked already. Any other is added from the whole list."""
    found = proposal.resolution.also if proposal.resolution else ()
    named = {_called(one["reference"], one["title"], one["version"]) for one in found}
    return [(one, name) for one, name in choices if one in check.also or name in named and one != proposal.version_id]


def also_considered(case: Case) -> list[tuple[int, str]]:
    """The further policies that were considered at the check, besides the linked one."""
    ids = [one for one in check_of(case).also if one != case.policy_version_id]
    rows = db.session.execute(
        select(PolicyVersion.id, Policy.reference, printed_title.label("title"), PolicyVersion.label)
        .join(Policy, Policy.id == PolicyVersion.policy_id)
        .where(PolicyVersion.id.in_(ids))
        .order_by(Policy.title, PolicyVersion.id)
    )
    return [(row.id, _called(row.reference, row.title, row.label)) for row in rows]


# --- saving -----------------------------------------------------------------------------------------------------------


def save_check(case: Case, answers: CheckAnswers, *, seen: int | None, by: Any) -> Check:
    """Keep what was found so far. Raises Invalid where two answers contradict one another."""
    workflow.hold(case, seen)
    if not may_be_checked(case):
        raise workflow.Refused([workflow.Reason("The check is over. Ask the manager to reopen it.")])
    proposal = propose(case)
    related = _related(case, answers, by)
    faults = _faults_of_policy(case, answers, proposal) | _faults_of_also(case, answers, proposal)
    if faults:
        raise Invalid(faults)
    check = check_of(case)
    db.session.add(check)
    _keep_answers(check, answers)
    _settle(case, check, answers, proposal, by)
    check.related_case_id = related.id if related else None
    check.others_seen = [one.id for one in others_of(case, by)] if answers.duplicates else []
    check.saved_by_id, check.saved_at = by.id, clock.now()
    db.session.flush()
    involve(case, by.id, Role.COORDINATOR)
    audit.record(
        case.stream,
        "save_check",
        by=by.actor,
        responsible=check.responsible,
        conclusion=check.conclusion,
        policy_version=case.policy_version_id,
        duplicates=check.duplicates,
    )
    return check


def _keep_answers(check: Check, answers: CheckAnswers) -> None:
    for name in (
        "responsible",
        "responsible_because",
        "meanwhile",
        "same_treatment",
        "same_because",
        "duplicates",
        "duplicates_because",
    ):
        setattr(check, name, getattr(answers, name))


def _related(case: Case, answers: CheckAnswers, by: Any) -> Case | None:
    if answers.duplicates not in ("repeat", "linked") or not answers.related:
        return None
    try:
        found = visible_case(answers.related.strip().upper(), by)
    except workflow.NotVisible:
        raise Invalid({"related": "There is no request with this reference. Check it, or leave it empty."}) from None
    if found.id == case.id:
        raise Invalid({"related": "This is the reference of this very request. Enter that of the other one."})
    return found


def _faults_of_policy(case: Case, answers: CheckAnswers, proposal: Proposal) -> dict[str, str]:
    if answers.conclusion == POLICY:
        return _faults_of_link(case, answers, proposal)
    if answers.conclusion == NO_POLICY:
        return _faults_of_search(answers, proposal)
    return {}


def _faults_of_also(case: Case, answers: CheckAnswers, proposal: Proposal) -> dict[str, str]:
    if set(answers.also) <= {one for one, _ in _choices(case, proposal)}:
        return {}
    return {"also": "Choose among the policies that are listed."}


def _faults_of_link(case: Case, answers: CheckAnswers, proposal: Proposal) -> dict[str, str]:
    faults = {}
    if answers.version_id not in {one for one, _ in _choices(case, proposal)}:
        faults["version_id"] = "Choose the policy that excludes this patient."
    elif answers.same_treatment == "no" and answers.version_id == proposal.version_id:
        faults["same_treatment"] = (
            "You say that it is another treatment: link another policy, or sign that there is none."
        )
    if not answers.same_treatment:
        faults["same_treatment"] = "Say whether the policy is about the same treatment."
    if not answers.same_because:
        faults["same_because"] = "Say how you know that it is, or is not, the same treatment."
    return faults


def _faults_of_search(answers: CheckAnswers, proposal: Proposal) -> dict[str, str]:
    faults = {}
    if not answers.search:
        faults["search"] = "Say where and for what you searched: it stands above your signature."
    if proposal.version_id is None:
        return faults
    if not answers.same_treatment:
        faults["same_treatment"] = "A policy was found. Say whether it is about the same treatment."
    elif answers.same_treatment == "yes" and proposal.answer is not Answer.COHORT_MISMATCH:
        faults["same_treatment"] = "The policy found is about the same treatment: link it, or say why it is another."
    if not answers.same_because:
        faults["same_because"] = "Say why the policy that was found does not cover this request."
    return faults


def _settle(case: Case, check: Check, answers: CheckAnswers, proposal: Proposal, by: Any) -> None:
    """Freeze what was proposed together with what a person made of it. A signature stands until its words change."""
    signed_anew = answers.conclusion != check.conclusion or answers.search != check.search or check.signed_at is None
    check.conclusion, check.search = answers.conclusion, answers.search
    check.proposed_answer = proposal.answer.value if proposal.answer else None
    check.proposed_version_id = proposal.version_id
    case.resolution = as_frozen(proposal)
    case.route = ROUTES.get(answers.conclusion or "")
    case.policy_version_id = answers.version_id if answers.conclusion == POLICY else None
    check.also = sorted(set(answers.also) - {case.policy_version_id})
    if answers.conclusion is None:
        check.signed_by_id = check.signed_at = None
    elif signed_anew:
        check.signed_by_id, check.signed_at = by.id, clock.now()


def as_frozen(proposal: Proposal) -> dict[str, Any]:
    """What the register said on the day, as it is kept in the case."""
    found = proposal.resolution
    if found is None:
        return {"answer": None, "fault": proposal.fault, **proposal.counts.as_frozen()}
    return {
        **found.as_json(),
        "version_id": found.version_id,
        "statement_id": found.statement_id,
        **proposal.counts.as_frozen(),
    }


# --- what the moves write ---------------------------------------------------------------------------------------------


@upon("ifr", "pass_check", "decide_urgently")
def pin_test(case: Case, by: Any, made: MoveRecord) -> None:
    """From here on the case is held to the published test of its route, in the version of this day.

    A check that was done again may have found another route, and then another test.
    """
    pinned = case.test
    if case.route is None or (pinned is not None and pinned.route == case.route):
        return
    name = getattr(case.profile.exceptionality, case.route)
    case.test_id = profiles.latest("test", name).id
