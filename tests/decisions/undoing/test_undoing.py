"""A decision after its confirmation: a slip put right by two, a decision set aside by two, an order carried out."""

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask

from ifr import clock, jobs, letters, workflow
from ifr.cases import posting
from ifr.cases.models import Case
from ifr.db import db
from ifr.decisions import services as decisions
from ifr.decisions.guards import CONFIRMING
from ifr.decisions.sat import who_sat as sat_on
from ifr.decisions.undoing import reading, services
from ifr.decisions.undoing.models import FUND, ORDER, PANEL, SET_ASIDE, SLIP
from ifr.demo import accounts, afterwards, hearing, stories, walk
from ifr.demo.days import LONGER_THAN_THE_HOLD
from ifr.panels.sitting import who_is_barred
from ifr.workflow import Invalid, NotVisible, Refused

MANAGER, OFFICER, CHAIR = "maya_manages", "olive_officer", "helen_chairs"


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def confirmed(outcome: str = "not_funded") -> Case:
    """A request that a panel has decided; its letters have not left."""
    case = walk.ready_for_panel(walk.in_screening(walk.in_check(walk.received(stories.FORAMINOPLASTY))))
    meeting = hearing.planned(accounts.CM, clock.today())
    hearing.listed(case, meeting)
    for who in (hearing.CHAIR, *hearing.MEMBERS):
        hearing.declared(case, who)
    hearing.opened(meeting)
    return hearing.decided(case, outcome)


def issued(app: Flask, case: Case) -> Case:
    """The letters of the decision have left, and the request has come to its ending."""
    afterwards.released(case.stream)
    db.session.commit()
    with clock.at(clock.now() + LONGER_THAN_THE_HOLD):
        jobs.issue_letters()
    return case


def prepare_slip(case: Case, by: str = CHAIR) -> None:
    services.prepare_slip(
        case, field="reasons", after="The panel read the scan of June, not of May.", because="The month was wrong.",
        once=walk.once(), seen=case.version, by=accounts.user(by),
    )


def prepare_set_aside(case: Case, by: str = MANAGER) -> None:
    services.prepare_set_aside(
        case, because="The panel asked about another aim than the one in the request.", other_people=True,
        once=walk.once(), seen=case.version, by=accounts.user(by),
    )


def prepare_order(case: Case, leads_to: str) -> None:
    services.prepare_order(
        case, body="court", ordered_on=date(2026, 11, 20), leads_to=leads_to, because="Fund twelve weeks meanwhile.",
        amount_words="Twelve weeks", file=services.File("order.txt", b"It is ordered that ..."), once=walk.once(),
        seen=case.version, by=accounts.user(MANAGER),
    )


def test_a_slip_is_put_right_by_two_and_a_wrong_decision_is_set_aside_by_two_and_taken_again(app: Flask) -> None:
    case = issued(app, confirmed())
    assert case.state == "not_funded"
    record = decisions.present_record(case)
    assert record is not None
    before, outcome = record.reasons, record.outcome
    with pytest.raises(Invalid, match="Choose which words"):
        services.prepare_slip(
            case, field="outcome", after="funded", because="A slip.", once=walk.once(), seen=None, by=accounts.user(MANAGER)
        )

    # a slip: prepared by one, made by another, one of them the manager; nothing of the substance moves
    prepare_slip(case)
    with pytest.raises(Refused, match="A second person"):
        walk.step(case, "correct_slip", CHAIR, "The month")
    with pytest.raises(Refused, match="IFR manager"):
        walk.step(case, "correct_slip", "carol_office", "The month")
    walk.step(case, "correct_slip", MANAGER, "The month")
    assert (case.state, record.outcome, record.reasons) == ("not_funded", outcome, "The panel read the scan of June, not of May.")
    change = services.last_made(case, SLIP)
    assert change is not None and change.before == before
    rows = [row for row in letters.of(case.stream) if row.state == letters.AWAITING]
    assert {row.name for row in rows} >= {"refusal_corrected", "refusal_corrected_patient"}
    marked = next(row for row in rows if row.name == "refusal_corrected")
    said = str(letters.body_as_html(marked, profile=case.profile, issued_on=clock.today())[1])
    assert "This letter takes the place of our letter" in said and "The month was wrong." in said

    # set aside: the manager and the accountable officer together; the decision is kept, marked, and others decide again
    with pytest.raises(NotVisible):
        prepare_set_aside(case, "carol_office")
    sat = sat_on(record)
    prepare_set_aside(case)
    with pytest.raises(Refused, match="together"):
        walk.step(case, "set_aside", MANAGER, "It asked the wrong question")
    walk.step(case, "set_aside", OFFICER, "It asked the wrong question")
    assert case.state == "ready_for_panel" and case.told_at is None
    assert sat and sat <= who_is_barred(case.id)
    assert services.set_aside_of(record) is not None
    (note,) = reading.decision_withdrawn(case, accounts.user(MANAGER))
    assert note.heading == "The decision is withdrawn" and "another aim" in note.says[0]
    waiting = {row.name for row in letters.of(case.stream) if row.state == letters.AWAITING}
    assert waiting >= {"decision_set_aside", "decision_set_aside_patient"}


