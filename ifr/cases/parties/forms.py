"""What can be typed about a death."""

from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from ifr.cases.parties.telephone import TOLD
from ifr.pages import DayField, MarkField, VersionField, offered, plain_text

LONGEST = 2_000
_TOO_LONG = Length(max=LONGEST, message=f"This must be {LONGEST:,} characters or fewer.")


class DeathForm(FlaskForm):
    seen = VersionField()
    once = MarkField()
    source = TextAreaField(
        "From whom is this known?", description="For example: the practice telephoned; a letter from the hospital",
        filters=[plain_text], validators=[InputRequired("Say from whom this is known."), _TOO_LONG],
    )  # fmt: skip
    died_on = DayField("Day of the death, if it is known", validators=[Optional()])


class ReverseDeathForm(FlaskForm):
    seen = VersionField()
    reason = TextAreaField(
        "Why was it a mistake?", filters=[plain_text],
        validators=[InputRequired("Say why the record was a mistake."), _TOO_LONG],
    )  # fmt: skip


class FamilyForm(FlaskForm):
    seen = VersionField()
    party = RadioField("To whom do we write?", validate_choice=False, validators=[Optional()])


class CallForm(FlaskForm):
    seen = VersionField()
    once = MarkField()
    told = RadioField("Who was told?", choices=offered(TOLD.items()), validate_choice=False, validators=[Optional()])
    name = StringField("Name of that person", filters=[plain_text], validators=[InputRequired("Give the name."), _TOO_LONG])
    called_on = DayField("Day of the call", validators=[InputRequired("Enter the day of the call.")])
    called_at = StringField(
        "Time of the call", description="For example 14:30", filters=[plain_text],
        validators=[InputRequired("Enter the time of the call."), Length(max=10, message="Enter a time such as 14:30.")],
    )  # fmt: skip
    said = TextAreaField(
        "What was told?", description="Without the patient’s name", filters=[plain_text],
        validators=[InputRequired("Say what was told."), _TOO_LONG],
    )  # fmt: skip


class ClinicianForm(FlaskForm):
    seen = VersionField()
    once = MarkField()
    email = StringField(
        "Email address of the new clinician’s account", filters=[plain_text],
        validators=[InputRequired("Enter the email address."), Length(max=300, message="Enter one email address.")],
    )  # fmt: skip
    because = TextAreaField(
        "Why?", filters=[plain_text], validators=[InputRequired("Say why another clinician takes the request on."), _TOO_LONG]
    )
