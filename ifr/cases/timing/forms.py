"""The forms of this room: more time for a date, and a matter that arrived or was answered."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from ifr.cases.timing.matters import KINDS
from ifr.cases.timing.services import LONGEST_NAME, LONGEST_REASON
from ifr.pages import DayField, MarkField, VersionField, plain_text, whole_number


class MoreTimeForm(FlaskForm):
    """How much more time, why, and with whom it was agreed. It is shown what it does before it is sent for good."""

    seen = VersionField()
    once = MarkField()
    length = StringField(
        "How much more time",
        filters=[plain_text],
        validators=[DataRequired("Enter how much more time, as a whole number.")],
    )
    reason = TextAreaField(
        "Why more time is needed",
        description="It stays in the office. Name no patient.",
        filters=[plain_text],
        validators=[
            DataRequired("Say why more time is needed."),
            Length(max=LONGEST_REASON, message=f"This must be {LONGEST_REASON:,} characters or fewer."),
        ],
    )
    agreed_with = StringField(
        "With whom it was agreed",
        description="For example: the requesting clinician, by telephone on 20 November.",
        filters=[plain_text],
        validators=[
            DataRequired("Say with whom it was agreed."),
            Length(max=LONGEST_NAME, message=f"This must be {LONGEST_NAME} characters or fewer."),
        ],
    )

    @property
    def number(self) -> int:
        """The number that was typed; -1 for anything that is none, which no rule allows."""
        return whole_number(self.length.data or "")


class MarkedForm(FlaskForm):
    """A button that acts on a case: the version that its page showed, and a mark by which it acts once."""

    seen = VersionField()
    once = MarkField()


class ArrivedForm(MarkedForm):
    kind = RadioField(
        "What arrived",
        choices={key: one.label for key, one in KINDS.items()},
        validators=[InputRequired("Choose what arrived.")],
        validate_choice=False,
    )
    received_on = DayField(
        "Day on which it arrived",
        description="Its date counts from this day, which is day 0.",
        validators=[InputRequired("Enter the day on which it arrived.")],
    )


def answered_form(matter_id: int, **given: Any) -> Any:
    """The form for the answer to one matter. A page holds several, so each has a day of its own name."""
    missing = InputRequired("Enter the day on which it was answered.")
    fields = {"seen": VersionField(), named(matter_id): DayField("Day on which it was answered", validators=[missing])}
    return type("AnsweredForm", (FlaskForm,), fields)(**given)


def named(matter_id: int) -> str:
    """The name of the day of the answer to one matter."""
    return f"answered_on-{matter_id}"
