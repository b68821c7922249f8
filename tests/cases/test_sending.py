import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from ifr import clock, documents, letters, workflow
from ifr.cases.drafts import points, services
from ifr.cases.identity import Patient
from ifr.cases.models import Answer, Case, EarlierTreatment, Factor
from ifr.cases.services import factors_of
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.workflow import NotVisible, NotYours, Refused
from tests.cases.drafting import CLINICIAN, empty_draft, in_draft, section, seen_on, the_case

# --- sending ------------------------------------------------------------------------------------------------------------


def send(client, key, seen, **more):
    return client.post(f"/requests/{key}/review", data={"seen": seen, "declaration": "y", **more})


def test_a_complete_request_is_sent_and_the_same_button_pressed_twice_sends_one(app, clinician, draft):
    review = clinician.get(f"/requests/{draft}/review")
    first, second = (send(clinician, draft, seen_on(review)) for _ in range(2))
    assert first.status_code == second.status_code == 302 and first.location == second.location
    with app.app_context():
        case = the_case(draft)
        assert case.state == "received" and re.fullmatch(r"IFR-2026-\d{4,}", case.reference)
        assert case.received_at == clock.now() and case.due_on is not None
        assert case.declared_by_id == accounts.user(CLINICIAN).id
        assert [letter.name for letter in letters.of(case.stream)] == ["acknowledgement"]
        assert len([one for one in workflow.history(case.stream) if one.trigger == "submit"]) == 1


def test_an_empty_request_is_refused_with_every_missing_answer_linked(app, client, sign_in):
    with app.app_context(), transaction():
        key = empty_draft().key
    sign_in(client, "dev_skin")
    answer = send(client, key, seen_on(client.get(f"/requests/{key}/review")))
    assert answer.status_code == 409
    for name, anchor in (("patient", "name"), ("condition", "condition"), ("treatment", "treatment"), ("basis", "basis")):
        assert f'href="{section(key, name)}#{anchor}"' in answer.text
    assert 'name="declaration" type="checkbox" value="y" checked' in answer.text
    assert in_draft(app, key, lambda case: (case.state, case.declared_at)) == ("draft", None)


def test_nothing_is_sent_without_the_declaration(app, clinician, draft):
    seen = seen_on(clinician.get(f"/requests/{draft}/review"))
    answer = clinician.post(f"/requests/{draft}/review", data={"seen": seen})
    assert answer.status_code == 422 and "Tick the declaration" in answer.text
    assert in_draft(app, draft, lambda case: case.state) == "draft"


def test_a_request_that_a_colleague_changed_after_it_was_read_is_not_sent(app, clinician, draft):
    seen = seen_on(clinician.get(f"/requests/{draft}/review"))
    with app.app_context(), transaction(), clock.at(clock.now() + timedelta(minutes=5)):
        services.save_section(the_case(draft), "result", {"aim": "Another"}, by=accounts.user(CLINICIAN), seen=None)
    answer = send(clinician, draft, seen)
    assert answer.status_code == 409 and "“Aim and measure” was saved" in answer.text
    assert in_draft(app, draft, lambda case: (case.state, case.declared_at)) == ("draft", None)
    assert send(clinician, draft, seen_on(answer)).status_code == 302


def test_a_delegate_cannot_send_or_declare(app, client, sign_in):
    with app.app_context(), transaction():
        key = empty_draft(by="tess_types", clinician_id=accounts.user("dev_skin").id).key
    sign_in(client, "tess_types")
    review = client.get(f"/requests/{key}/review")
    assert "Only the requesting clinician can make the declaration and send the request." in review.text
    assert send(client, key, 1).status_code in (403, 409)
    with app.app_context(), transaction():
        case = the_case(key)
        with pytest.raises(NotYours):
            services.send(case, declared=True, by=accounts.user("tess_types"), seen=case.version)
        with pytest.raises(NotYours):
            services.declare(case, by=accounts.user("tess_types"))


def test_an_urgent_request_needs_eight_answers_and_the_basis(app):
    with app.app_context(), transaction():
        case, by = empty_draft(), accounts.user("dev_skin")

        def save(section, **values):
            services.save_section(case, section, values, by=by, seen=None)

        save("urgency", urgent="yes", needed_by="3 12 2026", harm_of_waiting="The graft is lost")
        save("patient", name="Ann Example", nhs_number="9991000003", born_on="1 2 1970")
        save("requester", clinician_telephone="01632 960100")
        save("condition", condition="Failing graft")
        assert [reason.anchor for reason in services.missing_to_submit(case)] == ["treatment", "basis"]
        save("treatment", treatment="Salvage drug")
        save("basis", basis="urgent_cannot_be_asked")
        assert services.missing_to_submit(case) == []
        services.send(case, declared=True, by=by, seen=case.version)
        assert case.state == "received" and case.urgent and case.needed_by_on.isoformat() == "2026-12-03"