def test_the_letters_of_a_decision_that_is_set_aside_before_they_leave_are_stopped() -> None:
    case = confirmed()
    decided = workflow.last_move(case.stream, *CONFIRMING)
    assert decided is not None
    prepare_set_aside(case, OFFICER)
    change = services.open_change(case, SET_ASIDE)
    assert change is not None
    services.take_back(case, change.id, seen=case.version, by=accounts.user(MANAGER))
    with pytest.raises(Refused, match="Prepare it first"):
        walk.step(case, "set_aside", MANAGER, "Nothing is prepared")
    prepare_set_aside(case, OFFICER)
    walk.step(case, "set_aside", MANAGER, "Found before the letter left")
    assert {row.state for row in letters.of_batch(decided.id)} == {letters.STOPPED}
    assert case.state == "ready_for_panel"


def test_an_order_is_carried_out_as_it_was_given_wherever_the_request_stands() -> None:
    case = walk.in_screening(walk.in_check(walk.received(stories.FORAMINOPLASTY)))
    prepare_order(case, FUND)
    with pytest.raises(Refused, match="order on record says otherwise"):
        walk.step(case, "apply_order_to_check", MANAGER, "As ordered")
    walk.step(case, "apply_order_to_fund", MANAGER, "As ordered")
    record, change = decisions.present_record(case), services.last_made(case, ORDER)
    assert case.state == "decision_confirmed"
    assert record is not None and (record.outcome, record.amount_words) == ("funded", "Twelve weeks")
    assert change is not None and change.document_id is not None and change.decision_id == record.id
    # a second order lets a panel decide after all
    prepare_order(case, PANEL)
    walk.step(case, "apply_order_to_panel", MANAGER, "As ordered on appeal")
    assert case.state == "ready_for_panel"
    assert {row.state for row in letters.of(case.stream) if row.name == "decision_funded"} == {letters.STOPPED}


def test_a_correction_or_a_setting_aside_of_an_earlier_decision_is_not_made_on_a_later_one(app: Flask) -> None:
    """What was prepared for one decision goes with it: the next one stands on its own."""
    case = issued(app, confirmed())
    record = decisions.present_record(case)
    assert record is not None
    # A corrected letter that has not left says a decision that is set aside: it leaves no more.
    prepare_slip(case)
    walk.step(case, "correct_slip", MANAGER, "The month")
    corrected = workflow.last_move(case.stream, "correct_slip")
    assert corrected is not None and {row.state for row in letters.of_batch(corrected.id)} == {letters.AWAITING}
    services.prepare_slip(
        case, field="plain_reasons", after="Other plain words.", because="A word.", once=walk.once(), seen=case.version,
        by=accounts.user(CHAIR),
    )
    prepare_set_aside(case)
    prepare_order(case, PANEL)
    walk.step(case, "apply_order_to_panel", MANAGER, "As ordered")
    assert {row.state for row in letters.of_batch(corrected.id)} == {letters.STOPPED}
    assert services.open_change(case, SLIP) is None and services.open_change(case, SET_ASIDE) is None
    carol = accounts.user("carol_office")
    posting.put_back(case, corrected.id, by=carol, seen=None)
    with pytest.raises(Refused, match="moved on"):
        posting.release(case, corrected.id, by=carol, seen=None)
    posting.stop(case, corrected.id, because="It is decided again", by=carol, seen=None)

    meeting = hearing.planned(accounts.CM, clock.today())
    hearing.listed(case, meeting)
    for who in (hearing.CHAIR, *hearing.MEMBERS):
        hearing.declared(case, who)
    hearing.opened(meeting)
    issued(app, hearing.decided(case, "not_funded"))
    words = record.reasons
    with pytest.raises(Refused, match="Prepare"):
        walk.step(case, "set_aside", OFFICER, "It was prepared for the decision before")
    with pytest.raises(Refused, match="Prepare"):
        walk.step(case, "correct_slip", MANAGER, "It was prepared for the decision before")
    assert record.reasons == words
