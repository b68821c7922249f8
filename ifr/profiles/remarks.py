"""What is remarked on in a request before it is sent. A remark marks and asks; it never holds a request up."""

from datetime import date
from typing import Annotated

from pydantic import Field, field_validator

from ifr.profiles.shapes import Key, Name, Strict

# The remarks that the service finds in what a request holds, besides those that are found by words.
NEEDED = frozenset({
    "diagnosis", "unlinked", "no_evidence", "no_share", "aim", "baseline", "measure", "measured_when", "stopping", "exit",
    "often_returned", "no_steps", "not_from_policy", "other_version", "no_usual_treatment", "no_stage", "grows", "no_source",
    "marked_not_clinical", "no_answer",
})  # fmt: skip


class Said(Strict):
    """What a remark says, and why it is made."""

    title: str
    why: str


class Wording(Strict):
    """A remark that is found by words: any of the phrases, unless it stands within one of `but_not`."""

    key: Key
    title: str
    why: str
    phrases: Annotated[list[str], Field(min_length=1)]
    but_not: list[str] = []


class Remarks(Strict):
    """The rules by which the service remarks on a request."""

    name: Name
    version: int
    applies_from: date
    source: str
    # Words that say nothing by themselves, parted by spaces; and phrases by which an answer does compare with others.
    little_words: str
    compares: list[str]
    # What is true of many patients of a group: an answer that says nothing else sets nobody apart.
    restates: Annotated[list[Wording], Field(min_length=1)]
    # Matters that are not clinical by themselves: work, study, caring, money.
    beside: Annotated[list[Wording], Field(min_length=1)]
    # Groups that are no comparison group.
    groups: list[Wording]
    says: dict[Key, Said]

    @field_validator("says")
    @classmethod
    def _says_what_is_needed(cls, says: dict[str, Said]) -> dict[str, Said]:
        lacking = sorted(NEEDED - set(says))
        if lacking:
            raise ValueError(f"lacks the remark {lacking[0]!r}; add it")
        return says
