"""The wording of mails: a closed list of passages and of the names in them, with every version kept."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr import clock, jobs, letters, mail
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.telling import passages
from ifr.telling.passages import PASSAGES
from ifr.workflow import Invalid, NotVisible, Refused

CE = accounts.CE
SignIn = Callable[[FlaskClient, str], None]


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_every_text_that_we_ship_could_have_been_typed() -> None:
    assert {name: passages.check(name, kind.text) for name, kind in PASSAGES.items()} == {
        name: kind.text for name, kind in PASSAGES.items()
    }


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("letter_ready", "About {reference}: {link} {patient}", "Take out {patient}: this passage knows {reference}, {link}"),
        ("letter_ready", "About {reference}: {link} {reference.case}", "Take out {reference.case}"),
        ("letter_ready", "About {reference}", "Put {link} in: without it nobody sees the address"),
        ("letter_ready", "About {reference}: {link} }", "brace that stands alone"),
        ("letter_ready", "About {reference}: {link}\x00", "U+0000"),
        ("letter_ready", "About {reference}: {link}\u202e", "U+202E"),
        ("letter_ready", " \n ", "Enter the text"),
        ("letter_ready", "{reference} {link}" + "x" * 2000, "Shorten the text to 2,000"),
        ("subject_letter", "One {reference}\r\nBcc: somebody@example.org", "one line"),
        ("greeting", "Hello {reference}", "Take out {reference}"),
    ],
)  # fmt: skip
def test_what_cannot_stand_in_a_mail_is_refused_in_a_sentence(name: str, typed: str, said: str) -> None:
    with pytest.raises(Invalid) as fault:
        passages.check(name, typed)
    assert said in fault.value.faults["text"]


def test_a_passage_is_plain_text_and_what_stands_for_a_name_is_put_in_once() -> None:
    kind = PASSAGES["letter_ready"]
    text = "{{ 7 * 7 }} {% raw %} %(reference)s {reference} {link}"
    with pytest.raises(Invalid):
        passages.check("letter_ready", text)
    assert passages.filled("{reference} {link}", {"reference": "{link}", "link": "here"}, kind) == "{link} here"


def test_the_next_mail_of_that_commissioner_is_sent_with_the_new_text_and_every_version_is_kept() -> None:
    maya = accounts.user("maya_manages")
    with transaction():
        first = passages.save(CE, "letter_ready", "Please read {reference} at {link}", seen=0, by=maya)
        again = passages.save(CE, "letter_ready", "Please read {reference} at {link}", seen=1, by=maya)
        passages.save(CE, "letter_ready", "{commissioner} wrote about {reference}: {link}", seen=1, by=maya)
        passages.save(CE, "subject_letter", "Post about {reference}", seen=0, by=maya)
        ours, theirs = walk.received(stories.HYPERHIDROSIS), walk.received(stories.FORAMINOPLASTY)
    assert first is not None and again is None
    jobs.issue_letters()
    said = mail.of_letters([letters.of(one.stream)[-1].id for one in (ours, theirs)])
    by_case = {row.subject: row.text for row in said.values()}
    assert f"NHS Central East Integrated Care Board wrote about {ours.reference}: http" in by_case[f"Post about {ours.reference}"]
    assert "Sign in to read it" in by_case[f"Individual funding request {theirs.reference}: a letter is ready"]
    page = passages.passage_page(CE, "letter_ready", accounts.user("maya_manages"))
    assert [(one.number, one.by) for one in page.versions] == [(2, "Maya Brandt"), (1, "Maya Brandt")]


def test_only_who_manages_requests_there_words_the_mails_of_a_commissioner() -> None:
    asked = (("carol_office", CE, "closing"), ("maya_manages", accounts.CE_TRUST, "closing"), ("maya_manages", CE, "x"))
    for who, slug, name in asked:
        with pytest.raises(NotVisible):
            passages.passage_page(slug, name, accounts.user(who))


def test_a_change_from_a_page_that_is_out_of_date_is_refused() -> None:
    maya = accounts.user("maya_manages")
    passages.save(CE, "greeting", "Good morning,", seen=0, by=maya)
    with pytest.raises(Refused, match="Somebody else has changed"):
        passages.save(CE, "greeting", "Dear colleague,", seen=0, by=maya)


def test_a_passage_of_letters_is_worded_anew_for_one_commissioner_and_must_not_name_what_a_letter_lacks() -> None:
    assert [name for name, kind in passages.LETTERS.items() if passages.check(name, kind.text) != kind.text] == []
    with pytest.raises(Invalid, match="Take out {name}"):
        passages.check("letter_opening_office", "About {name}")
    with transaction():
        passages.save(CE, "letter_opening_office", "We write about {treatment}.", seen=0, by=accounts.user("maya_manages"))
        ours, theirs = walk.received(stories.HYPERHIDROSIS), walk.received(stories.FORAMINOPLASTY)
    said = [letters.body_as_html(letters.of(one.stream)[-1], profile=one.profile, issued_on=clock.today())[1]
            for one in (ours, theirs)]  # fmt: skip
    assert f"<p>We write about {ours.treatment}.</p>" in said[0] and "We write about" not in said[1]
    with transaction():
        passages.save(CE, "letter_opening_office", "Until {last_day} you can appeal.", seen=1, by=accounts.user("maya_manages"))
    jobs.issue_letters()
    db.session.expire_all()
    acknowledgement = letters.of(ours.stream)[-1]
    assert acknowledgement.state == letters.AWAITING and "names {last_day}" in (acknowledgement.held_up_because or "")
    assert letters.of(theirs.stream)[-1].state == letters.ISSUED


# --- the pages ------------------------------------------------------------------------------------------------------------------


def test_the_manager_looks_at_a_text_before_saving_it_and_nothing_typed_is_lost(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "maya_manages")
    assert "As shipped" in client.get("/email-texts").text
    where = f"/email-texts/{CE}/closing"
    typed = {"text": "Yours,\r\n{commissioner}, {telephone}", "seen": "0"}
    looked = client.post(where, data={**typed, "then": "look"})
    assert looked.status_code == 200 and "NHS Central East Integrated Care Board, 01632 960101" in looked.text
    assert "Version 1" not in client.get(where).text
    wrong = client.post(where, data={**typed, "text": "Yours, {name} <b>"})
    assert wrong.status_code == 422 and "Take out {name}" in wrong.text and "Yours, {name} &lt;b&gt;" in wrong.text
    assert client.post(where, data=typed).status_code == 302
    assert "Version 1, 21 November 2026 at 10am, by Maya Brandt" in client.get(where).text
    assert client.post(where, data={**typed, "text": "Other"}).status_code == 409
    assert client.post(where, data={}).status_code == 422


def test_a_coordinator_has_no_such_page(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "carol_office")
    assert client.get("/email-texts").status_code == client.post(f"/email-texts/{CE}/closing").status_code == 403
