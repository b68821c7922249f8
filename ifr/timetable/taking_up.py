"""What was under way before there were plans of reminders is taken up by the worker too, at the next `ifr upgrade`."""

from sqlalchemy import select

from ifr import deadlines, letters
from ifr.db import db
from ifr.deadlines import Deadline
from ifr.outcomes import services as outcomes


def take_up() -> int:
    """Say of each open date that was opened before when the worker looks at it, and of each report when it is asked for.

    Safe to run again: a date that the worker has been told of is passed over. How many there were is returned.
    """
    before = select(Deadline.stream).where(
        Deadline.opened_by == "", Deadline.look_at.is_(None), Deadline.due_on.is_not(None),
        Deadline.met_at.is_(None), Deadline.cancelled_at.is_(None),
    )  # fmt: skip
    streams = list(db.session.scalars(before.distinct().order_by(Deadline.stream)))
    for stream in streams:
        subject = letters.subject_of_stream(stream)
        deadlines.look_again(deadlines.open_deadlines(stream), subject.profile)
    db.session.flush()
    return len(streams) + outcomes.date_the_asking()
