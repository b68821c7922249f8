"""Journey 22 in a browser: a form that came by e-mail, logged by the office; the clinician declares afterwards."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from playwright.sync_api import Page

from ifr import clock
from ifr.demo.stories import synthetic_nhs_number
from tests.browser.conftest import Site
from tests.browser.hands import Hands

FORM = """Individual funding request form
Patient name: Ivor Nash
Date of birth: 8 5 1978
Diagnosis: End-stage arthritis of the ankle after a fracture
Treatment requested: Ankle replacement with a custom implant
Contact telephone: 01632 960455
"""


def an_email() -> bytes:
    """It was sent yesterday, with the form inside it and a letter attached."""
    message = EmailMessage()
    message["From"] = "Podiatry secretary <secretary@fenland.example>"
    message["Subject"] = "Funding request"
    message["Date"] = (clock.now() - timedelta(days=1)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    message.set_content(FORM)
    message.add_attachment(b"Eight sessions of physiotherapy.", maintype="text", subtype="plain", filename="Ivor Nash.txt")
    return message.as_bytes()


def test_a_form_that_came_by_e_mail_is_logged_and_declared_afterwards(
    site: Site, look: Callable[[Page], None], tmp_path: Path
) -> None:
    carol = Hands(site.open_as("carol_office"), look)
    finn = Hands(site.open_as("finn_feet"), look)

    # given an e-mail with a form, which the coordinator keeps as it came
    carol.open("/requests/log").fill({"way": "email"})
    carol.page.get_by_label("Which commissioner is asked").select_option(label="NHS Central East Integrated Care Board")
    carol.attach("file", "request.eml", an_email(), tmp_path).press("Keep it and go on")

    # then its words stand beside the fields, and nothing is filled in
    carol.reads("Found in “The e-mail”", "Treatment requested: Ankle replacement", "Podiatry secretary")
    assert carol.page.locator('main [name="treatment"]').input_value() == ""

    # when she copies what was found, and types what the form does not say
    carol.press("Copy what was found into the empty fields")
    assert carol.page.locator('main [name="name"]').input_value() == "Ivor Nash"
    carol.page.get_by_label("Which organisation asks").select_option(label="Fenland Hospitals (demonstration)")
    carol.page.get_by_label("Which clinician asks").select_option(label="Mr Finn Gallagher, Fenland Hospitals (demonstration)")
    carol.fill({"nhs_number": synthetic_nhs_number(), "specialty": "Podiatric surgery"})
    carol.fill({"urgent": "no", "basis": "patient_agrees"})
    carol.page.get_by_label("It is evidence: everybody").check(force=True)
    carol.page.get_by_label("what the file is, where it is evidence").fill("Letter of the physiotherapist")
    carol.press("Log the request")

    # then the request has a reference, counts from yesterday, and its declaration is outstanding
    carol.reads("The request was logged as", "Declaration outstanding", "Letter of the physiotherapist")
    reference = carol.reference
    carol.does_not_read("Ivor Nash")
    yesterday = clock.today() - timedelta(days=1)
    carol.open(f"/cases/{reference}/contacts").reads("Podiatry secretary", f"{yesterday.day} {yesterday:%B %Y}")

    # when a Member of Parliament writes, the office notes it and who answers until when
    soon = clock.today() + timedelta(days=7)
    carol.fill({
        "kind": "mp_letter", "direction": "in", "who": "Office of Ms Tarrant MP", "said": "Asks when Mr Nash will hear.",
        "task": "Answer the letter", "until_on": f"{soon.day} {soon.month} {soon.year}",
    })  # fmt: skip
    carol.page.get_by_label("By whom").select_option(label="Carol Hume")
    carol.press("Add it to the log").reads("Letter of a Member of Parliament", "Answer the letter")
    carol.open(f"/cases/{reference}").reads("To follow up", "Answer the letter")
    carol.open("/worklist").reads("For you to follow up", "Answer the letter")

    # and when the clinician reads the request and declares
    finn.open("/requests").reads("Your declaration")
    finn.open(f"/requests/{reference}/review")
    finn.page.locator('main [name="declaration"]').check(force=True)
    finn.page.locator('main button[type="submit"]').last.click()

    # then it is outstanding no longer
    carol.open(f"/cases/{reference}").does_not_read("Declaration outstanding")
