"""What a policy lead writes of a group of like requests."""

from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.validators import Length, Optional

from ifr.pages import VersionField, plain_text
from ifr.screening.groups.models import NO_GROUP, TAKEN_UP


def _text(label: str, description: str) -> TextAreaField:
    too_long = Length(max=5000, message=f"“{label}” can hold 5,000 characters. Shorten it.")
    return TextAreaField(label, filters=[plain_text], validators=[too_long], description=description)


class GroupForm(FlaskForm):
    seen = VersionField()
    group = _text("Who the patients are", "The condition, its stage, what they have had already, and what they ask for")
    expected = _text("How many there may be in a year, and from which source", "A number or a range. Say so if it is not known")
    meanwhile = _text("What happens to requests meanwhile", "Each goes on as an individual request. Say what else is offered")


class AnswerForm(FlaskForm):
    seen = VersionField()
    answer = RadioField(
        "What do you make of it?",
        choices={TAKEN_UP: "It is taken up as a service development", NO_GROUP: "These patients are no group"},
        validators=[Optional()],
    )
    because = _text("Reasons", "They stay on record with the group")
