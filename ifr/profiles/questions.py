"""The questions of the request form."""

from datetime import date
from typing import Literal

from ifr.profiles.shapes import Key, Name, Strict


class Question(Strict):
    key: Key
    label: str
    hint: str = ""
    kind: Literal[
        "line", "text", "choice", "yes_no", "day", "money", "opcs4", "icd10",
        "factors", "files", "treatments", "policy", "test", "comparator",
    ]  # fmt: skip
    options: dict[str, str] = {}
    tier: Literal["submit", "screen", "applies"] = "screen"
    urgent: bool = False
    identity: bool = False


class Section(Strict):
    key: Key
    title: str
    intro: str = ""
    questions: list[Question]


class Questions(Strict):
    """The request form: its sections in order, and which answers it takes to submit."""

    name: Name
    version: int
    applies_from: date
    sections: list[Section]

    def all(self) -> list[Question]:
        return [q for s in self.sections for q in s.questions]

    def section(self, key: str) -> Section | None:
        return next((s for s in self.sections if s.key == key), None)
