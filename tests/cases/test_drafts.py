import io
from dataclasses import replace

import pytest
from sqlalchemy import select

from ifr.cases.drafts import points, policy, services
from ifr.cases.identity import Patient
from ifr.cases.services import answers_of, factors_of
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.workflow import Invalid, Stale
from tests.cases.drafting import CLINICIAN, empty_draft, in_draft, section, seen_on, the_case

PATIENT = {
    "name": "Janet Ashworth", "nhs_number": "999 100 0003",
    "born_on-day": "14", "born_on-month": "5", "born_on-year": "1980",
}  # fmt: skip
TREATMENT = {
    "treatment": "Endoscopic laser foraminoplasty", "kind_of_treatment": "procedure", "treatment_codes": "V53.1", "cost": "4200",
}  # fmt: skip


# --- starting ---------------------------------------------------------------------------------------------------------


def test_a_clinician_starts_a_request_and_the_same_form_sent_twice_makes_one(app, clinician):
    with app.app_context():
        chosen = {
            "provider_id": accounts.organisation(accounts.CM_TRUST).id,
            "commissioner_id": accounts.organisation(accounts.CM).id,
            "once": "5f0c0a5e9d1b4a6f8e7d6c5b4a392817",
        }
    first, second = (clinician.post("/requests/before-you-start", data=chosen) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert first.location == second.location
    page = clinician.get(first.location)
    assert "Not started" in page.text and "Complete" not in page.text


def test_a_delegate_types_for_a_clinician_who_then_sees_the_request(app, client, sign_in):
    sign_in(client, "tess_types")
    with app.app_context():
        doctor = accounts.user("dev_skin").id
        chosen = {
            "provider_id": accounts.organisation(accounts.CE_TRUST).id,
            "commissioner_id": accounts.organisation(accounts.CE).id,
        }
    refused = client.post("/requests/before-you-start", data=chosen)
    assert refused.status_code == 422 and "Choose a clinician who works at the provider" in refused.text
    made = client.post("/requests/before-you-start", data={**chosen, "clinician_id": doctor})
    assert made.status_code == 302
    sign_in(client, "dev_skin")
    assert client.get(made.location).status_code == 200


def test_nobody_starts_a_request_for_a_provider_where_he_or_she_does_not_work(app):
    with app.app_context(), pytest.raises(Invalid):
        empty_draft(by=CLINICIAN, provider=accounts.CE_TRUST)


# --- writing ----------------------------------------------------------------------------------------------------------


def test_every_section_of_a_request_has_a_page(app, clinician, draft):
    for name in in_draft(app, draft, lambda case: [one.key for one in case.questions.sections]):
        assert clinician.get(section(draft, name)).status_code == 200
    assert clinician.get(section(draft, "nothing")).status_code == 404


def test_a_section_is_kept_as_it_was_typed_without_characters_that_cannot_be_seen(app, clinician, draft):
    seen = seen_on(clinician.get(section(draft, "result")))
    typed = {"seen": seen, "aim": "Stand for\x07 an hour\u202e", "measure": "<b>ODI</b> & pain", "then": "list"}
    saved = clinician.post(section(draft, "result"), data=typed)
    assert saved.status_code == 302 and saved.location == f"/requests/{draft}"
    assert in_draft(app, draft, answers_of)["aim"] == "Stand for an hour"
    page = clinician.get(section(draft, "result"))
    assert "&lt;b&gt;ODI&lt;/b&gt; &amp; pain" in page.text


def test_saving_leads_on_to_the_next_section_or_to_the_row_that_was_asked_for(clinician, draft):
    def saved(then):
        seen = seen_on(clinician.get(section(draft, "difference")))
        return clinician.post(section(draft, "difference"), data={"seen": seen, "comparator": "a", "then": then}).location

    assert saved("") == section(draft, "result")
    assert saved("points") == f"/requests/{draft}/points/new"
    assert saved("https://elsewhere.example") == section(draft, "result")


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("patient", {**PATIENT, "nhs_number": "999 100 0004"}, "its last digit does not fit"),
        ("patient", {**PATIENT, "nhs_number": "12"}, "The NHS number has 10 digits"),
        ("patient", {**PATIENT, "born_on-year": "2027"}, "The date of birth is in the future."),
        ("patient", {**PATIENT, "born_on-day": "31", "born_on-month": "2"}, "Enter the date of birth as day, month and year"),
        ("treatment", {**TREATMENT, "treatment_codes": "hello"}, "“hello” is not a procedure code of OPCS-4"),
        ("treatment", {**TREATMENT, "treatment_codes": "I10"}, "It has the shape of a code of ICD-10"),
        ("treatment", {**TREATMENT, "treatment_codes": "V53.1, M51.1"}, "M51.1 stands here as a code of OPCS-4"),
        ("treatment", {**TREATMENT, "cost": "a lot"}, "enter an amount"),
        ("condition", {"condition": "x", "indication_codes": "M51.1 12345"}, "“12345” is not a diagnosis code of ICD-10"),
        ("urgency", {"urgent": "yes", "needed_by-day": "40", "needed_by-month": "1"}, "enter day, month and year"),
    ],
)
def test_a_fault_is_said_in_a_sentence_at_its_field_and_nothing_typed_is_lost(app, clinician, draft, name, typed, said):
    def kept(case):
        patient = db.session.scalars(select(Patient).where(Patient.case_id == case.id)).one()
        return answers_of(case), patient.nhs_number, patient.born_on

    before = in_draft(app, draft, kept)
    page = clinician.get(section(draft, name))
    answer = clinician.post(section(draft, name), data={"seen": seen_on(page), **typed})
    assert answer.status_code == 422
    assert said in answer.text and 'class="nhsuk-error-message"' in answer.text
    for value in typed.values():
        assert value in answer.text
    assert in_draft(app, draft, kept) == before


