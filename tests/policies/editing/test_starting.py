"""Drafts that are started twice, again after a discard, or with what is not theirs to name."""

import uuid
from contextvars import copy_context
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from ifr.db import db
from ifr.people.services import organisation_named
from ifr.policies.editing import importing
from ifr.policies.editing.record_form import typed_from
from ifr.policies.exporting import record_of, versions_whole
from ifr.policies.models import PUBLIC_STATES, Policy, PolicyVersion
from tests.policies.editing.drafting import DOCUMENT, hand_in, start, typed, version


def body(app, slug):
    with app.app_context():
        found = organisation_named(slug)
        assert found is not None
        return found.id


def started(client, owner_id, label="1"):
    data = {"owner_id": str(owner_id), "title": "Lunar Shoulder Realignment", "label": label}
    return client.post("/policies/drafts", data=data)


def all_at_once(clients, post):
    """What several browsers are answered that send one form in the same moment."""
    ready, answers = Barrier(len(clients)), []

    def send(client):
        ready.wait()
        answers.append(post(client))

    # The held clock is one of its context.
    threads = [Thread(target=copy_context().run, args=(send, one)) for one in clients]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return answers


@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
def test_a_form_that_is_sent_four_times_at_once_starts_one_draft(fresh_app, sign_in, kind):
    app = fresh_app(kind)
    clients = [app.test_client() for _ in range(4)]
    for one in clients:
        sign_in(one, "paul_policy")
    with app.app_context():
        query = select(PolicyVersion.id).where(PolicyVersion._state.in_(PUBLIC_STATES)).order_by(PolicyVersion.id)
        first = db.session.scalar(query)
        owner_id = organisation_named("central-east").id
    draft = {"owner_id": str(owner_id), "title": "Race title", "label": "1"}
    once = uuid.uuid4().hex
    for post in (
        lambda client: client.post("/policies/drafts", data=draft),
        lambda client: client.post(f"/policies/{first}/next", data={"label": "race 2"}),
        lambda client: hand_in(client, owner_id, ("policy.txt", DOCUMENT), once=once),
    ):
        answers = all_at_once(clients, post)
        assert [one.status_code for one in answers] == [302] * 4
        assert len({one.location for one in answers}) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Policy.title == "Race title")) == 1


def test_a_draft_that_was_changed_is_not_started_again(app, lead, central_east):
    draft = start(lead, central_east)
    assert started(lead, central_east).location.endswith(f"/{draft}")
    data = typed(version(app, draft).version, reference="")
    assert lead.post(f"/policies/drafts/{draft}", data=data).status_code == 302
    again = started(lead, central_east)
    assert again.status_code == 422
    assert "is on record already" in again.text


def test_a_version_is_made_again_after_its_draft_was_discarded(app, lead, central_east):
    for attempt in range(3):
        draft = start(lead, central_east)
        assert (version(app, draft).label, version(app, draft).slug) == ("1", "1")
        data = {"seen": version(app, draft).version, "reason": f"Wrong, attempt {attempt}"}
        assert lead.post(f"/policies/{draft}/moves/discard_version", data=data).status_code == 302
    assert version(app, draft).label == "1"


def test_a_draft_names_no_version_of_another_commissioner_and_none_that_is_not_there(app, lead, central_east):
    secret = start(lead, body(app, "cheshire-merseyside"), title="A private draft", label="SECRETLABEL")
    other = start(lead, central_east, title="Another draft of ours", label="OURS")
    draft = start(lead, central_east)
    for named in (secret, other, draft, 2_000_000_000, "9" * 40, "x"):
        answer = lead.post(f"/policies/drafts/{draft}", data=typed(1, **{"replaces-0-version_id": str(named)}))
        assert answer.status_code == 422, named
        assert "This version cannot be replaced by the draft, or is not on record." in answer.text
        assert "SECRETLABEL" not in answer.text
    with app.app_context():
        assert record_of(versions_whole([draft])[0]).replaces == []


def test_a_statement_of_which_only_the_position_was_chosen_is_asked_for_its_treatment(app, lead, central_east):
    draft = start(lead, central_east)
    data = typed(1, **{"statements-0-treatment": "", "statements-0-position": "criteria_based"})
    answer = lead.post(f"/policies/drafts/{draft}", data=data)
    assert answer.status_code == 422
    assert "Say which treatment this is, or take it out" in answer.text


def test_what_the_form_does_not_show_of_a_code_stays_when_the_draft_is_saved(app, lead, central_east):
    text = (
        "title: Tidal wrist\nreference: null\nversion: '1'\nposition: criteria_based\nstatements:\n- treatment: Tidal wrist\n"
        "  position: criteria_based\n  codes:\n    opcs4: [{code: W84.4, label: 'Two  spaces', release: '4.9',"
        " flag: odd, ours: true}]\n"
        "  criteria: [{label: '1', words: \"First\\n\\nSecond | third\"}]\n"
    )
    hand_in(lead, central_east, ("one.yaml", text.encode()))
    with app.app_context():
        importing.read_waiting()
        draft = db.session.scalar(select(PolicyVersion.id).order_by(PolicyVersion.id.desc()))
        before = record_of(versions_whole([draft])[0])
    shown = typed_from(before, [])
    [said, _] = shown.pop("statements")
    data = {"seen": "1", "title": "Tidal wrist", "version": "1", "kind": "clinical", "position": "criteria_based"}
    data |= {f"statements-0-{name}": value or "" for name, value in said.items()}
    assert lead.post(f"/policies/drafts/{draft}", data=data).status_code == 302
    with app.app_context():
        after = record_of(versions_whole([draft])[0])
    assert after == before
    code = after.statements[0].codes.opcs4[0]
    assert (code.release, code.flag, code.ours) == ("4.9", "odd", True)
