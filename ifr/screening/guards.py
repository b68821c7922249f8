"""What must be on record before a request leaves the check or the screening, each in a sentence with a link."""

from collections.abc import Iterable
from typing import Any

from ifr.access import Role
from ifr.cases.models import Case
from ifr.cases.patients import earlier_requests
from ifr.cases.patients.responsibility import missing_meanwhile
from ifr.cases.services import answers_of
from ifr.people.services import people_named
from ifr.screening import record as screening
from ifr.screening.check import check_of, others_of
from ifr.screening.evidence import evidence_of
from ifr.screening.models import (
    APPROVE,
    GROUP_QUESTION,
    NO_APPROVAL_NEEDED,
    NO_POLICY,
    NOT_FUND,
    NOTHING_NEW,
    PRIOR_APPROVAL,
    RECOMMENDATIONS,
    REFER,
    REFUSALS,
    WITHOUT_TEST,
    ScreeningRecord,
)
from ifr.screening.newer import unanswered
from ifr.workflow import Reason, guard

CHECK, RECORD, EVIDENCE = "screening.check", "screening.record", "screening.evidence"
EARLIER = "patients.earlier_requests"
Reasons = list[Reason]


# --- the check --------------------------------------------------------------------------------------------------------


@guard("jurisdiction_answered")
def jurisdiction_answered(case: Case, by: Any) -> Reason | None:
    check = check_of(case)
    if not check.responsible:
        return Reason("Say who is responsible for this patient.", CHECK, "responsible")
    if not check.responsible_because:
        return Reason("Say which evidence shows who is responsible.", CHECK, "responsible_because")
    if check.responsible == "another":
        return Reason("The check says that another body is responsible: offer the request to it.", "screening.handover")
    if check.responsible == "unclear" and not check.meanwhile:
        return Reason("It is unclear who is responsible: say who decides and pays meanwhile.", CHECK, "meanwhile")
    return missing_meanwhile(case)


@guard("policy_settled")
def policy_settled(case: Case, by: Any) -> Reason | None:
    check = check_of(case)
    if check.conclusion is None or case.route is None:
        return Reason("Link the policy, or sign that no policy was found.", CHECK, "conclusion")
    if check.conclusion == NO_POLICY and not (check.search and check.signed_at):
        return Reason("“No policy found” needs the search that was made, and a signature.", CHECK, "search")
    if check.conclusion != NO_POLICY and case.policy_version_id is None:
        return Reason("Link the policy that excludes this patient.", CHECK, "version_id")
    return None


@guard("newer_version_answered")
def newer_version_answered(case: Case, by: Any) -> Reason | None:
    """Nobody is decided upon under a version that was replaced without a person having said that it still counts."""
    newer = unanswered(case)
    if newer is None or not newer.in_force:
        return None
    return Reason(
        "A newer version of the linked policy is in force: say under which version the request is decided.",
        "screening.newer",
    )


@guard("duplicates_answered")
def duplicates_answered(case: Case, by: Any) -> Reason | None:
    check = check_of(case)
    if not check.duplicates:
        return Reason("Say whether this was asked before for the same patient.", CHECK, "duplicates")
    if {one.id for one in others_of(case, by)} - set(check.others_seen):
        return Reason("Another request for the same patient has come in since: look at it.", CHECK, "duplicates")
    if check.duplicates == "repeat" and not (check.related_case_id or check.duplicates_because):
        return Reason("Say of which request this is a repeat.", CHECK, "related")
    waiting = earlier_requests.unanswered(case, by)
    if waiting:
        named = ", ".join(one.case.reference or "" for one in waiting)
        return Reason(f"Say what each earlier request for a like treatment is to this one: {named}.", EARLIER)
    return None


# --- the record -------------------------------------------------------------------------------------------------------


