"""Cases walked by real moves: each step does what a person would do on the page, through the same services."""

import uuid
from collections.abc import Mapping
from typing import Any

from ifr import workflow
from ifr.cases import information
from ifr.cases.distinct import services as distinct
from ifr.cases.drafts import points
from ifr.cases.drafts import services as drafts
from ifr.cases.models import Case
from ifr.cases.services import allocate, answers_of, factors_of
from ifr.demo import accounts
from ifr.demo.stories import Story, synthetic_nhs_number
from ifr.screening import check, record
from ifr.screening.check import CheckAnswers
from ifr.screening.record import FindingAnswer, RecordAnswers


def once() -> str:
    return uuid.uuid4().hex


def step(case: Case, trigger: str, who: str, reason: str | None = None) -> Case:
    """One move by somebody who has the page as it is now."""
    workflow.move(case, trigger, by=accounts.user(who), seen=case.version, reason=reason)
    return case


# --- the request ------------------------------------------------------------------------------------------------------


def draft(story: Story) -> Case:
    """A request typed in full and not sent."""
    by = accounts.user(story.clinician)
    case = drafts.start_draft(
        by=by,
        provider_id=accounts.organisation(story.provider).id,
        commissioner_id=accounts.organisation(story.commissioner).id,
    )
    _type(case, {"nhs_number": synthetic_nhs_number(), **story.patient}, story.answers, by)
    for said in story.group:
        distinct.add_step(case, said, once=once(), seen=None, by=by)
    titles = {}
    for title, content in story.evidence:
        titles[title] = points.add_evidence(case, content.encode(), "scan.txt", title, by=by).id
    for what, kind, common, why, question in story.points:
        points.add_factor(
            case, once=once(), what=what, kind=kind, how_common=common, why_benefit=why, question_key=question,
            evidence_id=next(iter(titles.values()), None) if kind == "clinical" else None, by=by,
        )
    for what, dates, response, stopped in story.tried:
        points.add_earlier_treatment(
            case, once=once(), what=what, dates=dates, response=response, stopped_because=stopped, by=by
        )
    return case


def _type(case: Case, patient: Mapping[str, str], answers: Mapping[str, str], by: Any) -> None:
    """Section by section, the policy before the questions that depend on it."""
    drafts.save_section(case, "patient", dict(patient), by=by, seen=0)
    for section in case.questions.sections:
        asked = {q.key for q in drafts.fields_of(case, section.key)} if section.key != "patient" else set()
        here = {key: answers[key] for key in asked if key in answers}
        if here:
            drafts.save_section(case, section.key, here, by=by, seen=0, as_it_is=True)


def received(story: Story) -> Case:
    return sent(draft(story), story)


def sent(case: Case, story: Story) -> Case:
    drafts.send(case, declared=True, by=accounts.user(story.clinician), seen=case.version)
    return case


# --- the check --------------------------------------------------------------------------------------------------------


def allocated(case: Case, to: str = "carol_office") -> Case:
    allocate(case, accounts.user(to), by=accounts.user(to), seen=case.version)
    return case


def in_check(case: Case) -> Case:
    return step(allocated(case), "begin_check", "carol_office")


def asked(case: Case, *questions: str, needed_for: str = "screening") -> Case:
    """Numbered questions sent to the clinician; the clock stands still."""
    by = accounts.user("carol_office")
    for text in questions:
        information.draft_question(case, text=text, needed_for=needed_for, by=by, seen=case.version)
    return step(case, "ask_information", "carol_office")


def answered(case: Case, clinician: str, *answers: str) -> Case:
    """Each question answered by the clinician and considered by the office."""
    request = information.open_request(case)
    assert request is not None
    rows = information.questions_of(request)
    for row, words in zip(rows, answers, strict=True):
        information.answer(row, answer=words, by=accounts.user(clinician))
    step(case, "answer_information", clinician)
    for row in rows:
        information.consider(
            row, words="Read and taken into the papers.", by=accounts.user("carol_office"), seen=case.version
        )
    return case


