"""What is typed in this room."""

import re
from datetime import time
from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp

from ifr.pages import DayField, MarkField, chosen_number, offered, plain_text, whole_number
from ifr.panels.models import CAPACITIES, LEANINGS

LONGEST_TEXT = 20_000
_TOO_LONG = f"Shorten this to {LONGEST_TEXT:,} characters."


class HourField(StringField):
    """An hour of the day by the clock in London, such as 14:30; it may be left out."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.typed = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if not self.typed:
            return
        found = _HOUR.fullmatch(self.typed)
        if found is None:
            raise ValueError(f"{self.label.text}: enter hours and minutes, for example 14:30")
        self.data = time(int(found[1]), int(found[2] or 0))

    def _value(self) -> str:
        typed: str | None = getattr(self, "typed", None)
        return typed if typed is not None else f"{self.data:%H:%M}" if self.data else ""


# As people write it: 9:30, 09.30, 14:30 or 14.
_HOUR = re.compile(r"([01]?\d|2[0-3])(?:[:.]([0-5]\d))?", re.ASCII)


class WhenForm(FlaskForm):
    """Change when and where a meeting is held."""

    number = StringField(
        "Number or name of the meeting (may be left empty)", filters=[plain_text],
        validators=[Length(max=100, message="Shorten this to 100 characters.")],
    )  # fmt: skip
    held_on = DayField("Day of the meeting", validators=[InputRequired("Enter the day of the meeting")])
    starts = HourField("Starts at", description="For example 14:30. Leave empty where only the day is known")
    ends = HourField("Ends at (expected)", description="For example 16:30")
    place = StringField(
        "Where or how it is held",
        description="For example a room, or a video call",
        filters=[plain_text],
        validators=[
            DataRequired("Say where or how the meeting is held"),
            Length(max=200, message="Shorten this to 200 characters."),
        ],
    )
    link = StringField(
        "Link to join by video (may be left empty)",
        description="Only those who sit at the meeting see it",
        filters=[plain_text],
        validators=[
            Optional(),
            Length(max=1_000, message="Shorten this to 1,000 characters."),
            Regexp(r"https://[^\s]+$", message="Enter a link that begins with https://"),
        ],
    )


class MeetingForm(WhenForm):
    """Plan a meeting."""

    commissioner_id = SelectField("Commissioner", coerce=whole_number)
    in_common_with = SelectMultipleField(
        "A panel in common: this meeting also decides requests of", coerce=whole_number, validate_choice=False
    )
    once = MarkField()

    def offer(self, commissioners: list[Any]) -> "MeetingForm":
        self.commissioner_id.choices = offered((one.id, one.name) for one in commissioners)
        self.in_common_with.choices = offered((one.id, one.name) for one in commissioners)
        return self


class CancelForm(FlaskForm):
    """Cancel a meeting."""

    because = StringField(
        "Why the meeting is cancelled", filters=[plain_text],
        validators=[
            DataRequired("Say why the meeting is cancelled"), Length(max=500, message="Shorten this to 500 characters."),
        ],
    )  # fmt: skip


class SeatForm(FlaskForm):
    """Give somebody a seat."""

    user_id = SelectField("Who", coerce=whole_number, validate_choice=False)
    capacity = SelectField("As", choices=offered(CAPACITIES.items()), default="member")
    only_item_id = SelectField("Sits for", coerce=chosen_number, validate_choice=False)
    votes_for = SelectMultipleField("Votes for", coerce=whole_number, validate_choice=False)


class AddItemForm(FlaskForm):
    """Put a request on the agenda."""

    case_id = SelectField("Request", coerce=whole_number, validate_choice=False)


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


class NotesForm(ViewForm):
    """What a member notes before the discussion: no leaning, since it is no vote."""

    leaning = None


class NoteForm(FlaskForm):
    """A word for the record, which may be left out."""

    note = StringField("Note", filters=[plain_text], validators=[Optional(), Length(max=2_000, message="Shorten this.")])
