"""A change of the timetable that waits for a second person, and one that is being drafted."""

from datetime import timedelta
from typing import Any

from ifr import clock, profiles
from ifr.demo import accounts
from ifr.timetable.commissioners import services
from ifr.timetable.commissioners.services import change_in_hand

BY = "maya_manages"
EXAMPLE = "example, not any commissioner's policy"


def load() -> None:
    """In the transaction that is open."""
    _drafted(accounts.CE, "panel", 15)
    services.propose(accounts.CE, seen=_version(accounts.CE), by=accounts.user(BY))
    _drafted(accounts.CM, "screening", 8)


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


def _version(slug: str) -> int:
    change = change_in_hand(accounts.organisation(slug))
    assert change is not None
    return change.version
