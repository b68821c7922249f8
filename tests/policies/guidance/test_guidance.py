"""Guidance on record: what is read about it, and what a policy lead puts on record when it changes."""

from datetime import date

import pytest
from sqlalchemy import select

from ifr import audit
from ifr.db import db, transaction
from ifr.demo import accounts
from ifr.people.services import command
from ifr.policies import services as policies
from ifr.policies.guidance import services
from ifr.policies.models import Guidance, GuidanceChange
from ifr.workflow import Invalid, NotVisible

BY = command("test")
NEW = {
    "kind": "TA", "number": "9001", "title": "A tablet for locked fingers", "publisher": "NICE",
    "published_on-day": "1", "published_on-month": "10", "published_on-year": "2026", "paid": "ninety",
    "known_by": "finger tablet\nfinger pill", "opcs4": "X89.1", "icd10": "M65.3",
}  # fmt: skip


@pytest.fixture(autouse=True)
def on_record(app):
    """The example policies and the guidance that they cite."""
    with app.app_context(), transaction():
        policies.load_examples(by=BY)


@pytest.fixture
def lead(client, sign_in):
    """A browser in which a policy lead has signed in."""
    sign_in(client, "paul_policy")
    return client


def held(reference):
    return next(one for one in db.session.scalars(select(Guidance)) if one.reference == reference)


def number_of(app, reference):
    with app.app_context():
        return held(reference).id


def renumbering(**changed):
    typed = {"was": "IPG31", "kind": "HTG", "number": "900", "on-day": "", "on-month": "1", "on-year": "2026"} | changed
    return {f"number-{name}": value for name, value in typed.items()}


def test_the_list_names_guidance_with_its_former_numbers(lead):
    page = lead.get("/guidance").text
    assert "HTG331" in page
    assert "Before: IPG480" in page
    assert "Need not be paid for" in page


def test_a_page_of_guidance_says_what_it_is_and_which_policies_it_touches(app, lead):
    page = lead.get(f"/guidance/{number_of(app, 'HTG331')}").text
    assert "IPG480 until January 2026" in page
    assert "It is about the same treatment (for hyperhidrosis)" in page
    assert "Our own code: the guidance prints none." in page
    assert "does not say what a commissioner funds" in page


def test_a_policy_that_cites_guidance_is_touched_by_it(app):
    with app.app_context():
        cited = {one.title: one.why for one in services.touched_policies(held("IPG31"))}
        only_cited = {one.title: one.why for one in services.touched_policies(held("NG59"))}
    assert cited["Endoscopic Laser Foraminoplasty"] == "cites it and is about the same treatment"
    assert only_cited == {"Endoscopic Laser Foraminoplasty": "cites it"}


def test_guidance_that_is_not_there_is_not_found(lead):
    assert lead.get("/guidance/987654").status_code == 404
    assert lead.post("/guidance/987654/number", data=renumbering()).status_code == 404


def test_somebody_who_keeps_no_policies_reads_guidance_and_changes_nothing(app, client, sign_in):
    sign_in(client, "carol_office")
    number = number_of(app, "IPG31")
    page = client.get(f"/guidance/{number}").text
    assert "What happened to it" in page
    assert "Save the new number" not in page
    assert client.get("/guidance/new").status_code == 403
    assert client.post(f"/guidance/{number}/number", data=renumbering()).status_code == 403
    with app.app_context(), pytest.raises(PermissionError):
        services.withdraw(number, on=date(2026, 1, 1), reason="No longer so", by=accounts.user("carol_office"))


# --- new guidance -------------------------------------------------------------------------------------------------------------


def test_an_appraisal_is_paid_for_from_ninety_days_after_it_was_published(app, lead):
    answer = lead.post("/guidance/new", data=NEW, follow_redirects=True)
    assert "TA9001 has been put on record." in answer.text
    assert "30 December 2026" in answer.text
    with app.app_context():
        found = held("TA9001")
        assert found.funding_from == date(2026, 12, 30)
        (change,) = db.session.scalars(select(GuidanceChange).where(GuidanceChange.guidance_id == found.id))
        assert (change.kind, change.on, change.recorded_by) == ("new", date(2026, 10, 1), accounts.user("paul_policy").actor)
        assert [one.action for one in audit.events(f"guidance:{found.id}")] == ["record_guidance"]


@pytest.mark.parametrize(("paid", "expected"), [("thirty", date(2026, 10, 31)), ("typed", date(2027, 2, 1)), ("none", None)])
def test_a_person_chooses_by_which_rule_it_is_paid_for(app, lead, paid, expected):
    other = {"funding_from-day": "1", "funding_from-month": "2", "funding_from-year": "2027"}
    other["funding_varied"] = "Put off by NICE."
    assert lead.post("/guidance/new", data=NEW | other | {"paid": paid}).status_code == 302
    with app.app_context():
        found = held("TA9001")
        assert found.funding_from == expected
        assert found.funding_varied == ("Put off by NICE." if paid == "typed" else None)


