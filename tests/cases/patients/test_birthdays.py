"""A young person's birthday changes at midnight in London who agrees and who is written to."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from ifr import clock
from ifr.cases import identity
from ifr.cases.beside import case_notes
from ifr.cases.models import Case
from ifr.cases.patients import basis, contact
from ifr.cases.patients.contact import PartySaid
from ifr.demo import accounts, stories, walk

RECEIVED = datetime(2025, 6, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def carol():
    return accounts.user("carol_office")


def request_for(born_on: str, basis_given: str) -> Case:
    with clock.at(RECEIVED):
        story = stories.another(stories.HYPERHIDROSIS, name="Nell Young", born_on=born_on, basis=basis_given)
        return walk.in_check(walk.received(replace(story, group=())))


def named(case: Case, kind: str, once: str) -> None:
    said = PartySaid(kind, f"A {kind}", "5 Copy Close\nEly", authority_seen="yes", may_be_written_to=True, gets_copies=True)
    contact.add_party(case, said, once=once, by=carol())


def copies(case: Case) -> list[str]:
    patient = identity.patient_of(case, by=carol(), why="letter")
    return [one.name for one in contact.copies_for(case, patient)]


def midnight(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=clock.LONDON)


# In summer London's midnight is an hour before that of UTC. Who was born on 29 February turns 18 on 1 March.
@pytest.mark.parametrize(
    ("born_on", "birthday"), [("30 6 2008", midnight(2026, 6, 30)), ("29 2 2008", midnight(2026, 3, 1))]
)
def test_a_16_year_old_who_turns_18_is_an_adult_from_midnight_in_london(born_on: str, birthday: datetime) -> None:
    case = request_for(born_on, "parental_responsibility")
    assert basis.age_at_receipt(case) in (16, 17)
    with clock.at(RECEIVED):
        for kind in ("parent", "guardian", "carer"):
            named(case, kind, kind)
    with clock.at(birthday - timedelta(minutes=1)):
        assert basis.birthdays_passed(case) == [] and basis.does_not_fit(case) is None
        assert copies(case) == ["A parent", "A guardian", "A carer"]
    with clock.at(birthday):
        assert basis.birthdays_passed(case) == [18]
        assert "nobody has parental responsibility" in basis.does_not_fit(case)
        assert copies(case) == ["A carer"], "whether a parent is written to is asked anew"
        said = next(note for note in case_notes(case, carol()) if note.heading == "The patient has turned 18")
        assert "who may be written to" in said.says[0]
        # The patient, an adult now, has agreed to it.
        named(case, "parent", "again")
        assert copies(case) == ["A carer", "A parent"]


def test_a_15_year_old_who_turns_16_may_agree_from_midnight_in_london() -> None:
    case, birthday = request_for("1 8 2009", "patient_agrees"), midnight(2025, 8, 1)
    with clock.at(birthday - timedelta(minutes=1)):
        assert "under 16" in basis.does_not_fit(case) and basis.birthdays_passed(case) == []
    with clock.at(birthday):
        assert basis.does_not_fit(case) is None and basis.birthdays_passed(case) == [16]


def test_the_age_of_somebody_born_on_a_leap_day_changes_on_the_leap_day_where_there_is_one() -> None:
    case = request_for("29 2 2008", "patient_agrees")
    ages = [(date(2026, 2, 28), 17), (date(2026, 3, 1), 18), (date(2028, 2, 28), 19), (date(2028, 2, 29), 20)]
    assert [(on, identity.age_on(case, on)) for on, _ in ages] == ages
