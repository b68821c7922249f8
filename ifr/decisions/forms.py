"""What is typed in this room. Questions, points and criteria differ from case to case, so their fields are read by name."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, DecimalField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional, StopValidation, ValidationError

from ifr.cases.deferring import MOST_GAPS, GapTyped
from ifr.decisions.criteria import ANSWERS_ABOUT
from ifr.decisions.models import (
    AGAINST,
    COMPARATOR_ANSWERS,
    EXHIBIT_ANSWERS,
    FOR,
    GUIDANCE_ANSWERS,
    OUTCOMES,
    VOTES,
)
from ifr.decisions.services import ConditionTyped, FindingTyped, HeardTyped, RecordTyped
from ifr.decisions.voting import Ballot
from ifr.decisions.weighing import Exhibit, ExhibitTyped, Guidance, GuidanceTyped
from ifr.pages import DayField, VersionField, offered, plain_text, whole_number

LONGEST_TEXT = 50_000
_TOO_LONG = f"Shorten this to {LONGEST_TEXT:,} characters."
_DEAREST = 100_000_000
FIRST_YEAR, LAST_YEAR = 1900, 2199


def _text(label: str, description: str = "") -> TextAreaField:
    short_enough = Length(max=LONGEST_TEXT, message=_TOO_LONG)
    return TextAreaField(label, description=description, filters=[plain_text], validators=[short_enough])


def _choice(label: str, choices: Mapping[str, str], description: str = "") -> RadioField:
    return RadioField(label, description=description, choices=offered(choices.items()), validators=[Optional()])


def _in_our_time(form: FlaskForm, field: DayField) -> None:
    if field.data is not None and not FIRST_YEAR <= field.data.year <= LAST_YEAR:
        raise ValidationError(f"Enter a day between {FIRST_YEAR} and {LAST_YEAR}.")


def _is_a_number(form: FlaskForm, field: DecimalField) -> None:
    """What is read as a number and is none, such as "sNaN", is a fault of the field."""
    if field.data is not None and not field.data.is_finite():
        raise StopValidation("Enter the amount in pounds, for example 12500")


class _Versioned(FlaskForm):
    """A form that carries the version of the request from which it was made."""

    seen = VersionField()


class RecordForm(_Versioned):
    """The parts of the record that every decision has."""

    outcome = _choice("What was decided", OUTCOMES)
    comparator_answer = _choice("What the panel makes of it", COMPARATOR_ANSWERS)
    comparator = _text("If replaced: the comparison group that the panel used")
    comparator_because = _text("If replaced: why")
    not_reached_by = SelectField("If something is not reached: which answer decides the request", validate_choice=False)
    not_reached_because = _text("More on why it is not reached, if anything", "Stands with every answer that is not reached")
    in_the_round = _text("All points and questions taken together")
    reasons = _text("Reasons for the decision")
    plain_reasons = _text("Reasons for the patient, in plain words", "Short sentences, no abbreviations")
    would_change = _text("What would change the answer", "For example new clinical information of a kind that you name")
    what_is_funded = _text("If funded in part: what is funded")
    what_is_not_funded = _text("If funded in part: what is not funded")
    equality = _text("Equality", "What was considered, and what was made of the answer that came with the request")
    human_rights = _text("Human rights", "Which right bears on it, if any, and how it was weighed")
    health_inequality = _text("Health inequality", "What was considered, or that nothing bears on it, and why")
    best_interests = _text("Best interests of the child", "What is best for this child, and how it was weighed")
    everything_else_read = BooleanField("Everything that has no answer above was read")
    conditions_answer = _choice("Conditions of the funding", {"none": "None", "some": "These conditions"})
    amount_answer = _choice("Amount", {"none": "No amount is set", "amount": "Up to an amount"})
    amount = DecimalField(
        "Amount in pounds", places=2,
        validators=[Optional(), _is_a_number, NumberRange(0, _DEAREST, message="Check the amount")],
    )
    amount_words = StringField(
        "Or the amount in words", description="For example: eight weeks' supply", filters=[plain_text],
        validators=[Length(max=500, message="Shorten this to 500 characters.")],
    )
    validity_answer = _choice(
        "How long the funding can be taken up", {"none": "No day is set", "until": "Treatment has to begin by a day"}
    )
    valid_until_on = DayField("Treatment has to begin by", validators=[Optional(), _in_our_time])
    casting_vote = _choice("Casting vote of the chair, only where the votes are equal", {FOR: "For", AGAINST: "Against"})

    NOT_WORDS = frozenset({"seen", "csrf_token"})

    def offer(self, refs: list[tuple[str, str]]) -> "RecordForm":
        """What an answer may refer to."""
        self.not_reached_by.choices = offered([("", "Choose an answer"), *refs])
        return self

    def typed(
        self, posted: Mapping[str, str], *, asked: list[tuple[str, str]], directions: list[int], ballots: list[Ballot],
        exhibits: list[Exhibit], guidance: list[Guidance], asked_about: list[str],
    ) -> RecordTyped:
        """What was typed, for the service. `asked` are the questions, points and criteria of this case, `asked_about` the
        reasons of which somebody may say that they stand."""
        known = {choice.value for choice in self.not_reached_by.choices}
        if self.not_reached_by.data not in known:
            self.not_reached_by.data = ""
        words = {f.name: _stored(f) for f in self if f.name not in self.NOT_WORDS}
        return RecordTyped(
            words=words,
            findings=[_finding(posted, about, key) for about, key in asked],
            conditions=conditions_typed(posted),
            directions={one: _read(posted, f"direction_{one}") for one in directions},
            votes={one.user_id: _one_of(posted, f"vote_{one.user_id}", VOTES) for one in ballots},
            dissents={one.user_id: _read(posted, f"dissent_{one.user_id}") for one in ballots},
            exhibits=[_exhibit(posted, one) for one in exhibits],
            guidance=[_guidance(posted, one) for one in guidance],
            kept=frozenset(one for one in asked_about if f"keep_{one}" in posted),
        )


def _stored(typed: Any) -> Any:
    """Text that was left empty is empty text; a choice or a number that was left is none."""
    return typed.data or ("" if isinstance(typed, StringField) else typed.data)


def _read(posted: Mapping[str, str], name: str) -> str:
    text: str = plain_text(posted.get(name, ""))
    return text[:LONGEST_TEXT]


def _finding(posted: Mapping[str, str], about: str, key: str) -> FindingTyped:
    name = f"{about}_{key}"
    return FindingTyped(
        about, key, _one_of(posted, f"{name}_answer", ANSWERS_ABOUT[about]), _read(posted, f"{name}_reasons"),
        clause=_read(posted, f"{name}_clause"), refers_to=_short(posted, f"{name}_refers_to"),
        weighed=_read(posted, f"{name}_weighed"), about_the_aim=f"{name}_about_the_aim" in posted,
    )


def _one_of(posted: Mapping[str, str], name: str, choices: Mapping[str, str]) -> str:
    """A choice that stands in the form; anything else is no choice."""
    answer = posted.get(name, "")
    return answer if answer in choices else ""


def _short(posted: Mapping[str, str], name: str) -> str:
    return _read(posted, name)[:200]


def _exhibit(posted: Mapping[str, str], one: Exhibit) -> ExhibitTyped:
    return ExhibitTyped(
        one.kind, one.number, _one_of(posted, f"{one.name}_answer", EXHIBIT_ANSWERS), _short(posted, f"{one.name}_about"),
        _read(posted, f"{one.name}_because"),
    )


def _guidance(posted: Mapping[str, str], one: Guidance) -> GuidanceTyped:
    return GuidanceTyped(
        one.reference, _one_of(posted, f"{one.name}_answer", GUIDANCE_ANSWERS), _read(posted, f"{one.name}_because"),
        _read(posted, f"{one.name}_different"),
    )


def conditions_typed(posted: Mapping[str, str]) -> list[ConditionTyped]:
    rows = []
    for number in _numbers(posted, "condition_", "_text"):
        name = f"condition_{number}"
        text = _read(posted, f"{name}_text")
        if text:
            rows.append(ConditionTyped(text, _read(posted, f"{name}_measure"), _day(posted, f"{name}_due_on")))
    return rows


def gaps_typed(posted: Mapping[str, str]) -> list[GapTyped]:
    """What is missing, from whom and by when, as far as it is typed."""
    rows = [
        GapTyped(_read(posted, f"gap_{n}_what"), _read(posted, f"gap_{n}_from_whom"), _day(posted, f"gap_{n}_by_on"))
        for n in _numbers(posted, "gap_", "_what")
    ]
    return [one for one in rows if one.what or one.from_whom][:MOST_GAPS]


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
    return sorted(int(m) for m in middles if m.isascii() and m.isdigit() and len(m) < 4)[:50]


def _day(posted: Mapping[str, str], name: str) -> date | None:
    try:
        found = date(*(int(posted.get(f"{name}-{part}", "")) for part in ("year", "month", "day")))
    except (ValueError, OverflowError):
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


class UrgentForm(_Versioned):
    """What an urgent decision rests on."""

    harm_of_waiting = _text("What harm waiting for a meeting would do")
    life_or_limb = BooleanField("Life or limb is at risk within hours")
    outcome = RadioField("How you decide", validators=[Optional()])

    def offer(self, endings: list[Any]) -> "UrgentForm":
        self.outcome.choices = offered((one, OUTCOMES[one]) for one in endings)
        return self


class AskChairForm(_Versioned):
    """Ask a chair for an urgent decision."""

    user_id = SelectField("Chair", coerce=whole_number, validate_choice=False)


class DeferralForm(_Versioned):
    """What is missing stands in rows that are read by name; the reason goes with the step."""

    reason = _text("Why the panel cannot decide without it")


class DissentForm(_Versioned):
    """A member's own words against a decision."""

    dissent = TextAreaField(
        "Why you are against the decision",
        description="It stands in the record in your words. Leave it empty to take it back",
        filters=[plain_text], validators=[Length(max=20_000, message="Shorten this to 20,000 characters.")],
    )