@pytest.mark.parametrize(
    ("words", "code"),
    [("thoracoscopic ETS", ""), ("", "A75"), ("", "A75.2"), ("", "A70-A76"), ("nerve tablets", "A75.9")],
)
def test_the_words_and_codes_of_new_guidance_find_the_policies_it_touches(lead, words, code):
    typed = NEW | {"known_by": words, "opcs4": code, "icd10": ""}
    page = lead.post("/guidance/new", data=typed, follow_redirects=True).text
    assert "Endoscopic Thoracic Sympathectomy (ETS)" in page
    assert "Endoscopic Laser Foraminoplasty" not in page


@pytest.mark.parametrize(("words", "code"), [("", ""), ("sympathectomy clip", "A76"), ("sweating", "A75.1")])
def test_other_words_and_codes_find_no_policy(lead, words, code):
    typed = NEW | {"known_by": words, "opcs4": code, "icd10": ""}
    page = lead.post("/guidance/new", data=typed, follow_redirects=True).text
    assert "No policy in force cites it or names its treatment." in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": "HTG", "number": "331", "paid": "none"}, "HTG331 is on record already."),
        ({"kind": "IPG", "number": "480", "paid": "none"}, "IPG480 is the number that HTG331 bore before."),
        ({"kind": "NG"}, "obliges nobody to pay"),
        ({"kind": "XX"}, "Not a valid choice"),
        ({"number": "12a"}, "Enter the number as 1 to 6 digits"),
        ({"number": "9" * 40}, "Enter the number as 1 to 6 digits"),
        ({"title": ""}, "Enter the title"),
        ({"title": "a" * 501}, "Shorten the title"),
        ({"url": "javascript:alert(1)"}, "Enter an address that begins with https://"),
        ({"published_on-year": "0001"}, "Enter a day from 1999 on"),
        ({"published_on-year": "9999"}, "Enter a day within the next ten years."),
        ({"published_on-month": ""}, "Day of publication must include a month"),
        ({"paid": ""}, "Choose from when it has to be paid for"),
        ({"paid": "typed"}, "Enter the day from which it is paid for"),
        ({"opcs4": "see annex"}, "is not a procedure code"),
        ({"icd10": "\n".join(f"A{n}.{m}" for n in range(10, 30) for m in range(9))}, "Enter 100 codes or fewer"),
        ({"known_by": "a" * 201}, "Shorten each line to 200 characters"),
    ],
)
def test_what_cannot_be_recorded_is_said_and_kept(lead, changed, said):
    answer = lead.post("/guidance/new", data={"says": "What I typed."} | NEW | changed)
    assert answer.status_code == 422
    assert said in answer.text
    assert "What I typed." in answer.text


def test_a_form_with_nothing_in_it_is_answered_in_sentences(lead):
    answer = lead.post("/guidance/new", data={})
    assert answer.status_code == 422
    assert "Enter the title" in answer.text


# --- a new number -------------------------------------------------------------------------------------------------------------


def test_a_new_number_from_a_month_keeps_the_old_one(app, lead):
    number = number_of(app, "IPG31")
    page = lead.post(f"/guidance/{number}/number", data=renumbering(), follow_redirects=True).text
    assert "HTG900" in page
    assert "IPG31 until January 2026" in page
    assert "IPG31 is HTG900 from January 2026." in page
    with app.app_context():
        assert held("HTG900").former_numbers == [{"number": "IPG31", "until": "2026-01"}]
        assert [one.action for one in audit.events(f"guidance:{number}")] == ["renumber_guidance"]


def test_a_new_number_from_a_day_ends_the_old_one_on_the_day_before(app, lead):
    number = number_of(app, "IPG31")
    page = lead.post(f"/guidance/{number}/number", data=renumbering(**{"on-day": "15"}), follow_redirects=True).text
    assert "IPG31 until 14 January 2026" in page


def test_policies_that_cite_guidance_do_so_after_it_got_another_number(app, lead):
    number = number_of(app, "IPG31")
    lead.post(f"/guidance/{number}/number", data=renumbering())
    assert "Endoscopic Laser Foraminoplasty" in lead.get(f"/guidance/{number}").text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"was": "IPG30"}, "it is now IPG31. Check, then send again."),
        ({"kind": "IPG", "number": "31"}, "is the number that it bears already."),
        ({"kind": "NG", "number": "59"}, "NG59 is on record already."),
        ({"kind": "IPG", "number": "480"}, "IPG480 is the number that HTG331 bore before."),
        ({"on-year": "0001"}, "Enter a day from 1999 on"),
        ({"on-month": "13"}, "From when must be a real date"),
        ({"on-month": "", "on-year": ""}, "Enter the month or the day"),
        ({"on-month": ""}, "From when must include"),
        ({"number": "nine hundred"}, "Enter the number as 1 to 6 digits"),
    ],
)
def test_a_number_that_cannot_be_given_is_refused_in_words(app, lead, changed, said):
    number = number_of(app, "IPG31")
    answer = lead.post(f"/guidance/{number}/number", data=renumbering(**changed))
    assert answer.status_code == 422
    assert said in answer.text
    with app.app_context():
        assert held("IPG31").former_numbers == []


