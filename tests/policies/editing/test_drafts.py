"""A draft: started by hand, changed in its form, proposed, and published by a second person."""

import pytest

from ifr.policies.exporting import record_of, versions_whole
from tests.policies.editing.drafting import start, typed, version


def record(app, version_id):
    with app.app_context():
        return record_of(versions_whole([version_id])[0])


def save(client, version_id, data):
    return client.post(f"/policies/drafts/{version_id}", data=data)


def test_a_draft_is_started_by_hand_and_listed(lead, central_east):
    draft = start(lead, central_east)
    assert f"/policies/{draft}/keeping" in lead.get("/policies/drafts").text
    assert "Lunar Shoulder Realignment" in lead.get(f"/policies/drafts/{draft}").text


def test_the_same_version_is_not_started_twice(app, lead, central_east):
    draft = start(lead, central_east)
    save(lead, draft, typed(version(app, draft).version, reference=""))
    again = lead.post(
        "/policies/drafts", data={"owner_id": str(central_east), "title": "Lunar Shoulder Realignment", "label": "1"}
    )
    assert again.status_code == 422
    assert "is on record already" in again.text
    assert 'value="Lunar Shoulder Realignment"' in again.text


def test_what_is_typed_becomes_the_record(app, lead, central_east):
    draft = start(lead, central_east)
    seen = version(app, draft).version
    answer = save(lead, draft, typed(
        seen, ratified_on="April 2020", effective_from="1 May 2020", review_words="TBC", cohort="Adults with a lunar shoulder",
        exceptionality="Ask for individual funding.", route_named="y",
        areas="Northfield | from 1 June 2020 | prior approval\nSouthfield",
        **{
            "statements-0-procedures": "W84.4 | Arthroscopic realignment | include\nZ81.2 | Shoulder joint | site",
            "statements-0-diagnoses": "C00-C97 |  | exclude",
            "statements-0-criteria": "(a) | Pain for a year\nand no relief\n(b) | Physiotherapy tried",
            "statements-0-known_by": "Lunar shoulder realignment\nLSR",
            "statements-0-youngest": "18",
            "impacts-0-heading": "Equality", "impacts-0-words": "No group is affected more than another.",
        },
    ))  # fmt: skip
    assert answer.status_code == 302, answer.text
    kept = record(app, draft)
    assert (kept.reference, kept.ratified_on, str(kept.effective_from)) == ("LSR-07", "2020-04", "2020-05-01")
    assert kept.review.words == "TBC"
    assert kept.exceptionality.route_named
    assert [one if isinstance(one, str) else one.name for one in kept.areas] == ["Northfield", "Southfield"]
    assert kept.areas[0].mechanism == "prior_approval"
    said = kept.statements[0]
    assert [(one.code, one.role) for one in said.codes.opcs4] == [("W84.4", "include"), ("Z81.2", "site")]
    assert [(one.code, one.role) for one in said.codes.icd10] == [("C00-C97", "exclude")]
    assert [(one.label, one.words) for one in said.criteria] == [
        ("(a)", "Pain for a year\nand no relief"), ("(b)", "Physiotherapy tried"),
    ]  # fmt: skip
    assert [one.words for one in said.known_by] == ["Lunar shoulder realignment", "LSR"]
    assert (said.ages.youngest, said.ages.oldest) == (18, None)
    assert kept.impacts == {"Equality": "No group is affected more than another."}


def test_saving_what_the_form_shows_changes_nothing(app, lead, central_east):
    draft = start(lead, central_east)
    more = {"statements-0-procedures": "W84.4 | Arthroscopic realignment | include", "statements-0-criteria": "1 | Pain"}
    save(lead, draft, typed(version(app, draft).version, ratified_on="2020", areas="Northfield", **more))
    before = record(app, draft)
    answer = save(lead, draft, typed(version(app, draft).version, ratified_on="2020", areas="Northfield", **more))
    assert answer.status_code == 302
    assert record(app, draft) == before


def test_further_texts_and_remarks_are_changed_and_none_is_lost(app, lead, central_east):
    draft = start(lead, central_east)
    said = {
        "further-0-heading": "Funding", "further-0-words": "From the board.", "further-1-heading": "Funding",
        "further-1-words": "Each year anew.", "remarks-0-words": "No day is printed.", "remarks-1-words": "",
    }  # fmt: skip
    assert save(lead, draft, typed(version(app, draft).version, **said)).status_code == 302
    kept = record(app, draft)
    assert kept.further == {"Funding": "From the board.\nEach year anew."}
    assert kept.remarks == ["No day is printed."]
    page = lead.get(f"/policies/drafts/{draft}").text
    assert "Each year anew." in page
    assert "To be checked" in page
    assert "It does not say which patients it is about" in page
    save(lead, draft, typed(version(app, draft).version, **said | {"remarks-0-words": ""}))
    assert record(app, draft).remarks == []


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("ratified_on", "the week after Easter", "is not a day, a month or a year"),
        ("effective_from", "31 February 2026", "is not a day, a month or a year"),
        ("statements-0-procedures", "sweating | A label | include", "is not a procedure code"),
        ("statements-0-diagnoses", "R61x.9.9 | Label | include", "is not a diagnosis code"),
        ("statements-0-youngest", "99999999999999999999", "whole number of years"),
        ("areas", "Northfield | whenever", "is not known beside an area"),
        ("title", "", "Enter the title"),
        ("cites", "NG99999", "is not on record"),
        ("version", "x" * 3000, "Shorten this"),
    ],
)
def test_bad_input_is_said_in_a_sentence_and_kept(app, lead, central_east, name, words, said):
    draft = start(lead, central_east)
    answer = save(lead, draft, typed(version(app, draft).version, **{name: words}))
    assert answer.status_code == 422
    assert said in answer.text
    assert words[:40] in answer.text
    assert version(app, draft).version == 1