def test_an_answer_that_is_none_of_the_choices_is_refused_with_the_rest_still_there(clinician, draft):
    seen = seen_on(clinician.get(section(draft, "basis")))
    answer = clinician.post(section(draft, "basis"), data={"seen": seen, "basis": "because", "rights": "A hearing loss"})
    assert answer.status_code == 422
    assert "Choose one of the answers" in answer.text and "A hearing loss" in answer.text


def test_a_faulty_answer_can_be_kept_as_it_is_but_not_sent(app, clinician, draft):
    typed = {"seen": seen_on(clinician.get(section(draft, "patient"))), **PATIENT, "nhs_number": "999 100 0004"}
    offered = clinician.post(section(draft, "patient"), data=typed)
    assert "Save as it is" in offered.text
    assert clinician.post(section(draft, "patient"), data={**typed, "as_it_is": "y"}).status_code == 302
    review = clinician.get(f"/requests/{draft}/review")
    assert "999 100 0004" in review.text and "its last digit does not fit" in review.text
    sent = clinician.post(f"/requests/{draft}/review", data={"seen": seen_on(review), "declaration": "y"})
    assert sent.status_code == 409 and f'href="{section(draft, "patient")}#nhs_number"' in sent.text
    assert in_draft(app, draft, lambda case: (case.state, case.declared_at)) == ("draft", None)


def test_a_code_that_policies_know_in_the_other_system_is_a_question_and_keeps_nobody_from_sending(app, draft):
    with app.app_context(), transaction():
        case, by = the_case(draft), accounts.user(CLINICIAN)
        values = {**TREATMENT, "treatment_codes": "M51.1"}
        with pytest.raises(Invalid):
            services.save_section(case, "treatment", values, by=by, seen=None)
        services.save_section(case, "treatment", values, by=by, seen=None, as_it_is=True)
        assert services.missing_to_submit(case) == []


def test_an_answer_of_a_hundred_thousand_characters_is_shown_again_with_the_limit(app, clinician, draft):
    long = "long " * 20_000
    typed = {"seen": seen_on(clinician.get(section(draft, "result"))), "aim": long, "as_it_is": "y"}
    answer = clinician.post(section(draft, "result"), data=typed)
    assert answer.status_code == 422
    assert "can hold 20,000 characters, and this is 99,999" in answer.text
    assert long.strip() in answer.text and "Save as it is" not in answer.text
    assert in_draft(app, draft, answers_of)["aim"] == stories.FORAMINOPLASTY.answers["aim"]


