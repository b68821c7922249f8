"""What is typed about days off."""

from collections.abc import Iterable
from datetime import date

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from ifr.pages import DayField, MarkField, offered, plain_text, whole_number
from ifr.people.models import Organisation
from ifr.timetable.holidays.comparing import EARLIEST, LATEST, LONGEST_NAME, UnreadableError, days_in, plain

EVERYBODY = "everybody"
LONGEST_STRETCH = 31
LARGEST_FILE = 1024 * 1024


class _ForWhom(FlaskForm):
    """For whom the days are off."""

    whose = SelectField("For whom", choices=[], validate_choice=False, validators=[InputRequired("Choose for whom")])
    once = MarkField()

    def offer(self, organisations: Iterable[Organisation]) -> None:
        everybody = (EVERYBODY, "Everybody: a bank holiday of England and Wales")
        self.whose.choices = offered([everybody, *((one.id, f"Closure of {one.name}") for one in organisations)])

    def validate_whose(self, field: SelectField) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError("Choose for whom")

    @property
    def organisation_id(self) -> int | None:
        return None if self.whose.data == EVERYBODY else whole_number(self.whose.data)


class DaysForm(_ForWhom):
    """A day off, or several in a row."""

    name = StringField(
        "What the day is called",
        description="It stands in letters and beside every date that it moves. For example: Bank holiday for the coronation",
        filters=[plain_text, lambda typed: plain(typed or "")],
        validators=[
            DataRequired("Say what the day is called"),
            Length(max=LONGEST_NAME, message=f"Shorten this to {LONGEST_NAME} characters"),
        ],
    )
    first = DayField("Day, or the first of several", validators=[InputRequired("Enter the day")])
    last = DayField("The last day, if there are several", validators=[Optional()])

    def validate_first(self, field: DayField) -> None:
        if field.data and not EARLIEST <= field.data <= LATEST:
            raise ValidationError("Enter a year between 1900 and 2199")

    def validate_last(self, field: DayField) -> None:
        first = self.first.data
        if field.data is None or first is None:
            return
        if field.data < first:
            raise ValidationError("The last day must not be before the first")
        if field.data > LATEST or (field.data - first).days >= LONGEST_STRETCH:
            raise ValidationError(f"Enter at most {LONGEST_STRETCH} days at a time")

    @property
    def is_one(self) -> bool:
        return self.last.data in (None, self.first.data)


class FileForm(_ForWhom):
    """Days off in a file."""

    file = FileField(
        "File",
        description="CSV with the columns date (as 2027-12-25) and name, or a calendar that ends in .ics",
        validators=[InputRequired("Choose a file")],
    )
    days: dict[date, str]
    file_name = ""

    def validate_file(self, field: FileField) -> None:
        if not field.data or not getattr(field.data, "filename", ""):
            raise ValidationError("Choose a file")
        self.file_name = plain(plain_text(field.data.filename))[:LONGEST_NAME]
        content = field.data.stream.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise ValidationError("The file is larger than 1 MB. It is not a list of days off")
        try:
            self.days = days_in(self.file_name, content)
        except UnreadableError as fault:
            raise ValidationError(str(fault)) from None