def test_what_was_sent_can_be_read_and_no_longer_changed(app, clinician, draft):
    with app.app_context(), transaction():
        case, by = the_case(draft), accounts.user(CLINICIAN)
        services.send(case, declared=True, by=by, seen=case.version)
        with pytest.raises(Refused):
            services.save_section(case, "result", {"aim": "Other"}, by=by, seen=None)
        with pytest.raises(Refused):
            points.remove_factor(case, factors_of(case)[0].id, by=by)
    answer = clinician.post(section(draft, "result"), data={"aim": "Other words"})
    assert answer.status_code == 409 and "Other words" in answer.text
    read = clinician.get(f"/requests/{draft}/review")
    assert read.status_code == 200 and "Janet Ashworth" in read.text and "Change" not in read.text


def test_a_discarded_draft_leaves_nothing_but_its_row(app, clinician, draft):
    with app.app_context():
        case_id, stream = the_case(draft).id, the_case(draft).stream
    seen = seen_on(clinician.get(f"/requests/{draft}/discard"))
    gone = [clinician.post(f"/requests/{draft}/discard", data={"seen": seen}) for _ in range(2)]
    assert [one.location for one in gone] == ["/requests", "/requests"]
    with app.app_context():
        case = db.session.get_one(Case, case_id)
        assert case.state == "discarded" and case.treatment == "" and case.resolution is None
        for model in (Answer, Factor, EarlierTreatment, Patient):
            assert db.session.scalar(select(func.count()).where(model.case_id == case_id)) == 0
        assert documents.of(stream) == []
    assert clinician.get(f"/requests/{draft}").status_code == 404
    assert draft not in clinician.get("/requests").text


# --- following ------------------------------------------------------------------------------------------------------------


def test_the_list_shows_own_requests_and_what_they_wait_for(app, clinician, draft):
    with app.app_context(), transaction():
        sent = walk.received(stories.FORAMINOPLASTY).reference
        other = walk.received(stories.HYPERHIDROSIS).reference
    page = clinician.get("/requests")
    assert sent in page.text and "Received by the funding office" in page.text
    assert draft in page.text and "Finish it and send it" in page.text
    assert other not in page.text


def test_an_open_question_of_the_office_stands_first_and_leads_to_its_page(app, clinician, draft):
    with app.app_context(), transaction():
        case = walk.asked(walk.in_check(walk.received(stories.FORAMINOPLASTY)), "Please send the MRI report.")
        key = case.key
    page = clinician.get(f"/requests/{key}")
    assert f'href="/cases/{key}/information"' in page.text
    assert "stands still until we have your answers" in page.text
    listed = clinician.get("/requests").text
    assert "Answer our questions by 18 December 2026" in listed and listed.index(key) < listed.index(draft)


def test_the_clinician_reads_the_status_in_his_or_her_own_words_and_the_day_of_the_decision(app, clinician):
    with app.app_context(), transaction():
        case = walk.in_check(walk.received(stories.FORAMINOPLASTY))
        key = case.key
    page = clinician.get(f"/requests/{key}")
    assert "We are checking that we have everything" in page.text and "We aim to decide by" in page.text
    assert "Being checked" not in page.text and "Carol" not in page.text
    assert "Withdraw the request" in page.text


def test_the_list_asks_the_database_as_often_for_many_requests_as_for_one(app, draft):
    from sqlalchemy import event

    from ifr.cases.drafts import standing

    def queries():
        asked = []
        with app.app_context():
            user = accounts.user(CLINICIAN)
            connection = db.session.connection()
            event.listen(connection, "before_cursor_execute", lambda *args: asked.append(args[2]))
            rows = len(standing.mine(user))
        return rows, len(asked)

    rows, few = queries()
    with app.app_context(), transaction():
        for _ in range(5):
            empty_draft(by=CLINICIAN, provider=accounts.CM_TRUST, commissioner=accounts.CM)
        walk.asked(walk.in_check(walk.received(stories.FORAMINOPLASTY)), "Please send the MRI report.")
    assert queries() == (rows + 6, few)


def test_clinicians_do_not_log_and_coordinators_do_not_start_drafts(client, sign_in):
    sign_in(client, CLINICIAN)
    assert client.get("/requests/log").status_code == 403
    sign_in(client, "carol_office")
    assert client.get("/requests/new").status_code == 403


def test_a_key_that_nobody_has_is_not_found(app):
    with app.app_context(), pytest.raises(NotVisible):
        services.my_case("IFR-2026-9999", accounts.user(CLINICIAN))