@guard("screening_questions_answered")
def screening_questions_answered(case: Case, by: Any) -> Reasons:
    """Every question of the pinned test has a finding. A referral also needs the clinician's own answer to each that the
    test asks before a panel: a panel cannot weigh what was never said. Not to fund can be concluded without it."""
    record = screening.record_of(case)
    if record.recommendation in WITHOUT_TEST:
        return []
    missing = []
    for one in screening.questions_of(case, record):
        if record.recommendation == REFER and one.needed_before_panel and not one.is_answered:
            missing.append(
                Reason(
                    f"Question {one.number} of the test has no answer from the clinician: “{one.text}” "
                    "Ask for it before the request goes to the panel.",
                    "cases.information",
                )
            )
        if one.finding is None or not one.finding.is_complete:
            missing.append(
                Reason(
                    f"Question {one.number} of the test needs your finding, with reasons.",
                    RECORD,
                    f"question_{one.key}_answer",
                )
            )
    return missing


@guard("screening_points_answered")
def screening_points_answered(case: Case, by: Any) -> Reasons:
    record = screening.record_of(case)
    if record.recommendation in WITHOUT_TEST:
        return []
    missing = []
    for one in screening.points_of(case, record):
        anchor = f"point_{one.factor.id}_answer"
        if one.finding is None or not one.finding.is_complete:
            missing.append(Reason(f"Point {one.factor.number} needs your finding, with reasons.", RECORD, anchor))
        elif one.finding.answer == "not_taken_into_account" and not one.finding.clause:
            missing.append(
                Reason(
                    f"Point {one.factor.number} is left out: name the clause that says so, or weigh it.", RECORD, anchor
                )
            )
    return missing


@guard("screening_record_complete", gives_reasons=True)
def screening_record_complete(case: Case, by: Any) -> Reasons:
    record = screening.record_of(case)
    if record.recommendation not in case.profile.screening.matrix:
        return [Reason("Choose what you recommend.", RECORD, "recommendation")]
    missing = _reasons_missing(record)
    if record.recommendation not in WITHOUT_TEST:
        missing += _group_missing(case, record)
    return missing + _OWN_NEEDS[record.recommendation](case, by)


def _reasons_missing(record: ScreeningRecord) -> Reasons:
    needed = [(record.reasons, "Give your reasons in summary.", "reasons")]
    if record.recommendation not in WITHOUT_TEST:
        needed.append(
            (record.in_the_round, "Say what all points come to when they are taken together.", "in_the_round")
        )
    if record.recommendation in REFUSALS:
        needed += [
            (record.plain_reasons, "Give the reasons in plain words for the patient.", "plain_reasons"),
            (record.would_change, "Say which new information could change the answer.", "would_change"),
        ]
    return [Reason(text, RECORD, anchor) for there, text, anchor in needed if not there]


def _group_missing(case: Case, record: ScreeningRecord) -> Reasons:
    missing = [] if record.group_answer else [Reason("Say whether there are similar patients.", RECORD, "group_answer")]
    unsettled = comparison_group_settled(case, None)
    return [*missing, unsettled] if unsettled else missing


@guard("comparison_group_settled")
def comparison_group_settled(case: Case, by: Any) -> Reason | None:
    test = case.test
    if test is None or not test.comparator.asked:
        return None
    record = screening.record_of(case)
    if not record.comparator_answer:
        return Reason("Confirm the comparison group, or replace it.", RECORD, "comparator_answer")
    if record.comparator_answer == "replaced" and not (record.comparator and record.comparator_because):
        return Reason("Name the comparison group that you use instead, and say why.", RECORD, "comparator")
    if record.comparator_answer == "confirmed" and not answers_of(case).get("comparator", "").strip():
        return Reason(
            "The request names no comparison group to confirm: name the one that you use.", RECORD, "comparator"
        )
    return None


def _recommends(wanted: str) -> None:
    @guard(f"recommends_{wanted}")
    def recommends(case: Case, by: Any) -> Reason | None:
        said = screening.record_of(case).recommendation
        if said == wanted:
            return None
        return Reason(
            f"The screening recommends something else: {RECOMMENDATIONS.get(said or '', 'nothing yet')}.", RECORD
        )


for _one in RECOMMENDATIONS:
    _recommends(_one)


