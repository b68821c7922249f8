"""Journey *Ross*: *R (Ross) v West Sussex PCT* [2008] EWHC 2252 (Admin).

A request for a cancer medicine was refused because other patients were like this one: exceptional was read as "nobody else". Here
no page asks for that, a group of one is marked, and similar patients raise a question for a person and refuse nobody.
"""

import re
from dataclasses import replace

import pytest

from ifr.cases.models import Factor
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.people.services import command
from ifr.policies import services as policies
from ifr.workflow import moves_open_to
from tests.cases.drafting import in_draft, seen_on, the_case
from tests.journeys.registering import record

POLICY = {
    "reference": "DEMO-MYELOMA", "title": "Lenalidomide for multiple myeloma", "not_funded": "Lenalidomide at third relapse.",
    "statements": [{
        "treatment": "lenalidomide", "indication": "multiple myeloma", "position": "not_routinely_commissioned",
        "known_by": [{"words": "lenalidomide"}], "codes": {"icd10": [{"code": "C90.0"}]},
    }],
}  # fmt: skip
MYELOMA = replace(
    stories.another(
        stories.HYPERHIDROSIS, name="Colin Rossiter", born_on="5 5 1950", specialty="Haematology",
        condition="Multiple myeloma, third relapse", indication_codes="C90.0", treatment="Lenalidomide", treatment_codes="",
        comparator="Patients with myeloma at third relapse whom the policy excludes", aim="Remission",
        baseline="Paraprotein 41 g/l", measure="Paraprotein", measured_when="After two cycles",
        test_different="Bortezomib damaged his nerves, and thalidomide in combination cannot be given to him.",
        test_more_benefit="His disease still answers to this class: a related medicine halved the paraprotein before.",
        points=(("Neuropathy of grade 3 after bortezomib", "clinical", "About one in ten of the group",
                 "It rules out what the group is given next", "different"),),
    ),
    tried=(("Bortezomib", "2024", "Partial", "Neuropathy"), ("Thalidomide", "2025", "Paraprotein halved", "Clot")),
)  # fmt: skip
# What the court said exceptional does not mean, and what no page may ask.
ASKS_FOR_NOBODY_ELSE = re.compile(r"\bunique|\bprove\b|\bproof\b|not exceptional", re.IGNORECASE)


@pytest.fixture
def request_of(app):
    """The policy is on the register, another patient like this one has asked, and the clinician has a draft."""
    with app.app_context(), transaction():
        policies.load_record(record(**POLICY), by=command("journey"))
        walk.in_check(walk.received(replace(MYELOMA, patient={**MYELOMA.patient, "name": "Alan Twinn"})))
        return walk.draft(MYELOMA).key


def add_step(client, key, **said):
    page = f"/requests/{key}/group"
    data = {"once": said["kind"], "size_kind": "unknown", "per": "commissioner", "seen": seen_on(client.get(page)), **said}
    return client.post(f"{page}/steps/new", data=data, follow_redirects=True).text


def test_similar_patients_never_refuse_and_nobody_has_to_stand_alone(app, client, sign_in, request_of) -> None:
    key = request_of
    sign_in(client, "dev_skin")

    # given a clinician who narrows the group until only this patient is left, as that office had asked
    add_step(client, key, kind="policy", part="not_funded", size_kind="number", low="60", source="Network count")
    counted = {"size_kind": "number", "source": "Network count"}
    add_step(client, key, kind="usual_treatment", words="Bortezomib and thalidomide", low="12", **counted)
    page = add_step(client, key, kind="other", words="No other patient has this neuropathy", low="1", **counted)

    # then the page marks it, says why, and says what is asked instead
    assert "The group ends with this patient alone" in page and "“no other patient”" in page
    assert "does not ask that nobody else is like this patient" in page
    assert "Other patients may be like yours" in page

    # when the clinician takes the step out, the mark is gone and the group is one of patients
    step = re.findall(rf"/requests/{key}/group/steps/(\d+)", page)[-1]
    client.post(f"/requests/{key}/group/steps/{step}/remove")
    page = client.get(f"/requests/{key}/group").text
    assert "ends with this patient alone" not in page and "12 patients a year" in page

    # and the request leaves with whatever remarks there are: they hold nothing up
    assert client.get(f"/requests/{key}/remarks").status_code == 200
    pages = [f"/requests/{key}/{one}" for one in ("group", "remarks", "sections/difference", "points/new", "review")]
    for one in pages:
        assert not ASKS_FOR_NOBODY_ELSE.search(client.get(one).text), one
    seen = seen_on(client.get(f"/requests/{key}/review"))
    assert client.post(f"/requests/{key}/review", data={"seen": seen, "declaration": "y"}).status_code == 302

    # when screening notes that similar patients exist, which is so
    reference, version, point = screening(app, key)
    sign_in(client, "sam_screens")
    record = client.get(f"/cases/{reference}/screening").text
    assert "12 patients a year" in record and 'role="img"' in record
    assert "It never refuses a request" in record and not ASKS_FOR_NOBODY_ELSE.search(record)
    typed = {
        "seen": version, "group_answer": "yes", "group_numbers": "Another patient of the same unit asked this month",
        "group_source": "Our own register", "comparator_answer": "confirmed", "in_the_round": "A panel should hear it.",
        "question_different_answer": "yes", "question_different_reasons": "The neuropathy is documented.",
        "question_more_benefit_answer": "yes", "question_more_benefit_reasons": "The earlier response is documented.",
        f"point_{point}_answer": "accepted", f"point_{point}_reasons": "Seen in the letter.",
        "recommendation": "refer", "reasons": "Both questions are answered on the papers.",
    }  # fmt: skip
    assert client.post(f"/cases/{reference}/screening", data=typed).status_code == 302

    # then the way to the panel is as open as it would be without them
    with app.app_context():
        case = the_case(reference)
        conclude = next(one for one in moves_open_to(case, accounts.user("sam_screens")) if one.trigger == "conclude_screening")
        assert conclude.open, conclude.reasons
        version = case.version
    assert client.post(f"/cases/{reference}/moves/conclude_screening", data={"seen": version}).status_code == 302
    assert in_draft(app, reference, lambda case: case.state) == "to_countersign"


def screening(app, key) -> tuple[str, int, int]:
    """The office checks the request as it does every other; its reference, its version and the id of its point."""
    with app.app_context(), transaction():
        case = walk.in_screening(walk.in_check(the_case(key)))
        point = db.session.query(Factor).filter_by(case_id=case.id).one().id
        return case.key, case.version, point