def test_a_stale_section_is_refused_with_what_both_people_typed(app, clinician, draft):
    seen = seen_on(clinician.get(section(draft, "result")))
    with app.app_context(), transaction():
        services.save_section(the_case(draft), "result", {"aim": "Theirs"}, by=accounts.user(CLINICIAN), seen=int(seen))
    answer = clinician.post(section(draft, "result"), data={"seen": seen, "aim": "Mine"})
    assert answer.status_code == 409
    assert "Mine" in answer.text and "The newer text, saved meanwhile: Theirs" in answer.text
    assert "Miss Rosa Whitby" in answer.text
    assert in_draft(app, draft, answers_of)["aim"] == "Theirs"
    again = clinician.post(section(draft, "result"), data={"seen": seen_on(answer), "aim": "Mine"})
    assert again.status_code == 302 and in_draft(app, draft, answers_of)["aim"] == "Mine"


def test_colleagues_who_write_in_two_sections_do_not_refuse_each_other(app, draft):
    with app.app_context(), transaction():
        case, by = the_case(draft), accounts.user(CLINICIAN)
        services.save_section(case, "result", {"aim": "One"}, by=by, seen=1)
        services.save_section(case, "urgency", {"urgent": "yes"}, by=by, seen=1)
        assert case.urgent


def test_the_same_section_sent_twice_is_saved_once_and_not_called_stale(app, draft):
    with app.app_context(), transaction():
        case, by = the_case(draft), accounts.user(CLINICIAN)
        for name, values in (("result", {"aim": "One"}), ("patient", {"name": "Janet Rook"})):
            before = services.section_version(case, name).version
            services.save_section(case, name, values, by=by, seen=before)
            services.save_section(case, name, values, by=by, seen=before)
            assert services.section_version(case, name).version == before + 1
        with pytest.raises(Stale):
            services.save_section(case, "result", {"aim": "Two"}, by=by, seen=1)


def test_the_request_of_another_organisation_does_not_exist(client, sign_in, draft):
    sign_in(client, "dev_skin")
    for path in ("", "/review", "/discard", "/sections", "/sections/patient", "/points/new", "/evidence/new"):
        assert client.get(f"/requests/{draft}{path}").status_code == 404
    assert client.post(section(draft, "result"), data={"aim": "Mine"}).status_code == 404
    sign_in(client, "carol_office")
    assert client.get(section(draft, "result")).status_code == 404


# --- which policy, and which test -----------------------------------------------------------------------------------------


def test_a_policy_that_excludes_the_patient_brings_its_test_and_asks_for_the_comparison_group(app, clinician, draft):
    def found(case):
        return case.route, case.resolution["answer"], policy.test_for(case).name

    assert in_draft(app, draft, found) == ("policy_exception", "outside_by_position", "cheshire-merseyside")
    page = clinician.get(section(draft, "difference"))
    assert "distinct from all the other patients" in page.text and "The comparison group" in page.text
    told = clinician.get(section(draft, "policy"))
    assert "CMICB_Clin018" in told.text and "The review date of this policy has passed" in told.text


def test_without_a_policy_the_comparison_group_is_neither_shown_nor_missed(app, client, sign_in):
    with app.app_context(), transaction():
        case = walk.draft(stories.BLUSHING)
        assert case.resolution["answer"] == "cohort_mismatch" and case.route == policy.NO_POLICY
        asked = [q.key for q in services.fields_of(case, "difference")]
        assert "comparator" not in asked and "test_group" in asked
        assert services.missing_to_submit(case) == []
        key = case.key
    sign_in(client, "dev_skin")
    page = client.get(section(key, "difference"))
    assert "The comparison group" not in page.text and "a group of such patients" in page.text


def test_the_clinician_may_say_that_no_policy_covers_it_and_take_that_back(app, draft):
    with app.app_context(), transaction():
        case, by = the_case(draft), accounts.user(CLINICIAN)
        services.save_section(case, "policy", {"policy": "no_policy"}, by=by, seen=None)
        assert (case.route, policy.test_for(case).route) == ("no_policy", "no_policy")
        services.save_section(case, "policy", {"policy": "as_found"}, by=by, seen=None)
        assert (case.route, policy.test_for(case).route) == ("policy_exception", "policy_exception")


# --- points, treatments, evidence ------------------------------------------------------------------------------------------


