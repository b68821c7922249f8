"""What can be typed to find a policy in the public register."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from ifr.pages import DayField, plain_text
from ifr.policies.public import services


class FindForm(FlaskForm):
    """Nothing is changed by a search, so it goes by address and needs no token."""

    class Meta:
        csrf = False

    words = StringField(
        "Words",
        description="In the title, the reference or the name of the treatment",
        filters=[plain_text],
        validators=[Length(max=200, message="Use 200 characters or fewer")],
    )
    body = SelectField("Commissioner", default="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.body.choices = [("", "Every commissioner"), *((one.slug, one.name) for one in services.bodies())]


class DayForm(FlaskForm):
    """On which day somebody wants to know what was in force."""

    class Meta:
        csrf = False

    on = DayField("Day", description="For example 1 4 2026", validators=[InputRequired("Enter a day")])

    def validate_on(self, field: DayField) -> None:
        if field.data is not None:
            try:
                services.day_named(field.data.isoformat())
            except services.NoSuchDayError:
                raise ValidationError(f"Enter a day between {services.FIRST_YEAR} and {services.LAST_YEAR}") from None