@guard("recommendation_is_theirs")
def recommendation_is_theirs(case: Case, by: Any) -> Reason | None:
    """The commissioner's matrix says which roles may conclude what. Where nothing is chosen yet another guard says so."""
    row = case.profile.screening.matrix.get(screening.record_of(case).recommendation or "")
    if row is None or case.capacities(by) & set(row.by):
        return None
    return Reason(f"Only these may recommend this here: {_in_words(row.by)}.", RECORD, "matrix")


@guard("second_signature")
def second_signature(case: Case, by: Any) -> Reason | None:
    record = screening.record_of(case)
    signers = case.profile.screening.countersigners(record.recommendation)
    if not signers:
        return None
    if not record.is_concluded:
        return Reason("Two signatures are asked for here: conclude it at screening, and somebody else signs.", RECORD)
    if by.id is None or by.id == record.concluded_by_id:
        concluded = people_named({record.concluded_by_id}).get(record.concluded_by_id or 0, "You")
        return Reason(f"{concluded} concluded the screening, so somebody else signs it.", RECORD)
    if not case.capacities(by) & signers:
        return Reason(f"The second signature is for another role: {_in_words(signers)}.", RECORD, "matrix")
    return None


def _in_words(roles: Iterable[Role]) -> str:
    return " or ".join(sorted(role.words for role in roles))


# --- what comes next --------------------------------------------------------------------------------------------------


@guard("evidence_review_comes_next")
def evidence_review_comes_next(case: Case, by: Any) -> Reason | None:
    if "evidence_review" in case.profile.skips:
        return Reason("This commissioner has no separate evidence review.")
    return None


@guard("accuracy_check_comes_next")
def accuracy_check_comes_next(case: Case, by: Any) -> Reason | None:
    if "evidence_review" not in case.profile.skips:
        return Reason("The evidence review comes first.")
    return accuracy_check_not_skipped(case, by)


@guard("panel_comes_next")
def panel_comes_next(case: Case, by: Any) -> Reason | None:
    if "evidence_review" not in case.profile.skips:
        return Reason("The evidence review comes first.")
    return accuracy_check_skipped(case, by)


@guard("accuracy_check_skipped")
def accuracy_check_skipped(case: Case, by: Any) -> Reason | None:
    return (
        None
        if "accuracy_check" in case.profile.skips
        else Reason("The clinician checks the summary for accuracy first.")
    )


@guard("accuracy_check_not_skipped")
def accuracy_check_not_skipped(case: Case, by: Any) -> Reason | None:
    return Reason("This commissioner has no accuracy check.") if "accuracy_check" in case.profile.skips else None


@guard("evidence_review_complete")
def evidence_review_complete(case: Case, by: Any) -> Reasons:
    row = evidence_of(case)
    return [
        Reason(text, EVIDENCE, anchor)
        for there, text, anchor in (
            (row.strategy, "Say how you searched.", "strategy"),
            (row.searched_on, "Give the day of the search.", "searched_on-day"),
            (row.not_found, "Say what was looked for and not found.", "not_found"),
            (row.cost, "Write the cost statement.", "cost"),
        )
        if not there
    ]


# --- the endings ------------------------------------------------------------------------------------------------------


@guard("screening_reasons_given", gives_reasons=True)
def screening_reasons_given(case: Case, by: Any) -> Reasons:
    return _reasons_missing(screening.record_of(case))


@guard("screening_authority_in_force")
def screening_authority_in_force(case: Case, by: Any) -> Reason | None:
    if screening.authority_of(case, screening.record_of(case), by):
        return None
    return Reason("No delegation in force today lets you end a request so. Ask the IFR manager to have one recorded.")


@guard("group_described")
def group_described(case: Case, by: Any) -> Reasons:
    record = screening.record_of(case)
    return [
        Reason(text, RECORD, anchor)
        for there, text, anchor in (
            (record.group_name, "Name the group of patients.", "group_name"),
            (record.group_numbers, "Say how many such patients there are.", "group_numbers"),
            (record.group_source, "Say where that number comes from.", "group_source"),
            (record.interim, "Say whether this patient is funded meanwhile.", "interim"),
            (record.interim_because, "Say why this patient is, or is not, funded meanwhile.", "interim_because"),
        )
        if not there
    ]