def test_of_two_people_who_give_a_new_number_the_second_is_told(app, lead):
    number = number_of(app, "IPG31")
    assert lead.post(f"/guidance/{number}/number", data=renumbering()).status_code == 302
    second = lead.post(f"/guidance/{number}/number", data=renumbering(number="901"))
    assert second.status_code == 422
    assert "it is now HTG900" in second.text


# --- withdrawal, and another day of payment -------------------------------------------------------------------------------------


def withdrawal(day="3", month="3", year="2026", reason="Out of date."):
    return {
        "withdrawal-on-day": day, "withdrawal-on-month": month, "withdrawal-on-year": year, "withdrawal-reason": reason,
    }  # fmt: skip


def test_a_withdrawal_is_noted_once(app, lead):
    number = number_of(app, "IPG31")
    page = lead.post(f"/guidance/{number}/withdrawal", data=withdrawal(), follow_redirects=True).text
    assert "Withdrawn on 3 March 2026" in page
    assert "Out of date." in page
    again = lead.post(f"/guidance/{number}/withdrawal", data=withdrawal())
    assert again.status_code == 422
    assert "It is on record as withdrawn already." in again.text
    with app.app_context():
        assert held("IPG31").withdrawn_on == date(2026, 3, 3)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (withdrawal(year="2003"), "before it was published"),
        (withdrawal(reason=""), "Say why it was withdrawn"),
        (withdrawal(reason="a" * 2_001), "Shorten this to 2,000 characters"),
        (withdrawal(day="31", month="2"), "Withdrawn on must be a real date"),
        ({}, "Enter the day on which it was withdrawn"),
    ],
)
def test_a_withdrawal_that_cannot_be_is_refused_in_words(app, lead, typed, said):
    answer = lead.post(f"/guidance/{number_of(app, 'IPG31')}/withdrawal", data=typed)
    assert answer.status_code == 422
    assert said in answer.text


def other_day(year="2027", was="2026-12-30", words="NICE put it off."):
    return {
        "funding-was": was, "funding-on-day": "1", "funding-on-month": "3", "funding-on-year": year, "funding-words": words,
    }  # fmt: skip


def test_the_day_of_payment_is_varied_with_the_words_for_it(app, lead):
    lead.post("/guidance/new", data=NEW)
    number = number_of(app, "TA9001")
    page = lead.post(f"/guidance/{number}/funding", data=other_day(), follow_redirects=True).text
    assert "Paid for from 1 March 2027" in page
    with app.app_context():
        found = held("TA9001")
        assert (found.funding_from, found.funding_varied) == (date(2027, 3, 1), "NICE put it off.")
        assert [one.action for one in audit.events(f"guidance:{number}")] == ["record_guidance", "vary_funding"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (other_day(was="2026-12-29"), "Somebody has changed the day meanwhile."),
        (other_day(year="2025"), "before it was published"),
        (other_day(words=""), "Say how NICE varied the day"),
        ({"funding-was": "x\0"}, "Enter the day from which it is paid for"),
    ],
)
def test_a_day_of_payment_that_cannot_be_is_refused_in_words(app, lead, typed, said):
    lead.post("/guidance/new", data=NEW)
    answer = lead.post(f"/guidance/{number_of(app, 'TA9001')}/funding", data=typed)
    assert answer.status_code == 422
    assert said in answer.text


def test_guidance_that_obliges_nobody_has_no_day_of_payment(app):
    with app.app_context():
        person = accounts.user("paul_policy")
        with pytest.raises(Invalid, match="obliges nobody to pay"):
            services.vary_funding(held("IPG31").id, was="", on=date(2026, 1, 1), words="So", by=person)
        with pytest.raises(NotVisible):
            services.withdraw(987654, on=date(2026, 1, 1), reason="So", by=person)


@pytest.mark.parametrize("word", ["cohort", "guard", " move", "prove", "unique", "upheld", "not exceptional"])
def test_the_pages_of_guidance_avoid_words_that_mislead(app, lead, word):
    for address in ("/guidance", "/guidance/new", f"/guidance/{number_of(app, 'NG59')}"):
        assert word not in lead.get(address).text.lower()
