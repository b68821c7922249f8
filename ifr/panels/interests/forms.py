"""What is typed about an interest."""

from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from ifr.pages import VersionField, offered, plain_text

_SHORT = Length(max=2_000, message="Shorten this to 2,000 characters.")


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
        validators=[_SHORT],
    )


class AskForm(FlaskForm):
    """Ask the secretary whether the patient is somebody."""

    words = TextAreaField(
        "Is the patient somebody I know as:",
        description="Name, and what tells this person from others. Only the secretary reads it, and answers yes or no",
        filters=[plain_text],
        validators=[DataRequired("Say who it is that you know"), _SHORT],
    )


class AnswerForm(FlaskForm):
    """Answer such a question."""

    is_that_person = RadioField(
        "Is the patient that person?",
        choices=offered([("no", "No"), ("yes", "Yes")]),
        validators=[InputRequired("Answer yes or no")],
    )


class WhyNotForm(FlaskForm):
    """Why a yes is no conflict of interest all the same."""

    why = TextAreaField(
        "Why this is no conflict of interest",
        description="The IFR manager reads it and decides. Until then the item is private to you",
        filters=[plain_text],
        validators=[DataRequired("Say why this is no conflict of interest"), _SHORT],
    )


class StopForm(FlaskForm):
    """Stop in the middle of the papers."""

    note = TextAreaField(
        "What you found, if you want to say so",
        description="Do not name the patient",
        filters=[plain_text],
        validators=[_SHORT],
    )


class ClearForm(FlaskForm):
    """Lift a conflict of interest."""

    because = TextAreaField(
        "Why there is no conflict of interest after all",
        filters=[plain_text],
        validators=[DataRequired("Say why there is no conflict of interest after all"), _SHORT],
    )
    seen = VersionField()
