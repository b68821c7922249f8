"""What is typed in this room."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from ifr.pages import DayField, MarkField, VersionField, offered, plain_text, whole_number
from ifr.panels.models import CAPACITIES, LEANINGS

LONGEST_TEXT = 20_000
_TOO_LONG = f"Shorten this to {LONGEST_TEXT:,} characters."


class MeetingForm(FlaskForm):
    """Plan a meeting."""

    commissioner_id = SelectField("Commissioner", coerce=whole_number)
    held_on = DayField("Day of the meeting", validators=[InputRequired("Enter the day of the meeting")])
    place = StringField(
        "Where or how it is held",
        description="For example a room, or a video call",
        filters=[plain_text],
        validators=[
            DataRequired("Say where or how the meeting is held"),
            Length(max=200, message="Shorten this to 200 characters."),
        ],
    )
    once = MarkField()

    def offer(self, commissioners: list[Any]) -> "MeetingForm":
        self.commissioner_id.choices = offered((one.id, one.name) for one in commissioners)
        return self


class SeatForm(FlaskForm):
    """Give somebody a seat."""

    user_id = SelectField("Who", coerce=whole_number, validate_choice=False)
    capacity = SelectField("As", choices=offered(CAPACITIES.items()), default="member")


class AddItemForm(FlaskForm):
    """Put a request on the agenda."""

    case_id = SelectField("Request", coerce=whole_number, validate_choice=False)


class InterestForm(FlaskForm):
    """Say whether there is an interest."""

    interest = RadioField(
        "Do you have an interest in this request?",
        choices=offered([("no", "I have no interest"), ("yes", "I have an interest")]),
        validators=[InputRequired("Say whether you have an interest")],
    )
    note = TextAreaField(
        "If you have an interest: what it is",
        description="For example: I have treated the patient, or I work in the same department",
        filters=[plain_text],
        validators=[Length(max=2_000, message="Shorten this to 2,000 characters.")],
    )


class ClearForm(FlaskForm):
    """Lift a conflict of interest."""

    because = TextAreaField(
        "Why there is no conflict of interest after all",
        filters=[plain_text],
        validators=[
            DataRequired("Say why there is no conflict of interest after all"),
            Length(max=2_000, message="Shorten this to 2,000 characters."),
        ],
    )
    seen = VersionField()



class ViewForm(FlaskForm):
    """What a member thinks of an item."""

    leaning = RadioField(
        "Where you stand", choices=offered(LEANINGS.items()), validators=[InputRequired("Say where you stand")]
    )
    text = TextAreaField(
        "Your view",
        description="The chair and the secretary read it. It is no vote",
        filters=[plain_text],
        validators=[DataRequired("Write your view"), Length(max=LONGEST_TEXT, message=_TOO_LONG)],
    )


class NoteForm(FlaskForm):
    """A word for the record, which may be left out."""

    note = StringField("Note", filters=[plain_text], validators=[Optional(), Length(max=2_000, message="Shorten this.")])
