"""Appeals and reconsiderations walked by the people who make them, after a request was not funded at screening."""

from datetime import timedelta

from ifr import clock, jobs, letters, workflow
from ifr.appeals import reconsiderations, reviews, services
from ifr.appeals.models import Appeal, Reconsideration
from ifr.appeals.reconsiderations import Answer, Item, Proposal
from ifr.appeals.services import Lodged
from ifr.cases.models import CLEAR, Case
from ifr.db import db
from ifr.demo import accounts, afterwards, stories, walk

CLINICIAN, OFFICE, MANAGER, SECRETARY = "dev_skin", "carol_office", "maya_manages", "stan_minutes"
REVIEWERS = ("vera_reviews", "hugo_reviews", "amy_lay")
WORDS = "The letter from the clinic of 3 March was with the request, and no answer mentions it."


def issued(case: Case) -> None:
    """Every letter that waits is released by the office and issued by the worker once the hold is over."""
    for stream in sorted({row.stream for row in letters.of_case(case) if row.state == letters.AWAITING}):
        afterwards.released(stream)
    db.session.commit()
    with clock.at(clock.now() + timedelta(minutes=11)):
        jobs.issue_letters()
    db.session.expire_all()


def not_funded() -> Case:
    """A request that screening did not fund, and whose letters were issued."""
    case = walk.declined_at_screening(walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))))
    issued(case)
    return case


def lodged(case: Case, *, who: str = CLINICIAN, **given: object) -> Appeal:
    lodged = Lodged(**{"appellant": "clinician", "statement": WORDS, "claimed": ("evidence",), **given})  # type: ignore[arg-type]
    return services.lodge(case, lodged, once=walk.once(), by=accounts.user(who))


def step(subject: Appeal | Reconsideration, trigger: str, who: str, reason: str | None = None) -> None:
    workflow.move(subject, trigger, by=accounts.user(who), seen=subject.version, reason=reason)


def why_not(subject: Appeal | Reconsideration | Case, trigger: str, who: str) -> list[str]:
    return [reason.text for reason in workflow.why_not(subject, trigger, accounts.user(who))]


def sorted_grounds(appeal: Appeal, *supported: str) -> None:
    answers = {
        g.key: ("yes" if g.key in supported else "no", "The letter of 3 March." if g.key in supported else "Nothing in it.")
        for g in services.grounds_of(appeal)
    }
    services.sort_grounds(
        appeal, answers, statement_for_review=WORDS, seen=appeal.version, by=accounts.user(OFFICE)
    )


def accepted(case: Case) -> Appeal:
    appeal = lodged(case)
    step(appeal, "begin_appeal_check", OFFICE)
    sorted_grounds(appeal, "evidence", "procedure")
    step(appeal, "accept_appeal", OFFICE)
    return appeal


def seated(appeal: Appeal, *who: str) -> None:
    """A day, a place and members, the first of whom chairs."""
    by = accounts.user(SECRETARY)
    reviews.arrange(
        appeal, review_on=clock.today() + timedelta(days=7), review_place="10am, by video", seen=appeal.version, by=by
    )
    for key in who or REVIEWERS:
        first = key == (who or REVIEWERS)[0]
        reviews.seat(appeal, accounts.user(key).id, chairs=first, seen=appeal.version, by=by)


def declared(appeal: Appeal, *who: str, interest: str = CLEAR, note: str = "") -> None:
    for key in who or REVIEWERS:
        user = accounts.user(key)
        seat = next(p.seat for p in reviews.places_of(appeal) if p.seat.user_id == user.id)
        reviews.declare_interest(seat.id, interest=interest, note=note, by=user)


def at_review(case: Case) -> Appeal:
    appeal = accepted(case)
    seated(appeal)
    declared(appeal)
    step(appeal, "list_appeal", SECRETARY)
    step(appeal, "open_review", SECRETARY)
    return appeal


def found(appeal: Appeal, *made_out: str) -> None:
    """A finding on each ground, by the chair of the review, with the reasons for the outcome."""
    by = accounts.user(REVIEWERS[0])
    yes, no = ("made_out", "yes", "The letter was not weighed."), ("not_made_out", "", "It was followed.")
    findings = {g.key: yes if g.key in made_out else no for g in services.raised(appeal)}
    reviews.record_findings(appeal, findings, seen=appeal.version, by=by)
    reviews.record_outcome(
        appeal, reasons="The evidence was read in part.", plain_reasons="We did not read all of it.", seen=appeal.version, by=by
    )


def sent_back(case: Case) -> Appeal:
    appeal = at_review(case)
    found(appeal, "evidence")
    reviews.add_direction(
        appeal, text="Weigh the letter of 3 March and say what was made of it.", differently_constituted=True,
        once=walk.once(), seen=appeal.version, by=accounts.user(REVIEWERS[0]),
    )
    step(appeal, "confirm_sent_back", REVIEWERS[0])
    issued(case)
    return appeal


def asked_again(case: Case, *items: str) -> Reconsideration:
    return reconsiderations.ask(
        case, what_is_new="A new test result.", items=[Item(text) for text in items or ("Sweat test of 2 November.",)],
        once=walk.once(), by=accounts.user(CLINICIAN),
    )


def answered(asked: Reconsideration, proposed: str, *, reopen_for: str | None = None, who: str = OFFICE) -> None:
    new = proposed == "accept"
    answers = {
        i.number: Answer("no" if new else "yes", "yes" if new else "no", "Read against the record.")
        for i in reconsiderations.items_of(asked)
    }
    proposal = Proposal(proposed, reopen_for, "What was sent was read.", "We read what your doctor sent.")
    reconsiderations.save_answers(asked, answers, proposal, seen=asked.version, by=accounts.user(who))
