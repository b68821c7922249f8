"""What follows a decision in the walked cases: its letters, the treatment and its reports, appeals and reconsiderations."""

from datetime import timedelta

from ifr import clock, letters, workflow
from ifr.appeals import reconsiderations, reviews
from ifr.appeals import services as appeals
from ifr.appeals.models import Appeal, Reconsideration
from ifr.cases import posting, second_person
from ifr.cases.models import Case
from ifr.cases.parties import telephone
from ifr.demo import accounts
from ifr.demo.walk import once, step
from ifr.outcomes import services as outcomes

REVIEWERS = ("vera_reviews", "hugo_reviews", "amy_lay")


def released(stream: str, by: str = "carol_office", second: str = "maya_manages", *, told: bool = True) -> None:
    """The office lets the letters of a stream go, and a second person does what is asked of one; the clinician has told the
    patient, where not said otherwise. Letters that would find nobody are left out. The worker issues the others."""
    case = letters.subject_of_stream(stream).case
    for batch in posting.batches(case):
        if batch.awaits and batch.rows[0].stream == stream:
            posting.release(case, batch.number, by=accounts.user(by), seen=None, leave_out=list(batch.nobody))
            if told and batch.patient_can_be_told:
                said = "The clinician said so on the telephone."
                posting.patient_told(case, batch.number, how=said, by=accounts.user(by), seen=None)
    for row in letters.of(stream):
        for kind in (second_person.ADDRESS, second_person.READING):
            if row.state == letters.RELEASED and second_person.needed(row, kind):
                second_person.confirm(case, row.id, kind, by=accounts.user(second), seen=None)


def told_by_telephone(case: Case, said: str, by: str = "carol_office") -> Case:
    """The clinician is told of a confirmed decision before the letter arrives."""
    called_at = clock.now().astimezone(clock.LONDON)
    telephone.record_call(
        case, told=telephone.CLINICIAN, name="The consultant", said=said, on=called_at.date(), at=f"{called_at:%H:%M}",
        once=once(), seen=case.version, by=accounts.user(by),
    )  # fmt: skip
    return case


def treated(case: Case, who: str) -> Case:
    outcomes.record_start(
        case, started_on=clock.today(), baseline="As in the request", measure="As in the request", seen=case.version,
        by=accounts.user(who),
    )  # fmt: skip
    return step(case, "start_treatment", who)


def reported(case: Case, who: str, *, stopping_rule_met: str = "no") -> Case:
    """A report on the first result that is outstanding."""
    row = outcomes.follow_up_of(case)
    assert row is not None
    due = outcomes.outstanding(row)
    values = {
        "due_id": due[0].id if due else None,
        "period": "First three months",
        "measure_value": "22",
        "against_baseline": "better",
        "adverse_events": "None",
        "stopping_rule_met": stopping_rule_met,
        "recommendation": "none" if stopping_rule_met == "no" else "stop",
    }
    outcomes.save_report(case, values, once=once(), seen=case.version, by=accounts.user(who))
    return step(case, "report_result", who)


def ended(case: Case, chair: str = "helen_chairs") -> Case:
    """The chair ends the funding, the clinician heard, with a day on which it winds down."""
    values = {
        "heard_on": clock.today(),
        "clinician_view": "Healing has stopped; the clinician agrees that the system no longer helps.",
        "wind_down_on": clock.today() + timedelta(days=28),
        "reasons": "The condition of the funding, that the wound shrinks, has not been met for three months.",
        "plain_reasons": "The treatment has stopped helping, so we will stop paying for it in four weeks.",
        "authority": "panel",
    }
    outcomes.record_ending(case, values, seen=case.version, by=accounts.user(chair))
    return step(case, "end_funding", chair, "The condition has not been met.")


# --- appeals ----------------------------------------------------------------------------------------------------------


def appealed(case: Case, who: str, ground: str, statement: str, *, late_because: str = "") -> Appeal:
    said = appeals.Lodged(appellant="clinician", statement=statement, claimed=(ground,), late_because=late_because)
    return appeals.lodge(case, said, once=once(), by=accounts.user(who))


