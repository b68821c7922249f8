"""A change of the timetable that waits for a second person, one that is being drafted, a day off that waits to be approved; a
date with more time, and a letter before legal action that waits for its answer."""

from datetime import timedelta
from typing import Any

from ifr import clock, deadlines, profiles
from ifr.cases.models import Case
from ifr.cases.services import cases_visible_to
from ifr.cases.timing import matters
from ifr.cases.timing import services as timing
from ifr.db import db
from ifr.demo import accounts
from ifr.timetable.commissioners import services
from ifr.timetable.commissioners.services import change_in_hand
from ifr.timetable.holidays import services as holidays

BY = "maya_manages"
EXAMPLE = "example, not any commissioner's policy"


def load() -> None:
    """In the transaction that is open."""
    _drafted(accounts.CE, "panel", 15)
    services.propose(accounts.CE, seen=_version(accounts.CE), by=accounts.user(BY))
    _drafted(accounts.CM, "screening", 8)
    _training_day(accounts.CE)
    _more_time()
    _letter_before_action()


def _more_time() -> None:
    """The requesting clinician is away, and the manager has given the decision two weeks more."""
    by = accounts.user(BY)
    case = db.session.scalars(cases_visible_to(by).where(Case._state == "ready_for_panel").order_by(Case.id)).first()
    assert case is not None
    [decision] = [one for one in deadlines.open_deadlines(case.stream) if one.name == "decision"]
    timing.extend(
        case, decision, length=10, reason="The panel asked for a date on which the clinician can be reached.",
        agreed_with="The requesting clinician, by telephone", once=f"demo-{case.uuid}", by=by, seen=None,
    )  # fmt: skip


def _letter_before_action() -> None:
    by = accounts.user(BY)
    case = db.session.scalars(cases_visible_to(by).where(Case._state == "not_funded").order_by(Case.id)).first()
    assert case is not None and case.received_on is not None
    on = max(case.received_on, clock.today() - timedelta(days=3))
    matters.arrived(case, "pre_action", on=on, once=f"demo-{case.uuid}", by=by, seen=None)


def _drafted(slug: str, name: str, working_days: int) -> None:
    by = accounts.user(BY)

    def shorten(raw: dict[str, Any]) -> None:
        raw["days"][name] |= {"length": working_days, "unit": "working_days", "source": EXAMPLE}

    services.start(slug, profiles.latest("profile", slug).version, by=by)
    services.save_part(slug, shorten, seen=_version(slug), by=by)
    services.save_day(
        slug, first_on=clock.today() + timedelta(days=42), reason="Patients wait too long for this step.", until_next=False,
        seen=_version(slug), by=by,
    )  # fmt: skip


def _training_day(slug: str) -> None:
    """The office is to be closed on a working day some three weeks ahead."""
    organisation_id = accounts.organisation(slug).id
    on = deadlines.next_working_day(clock.today(), 15, deadlines.days_off(organisation_id))
    holidays.propose(
        {on: "Training day of the office"}, organisation_id=organisation_id, source="Entered on a page", once=f"demo-{slug}",
        by=accounts.user(BY),
    )  # fmt: skip


def _version(slug: str) -> int:
    change = change_in_hand(accounts.organisation(slug))
    assert change is not None
    return change.version
