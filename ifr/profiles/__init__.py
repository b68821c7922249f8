"""Definitions as data: machines, commissioners' profiles, exceptionality tests and question sets.

Each YAML file has a name, a version and the day from which it applies. `ifr upgrade` copies it into the table
`definitions`, where it never changes again; a case pins what it works under by the id of such a row.
"""

from ifr.profiles.commissioners import (
    LONGEST,
    Authority,
    Groups,
    Length,
    MoreTime,
    Panel,
    Profile,
    Quorum,
    Reminders,
    Timer,
    Unit,
    Upkeep,
)
from ifr.profiles.exceptionality import ExceptionalityTest, LeftOut
from ifr.profiles.keeping import (
    Definition,
    as_of_today,
    by_id,
    changed_on_pages,
    in_force,
    latest,
    publish,
    publish_from_page,
    reminders_of,
    timer_of,
    versions,
)
from ifr.profiles.machines import NEW, STAYS, DeadlineSpec, LetterSpec, Move, State, Workflow
from ifr.profiles.questions import Condition, Gate, Question, Questions, Section
from ifr.profiles.reading import KINDS, Source, parse, read_folder
from ifr.profiles.remarks import Remarks
from ifr.profiles.shapes import DefinitionError

__all__ = [
    "KINDS",
    "LONGEST",
    "NEW",
    "STAYS",
    "Authority",
    "Condition",
    "DeadlineSpec",
    "Definition",
    "DefinitionError",
    "ExceptionalityTest",
    "Groups",
    "Gate",
    "LeftOut",
    "Length",
    "LetterSpec",
    "MoreTime",
    "Move",
    "Panel",
    "Profile",
    "Question",
    "Questions",
    "Quorum",
    "Reminders",
    "Remarks",
    "Section",
    "Source",
    "State",
    "Timer",
    "Unit",
    "Upkeep",
    "Workflow",
    "as_of_today",
    "by_id",
    "changed_on_pages",
    "in_force",
    "latest",
    "parse",
    "publish",
    "publish_from_page",
    "read_folder",
    "reminders_of",
    "timer_of",
    "versions",
]
