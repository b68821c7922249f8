"""The papers say who the patient is to nobody, and are checked for it before they are shown."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from ifr import audit
from ifr.cases import identity
from ifr.cases.models import Case
from ifr.demo import accounts, stories, walk
from ifr.panels import papers
from ifr.panels.checking import services as checking
from ifr.people.services import JOB
from ifr.workflow import Invalid
from tests.panels import walking
from tests.panels.walking import SECRETARY, why_not

NAMING = replace(
    stories.FORAMINOPLASTY,
    answers={
        **stories.FORAMINOPLASTY.answers,
        "course": "Mrs Ashworth, born 14/5/1980, cannot stand. Ashworth Hospital has seen her.",
    },
    evidence=(("Letter about Janet", "Seen on 14 May 1980 as a newborn."),),
)


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def case(context: None) -> Case:
    return walking.ready()


def page_of(case: Case, who: str = SECRETARY) -> checking.CheckPage:
    return checking.check_page(case, accounts.user(who))


def test_the_papers_hold_what_a_panel_needs(case: Case) -> None:
    shown = papers.papers_of(case)
    assert shown.test is not None and "robust case" in shown.test.words
    assert shown.policy is not None and shown.policy.reference == "CMICB_Clin018"
    assert [point.what for point in shown.points][0].startswith("Dense scarring")
    assert shown.points[0].document == 1
    assert [one.title for one in shown.documents] == ["Operation note of the first discectomy"]
    assert [one.answer for one in shown.screening] == ["Yes", "Yes", "Accepted", "Not accepted"]
    assert shown.cost == "4200"


def test_the_papers_hold_nothing_of_the_patients_identity_nor_a_file_name(case: Case) -> None:
    patient = identity.patient_of(case, by=JOB, why="test")
    text = json.dumps(papers.papers_of(case).as_facts())
    for secret in (patient.name, patient.nhs_number, patient.born_on, patient.address, "scan.txt", "Whitby", "Merseyview"):
        assert secret and secret not in text


def test_a_column_that_is_not_on_the_list_is_not_in_the_papers(case: Case) -> None:
    allowed = {field for field in papers.Papers.__dataclass_fields__}
    assert set(papers.papers_of(case).as_facts()) == allowed
    assert not allowed & {"patient", "provider", "clinician", "name", "basis"}


def test_papers_that_did_not_change_have_the_same_checksum(case: Case) -> None:
    assert papers.papers_of(case).sha256 == papers.papers_of(case).sha256


def test_the_search_finds_name_and_date_of_birth_in_text_title_and_document(context: None) -> None:
    hits = page_of(walking.ready(NAMING)).hits
    found = {(hit.what, hit.where) for hit in hits}
    assert found == {
        ("a word of the patient's name", "The condition"),
        ("the date of birth", "The condition"),
        ("a word of the patient's name", "The title of a document"),
        ("the date of birth", "Inside document 1"),
    }


def test_an_nhs_number_is_found_however_it_is_parted(case: Case) -> None:
    number = identity.patient_of(case, by=JOB, why="test").nhs_number or ""
    for written in (number, f"{number[:3]} {number[3:6]} {number[6:]}", f"{number[:3]}-{number[3:6]}-{number[6:]}"):
        shown = replace(papers.papers_of(case), cost=f"Patient {written} costs more")
        assert [(h.what, h.where) for h in checking.find_identity(case, shown)] == [("the NHS number", "Cost")]


def test_the_reading_of_the_identity_goes_on_record_with_its_reason(case: Case) -> None:
    page_of(case)
    read = [event for event in audit.events(case.stream) if event.action == "read_identity"]
    assert (read[-1].actor, read[-1].facts["why"]) == ("job:worker", "identity_check")


def test_the_tick_is_refused_while_a_place_has_no_answer(context: None) -> None:
    case = walking.ready(NAMING)
    page = page_of(case)
    with pytest.raises(Invalid, match="Answer every place"):
        checking.save_check(
            case, answers={}, read=True, sha256=page.sha256, seen=case.version, by=accounts.user(SECRETARY)
        )


def test_answering_every_place_settles_the_check(context: None) -> None:
    case = walking.ready(NAMING)
    walking.on_agenda(case, walking.planned(case))
    walking.checked(case)
    assert page_of(case).is_done
    assert why_not(case, "list", SECRETARY) == []


def test_what_must_stay_takes_a_second_person_and_stands_on_the_cover(context: None) -> None:
    case = walking.ready(NAMING)
    walking.on_agenda(case, walking.planned(case))
    walking.checked(case, checking.MUST_STAY)
    assert why_not(case, "list", SECRETARY) == ["A second person has to agree that a place in the papers must stay."]
    place = page_of(case).hits[0].place
    with pytest.raises(Invalid, match="second person"):
        checking.agree(case, place, seen=case.version, by=accounts.user(SECRETARY))
    for hit in page_of(case).hits:
        checking.agree(case, hit.place, seen=case.version, by=accounts.user("maya_manages"))
    assert why_not(case, "list", SECRETARY) == []
    assert checking.kept_places(case, page_of(case).sha256)


def test_new_information_calls_for_a_new_check(case: Case) -> None:
    walking.on_agenda(case, walking.planned(case))
    walking.checked(case)
    walk.answered(walk.asked(case, "What did the MRI show?", needed_for="panel"), "rosa_spine", "Scar on both sides.")
    assert why_not(case, "list", SECRETARY) == [
        "The papers have changed since they were checked for the patient's identity."
    ]


def test_what_was_shown_stays_as_it_was_shown(case: Case) -> None:
    item = walking.listed(case, walking.planned(case))
    frozen = dict(item.papers or {})
    walk.answered(walk.asked(case, "What did the MRI show?", needed_for="panel"), "rosa_spine", "Scar on both sides.")
    assert item.papers == frozen
    assert item.manifest is not None
    assert item.manifest[0]["sha256"] != papers.papers_of(case).sha256


def test_nobody_outside_the_office_checks_papers(case: Case) -> None:
    from ifr.workflow import NotVisible

    for who in ("rosa_spine", "sam_screens", "helen_chairs"):
        with pytest.raises(NotVisible):
            page_of(case, who)
