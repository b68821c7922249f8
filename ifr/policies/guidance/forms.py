"""What is typed about guidance."""

import re
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp, ValidationError

from ifr.pages import DayField, offered, plain_text
from ifr.policies import codes
from ifr.policies.guidance.services import KINDS, NewGuidance

_KINDS = offered(KINDS.items())
_PAID = {
    "none": "Nobody has to pay because of it",
    "ninety": "90 days after it was published",
    "thirty": "30 days after it was published, by the fast track of NICE",
    "typed": "From another day, as NICE varied it",
}
_MOST_LINES = 100


def _number() -> StringField:
    return StringField(
        "Number",
        description="The digits alone, such as 331",
        filters=[plain_text],
        validators=[DataRequired("Enter the number"), Regexp(r"^[0-9]{1,6}\Z", message="Enter the number as 1 to 6 digits")],
    )


def _text(label: str, missing: str | None = None, longest: int = 2_000, hint: str = "") -> TextAreaField:
    needed = DataRequired(missing) if missing else Optional()
    length = Length(max=longest, message=f"Shorten this to {longest:,} characters")
    return TextAreaField(label, description=hint, filters=[plain_text], validators=[needed, length])


class MonthOrDayField(DayField):
    """A day, or a month where the day is left empty: `printed` is the day, or the month as 2026-01."""

    printed: date | str | None = None

    def _read(self) -> date | None:
        month_alone = not self.typed["day"] and bool(self.typed["month"] and self.typed["year"])
        if not month_alone:
            self.printed = super()._read()
            return self.printed if isinstance(self.printed, date) else None
        self.typed["day"] = "1"
        try:
            first = super()._read()
        finally:
            self.typed["day"] = ""
        self.printed = f"{first:%Y-%m}" if first else None
        return first


class NewGuidanceForm(FlaskForm):
    """Put guidance on record."""

    kind = SelectField("Kind", choices=_KINDS)
    number = _number()
    title = StringField(
        "Title",
        description="As printed",
        filters=[plain_text],
        validators=[DataRequired("Enter the title"), Length(max=500, message="Shorten the title to 500 characters")],
    )
    publisher = StringField(
        "Published by",
        default="NICE",
        filters=[plain_text],
        validators=[Length(max=200, message="Shorten this to 200 characters")],
    )
    url = StringField(
        "Address on the web",
        filters=[plain_text],
        validators=[
            Optional(),
            Length(max=500, message="Shorten the address to 500 characters"),
            Regexp(r"^https?://[^\s\"'<>]+\Z", message="Enter an address that begins with https://"),
        ],
    )
    published_on = DayField("Day of publication", validators=[InputRequired("Enter the day of publication")])
    paid = RadioField(
        "From when it has to be paid for",
        description="Only technology appraisals and highly specialised technologies have to be paid for, where they recommend "
        "the treatment",
        choices=offered(_PAID.items()),
        validators=[InputRequired("Choose from when it has to be paid for")],
    )
    funding_from = DayField("The other day from which it is paid for")
    funding_varied = _text("How NICE varied the day", hint="Only where it is another day")
    says = _text("What it says", longest=20_000, hint="In your own words")
    known_by = _text("Words by which the treatment is known", hint="Each on a line of its own")
    opcs4 = _text("Procedure codes (OPCS-4)", hint="Codes that you choose, each on a line of its own. They are marked as our own")
    icd10 = _text("Diagnosis codes (ICD-10)", hint="Codes that you choose, each on a line of its own. They are marked as our own")

    def validate_known_by(self, field: Field) -> None:
        if any(len(one) > 200 for one in lines(field.data)):
            raise ValidationError("Shorten each line to 200 characters")

    def validate_opcs4(self, field: Field) -> None:
        _check_codes(codes.OPCS4, field.data)

    def validate_icd10(self, field: Field) -> None:
        _check_codes(codes.ICD10, field.data)

    def as_typed(self) -> NewGuidance:
        assert self.published_on.data is not None  # the form asks for it
        return NewGuidance(
            kind=self.kind.data,
            number=self.number.data or "",
            title=self.title.data or "",
            publisher=self.publisher.data or None,
            url=self.url.data or None,
            published_on=self.published_on.data,
            paid=self.paid.data,
            funding_from=self.funding_from.data,
            funding_varied=self.funding_varied.data or None if self.paid.data == "typed" else None,
            says=self.says.data or None,
            known_by=tuple(lines(self.known_by.data)),
            opcs4=tuple(lines(self.opcs4.data)),
            icd10=tuple(lines(self.icd10.data)),
        )


def lines(typed: str | None) -> list[str]:
    """What stands on each line, or between commas, once."""
    return list(dict.fromkeys(one.strip() for one in re.split(r"[\n,;]", typed or "") if one.strip()))


def _check_codes(system: str, typed: Any) -> None:
    listed = lines(typed)
    if len(listed) > _MOST_LINES:
        raise ValidationError(f"Enter {_MOST_LINES} codes or fewer")
    for one in listed:
        try:
            codes.listed(system, one)
        except codes.CodeError as fault:
            raise ValidationError(str(fault)) from None


class NumberForm(FlaskForm):
    """Give guidance another number."""

    was = HiddenField()
    kind = SelectField("New kind", choices=_KINDS)
    number = _number()
    on = MonthOrDayField(
        "From when",
        description="Leave the day empty where only the month is known",
        validators=[InputRequired("Enter the month or the day from which it bears the new number")],
    )


class WithdrawalForm(FlaskForm):
    """Note that guidance was withdrawn."""

    on = DayField("Withdrawn on", validators=[InputRequired("Enter the day on which it was withdrawn")])
    reason = _text("Why", "Say why it was withdrawn")


class FundingForm(FlaskForm):
    """Note another day from which guidance is paid for."""

    was = HiddenField()
    on = DayField("Paid for from", validators=[InputRequired("Enter the day from which it is paid for")])
    words = _text("How NICE varied it", "Say how NICE varied the day")
