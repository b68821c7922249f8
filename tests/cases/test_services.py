"""Where a case stands, in words for those who read it, and who its letters go to."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from ifr import audit, clock, letters, workflow
from ifr.cases import identity, overview, recipients, services
from ifr.cases.identity import Patient
from ifr.cases.models import Case
from ifr.db import db, transaction
from ifr.demo import accounts, afterwards, hearing, stories, walk
from ifr.letters import Letter
from ifr.people.services import JOB
from ifr.workflow import Invalid


@pytest.fixture
def session(app: Flask) -> Iterator[None]:
    with app.app_context(), transaction():
        yield


@pytest.fixture
def case(session: None) -> Case:
    return walk.in_check(walk.received(stories.HYPERHIDROSIS))


def carol():
    return accounts.user("carol_office")


def doctor():
    return accounts.user("dev_skin")


@pytest.mark.parametrize(
    ("due_on", "paused", "kind", "words"),
    [
        (date(2026, 11, 20), False, "overdue", "1 day late"),
        (date(2026, 11, 1), False, "overdue", "20 days late"),
        (date(2026, 11, 21), False, "due_soon", "Due today"),
        (date(2026, 11, 22), False, "due_soon", "Due tomorrow"),
        (date(2026, 11, 26), False, "due_soon", "Due in 5 days"),
        (date(2026, 11, 27), False, "on_time", "Due in 6 days"),
        (None, True, "paused", "Paused"),
        (None, False, "none", ""),
    ],
)
def test_the_clock_is_said_in_words(due_on: date | None, paused: bool, kind: str, words: str) -> None:
    assert services.due_in_words(due_on, paused=paused) == services.Due(kind, words)


def test_what_is_due_today_is_not_late_before_midnight_in_london() -> None:
    with clock.at(datetime(2026, 7, 1, 22, 59, tzinfo=UTC)):
        assert services.due_in_words(date(2026, 7, 1), paused=False).words == "Due today"
    with clock.at(datetime(2026, 7, 1, 23, 0, tzinfo=UTC)):
        assert services.due_in_words(date(2026, 7, 1), paused=False).words == "1 day late"


def test_the_strip_says_status_and_clock_and_names_no_patient(case: Case) -> None:
    strip = services.strip(case, carol())
    assert (strip.reference, strip.state) == (case.reference, "Being checked")
    assert ("Allocated to", "Carol Hume") in strip.facts
    assert ("Commissioner", "Central East") in strip.facts
    assert stories.HYPERHIDROSIS.patient["name"] not in str(strip)


def test_the_clinician_reads_the_status_in_his_own_words(case: Case) -> None:
    strip = services.strip(case, doctor())
    assert strip.state == "We are checking that we have everything"
    assert "Allocated to" not in dict(strip.facts)


def test_a_paused_clock_shows_on_the_strip(case: Case) -> None:
    walk.asked(case, "When was the scan made?")
    assert ("paused", "Clock paused") in services.strip(case, carol()).badges


def test_the_picture_shows_what_is_done_and_what_is_still_to_come(case: Case) -> None:
    shown = [(one["label"], one["status"]) for one in services.stages(case, carol())]
    assert shown[:3] == [("Request", "done"), ("Check", "now"), ("Screening", "ahead")]
    assert {status for _, status in shown[3:]} == {"ahead"}


def test_a_step_with_a_reason_leads_on_while_a_request_is_open_and_promises_nothing_once_it_has_ended(case: Case) -> None:
    machine = workflow.definition_of(case)
    assert {"panel", "decision", "follow_up"} <= services._stages_ahead(machine, "accuracy_check")
    for ended in ("not_funded", "withdrawn", "closed"):
        assert services._stages_ahead(machine, ended) <= {machine.states[ended].stage, "closed"}


def test_after_a_refusal_no_follow_up_is_promised(session: None) -> None:
    case = walk.declined_at_screening(walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))))
    shown = {one["label"]: one["status"] for one in services.stages(case, carol())}
    assert shown["Panel"] == "skipped"
    assert shown["Decision"] == "now"
    assert shown["Follow-up"] == "skipped"


def test_an_ending_is_not_said_to_the_clinician_before_the_letter(session: None) -> None:
    case = walk.declined_at_screening(walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))))
    said = "Considered; the decision will be sent"
    assert services.strip(case, doctor()).state == said
    assert [one["note"] for one in services.stages(case, doctor()) if one["status"] == "now"] == [said]
    assert all("Not funded" not in entry["text"] for entry in services.timeline(case, doctor()))
    services.mark_told(case)
    assert "Not funded" in services.strip(case, doctor()).state
    assert services.timeline(case, doctor())[0]["text"].startswith("Not funded")


def test_a_call_tells_the_ending_and_a_reopening_takes_it_back(session: None) -> None:
    case = walk.declined_at_screening(walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))))
    afterwards.told_by_telephone(case, "Told Dr Anand at 3pm.")
    assert case.told_at is not None
    walk.step(case, "reopen_for_check", "maya_manages", "A letter came.")
    assert case.told_at is None


def test_who_withdraws_knows_it_at_once(case: Case) -> None:
    walk.step(case, "withdraw", "dev_skin", "The patient has recovered.")
    assert services.strip(case, doctor()).state == "Withdrawn"


def test_the_timeline_of_the_office_has_every_step_and_reason_newest_first(case: Case) -> None:
    walk.step(case, "withdraw", "dev_skin", "The patient has recovered.")
    shown = services.timeline(case, carol())
    assert [entry["text"] for entry in shown] == [
        "The request was withdrawn", "The check began", "The request was received", "The request was started",
    ]
    assert (shown[0]["by"], shown[0]["reason"]) == ("Dr Dev Anand", "The patient has recovered.")


def test_the_timeline_of_the_clinician_holds_no_reason_and_no_name_of_the_office(case: Case) -> None:
    shown = services.timeline(case, doctor())
    assert shown[0]["text"] == "We are checking that we have everything"
    assert {entry["by"] for entry in shown} == {None}
    assert {entry["reason"] for entry in shown} == {None}


def test_a_case_is_given_only_to_somebody_of_the_office(case: Case) -> None:
    with pytest.raises(Invalid):
        services.allocate(case, doctor(), by=carol(), seen=case.version)
    with pytest.raises(PermissionError):
        services.allocate(case, carol(), by=accounts.user("sam_screens"), seen=case.version)


# --- letters ------------------------------------------------------------------------------------------------------------


def a_letter(to: str) -> Letter:
    return Letter(to=to, name="progress", facts={})


def patient_row(case: Case) -> Patient:
    return db.session.scalars(select(Patient).where(Patient.case_id == case.id)).one()


def test_a_letter_to_the_clinician_goes_to_the_clinician(case: Case) -> None:
    found = recipients.addressee(case, a_letter("clinician"))
    assert (found.name, found.email) == ("Dr Dev Anand", "dev.skin@example.org")
    assert found.address == ("Fenland Hospitals (demonstration)",)


def test_a_letter_to_the_patient_goes_to_the_patients_address_and_the_reading_is_on_record(case: Case) -> None:
    patient_row(case).address = "1 Test Street\nCambridge\n\nCB1 1AA"
    found = recipients.addressee(case, a_letter("patient"))
    assert found.name == stories.HYPERHIDROSIS.patient["name"]
    assert found.address == ("1 Test Street", "Cambridge", "CB1 1AA")
    assert found.email is None
    last = audit.events(case.stream)[-1]
    assert (last.action, last.actor, last.facts) == ("read_identity", JOB.actor, {"why": "letter"})


def test_a_patients_letter_goes_through_the_clinician_where_that_was_asked_or_no_address_is_known(case: Case) -> None:
    row = patient_row(case)
    for address, because in (("1 Test Street", "Letters are opened by others"), (None, None)):
        row.address, row.via_clinician_because = address, because
        found = recipients.addressee(case, a_letter("patient"))
        assert found.address == ("In care of Dr Dev Anand", "Fenland Hospitals (demonstration)")


def test_a_letter_to_nobody_is_a_lookup_error(case: Case) -> None:
    with pytest.raises(LookupError):
        recipients.addressee(case, a_letter("no_such_role"))


def test_letters_hold_no_identity(session: None) -> None:
    case = walk.declined_at_screening(walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))))
    written = str([row.facts for row in letters.of(case.stream)])
    assert len(letters.of(case.stream)) == 4
    for typed in stories.HYPERHIDROSIS.patient.values():
        assert typed not in written


# --- what the page offers -----------------------------------------------------------------------------------------------


def test_the_page_offers_the_next_step_with_what_it_lacks_and_folds_the_others(case: Case) -> None:
    steps = overview.steps(case, carol())
    assert [offer.trigger for offer in steps.lacking] == ["pass_check"]
    assert "withdraw" in [offer.trigger for offer in steps.beside]
    assert "ask_information" in [offer.trigger for offer in steps.not_now]


def test_what_the_worker_does_is_no_button(session: None) -> None:
    answers = {**stories.HYPERHIDROSIS.answers, "urgent": "yes", "needed_by": "30 11 2026", "harm_of_waiting": "Harm."}
    case = walk.in_screening(walk.in_check(walk.received(replace(stories.HYPERHIDROSIS, answers=answers))))
    hearing.decided_urgently(hearing.asked_chair(case), "not_funded")
    assert case.state == "decision_confirmed"
    steps = overview.steps(case, carol())
    every = [*steps.ahead, *steps.lacking, *steps.beside, *steps.not_now]
    assert [offer.trigger for offer in every if offer.trigger.startswith("issue_")] == []


def test_the_request_is_shown_without_the_patients_section(case: Case) -> None:
    shown = str(overview.sections(case)) + str(overview.points(case))
    for typed in stories.HYPERHIDROSIS.patient.values():
        assert typed not in shown
    assert "The condition" in [section.title for section in overview.sections(case)]


def test_a_document_of_another_case_is_not_found(case: Case) -> None:
    from ifr import documents

    other = walk.received(stories.FORAMINOPLASTY)
    theirs = documents.put(b"text", stream=other.stream, kind="evidence", title="Scan", by_id=None)
    with pytest.raises(workflow.NotVisible):
        overview.document(case, theirs.id, carol())


def test_only_who_may_know_the_patient_opens_what_names_the_patient(case: Case) -> None:
    from ifr import documents

    original = documents.put(b"Dear office", stream=case.stream, kind="original", title="The request", by_id=None)
    screener = accounts.user("sam_screens")
    assert original.id not in [one.id for one in overview.documents_shown(case, screener)]
    with pytest.raises(workflow.NotVisible):
        overview.document(case, original.id, screener)
    assert overview.document(case, original.id, carol())[1] == b"Dear office"
    assert audit.events(case.stream)[-1].facts == {"why": "document"}


def test_the_provider_does_not_see_what_the_office_keeps_for_itself(case: Case) -> None:
    from ifr import documents

    documents.put(b"text", stream=case.stream, kind="handover", title="Package", by_id=None)
    assert "Package" in [one.title for one in overview.documents_shown(case, carol())]
    assert "Package" not in [one.title for one in overview.documents_shown(case, doctor())]


def test_a_downloaded_file_has_a_neutral_name(case: Case) -> None:
    from ifr import documents

    kept = documents.put(
        b"text", stream=case.stream, kind="evidence", title="Scan", by_id=None, uploaded_name="Jane Smith scan.txt"
    )
    assert overview.download_name(case, kept) == f"{case.reference}-document-{kept.id}.txt"


def test_identity_is_read_with_a_reason_that_goes_on_record(case: Case) -> None:
    patient = identity.patient_of(case, by=carol(), why="telephone")
    shown = dict(overview.identity_rows(case, patient))
    assert shown["Full name"] == stories.HYPERHIDROSIS.patient["name"]
    assert audit.events(case.stream)[-1].facts == {"why": "telephone"}
