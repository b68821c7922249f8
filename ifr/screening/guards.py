"""What must be on record before a request leaves the check or the screening, each in a sentence with a link."""

from typing import Any

from ifr.cases.models import Case
from ifr.cases.services import answers_of
from ifr.people.services import people_named
from ifr.screening import record as screening
from ifr.screening.check import check_of, others_of
from ifr.screening.evidence import evidence_of
from ifr.screening.handover import ACCEPTED, handover_of
from ifr.screening.models import (
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

CHECK, RECORD, HANDOVER, EVIDENCE = "screening.check", "screening.record", "screening.handover", "screening.evidence"
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
        return Reason("The check says that another body is responsible: offer the request to it.", HANDOVER)
    if check.responsible == "unclear" and not check.meanwhile:
        return Reason("It is unclear who is responsible: say who decides and pays meanwhile.", CHECK, "meanwhile")
    return None


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
    return None


@guard("handover_prepared")
def handover_prepared(case: Case, by: Any) -> Reasons:
    row = handover_of(case)
    return [
        Reason(text, HANDOVER, anchor)
        for there, text, anchor in (
            (row.body, "Name the body that is asked to take the request on.", "body"),
            (row.contact_name, "Name a person there.", "contact_name"),
            (
                row.contact_email or row.contact_telephone,
                "Give an email address or a telephone number.",
                "contact_email",
            ),
            (row.evidence, "Say which evidence shows that this body is responsible.", "evidence"),
        )
        if not there
    ]


@guard("handover_accepted", gives_reasons=True)
def handover_accepted(case: Case, by: Any) -> Reasons:
    row = handover_of(case)
    if row.answer and row.answer != ACCEPTED:
        return [Reason(f"{row.body} has refused: take the request back.", HANDOVER, "answer")]
    return [
        Reason(text, HANDOVER, anchor)
        for there, text, anchor in (
            (row.answer, "Record that the other body has accepted.", "answer"),
            (row.answered_by, "Name the person of the other body who accepted.", "answered_by"),
            (row.answered_on, "Give the day on which it accepted.", "answered_on-day"),
            (row.evidence, "Say why that body is responsible.", "evidence"),
            (row.plain_reasons, "Say for the patient why another body decides.", "plain_reasons"),
        )
        if not there
    ]


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
    if record.recommendation not in case.profile.screening.recommendations:
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


@guard("second_signature")
def second_signature(case: Case, by: Any) -> Reason | None:
    record, rules = screening.record_of(case), case.profile.screening
    if record.recommendation not in rules.countersigned:
        return None
    if by.id is None or by.id == record.concluded_by_id:
        concluded = people_named({record.concluded_by_id}).get(record.concluded_by_id or 0, "You")
        return Reason(f"{concluded} concluded the screening, so somebody else signs it.", RECORD)
    if not case.capacities(by) & set(rules.countersigners):
        roles = " or ".join(sorted(role.words for role in rules.countersigners))
        return Reason(f"The second signature is for another role: {roles}.")
    return None


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
    record = screening.record_of(case)
    missing = []
    if not record.commissioned_reference:
        missing.append(
            Reason(
                "Name the contract, or the technology appraisal, that funds it already.",
                RECORD,
                "commissioned_reference",
            )
        )
    if not record.commissioned_because:
        missing.append(
            Reason(
                "Show criterion by criterion that this patient is covered; a code alone is not enough.",
                RECORD,
                "commissioned_because",
            )
        )
    return missing


# What each recommendation needs besides reasons. Asked when the screening is concluded too, since a record that lacks it
# could only be sent back.
_OWN_NEEDS = {
    REFER: lambda case, by: [],
    NOT_FUND: lambda case, by: [],
    GROUP_QUESTION: group_described,
    NOTHING_NEW: earlier_decision_named,
    PRIOR_APPROVAL: criteria_recorded_as_met,
    NO_APPROVAL_NEEDED: commissioned_reference_given,
}
