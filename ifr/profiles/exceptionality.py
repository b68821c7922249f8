"""The published tests of exceptionality, in a commissioner's own words and order."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from ifr.profiles.shapes import Key, Name, Strict


class Comparator(Strict):
    asked: bool
    words: str = ""


class TestQuestion(Strict):
    __test__ = False  # a question of an exceptionality test, which pytest is not to collect

    key: Key
    text: str
    # What it asks for: how the patient differs from the group, why more benefit is likely, which evidence shows it.
    asks: Literal["difference", "benefit", "evidence", "other"] = "other"
    required_before_panel: bool = True


class LeftOut(Strict):
    """What a commissioner does not take into account, and the clause that says so."""

    what: str
    clause: str
    # Which matters it means (workflows/remarks: work, study, caring, money), and further words by which it is known.
    about: list[Key] = []
    words: list[str] = []


class ExceptionalityTest(Strict):
    """A commissioner's published test, in its own words and order."""

    __test__ = False

    name: Name
    version: int
    applies_from: date
    commissioner: Name
    route: Literal["policy_exception", "no_policy", "rarity", "continuation"]
    title: str
    words: str
    source: str
    example: bool
    comparator: Comparator
    questions: Annotated[list[TestQuestion], Field(min_length=1)]
    left_out: list[LeftOut] = []
