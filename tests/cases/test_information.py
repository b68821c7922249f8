"""Questions to the clinician, the answers, and what the office makes of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask

from ifr import clock, deadlines, documents, letters, workflow
from ifr.cases import information
from ifr.cases.information import Upload
from ifr.cases.models import Case
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.workflow import Invalid, Refused, Stale

CLINICIAN = "dev_skin"


@pytest.fixture
def case(app: Flask) -> Iterator[Case]:
    """A request of Central East that is being checked."""
    with app.app_context(), transaction():
        yield walk.in_check(walk.received(stories.HYPERHIDROSIS))


def carol():
    return accounts.user("carol_office")


def ask(case: Case, text: str = "When was the scan made?", **more) -> information.InformationQuestion:
    return information.draft_question(case, text=text, by=carol(), seen=case.version, **more)


def reasons(case: Case, trigger: str, who: str = "carol_office") -> list[str]:
    return [reason.text for reason in workflow.why_not(case, trigger, accounts.user(who))]


def rows_of(case: Case) -> list[information.InformationQuestion]:
    request = information.open_request(case)
    assert request is not None
    return information.questions_of(request)


def test_questions_are_numbered_and_close_up_when_one_is_taken_out(case: Case) -> None:
    first, second, third = ask(case, "One?"), ask(case, "Two?"), ask(case, "Three?")
    information.remove_question(second, by=carol(), seen=case.version)
    assert [(row.number, row.text) for row in information.questions_of(information.draft_of(case))] == [
        (1, "One?"), (2, "Three?"),
    ]
    assert (first.number, third.number) == (1, 2)


def test_the_same_form_sent_twice_makes_one_question(case: Case) -> None:
    seen = case.version
    first = information.draft_question(case, text="One?", once="a1", by=carol(), seen=seen)
    assert information.draft_question(case, text="One?", once="a1", by=carol(), seen=seen).id == first.id


def test_a_question_written_from_an_old_page_is_refused(case: Case) -> None:
    seen = case.version
    ask(case, "One?")
    with pytest.raises(Stale):
        information.draft_question(case, text="Two?", by=carol(), seen=seen)


def test_an_empty_and_an_endless_question_are_refused_in_a_sentence(case: Case) -> None:
    for text, said in (("   ", "Write the question."), ("x" * 100_000, "4,000 characters or fewer")):
        with pytest.raises(Invalid) as fault:
            ask(case, text)
        assert said in fault.value.faults["text"]


def test_only_the_office_writes_questions(case: Case) -> None:
    with pytest.raises(PermissionError):
        information.draft_question(case, text="Why?", by=accounts.user(CLINICIAN), seen=None)


def test_nothing_is_asked_without_a_question(case: Case) -> None:
    assert reasons(case, "ask_information") == ["No question has been written yet."]


def test_a_gap_belongs_to_a_question_of_the_form(case: Case) -> None:
    assert "Say what is missing, as numbered questions." in reasons(case, "return_incomplete")
    ask(case)
    assert "Say to which question of the form this belongs: 1." in reasons(case, "return_incomplete")
    information.remove_question(information.questions_of(information.draft_of(case))[0], by=carol(), seen=case.version)
    ask(case, question_key="condition")
    assert reasons(case, "return_incomplete") == []


def test_an_urgent_request_is_not_returned(app: Flask) -> None:
    answers = {**stories.HYPERHIDROSIS.answers, "urgent": "yes", "needed_by": "30 11 2026", "harm_of_waiting": "Harm."}
    with app.app_context(), transaction():
        case = walk.in_check(walk.received(replace(stories.HYPERHIDROSIS, answers=answers)))
        ask(case, question_key="condition")
        assert any("telephone the clinician" in text for text in reasons(case, "return_incomplete"))


def test_to_ask_pauses_the_clock_and_sets_the_day_of_the_reply(case: Case) -> None:
    walk.asked(case, "When was the scan made?")
    request = information.open_request(case)
    assert request.kind == information.INFORMATION
    # Twenty working days from Saturday 21 November 2026.
    assert request.reply_by_on.isoformat() == "2026-12-18"
    assert deadlines.is_paused(case.stream)
    assert case.due_on is None


def test_the_letter_states_the_questions_and_the_day_of_the_reply(case: Case) -> None:
    ask(case, "When was the scan made?", question_key="condition", needed_for="the panel")
    walk.step(case, "ask_information", "carol_office")
    letter = letters.of(case.stream)[0]
    assert letter.name == "information_request"
    assert letter.facts["reply_by_on"] == "2026-12-18"
    assert letter.facts["needed_for"] == "the panel"
    assert letter.facts["questions"] == [
        {"number": 1, "text": "When was the scan made?", "about": "The condition: Diagnosis"}
    ]


def test_nobody_asks_again_while_questions_are_open(case: Case) -> None:
    walk.asked(case, "When was the scan made?")
    ask(case, "And by whom?")
    assert reasons(case, "ask_information") == ["Questions to the clinician are still open."]


def test_an_answer_can_be_given_in_part_and_is_sent_when_each_question_has_one(case: Case) -> None:
    walk.asked(case, "When was the scan made?", "What did it show?")
    first, second = rows_of(case)
    doctor = accounts.user(CLINICIAN)
    information.answer(first, answer="In March.", by=doctor)
    assert reasons(case, "answer_information", CLINICIAN) == [
        "Answer question 2, or say why it cannot be answered."
    ]
    information.answer(second, cannot_because="The report was lost.", by=doctor)
    assert reasons(case, "answer_information", CLINICIAN) == []
    walk.step(case, "answer_information", CLINICIAN)
    assert information.open_request(case) is None
    assert not deadlines.is_paused(case.stream)


def test_a_delegate_types_an_answer_and_the_clinician_sends_it(app: Flask) -> None:
    with app.app_context(), transaction():
        case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
        from ifr.access import Role
        from ifr.cases.services import involve

        tess = accounts.user("tess_types")
        involve(case, tess.id, Role.PROVIDER_DELEGATE)
        walk.asked(case, "When?")
        information.answer(rows_of(case)[0], answer="In March.", by=tess)
        assert "another role" in reasons(case, "answer_information", "tess_types")[0]
        walk.step(case, "answer_information", CLINICIAN)


def test_an_answer_that_a_colleague_changed_meanwhile_is_not_overwritten(case: Case) -> None:
    walk.asked(case, "When?")
    row, doctor = rows_of(case)[0], accounts.user(CLINICIAN)
    page = information.mark_of(row)
    information.answer(row, answer="In March.", by=doctor, since=page)
    with pytest.raises(Stale):
        information.answer(row, answer="In May.", by=doctor, since=page)
    assert row.answer == "In March."


def test_a_file_answers_a_question_and_stands_among_the_documents(case: Case) -> None:
    walk.asked(case, "Send the report.")
    row = rows_of(case)[0]
    information.answer(row, file=Upload("Smith report.pdf", b"%PDF-1.7 report"), by=accounts.user(CLINICIAN))
    kept = documents.get(row.document_id, case.stream)
    assert row.is_answered
    assert (kept.kind, kept.title, kept.uploaded_name) == ("information", "Answer to question 1", "Smith report.pdf")


def test_answers_of_one_form_are_kept_together_or_not_at_all(case: Case) -> None:
    walk.asked(case, "One?", "Two?")
    first, second = rows_of(case)
    typed = [
        information.TypedAnswer(first, "In March.", "", None, None),
        information.TypedAnswer(second, "", "", Upload("a.exe", b"MZ\x00\x01"), None),
    ]
    with pytest.raises(Invalid) as fault:
        information.save_answers(typed, by=accounts.user(CLINICIAN))
    assert list(fault.value.faults) == [f"file-{second.id}"]
    assert "This type of file cannot be kept" in fault.value.faults[f"file-{second.id}"]


def test_an_answer_of_a_hundred_thousand_characters_is_refused_in_a_sentence(case: Case) -> None:
    walk.asked(case, "One?")
    with pytest.raises(Invalid) as fault:
        information.answer(rows_of(case)[0], answer="x" * 100_000, by=accounts.user(CLINICIAN))
    assert "50,000 characters or fewer" in str(fault.value)


def test_answers_cannot_be_changed_once_they_are_sent(case: Case) -> None:
    walk.asked(case, "One?")
    row = rows_of(case)[0]
    information.answer(row, answer="Yes.", by=accounts.user(CLINICIAN))
    walk.step(case, "answer_information", CLINICIAN)
    with pytest.raises(Invalid):
        information.answer(row, answer="No.", by=accounts.user(CLINICIAN))


def test_the_request_does_not_go_on_before_the_office_has_said_what_it_made_of_each_answer(case: Case) -> None:
    walk.asked(case, "When was the scan made?")
    row = rows_of(case)[0]
    information.answer(row, answer="In March.", by=accounts.user(CLINICIAN))
    walk.step(case, "answer_information", CLINICIAN)
    said = "Say what you made of the answer to “When was the scan made?”."
    assert said in reasons(case, "pass_check")
    with pytest.raises(Invalid):
        information.consider(row, words=" ", by=carol(), seen=case.version)
    information.consider(row, words="Shows what was asked.", by=carol(), seen=case.version)
    assert said not in reasons(case, "pass_check")


def test_a_returned_request_comes_back_when_every_gap_is_answered(case: Case) -> None:
    ask(case, "Which stage?", question_key="condition")
    walk.step(case, "return_incomplete", "carol_office", "The stage is missing.")
    assert case.state == "returned"
    assert reasons(case, "resubmit", CLINICIAN) == ["Answer question 1, or say why it cannot be answered."]
    assert reasons(case, "answer_information", CLINICIAN) == ["No questions are open."]
    information.answer(rows_of(case)[0], answer="Severe.", by=accounts.user(CLINICIAN))
    walk.step(case, "resubmit", CLINICIAN)
    assert case.state == "in_check"


def test_the_manager_goes_on_without_answers_and_nothing_has_to_be_made_of_them(case: Case) -> None:
    walk.asked(case, "When was the scan made?")
    walk.step(case, "proceed_without", "maya_manages", "The scan cannot be had in time.")
    assert information.open_request(case) is None
    assert information.not_considered(case) == []


def test_a_withdrawn_request_leaves_no_question_open(case: Case) -> None:
    walk.asked(case, "When was the scan made?")
    walk.step(case, "withdraw", CLINICIAN, "The patient has recovered.")
    assert information.open_request(case) is None


def moment(month: int, day: int) -> datetime:
    return datetime(2027 if month < 11 else 2026, month, day, 10, tzinfo=UTC)


def issue_the_warning(case: Case) -> None:
    for row in letters.of(case.stream):
        if row.name.startswith("closure_warning"):
            row.state, row.issued_at, row.issued_on = letters.ISSUED, clock.now(), clock.today()
    db.session.flush()


def test_a_request_is_closed_only_after_the_reply_and_the_warning_have_run_out(case: Case) -> None:
    walk.asked(case, "When was the scan made?")
    assert reasons(case, "propose_closure") == ["The clinician has until 18 December 2026 to reply."]
    with clock.at(moment(12, 19)):
        assert reasons(case, "confirm_closure") == ["The clinician and the patient have not been warned yet."]
        walk.step(case, "propose_closure", "carol_office")
        assert reasons(case, "confirm_closure") == ["The letters of warning have not been issued yet."]
        issue_the_warning(case)
        # Ten working days over Christmas and New Year.
        assert reasons(case, "confirm_closure") == ["The warning runs until 6 January 2027."]
    with clock.at(moment(1, 7)):
        assert reasons(case, "confirm_closure") == []
        walk.step(case, "confirm_closure", "carol_office", "No reply came.")
    assert case.state == "closed_no_reply"
    assert case.told_at is None


def test_where_somebody_else_agrees_for_the_patient_the_manager_closes(app: Flask) -> None:
    answers = {**stories.HYPERHIDROSIS.answers, "basis": "best_interests"}
    with app.app_context(), transaction():
        case = walk.in_check(walk.received(replace(stories.HYPERHIDROSIS, answers=answers)))
        walk.asked(case, "When was the scan made?")
        with clock.at(moment(12, 19)):
            walk.step(case, "propose_closure", "carol_office")
            issue_the_warning(case)
        with clock.at(moment(1, 7)):
            assert "the IFR manager closes it" in reasons(case, "confirm_closure")[0]
            assert reasons(case, "confirm_closure", "maya_manages") == []


def test_an_earlier_warning_does_not_count_for_later_questions(case: Case) -> None:
    walk.asked(case, "When was the scan made?")
    with clock.at(moment(12, 19)):
        walk.step(case, "propose_closure", "carol_office")
        issue_the_warning(case)
        information.answer(rows_of(case)[0], answer="In March.", by=accounts.user(CLINICIAN))
        walk.step(case, "answer_information", CLINICIAN)
        walk.asked(case, "By whom?")
    with clock.at(moment(2, 15)):
        assert reasons(case, "confirm_closure") == ["The clinician and the patient have not been warned yet."]


def test_the_check_begins_when_somebody_has_the_request(app: Flask) -> None:
    with app.app_context(), transaction():
        case = walk.received(stories.HYPERHIDROSIS)
        with pytest.raises(Refused, match="Nobody has this request yet"):
            walk.step(case, "begin_check", "carol_office")
        walk.step(walk.allocated(case), "begin_check", "carol_office")
        assert case.state == "in_check"
