"""The pages around the patient: who opens them, that they keep what was typed, and that hostile forms get a sentence."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr.cases.patients import basis, earlier_requests, earlier_use, responsibility
from ifr.db import transaction
from ifr.demo import stories, walk
from tests.cases.drafting import in_draft, section, seen_on

SignIn = Callable[[FlaskClient, str], None]
NUMBER = "9991234578"
PAGES = (
    "patient", "patient/practice", "patient/practice?q=surgery", "responsibility", "patient/basis", "patient/consents",
    "patient/contact", "patient/parties/new", "earlier-use", "earlier-use/new", "earlier-requests", "monitoring",
)  # fmt: skip
LONG = "x" * 20_001
MEANS = "a\x00b"


@pytest.fixture
def key(app: Flask) -> str:
    """A request in check, whose patient was asked about before."""
    with app.app_context(), transaction():
        story = stories.HYPERHIDROSIS
        patient, answers = {**story.patient, "nhs_number": NUMBER}, {**story.answers, "basis": "court"}
        same = stories.replace(story, patient=patient, answers=answers)
        walk.received(same)
        return walk.in_check(walk.received(same)).key


@pytest.fixture
def draft_key(app: Flask) -> str:
    with app.app_context(), transaction():
        return walk.draft(stories.HYPERHIDROSIS).key


def test_clinician_and_office_open_every_page_and_nobody_who_decides_does(
    app: Flask, client: FlaskClient, sign_in: SignIn, key: str
) -> None:
    for who, codes in (("dev_skin", {200}), ("carol_office", {200}), ("maya_manages", {200}), ("rosa_spine", {404})):
        sign_in(client, who)
        assert {client.get(f"/cases/{key}/{page}").status_code for page in PAGES} == codes, who
    for who in ("sam_screens", "helen_chairs", "omar_member", "iris_reviews", "stan_minutes", "paul_policy", "alan_audits"):
        sign_in(client, who)
        closed = {page: client.get(f"/cases/{key}/{page}").status_code for page in PAGES}
        # What came of an earlier use is evidence, and who is responsible is the office's question: neither names anybody.
        assert all(code in (403, 404) for page, code in closed.items() if not page.startswith(("earlier-use", "resp"))), who
        assert client.get("/monitoring").status_code == 403
        assert client.post(f"/cases/{key}/monitoring", data={"sex": "female"}).status_code in (403, 404)


def test_a_practice_is_looked_up_chosen_and_shown_where_the_form_is(
    app: Flask, client: FlaskClient, sign_in: SignIn, draft_key: str
) -> None:
    sign_in(client, "dev_skin")
    page = client.get(f"/cases/{draft_key}/patient/practice?q=bridge+street")
    assert "2 practices were found" in page.text and "Demonstration practice" in page.text
    answer = client.post(
        f"/cases/{draft_key}/patient/practice", data={"code": "Y99912", "seen": seen_on(page)}, follow_redirects=True
    )
    assert "NHS Cheshire and Merseyside Integrated Care Board decides" in answer.text
    assert "Address this draft to NHS Cheshire and Merseyside" in answer.text
    form = client.get(section(draft_key, "patient"))
    assert "This request is addressed to another body." in form.text
    stale = client.post(f"/cases/{draft_key}/patient/practice", data={"code": "Y99901", "seen": "0"})
    assert stale.status_code == 409
    assert client.post(f"/cases/{draft_key}/patient/practice", data={"code": MEANS, "seen": "1"}).status_code == 422


def test_the_office_answers_who_pays_and_settles_on_one_page(
    app: Flask, client: FlaskClient, sign_in: SignIn, key: str
) -> None:
    sign_in(client, "dev_skin")
    data = {"body": "A health board", "because": "", "seen": "0", "once": "o1"}
    kept = client.post(f"/cases/{key}/responsibility/dispute", data=data)
    assert kept.status_code == 422 and "A health board" in kept.text and "Say why." in kept.text
    client.post(f"/cases/{key}/responsibility/dispute", data={**data, "because": "She lives there."})
    assert client.post(f"/cases/{key}/responsibility/meanwhile", data={"meanwhile": "yes"}).status_code == 403
    sign_in(client, "carol_office")
    page = client.get(f"/cases/{key}/responsibility")
    answer = {"meanwhile": "yes", "meanwhile_body": "", "meanwhile_because": "She waits", "seen": seen_on(page)}
    kept = client.post(f"/cases/{key}/responsibility/meanwhile", data=answer)
    assert kept.status_code == 422 and "She waits" in kept.text and "Say which body pays meanwhile." in kept.text
    done = client.post(
        f"/cases/{key}/responsibility/meanwhile", data={**answer, "meanwhile_body": "Central East"}, follow_redirects=True
    )
    assert "Yes, by Central East, without prejudice" in done.text
    assert "Funded meanwhile without prejudice, by Central East" in client.get(f"/cases/{key}").text
    settled = {"settled": "ours", "settled_ground": "registration", "settled_because": "The register", "seen": seen_on(done)}
    done = client.post(f"/cases/{key}/responsibility/settlement", data=settled, follow_redirects=True)
    assert "Registered with a practice of this body" in done.text and "Settled" in done.text
    with app.app_context():
        assert in_draft(app, key, responsibility.open_dispute) is None


def test_basis_consents_contact_and_parties_are_kept_and_faults_keep_what_was_typed(
    app: Flask, client: FlaskClient, sign_in: SignIn, key: str
) -> None:
    sign_in(client, "carol_office")

    def send(page: str, **data: str):
        seen = seen_on(client.get(f"/cases/{key}/patient/{page}"))
        return client.post(f"/cases/{key}/patient/{page}", data={"seen": seen, **data})

    day = {"court_order_on-day": "1", "court_order_on-month": "13", "court_order_on-year": "2026"}
    kept = send("basis", court_order="Family Division", **day)
    assert kept.status_code == 422 and "Family Division" in kept.text and 'value="13"' in kept.text
    assert send("basis", court_order="Family Division", **{**day, "court_order_on-month": "2"}).status_code == 302
    assert in_draft(app, key, basis.missing) == []

    kept = send("consents", kind="letters", answer="no", asked_by="Sister Hall")
    assert kept.status_code == 422 and "Sister Hall" in kept.text
    on = {"asked_on-day": "20", "asked_on-month": "11", "asked_on-year": "2026"}
    assert send("consents", kind="letters", answer="no", asked_by="Sister Hall", **on).status_code == 302
    assert "Consent withdrawn" in client.get(f"/cases/{key}").text

    kept = send("contact", contact_telephone="07700900999", not_to="other", letter_format="")
    assert kept.status_code == 422 and "07700900999" in kept.text and "Say who must not be told." in kept.text
    assert send("contact", contact_telephone="07700900999", not_to="gp", no_message="y").status_code == 302
    page = client.get(f"/cases/{key}/patient").text
    assert "07700900999" in page and "Do not leave a message" in page and "The GP" in page
    form = client.get(f"/cases/{key}/patient/contact").text
    assert re.search(r'value="gp" checked', form) and re.search(r'name="no_message"[^>]* checked', form)

    party = {"kind": "parent", "name": "Mo Parent", "authority_seen": "yes", "once": "p1"}
    kept = send("parties/new", **{**party, "gets_copies": "y"})
    assert kept.status_code == 422 and "Mo Parent" in kept.text
    assert send("parties/new", **party).status_code == 302
    link = re.search(rf"/cases/{key}/patient/parties/\d+", client.get(f"/cases/{key}/patient").text)[0]
    seen = seen_on(client.get(link))
    assert client.post(link, data={**party, "name": "Mo Changed", "seen": seen}).status_code == 302
    assert client.post(link, data={**party, "seen": seen}).status_code == 409
    assert client.post(f"{link}/end", data={"because": "", "seen": "1"}).status_code == 422
    seen = seen_on(client.get(link))
    assert client.post(f"{link}/end", data={"because": "Has died", "seen": seen}).status_code == 302
    assert "Ended because: Has died" in client.get(f"/cases/{key}/patient").text
    assert client.get(f"/cases/{key}/patient/parties/99999").status_code == 404


def test_an_earlier_use_is_added_on_a_draft_and_its_clause_shown(
    app: Flask, client: FlaskClient, sign_in: SignIn, draft_key: str, key: str
) -> None:
    sign_in(client, "dev_skin")
    data = {"kind": "company", "dates": "2025", "response": "", "once": "u1", "seen": "0"}
    kept = client.post(f"/cases/{draft_key}/earlier-use/new", data=data)
    assert kept.status_code == 422 and 'value="2025"' in kept.text
    page = client.post(f"/cases/{draft_key}/earlier-use/new", data={**data, "response": "Better"}, follow_redirects=True)
    assert "Central East says:" in page.text and "example, not any commissioner" in page.text
    link = re.search(rf"/cases/{draft_key}/earlier-use/\d+", page.text)[0]
    stale = client.post(link, data={**data, "response": "Much better"})
    assert stale.status_code == 409 and "Much better" in stale.text
    seen = re.search(r'name="seen" value="(\d+)"', client.get(link).text)[1]
    assert client.post(link, data={**data, "response": "Much better", "seen": seen}).status_code == 302
    assert "Supplied by the company" in client.get(section(draft_key, "earlier_use")).text
    assert "Much better" in client.get(f"/requests/{draft_key}/review").text
    assert client.post(f"{link}/remove").status_code == 302
    assert in_draft(app, draft_key, earlier_use.uses) == []
    assert client.post(f"/cases/{key}/earlier-use/new", data={**data, "response": "x", "once": "u2"}).status_code == 409


def test_the_office_says_what_an_earlier_request_is_and_the_clinician_what_is_new(
    app: Flask, client: FlaskClient, sign_in: SignIn, key: str
) -> None:
    sign_in(client, "carol_office")
    page = client.get(f"/cases/{key}/earlier-requests")
    action, prefix = re.search(rf'action="(/cases/{key}/earlier-requests/[^"]+)"[\s\S]*?name="(r\d+)-seen"', page.text).groups()
    seen = re.search(rf'name="{prefix}-seen" value="(\d+)"', page.text)[1]
    kept = client.post(action, data={f"{prefix}-answer": "repeat", f"{prefix}-because": "Same words", f"{prefix}-seen": seen})
    assert kept.status_code == 422 and "Same words" in kept.text and "what is new" in kept.text
    data = {f"{prefix}-answer": "repeat", f"{prefix}-what_is_new": "A second opinion", f"{prefix}-seen": seen}
    assert "A second opinion" in client.post(action, data=data, follow_redirects=True).text
    assert client.post(f"/cases/{key}/earlier-requests/NOBODY", data=data).status_code == 422
    with app.app_context():
        assert [one.answer for one in in_draft(app, key, earlier_requests.answers)] == ["repeat"]
    sign_in(client, "dev_skin")
    assert client.post(action, data=data).status_code == 403


def test_monitoring_is_never_shown_again_and_counted_for_the_manager(
    app: Flask, client: FlaskClient, sign_in: SignIn, key: str
) -> None:
    sign_in(client, "carol_office")
    assert client.post(f"/cases/{key}/monitoring", data={"sex": MEANS}).status_code == 422
    assert client.post(f"/cases/{key}/monitoring", data={"orientation": "bisexual"}).status_code == 302
    assert " checked" not in client.get(f"/cases/{key}/monitoring").text
    sign_in(client, "maya_manages")
    counts = client.get("/monitoring")
    assert "Fewer than 10 answers so far." in counts.text and "Bisexual" not in counts.text


@pytest.mark.parametrize("text", [LONG, MEANS, ""])
def test_hostile_forms_get_a_sentence_and_never_a_fault_of_ours(
    app: Flask, client: FlaskClient, sign_in: SignIn, key: str, text: str
) -> None:
    sign_in(client, "carol_office")
    fields = {
        name: text
        for name in (
            "body", "because", "once", "seen", "meanwhile", "meanwhile_because", "settled", "settled_ground", "settled_because",
            "how_known", "court_order", "will_ask_on-day", "kind", "answer", "asked_by", "asked_on-year", "contact_address",
            "not_to", "letter_format", "name", "authority_seen", "dates", "response", "document_id", "sex", "how", "code",
        )
    }  # fmt: skip
    for page in (
        "patient/practice", "responsibility/dispute", "responsibility/meanwhile", "responsibility/settlement", "patient/basis",
        "patient/consents", "patient/contact", "patient/parties/new", "patient/parties/99999999999", "earlier-use/new",
        "earlier-use/5", "earlier-requests/x", "monitoring", "letters-by-hand/1",
    ):  # fmt: skip
        assert client.post(f"/cases/{key}/{page}", data=fields).status_code in (302, 404, 409, 422), page