@guard("earlier_decision_named")
def earlier_decision_named(case: Case, by: Any) -> Reasons:
    record = screening.record_of(case)
    missing = []
    if not record.earlier_reference:
        missing.append(Reason("Give the reference of the earlier decision.", RECORD, "earlier_reference"))
    if not record.earlier_decision:
        missing.append(Reason("Say what was decided before, and when.", RECORD, "earlier_decision"))
    statements = screening.statements_of(record)
    if not statements:
        missing.append(
            Reason("List each new statement of this request, with what you make of it.", RECORD, "statements-0-text")
        )
    missing += [
        Reason(f"Say what you make of new statement {one.number}.", RECORD, f"statements-{one.number - 1}-answer")
        for one in statements
        if not one.answer
    ]
    return missing


@guard("criteria_recorded_as_met")
def criteria_recorded_as_met(case: Case, by: Any) -> Reasons:
    if case.policy_version_id is None:
        return [Reason("No policy is linked, so nothing can be approved under one.", RECORD, "recommendation")]
    rows = screening.criteria_of(case, screening.record_of(case), by)
    if not rows:
        return [Reason("The linked policy has no criteria on record under which to approve.", RECORD, "recommendation")]
    return [
        Reason(
            f"Criterion {one.criterion.label or one.criterion.number} is not recorded as met, with reasons.",
            RECORD,
            f"criterion_{one.criterion.id}_answer",
        )
        for one in rows
        if one.finding is None or one.finding.answer != "met" or not one.finding.is_complete
    ]


@guard("commissioned_reference_given")
def commissioned_reference_given(case: Case, by: Any) -> Reasons:
    """The contract or appraisal is named, and its criteria are gone through one by one: a code alone is never enough."""
    record = screening.record_of(case)
    rows = screening.covered_of(record)
    missing = []
    if not record.commissioned_reference:
        said = "Name the contract, or the technology appraisal, that funds it already."
        missing.append(Reason(said, RECORD, "commissioned_reference"))
    if not rows:
        said = "Show criterion by criterion that this patient is covered; a code alone is not enough."
        missing.append(Reason(said, RECORD, "covered-0-text"))
    missing += [
        Reason(f"Criterion {one.number} is not recorded as met, with what shows it.", RECORD, f"covered-{one.number - 1}-answer")
        for one in rows
        if not one.is_met
    ]
    if not record.reasons:
        missing.append(Reason("Give your reasons in summary.", RECORD, "reasons"))
    return missing


def approval_complete(case: Case, by: Any) -> Reasons:
    """An approval without a panel says on what it rests, and answers conditions, amount and validity ("none" is an answer)."""
    record = screening.record_of(case)
    return [
        Reason(text, RECORD, anchor)
        for there, text, anchor in (
            (record.approval_ground, "Say whether it is a continuation or a clear case.", "approval_ground"),
            (record.approval_because, "Say why no panel is needed to see it.", "approval_because"),
            (record.approval_conditions, "Write the conditions, or the word “none”.", "approval_conditions"),
            (record.approval_amount, "Say up to which amount, or “none”.", "approval_amount"),
            (record.plain_reasons, "Give the reasons in plain words for the patient.", "plain_reasons"),
        )
        if not there
    ]


@guard("approval_open_here")
def approval_open_here(case: Case, by: Any) -> Reasons:
    """Only where the commissioner's matrix has it at all, and on one of the two grounds."""
    if APPROVE not in case.profile.screening.matrix:
        return [Reason("This commissioner does not fund without its panel: refer the request to it.", RECORD, "matrix")]
    return approval_complete(case, by)


# What each recommendation needs besides reasons. Asked when the screening is concluded too, since a record that lacks it
# could only be sent back.
_OWN_NEEDS = {
    REFER: lambda case, by: [],
    NOT_FUND: lambda case, by: [],
    GROUP_QUESTION: group_described,
    NOTHING_NEW: earlier_decision_named,
    PRIOR_APPROVAL: criteria_recorded_as_met,
    NO_APPROVAL_NEEDED: commissioned_reference_given,
    APPROVE: approval_complete,
}
