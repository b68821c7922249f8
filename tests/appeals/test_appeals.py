"""An appeal from its letter to its outcome."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask

from ifr import clock, letters, workflow
from ifr.access import Role
from ifr.appeals import challenges, reviews, services
from ifr.appeals.models import Appeal
from ifr.cases.models import CONFLICTED, Case
from ifr.decisions import services as decisions
from ifr.demo import accounts, stories, walk
from ifr.workflow import Invalid, NotVisible, Refused
from tests.appeals import walking
from tests.appeals.walking import MANAGER, OFFICE, REVIEWERS, SECRETARY, step, why_not


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def case(context: None) -> Case:
    return walking.not_funded()


def names_of(appeal: Appeal) -> list[str]:
    return sorted(row.name for row in letters.of(appeal.stream))


# --- coming in ----------------------------------------------------------------------------------------------------------------


def test_the_time_to_appeal_counts_from_the_issue_of_the_letters_and_names_its_last_day(case: Case) -> None:
    decision = challenges.decision_of(case)
    assert decision is not None
    assert decision.ending == "not_funded_at_screening"
    assert decision.issued_on == date(2026, 11, 21)
    # Thirty working days after a Saturday, with Christmas, Boxing Day (in lieu) and New Year left out.
    assert decision.last_on == date(2027, 1, 6)


def test_no_decision_no_appeal() -> None:
    case = walk.received(stories.HYPERHIDROSIS)
    with pytest.raises(Refused, match="no decision"):
        walking.lodged(case)


def test_a_decision_is_not_appealed_before_its_letter_is_issued() -> None:
    case = walk.declined_at_screening(walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))))
    with pytest.raises(Refused, match="has not been issued yet"):
        walking.lodged(case)


def test_an_appeal_has_a_number_under_the_request_and_an_acknowledgement_and_a_clock_of_its_own(case: Case) -> None:
    appeal = walking.lodged(case)
    assert (appeal.state, appeal.late, appeal.reference) == ("received", False, f"{case.reference}/A1")
    assert appeal.due_on is not None
    assert names_of(appeal) == ["appeal_acknowledgement"]
    assert [(g.key, g.claimed) for g in services.grounds_of(appeal)] == [
        ("evidence", True), ("unreasonable", False), ("procedure", False),
    ]
    assert case.state == "not_funded_at_screening"


def test_the_same_form_sent_twice_makes_one_appeal(case: Case) -> None:
    once, by = walk.once(), accounts.user(walking.CLINICIAN)
    lodged = services.Lodged(appellant="clinician", statement=walking.WORDS)
    assert services.lodge(case, lodged, once=once, by=by) is services.lodge(case, lodged, once=once, by=by)
    assert len(challenges.appeals_of(case)) == 1


def test_one_decision_is_under_one_appeal_at_a_time(case: Case) -> None:
    walking.lodged(case)
    with pytest.raises(Refused, match="A1 is about the same decision"):
        walking.lodged(case)


def test_a_clinician_lodges_for_nobody_else_and_the_office_for_the_patient(case: Case) -> None:
    with pytest.raises(PermissionError):
        walking.lodged(case, appellant="patient")
    appeal = walking.lodged(
        case, who=OFFICE, appellant="representative", representative_name="Jo Kettle", representative_address="1 Mill Lane\nEly"
    )
    row = letters.of(appeal.stream)[0]
    assert services.to_appellant(appeal, row).name == "Jo Kettle"
    assert services.to_appellant(appeal, row).address == ("1 Mill Lane", "Ely")


def test_a_clinician_of_another_provider_sees_no_appeal(case: Case) -> None:
    appeal = walking.lodged(case)
    with pytest.raises(NotVisible):
        services.appeal_of(case, appeal.number, accounts.user("rosa_spine"))


def test_a_late_appeal_can_be_entered_and_waits_for_the_manager(case: Case) -> None:
    with clock.at(clock.now() + timedelta(days=60)):
        appeal = walking.lodged(case, late_because="The patient was in hospital.")
        assert appeal.late
        step(appeal, "begin_appeal_check", OFFICE)
        walking.sorted_grounds(appeal, "evidence")
        assert any("came late" in text for text in why_not(appeal, "accept_appeal", OFFICE))
        with pytest.raises(PermissionError):
            services.accept_late(appeal, reason="Good reason.", seen=appeal.version, by=accounts.user(OFFICE))
        services.accept_late(appeal, reason="In hospital throughout.", seen=appeal.version, by=accounts.user(MANAGER))
        step(appeal, "accept_appeal", OFFICE)
    assert appeal.state == "accepted"


def test_a_letter_that_arrived_in_time_is_not_late_because_it_was_entered_later(case: Case) -> None:
    with clock.at(clock.now() + timedelta(days=60)):
        appeal = walking.lodged(case, who=OFFICE, appellant="patient", received_on=date(2027, 1, 6))
        assert not appeal.late
        with pytest.raises(Invalid, match="future"):
            walking.lodged(case, who=OFFICE, appellant="patient", received_on=date(2027, 3, 6))


# --- sorting ------------------------------------------------------------------------------------------------------------------


def test_every_ground_is_sorted_before_an_appeal_is_accepted(case: Case) -> None:
    appeal = walking.lodged(case)
    step(appeal, "begin_appeal_check", OFFICE)
    assert len(why_not(appeal, "accept_appeal", OFFICE)) == 3
    walking.sorted_grounds(appeal, "procedure")
    assert why_not(appeal, "accept_appeal", OFFICE) == []


def test_no_ground_found_takes_an_invitation_to_say_more_and_two_people(case: Case) -> None:
    appeal = walking.lodged(case)
    step(appeal, "begin_appeal_check", OFFICE)
    walking.sorted_grounds(appeal)
    assert "No ground was found" in why_not(appeal, "accept_appeal", OFFICE)[0]
    services.draft_refusal(
        appeal, because="no_ground", reasons="It repeats the request.", plain_reasons="It says nothing of how we decided.",
        seen=appeal.version, by=accounts.user(OFFICE),
    )
    missing = why_not(appeal, "refuse_appeal", MANAGER)
    assert any("invited to say more" in text for text in missing)
    assert any("Nobody has signed" in text for text in missing)

    step(appeal, "seek_clarification", OFFICE, "What went wrong in how it was decided?")
    step(appeal, "clarify", walking.CLINICIAN, "The panel should have said yes.")
    services.sign_refusal(appeal, seen=appeal.version, by=accounts.user(OFFICE))
    assert why_not(appeal, "refuse_appeal", OFFICE) == ["You signed first: a second person has to take this step."]
    step(appeal, "refuse_appeal", MANAGER, "Nothing in it bears on a ground.")
    assert appeal.state == "not_accepted"
    assert "appeal_not_accepted" in names_of(appeal)
    facts = next(row.facts for row in letters.of(appeal.stream) if row.name == "appeal_not_accepted")
    assert facts["challenge"] == ["complaint", "ombudsman"]
    assert facts["reasons"] == "It repeats the request."


def test_the_clock_stands_still_while_the_appellant_is_asked(case: Case) -> None:
    appeal = walking.lodged(case)
    step(appeal, "begin_appeal_check", OFFICE)
    step(appeal, "seek_clarification", OFFICE, "Which paper was not read?")
    assert appeal.due_on is None
    facts = next(row.facts for row in letters.of(appeal.stream) if row.name == "appeal_clarification")
    assert facts["because"] == "Which paper was not read?"
    step(appeal, "clarify", OFFICE, "The letter of 3 March.")
    assert appeal.due_on is not None


def test_a_change_of_the_reasons_takes_the_first_signature_away(case: Case) -> None:
    with clock.at(clock.now() + timedelta(days=60)):
        appeal = walking.lodged(case)
        step(appeal, "begin_appeal_check", OFFICE)
        given = {"because": "late", "reasons": "No reason was given.", "plain_reasons": "You did not say why it was late."}
        services.draft_refusal(appeal, **given, seen=appeal.version, by=accounts.user(OFFICE))
        services.sign_refusal(appeal, seen=appeal.version, by=accounts.user(OFFICE))
        assert why_not(appeal, "refuse_appeal", MANAGER) == []
        services.draft_refusal(appeal, **{**given, "reasons": "Another text."}, seen=appeal.version, by=accounts.user(OFFICE))
        assert why_not(appeal, "refuse_appeal", MANAGER) == ["Nobody has signed the reasons first."]


# --- the review panel ---------------------------------------------------------------------------------------------------------


def test_nobody_who_took_part_before_can_sit_in_review(case: Case) -> None:
    appeal = walking.accepted(case)
    offered = dict(reviews.candidates(appeal))
    assert set(offered) == {accounts.user(key).id for key in REVIEWERS}
    with pytest.raises(Invalid, match="took part"):
        reviews.seat(
            appeal, accounts.user("sam_screens").id, chairs=False, seen=appeal.version, by=accounts.user(SECRETARY)
        )
    # A member who, after the invitation, takes part in the request itself can no longer sit.
    walking.seated(appeal)
    assert why_not(appeal, "list_appeal", SECRETARY) == []
    from ifr.cases.services import involve

    involve(case, accounts.user("hugo_reviews").id, Role.EVIDENCE_REVIEWER)
    assert any("Hugo Lane took part" in text for text in why_not(appeal, "list_appeal", SECRETARY))


def test_the_review_is_listed_with_a_day_a_quorum_and_a_chair(case: Case) -> None:
    appeal = walking.accepted(case)
    missing = why_not(appeal, "list_appeal", SECRETARY)
    assert any("day and place" in text for text in missing)
    assert any("not be quorate" in text for text in missing)
    assert any("chair" in text for text in missing)
    walking.seated(appeal)
    step(appeal, "list_appeal", SECRETARY)
    assert appeal.state == "listed"


def test_before_an_interest_is_declared_a_member_sees_nothing_but_what_it_could_lie_in(case: Case) -> None:
    appeal = walking.accepted(case)
    walking.seated(appeal)
    vera = accounts.user("vera_reviews")
    assert not appeal.visible_to(vera)
    invitation = reviews.invitations_of(vera)[0]
    assert invitation.is_undeclared
    assert (invitation.provider, invitation.clinician) == ("Fenland Hospitals (demonstration)", "Dr Dev Anand")
    assert (invitation.reference, invitation.key) == ("", "")
    walking.declared(appeal, "vera_reviews")
    assert appeal.visible_to(vera)
    assert reviews.invitations_of(vera)[0].reference == appeal.reference


def test_a_member_with_a_conflict_sees_that_there_is_one_and_the_quorum_falls(case: Case) -> None:
    appeal = walking.accepted(case)
    walking.seated(appeal)
    walking.declared(appeal, "amy_lay", interest=CONFLICTED, note="The patient is a neighbour.")
    amy = accounts.user("amy_lay")
    assert not appeal.visible_to(amy)
    shown = reviews.invitations_of(amy)[0]
    assert (shown.provider, shown.specialty, shown.clinician, shown.reference) == ("", "", "", "")
    assert not reviews.quorum_of(appeal).reached
    with pytest.raises(NotVisible):
        reviews.declare_interest(shown.seat_id, interest="clear", note="", by=amy)


def test_a_review_opens_when_everybody_has_declared(case: Case) -> None:
    appeal = walking.accepted(case)
    walking.seated(appeal)
    step(appeal, "list_appeal", SECRETARY)
    assert any("Hugo Lane has not said" in text for text in why_not(appeal, "open_review", SECRETARY))
    walking.declared(appeal)
    step(appeal, "open_review", SECRETARY)
    assert appeal.state == "at_review"


def test_review_members_read_the_papers_without_the_original_letter(case: Case) -> None:
    appeal = walking.at_review(case)
    papers = reviews.papers_for_review(appeal)
    assert papers.statement == walking.WORDS
    assert [g.text for g in papers.grounds] == [
        "Evidence that was sent was not properly considered",
        "The published procedure was not followed in a way that mattered",
    ]
    assert papers.decision["questions"]
    assert papers.request["reference"] == case.reference


# --- the outcome --------------------------------------------------------------------------------------------------------------


def test_the_chair_confirms_when_every_ground_is_answered_with_reasons(case: Case) -> None:
    appeal = walking.at_review(case)
    chair = REVIEWERS[0]
    assert len([t for t in why_not(appeal, "confirm_decision_stands", chair) if "no finding with reasons" in t]) == 2
    walking.found(appeal)
    assert why_not(appeal, "confirm_decision_stands", "hugo_reviews") == ["This is for the member who chairs the review."]
    step(appeal, "confirm_decision_stands", chair)
    assert appeal.state == "decided"
    walking.issued(case)
    assert appeal.state == "decision_stands"
    facts = next(row.facts for row in letters.of(appeal.stream) if row.name == "appeal_stands")
    assert [g["finding"] for g in facts["grounds"]] == ["Not made out", "Not made out"]
    assert facts["challenge"] == ["complaint", "ombudsman"]


def test_a_decision_with_a_material_ground_made_out_cannot_stand(case: Case) -> None:
    appeal = walking.at_review(case)
    walking.found(appeal, "evidence")
    assert any("made out and material" in text for text in why_not(appeal, "confirm_decision_stands", REVIEWERS[0]))
    assert why_not(appeal, "confirm_sent_back", REVIEWERS[0]) == ["No direction to the next panel is written."]


def test_a_decision_without_a_material_ground_is_not_sent_back(case: Case) -> None:
    appeal = walking.at_review(case)
    walking.found(appeal)
    assert any("nothing to send the decision back for" in t for t in why_not(appeal, "confirm_sent_back", REVIEWERS[0]))


def test_sent_back_gives_the_next_panel_directions_and_the_manager_a_request_to_reopen(case: Case) -> None:
    appeal = walking.sent_back(case)
    assert appeal.state == "sent_back"
    directions = decisions.directions_of(case)
    assert [(d.appeal_id, d.number, d.differently_constituted) for d in directions] == [(appeal.id, 1, True)]
    assert challenges.awaits_reopening(appeal)
    assert why_not(case, "close", OFFICE) != []
    with pytest.raises(Refused):
        services.reopen(appeal, reason="Sent back.", seen=case.version, by=accounts.user(OFFICE))
    services.reopen(appeal, reason="Sent back.", seen=case.version, by=accounts.user(MANAGER))
    assert case.state == "ready_for_panel"
    assert not challenges.awaits_reopening(appeal)
    assert challenges.decision_of(case) is None


def test_the_outcome_is_not_issued_before_its_letter(case: Case) -> None:
    appeal = walking.at_review(case)
    walking.found(appeal)
    step(appeal, "confirm_decision_stands", REVIEWERS[0])
    assert why_not(appeal, "issue_stands", OFFICE) == ["The letter with the outcome has not been issued."]
    assert challenges.words_of(appeal, office=False) == "The outcome will be sent"


# --- closing the request ------------------------------------------------------------------------------------------------------


def test_a_request_is_closed_when_the_time_for_challenges_is_over_and_none_is_open(case: Case) -> None:
    assert why_not(case, "close", OFFICE) == ["The decision can be challenged until 6 January 2027."]
    appeal = walking.lodged(case)
    with clock.at(clock.now() + timedelta(days=60)):
        assert why_not(case, "close", OFFICE) == [f"{appeal.reference} is still open."]
        step(appeal, "withdraw_appeal", OFFICE, "The clinician asked for it.")
        assert why_not(case, "close", OFFICE) == []
        workflow.move(case, "close", by=accounts.user(OFFICE), seen=case.version)
    assert case.state == "closed"


def test_an_appeal_that_was_answered_ends_the_time_for_appeals(case: Case) -> None:
    appeal = walking.at_review(case)
    walking.found(appeal)
    step(appeal, "confirm_decision_stands", REVIEWERS[0])
    walking.issued(case)
    assert why_not(case, "close", OFFICE) == []
