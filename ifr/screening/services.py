"""What other rooms and the pages ask of the screening room: the check, the offer to another body, the screening record,
the evidence review. Each stands in a module of its own."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ifr.access import Permission, Role
from ifr.cases.distinct.group import Group, group_of, replaced_group
from ifr.cases.distinct.remarks import Remark, remarks_of
from ifr.cases.drafts.afterwards import left_open
from ifr.cases.information import ASKERS
from ifr.cases.models import Case, EarlierTreatment
from ifr.cases.policy_notes import PolicyNotes
from ifr.cases.services import PROVIDER_SIDE, in_office, may, strip, visible_case
from ifr.people.services import people_named
from ifr.profiles import ExceptionalityTest
from ifr.screening.accuracy import (
    Heard,
    comment_by_on,
    comments_now,
    consider_comment,
    heard_of,
    items_of,
    may_comment,
    save_comments,
)
from ifr.screening.advice import (
    SENDABLE,
    Answering,
    Asking,
    advice_of,
    answer_advice,
    ask_advice,
    may_ask,
    one_advice,
    sendable,
)
from ifr.screening.check import CheckAnswers, CheckPage, also_considered, check_of, check_page, name_of_policy, save_check
from ifr.screening.evidence import Review, evidence_of, may_review, save_evidence
from ifr.screening.handover import (
    Offer,
    Reply,
    answer_handover,
    dispute_meanwhile,
    earlier_offers,
    handover_of,
    is_silent,
    may_be_answered,
    may_be_offered,
    offer_numbered,
    prepare_handover,
)
from ifr.screening.models import (
    RECOMMENDATIONS,
    Advice,
    CoveredCriterion,
    EvidenceReview,
    NewStatement,
    ScreeningRecord,
    SummaryComment,
)
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
from ifr.screening.package import File, take_out
from ifr.screening.record import (
    Asked,
    CriterionRow,
    FindingAnswer,
    Point,
    RecordAnswers,
    authority_of,
    comparison_group,
    covered_of,
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
    "SENDABLE",
    "Answering",
    "Asking",
    "CheckAnswers",
    "CheckPage",
    "File",
    "FindingAnswer",
    "NewerPage",
    "Offer",
    "RecordAnswers",
    "RecordPage",
    "Reply",
    "Review",
    "SummaryPage",
    "VersionAnswer",
    "advice_of",
    "also_considered",
    "answer_advice",
    "answer_handover",
    "ask_advice",
    "case_for",
    "consider_comment",
    "check_of",
    "check_page",
    "choose_version",
    "comparison_group",
    "dispute_meanwhile",
    "earlier_offers",
    "evidence_of",
    "flag_policy",
    "flaggable_policy",
    "handover_of",
    "is_silent",
    "latest_record",
    "left_open",
    "may_ask",
    "may_be_answered",
    "may_be_offered",
    "may_review",
    "moves_here",
    "newer_page",
    "notes_on_policy",
    "offer_numbered",
    "one_advice",
    "prepare_handover",
    "record_of",
    "record_page",
    "records_of",
    "save_check",
    "save_comments",
    "save_evidence",
    "save_record",
    "screening_moves",
    "sendable",
    "similar_requests",
    "strip",
    "summary_page",
    "take_out",
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
    "approve": ("approve_at_screening",),
}


@dataclass(frozen=True)
class MatrixRow:
    """One row of the commissioner's matrix in words: what is concluded, by whom, who signs second, and where it stands."""

    what: str
    by: str
    countersigned_by: str
    source: str


@dataclass(frozen=True)
class RecordPage:
    """Everything that the page of the screening record shows."""

    case: Case
    record: ScreeningRecord
    test: ExceptionalityTest | None
    request: list[tuple[str, str]]
    earlier_treatments: list[EarlierTreatment]
    claimed_group: str
    group: Group | None
    remarks: list[Remark]
    questions: list[Asked]
    points: list[Point]
    criteria: list[CriterionRow]
    statements: list[NewStatement]
    covered: list[CoveredCriterion]
    advice: list[Advice]
    heard: Heard | None
    evidence: EvidenceReview
    matrix: list[MatrixRow]
    delegation: str | None
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
        return bool(self.case.profile.screening.countersigners(self.record.recommendation))


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
    delegation = authority_of(case, record, by)
    return RecordPage(
        case=case,
        record=record,
        test=case.test,
        request=[(label, said) for key, label, said in request if key != "comparator"],
        earlier_treatments=earlier_treatments_of(case),
        claimed_group=next((said for key, _, said in request if key == "comparator"), ""),
        group=group_of(case),
        remarks=remarks_of(case),
        questions=questions,
        points=points,
        criteria=criteria_of(case, record, by),
        statements=statements_of(record),
        covered=covered_of(record),
        advice=advice_of(case),
        heard=heard_of(case),
        evidence=evidence_of(case),
        matrix=matrix_of(case),
        delegation=f"{delegation.post}: {delegation.reference}" if delegation else None,
        notices=notices_for(case, record, questions, points, by),
        policy=name_of_policy(case.policy_version_id),
        notes=notes_on_policy(case, by),
        recommendations=_recommendations(case, record, by),
        clauses=[one.clause for one in left_out_of(case.test)],
        editable=may_write(case, by),
        may_check=may(by, case, Permission.CASE_CHECK),
        names=people_named({record.saved_by_id, record.concluded_by_id, record.countersigned_by_id}),
    )


def _recommendations(case: Case, record: ScreeningRecord, by: Any) -> list[tuple[str, str]]:
    """What this person may recommend under the matrix, and what is recommended already."""
    rules = case.profile.screening
    open_to = {*rules.may_conclude(case.capacities(by)), record.recommendation}
    return [(key, RECOMMENDATIONS[key]) for key in rules.matrix if key in open_to]


def matrix_of(case: Case) -> list[MatrixRow]:
    """Who may conclude what under this commissioner's profile, and who countersigns."""
    return [
        MatrixRow(RECOMMENDATIONS[key], _roles(row.by), _roles(row.countersigned_by) or "Nobody", row.source)
        for key, row in case.profile.screening.matrix.items()
    ]


def _roles(roles: list[Role]) -> str:
    return " or ".join(role.words for role in roles)


def _group(case: Case) -> Group | None:
    """The comparison group of the request, and beside it the one that screening put in its place."""
    group, record = group_of(case), latest_record(case)
    if record is not None and record.comparator_answer == "replaced":
        return replaced_group(group, record.comparator, record.comparator_because)
    return group


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
    replaced: Group | None
    advice: list[Advice]
    items: list[tuple[str, str]]
    comments: dict[str, SummaryComment]
    heard: Heard | None
    comment_by_on: date | None
    may_comment: bool
    may_consider: bool


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
        replaced=_group(case),
        advice=[one for one in advice_of(case) if one.answered_on],
        items=items_of(case),
        comments=comments_now(case),
        heard=heard_of(case),
        comment_by_on=comment_by_on(case),
        may_comment=may_comment(case, by),
        may_consider=bool(case.capacities(by) & ASKERS) and not may_comment(case, by),
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
