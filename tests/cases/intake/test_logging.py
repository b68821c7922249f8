"""A request that came by e-mail, on a form or by telephone: kept as it came, copied by a person, declared afterwards."""

import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from ifr import clock, documents, letters, workflow
from ifr.cases import identity
from ifr.cases.asking import asking_clinician
from ifr.cases.drafts import services as drafts
from ifr.cases.intake import services
from ifr.cases.intake.arrived import CALL
from ifr.cases.intake.models import Contact, Incoming
from ifr.cases.recipients import addressee
from ifr.cases.services import answers_of
from ifr.db import db, transaction
from ifr.demo import accounts
from ifr.workflow import Invalid, NotVisible, Refused
from tests.cases.drafting import section, seen_on, the_case
from tests.cases.intake.arriving import ARRIVED, kept, logged, mail, said


def test_a_logged_request_counts_as_received_when_it_arrived_and_keeps_the_original_first_and_unchanged(app):
    content = mail(attached=(("form.bin", b"\x01"), ("mri.txt", b"MRI: scarring")))
    with app.app_context(), transaction():
        row = kept(content)
        files = services.files_of(row)
        assert [one.kind for one in files] == ["original", "attachment", "attachment"] and row.says_arrived_at == ARRIVED
        filed = {files[2].id: ("evidence", "MRI report")}
        case = logged(row, clinician_id=accounts.user("dev_skin").id, filed=filed)
        assert case.state == "received" and case.reference and case.received_on == date(2026, 11, 18)
        filed = documents.of(case.stream)
        assert [(one.kind, one.title) for one in filed] == [
            ("original", "The request as it came"), ("original", "Attachment 1"), ("evidence", "MRI report"),
        ]
        assert documents.read(filed[0]) == content and documents.read(filed[2]) == b"MRI: scarring"
        assert case.treatment == "Ankle fusion" and case.declared_at is None
        assert identity.missing_by_field(case) == {}
        assert row.read is None and row.case_id == case.id and services.waiting(accounts.user("carol_office")) == []
        first = db.session.scalars(select(Contact).where(Contact.case_id == case.id)).one()
        assert first.kind == "email" and first.at == case.received_at and "pat@hospital.example" in first.who
        assert logged(row).id == case.id  # the same page sent twice


def test_who_sent_it_and_what_it_said_lie_sealed_and_each_reading_goes_on_record(app):
    with app.app_context(), transaction():
        row = kept()
        lying = db.session.execute(text("SELECT sender, subject, read FROM incoming WHERE id = :id"), {"id": row.id}).one()
        assert not any("Ann" in one or "pat@" in one for one in lying)
        opened = services.opened(row, by=accounts.user("carol_office"))
        assert opened.found["name"].value == "Ann Example" and opened.found["born_on"].value == "1 2 1970"
        recorded = db.session.execute(
            text("SELECT count(*) FROM audit_events WHERE stream = :s AND action = 'read_identity'"), {"s": row.stream}
        )
        assert recorded.scalar() == 1
        with pytest.raises(PermissionError):
            services.opened(row, by=accounts.user("sam_screens"))
        with pytest.raises(NotVisible):
            services.incoming(row.uuid, accounts.user("dev_skin"))


def test_what_cannot_be_is_refused(app):
    with app.app_context():
        with pytest.raises(Invalid, match="later than now"):
            logged(arrived_at=clock.now() + timedelta(minutes=1))
        with pytest.raises(Invalid, match="Choose the commissioner"):
            services.keep(by=accounts.user("dev_skin"), commissioner_id=1, way=CALL, content=b"x", name="x.txt")
        with pytest.raises(documents.NotAcceptedError, match="This type of file cannot be kept"):
            kept(b"MZ\x90\x00\x01", name="a.exe", way="form")
        with pytest.raises(Invalid, match="works at the provider"):
            logged(clinician_id=accounts.user("rosa_spine").id)


def test_what_is_no_request_is_deleted_and_its_reason_kept(app):
    with app.app_context(), transaction():
        row = kept()
        with pytest.raises(Invalid):
            services.drop(row, because=" ", by=accounts.user("carol_office"))
        services.drop(row, because="An advertisement", by=accounts.user("carol_office"))
        assert documents.of(row.stream) == [] and row.sender is None and row.dropped_because == "An advertisement"
        with pytest.raises(Refused):
            services.log_on_behalf(row, said(), by=accounts.user("carol_office"))


def test_a_clinician_without_an_account_is_written_to_by_post_under_a_sealed_name(app):
    with app.app_context(), transaction():
        case = logged(clinician_name="Dr Pat Sender", clinician_address="Ward 4\nEly")
        sent_to = addressee(case, letters.of_case(case)[0])
        assert (sent_to.name, sent_to.address, sent_to.email) == ("Dr Pat Sender", ("Ward 4", "Ely"), None)
        assert "Sender" not in db.session.execute(text("SELECT name FROM asking_clinicians")).scalar()
        with pytest.raises(PermissionError):
            asking_clinician(case, by=accounts.user("sam_screens"), why="letter")
        with pytest.raises(Invalid, match="not both"):
            logged(kept(), clinician_name="Dr Pat Sender", clinician_id=accounts.user("dev_skin").id)


