"""What other rooms and the pages ask of the screening room: the check, the offer to another body, the screening record,
the evidence review. Each stands in a module of its own."""

from dataclasses import dataclass
from typing import Any

from ifr.access import Permission
from ifr.cases.models import Case, EarlierTreatment
from ifr.cases.policy_notes import PolicyNotes
from ifr.cases.services import PROVIDER_SIDE, in_office, may, strip, visible_case
from ifr.people.services import people_named
from ifr.profiles import ExceptionalityTest
from ifr.screening.check import CheckAnswers, CheckPage, also_considered, check_of, check_page, name_of_policy, save_check
from ifr.screening.evidence import Review, evidence_of, may_review, save_evidence
from ifr.screening.handover import (
    Offer,
    Reply,
    answer_handover,
    earlier_offers,
    handover_of,
    may_be_answered,
    may_be_offered,
    prepare_handover,
)
from ifr.screening.models import RECOMMENDATIONS, EvidenceReview, NewStatement, ScreeningRecord
from ifr.screening.newer import (
    NewerPage,
    VersionAnswer,
    choose_version,
    flag_policy,
    flaggable_policy,
    newer_page,
    notes_on_policy,
)
from ifr.screening.notices import notices_for, similar_requests
from ifr.screening.record import (
    Asked,
    CriterionRow,
    FindingAnswer,
    Point,
    RecordAnswers,
    comparison_group,
    criteria_of,
    earlier_treatments_of,
    latest_record,
    left_out_of,
    may_write,
    points_of,
    questions_of,
    record_of,
    records_of,
    request_in_words,
    save_record,
    statements_of,
)
from ifr.workflow import NotVisible, history, moves_open_to
from ifr.workflow import Offer as OpenMove

__all__ = [
    "CheckAnswers",
    "CheckPage",
    "FindingAnswer",
    "NewerPage",
    "Offer",
    "RecordAnswers",
    "RecordPage",
    "Reply",
    "Review",
    "SummaryPage",
    "VersionAnswer",
    "also_considered",
    "answer_handover",
    "case_for",
    "check_of",
    "check_page",
    "choose_version",
    "comparison_group",
    "earlier_offers",
    "evidence_of",
    "flag_policy",
    "flaggable_policy",
    "handover_of",
    "latest_record",
    "may_be_answered",
    "may_be_offered",
    "may_review",
    "moves_here",
    "newer_page",
    "notes_on_policy",
    "prepare_handover",
    "record_of",
    "record_page",
    "records_of",
    "save_check",
    "save_evidence",
    "save_record",
    "screening_moves",
    "similar_requests",
    "strip",
    "summary_page",
]

# Which moves stand at the foot of which page; the page of the request offers them all.
CHECK_MOVES = ("pass_check",)
HANDOVER_MOVES = ("offer_handover", "accept_handover", "take_back")
SUMMARY_MOVES = ("comment_on_summary", "no_comment", "skip_accuracy_check")
EVIDENCE_MOVES = ("complete_evidence_review", "complete_evidence_review_to_panel")
# The moves that a recommendation leads to. The others would only say that something else is recommended.
_LEADS_TO = {
    "refer": ("refer_to_evidence_review", "refer_to_accuracy_check", "refer_to_panel"),
    "not_fund": ("decline_at_screening",),
    "group_question": ("refer_service_development",),
    "nothing_new": ("find_nothing_new",),
    "prior_approval": ("give_prior_approval",),
    "no_approval_needed": ("find_no_approval_needed",),
}


@dataclass(frozen=True)
class RecordPage:
    """Everything that the page of the screening record shows."""

    case: Case
    record: ScreeningRecord
    test: ExceptionalityTest | None
    request: list[tuple[str, str]]
    earlier_treatments: list[EarlierTreatment]
    claimed_group: str
    questions: list[Asked]
    points: list[Point]
    criteria: list[CriterionRow]
    statements: list[NewStatement]
    notices: list[str]
    policy: str | None
    notes: PolicyNotes
    recommendations: list[tuple[str, str]]
    clauses: list[str]
    editable: bool
    may_check: bool
    names: dict[int, str]

    @property
    def needs_second_signature(self) -> bool:
        return self.record.recommendation in self.case.profile.screening.countersigned


