"""The forms of the post."""

from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired

from ifr.cases.post.services import BECAUSE
from ifr.pages import DayField, offered, plain_text


class PostedForm(FlaskForm):
    """On which day a print run was posted."""

    on = DayField("Posted on", validators=[InputRequired("Enter the day on which it was posted.")])


class CameBackForm(FlaskForm):
    """When and why a letter came back."""

    on = DayField("When did it come back?", validators=[InputRequired("Enter the day on which it came back.")])
    because = RadioField(
        "Why did it come back?", choices=offered(BECAUSE.items()), validators=[InputRequired("Choose why it came back.")]
    )


class DoneForm(FlaskForm):
    """What was done about a letter that came back."""

    what_was_done = TextAreaField(
        "What was done",
        description="For example: asked the practice for the present address. Do not type the address or a name here.",
        filters=[plain_text],
    )