# --- the declaration --------------------------------------------------------------------------------------------------


def test_a_logged_request_waits_for_the_declaration_that_only_its_clinician_makes(app, client, sign_in):
    with app.app_context(), transaction():
        key = logged(clinician_id=accounts.user("dev_skin").id).key
    sign_in(client, "dev_skin")
    assert "Your declaration" in client.get("/requests").text
    assert "Read the request and make the declaration" in client.get(f"/requests/{key}").text
    review = client.get(f"/requests/{key}/review")
    assert client.post(f"/requests/{key}/review", data={"seen": seen_on(review), "declaration": "y"}).status_code == 302
    with app.app_context():
        case = the_case(key)
        assert case.declared_by_id == accounts.user("dev_skin").id and case.state == "received"
        assert services.declaration_outstanding(case, accounts.user("carol_office")) == []


def test_a_signed_form_stands_for_the_declaration_and_is_seen_on_the_case_until_then(app, client, sign_in):
    with app.app_context(), transaction():
        case = logged()
        key, original = case.key, services.originals_of(case)[0].id
        assert services.declaration_outstanding(case, accounts.user("carol_office"))[0].warns
        assert services.declaration_outstanding(case, accounts.user("sam_screens"))[0].endpoint == ""
    sign_in(client, "carol_office")
    address = f"/cases/{key}/declaration"
    seen = seen_on(client.get(address))
    form = {"seen": seen, "signed_by": "Dr Pat Sender", "signed_on-day": "17", "signed_on-month": "11", "signed_on-year": "2026"}
    nothing = client.post(address, data=form)
    assert nothing.status_code == 422 and "Choose the signed form" in nothing.text and "Dr Pat Sender" in nothing.text
    late = client.post(address, data={**form, "document_id": original, "signed_on-day": "30"})
    assert late.status_code == 422 and "later than today" in late.text
    assert client.post(address, data={**form, "document_id": original, "seen": "0"}).status_code == 409
    assert client.post(address, data={**form, "document_id": original}).status_code == 302
    with app.app_context():
        case = the_case(key)
        assert case.declared_at is not None and case.declared_by_id is None
        assert not drafts.is_being_written(case) and services.declaration_outstanding(case, accounts.user("carol_office")) == []
    assert "The declaration was made on" in client.get(address).text
    sign_in(client, "sam_screens")
    assert client.get(address).status_code == 403


def test_the_office_types_the_rest_in_until_the_clinician_has_declared(app, client, sign_in):
    with app.app_context(), transaction():
        key = logged(clinician_id=accounts.user("dev_skin").id).key
    sign_in(client, "carol_office")
    assert client.get(f"/requests/{key}/sections").status_code == 200
    seen = seen_on(client.get(section(key, "result")))
    assert client.post(section(key, "result"), data={"seen": seen, "aim": "Walk"}).status_code == 302
    with app.app_context(), transaction():
        drafts.declare(the_case(key), by=accounts.user("dev_skin"))
    assert client.get(section(key, "result")).status_code == 409


# --- the pages --------------------------------------------------------------------------------------------------------


@pytest.fixture
def carol(client, sign_in):
    sign_in(client, "carol_office")
    return client


@pytest.fixture
def office(app):
    with app.app_context():
        return accounts.organisation(accounts.CE).id


def typed(app, **more):
    with app.app_context():
        provider = accounts.organisation(accounts.CE_TRUST).id
    return {
        "arrived_on-day": "20", "arrived_on-month": "11", "arrived_on-year": "2026", "arrived_time": "09:30",
        "provider_id": provider, "treatment": "Ankle fusion", "condition": "Arthritis", "name": "Ann Example",
        "nhs_number": "9991000003", **more,
    }  # fmt: skip


def upload(client, office, content, name="request.eml", **more):
    data = {"commissioner_id": office, "way": "email", "once": "mark-1", "file": (io.BytesIO(content), name), **more}
    return client.post("/requests/log", data=data, content_type="multipart/form-data")


