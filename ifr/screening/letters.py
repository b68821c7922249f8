"""What the letters of this room state. No identity, and no day that depends on the day of issue."""

from typing import Any

from ifr import clock
from ifr.cases.models import Case
from ifr.cases.patients import responsibility
from ifr.letters import Facts, Letter, Recipient, goes_to, letter
from ifr.people.services import JOB
from ifr.policies import services as policies
from ifr.screening import record as screening
from ifr.screening.accuracy import comment_by_on, items_of
from ifr.screening.handover import earlier_offers, handover_of
from ifr.screening.models import (
    CRITERION_ANSWERS,
    ENDINGS,
    GROUP_QUESTION,
    NOT_FUND,
    NOTHING_NEW,
    POINT_ANSWERS,
    QUESTION_ANSWERS,
    WITHOUT_TEST,
    ScreeningRecord,
)

_DECISIONS = {
    NOT_FUND: "The treatment is not funded. This was decided at screening, without a panel.",
    GROUP_QUESTION: "The treatment is not funded as an individual request, because it is a question about a group of "
    "patients. We have passed that question to those who plan services.",
    NOTHING_NEW: "This was decided before, and we found nothing new that could change the answer. "
    "The earlier decision stands.",
}


@letter("screening_refusal")
@letter("screening_refusal_gp")
def screening_refusal(case: Case) -> Facts:
    return _refusal(case, screening.record_of(case))


@letter("screening_refusal_patient")
def screening_refusal_patient(case: Case) -> Facts:
    return _in_plain_words(screening_refusal(case))


@letter("service_development")
@letter("service_development_gp")
def service_development(case: Case) -> Facts:
    record = screening.record_of(case)
    return {
        **_refusal(case, record),
        "group": {"name": record.group_name, "numbers": record.group_numbers, "source": record.group_source},
        "interim": {"funded": record.interim == "yes", "because": record.interim_because},
    }


@letter("service_development_patient")
def service_development_patient(case: Case) -> Facts:
    return _in_plain_words(service_development(case))


@letter("nothing_new")
@letter("nothing_new_gp")
def nothing_new(case: Case) -> Facts:
    record = screening.record_of(case)
    return {
        **_refusal(case, record),
        "earlier": {"reference": record.earlier_reference, "decision": record.earlier_decision},
        "statements": [{"text": one.text, "answer": one.answer} for one in screening.statements_of(record)],
    }


@letter("nothing_new_patient")
def nothing_new_patient(case: Case) -> Facts:
    return _in_plain_words(nothing_new(case))


@letter("prior_approval")
def prior_approval(case: Case) -> Facts:
    record = screening.record_of(case)
    return {
        **_about(case),
        "decision": "The request meets the policy and is approved under it.",
        "policy": policy_facts(case),
        "criteria": [
            {
                "text": f"{one.criterion.label}: {one.criterion.words}" if one.criterion.label else one.criterion.words,
                "answer": CRITERION_ANSWERS.get(one.finding.answer if one.finding else "", ""),
                "reasons": one.finding.reasons if one.finding else "",
            }
            for one in screening.criteria_of(case, record, JOB)
        ],
        "reasons": record.reasons,
        "decided_on": clock.today().isoformat(),
    }


@letter("no_approval_needed")
def no_approval_needed(case: Case) -> Facts:
    record = screening.record_of(case)
    return {
        **_about(case),
        "decision": "You do not need our approval: the treatment is commissioned already. Please go ahead.",
        "commissioned": {
            "reference": record.commissioned_reference,
            "because": record.commissioned_because,
            "criteria": [{"text": one.text, "because": one.because} for one in screening.covered_of(record)],
        },
        "reasons": record.reasons,
        "decided_on": clock.today().isoformat(),
    }


@letter("handover_offered")
def handover_offered(case: Case) -> Facts:
    return {**_about(case), **_other_body(case), "urgent": case.urgent, "asked_by": case.profile.commissioner.name}


@letter("offered_elsewhere")
@letter("offered_elsewhere_patient")
def offered_elsewhere(case: Case) -> Facts:
    """What clinician and patient are told while another body is asked: nobody stops looking after the request."""
    row = handover_of(case)
    until = row.answer_by_on.isoformat() if row.answer_by_on else None
    return {**_about(case), **_other_body(case), "plain_reasons": row.plain_reasons, "answer_by_on": until}


@letter("taken_back")
@letter("taken_back_patient")
def taken_back(case: Case) -> Facts:
    """The offer is over: who pays until the two bodies agree, and that the request goes on here."""
    row = earlier_offers(case)[0]
    dispute = responsibility.disputes(case)[-1]
    return {
        **_about(case),
        "body": row.body,
        "happened": row.closed_because,
        "meanwhile": {
            "funded": dispute.meanwhile == "yes",
            "body": dispute.meanwhile_body,
            "because": dispute.meanwhile_because,
            "until": dispute.meanwhile_until_on.isoformat() if dispute.meanwhile_until_on else None,
        },
    }


