"""The office calendar: what stands on which day, for whom, within the walls, and what a month costs."""

from datetime import date, timedelta

from ifr import clock, workflow
from ifr.access import Role
from ifr.cases.models import CONFLICTED
from ifr.cases.services import involve
from ifr.db import db
from ifr.deadlines import CLOSURE, DayOff, forget
from ifr.demo import accounts, afterwards, hearing, walk
from ifr.reports.times import calendar as months
from ifr.reports.times.calendar import Asked, Entry
from tests.databases import statements_sent
from tests.reports.times.conftest import like, on

NOVEMBER, DECEMBER = Asked(2026, 11), Asked(2026, 12)


def entries(asked: Asked, who: str = "carol_office") -> list[Entry]:
    return [one for day in months.calendar(accounts.user(who), asked).days for one in day.entries]


def test_a_month_holds_what_is_due_meetings_days_off_and_letters(session: None) -> None:
    with on(19, month=11):
        case = walk.in_check(walk.received(like(1)))
        urgent = walk.received(like(2, urgent="yes", needed_by="30 11 2026", harm_of_waiting="Harm."))
    with on(5):
        late = walk.received(like(3))
    meeting = hearing.planned(accounts.CE, date(2026, 11, 27), members=())
    db.session.add(DayOff(off_on=date(2026, 11, 30), kind=CLOSURE, name="Office move",
                          organisation_id=accounts.organisation(accounts.CE).id, added_at=clock.now()))  # fmt: skip
    db.session.flush()
    forget()
    with statements_sent() as asked:
        found = months.calendar(accounts.user("carol_office"), NOVEMBER)
    said = {(one.on.day, one.title, one.words, one.urgent, one.late, one.whose) for day in found.days for one in day.entries}
    assert (26, case.key, "Finish the check", False, False, "The office") in said
    assert (20, urgent.key, "Acknowledge the request", True, True, "The office") in said
    assert (27, "Panel meeting", "By video", False, False, "") in said
    assert [one.words for one in found.overdue if one.title == late.key] == ["Acknowledge the request"]
    assert [day.off for day in found.days if day.on.day == 30] == [["Office move (NHS Central East Integrated Care Board)"]]
    assert {day.on: day.off for day in months.calendar(accounts.user("carol_office"), DECEMBER).days}[date(2026, 12, 25)] == [
        "Christmas Day"
    ]
    assert found.weeks[0][0].on == date(2026, 10, 26) and len(found.weeks) == 6

    # Allocated to somebody else; whose turn it is; another office.
    assert case.key in {one.title for one in entries(Asked(2026, 11, mine=True))}
    assert urgent.key not in {one.title for one in entries(Asked(2026, 11, mine=True))}
    assert not [one for one in entries(Asked(2026, 11, whose="clinician")) if one.title == case.key]
    elsewhere = accounts.organisation(accounts.CM).id
    assert case.key not in {one.title for one in entries(Asked(2026, 11, office=elsewhere))}
    assert meeting.id not in {one.meeting_id for one in entries(Asked(2026, 11, office=elsewhere))}

    # A conflict of interest, and what a full month costs.
    involve(case, accounts.user("petra_screens").id, Role.PANEL_MEMBER, interest=CONFLICTED)
    assert case.key not in repr(months.calendar(accounts.user("petra_screens"), NOVEMBER))
    with on(20, month=11):
        for number in range(4, 7):
            walk.received(like(number))
    with statements_sent() as full:
        assert len(entries(NOVEMBER)) > len(said) + 2
    assert len(full) == len(asked) > 0


def test_letters_stand_on_the_day_of_their_leaving_and_challenges_are_never_late(session: None) -> None:
    with on(2):
        case = walk.in_screening(walk.in_check(walk.received(like(1))))
        walk.declined_at_screening(case)
    with on(6):
        afterwards.released(case.stream)
        leaving = {(one.title, one.on.day) for one in entries(Asked(2026, 10)) if one.kind == months.LETTER}
        assert (case.key, 6) in leaving
        workflow.occur(case, "refusal_issued", by=workflow.CLOCK)
    window = [one for one in entries(NOVEMBER) if one.title == case.key]
    assert [(one.words, one.whose, one.late) for one in window] == [("Last day of a challenge", "Somebody else", False)]
    with clock.at(clock.now() + timedelta(days=60)):
        found = months.calendar(accounts.user("carol_office"), Asked(2027, 1))
        assert case.key not in {one.title for one in found.overdue}


def test_months_end_where_the_years_of_the_service_end() -> None:
    assert Asked(2026, 12).moved(1) == Asked(2027, 1)
    assert (Asked(1900, 1).moved(-1), Asked(2199, 12).moved(1)) == (None, None)
    assert Asked(2028, 2).last == date(2028, 2, 29)