def test_an_e_mail_is_kept_read_copied_and_logged_on_two_pages(app, carol, office):
    assert carol.get("/requests/log").status_code == 200
    first = upload(carol, office, mail(attached=(("a.txt", b"A note"),)))
    assert first.status_code == 302 and upload(carol, office, mail()).location == first.location
    page = carol.get(first.location)
    assert "Found in “The e-mail”" in page.text and "Patient name: Ann Example" in page.text
    assert "arrived on 18 November 2026 at 9:30am" in page.text and 'name="arrived_time" type="text" value="09:30"' in page.text
    assert 'id="name" name="name" type="text" value=""' in page.text  # nothing is filled in by itself
    copied = carol.post(first.location, data={"then": "copy", "treatment": "Typed by hand"})
    assert copied.status_code == 200 and 'value="Ann Example"' in copied.text and 'value="Typed by hand"' in copied.text
    assert "Kept and not logged yet" in carol.get("/requests/log").text
    saved = carol.get(re.search(r'href="(/requests/log/[^"]+/files/\d+)"', page.text)[1])
    assert saved.mimetype == "application/octet-stream" and "attachment" in saved.headers["Content-Disposition"]
    made = carol.post(first.location, data=typed(app))
    assert made.status_code == 302 and made.location.startswith("/cases/IFR-2026-")
    with app.app_context():
        case = the_case(made.location.rsplit("/", 1)[-1])
        assert case.received_at == datetime(2026, 11, 20, 9, 30, tzinfo=UTC) and answers_of(case)["condition"] == "Arthritis"
    assert carol.get(first.location).status_code == 302
    assert carol.post(first.location, data=typed(app)).location == made.location


def test_a_telephone_call_is_logged_from_a_note(app, carol, office):
    empty = carol.post("/requests/log", data={"commissioner_id": office, "way": "telephone"})
    assert empty.status_code == 422 and "write a note of the call" in empty.text
    kept_page = carol.post("/requests/log", data={"commissioner_id": office, "way": "telephone", "note": "The ward rang."})
    assert "The ward rang." in carol.get(kept_page.location).text
    assert carol.post(kept_page.location, data=typed(app)).status_code == 302


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"arrived_on-day": "22"}, "later than now"),
        ({"arrived_on-day": "21", "arrived_time": "23:59"}, "A request cannot arrive later than now."),
        ({"nhs_number": "9991000004"}, "its last digit does not fit"),
        ({"treatment_codes": "I10"}, "It has the shape of a code of ICD-10"),
        ({"arrived_time": "25:00"}, "Enter the time as 14:30."),
        ({"provider_id": "9" * 40}, "Not a valid choice"),
        ({"filed": "evidence"}, "say what the file is, without the patient"),
    ],
)
def test_a_fault_in_what_is_logged_is_said_and_nothing_typed_is_lost(app, carol, office, wrong, sentence):
    first = upload(carol, office, mail(attached=(("a.txt", b"A note"),)))
    if "filed" in wrong:
        number = re.search(r'name="filed-(\d+)"', carol.get(first.location).text)[1]
        wrong = {f"filed-{number}": "evidence"}
    answer = carol.post(first.location, data={**typed(app), **wrong})
    assert answer.status_code == 422 and sentence in answer.text
    assert "Ankle fusion" in answer.text and "Ann Example" in answer.text


def test_hostile_files_and_addresses_are_answered_with_a_sentence(app, carol, office):
    huge = upload(carol, office, b"From: a\nSubject: b\nContent-Type: text/plain; charset=klingon\n\n\x00\xff\xfe")
    page = carol.get(huge.location)
    assert page.status_code == 200 and "some characters may be wrong" in page.text
    bad = upload(carol, office, b"\x00\x01\x02", "a.bin", once="mark-2", way="form")
    assert bad.status_code == 422 and "This type of file cannot be kept" in bad.text
    assert carol.get("/requests/log/nobody").status_code == 404
    assert carol.get(f"{huge.location}/files/{2**40}").status_code == 404
    assert carol.post(f"{huge.location}/drop", data={}).status_code == 422
    assert carol.post(f"{huge.location}/drop", data={"because": "Nonsense"}).status_code == 302
    assert carol.get(huge.location).status_code == 404
    assert carol.post("/requests/log", data={"once": "xy" * 90}).status_code == 422
    odd = upload(carol, office, mail(), "a\x00b.eml", once="x\x00")
    assert odd.status_code == 302 and carol.get(odd.location).status_code == 200


def test_only_coordinators_log_and_nobody_sees_what_came_to_another_office(app, client, sign_in):
    with app.app_context(), transaction():
        number = kept().uuid
    for who in ("rosa_spine", "sam_screens"):
        sign_in(client, who)
        assert client.get("/requests/log").status_code == 403 and client.get(f"/requests/log/{number}").status_code == 403
    with app.app_context():
        assert db.session.scalars(select(Incoming)).one().state == "waiting"


def test_without_its_original_nothing_can_be_logged(app):
    with app.app_context():
        carol = accounts.user("carol_office")
        case = drafts.new_case(accounts.organisation(accounts.CE_TRUST).id, accounts.organisation(accounts.CE).id)
        with pytest.raises(Refused, match="as it came"):
            workflow.move(case, "log_on_behalf", by=carol, seen=None)
