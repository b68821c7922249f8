"""What the pages of this room, and the pages of a request, read of what the clock has done."""

from ifr.timetable.proposals import proposed
from ifr.timetable.retention import Records, waiting

__all__ = ["Records", "proposed", "waiting"]