def test_fields_missing_or_absurd_are_no_accident(lead, central_east):
    draft = start(lead, central_east)
    assert save(lead, draft, {}).status_code == 422
    odd = typed(1) | {"statements-²-treatment": "x", "statements-9999999999-treatment": "y", "replaces-0-version_id": "9" * 40}
    odd |= {"title": "Null\x00 and \u202e turned", "kind": "anything"}
    assert save(lead, draft, odd).status_code == 422


def test_a_page_that_was_overtaken_is_refused_and_keeps_what_was_typed(app, lead, central_east):
    draft = start(lead, central_east)
    seen = version(app, draft).version
    assert save(lead, draft, typed(seen)).status_code == 302
    late = save(lead, draft, typed(seen, cohort="Only children"))
    assert late.status_code == 409
    assert "Only children" in late.text


def test_a_statement_is_taken_out(app, lead, central_east):
    draft = start(lead, central_east)
    save(lead, draft, typed(1))
    save(lead, draft, typed(version(app, draft).version, **{"statements-0-remove": "y"}))
    assert record(app, draft).statements == []


def test_a_second_person_publishes(app, client, sign_in, lead, central_east):
    draft = start(lead, central_east)
    page = lead.get(f"/policies/{draft}/keeping").text
    assert "It says nothing yet about any treatment" in page
    save(lead, draft, typed(1, effective_from="1 January 2026"))
    moves = f"/policies/{draft}/moves"
    assert lead.post(f"{moves}/propose", data={"seen": version(app, draft).version}).status_code == 302
    assert save(lead, draft, typed(version(app, draft).version)).status_code == 409
    assert "You proposed this version, so somebody else publishes it." in lead.get(f"/policies/{draft}/keeping").text
    assert lead.post(f"{moves}/publish", data={"seen": version(app, draft).version}).status_code == 409
    sign_in(client, "pia_policy")
    assert "Applies from" in client.get(f"/policies/{draft}/keeping").text
    assert client.post(f"{moves}/publish", data={"seen": version(app, draft).version}).status_code == 302
    assert version(app, draft).state == "published"
    assert client.get(f"/policies/drafts/{draft}").status_code == 409


def test_whoever_wrote_the_text_last_does_not_publish_it_either(app, client, sign_in, lead, central_east):
    draft = start(lead, central_east)
    save(lead, draft, typed(1, effective_from="1 January 2026"))
    moves = f"/policies/{draft}/moves"
    sign_in(client, "pia_policy")
    assert client.post(f"{moves}/propose", data={"seen": version(app, draft).version}).status_code == 302
    sign_in(client, "paul_policy")
    said = "You wrote this version as it now stands, so somebody else publishes it."
    assert said in client.get(f"/policies/{draft}/keeping").text
    assert client.post(f"{moves}/publish", data={"seen": version(app, draft).version}).status_code == 409
    assert version(app, draft).state == "proposed"


def test_sending_back_asks_the_reason(app, lead, central_east):
    draft = start(lead, central_east)
    save(lead, draft, typed(1))
    moves = f"/policies/{draft}/moves"
    lead.post(f"{moves}/propose", data={"seen": version(app, draft).version})
    seen = version(app, draft).version
    bare = lead.post(f"{moves}/send_back", data={"seen": seen, "reason": " "})
    assert bare.status_code == 422
    assert "Give a reason" in bare.text
    assert lead.post(f"{moves}/send_back", data={"seen": seen, "reason": "The days are wrong."}).status_code == 302
    assert version(app, draft).state == "draft"
    assert "The days are wrong." in lead.get(f"/policies/{draft}/keeping").text


def published(app, client, sign_in, owner_id):
    draft = start(client, owner_id)
    save(client, draft, typed(1, effective_from="1 January 2026"))
    client.post(f"/policies/{draft}/moves/propose", data={"seen": version(app, draft).version})
    sign_in(client, "pia_policy")
    client.post(f"/policies/{draft}/moves/publish", data={"seen": version(app, draft).version})
    sign_in(client, "paul_policy")
    return draft


