"""What must be on record before a decision is confirmed, or its letter issued; each in a sentence with a link."""

from typing import Any

from ifr import clock, letters, workflow
from ifr.cases.models import Case, Finding
from ifr.cases.patients import basis
from ifr.cases.services import factors_of
from ifr.decisions import phrases, services, voting, weighing
from ifr.decisions.criteria import (
    CRITERION,
    FACTOR,
    NOT_REACHED,
    NOT_TAKEN_INTO_ACCOUNT,
    QUESTION,
    criteria_of,
    fault_of_reference,
    names_of,
    ref,
)
from ifr.decisions.models import CHAIRS_ACTION, FUNDED, FUNDED_IN_PART, NOT_FUNDED, OUTCOMES, DecisionRecord
from ifr.panels.quorum import KINDS
from ifr.people.services import people_named
from ifr.workflow import Reason, guard

RECORD, URGENT = "decisions.record", "decisions.urgent"
CONFIRMING = ("confirm_funded", "confirm_funded_in_part", "confirm_not_funded", "approve_at_screening", "apply_order_to_fund")
Reasons = list[Reason]
_NONE_YET = Reason("There is no decision record yet.", RECORD)


def _missing(record: DecisionRecord, *asked: tuple[object, str, str]) -> Reasons:
    """A reason for each thing that is not there: (what is there, the sentence, where on the page)."""
    return [Reason(text, RECORD, anchor) for there, text, anchor in asked if not there]


# --- who decided ------------------------------------------------------------------------------------------------------------


@guard("chaired_this_item")
def chaired_this_item(case: Case, by: Any) -> Reason | None:
    record = services.present_record(case)
    if record is None:
        return _NONE_YET
    chair = services.chair_of(record)
    if chair is not None and chair == by.id:
        return None
    name = people_named([chair]).get(chair or 0, "Whoever chaired this item")
    return Reason(f"{name} chaired this item and confirms the decision.")


@guard("proof_of_route_complete")
def proof_of_route_complete(case: Case, by: Any) -> Reasons:
    record = services.present_record(case)
    if record is None:
        return [_NONE_YET]
    return _urgent_proof(case, record) if record.is_chairs_action else _panel_proof(record)


def _panel_proof(record: DecisionRecord) -> Reasons:
    proof = services.proof_of(record)
    needed, had = proof.get("needed", {}), proof.get("had", {})
    if not proof or any(had.get(kind, 0) < needed.get(kind, 0) for kind in KINDS):
        return [Reason("It is not on record that the panel had a quorum for this request.", RECORD, "proof")]
    return []


def _urgent_proof(case: Case, record: DecisionRecord) -> Reasons:
    needed, heard = services.number_needed(case, record), services.number_heard(record)
    reasons = []
    if not record.harm_of_waiting.strip():
        reasons.append(Reason("Say what harm waiting for a meeting would do.", URGENT, "harm_of_waiting"))
    if heard < needed:
        text = f"At least {_clinicians(needed)} heard before an urgent decision; {heard} on record in full."
        reasons.append(Reason(text, URGENT, "heard_1_name"))
    return reasons


def _clinicians(number: int) -> str:
    return "1 clinician is" if number == 1 else f"{number} clinicians are"


@guard("chairs_action_prepared")
def chairs_action_prepared(case: Case, by: Any) -> Reasons:
    record = services.open_record(case, CHAIRS_ACTION)
    if record is None:
        return [Reason("Prepare the urgent decision first: the harm of waiting, and the clinicians heard.", URGENT)]
    return [*_urgent_proof(case, record), *_urgent_ending(case, record)]


def _urgent_ending(case: Case, record: DecisionRecord) -> Reasons:
    if record.outcome is None:
        return [Reason("Say how you decide.", URGENT, "outcome")]
    if record.outcome not in case.profile.chairs_action.endings:
        return [Reason(f"“{OUTCOMES[record.outcome]}” is not open to a chair's action of this commissioner.", URGENT, "outcome")]
    return []


@guard("is_chairs_action")
def is_chairs_action(case: Case, by: Any) -> Reason | None:
    record = services.present_record(case)
    if record is not None and record.is_open and (record.is_chairs_action or _panel_proof(record)):
        return None  # what a panel without a quorum took down is no decision either, and goes on in the same way
    return Reason("This is only for an urgent decision that the chair took alone, or where the panel has lost its quorum.")


@guard("directions_answered")
def directions_answered(case: Case, by: Any) -> Reasons:
    """Every direction of a review panel has an answer, and where it asked for other people, other people decided."""
    record = services.present_record(case)
    directions, missing = services.directions_of(case), _directions(case)
    others = [d for d in directions if d.differently_constituted]
    earlier = services.last_confirmed(case, before=min((d.given_at for d in others), default=None))
    if others and record is not None and earlier is not None:
        again = services.who_sat(record) & services.who_sat(earlier)
        names = people_named(again)
        missing += [
            Reason(f"{names[one]} sat on the earlier decision, and other people are to decide.", RECORD, "proof")
            for one in sorted(again)
        ]
    return missing


