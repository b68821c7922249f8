"""What is typed while a meeting is on, and into its minutes."""

from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from ifr.pages import VersionField, plain_text

LONGEST_NOTE = 20_000


class LateForm(FlaskForm):
    """The chair's minute on somebody who joined late."""

    minute = StringField(
        "The chair's minute: why this member can decide the item all the same",
        description="For example: the discussion was summed up for the member, who had read the papers",
        filters=[plain_text],
        validators=[
            DataRequired("Write the chair's minute: what the member heard or was told of the discussion."),
            Length(max=1_000, message="Shorten this to 1,000 characters."),
        ],
    )


class RemarkForm(FlaskForm):
    """Send the minutes back."""

    remark = TextAreaField(
        "What is to be changed",
        filters=[plain_text],
        validators=[
            DataRequired("Say what is to be changed in the minutes."),
            Length(max=2_000, message="Shorten this to 2,000 characters."),
        ],
    )
    seen = VersionField()
