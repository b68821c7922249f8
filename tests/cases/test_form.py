"""The three tiers of the form, answers that are none, what is asked afterwards, and what need not be typed twice."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from ifr import profiles
from ifr.access import Role
from ifr.cases import information
from ifr.cases.drafts import afterwards, approval, colleagues, services, standing, takeover, urgent
from ifr.cases.drafts.guards import rest_of_urgent_answered
from ifr.cases.evidence.models import Reference
from ifr.cases.identity import Patient
from ifr.cases.models import Answer
from ifr.cases.services import answers_of
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.people.services import users_with
from ifr.workflow import Invalid, NotVisible, NotYours, Refused
from tests.cases.drafting import CLINICIAN, empty_draft, in_draft, section, seen_on, the_case

IN_HASTE = {
    "clinician_telephone": "01632 960411", "condition": "Cord compression", "treatment": "A new medicine",
    "needed_by": "3/12/2026", "harm_of_waiting": "The legs may be lost", "basis": "patient_agrees",
}  # fmt: skip
PATIENT = {"name": "Robert Kane", "nhs_number": stories.synthetic_nhs_number(), "born_on": "17/12/1954"}


def save(case, name, values, *, by=CLINICIAN, **more):
    services.save_section(case, name, values, by=accounts.user(by), seen=None, **more)


def keys(questions):
    return [one.key for one in questions]


# --- what is asked when -----------------------------------------------------------------------------------------------


def test_a_medicine_a_procedure_and_a_device_are_each_asked_what_fits_them(app, draft):
    def after(kind):
        save(the_case(draft), "treatment", {"kind_of_treatment": kind})
        return set(keys(services.asked_in(the_case(draft), "details")))

    with app.app_context(), transaction():
        medicine, procedure, device = after("medicine"), after("procedure"), after("device")
    assert {"dose", "frequency", "administration", "licence", "formulary"} <= medicine
    assert "body_site" in procedure and "dose" not in procedure
    assert {"device_model", "device_marking"} <= device and "body_site" not in device
    assert "place" in medicine & procedure & device


def test_a_section_shows_a_question_that_hangs_on_its_own_page_until_the_answer_is_given(app, clinician, draft):
    page = clinician.get(section(draft, "urgency"))
    assert "If urgent: needed by" in page.text and 'data-applies-key="urgent"' in page.text
    assert "If urgent: needed by" not in clinician.get(f"/requests/{draft}/review").text
    assert "Needed to send." in page.text


def test_at_most_twenty_questions_are_asked_to_send_a_request_and_eight_answers_when_it_is_urgent(app):
    with app.app_context(), transaction():
        case = empty_draft()
        needed = [q for q in case.questions.all() if q.tier == "submit"]
        in_haste = {q.key for _, asked in urgent.asked(case) for q in asked}
    assert len(needed) <= 20
    # The provider was chosen at the start, and who the patient is counts as one answer.
    assert 2 + len(in_haste - PATIENT.keys()) == 8


# --- answers that are none --------------------------------------------------------------------------------------------


def test_i_do_not_know_and_cannot_be_supplied_are_kept_as_such_and_count_as_answers(app, clinician, draft):
    address = section(draft, "treatment")
    typed = {"treatment": "Endoscopic laser foraminoplasty", "kind_of_treatment": "procedure"}
    both = clinician.post(address, data={**typed, "seen": seen_on(clinician.get(address)), "cost": "5", "cost-unknown": "y"})
    assert both.status_code == 422 and "is answered and also said to have no answer" in both.text
    for said, words in (({"cost-unknown": "y"}, "Not known"), ({"cost-cannot": "no tariff yet"}, "no tariff yet")):
        seen = seen_on(clinician.get(address))
        assert clinician.post(address, data={**typed, **said, "seen": seen}).status_code == 302
        assert words in clinician.get(f"/requests/{draft}/review").text

    def kept(case):
        row = db.session.scalars(select(Answer).where(Answer.case_id == case.id, Answer.key == "cost")).one()
        return row.unknown, row.cannot_because, row.text, services.missing_to_submit(case)

    assert in_draft(app, draft, kept) == (False, "no tariff yet", "Cannot be supplied, because: no tariff yet", [])
    page = clinician.get(address)
    assert 'name="cost-cannot" type="text" value="no tariff yet"' in page.text
    # What has to be known is asked without a way round.
    assert "treatment-unknown" not in page.text


# --- the task list ----------------------------------------------------------------------------------------------------


def test_the_task_list_says_of_each_section_how_far_it_has_come_and_what_it_lacks(app):
    with app.app_context(), transaction():
        case = empty_draft()
        first = {one.section.key: one for one in standing.tasks(case)}
        assert first["condition"].status[1] == "Not started" and first["condition"].hint.startswith("1 needed to send, ")
        assert first["numbers"].status[1] == "Not looked at" and "can follow" in first["numbers"].hint
        save(case, "condition", {"condition": "Eczema"}, by="dev_skin")
        save(case, "numbers", {"incidence-unknown": "y", "expected": "2"}, by="dev_skin")
        then = {one.section.key: one.status[1] for one in standing.tasks(case)}
        assert (then["condition"], then["numbers"], then["result"]) == ("Incomplete", "Complete", "Not started")


# --- saving by itself -------------------------------------------------------------------------------------------------


def test_a_page_saves_itself_and_says_by_whom_and_when_and_when_it_was_overtaken(app, clinician, draft):
    address = section(draft, "result")
    seen = seen_on(clinician.get(address))
    saved = clinician.post(f"{address}/autosave", data={"seen": seen, "aim": "By itself"})
    assert saved.status_code == 200 and saved.json["seen"] == int(seen) + 1
    assert saved.json["said"].startswith("Saved by Miss Rosa Whitby, 21 November 2026")
    overtaken = clinician.post(f"{address}/autosave", data={"seen": seen, "aim": "From another window"})
    assert overtaken.status_code == 409 and in_draft(app, draft, answers_of)["aim"] == "By itself"
    assert clinician.post(f"{address}/autosave", data={"seen": "x", "aim": "y" * 30_000}).status_code in (409, 422)


# --- urgent -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def sent_in_haste(app):
    """The reference of a request that was sent with eight answers."""
    with app.app_context(), transaction():
        case, by = empty_draft(), accounts.user("dev_skin")
        urgent.save(case, {**PATIENT, **IN_HASTE}, {}, by=by, as_it_is=False)
        assert services.missing_to_submit(case) == []
        services.send(case, declared=True, by=by, seen=case.version)
        return case.reference


def test_an_urgent_request_needs_no_more_than_its_page_asks(app, client, sign_in):
    sign_in(client, "dev_skin")
    with app.app_context(), transaction():
        key = empty_draft().key
    address = f"/requests/{key}/urgent"
    seen = dict(re.findall(r'name="(seen-\w+)" value="(\d+)"', client.get(address).text))
    wrong = client.post(address, data={**seen, **IN_HASTE, "needed_by-day": "40", "nhs_number": "12", "name": "Robert Kane"})
    assert wrong.status_code == 422 and "The NHS number has 10 digits" in wrong.text and "The legs may be lost" in wrong.text
    born = {"born_on-day": "17", "born_on-month": "12", "born_on-year": "1954"}
    day = {"needed_by-day": "3", "needed_by-month": "12", "needed_by-year": "2026"}
    typed = {**seen, **IN_HASTE, **PATIENT, **born, **day}
    right = client.post(address, data=typed)
    assert right.status_code == 302 and right.location == f"/requests/{key}/review"
    assert in_draft(app, key, lambda case: (case.urgent, services.missing_to_submit(case))) == (True, [])
    stale = client.post(address, data={**typed, "condition": "Other words"})
    assert stale.status_code == 409 and "Other words" in stale.text and "Cord compression" in stale.text


def test_what_haste_left_out_is_asked_at_receipt_and_holds_back_only_the_decision(app, sent_in_haste):
    with app.app_context(), transaction():
        case, by = the_case(sent_in_haste), accounts.user("dev_skin")
        request = information.waiting(case)
        rows = information.questions_of(request)
        assert case.state == "received" and request.kind == information.TO_SCREEN
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        assert {"specialty", "cost", "aim"} <= {row.question_key for row in rows}
        owed = rest_of_urgent_answered(case, by)
        assert any("“Specialty”" in one.text for one in owed) and all(one.to == "cases.information" for one in owed)
        for row in rows:
            given = {"specialty": "Oncology", "trial": "No"}.get(row.question_key)
            said = {"answer": given} if given else {"cannot_because": "it is being looked up"}
            information.answer(row, **said, by=by)
        walk.step(case, "answer_information", "dev_skin")
        assert rest_of_urgent_answered(case, by) == []
        answers = answers_of(case)
        assert (answers["specialty"], answers["trial"]) == ("Oncology", "no")
        assert answers["cost"] == "Cannot be supplied, because: it is being looked up"
        assert information.waiting(case) is None and len(information.not_considered(case)) == len(rows)


def test_the_office_can_still_ask_questions_of_its_own_and_the_clinician_answers_those_first(app, sent_in_haste):
    with app.app_context(), transaction():
        case = walk.in_check(the_case(sent_in_haste))
        walk.asked(case, "Which drugs are taken now?")
        assert information.waiting(case).kind == information.INFORMATION
        walk.answered(case, "dev_skin", "None")
        assert information.waiting(case).kind == information.TO_SCREEN


def test_a_routine_request_that_says_everything_is_asked_nothing_and_the_rest_of_it_is_never_owed(app):
    with app.app_context(), transaction():
        case = walk.received(stories.FORAMINOPLASTY)
        assert keys(afterwards.left_open(case)) == [] and information.waiting(case) is None
        assert afterwards.still_owed(case) == []
        open_on_purpose = walk.received(stories.HYPERHIDROSIS)
        assert keys(afterwards.left_open(open_on_purpose)) == ["test_more_benefit"]


# --- several people ---------------------------------------------------------------------------------------------------


def test_a_colleague_of_the_same_provider_writes_in_a_draft_and_only_the_clinician_declares(app, client, sign_in):
    with app.app_context(), transaction():
        key = empty_draft().key
        tess, rosa = accounts.user("tess_types").id, accounts.user("rosa_spine").id
    sign_in(client, "dev_skin")
    page = client.get(f"/requests/{key}/people")
    assert "Dr Dev Anand" in page.text and "Tess Oakley" in page.text and "Rosa Whitby" not in page.text
    assert client.post(f"/requests/{key}/people", data={"user_id": rosa}).status_code == 422
    assert client.post(f"/requests/{key}/people", data={"user_id": tess}).status_code == 302
    sign_in(client, "tess_types")
    assert client.post(section(key, "result"), data={"seen": "0", "aim": "Typed by Tess"}).status_code == 302
    sent = client.post(f"/requests/{key}/review", data={"seen": "99", "declaration": "y"})
    assert sent.status_code in (403, 409) and in_draft(app, key, lambda case: case.declared_at) is None
    with app.app_context():
        part = next(one for one in colleagues.colleagues_on(the_case(key)) if one.name == "Tess Oakley")
    assert client.post(f"/requests/{key}/people/{part.part_id}/end").status_code == 302
    assert client.get(f"/requests/{key}").status_code == 404
    assert in_draft(app, key, answers_of)["aim"] == "Typed by Tess"


# --- the provider's approval ------------------------------------------------------------------------------------------


def asks_approval(monkeypatch, how):
    asked = profiles.commissioners.ProviderApproval(asked=how)
    monkeypatch.setattr(approval, "profile_for", lambda case: replace_profile(case, asked))


def replace_profile(case, asked):
    return case.profile.model_copy(update={"provider_approval": asked})


def test_a_profile_may_ask_the_providers_approval_before_sending_and_it_follows_when_urgent(app, draft, monkeypatch):
    with app.app_context(), transaction():
        case = the_case(draft)
        assert approval.in_words(case) == "" and approval.missing_before_sending(case) == []
        asks_approval(monkeypatch, "before_sending")
        assert [one.to for one in approval.missing_before_sending(case)] == ["drafts.approve"]
        case.urgent = True
        assert approval.missing_before_sending(case) == [] and len(rest_of_urgent_answered(case, None)) == 1
        said = {"name": "Dr Ada Nkemelu", "title": "Medical director", "given_on": date(2026, 11, 20)}
        with pytest.raises(NotYours):
            approval.record_approval(case, **said, by=accounts.user("sam_screens"))
        with pytest.raises(Invalid):
            approval.record_approval(case, **{**said, "given_on": date(2026, 12, 1)}, by=accounts.user(CLINICIAN))
        approval.record_approval(case, **said, by=accounts.user(CLINICIAN))
        assert rest_of_urgent_answered(case, None) == []
        assert "Medical director, on 20 November 2026. Recorded by Miss Rosa Whitby." in approval.in_words(case)


def test_an_approval_is_recorded_by_those_whom_it_concerns_and_not_after_the_decision(app, client, sign_in):
    with app.app_context(), transaction():
        case = walk.step(walk.received(stories.HYPERHIDROSIS), "withdraw", "dev_skin", "The patient has moved away.")
        key = case.key
    sign_in(client, "dev_skin")
    page = f"/requests/{key}/approval"
    assert "Record the approval" not in client.get(page).text
    said = {"name": "Dr Ada Nkemelu", "title": "Director", "given_on-day": "20", "given_on-month": "11", "given_on-year": "2026"}
    late = client.post(page, data=said)
    assert late.status_code == 409 and "stays as it is" in late.text and "Dr Ada Nkemelu" in late.text


def test_an_approver_reads_the_request_without_knowing_the_patient_and_approves_it(app, client, sign_in):
    with app.app_context(), transaction():
        case = walk.draft(stories.HYPERHIDROSIS)
        key, ada = case.key, accounts.user("ada_approves").id
        assert [one.id for one in users_with(Role.PROVIDER_APPROVER, case.provider_id)] == [ada]
        colleagues.invite(case, ada, by=accounts.user("dev_skin"))
    sign_in(client, "ada_approves")
    assert client.get(f"/requests/{key}").location == f"/requests/{key}/approval"
    listed = client.get("/requests").text
    assert "Record your approval" in listed and "Finish it and send it" not in listed
    read = client.get(f"/requests/{key}/review")
    assert "Severe palmar hyperhidrosis" in read.text and "Marek Dolan" not in read.text
    assert client.post(section(key, "result"), data={"seen": "1", "aim": "Mine"}).status_code == 403
    assert client.post(f"/requests/{key}/approval", data={"name": "", "title": "x"}).status_code == 422
    said = {"name": "Dr Ada Nkemelu", "title": "Director", "given_on-day": "20", "given_on-month": "11", "given_on-year": "2026"}
    assert client.post(f"/requests/{key}/approval", data=said).status_code == 302
    assert "Record your approval" not in client.get("/requests").text
    sign_in(client, "dev_skin")
    assert "Approved by Dr Ada Nkemelu, Director, on 20 November 2026." in client.get(f"/requests/{key}/review").text


# --- what need not be typed twice -------------------------------------------------------------------------------------


def test_my_details_are_kept_on_my_account_and_offered_with_the_next_request(app, client, sign_in):
    sign_in(client, "dev_skin")
    with app.app_context(), transaction():
        first, second = empty_draft().key, empty_draft().key
    said = {"clinician_telephone": "01632 960411", "specialty": "Dermatology", "registration": "GMC 1234567"}
    page = client.get(section(first, "requester"))
    assert "Filled in from" in page.text and "Consultant dermatologist" in page.text
    saved = client.post(section(first, "requester"), data={**said, "seen": "0", "keep_details": "y"})
    assert saved.status_code == 302
    offered = client.get(section(second, "requester"))
    assert all(f'value="{text}"' in offered.text for text in said.values())
    assert in_draft(app, second, answers_of) == {}
    changed = client.post("/requests/my-details", data={"specialty": "Paediatric dermatology", "telephone": "1" * 301})
    assert changed.status_code == 422 and "Paediatric dermatology" in changed.text
    assert client.post("/requests/my-details", data={"specialty": "Paediatric dermatology"}).status_code == 302
    assert "Paediatric dermatology" in client.get("/requests/my-details").text


def test_answers_of_my_last_request_are_taken_over_without_identity_and_read_again_before_sending(app, client, sign_in):
    with app.app_context(), transaction():
        earlier = walk.received(stories.HYPERHIDROSIS).key
        others = walk.received(stories.FORAMINOPLASTY).key
        key = empty_draft().key
    sign_in(client, "dev_skin")
    page = client.get(section(key, "condition"))
    assert f"Use the answers of {earlier}" in page.text
    assert "Use the answers of" not in client.get(section(key, "patient")).text
    assert client.post(f"{section(key, 'condition')}/take-over", data={"earlier": others}).status_code == 404
    assert client.post(f"{section(key, 'patient')}/take-over", data={"earlier": earlier}).status_code == 404
    assert client.post(f"{section(key, 'condition')}/take-over", data={"earlier": earlier}).status_code == 302
    assert in_draft(app, key, answers_of)["condition"] == "Severe palmar hyperhidrosis"
    page = client.get(section(key, "condition"))
    assert "Read these answers again" in page.text and earlier in page.text

    def read_again(case):
        status = {one.section.key: one.status[1] for one in standing.tasks(case)}["condition"]
        return status, any(reason.text.startswith("Read “The condition”") for reason in services.missing_to_submit(case))

    assert in_draft(app, key, read_again) == ("Not looked at", True)
    again = client.post(f"{section(key, 'condition')}/take-over", data={"earlier": earlier})
    assert again.status_code == 422
    typed = {"seen": seen_on(page), "condition": "Severe palmar hyperhidrosis"}
    assert client.post(f"{section(key, 'condition')}/autosave", data=typed).status_code == 200
    assert in_draft(app, key, read_again)[1]
    assert client.post(section(key, "condition"), data={**typed, "seen": "2"}).status_code == 302
    assert not in_draft(app, key, read_again)[1]
    assert in_draft(app, key, name_of_patient) is None


def test_papers_of_my_earlier_requests_are_used_again_without_what_they_said_of_that_patient(app, client, sign_in):
    with app.app_context(), transaction():
        earlier, key = walk.received(stories.HYPERHIDROSIS), empty_draft().key
        paper = Reference(
            once="a", case_id=earlier.id, number=1, doi="10.1000/demonstration", title="Sympathectomy in palmar hyperhidrosis",
            authors="Example A", year=2019, study_type="case_series", population="Adults", how_near="The same age",
            relevant="Table 2", at=earlier.received_at,
        )  # fmt: skip
        db.session.add(paper)
    sign_in(client, "dev_skin")
    assert "Papers of your earlier requests" in client.get(section(key, "difference")).text
    page = client.get(f"/requests/{key}/papers")
    assert "Sympathectomy in palmar hyperhidrosis (2019)" in page.text
    assert client.post(f"/requests/{key}/papers").status_code == 422
    chosen = re.search(r'name="reference" type="checkbox" value="(\d+)"', page.text)[1]
    assert client.post(f"/requests/{key}/papers", data={"reference": chosen}).status_code == 302
    assert client.post(f"/requests/{key}/papers", data={"reference": chosen}).status_code == 422

    def papers(case):
        rows = db.session.scalars(select(Reference).where(Reference.case_id == case.id))
        return [(row.number, row.doi, row.population, row.how_near, row.relevant) for row in rows]

    assert in_draft(app, key, papers) == [(1, "10.1000/demonstration", "Adults", "", "")]


def name_of_patient(case):
    return db.session.scalars(select(Patient.name).where(Patient.case_id == case.id)).one()


def test_nothing_is_taken_over_into_a_request_that_was_sent_or_by_somebody_without_a_part(app):
    with app.app_context(), transaction():
        sent, earlier = walk.received(stories.HYPERHIDROSIS), walk.received(stories.BLUSHING)
        condition = sent.questions.section("condition")
        with pytest.raises(Refused):
            takeover.take_over(sent, condition, earlier.key, by=accounts.user("dev_skin"))
        with pytest.raises((NotYours, NotVisible)):
            takeover.take_over(empty_draft(), condition, earlier.key, by=accounts.user(CLINICIAN))
