"""What is typed on the clinician's pages. The sections of a request are asked as its question set says, so they are read
by name; the rest are ordinary forms."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any
from uuid import uuid4

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from ifr import clock
from ifr.cases.drafts.points import FACTOR_KINDS
from ifr.cases.drafts.reading import LONGEST_LINE, LONGEST_TEXT
from ifr.documents import ACCEPTED
from ifr.pages import DayField, plain_text, whole_number
from ifr.profiles import Question

ACCEPT = ".pdf,.docx,.jpg,.jpeg,.png,.txt"
DAY_PARTS = ("day", "month", "year")


# --- sections -------------------------------------------------------------------------------------------------------


def typed_in(fields: Iterable[Question], form: Mapping[str, str]) -> dict[str, str]:
    """What was typed under each question; a day is kept as its three boxes."""
    return {q.key: _day_typed(q.key, form) if is_day(q) else form.get(q.key, "") for q in fields}


def is_day(question: Question) -> bool:
    return question.kind == "day" or question.key == "born_on"


def _day_typed(key: str, form: Mapping[str, str]) -> str:
    parts = [form.get(f"{key}-{part}", "").strip().replace("/", " ") for part in DAY_PARTS]
    return "/".join(parts) if any(parts) else ""


def boxes(typed: str) -> dict[str, str]:
    """A day as it was typed, put back into its three boxes."""
    parts = typed.split("/") if "/" in typed else re.split(r"[\s.-]+", typed.strip())
    if len(parts[0]) == 4:
        parts.reverse()
    return dict(zip(DAY_PARTS, [*parts[:3], "", "", ""], strict=False))


# --- rows -----------------------------------------------------------------------------------------------------------


def _text(label: str, limit: int = LONGEST_TEXT) -> list[Length]:
    return [Length(max=limit, message=f"“{label}” can hold {limit:,} characters. Shorten it, or send the rest as a file.")]


def new_mark() -> str:
    return uuid4().hex


def _number(typed: object) -> int | None:
    """The id behind a choice; none for the line that says to choose."""
    return whole_number(typed) if typed else None


def _key(typed: object) -> str | None:
    return str(typed) if typed else None


class PointForm(FlaskForm):
    """One point raised."""

    once = HiddenField(default=new_mark)
    what = TextAreaField(
        "What is different about this patient",
        filters=[plain_text],
        validators=[InputRequired("Say what is different about this patient."), *_text("What is different")],
    )
    kind = RadioField(
        "Is this a clinical point?",
        choices=[SelectChoice(value, text) for value, text in FACTOR_KINDS.items()],
        description="A point that is not clinical stays on the request. The commissioner says whether it may be weighed.",
        validators=[InputRequired("Say whether the point is clinical.")],
    )
    how_common = TextAreaField(
        "How common this is in the comparison group", filters=[plain_text], validators=_text("How common this is"),
        description="As far as you know, for example “about one in twenty”",
    )
    why_benefit = TextAreaField(
        "Why it makes more benefit likely", filters=[plain_text], validators=_text("Why it makes more benefit likely")
    )
    question_key = SelectField("Which question of the test it serves", coerce=_key, validators=[Optional()])
    evidence_id = SelectField("Which file shows it", coerce=_number, validators=[Optional()])

    def offer(self, questions: Iterable[tuple[str, str]], files: Iterable[tuple[int, str]]) -> None:
        self.question_key.choices = [("", "None in particular"), *questions]
        self.evidence_id.choices = [("", "None"), *((str(key), title) for key, title in files)]

    @property
    def values(self) -> dict[str, Any]:
        names = ("what", "kind", "how_common", "why_benefit")
        said: dict[str, Any] = {name: self[name].data or "" for name in names}
        return {**said, "question_key": self.question_key.data, "evidence_id": self.evidence_id.data}


class TreatmentForm(FlaskForm):
    """One treatment that the patient has had."""

    once = HiddenField(default=new_mark)
    what = StringField(
        "Treatment",
        filters=[plain_text],
        validators=[InputRequired("Say which treatment it was."), *_text("Treatment", LONGEST_LINE)],
    )
    dates = StringField("When, and for how long", filters=[plain_text], validators=_text("When", LONGEST_LINE))
    response = TextAreaField("What came of it", filters=[plain_text], validators=_text("What came of it"))
    stopped_because = TextAreaField(
        "If it was stopped: why", filters=[plain_text], validators=_text("If it was stopped: why")
    )

    @property
    def values(self) -> dict[str, str]:
        return {name: self[name].data or "" for name in ("what", "dates", "response", "stopped_because")}


class EvidenceForm(FlaskForm):
    """One file. Its name may say who the patient is, so it gets a title for the papers."""

    title = StringField(
        "What the file is",
        description="Without the patient's name, for example “MRI report, June 2026”",
        filters=[plain_text],
        validators=[InputRequired("Say what the file is."), *_text("What the file is", LONGEST_LINE)],
    )
    file = FileField("File", description=f"{ACCEPTED}, up to 20 MB", validators=[InputRequired("Choose a file.")])


# --- beginning and logging ------------------------------------------------------------------------------------------


class StartForm(FlaskForm):
    """For whom a draft is begun. What leaves no choice is not asked."""

    once = HiddenField(default=new_mark)
    commissioner_id = RadioField(
        "Who pays for this patient's care?",
        description="The integrated care board of the patient's GP practice",
        coerce=_number,
        validators=[InputRequired("Choose the body that pays for the patient's care.")],
    )
    provider_id = SelectField("Your organisation", coerce=_number)
    clinician_id = SelectField("For which clinician do you type?", coerce=_number, validators=[Optional()])

    @property
    def values(self) -> dict[str, Any]:
        clinician = self.clinician_id.data if "clinician_id" in self else None
        return {
            "once": self.once.data,
            "commissioner_id": self.commissioner_id.data,
            "provider_id": self.provider_id.data,
            "clinician_id": clinician,
        }



def _not_in_future(form: FlaskForm, field: DayField) -> None:
    if field.data and field.data > clock.today():
        raise ValidationError("A request cannot arrive later than now.")


class LogForm(FlaskForm):
    """A request that came by e-mail, on a form or by telephone: when, from whom, and the original."""

    commissioner_id = SelectField(
        "Which commissioner is asked", coerce=_number, validators=[InputRequired("Choose the commissioner.")]
    )
    arrived_on = DayField(
        "When it arrived",
        description="The clock counts from this day",
        validators=[InputRequired("Enter the day on which it arrived."), _not_in_future],
    )
    arrived_time = StringField(
        "At what time, if you know",
        description="24 hours, for example 14:30",
        filters=[plain_text],
        validators=[Optional(), Regexp(r"([01]?\d|2[0-3])[:.][0-5]\d\Z", message="Enter the time as 14:30.")],
    )
    provider_id = SelectField(
        "Which organisation asks", coerce=_number, validators=[InputRequired("Choose the organisation that asks.")]
    )
    clinician_id = SelectField("Which clinician asks", coerce=_number, validators=[Optional()])
    original = FileField("The e-mail or form as it came", description=f"{ACCEPTED}, up to 20 MB")
    note = TextAreaField(
        "Or your note of the telephone call",
        filters=[plain_text],
        validators=_text("Your note of the telephone call"),
    )

    @property
    def arrived_at(self) -> datetime:
        """The moment of arrival. Without a time the office's day counts from its beginning; today, it is now."""
        day = self.arrived_on.data
        assert day is not None, "the form was validated"
        if self.arrived_time.data:
            hour, minute = re.split(r"[:.]", self.arrived_time.data)
            return datetime.combine(day, time(int(hour), int(minute)), clock.LONDON)
        return clock.now() if day == clock.today() else datetime.combine(day, time(), clock.LONDON)

    def validate_original(self, field: FileField) -> None:
        if not field.data and not self.note.data:
            raise ValidationError("Choose the e-mail or form as it came, or write a note of the call.")

    @property
    def document(self) -> tuple[bytes, str]:
        """The original's bytes and its name."""
        if self.original.data:
            return self.original.data.read(), self.original.data.filename or ""
        return (self.note.data or "").encode(), "telephone-note.txt"


class DeclarationForm(FlaskForm):
    """The tick under which a request is sent, and the version that was read."""

    seen = HiddenField()
    declaration = BooleanField()