def checked(case: Case, *, no_policy: bool = False) -> Case:
    """Jurisdiction, policy and earlier requests answered; the link confirmed, or "no policy found" signed."""
    proposal = check.propose(case)
    common: dict[str, Any] = {
        "responsible": "ours",
        "responsible_because": "Registered with a practice of this area; the treatment is commissioned locally.",
        "duplicates": "none",
        "duplicates_because": "No other request for this patient was found.",
    }
    if no_policy:
        answers = CheckAnswers(
            **common, conclusion="no_policy", same_treatment="yes",
            same_because="No policy is about this treatment for this condition.",
            search=f"Register searched for {case.treatment.lower()} and for the codes of the request; nothing covers it.",
        )
    else:
        answers = CheckAnswers(
            **common, conclusion="policy", version_id=proposal.version_id, same_treatment="yes",
            same_because="The policy names this operation and the clinician's words are the same.",
        )
    check.save_check(case, answers, seen=case.version, by=accounts.user("carol_office"))
    return case


def in_screening(case: Case, *, no_policy: bool = False) -> Case:
    return step(checked(case, no_policy=no_policy), "pass_check", "carol_office")


# --- screening --------------------------------------------------------------------------------------------------------


def screening_findings(case: Case, *, accept: bool) -> list[FindingAnswer]:
    """An answer to every question of the test and every point raised."""
    assert case.test is not None
    given = answers_of(case)
    findings = []
    for question in case.test.questions:
        answered = bool(given.get(f"test_{question.key}", "").strip())
        yes = accept and answered
        reasons = "The request says how, and the papers bear it out." if yes else "The request does not show it."
        findings.append(FindingAnswer("question", question.key, "yes" if yes else "no", reasons))
    for factor in factors_of(case):
        clinical = factor.kind == "clinical"
        answer = ("accepted" if accept else "not_accepted") if clinical else _for_other(case)
        reasons = "Seen in the papers." if clinical and accept else "Shared by most of the comparison group."
        clause = case.test.left_out[0].clause if answer == "not_taken_into_account" else ""
        findings.append(FindingAnswer("factor", str(factor.id), answer, reasons, clause))
    return findings


def _for_other(case: Case) -> str:
    """A point that is not clinical is left out only where a clause says so."""
    return "not_taken_into_account" if case.test and case.test.left_out else "not_accepted"


def screened(
    case: Case, recommendation: str, *, by: str = "sam_screens", statements: tuple[tuple[str, str], ...] = (),
    covered: tuple[tuple[str, str, str], ...] | None = None, **words: Any
) -> Case:
    """The record written in full and concluded."""
    accept = recommendation in ("refer", "prior_approval", "no_approval_needed", "approve")
    given = {
        "recommendation": recommendation,
        "comparator_answer": "confirmed" if case.test and case.test.comparator.asked else None,
        "group_answer": "no",
        "in_the_round": "Taken together the points "
        + ("make a case that a panel should hear." if accept else "do not set the patient apart."),
        "reasons": "The questions of the test "
        + ("can be answered on the papers." if accept else "are not answered by what was sent."),
        "plain_reasons": "We read everything your doctor sent. "
        + ("A panel will now look at it." if accept else "It did not show how your case differs from those of others."),
        "would_change": "Clinical evidence of a difference that bears on how well the treatment would work.",
        "authority_key": "screening",
        **words,
    }
    findings = screening_findings(case, accept=accept)
    if recommendation == "prior_approval":
        findings += _criteria_met(case, by)
    record.save_record(
        case, RecordAnswers(words=given, findings=findings, statements=list(statements),
                            covered=list(covered) if covered is not None else None), seen=case.version,
        by=accounts.user(by),
    )  # fmt: skip
    return step(case, "conclude_screening", by)


def _criteria_met(case: Case, by: str) -> list[FindingAnswer]:
    rows = record.criteria_of(case, record.record_of(case), accounts.user(by))
    return [FindingAnswer("criterion", str(row.criterion.id), "met", "Shown by the papers sent.") for row in rows]


def ready_for_panel(case: Case) -> Case:
    return step(screened(case, "refer"), "refer_to_panel", "petra_screens")


def declined_at_screening(case: Case) -> Case:
    return step(screened(case, "not_fund"), "decline_at_screening", "petra_screens")