def _directions(case: Case) -> Reasons:
    return [
        Reason(f"Say what was done about direction {d.number} of the review panel.", RECORD, f"direction_{d.id}")
        for d in services.directions_of(case)
        if not d.answer.strip()
    ]


# --- what was decided and why -------------------------------------------------------------------------------------------------


@guard("decision_points_answered")
def decision_points_answered(case: Case, by: Any) -> Reasons:
    record = services.present_record(case)
    return [_NONE_YET] if record is None else _points(case, record)


def _points(case: Case, record: DecisionRecord) -> Reasons:
    found = services.findings_of(case, record)
    missing = []
    for factor in factors_of(case):
        finding, anchor = found.get((FACTOR, str(factor.id))), f"factor_{factor.id}_answer"
        if finding is None or not finding.is_complete:
            missing.append(Reason(f"Point {factor.number} needs the panel's answer, with reasons.", RECORD, anchor))
        elif finding.answer == NOT_TAKEN_INTO_ACCOUNT and not finding.clause.strip():
            text = f"Point {factor.number} is left out: name the clause that says so, or weigh it."
            missing.append(Reason(text, RECORD, anchor))
    return [*missing, *_references(case, found, FACTOR)]


def _references(case: Case, found: dict[tuple[str, str], Finding], about: str) -> Reasons:
    """Each answer that refers to another, where that other cannot carry it."""
    names = names_of(case)
    by_ref = {ref(*place): row for place, row in found.items()}
    reasons = []
    for (kind, key), finding in found.items():
        name = names.get(ref(kind, key))
        if kind == about and name and finding.answer and (fault := fault_of_reference(finding, by_ref, names)):
            reasons.append(Reason(f"{name[:1].upper()}{name[1:]}: {fault}.", RECORD, f"{kind}_{key}_refers_to"))
    return reasons


@guard("decision_questions_answered", gives_reasons=True)
def decision_questions_answered(case: Case, by: Any) -> Reasons:
    record = services.present_record(case)
    return [_NONE_YET] if record is None else _questions(case, record)


def _questions(case: Case, record: DecisionRecord) -> Reasons:
    if case.test is None:
        return [Reason("No exceptionality test is pinned to this request.", "screening.check")]
    found = services.findings_of(case, record)
    missing = [
        Reason(f"Question {number} of the test needs the panel's answer, with reasons.", RECORD, f"question_{one.key}_answer")
        for number, one in enumerate(case.test.questions, start=1)
        if not _is_complete(found.get((QUESTION, one.key)))
    ]
    return [*missing, *_references(case, found, QUESTION)]


def _is_complete(finding: Finding | None) -> bool:
    return finding is not None and finding.is_complete


@guard("decision_record_complete", gives_reasons=True)
def decision_record_complete(case: Case, by: Any) -> Reasons:
    record = services.present_record(case)
    return [_NONE_YET] if record is None else _complete(case, record)


def what_is_missing(case: Case, record: DecisionRecord) -> Reasons:
    """Everything that a record lacks before it can be confirmed, in the order of its page."""
    return [*_directions(case), *_questions(case, record), *_points(case, record), *_complete(case, record)]


def _complete(case: Case, record: DecisionRecord) -> Reasons:
    return [
        *_criteria(case, record),
        *_comparator(case, record),
        *weighing.what_is_missing(case, record),
        *_words(case, record),
        *voting.why_not_carried(case, record),
        *(_of_refusal(record) if record.outcome in (FUNDED_IN_PART, NOT_FUNDED) else []),
        *(_of_funding(record) if record.outcome in (FUNDED, FUNDED_IN_PART) else []),
        *phrases.as_reasons(phrases.to_ask(case, record, services.findings_of(case, record))),
    ]


def _words(case: Case, record: DecisionRecord) -> Reasons:
    return _missing(
        record,
        (record.outcome, "Say what was decided.", "outcome"),
        (record.in_the_round.strip(), "Answer all points and questions taken together.", "in_the_round"),
        (record.reasons.strip(), "Give the reasons for the decision.", "reasons"),
        (record.plain_reasons.strip(), "Give the reasons for the patient, in plain words.", "plain_reasons"),
        (record.equality.strip(), "Say what was made of equality.", "equality"),
        (record.human_rights.strip(), "Say what was made of human rights.", "human_rights"),
        (record.health_inequality.strip(), "Say what was made of health inequality.", "health_inequality"),
        (
            not is_child(case) or record.best_interests.strip(),
            "The patient is a child: say what was made of the child's best interests.", "best_interests",
        ),
    )


def is_child(case: Case) -> bool:
    """Whether the patient was under 18 when the request came in; no when that is not known."""
    age = basis.age_at_receipt(case)
    return age is not None and age < basis.ADULT


