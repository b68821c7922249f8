"""The screening record: what a screener made of every question of the test and of every point raised."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, documents, profiles, workflow
from ifr.access import Role
from ifr.cases.models import Case, EarlierTreatment, Factor, Finding, InformationQuestion, InformationRequest
from ifr.cases.services import answers_of, factors_of, findings_of, involve, save_finding
from ifr.db import db
from ifr.policies import services as policies
from ifr.policies.models import Criterion
from ifr.profiles import Authority, ExceptionalityTest, Move
from ifr.screening.models import ENDINGS, WORDS, CoveredCriterion, NewStatement, ScreeningRecord
from ifr.workflow import MoveRecord, Reason, Refused, upon

STAGE = "screening"
QUESTION, POINT, CRITERION = "question", "factor", "criterion"


@dataclass(frozen=True)
class Asked:
    """One question of the test: the commissioner's words, the clinician's answer, the screener's finding."""

    number: int
    key: str
    text: str
    needed_before_panel: bool
    answer: str
    cannot_because: str
    finding: Finding | None

    @property
    def is_answered(self) -> bool:
        return bool(self.answer or self.cannot_because)


@dataclass(frozen=True)
class Point:
    """One point raised, with its evidence and the screener's finding."""

    factor: Factor
    evidence: documents.Document | None
    finding: Finding | None


@dataclass(frozen=True)
class CriterionRow:
    """One criterion of the linked policy, and whether the patient meets it."""

    criterion: Criterion
    finding: Finding | None


@dataclass(frozen=True)
class FindingAnswer:
    """What was typed about one question, point or criterion."""

    about: str
    key: str
    answer: str
    reasons: str
    clause: str = ""


@dataclass(frozen=True)
class RecordAnswers:
    """What was typed on the page of the record. Anything may be left for later."""

    words: dict[str, Any]
    findings: list[FindingAnswer] = field(default_factory=list)
    statements: list[tuple[str, str]] = field(default_factory=list)
    # Criteria of what is commissioned already: words, answer, what shows it. None leaves those on record as they are.
    covered: list[tuple[str, str, str]] | None = None


# --- reading ----------------------------------------------------------------------------------------------------------


def record_of(case: Case) -> ScreeningRecord:
    """The record of the present round, blank before anybody has begun it."""
    found = latest_record(case)
    return found or ScreeningRecord(case_id=case.id, round=1, **dict.fromkeys(_TEXTS, ""))


def latest_record(case: Case) -> ScreeningRecord | None:
    query = select(ScreeningRecord).where(ScreeningRecord.case_id == case.id)
    return db.session.scalars(query.order_by(ScreeningRecord.round.desc())).first()


def records_of(case: Case) -> list[ScreeningRecord]:
    """The record of every round, newest first."""
    query = select(ScreeningRecord).where(ScreeningRecord.case_id == case.id)
    return list(db.session.scalars(query.order_by(ScreeningRecord.round.desc())))


def statements_of(record: ScreeningRecord) -> list[NewStatement]:
    if record.id is None:
        return []
    query = select(NewStatement).where(NewStatement.record_id == record.id)
    return list(db.session.scalars(query.order_by(NewStatement.number)))


def covered_of(record: ScreeningRecord) -> list[CoveredCriterion]:
    """The criteria of an appraisal or contract under which the treatment is commissioned already."""
    if record.id is None:
        return []
    query = select(CoveredCriterion).where(CoveredCriterion.record_id == record.id)
    return list(db.session.scalars(query.order_by(CoveredCriterion.number)))


def questions_of(case: Case, record: ScreeningRecord) -> list[Asked]:
    """Every question of the pinned test, in the commissioner's words and order."""
    test = case.test
    if test is None:
        return []
    typed, found = answers_of(case), findings_of(case, STAGE, record.round)
    replies = _replies_to_questions(case)
    rows = []
    for number, one in enumerate(test.questions, 1):
        answer, cannot = replies.get(one.key, ("", ""))
        rows.append(
            Asked(
                number=number,
                key=one.key,
                text=one.text,
                needed_before_panel=one.required_before_panel,
                answer="\n\n".join(filter(None, [typed.get(f"test_{one.key}", "").strip(), answer])),
                cannot_because=cannot,
                finding=found.get((QUESTION, one.key)),
            )
        )
    return rows