def appeal_step(subject: Appeal | Reconsideration, trigger: str, who: str, reason: str | None = None) -> None:
    workflow.move(subject, trigger, by=accounts.user(who), seen=subject.version, reason=reason)


def accepted(appeal: Appeal, ground: str) -> Appeal:
    """The grounds sorted and the appeal taken."""
    appeal_step(appeal, "begin_appeal_check", "carol_office")
    answers = {
        g.key: ("yes" if g.key == ground else "no", "As the statement says." if g.key == ground else "Nothing in the letter.")
        for g in appeals.grounds_of(appeal)
    }
    appeals.sort_grounds(
        appeal, answers, statement_for_review=appeal.statement, seen=appeal.version, by=accounts.user("carol_office")
    )
    appeal_step(appeal, "accept_appeal", "carol_office")
    return appeal


def reviewed(appeal: Appeal) -> Appeal:
    """A review panel of people who had no part in the case, met and at work."""
    secretary = accounts.user("stan_minutes")
    reviews.arrange(appeal, review_on=clock.today(), review_place="By video", seen=appeal.version, by=secretary)
    for key in REVIEWERS:
        reviews.seat(appeal, accounts.user(key).id, chairs=key == REVIEWERS[0], seen=appeal.version, by=secretary)
    appeal_step(appeal, "list_appeal", "stan_minutes")
    for key in REVIEWERS:
        user = accounts.user(key)
        seat = next(p.seat for p in reviews.places_of(appeal) if p.seat.user_id == user.id)
        reviews.declare_interest(seat.id, interest="clear", note="", by=user)
    appeal_step(appeal, "open_review", "stan_minutes")
    return appeal


def found(appeal: Appeal, ground: str, *, made_out: bool) -> Appeal:
    """Each ground answered, the outcome confirmed by whoever chairs the review."""
    chair = accounts.user(REVIEWERS[0])
    finding = ("made_out", "yes", "The paper was sent in time and was not in the pack.") if made_out else (
        "not_made_out", "no", "The panel had the paper and answered it."
    )  # fmt: skip
    reviews.record_findings(appeal, {ground: finding}, seen=appeal.version, by=chair)
    reviews.record_outcome(
        appeal,
        reasons="The procedure was not followed in a way that mattered." if made_out else "The procedure was followed.",
        plain_reasons="A paper was not shown to the panel. Another panel will decide again."
        if made_out
        else "The panel did what its rules say, so its decision stays.",
        seen=appeal.version,
        by=chair,
    )
    if made_out:
        reviews.add_direction(
            appeal, text="Read the late paper and say what it changes.", differently_constituted=False, once=once(),
            seen=appeal.version, by=chair,
        )  # fmt: skip
    appeal_step(appeal, "confirm_sent_back" if made_out else "confirm_decision_stands", REVIEWERS[0])
    return appeal


def asked_again(case: Case, who: str, what: str) -> Reconsideration:
    item = reconsiderations.Item(text=what)
    return reconsiderations.ask(case, what_is_new=what, items=[item], once=once(), by=accounts.user(who))


def not_taken_up(asked: Reconsideration) -> Reconsideration:
    """Answered item by item by two people: nothing new."""
    appeal_step(asked, "begin_assessment", "carol_office")
    answers = {
        item.number: reconsiderations.Answer("yes", "no", "The panel had this paper before it.")
        for item in reconsiderations.items_of(asked)
    }
    proposal = reconsiderations.Proposal("refuse", None, "Nothing in it is new.", "What was sent was known to us already.")
    reconsiderations.save_answers(asked, answers, proposal, seen=asked.version, by=accounts.user("sam_screens"))
    reconsiderations.sign(asked, seen=asked.version, by=accounts.user("sam_screens"))
    appeal_step(asked, "refuse_reconsideration", "maya_manages", "Nothing in it is new.")
    return asked
