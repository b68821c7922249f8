"""What the decision letters state. No identity, and no day that depends on the day of issue."""

from ifr import clock
from ifr.cases.letters import about
from ifr.cases.models import Case, Finding
from ifr.cases.recipients import provider_of
from ifr.cases.services import answers_of, factors_of, findings_of
from ifr.decisions import services, weighing
from ifr.decisions.criteria import CRITERION, FACTOR, QUESTION, criteria_of, in_words
from ifr.decisions.gate import require_reasons
from ifr.decisions.models import DECIDED, DEPARTED, FUNDED, FUNDED_IN_PART, NOT_FUNDED, SCREENING, Condition, DecisionRecord
from ifr.decisions.sat import item_of, voters_of
from ifr.letters import Facts, letter
from ifr.pages import day, money
from ifr.panels.pack.late import not_before_panel
from ifr.people.services import people_named
from ifr.screening import record as screening
from ifr.screening.letters import policy_facts

# The ending under which the profile names the routes of challenge.
_ENDING = {FUNDED: "approved", FUNDED_IN_PART: "approved_in_part", NOT_FUNDED: "not_funded"}


@letter("decision_funded")
@letter("decision_funded_in_part")
@letter("decision_not_funded")
@letter("decision_funded_gp")
@letter("decision_funded_in_part_gp")
@letter("decision_not_funded_gp")
def decision_in_full(case: Case) -> Facts:
    """What a clinician reads besides: who decided, what was made of rights and guidance, and what came too late."""
    record = services.present_record(case)
    assert record is not None  # the guards have seen it
    return {**decision(case), **_who_decided(record), "regard": _regard(record), "departures": _departures(case, record)}


def _who_decided(record: DecisionRecord) -> Facts:
    item = item_of(record)
    who = [record.chair_id, *(one for one in voters_of(record) if one != record.chair_id)]
    names = people_named(who)
    return {
        "members": [names[one] for one in who if one in names],
        "not_before_panel": not_before_panel(item) if item else [],
    }


def _regard(record: DecisionRecord) -> list[dict[str, str]]:
    said = (
        ("Human rights", record.human_rights),
        ("Health inequality", record.health_inequality),
        ("The best interests of the child", record.best_interests),
    )
    return [{"about": about, "text": text} for about, text in said if text.strip()]


def _departures(case: Case, record: DecisionRecord) -> list[dict[str, str]]:
    """Guidance that was not followed, with what is different here (*Rose v Thanet*, 2014)."""
    found = weighing.guidance_of(record, weighing.papers_before(case, record))
    rows = [(one, one.row) for one in found if one.row is not None and one.row.answer == DEPARTED]
    return [
        {"guidance": f"{one.reference}: {one.title}", "because": "\n\n".join(filter(None, [row.because, row.different]))}
        for one, row in rows
    ]


@letter("decision_funded_patient")
@letter("decision_funded_in_part_patient")
@letter("decision_not_funded_patient")
def decision(case: Case) -> Facts:
    """One shape for every decision letter: what the patient's and the clinician's say alike."""
    record = services.present_record(case)
    assert record is not None and record.outcome is not None  # the guards have seen it
    require_reasons(case, record)
    return {
        **about(case),
        "decision": DECIDED[record.outcome],
        "policy": policy_facts(case),
        "no_policy": case.route == "no_policy",
        "comparator": comparison_group(case, record),
        **_findings(case, record),
        "in_the_round": record.in_the_round,
        "reasons": record.reasons,
        "plain_reasons": record.plain_reasons,
        "would_change": record.would_change,
        "equality": record.equality,
        "not_funded_part": record.what_is_not_funded if record.outcome == FUNDED_IN_PART else "",
        **(_funding(record) if record.outcome != NOT_FUNDED else {}),
        "directions": [{"text": d.text, "answer": d.answer} for d in services.directions_answered_by(record)],
        **_challenge(case, record),
        "panel": None if record.kind == SCREENING else case.profile.panel.name,
        "chairs_action": record.is_chairs_action,
        "decided_on": clock.day_of(record.taken_at or clock.now()).isoformat(),
        "chair": people_named([record.chair_id]).get(record.chair_id or 0),
    }