def _criteria(case: Case, record: DecisionRecord) -> Reasons:
    found = services.findings_of(case, record)
    reasons = []
    for one in criteria_of(case):
        finding, anchor = found.get((CRITERION, one.key)), f"criterion_{one.key}"
        if finding is None or not finding.is_complete:
            text = f"Answer with reasons, or say that it is not reached: “{one.text}”"
            reasons.append(Reason(text, RECORD, f"{anchor}_answer"))
        elif one.about_the_aim and finding.answer != NOT_REACHED:
            reasons += _bound_to_the_aim(finding, one.text, anchor)
    return [*reasons, *_references(case, found, CRITERION)]


def _bound_to_the_aim(finding: Finding, text: str, anchor: str) -> Reasons:
    """What was asked of the treatment is what the request asks of it, and nothing else (*SB v NHS England*, 2017)."""
    if not finding.weighed.strip():
        return [Reason(f"Say which result was weighed against the aim of the request: “{text}”", RECORD, f"{anchor}_weighed")]
    if not finding.about_the_aim:
        return [Reason(f"Say that the answer is about the aim of the request: “{text}”", RECORD, f"{anchor}_about_the_aim")]
    return []


def _comparator(case: Case, record: DecisionRecord) -> Reasons:
    if case.test is None or not case.test.comparator.asked:
        return []
    if record.comparator_answer == "replaced":
        return _missing(
            record,
            (record.comparator.strip(), "Name the comparison group that the panel used.", "comparator"),
            (record.comparator_because.strip(), "Say why the comparison group was replaced.", "comparator_because"),
        )
    return _missing(record, (record.comparator_answer, "Confirm the comparison group, or replace it.", "comparator_answer"))


def _of_refusal(record: DecisionRecord) -> Reasons:
    part = record.outcome == FUNDED_IN_PART
    return _missing(
        record,
        (record.would_change.strip(), "Say what would change the answer.", "would_change"),
        (not part or record.what_is_funded.strip(), "Say what is funded.", "what_is_funded"),
        (not part or record.what_is_not_funded.strip(), "Say what is not funded.", "what_is_not_funded"),
    )


def _of_funding(record: DecisionRecord) -> Reasons:
    some = record.conditions_answer != "some" or services.conditions_of(record)
    amount = record.amount_answer != "amount" or record.amount is not None or record.amount_words.strip()
    until = record.validity_answer != "until" or record.valid_until_on is not None
    return _missing(
        record,
        (record.conditions_answer, "Say whether there are conditions.", "conditions_answer"),
        (some, "Write down the conditions.", "condition_1_text"),
        (record.amount_answer, "Say up to which amount is funded, or that no amount is set.", "amount_answer"),
        (amount, "Enter the amount.", "amount"),
        (record.validity_answer, "Say until when treatment has to begin, or that no day is set.", "validity_answer"),
        (until, "Enter the day until which treatment has to begin.", "valid_until_on-day"),
    )


@guard("decision_authority_in_force")
def decision_authority_in_force(case: Case, by: Any) -> Reason | None:
    record = services.present_record(case)
    if record is None or record.outcome is None:
        return None  # another guard says so
    if services.authority_for(case, record, clock.today()) is not None:
        return None
    return Reason(
        f"No delegation is in force today under which a panel chair may decide “{OUTCOMES[record.outcome].lower()}” for "
        "this amount. Have the delegation recorded; it cannot be dated back."
    )


def _outcome_is(case: Case, outcome: str) -> Reason | None:
    record = services.present_record(case)
    if record is not None and record.outcome == outcome:
        return None
    said = OUTCOMES.get(record.outcome or "", "nothing yet") if record else "nothing yet"
    return Reason(f"The record says: {said.lower()}.", RECORD, "outcome")


@guard("outcome_is_funded")
def outcome_is_funded(case: Case, by: Any) -> Reason | None:
    return _outcome_is(case, FUNDED)


@guard("outcome_is_funded_in_part")
def outcome_is_funded_in_part(case: Case, by: Any) -> Reason | None:
    return _outcome_is(case, FUNDED_IN_PART)


@guard("outcome_is_not_funded")
def outcome_is_not_funded(case: Case, by: Any) -> Reason | None:
    return _outcome_is(case, NOT_FUNDED)


@guard("letters_released")
def letters_released(case: Case, by: Any) -> Reason | None:
    """A decision is issued by its letter, which the worker makes; nobody moves a case ahead of it."""
    confirmed = workflow.last_move(case.stream, *CONFIRMING)
    batch = letters.of_batch(confirmed.id) if confirmed else []
    # A letter to somebody beside clinician and patient may be left out; one to a patient who has died is held back.
    batch = [row for row in batch if row.to in letters.TOLD and row.state != letters.HELD]
    if batch and all(row.state in (letters.RELEASED, letters.ISSUED) for row in batch):
        return None
    if any(row.state == letters.STOPPED for row in batch):
        return Reason("The decision letters were stopped.", "cases.letters")
    return Reason("The decision letters have not been released yet.", "cases.letters")