def test_the_next_version_begins_with_what_the_last_one_says_and_names_it(app, sign_in, lead, central_east):
    first = published(app, lead, sign_in, central_east)
    answer = lead.post(f"/policies/{first}/next", data={"label": "2"})
    assert answer.status_code == 302
    later = record(app, int(answer.location.rsplit("/", 1)[1]))
    assert [(one.policy, one.version) for one in later.replaces] == [("LSR-07", "1")]
    assert later.statements == record(app, first).statements
    assert (later.version, later.effective_from) == ("2", None)
    assert lead.post(f"/policies/{first}/next", data={"label": "1"}).status_code == 422


def test_a_draft_names_which_version_it_replaces_and_when_that_one_ends(app, sign_in, lead, central_east):
    first = published(app, lead, sign_in, central_east)
    draft = start(lead, central_east, title="Lunar Shoulder Realignment, harmonised")
    more = {"replaces-0-version_id": str(first), "replaces-0-last_on": "31 March 2027"}
    data = typed(1, title="Lunar Shoulder Realignment, harmonised", reference="", **more)
    assert save(lead, draft, data).status_code == 302
    assert str(record(app, draft).replaces[0].last_on) == "2027-03-31"
    assert "31 March 2027" in lead.get(f"/policies/{draft}/keeping").text
    assert 'value="31 March 2027"' in lead.get(f"/policies/drafts/{draft}").text


def test_a_published_version_is_withdrawn_with_a_reason(app, sign_in, lead, central_east):
    first = published(app, lead, sign_in, central_east)
    seen = version(app, first).version
    assert lead.post(f"/policies/{first}/moves/withdraw_version", data={"seen": seen}).status_code == 422
    done = lead.post(f"/policies/{first}/moves/withdraw_version", data={"seen": seen, "reason": "Nobody does it any more."})
    assert done.status_code == 302
    assert version(app, first).state == "withdrawn"


def test_a_draft_that_is_given_the_reference_of_another_policy_becomes_a_version_of_it(app, sign_in, lead, central_east):
    first = published(app, lead, sign_in, central_east)
    draft = start(lead, central_east, title="Wrongly read")
    assert save(lead, draft, typed(1, version="2")).status_code == 302
    assert version(app, draft).policy_id == version(app, first).policy_id
    clash = start(lead, central_east, title="Wrongly read again")
    answer = save(lead, clash, typed(1, version="2"))
    assert answer.status_code == 422
    assert "is on record already" in answer.text


def test_a_new_title_is_the_drafts_own_until_it_is_published(app, client, sign_in, lead, central_east):
    first = published(app, lead, sign_in, central_east)
    later = int(lead.post(f"/policies/{first}/next", data={"label": "2"}).location.rsplit("/", 1)[1])
    changed = typed(1, title="Another title", version="2", effective_from="1 January 2027")
    assert save(lead, later, changed).status_code == 302
    assert record(app, later).title == "Another title"
    assert "Draft: Another title, version 2" in lead.get(f"/policies/drafts/{later}").text
    assert "Another title" not in client.get("/register").text
    lead.post(f"/policies/{later}/moves/propose", data={"seen": str(version(app, later).version)})
    sign_in(client, "pia_policy")
    assert client.post(f"/policies/{later}/moves/publish", data={"seen": str(version(app, later).version)}).status_code == 302
    assert [record(app, one).title for one in (first, later)] == ["Lunar Shoulder Realignment", "Another title"]
    listed = client.get("/register").text
    assert "Another title" in listed
    assert "Lunar Shoulder Realignment" not in listed
    assert "Lunar Shoulder Realignment" in client.get(f"/policies/{first}").text


def test_the_kind_of_a_published_policy_stays(app, sign_in, lead, central_east):
    first = published(app, lead, sign_in, central_east)
    later = int(lead.post(f"/policies/{first}/next", data={"label": "2"}).location.rsplit("/", 1)[1])
    answer = save(lead, later, typed(1, kind="umbrella", version="2"))
    assert answer.status_code == 422
    assert "are of another kind" in answer.text


def test_a_draft_of_another_commissioner_is_not_there(app, client, lead, central_east, make_person):
    from ifr.db import transaction
    from ifr.people import services as people

    draft = start(lead, central_east)
    with app.app_context(), transaction():
        token = people.start_sign_in(make_person("stranger", "test-other-body"))
    with client.session_transaction() as session:
        session["token"] = token
    for address in (f"/policies/drafts/{draft}", f"/policies/drafts/{draft}/text", f"/policies/{draft}/keeping"):
        assert client.get(address).status_code == 404
    assert client.post(f"/policies/{draft}/moves/discard_version", data={"seen": 1, "reason": "x"}).status_code == 404
    assert save(client, draft, typed(1)).status_code == 404


def test_whoever_keeps_no_register_is_refused(client, sign_in):
    sign_in(client, "carol_office")
    for address in ("/policies/drafts", "/policies/import", "/policies/reviews", "/policies/flags", "/policies/clauses"):
        assert client.get(address).status_code == 403
