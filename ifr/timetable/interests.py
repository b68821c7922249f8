"""The registers of interests: a member is told when it is time to confirm his or hers again. Nobody is kept from a panel
by it."""

from datetime import date

from sqlalchemy import select

from ifr import clock
from ifr.db import db, lock
from ifr.pages import day
from ifr.panels.members import declared
from ifr.people.models import User
from ifr.telling import services as telling
from ifr.timetable.models import UpkeepStep

STEP = "confirm"


def due(limit: int) -> list[str]:
    """The members who are to be told now: each once for a day on which the register was due."""
    told = _told()
    return [_about(user) for user, on in declared.overdue() if (_about(user), on) not in told][:limit]


def act(about: str) -> None:
    """Tell one member."""
    user_id = int(about.partition(":")[2])
    lock(User, user_id)
    on = dict(declared.overdue()).get(user_id)
    if on is None or (about, on) in _told():
        return
    db.session.add(UpkeepStep(about=about, step=STEP, counted_from=on, at=clock.now()))
    words = f"Your register of interests was due to be confirmed by {day(on)}. Read it and confirm it."
    telling.tell(user_id, key=f"{about}:{on}", words=words, to="members.my_interests")
    db.session.flush()


def _about(user_id: int) -> str:
    return f"interests:{user_id}"


def _told() -> set[tuple[str, date]]:
    rows = db.session.scalars(select(UpkeepStep).where(UpkeepStep.step == STEP))
    return {(row.about, row.counted_from) for row in rows}
