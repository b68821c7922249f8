"""Whoever decides knows the patient by the request's reference: words that stand in every identity column reach no page,
audit row or mail of theirs."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from ifr import audit, clock, jobs, letters, pdf
from ifr.cases.models import Case
from ifr.cases.patients import basis, contact, monitoring, responsibility
from ifr.cases.patients.basis import Further
from ifr.cases.patients.contact import PartySaid
from ifr.db import db
from ifr.demo import accounts, afterwards, hearing, stories, walk
from ifr.demo.days import LONGER_THAN_THE_HOLD
from ifr.mail import Mail
from ifr.panels.sitting import open_item_of

NUMBER = "9991234578"
WORDS = ("Quillfeather", "Wisteriaholt", "07700900123", "Nightjar Surgery", NUMBER, "999 123 4578", "17 4 1961",
         "17 April 1961", "Ferry Road", "Saltmarsh", "07700900456", "zq@example.org", "Larkspur", "Kittiwake", "Volapuk",
         "Esperantist", "Y99911", "Bramblewick", "Thornapple", "07700900789", "party@example.org", "Sundew",
         "Hollyhock", "Figwort", "Ladysmock",
         "Woodruff", "Celandine", "bisexual", "Bisexual")  # fmt: skip
PATIENT = {
    "name": "Zebedee Quillfeather", "nhs_number": NUMBER, "born_on": "17 4 1961", "address": "7 Wisteriaholt\nEly",
    "telephone": "07700900123", "practice": "Nightjar Surgery",
}  # fmt: skip
# Everything that is kept around the patient, each with a word of its own.
CONTACT = {
    "contact_address": "2 Saltmarsh Lane", "contact_telephone": "07700900456", "contact_email": "zq@example.org",
    "no_message": "yes", "do_not_write_because": "Larkspur reads the post", "do_not_copy": "other",
    "do_not_copy_note": "Kittiwake", "language": "Volapuk", "interpreter": "Esperantist", "letter_format": "large_print",
}  # fmt: skip
PARTY = PartySaid(
    "carer", "Bramblewick", "Thornapple House", "07700900789", "party@example.org", "Sundew order", "yes", True, True
)
FURTHER = Further(how_known="Hollyhock assessed", consulted="Figwort", imca="no", court_order="Ladysmock", will_ask="Woodruff")
SEES_NOBODY = ("sam_screens", "petra_screens", "iris_reviews", "stan_minutes", "helen_chairs", "omar_member", "leo_lay",
               "vera_reviews", "alan_audits", "fay_finance")  # fmt: skip


@pytest.fixture
def decided(app: Flask) -> tuple[str, int, int]:
    """A case refused by a panel, its letters issued, with an appeal before reviewers: key, meeting, item."""
    with app.app_context():
        story = replace(stories.FORAMINOPLASTY, patient=PATIENT)
        case = walk.in_check(walk.received(story))
        by = accounts.user("carol_office")
        responsibility.choose_practice(case, "Y99911", seen=None, by=by)
        contact.save_contact(case, CONTACT, seen=None, by=by)
        contact.add_party(case, PARTY, once="canary", by=by)
        basis.save_details(case, FURTHER, seen=None, by=by)
        asked_on = clock.today()
        basis.record_consent(case, "letters", "yes", asked_on=asked_on, asked_by="Celandine", seen=None, by=by)
        monitoring.save(case, {"orientation": "bisexual"}, by=by)
        case = walk.ready_for_panel(walk.in_screening(case))
        meeting = hearing.planned(accounts.CM, clock.today())
        hearing.listed(case, meeting)
        item = open_item_of(case)
        assert item is not None
        for who in (hearing.CHAIR, *hearing.MEMBERS):
            hearing.declared(case, who)
        hearing.opened(meeting)
        hearing.decided(case, "not_funded")
        afterwards.released(case.stream)
        key, where = case.key, (meeting.id, item.id)
        db.session.commit()
        with clock.at(clock.now() + LONGER_THAN_THE_HOLD):
            jobs.issue_letters()
        case = db.session.query(Case).filter_by(reference=key).one()
        afterwards.reviewed(afterwards.accepted(afterwards.appealed(case, "rosa_spine", "procedure", "Not shown."), "procedure"))
        db.session.commit()
        return key, *where


def addresses(key: str, meeting: int, item: int) -> list[str]:
    case = ["", "/check", "/screening", "/evidence-review", "/summary", "/information", "/letters", "/deadlines", "/decision",
            "/interests", "/papers-check", "/appeals", "/appeals/1", "/appeals/1/papers", "/appeals/1/findings",
            "/appeals/1/outcome", "/follow-up", "/urgent-decision", "/identity", "/handover", "/patient", "/patient/practice",
            "/patient/basis", "/patient/consents", "/patient/contact", "/patient/parties/1", "/responsibility", "/earlier-use",
            "/earlier-requests", "/letters-by-hand", "/monitoring"]  # fmt: skip
    return [
        *(f"/cases/{key}{part}" for part in case),
        *(f"/cases/{key}/documents/{number}" for number in range(1, 12)),
        *(f"/cases/{key}/letters/{number}" for number in range(1, 12)),
        f"/meetings/{meeting}", f"/meetings/{meeting}/items/{item}/papers", "/meetings", "/my-meetings", "/reviews",
        "/worklist", "/worklist?q=Quillfeather", "/letters", "/account", "/monitoring",
    ]  # fmt: skip


def test_nobody_who_decides_meets_the_patients_identity(
    app: Flask, client: FlaskClient, sign_in: Callable[[FlaskClient, str], None], decided: tuple[str, int, int]
) -> None:
    seen = 0
    for who in SEES_NOBODY:
        sign_in(client, who)
        for address in addresses(*decided):
            answer = client.get(address)
            seen += answer.status_code == 200
            # A letter is a PDF: what it says is packed, so its text is read as a reader shows it.
            packed = answer.mimetype == "application/pdf"
            page = pdf.text_of(answer.data) if packed else answer.data.decode("utf-8", "replace")
            page = page.replace("q=Quillfeather", "").replace('value="Quillfeather"', "")
            met = [word for word in WORDS if word in page]
            assert not met, f"{who} meets {met} at {address}"
    assert seen > 60, "the pages were there to be read"


def test_neither_audit_nor_mail_nor_queued_letter_holds_it(app: Flask, decided: tuple[str, int, int]) -> None:
    with app.app_context():
        case_id = db.session.scalar(text("SELECT id FROM cases WHERE reference = :r"), {"r": decided[0]})
        said = [str(row.facts) + row.action for row in audit.events(f"case:{case_id}")]
        rows = letters.of(f"case:{case_id}")
        said += [str(row.facts) for row in rows]
        mails = list(db.session.scalars(select(Mail)))
        said += [row.subject + row.text for row in mails]
        assert rows and mails and said
        assert not [word for word in WORDS for one in said if word in one]


def test_the_database_holds_it_only_sealed(app: Flask, decided: tuple[str, int, int]) -> None:
    with app.app_context():
        for table in ("patients", "parties", "consents", "basis_details", "monitoring_answers"):
            rows = db.session.execute(text(f"SELECT * FROM {table}")).all()
            assert rows, f"{table} has something to hide"
            assert not [word for word in WORDS for row in rows if word in str(tuple(row))], table
