"""Letters on paper: printed as one file, posted, come back, and sent again when two people have checked the address."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ifr import audit, clock, documents, jobs, pdf, workflow
from ifr.cases.identity import Patient
from ifr.cases.models import Case
from ifr.cases.parties import services as parties
from ifr.cases.post import services
from ifr.cases.post.models import CAME_BACK, HELD, POSTED, PRINTED, SENT_AGAIN, TO_PRINT, Posting
from ifr.db import db, transaction
from ifr.demo import accounts, afterwards, stories, walk
from ifr.letters import Letter
from ifr.workflow import Invalid, NotVisible, Refused

LATER = datetime(2026, 11, 21, 10, 11, tzinfo=UTC)
HOME = "1 Test Street\nCambridge"


def refused(app: Flask) -> Case:
    """A request that screening did not fund, whose letters have been issued: the patient's goes by post."""
    with transaction():
        case = walk.declined_at_screening(walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))))
        patient_of(case).address = HOME
    with transaction():
        afterwards.released(case.stream)
    with clock.at(LATER):
        jobs.issue_letters()
    return case


def patient_of(case: Case) -> Patient:
    return db.session.scalars(select(Patient).where(Patient.case_id == case.id)).one()


def postings_of(case: Case) -> list[Posting]:
    """Those of the patient's letter."""
    db.session.expire_all()
    query = select(Posting).join(Letter, Letter.id == Posting.letter_id).where(Posting.case_id == case.id)
    return list(db.session.scalars(query.where(Letter.to == "patient").order_by(Posting.id)))


def words_of(posting: Posting) -> str:
    row = db.session.get_one(Letter, posting.letter_id)
    found = documents.get(posting.document_id, row.stream)
    assert found is not None
    return " ".join(pdf.text_of(documents.read(found)).split())


def test_a_letter_is_printed_posted_comes_back_and_is_sent_again_when_two_have_checked_the_address(app: Flask) -> None:
    with app.app_context():
        case = refused(app)
        carol, maya, other = accounts.user("carol_office"), accounts.user("maya_manages"), accounts.user("dev_skin")
        [one] = postings_of(case)
        assert one.state == TO_PRINT

        with transaction():
            [run] = services.print_what_waits(carol)
        with pytest.raises(Refused, match="Nothing waits"), transaction():
            services.print_what_waits(carol)
        with pytest.raises(NotVisible), transaction():
            services.run_of(run.id, other)
        with transaction():
            printed = services.file_of(run, carol)
        text = " ".join(pdf.text_of(printed).split())
        assert f"{case.reference} the patient" in text and "1 Test Street" in text
        # The list and each letter fill whole leaves.
        assert pdf.pages_of(printed) % 2 == 0
        assert [e.facts["why"] for e in audit.events(case.stream) if e.action == "read_identity"][-1] == "print"

        with pytest.raises(Invalid, match="future"), transaction():
            services.mark_posted(run.id, on=clock.today().replace(day=22), by=carol)
        assert postings_of(case)[0].state == PRINTED
        with transaction():
            services.mark_posted(run.id, on=clock.today(), by=carol)
        assert postings_of(case)[0].state == POSTED
        with transaction():
            services.came_back(one.id, because="gone", on=clock.today(), by=carol)
            patient_of(case).address = "2 New Street\nEly"
        assert postings_of(case)[0].state == CAME_BACK

        with pytest.raises(Invalid), transaction():
            services.check_address(one.id, what_was_done=" ", by=carol)
        with transaction():
            assert services.check_address(one.id, what_was_done="Asked the practice.", by=carol) is None
        with pytest.raises(Refused, match="second person"), transaction():
            services.check_address(one.id, what_was_done="", by=carol)
        with transaction():
            services.check_address(one.id, what_was_done="", by=maya)
        before, again = postings_of(case)
        assert (before.state, again.state) == (SENT_AGAIN, TO_PRINT)
        assert "2 New Street" in words_of(again) and "1 Test Street" in words_of(before)
        assert words_of(again).replace("2 New Street Ely", "") == words_of(before).replace("1 Test Street Cambridge", "")


def test_the_pages_of_the_post_go_from_what_waits_to_what_came_back(app: Flask, client: FlaskClient, sign_in) -> None:  # type: ignore[no-untyped-def]
    with app.app_context():
        case = refused(app)
        key = case.reference
        [one] = postings_of(case)
        posting_id = one.id
    sign_in(client, "carol_office")
    assert f"{key}</a>: Screening refusal (patient letter)" in client.get("/post").text
    run = client.post("/post/runs").headers["Location"]
    assert "To be posted" in client.get(run).text
    file = client.get(f"{run}/file")
    assert file.mimetype == "application/pdf" and file.data.startswith(b"%PDF")
    too_late = {"on-day": "30", "on-month": "11", "on-year": "2026"}
    kept = client.post(f"{run}/posted", data=too_late)
    assert kept.status_code == 422 and "cannot be in the future" in kept.text and 'value="30"' in kept.text
    today = {"on-day": "21", "on-month": "11", "on-year": "2026"}
    assert client.post(f"{run}/posted", data=today).status_code == 302
    letter = f"/post/{posting_id}"
    assert client.post(f"{letter}/back", data=today).status_code == 422
    assert client.post(f"{letter}/back", data={**today, "because": "unknown"}).status_code == 302
    assert "Next: find the right address." in client.get("/post").text
    assert "came back by post on 21 November 2026: the addressee is not known" in client.get(f"/cases/{key}/letters").text
    assert client.post(f"{letter}/address", data={"then": "leave"}).status_code == 422
    assert client.post(f"{letter}/address", data={"then": "leave", "what_was_done": "Told by telephone."}).status_code == 302
    assert "Told by telephone." in client.get(letter).text
    sign_in(client, "dev_skin")
    assert client.get("/post").status_code == 403
    sign_in(client, "maya_manages")
    assert client.get("/post/999999").status_code == 404


def test_paper_that_is_not_posted_yet_is_held_back_at_once_when_the_patient_has_died(app: Flask) -> None:
    with app.app_context():
        case = refused(app)
        carol, maya = accounts.user("carol_office"), accounts.user("maya_manages")

        def died(once: str) -> None:
            with transaction():
                parties.record_death(case, source="The practice", died_on=None, once=once, seen=None, by=carol)

        died("first")
        assert [one.state for one in postings_of(case)] == [HELD]
        with transaction():
            services.print_what_waits(carol)
        assert [one.state for one in postings_of(case)] == [HELD], "what goes to the clinician is printed without it"
        with transaction():
            workflow.move(case, "reverse_death", by=maya, seen=None, reason="Somebody else of that name")
        with transaction():
            [run] = services.print_what_waits(carol)
        died("second")
        with transaction():
            services.mark_posted(run.id, on=clock.today(), by=carol)
            assert "1 Test Street" not in pdf.text_of(services.file_of(run, carol))
        assert [one.state for one in postings_of(case)] == [HELD], "on paper, and not posted"
