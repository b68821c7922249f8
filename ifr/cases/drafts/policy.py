"""Which policy a request falls outside, found from its answers, and which exceptionality test follows from that."""

from dataclasses import dataclass, field
from typing import Any

from ifr import profiles
from ifr.cases.drafts.reading import good_codes
from ifr.cases.models import Case
from ifr.cases.policy_day import policy_day
from ifr.cases.services import answers_of
from ifr.db import db
from ifr.people.models import Organisation
from ifr.policies import codes
from ifr.policies.services import Answer, QuestionError, Warn, resolve

POLICY_EXCEPTION, NO_POLICY = "policy_exception", "no_policy"
# Answers that leave the request without a policy for this very condition.
_WITHOUT = frozenset({Answer.NO_POLICY.value, Answer.COHORT_MISMATCH.value})


@dataclass(frozen=True)
class Found:
    """What was found, in words for the clinician."""

    heading: str
    says: str
    named: str | None
    warnings: list[str] = field(default_factory=list)
    guidance: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    # Which day's policy was asked for, and why.
    day: str = ""


# The answers that say what is asked for, where, and on which day: no other changes the policy that a request meets.
READS = frozenset({"treatment", "treatment_codes", "indication_codes", "area", "policy", "referred_on"})


def policy_for(case: Case) -> dict[str, Any] | None:
    """Ask which policy the answers meet on the day that the commissioner's profile says counts, and freeze what was returned
    in the case. None while no treatment is named.

    Nothing is decided here: the office confirms the policy, or signs that there is none.
    """
    answers = answers_of(case)
    case.resolution = _resolved(case, answers)
    case.route = _route(case.resolution, answers)
    db.session.flush()
    return case.resolution


def _resolved(case: Case, answers: dict[str, str]) -> dict[str, Any] | None:
    commissioner = db.session.get_one(Organisation, case.commissioner_id)
    treatments = good_codes(codes.OPCS4, answers.get("treatment_codes", ""))
    indications = good_codes(codes.ICD10, answers.get("indication_codes", ""))
    words, counts = answers.get("treatment", ""), policy_day(case, profile_for(case))
    try:
        found = resolve(commissioner, answers.get("area"), treatments, words, indications, counts.on)
    except QuestionError:
        return None
    return {
        **found.as_json(),
        "version_id": found.version_id,
        "statement_id": found.statement_id,
        **counts.as_frozen(),
    }


def _route(resolution: dict[str, Any] | None, answers: dict[str, str]) -> str | None:
    if answers.get("policy") == "no_policy":
        return NO_POLICY
    if resolution is None:
        return None
    return NO_POLICY if resolution["answer"] in _WITHOUT else POLICY_EXCEPTION


def test_for(case: Case) -> profiles.ExceptionalityTest:
    """The test that the request is held to: the pinned one, before that the one its route leads to."""
    if case.test is not None:
        return case.test
    named = profile_for(case).exceptionality
    name = named.no_policy if case.route == NO_POLICY else named.policy_exception
    found: profiles.ExceptionalityTest = profiles.by_id(profiles.latest("test", name).id)
    return found


def profile_for(case: Case) -> profiles.Profile:
    """A draft reads the commissioner's latest profile; from receipt on the case keeps the one it was received under."""
    return case.profile if case.received_at else latest_profile(case)


def latest_profile(case: Case) -> profiles.Profile:
    found: profiles.Profile = profiles.by_id(profiles.latest("profile", case.profile.name).id)
    return found


# --- in words -----------------------------------------------------------------------------------------------------------

_SAYS = {
    Answer.OUTSIDE_BY_POSITION: (
        "A policy does not routinely fund this treatment for this condition",
        "You can ask that this patient is looked at as an exception to the policy.",
    ),
    Answer.CRITERIA: (
        "A policy funds this treatment where its criteria are met",
        "If the patient meets every criterion you may need no individual request. If one is not met, say below why this "
        "patient is different.",
    ),
    Answer.CRITERIA_MET: (
        "The patient seems to meet the criteria of the policy",
        "If the funding office agrees, the request is approved under the policy.",
    ),
    Answer.COHORT_MISMATCH: (
        "A policy covers this treatment, but not for this condition",
        "So the request is looked at as one that no policy covers.",
    ),
    Answer.CODE_ONLY: (
        "The code matches a policy, the name of the treatment does not",
        "The funding office will say whether it is the same treatment.",
    ),
    Answer.WORDS_ONLY: (
        "The name of the treatment matches a policy, the code does not",
        "The funding office will say whether it is the same treatment.",
    ),
    Answer.MANDATORY_NICE: (
        "NICE guidance that must be funded may cover this treatment",
        "If the patient meets its criteria, no individual request is needed. The funding office will check.",
    ),
    Answer.BYPASS: (
        "The policy names a reason for which the treatment is funded",
        "If it holds for this patient, no individual request may be needed. The funding office will check.",
    ),
    Answer.OTHER_COMMISSIONER: (
        "Another body may be responsible for this patient",
        "Send the request all the same: the funding office will pass it on where another body decides.",
    ),
    Answer.NO_POLICY: (
        "We found no policy that covers this treatment",
        "The questions for a treatment without a policy apply.",
    ),
}
_WARNS = {
    Warn.REVIEW_OVERDUE: "The review date of this policy has passed. The policy holds until it is replaced.",
    Warn.NOT_YET_IN_FORCE: "There is a policy on this treatment that is not in force yet.",
    Warn.WITHDRAWN: "A policy on this treatment was withdrawn.",
    Warn.CONFIRM_TREATMENT: "A person has still to confirm that it is the same treatment.",
    Warn.ANOTHER_BODY_HAS_ONE: "Another commissioner has a policy on this treatment. It does not bind here.",
    Warn.SEVERAL_IN_FORCE: "More than one policy on this treatment is in force. The funding office says which of them applies.",
}


def in_words(resolution: dict[str, Any] | None) -> Found | None:
    """What was found, for people to read. None before a treatment is named."""
    if resolution is None:
        return None
    heading, says = _SAYS[Answer(resolution["answer"])]
    return Found(
        heading=heading,
        says=says,
        named=_named(resolution),
        warnings=[_WARNS[Warn(one)] for one in resolution["warnings"]],
        guidance=[f"{one['reference']}: {one['title']}" for one in resolution["guidance"]],
        steps=list(resolution["steps"]),
        day=resolution.get("basis_words", ""),
    )


def _named(resolution: dict[str, Any]) -> str | None:
    version = resolution["version"] or ""
    parts = [resolution["reference"], resolution["title"], f"version {version}" if version[:1].isdigit() else version]
    return ", ".join(part for part in parts if part) or None


def is_named(case: Case) -> bool:
    """Whether a policy was found about which the clinician may be of another mind."""
    return case.resolution is not None and case.resolution["answer"] not in _WITHOUT
