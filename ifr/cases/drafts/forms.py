"""What is typed on the clinician's pages. The sections of a request are asked as its question set says, so they are read
by name; the rest are ordinary forms."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from ifr.cases.drafts.points import COMMON_KINDS, FACTOR_KINDS
from ifr.cases.drafts.reading import LONGEST_LINE, LONGEST_TEXT, names_of
from ifr.documents import ACCEPTED
from ifr.pages import DayField, MarkField, chosen_number, offered, plain_text
from ifr.profiles import Question

ACCEPT = ".pdf,.docx,.jpg,.jpeg,.png,.txt"
DAY_PARTS = ("day", "month", "year")


# --- sections -------------------------------------------------------------------------------------------------------


def typed_in(fields: Iterable[Question], form: Mapping[str, str]) -> dict[str, str]:
    """What was typed under each question, and beside it; a day is kept as its three boxes."""
    typed: dict[str, str] = {}
    for q in fields:
        typed |= {name: form.get(name, "") for name in names_of(q)}
        if is_day(q):
            typed[q.key] = _day_typed(q.key, form)
    return typed


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


def _key(typed: object) -> str | None:
    return str(typed) if typed else None


def share_in(typed: str | None) -> tuple[float | None, float | None]:
    """A share of a group as people type it: 5, 0.5%, 5 to 10, 5-10%. Two empty ends for anything else."""
    number = r"(\d{1,3}(?:\.\d{1,3})?)\s*%?"
    found = re.fullmatch(rf"\s*{number}(?:\s*(?:to|-|–)\s*{number})?\s*", typed or "", re.ASCII)
    if found is None:
        return None, None
    return float(found[1]), float(found[2]) if found[2] else None


def share_typed(low: float | None, high: float | None) -> str:
    """The same, as it is put back into its box."""
    return "" if low is None else f"{low:g}" if high is None else f"{low:g} to {high:g}"


class PointForm(FlaskForm):
    """One point raised."""

    once = MarkField()
    what = TextAreaField(
        "What is different about this patient",
        filters=[plain_text],
        validators=[InputRequired("Say what is different about this patient."), *_text("What is different")],
    )
    kind = RadioField(
        "Is this a clinical point?",
        choices=offered(FACTOR_KINDS.items()),
        description="A point that is not clinical stays on the request. The commissioner says whether it may be weighed.",
        validators=[InputRequired("Say whether the point is clinical.")],
    )
    common_kind = RadioField(
        "Do you know how common this is in the comparison group?",
        choices=offered(COMMON_KINDS.items()),
        description="What most of the group share does not set this patient apart. “Not known” is an answer",
        validators=[Optional()],
    )
    common_share = StringField(
        "How many in a hundred of the group", filters=[plain_text], description="For example 5, or 5 to 10"
    )
    how_common = TextAreaField(
        "How you know this, or how you estimate it", filters=[plain_text], validators=_text("How common this is"),
        description="A registry, a paper, your own clinic, or for example “about one in twenty of those I see”",
    )
    why_benefit = TextAreaField(
        "Why it makes more benefit likely", filters=[plain_text], validators=_text("Why it makes more benefit likely")
    )
    question_key = SelectField("Which question of the test it serves", coerce=_key, validators=[Optional()])
    evidence_id = SelectField("Which file shows it", coerce=chosen_number, validators=[Optional()])

    def offer(self, questions: Iterable[tuple[str, str]], files: Iterable[tuple[int, str]]) -> None:
        self.question_key.choices = [("", "None in particular"), *questions]
        self.evidence_id.choices = [("", "None"), *((str(key), title) for key, title in files)]

    def validate_common_share(self, field: StringField) -> None:
        if field.data and share_in(field.data) == (None, None):
            raise ValidationError("Enter how many in a hundred, for example 5, or 5 to 10.")

    @property
    def values(self) -> dict[str, Any]:
        names = ("what", "kind", "how_common", "why_benefit")
        said: dict[str, Any] = {name: self[name].data or "" for name in names}
        said["common_kind"] = self.common_kind.data or None
        said["common_from"], said["common_to"] = share_in(self.common_share.data)
        return {**said, "question_key": self.question_key.data, "evidence_id": self.evidence_id.data}


class TreatmentForm(FlaskForm):
    """One treatment that the patient has had."""

    once = MarkField()
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
    file = FileField("File", description=ACCEPTED, validators=[InputRequired("Choose a file.")])
    serves = SelectMultipleField(
        "What it shows", description="Tick every point raised and every question of the test that it serves",
        choices=[], validate_choice=False,
    )  # fmt: skip

    def offer(self, serves: Iterable[tuple[str, str]], limits: str) -> None:
        self.serves.choices = offered(serves)
        self.file.description = limits

    def validate_file(self, field: FileField) -> None:
        if len(request.files.getlist(field.name)) > 1:
            raise ValidationError("Choose one file at a time, since each has its own title.")


# --- beginning ----------------------------------------------------------------------------------------------------


class StartForm(FlaskForm):
    """For whom a draft is begun. What leaves no choice is not asked."""

    once = MarkField()
    commissioner_id = RadioField(
        "Who pays for this patient's care?",
        description="The integrated care board of the patient's GP practice",
        coerce=chosen_number,
        validators=[InputRequired("Choose the body that pays for the patient's care.")],
    )
    provider_id = SelectField("Your organisation", coerce=chosen_number)
    clinician_id = SelectField("For which clinician do you type?", coerce=chosen_number, validators=[Optional()])

    @property
    def values(self) -> dict[str, Any]:
        clinician = self.clinician_id.data if "clinician_id" in self else None
        return {
            "once": self.once.data,
            "commissioner_id": self.commissioner_id.data,
            "provider_id": self.provider_id.data,
            "clinician_id": clinician,
        }


class ColleagueForm(FlaskForm):
    """A colleague who is to have a part in a request."""

    user_id = SelectField("Colleague", coerce=chosen_number, validators=[InputRequired("Choose a colleague.")])


class ApprovalForm(FlaskForm):
    """Who approved the request for the provider."""

    name = StringField(
        "Who approved it", filters=[plain_text],
        validators=[InputRequired("Enter who approved it."), *_text("Who approved it", LONGEST_LINE)],
    )
    title = StringField(
        "Title", description="For example medical director", filters=[plain_text],
        validators=[InputRequired("Enter that person's title."), *_text("Title", LONGEST_LINE)],
    )
    given_on = DayField("On which day", validators=[InputRequired("Enter the day of the approval.")])

    @property
    def values(self) -> dict[str, Any]:
        return {name: self[name].data for name in ("name", "title", "given_on")}


class DetailsForm(FlaskForm):
    """What somebody's account says of him or her, offered with each request."""

    job_title = StringField("Job title", filters=[plain_text], validators=_text("Job title", LONGEST_LINE))
    telephone = StringField("Telephone", filters=[plain_text], validators=_text("Telephone", LONGEST_LINE))
    specialty = StringField("Specialty", filters=[plain_text], validators=_text("Specialty", LONGEST_LINE))
    registration_number = StringField(
        "Professional registration number", description="For example GMC 1234567", filters=[plain_text],
        validators=_text("Professional registration number", LONGEST_LINE),
    )

    @property
    def values(self) -> dict[str, str]:
        return {name: self[name].data or "" for name in ("job_title", "telephone", "specialty", "registration_number")}


class DeclarationForm(FlaskForm):
    """The tick under which a request is sent, and the version that was read."""

    seen = HiddenField()
    declaration = BooleanField()