def case_for(key: str, by: Any, permission: Permission) -> Case:
    """The case of an address, for somebody whose part in this very case opens the page.

    Raises NotVisible, and PermissionError for who may see the case and not this page.
    """
    case = visible_case(key, by)
    if not may(by, case, permission):
        raise PermissionError("this page is for another role in this request")
    return case


def record_page(case: Case, by: Any) -> RecordPage:
    record = record_of(case)
    questions, points = questions_of(case, record), points_of(case, record)
    request = request_in_words(case)
    return RecordPage(
        case=case,
        record=record,
        test=case.test,
        request=[(label, said) for key, label, said in request if key != "comparator"],
        earlier_treatments=earlier_treatments_of(case),
        claimed_group=next((said for key, _, said in request if key == "comparator"), ""),
        questions=questions,
        points=points,
        criteria=criteria_of(case, record, by),
        statements=statements_of(record),
        notices=notices_for(case, record, questions, points, by),
        policy=name_of_policy(case.policy_version_id),
        notes=notes_on_policy(case, by),
        recommendations=[(key, RECOMMENDATIONS[key]) for key in case.profile.screening.recommendations],
        clauses=[one.clause for one in left_out_of(case.test)],
        editable=may_write(case, by),
        may_check=may(by, case, Permission.CASE_CHECK),
        names=people_named({record.saved_by_id, record.concluded_by_id, record.countersigned_by_id}),
    )


@dataclass(frozen=True)
class SummaryPage:
    """What the clinician checks for accuracy: the facts that screening took from the request, and what a search found.

    Nothing that a screener made of them stands here.
    """

    case: Case
    group: str | None
    policy: str | None
    notes: PolicyNotes
    office: bool
    questions: list[Asked]
    points: list[Point]
    earlier_treatments: list[EarlierTreatment]
    evidence: EvidenceReview


def summary_page(case: Case, by: Any) -> SummaryPage:
    """The summary, for the office and, once it was sent for accuracy, for those who asked. Raises NotVisible."""
    asked_for = case.capacities(by) & PROVIDER_SIDE and _was_sent_for_accuracy(case)
    if not (asked_for or in_office(by, case)):
        raise NotVisible(case.key)
    record = record_of(case)
    return SummaryPage(
        case=case,
        group=comparison_group(case),
        policy=name_of_policy(case.policy_version_id),
        notes=notes_on_policy(case, by),
        office=in_office(by, case),
        questions=questions_of(case, record),
        points=points_of(case, record),
        earlier_treatments=earlier_treatments_of(case),
        evidence=evidence_of(case),
    )


def _was_sent_for_accuracy(case: Case) -> bool:
    return any(one.dest == "accuracy_check" for one in history(case.stream))


def moves_here(case: Case, by: Any, *triggers: str) -> list[OpenMove]:
    """Those of the moves open to somebody that belong on one page."""
    return [one for one in moves_open_to(case, by) if one.trigger in triggers]


def screening_moves(case: Case, by: Any) -> list[OpenMove]:
    """The moves at the foot of the screening record: what its recommendation leads to, and the way back."""
    leads_to = _LEADS_TO.get(record_of(case).recommendation or "", ())
    skipped = case.profile.skips
    shown = [one for one in leads_to if not _is_skipped(one, skipped)]
    return moves_here(case, by, "conclude_screening", "send_back_to_screening", *shown)


def _is_skipped(trigger: str, skips: list[str]) -> bool:
    """A commissioner without evidence review, or without accuracy check, has no use for the button."""
    if trigger in ("refer_to_accuracy_check", "refer_to_panel") and "evidence_review" not in skips:
        return True
    if trigger == "refer_to_panel":
        return "accuracy_check" not in skips
    return trigger.removeprefix("refer_to_") in skips
