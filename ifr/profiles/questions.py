"""The questions of the request form."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from ifr.profiles.shapes import Key, Name, Strict


class Condition(Strict):
    """When a question is asked at all: where an earlier question has one of these answers."""

    key: Key
    answers: Annotated[list[str], Field(alias="is", min_length=1)]


class Question(Strict):
    """One question of the form.

    `tier` says when an answer is needed: to send the request, to screen it (asked afterwards as one list), or only where it
    fits; with `applies_when` the service knows where that is, without it whoever writes does. `account` names what is kept
    on the clinician's account and offered here.
    """

    key: Key
    label: str
    hint: str = ""
    kind: Literal[
        "line", "text", "choice", "yes_no", "day", "money", "opcs4", "icd10",
        "factors", "files", "treatments", "policy", "test", "comparator",
    ]  # fmt: skip
    options: dict[str, str] = {}
    tier: Literal["submit", "screen", "applies"] = "screen"
    applies_when: Condition | None = None
    may_be_unknown: bool = False
    urgent: bool = False
    identity: bool = False
    account: Literal["job_title", "telephone", "specialty", "registration_number"] | None = None


class Section(Strict):
    """One page of the form. The answers of one that is `reusable` may be taken over from an earlier request."""

    key: Key
    title: str
    intro: str = ""
    reusable: bool = True
    questions: list[Question]


class Gate(Strict):
    """One tick of the page before the form: what it says of the request, what follows from it, and where else to go.

    `fills` are answers that it gives to the form; `asks_why` is false where sending is just what should happen.
    """

    key: Key
    label: str
    advice: str
    where: str
    asks_why: bool = True
    fills: dict[Key, str] = {}


class Questions(Strict):
    """The request form: its sections in order, and which answers it takes to submit.

    `printed_as` are the labels under which forms and e-mails print what a question asks, by the question's key;
    `study_types` the kinds of study that a reference may be.
    """

    name: Name
    version: int
    applies_from: date
    gate: list[Gate] = []
    printed_as: dict[Key, list[str]] = {}
    study_types: dict[Key, str] = {}
    sections: list[Section]

    def all(self) -> list[Question]:
        return [q for s in self.sections for q in s.questions]

    def section(self, key: str) -> Section | None:
        return next((s for s in self.sections if s.key == key), None)