def _replies_to_questions(case: Case) -> dict[str, tuple[str, str]]:
    """What the clinician answered when the office asked about a question of the test."""
    query = (
        select(InformationQuestion)
        .join(InformationRequest, InformationRequest.id == InformationQuestion.request_id)
        .where(InformationRequest.case_id == case.id, InformationQuestion.question_key.is_not(None))
        .where(InformationRequest.closed_at.is_not(None), InformationQuestion.answered_at.is_not(None))
        .order_by(InformationQuestion.id)
    )
    return {
        (one.question_key or "").removeprefix("test_"): (one.answer.strip(), one.cannot_because.strip())
        for one in db.session.scalars(query)
    }


def points_of(case: Case, record: ScreeningRecord) -> list[Point]:
    found = findings_of(case, STAGE, record.round)
    kept = {one.id: one for one in documents.of(case.stream)}
    return [Point(one, kept.get(one.evidence_id or 0), found.get((POINT, str(one.id)))) for one in factors_of(case)]


def criteria_of(case: Case, record: ScreeningRecord, by: Any) -> list[CriterionRow]:
    """The criteria of the linked policy: those of the statement that was found to fit, else all that it has."""
    if case.policy_version_id is None:
        return []
    version = policies.read_version(case.policy_version_id, user=by).version
    wanted = (case.resolution or {}).get("statement_id")
    fitting = [one for one in version.statements if one.id == wanted] or version.statements
    found = findings_of(case, STAGE, record.round)
    return [CriterionRow(one, found.get((CRITERION, str(one.id)))) for said in fitting for one in said.criteria]


def comparison_group(case: Case) -> str | None:
    """The group with which the patient is compared, as screening settled it; None where the test asks none."""
    test = case.test
    if test is None or not test.comparator.asked:
        return None
    record = latest_record(case)
    if record is not None and record.comparator_answer == "replaced":
        return record.comparator
    return answers_of(case).get("comparator", "").strip() or test.comparator.words


def request_in_words(case: Case) -> list[tuple[str, str, str]]:
    """What the request says, question by question, as (key, label, answer). Nothing of the patient's identity is read."""
    typed = answers_of(case)
    rows = []
    for question in case.questions.all():
        said = typed.get(question.key, "").strip()
        if said and not question.identity and question.kind != "policy":
            rows.append((question.key, question.label, {"yes": "Yes", "no": "No", **question.options}.get(said, said)))
    if typed.get("policy_note"):
        rows.append(("policy_note", "The clinician's view of which policy applies", typed["policy_note"]))
    return rows


def earlier_treatments_of(case: Case) -> list[EarlierTreatment]:
    query = select(EarlierTreatment).where(EarlierTreatment.case_id == case.id)
    return list(db.session.scalars(query.order_by(EarlierTreatment.id)))


# --- saving -----------------------------------------------------------------------------------------------------------


def is_being_screened(case: Case) -> bool:
    return _concluding(case) is not None


def _concluding(case: Case) -> Move | None:
    """The move for which the record is written now: the end of the screening; at the check, that no approval is needed."""
    machine = workflow.definition_of(case)
    concluding = machine.find("conclude_screening", case.state)
    if concluding is not None:
        return concluding
    latest = latest_record(case)
    signed = latest is not None and latest.is_concluded
    return None if signed else machine.find("find_no_approval_needed", case.state)


def may_write(case: Case, by: Any) -> bool:
    """Whoever may conclude the screening writes its record, as long as it is not concluded."""
    entry = _concluding(case)
    return entry is not None and bool(case.capacities(by) & workflow.roles_for(entry, case.profile))


def save_record(case: Case, answers: RecordAnswers, *, seen: int | None, by: Any) -> ScreeningRecord:
    """Keep the record as far as it is written. Nothing is decided by it: the moves are, on the complete record."""
    workflow.hold(case, seen)
    if not is_being_screened(case):
        raise Refused([Reason("The screening is over. It can be sent back to screening.", to="cases.page")])
    if not may_write(case, by):
        raise PermissionError("the screening record is written by a screener")
    record = record_of(case)
    for name in WORDS:
        if name in answers.words:
            setattr(record, name, answers.words[name])
    record.saved_by_id, record.saved_at = by.id, clock.now()
    db.session.add(record)
    db.session.flush()
    for one in answers.findings:
        _save_finding(case, record, one, by)
    _save_statements(record, answers.statements)
    if answers.covered is not None:
        _save_covered(record, answers.covered)
    audit.record(
        case.stream,
        "save_screening",
        by=by.actor,
        round=record.round,
        recommendation=record.recommendation,
        findings=len([one for one in answers.findings if one.answer]),
    )
    return record