@letter("summary_for_accuracy")
def summary_for_accuracy(case: Case) -> Facts:
    until = comment_by_on(case)
    return {**_about(case), "items": [name for _, name in items_of(case)], "comment_by_on": until.isoformat() if until else None}


@letter("group_question_notice")
def group_question_notice(case: Case) -> Facts:
    """To the owner of policies: a group of patients without a policy, in numbers and without anybody's identity."""
    record = screening.record_of(case)
    return {
        **_about(case),
        "group": {"name": record.group_name, "numbers": record.group_numbers, "source": record.group_source},
        "interim": {"funded": record.interim == "yes", "because": record.interim_because},
    }


@letter("passed_on")
def passed_on(case: Case) -> Facts:
    row = handover_of(case)
    return {
        **_about(case),
        **_other_body(case),
        "decision": f"{row.body} has taken this request on and will decide it. We do not fund it ourselves.",
        "reasons": row.evidence,
        "plain_reasons": row.plain_reasons,
        "would_change": f"If {row.body} says that it is not responsible, tell us: we take the request back.",
        "accepted": {"by": row.answered_by, "on": row.answered_on.isoformat() if row.answered_on else None},
        "challenge": list(case.profile.challenge.get("handed_over", [])),
    }


@letter("passed_on_patient")
def passed_on_patient(case: Case) -> Facts:
    return _in_plain_words(passed_on(case))


@goes_to("other_body")
def to_other_body(subject: Any, row: Letter) -> Recipient:
    """To the person whom the offer names there, as it stands when the letter is made."""
    offer = handover_of(subject.case)
    return Recipient(offer.contact_name, (offer.body,), offer.contact_email or None)


# --- parts ------------------------------------------------------------------------------------------------------------


def _in_plain_words(facts: Facts) -> Facts:
    """The patient's letter says the decision in words of its own, and states the same besides."""
    return {name: said for name, said in facts.items() if name != "decision"}


def _about(case: Case) -> Facts:
    return {
        "reference": case.key,
        "treatment": case.treatment,
        "condition": case.condition,
        "commissioner": case.profile.commissioner.name,
    }


def _other_body(case: Case) -> Facts:
    row = handover_of(case)
    return {
        "body": row.body,
        "contact": {"name": row.contact_name, "email": row.contact_email, "telephone": row.contact_telephone},
        "evidence": row.evidence,
    }


def policy_facts(case: Case) -> dict[str, str | None] | None:
    """The linked policy as a letter names it."""
    if case.policy_version_id is None:
        return None
    version = policies.version(case.policy_version_id)
    return {"title": version.title, "reference": version.policy.reference, "version": version.label}


def _refusal(case: Case, record: ScreeningRecord) -> Facts:
    profile, ending = case.profile, ENDINGS[record.recommendation or NOT_FUND]
    challenge = list(profile.challenge.get(ending, []))
    window = profile.appeals.window
    return {
        **_about(case),
        "decision": _DECISIONS[record.recommendation or NOT_FUND],
        "policy": policy_facts(case),
        "no_policy": case.route == "no_policy",
        "comparator": screening.comparison_group(case),
        **_findings(case, record),
        "in_the_round": record.in_the_round,
        "reasons": record.reasons,
        "plain_reasons": record.plain_reasons,
        "would_change": record.would_change,
        "authority": screening.authority_in_words(case, record),
        "challenge": challenge,
        "window": {"length": window.length, "unit": window.unit.value} if "appeal" in challenge else None,
        "panel": None,
        "decided_on": clock.today().isoformat(),
    }


def _findings(case: Case, record: ScreeningRecord) -> Facts:
    """The test in the commissioner's words, and what was found under each question and point."""
    test = case.test
    if test is None or record.recommendation in WITHOUT_TEST:
        return {}
    questions, points = screening.questions_of(case, record), screening.points_of(case, record)
    return {
        "test": {"title": test.title, "words": test.words, "source": test.source, "example": test.example},
        "questions": [
            {
                "text": one.text,
                "answer": QUESTION_ANSWERS.get(one.finding.answer, ""),
                "reasons": one.finding.reasons,
            }
            for one in questions
            if one.finding is not None
        ],
        "factors": [
            {
                "what": one.factor.what,
                "answer": POINT_ANSWERS.get(one.finding.answer, ""),
                "reasons": one.finding.reasons,
                "clause": one.finding.clause,
            }
            for one in points
            if one.finding is not None
        ],
    }
