"""The table of days off beside a file and beside what a package computes, and the command that raises the alarm."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from ifr import clock, deadlines
from ifr.commands.holidays import holidays
from ifr.db import db
from ifr.deadlines import working_days
from ifr.timetable.holidays import comparing, services
from ifr.timetable.holidays.comparing import UnreadableError, days_in

EVENT = "BEGIN:VEVENT\r\nUID:{on}@test\r\nDTSTART;VALUE=DATE:{on}\r\nSUMMARY:{name}\r\nEND:VEVENT\r\n"


def calendar(**days: str) -> bytes:
    """A calendar as the government publishes it; each day is named as d20261225."""
    events = "".join(EVENT.format(on=on[1:], name=name) for on, name in days.items())
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{events}END:VCALENDAR\r\n".encode()


def csv_of(days: dict[date, str]) -> str:
    return "\n".join(["date,name", *(f"{on},{name}" for on, name in days.items())])


@pytest.fixture
def service(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def run(*given: object) -> Result:
    return CliRunner().invoke(holidays, [str(one) for one in given])


def test_a_calendar_and_a_table_are_read_alike() -> None:
    days = {date(2026, 12, 25): "Christmas Day", date(2026, 12, 28): "Boxing Day (substitute day)"}
    found = calendar(d20261225="Christmas Day", d20261228="Boxing Day (substitute day)")
    assert days_in("bank-holidays.ICS", found) == days_in("days.csv", ("\ufeff" + csv_of(days)).encode()) == days


@pytest.mark.parametrize(("name", "content", "said"), [
    ("a.csv", b"date,name\n2027-02-30,A day", "Line 2: this is no day."),
    ("a.csv", b"date,name\n2027-02-01,A day\n2027-02-01,A day", "01.02.2027 stands twice"),
    ("a.csv", b"date,name\n2027-02-01, \x00 ", "give the day a name"),
    ("a.csv", b"date,name\n1027-02-01,A day", "the year 1027 is out of reach"),
    ("a.csv", b"on,what\n2027-02-01,A day", "must name the columns date and name"),
    ("a.csv", b"\xff\xfe\x00", "This is no CSV file in UTF-8"),
    ("a.csv", b"date,name\n", "holds no day"),
    ("a.csv", b"", "must name the columns"),
    ("a.ics", b"no calendar", "This is no calendar file"),
    ("a.ics", calendar(d20261225="Christmas Day", d99="Nonsense"), "Event 2 has no day"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_says_where_and_why(name: str, content: bytes, said: str) -> None:
    with pytest.raises(UnreadableError) as fault:
        days_in(name, content)
    assert said in str(fault.value)


def test_the_shipped_days_are_those_that_the_package_computes() -> None:
    shipped = deadlines.in_file(working_days.SHIPPED)
    found = comparing.compare(shipped, comparing.computed(sorted({on.year for on in shipped})))
    assert (found.missing, found.extra) == ({}, {})


def test_the_check_alarms_when_the_table_ends_within_a_year(service: None) -> None:
    assert services.reach().until == date(2028, 12, 31)
    assert run("check").exit_code == 0
    with clock.at(datetime(2028, 1, 2, 10, 0, tzinfo=UTC)):
        found = run("check")
        assert found.exit_code == 1 and "ALARM: the table ends within a year, 2028-12-31" in found.output
        said = json.loads(run("check", "--json").output)
        assert said["ends_within_a_year"] and not said["in_order"] and said["compared_with"].startswith("Computed by")


def test_the_check_alarms_when_the_table_differs_from_a_file_and_names_each_day(service: None, tmp_path: Path) -> None:
    days = {on: name for on, name in services.bank_holidays().items() if on.year in (2026, 2027)}
    file = tmp_path / "days.csv"
    file.write_text(csv_of({**days, date(2026, 12, 25): "Christmas"}))
    found = run("check", "--file", file)
    assert found.exit_code == 0 and "other name: 2026-12-25 Christmas Day / Christmas" in found.output

    del days[date(2027, 5, 3)]
    days[date(2027, 5, 7)] = "Early May bank holiday"
    file.write_text(csv_of(days))
    found = run("check", "--file", file, "--json")
    said = json.loads(found.output)
    assert found.exit_code == 1 and said["differs"] and not said["ends_within_a_year"]
    assert said["missing"] == [{"date": "2027-05-07", "name": "Early May bank holiday"}]
    assert said["extra"] == [{"date": "2027-05-03", "name": "May Day"}]
    file.write_text("nonsense")
    assert "days.csv: The first line of the file must name" in run("check", "--file", file).output


def test_the_list_is_printed_by_year(service: None) -> None:
    assert "2026-12-28  Boxing Day (substitute day)" in run("list", "--year", 2026).output
    found = json.loads(run("list", "--json").output)
    assert {one["date"][:4] for one in found} >= {"2026", "2027", "2028"} and found[0]["closure_of"] is None


def test_one_day_announced_for_a_later_year_does_not_quieten_the_alarm(service: None) -> None:
    before = services.reach().until
    row = deadlines.DayOff(
        off_on=date(2031, 6, 2), kind=deadlines.BANK_HOLIDAY, name="A jubilee", source="a test",
        added_at=clock.now() - timedelta(days=1),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    assert services.reach().until == before
