"""Journey *S v NHS England*: *R (S) v NHS England* [2016] EWHC 1395 (Admin).

A teenager with narcolepsy was refused a medicine three times: compared with the wrong patients, with clinical material that
nobody answered, by a body whose power to decide was asked last, and each refusal left the one before unsaid. Here the wrong
comparison is marked on the form and replaced at screening, each point is answered, responsibility comes first, and a further
request opens beside the earlier reasons.
"""

from dataclasses import replace

import pytest

from ifr.cases.models import Factor
from ifr.db import db, transaction
from ifr.demo import stories, walk
from ifr.people.services import command
from ifr.policies import services as policies
from ifr.screening import check
from tests.cases.drafting import in_draft, section, seen_on, the_case
from tests.journeys.registering import record

POLICY = {
    "reference": "DEMO-NARCOLEPSY", "title": "Sodium oxybate for narcolepsy",
    "out_of_scope": "Patients under 19 years of age.", "not_funded": "Sodium oxybate for patients under 19.",
    "statements": [{
        "treatment": "sodium oxybate", "indication": "narcolepsy", "position": "not_routinely_commissioned",
        "known_by": [{"words": "sodium oxybate"}], "codes": {"icd10": [{"code": "G47.4"}]},
    }],
}  # fmt: skip
RIGHT = "Patients under 19 with narcolepsy and cataplexy who have not responded to modafinil and methylphenidate"
NUMBER = stories.synthetic_nhs_number()
PATIENT = {"name": "Sasha Quill", "born_on": "4 4 2009", "address": "3 Mill Row\nLuton", "nhs_number": NUMBER}
NARCOLEPSY = replace(
    stories.another(
        stories.HYPERHIDROSIS, name="", born_on="", specialty="Neurology", condition="Narcolepsy with cataplexy",
        indication_codes="G47.4", treatment="Sodium oxybate", treatment_codes="", comparator=RIGHT,
        test_different="Severe narcolepsy. All usual treatment has failed.",
        test_more_benefit="She woke for school on a week's trial of it in hospital; no stimulant had done that.",
        basis="parental_responsibility",
        points=(("Cataplexy thirty times a day, filmed in the clinic", "clinical", "One in fifty of those excluded",
                 "Cataplexy is what the medicine acts on", "different"),),
    ),
    patient=PATIENT,
    tried=(("Modafinil", "2024", "None", "Headache"), ("Methylphenidate", "2025", "None", "Palpitations")),
)  # fmt: skip
BECAUSE = "The request compares with everybody who has narcolepsy; the policy excludes those under 19, after usual treatment."


@pytest.fixture
def key(app):
    with app.app_context(), transaction():
        policies.load_record(record(**POLICY), by=command("journey"))
        return walk.draft(NARCOLEPSY).key


def test_the_wrong_comparison_is_marked_and_replaced_and_every_point_is_answered(app, client, sign_in, key) -> None:
    # given a request that compares with everybody who has the condition, in words of its own
    sign_in(client, "dev_skin")
    page = client.get(section(key, "difference"))
    said = {"seen": seen_on(page), "comparator": "The average patient with narcolepsy in the general population",
            "test_different": NARCOLEPSY.answers["test_different"], "test_more_benefit": NARCOLEPSY.answers["test_more_benefit"],
            "then": "remarks"}  # fmt: skip
    remarks = client.post(section(key, "difference"), data=said, follow_redirects=True).text

    # then the form marks the group, the missing usual treatment and the answer that only restates, and names what led to it
    assert "The group may not be the one that the test means" in remarks and "“general population”" in remarks
    assert "“after usual treatment”" in remarks and "“Modafinil”" in remarks
    assert "The answer says that usual treatment has failed" in remarks or "how severe the condition is" in remarks
    assert "Where the comparison group" in remarks or "severity alone" in remarks

    # and the request can be sent all the same
    seen = seen_on(client.get(f"/requests/{key}/review"))
    assert client.post(f"/requests/{key}/review", data={"seen": seen, "declaration": "y"}).status_code == 302

    # when the office would go on before it is said who is responsible, it is stopped
    with app.app_context(), transaction():
        case = walk.in_check(the_case(key))
        reference, version, version_id = case.key, case.version, check.propose(case).version_id
    sign_in(client, "carol_office")
    stopped = client.post(f"/cases/{reference}/moves/pass_check", data={"seen": version})
    assert stopped.status_code == 409 and "responsible" in stopped.text
    with app.app_context(), transaction():
        assert version_id is not None
        walk.in_screening(the_case(reference))

    # then the screener reads the marks beside the group
    sign_in(client, "sam_screens")
    page = client.get(f"/cases/{reference}/screening").text
    assert "Remarks on the group that the request names" in page and "general population" in page

    # and can conclude neither without answering the point and the questions nor without a reason for another group
    point = in_draft(app, reference, lambda case: db.session.query(Factor).filter_by(case_id=case.id).one().id)
    words = {"recommendation": "not_fund", "comparator_answer": "replaced", "comparator": RIGHT, "group_answer": "no",
             "in_the_round": "Taken together they do not show more benefit.", "reasons": "The trial lasted a week.",
             "plain_reasons": "A week was too short to tell.", "would_change": "A trial of three months.",
             "question_different_answer": "yes", "question_different_reasons": "The cataplexy is documented."}  # fmt: skip
    save(client, app, reference, words)
    stopped = conclude(client, app, reference)
    assert stopped.status_code == 409
    for lacking in ("say why", "Point 1", "Question 2"):
        assert lacking.casefold() in stopped.text.casefold(), lacking

    # when every point and question is answered and the group is replaced with a reason
    words |= {"comparator_because": BECAUSE, "question_more_benefit_answer": "no",
              "question_more_benefit_reasons": "A week without a measure does not show it.",
              f"point_{point}_answer": "accepted", f"point_{point}_reasons": "Seen on the film."}  # fmt: skip
    save(client, app, reference, words)
    assert conclude(client, app, reference).status_code == 302
    sign_in(client, "petra_screens")
    version = in_draft(app, reference, lambda case: case.version)
    ended = client.post(f"/cases/{reference}/moves/decline_at_screening", data={"seen": version})
    assert ended.status_code == 302, ended.text

    # then a further request for the same patient opens beside the reasons of the first
    with app.app_context(), transaction():
        again = walk.received(NARCOLEPSY)
        second = walk.in_check(again).key
    sign_in(client, "carol_office")
    assert reference in client.get(f"/cases/{second}/check").text
    earlier = client.get(f"/cases/{second}/earlier-requests").text
    assert reference in earlier and "The trial lasted a week." in earlier and "A trial of three months." in earlier


def save(client, app, reference, words) -> None:
    version = in_draft(app, reference, lambda case: case.version)
    assert client.post(f"/cases/{reference}/screening", data={"seen": version, **words}).status_code == 302


def conclude(client, app, reference):
    version = in_draft(app, reference, lambda case: case.version)
    return client.post(f"/cases/{reference}/moves/conclude_screening", data={"seen": version})