def _save_finding(case: Case, record: ScreeningRecord, said: FindingAnswer, by: Any) -> None:
    """What is not reached has one reason for all: the answer that decides the request."""
    reasons = said.reasons
    if said.answer == "not_reached" and not reasons:
        reasons = record.not_reached_because
    save_finding(
        case,
        stage=STAGE,
        round=record.round,
        about=said.about,
        key=said.key,
        answer=said.answer,
        reasons=reasons,
        clause=said.clause if said.answer == "not_taken_into_account" else "",
        by=by,
    )


def _save_statements(record: ScreeningRecord, statements: list[tuple[str, str]]) -> None:
    kept = {one.number: one for one in statements_of(record)}
    for number, (text, answer) in enumerate(statements, 1):
        row = kept.pop(number, None) or NewStatement(record_id=record.id, number=number)
        row.text, row.answer = text, answer
        db.session.add(row)
    for left in kept.values():
        db.session.delete(left)
    db.session.flush()


def _save_covered(record: ScreeningRecord, typed: list[tuple[str, str, str]]) -> None:
    kept = {one.number: one for one in covered_of(record)}
    for number, (text, answer, because) in enumerate(typed, 1):
        row = kept.pop(number, None) or CoveredCriterion(record_id=record.id, number=number)
        row.text, row.answer, row.because = text, answer, because
        db.session.add(row)
    for left in kept.values():
        db.session.delete(left)
    db.session.flush()


# --- who may end it ---------------------------------------------------------------------------------------------------


def authority_of(case: Case, record: ScreeningRecord, by: Any) -> Authority | None:
    """The entry of the scheme of delegation under which this person may end the request as recommended."""
    ending = ENDINGS.get(record.recommendation or "")
    if ending is None:
        return None
    held = case.capacities(by)
    return next((one for one in case.profile.authorities_for(ending, clock.today()) if held & set(one.roles)), None)


def authority_in_words(case: Case, record: ScreeningRecord) -> str | None:
    """The delegation that an ending relied on, as the profile prints it."""
    entry = next((one for one in case.profile.authorities if one.key == record.authority_key), None)
    return f"{entry.post}: {entry.reference}" if entry else None


# --- what the moves write ---------------------------------------------------------------------------------------------


@upon("ifr", "conclude_screening")
def sign_screening(case: Case, by: Any, made: MoveRecord) -> None:
    record = record_of(case)
    record.concluded_by_id, record.concluded_at = by.id, made.at
    involve(case, by.id, Role.SCREENER)


@upon(
    "ifr",
    "refer_to_evidence_review",
    "refer_to_accuracy_check",
    "refer_to_panel",
    "decline_at_screening",
    "refer_service_development",
    "find_nothing_new",
    "give_prior_approval",
    "find_no_approval_needed",
    "approve_at_screening",
)
def countersign(case: Case, by: Any, made: MoveRecord) -> None:
    """Whoever ends the screening has signed it, and relied on a delegation where it ended the request."""
    record = record_of(case)
    if not record.is_concluded:  # found at the check that no approval is needed: one signature does both
        record.concluded_by_id, record.concluded_at = by.id, made.at
    record.countersigned_by_id, record.countersigned_at = by.id, made.at
    relied_on = authority_of(case, record, by)
    record.authority_key = relied_on.key if relied_on else None
    involve(case, by.id, Role.SCREENER)


@upon("ifr", "pass_check", "send_back_to_screening", "reopen_for_screening", "refer_on_to_screening")
def begin_round(case: Case, by: Any, made: MoveRecord) -> None:
    """A concluded record stands as it was signed: a new round starts from a copy of it, as a draft."""
    former = latest_record(case)
    if former is None or not former.is_concluded:
        return
    record = ScreeningRecord(case_id=case.id, round=former.round + 1, **former.words())
    db.session.add(record)
    db.session.flush()
    for one in findings_of(case, STAGE, former.round).values():
        db.session.add(
            Finding(
                case_id=case.id,
                stage=STAGE,
                round=record.round,
                about=one.about,
                key=one.key,
                answer=one.answer,
                reasons=one.reasons,
                clause=one.clause,
                by_id=one.by_id,
                at=one.at,
            )
        )
    for said in statements_of(former):
        db.session.add(NewStatement(record_id=record.id, number=said.number, text=said.text, answer=said.answer))
    _save_covered(record, [(one.text, one.answer, one.because) for one in covered_of(former)])
    db.session.flush()


def left_out_of(test: ExceptionalityTest | None) -> list[profiles.LeftOut]:
    """What the commissioner's own clauses leave out; without a clause a point is weighed."""
    return test.left_out if test else []


_CHOSEN = {"recommendation", "comparator_answer", "group_answer", "interim", "approval_ground", "approval_until_on"}
_TEXTS = tuple(name for name in WORDS if name not in _CHOSEN)
