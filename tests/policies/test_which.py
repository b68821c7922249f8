"""The page that says which policy applies: asked by address, without JavaScript, and never answered with an error page."""

import re

import pytest

from ifr.db import transaction
from ifr.people.services import command
from ifr.policies import services
from tests.policies.test_areas import BODY, record

BY = command("test")


@pytest.fixture
def reader(app, client, sign_in):
    with app.app_context(), transaction():
        clauses = [{"kind": "core_eligibility", "words": "Reconstruction after an injury."}]
        services.load_record(record("C-1", clauses=clauses), by=BY)
    sign_in(client, "carol_office")
    return client


ASKED = f"/policies/which?commissioner={BODY}&treatments=W85.2&words=knee+washout"


def test_an_empty_form_asks_nothing(reader):
    page = reader.get("/policies/which")
    assert page.status_code == 200
    assert "Which policy applies?" in page.text
    assert "How this was found" not in page.text


def test_the_answer_comes_with_its_steps_and_candidates(reader):
    page = reader.get(ASKED).text
    assert "The policy has criteria" in page
    assert "To be marked met or not, (a): locking" in page
    assert "It is in force on that day." in page


def test_all_criteria_met_is_a_matter_of_approval(reader):
    names = set(re.findall(r'name="(met-\d+-\d+)"', reader.get(ASKED).text))
    assert len(names) == 2
    page = reader.get(ASKED + "".join(f"&{name}=yes" for name in names)).text
    assert "Every criterion is met: this is a matter of prior approval." in page


def test_a_mark_of_another_statement_is_not_taken_over(reader):
    assert "Marked as" not in reader.get(ASKED + "&met-1-1=yes&met-x-2=no").text


def test_a_claim_of_eligibility_goes_first(reader):
    assert "The patient may be eligible whatever the policy says" in reader.get(ASKED + "&claimed=1").text


@pytest.mark.parametrize(
    "typed",
    [
        f"commissioner={BODY}",
        f"commissioner={BODY}&treatments=sweating",
        "commissioner=nowhere&words=knee",
        f"commissioner={BODY}&words=knee&on-day=31&on-month=2&on-year=2026",
        f"commissioner={BODY}&words=knee&claimed=99999999999999999999",
        f"commissioner={BODY}&words={'k' * 300}",
        "_external=1",
    ],
)
def test_what_cannot_be_answered_is_said_and_kept(reader, typed):
    answer = reader.get(f"/policies/which?{typed}")
    assert answer.status_code == 422
    assert "There is a problem" in answer.text


@pytest.mark.parametrize("typed", ["words=%00", "treatments=sweating", "area=Luton%00&words=knee"])
def test_odd_characters_break_nothing(reader, typed):
    assert reader.get(f"/policies/which?commissioner={BODY}&{typed}").status_code in (200, 422)


def test_the_register_is_filtered_by_what_is_asked_and_pages_on(reader):
    page = reader.get(f"/policies?commissioner={BODY}&position=criteria_based&status=in_force").text
    assert "Knee washout C-1" in page
    assert "Knee washout C-1" not in reader.get(f"/policies?commissioner={BODY}&status=withdrawn").text
    assert reader.get("/policies?skip=99999999999999999999").status_code == 200
    assert reader.get("/policies?status=nonsense").status_code == 422
