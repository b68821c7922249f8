"""What is typed about the comparison group and under a remark."""

import re
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from ifr.cases.distinct.group import KINDS, OWN_WORDS, SIZE_KINDS, Start
from ifr.cases.distinct.models import COMMISSIONER, OTHER, START, UNKNOWN, USUAL, GroupStep
from ifr.cases.distinct.services import LARGEST_GROUP, StepAnswers
from ifr.pages import MarkField, VersionField, offered, plain_text

# How each step is asked for.
ASKS = {
    START: "With whom does the comparison begin?",
    "condition": "Which condition do these patients have?",
    "stage": "At which stage are they?",
    USUAL: "Which usual treatment have they had?",
    OTHER: "What else narrows the group?",
}
HINTS = {
    START: "Choose the patients whom the policy excludes. They are quoted as the register words them.",
    "condition": "As the policy or you would name it. Leave out what sets your own patient apart",
    "stage": "For example a stage, a grade, or how long the condition has lasted",
    USUAL: "Patients for whom usual treatment failed are fairly compared with others for whom it failed",
    OTHER: "Only what other patients share. What is different about this patient is said afterwards",
}


class StepForm(FlaskForm):
    """One step of the narrowing: who is left, and how many they are."""

    once = MarkField()
    seen = VersionField()
    kind = HiddenField(filters=[plain_text])
    part = RadioField("With whom does the comparison begin?", description=HINTS[START], validators=[Optional()])
    words = TextAreaField("Who is left after this step", filters=[plain_text])
    size_kind = RadioField(
        "Do you know how many they are?",
        choices=offered(SIZE_KINDS.items()),
        description="“Not known” is an answer. Whoever reads the request would rather read that than a guess",
        default=UNKNOWN,
        validators=[InputRequired("Say whether you know how many they are.")],
    )
    low = StringField("How many, or from", filters=[plain_text])
    high = StringField("To, if it is a range", filters=[plain_text])
    per = RadioField("Counted how", default=COMMISSIONER, validators=[InputRequired("Say where the patients are counted.")])
    source = StringField(
        "Where the number comes from", filters=[plain_text],
        description="For example a registry, an audit, a paper, or “my own estimate”",
    )  # fmt: skip

    def offer(self, starts: list[Start], per: dict[str, str]) -> None:
        """Fit the form to its kind of step and to what the linked policy says."""
        self.per.choices = offered(per.items())
        self.words.label.text, self.words.description = ASKS[self.kind_or_start], HINTS[self.kind_or_start]
        if self.kind_or_start != START or not starts:
            del self.part
            return
        self.words.label.text, self.words.description = "If in your own words: with whom", ""
        self.part.choices = offered(
            [*((one.part, f"{one.title}: “{one.words}”") for one in starts), (OWN_WORDS, "In my own words")]
        )

    @property
    def kind_or_start(self) -> str:
        return self.kind.data if self.kind.data in KINDS else START

    @property
    def values(self) -> StepAnswers:
        return StepAnswers(
            kind=self.kind_or_start,
            words=self.words.data or "",
            size_kind=self.size_kind.data or UNKNOWN,
            low=number_in(self.low.data),
            high=number_in(self.high.data),
            per=self.per.data or COMMISSIONER,
            source=self.source.data or "",
            part=(self.part.data or "") if "part" in self else "",
        )


def of_step(step: GroupStep) -> dict[str, Any]:
    """What stands in the form of a step that is there."""
    names = ("kind", "part", "words", "size_kind", "per", "source")
    said = {name: getattr(step, name) for name in names}
    return {**said, "words": "" if step.policy_words else step.words, "low": _typed(step.low), "high": _typed(step.high)}


def _typed(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def number_in(typed: str | None) -> int | None:
    """A number of patients as people type it: 1,200 or 1200. None for anything else."""
    plain = re.sub(r"[,\s]", "", typed or "")
    return min(int(plain), LARGEST_GROUP + 1) if re.fullmatch(r"\d{1,12}", plain, re.ASCII) else None


class AnswerForm(FlaskForm):
    """The answer to one remark."""

    remark = HiddenField(filters=[plain_text])
    seen = VersionField()
    answer = TextAreaField("Your answer", filters=[plain_text])


class DifferenceForm(FlaskForm):
    """What sets this patient apart from the group, beneath the picture of it."""

    seen = VersionField()
    difference = TextAreaField("", filters=[plain_text])
