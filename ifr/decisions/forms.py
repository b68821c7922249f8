"""What is typed in this room. Questions, points and criteria differ from case to case, so their fields are read by name."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DecimalField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional

from ifr.decisions.criteria import ANSWERS_ABOUT
from ifr.decisions.models import COMPARATOR_ANSWERS, OUTCOMES
from ifr.decisions.services import ConditionTyped, FindingTyped, HeardTyped, RecordTyped
from ifr.pages import DayField, VersionField, offered, plain_text, whole_number

LONGEST_TEXT = 50_000
_TOO_LONG = f"Shorten this to {LONGEST_TEXT:,} characters."
_DEAREST = 100_000_000


def _text(label: str, description: str = "") -> TextAreaField:
    short_enough = Length(max=LONGEST_TEXT, message=_TOO_LONG)
    return TextAreaField(label, description=description, filters=[plain_text], validators=[short_enough])


def _choice(label: str, choices: Mapping[str, str], description: str = "") -> RadioField:
    return RadioField(label, description=description, choices=offered(choices.items()), validators=[Optional()])


def _votes(label: str) -> IntegerField:
    whole = NumberRange(0, 99, message=f"{label}: enter a whole number")
    return IntegerField(label, validators=[Optional(), whole])


class _Versioned(FlaskForm):
    """A form that carries the version of the request from which it was made."""

    seen = VersionField()



class RecordForm(_Versioned):
    """The parts of the record that every decision has."""

    outcome = _choice("What was decided", OUTCOMES)
    comparator_answer = _choice("What the panel makes of it", COMPARATOR_ANSWERS)
    comparator = _text("If replaced: the comparison group that the panel used")
    comparator_because = _text("If replaced: why")
    not_reached_because = _text(
        "If something is not reached: why", "One reason for all of it: which answer decides the request"
    )
    in_the_round = _text("All points and questions taken together")
    reasons = _text("Reasons for the decision")
    plain_reasons = _text("Reasons for the patient, in plain words", "Short sentences, no abbreviations")
    would_change = _text("What would change the answer", "For example new clinical information of a kind that you name")
    what_is_not_funded = _text("If funded in part: what is not funded")
    equality = _text(
        "Equality, human rights and health inequality",
        "What was considered, and what was made of the answer that came with the request",
    )
    conditions_answer = _choice("Conditions of the funding", {"none": "None", "some": "These conditions"})
    amount_answer = _choice("Amount", {"none": "No amount is set", "amount": "Up to an amount"})
    amount = DecimalField(
        "Amount in pounds", places=2, validators=[Optional(), NumberRange(0, _DEAREST, message="Check the amount")]
    )
    amount_words = StringField(
        "Or the amount in words", description="For example: eight weeks' supply", filters=[plain_text],
        validators=[Length(max=500, message="Shorten this to 500 characters.")],
    )
    validity_answer = _choice(
        "How long the funding can be taken up", {"none": "No day is set", "until": "Treatment has to begin by a day"}
    )
    valid_until_on = DayField("Treatment has to begin by")
    votes_for = _votes("Votes for the decision")
    votes_against = _votes("Votes against")
    votes_abstained = _votes("Abstained")
    dissent = _text("Dissent, if anybody asks for it to be recorded")

    NOT_WORDS = frozenset({"seen", "csrf_token"})

    def typed(self, posted: Mapping[str, str], *, asked: list[tuple[str, str]], directions: list[int]) -> RecordTyped:
        """What was typed, for the service. `asked` are the questions, points and criteria of this case."""
        words = {f.name: _stored(f) for f in self if f.name not in self.NOT_WORDS}
        return RecordTyped(
            words=words,
            findings=[_finding(posted, about, key) for about, key in asked],
            conditions=conditions_typed(posted),
            directions={one: _read(posted, f"direction_{one}") for one in directions},
        )


def _stored(typed: Any) -> Any:
    """Text that was left empty is empty text; a choice or a number that was left is none."""
    return typed.data or ("" if isinstance(typed, StringField) else typed.data)


def _read(posted: Mapping[str, str], name: str) -> str:
    text: str = plain_text(posted.get(name, ""))
    return text[:LONGEST_TEXT]


def _finding(posted: Mapping[str, str], about: str, key: str) -> FindingTyped:
    name = f"{about}_{key}"
    answer = posted.get(f"{name}_answer", "")
    known = answer if answer in ANSWERS_ABOUT[about] else ""
    return FindingTyped(about, key, known, _read(posted, f"{name}_reasons"), _read(posted, f"{name}_clause"))


def conditions_typed(posted: Mapping[str, str]) -> list[ConditionTyped]:
    rows = []
    for number in _numbers(posted, "condition_", "_text"):
        name = f"condition_{number}"
        text = _read(posted, f"{name}_text")
        if text:
            rows.append(ConditionTyped(text, _read(posted, f"{name}_measure"), _day(posted, f"{name}_due_on")))
    return rows


def heard_typed(posted: Mapping[str, str]) -> list[HeardTyped]:
    rows = []
    for number in _numbers(posted, "heard_", "_name"):
        row = HeardTyped(
            _read(posted, f"heard_{number}_name"), _read(posted, f"heard_{number}_role"),
            _day(posted, f"heard_{number}_heard_on"), _read(posted, f"heard_{number}_said"),
        )
        if row.name or row.role or row.said:
            rows.append(row)
    return rows


def faults_of_days(posted: Mapping[str, str], *prefixes: str) -> dict[str, str]:
    """The days among the repeated rows that are typed and are none."""
    names = {name.rsplit("-", 1)[0] for name in posted if name.startswith(prefixes) and name.endswith("-day")}
    return {
        name: "Enter a real date, for example 27 3 2027."
        for name in sorted(names)
        if any(posted.get(f"{name}-{part}", "").strip() for part in DayField.PARTS) and _day(posted, name) is None
    }


def _numbers(posted: Mapping[str, str], start: str, end: str) -> list[int]:
    middles = [n[len(start):-len(end)] for n in posted if n.startswith(start) and n.endswith(end)]
    return sorted(int(m) for m in middles if m.isdigit())[:50]


def _day(posted: Mapping[str, str], name: str) -> date | None:
    try:
        return date(*(int(posted.get(f"{name}-{part}", "")) for part in ("year", "month", "day")))
    except ValueError:
        return None


class UrgentForm(_Versioned):
    """What an urgent decision rests on."""

    harm_of_waiting = _text("What harm waiting for a meeting would do")
    outcome = RadioField("How you decide", validators=[Optional()])

    def offer(self, endings: list[Any]) -> "UrgentForm":
        self.outcome.choices = offered((one, OUTCOMES[one]) for one in endings)
        return self


class AskChairForm(_Versioned):
    """Ask a chair for an urgent decision."""

    user_id = SelectField("Chair", coerce=whole_number, validate_choice=False)