def test_a_point_is_added_once_changed_and_taken_out(app, clinician, draft):
    address = f"/requests/{draft}/points/new"
    data = {"once": "a" * 32, "what": "Scar tissue", "kind": "clinical", "question_key": "distinct"}
    assert [clinician.post(address, data=data).status_code for _ in range(2)] == [302, 302]
    first, second, third = in_draft(app, draft, factors_of)
    assert third.what == "Scar tissue" and third.question_key == "distinct" and third.number == 3
    changed = clinician.post(f"/requests/{draft}/points/{third.id}", data={**data, "what": "More scar", "kind": "unclear"})
    assert changed.status_code == 302
    assert clinician.post(f"/requests/{draft}/points/{first.id}/remove").status_code == 302
    left = in_draft(app, draft, factors_of)
    assert [(one.number, one.what) for one in left] == [(1, second.what), (2, "More scar")]


def test_a_point_without_words_or_kind_is_asked_again_with_what_was_typed(clinician, draft):
    answer = clinician.post(f"/requests/{draft}/points/new", data={"how_common": "One in twenty"})
    assert answer.status_code == 422
    assert "Say what is different about this patient." in answer.text
    assert "Say whether the point is clinical." in answer.text and "One in twenty" in answer.text
    assert "The test of" in answer.text and "Source:" in answer.text, "the test stands above what it asks"
    assert answer.text.index("It asks:") < answer.text.index("Is this a clinical point?")


def test_a_row_of_another_request_is_not_reached_through_ones_own(app, clinician, draft):
    with app.app_context(), transaction():
        other = factors_of(walk.draft(stories.BLUSHING))[0].id
    assert clinician.get(f"/requests/{draft}/points/{other}").status_code == 404
    assert clinician.post(f"/requests/{draft}/points/{other}/remove").status_code == 404


def test_evidence_is_kept_once_and_can_be_taken_out_of_request_and_points(app, draft):
    with app.app_context(), transaction():
        case, by = the_case(draft), accounts.user(CLINICIAN)
        before = len(points.evidence_of(case))
        one, two = (points.add_evidence(case, b"%PDF-1.7 report", "Ashworth.pdf", "MRI report", by=by) for _ in range(2))
        assert one.id == two.id and len(points.evidence_of(case)) == before + 1
        factor = factors_of(case)[0]
        points.change_factor(case, factor.id, what="Scar", kind="clinical", evidence_id=one.id, by=by)
        points.remove_evidence(case, one.id, by=by)
        assert factor.evidence_id is None and len(points.evidence_of(case)) == before


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"MZ\x90\x00\x03", "This type of file cannot be kept"), (b"", "The file is empty"), (None, "Choose a file")],
)
def test_a_file_that_cannot_be_kept_is_refused_in_a_sentence_with_its_title_still_there(clinician, draft, content, said):
    data = {"title": "Operation note"}
    if content is not None:
        data["file"] = (io.BytesIO(content), "note.pdf")
    answer = clinician.post(f"/requests/{draft}/evidence/new", data=data)
    assert answer.status_code == 422 and said in answer.text and 'value="Operation note"' in answer.text


def test_a_file_over_the_limit_is_refused_with_its_title_still_there(app, clinician, draft, monkeypatch):
    monkeypatch.setitem(app.config, "IFR", replace(app.config["IFR"], largest_file=1000))
    data = {"title": "Scan", "file": (io.BytesIO(b"%PDF-" + b"0" * 1000), "scan.pdf")}
    answer = clinician.post(f"/requests/{draft}/evidence/new", data=data)
    assert answer.status_code == 422 and "The file is larger than" in answer.text and 'value="Scan"' in answer.text


def test_a_treatment_so_far_is_added_changed_and_taken_out(app, clinician, draft):
    added = clinician.post(f"/requests/{draft}/treatments/new", data={"once": "b" * 32, "what": "Physiotherapy"})
    assert added.status_code == 302
    row = in_draft(app, draft, points.earlier_treatments_of)[-1]
    changed = clinician.post(f"/requests/{draft}/treatments/{row.id}", data={"what": "Physiotherapy", "dates": "2025"})
    assert changed.status_code == 302 and in_draft(app, draft, points.earlier_treatments_of)[-1].dates == "2025"
    clinician.post(f"/requests/{draft}/treatments/{row.id}/remove")
    assert "Physiotherapy" not in [one.what for one in in_draft(app, draft, points.earlier_treatments_of)]