@letter("approval_terms")
@letter("approval_terms_finance")
def approval_terms(case: Case) -> Facts:
    """What those who pay and are paid need: what is funded, at which price, until when, on which conditions. No reasons."""
    record = services.present_record(case)
    assert record is not None and record.outcome is not None  # the guards have seen it
    return {
        "reference": case.key,
        "treatment": case.treatment,
        "commissioner": case.profile.commissioner.name,
        "provider": provider_of(case).name,
        "authorisation": authorisation_number(case, record),
        "decision": DECIDED[record.outcome],
        "activity": record.what_is_funded or case.treatment,
        "codes": answers_of(case).get("treatment_codes", ""),
        "not_funded_part": record.what_is_not_funded if record.outcome == FUNDED_IN_PART else "",
        **_funding(record),
        "decided_on": clock.day_of(record.taken_at or clock.now()).isoformat(),
    }


def authorisation_number(case: Case, record: DecisionRecord) -> str:
    """By which number an approval is quoted on invoices: the request's reference and which of its decisions it was."""
    return f"{case.key}/F{record.round}"


def comparison_group(case: Case, record: DecisionRecord) -> str | None:
    """The group with which the panel compared the patient; None where the test asks none."""
    if case.test is None or not case.test.comparator.asked:
        return None
    return record.comparator if record.comparator_answer == "replaced" else screening.comparison_group(case)


def _findings(case: Case, record: DecisionRecord) -> Facts:
    found = findings_of(case, services.STAGE, record.round)
    test = case.test
    return {
        "test": {"title": test.title, "words": test.words, "source": test.source, "example": test.example} if test else None,
        "questions": [
            {"text": one.text, **_said(QUESTION, found.get((QUESTION, one.key)))}
            for one in (test.questions if test else [])
        ],
        "factors": [
            {"what": one.what, **_said(FACTOR, found.get((FACTOR, str(one.id)))), "clause": _clause(found, one.id)}
            for one in factors_of(case)
        ],
        "criteria": [
            {"text": one.text, **_said(CRITERION, found.get((CRITERION, one.key)))}
            for one in criteria_of(case)
            if (CRITERION, one.key) in found
        ],
    }


def _said(about: str, finding: Finding | None) -> dict[str, str]:
    if finding is None:
        return {"answer": "", "reasons": ""}
    return {"answer": in_words(about, finding.answer), "reasons": finding.reasons}


def _clause(found: dict[tuple[str, str], Finding], factor_id: int) -> str:
    finding = found.get((FACTOR, str(factor_id)))
    return finding.clause if finding else ""


def _funding(record: DecisionRecord) -> Facts:
    amount = money(record.amount) if record.amount is not None else record.amount_words or None
    return {
        "conditions": [condition_in_words(one) for one in services.conditions_of(record)],
        "amount": amount if record.amount_answer == "amount" else None,
        "valid_until": record.valid_until_on.isoformat() if record.valid_until_on else None,
    }


def condition_in_words(condition: Condition) -> str:
    parts = [condition.text]
    if condition.measure:
        parts.append(f"Measured by: {condition.measure}")
    if condition.due_on:
        parts.append(f"Report by {day(condition.due_on)}")
    return ". ".join(part.rstrip(". ") for part in parts) + "."


def _challenge(case: Case, record: DecisionRecord) -> Facts:
    routes = list(case.profile.challenge.get(_ENDING[record.outcome or NOT_FUNDED], []))
    window = case.profile.appeals.window
    return {
        "challenge": routes,
        "window": {"length": window.length, "unit": window.unit.value} if "appeal" in routes else None,
    }
