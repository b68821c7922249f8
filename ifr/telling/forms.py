"""What is typed in this room."""

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired

from ifr.pages import VersionField, offered, whole_number
from ifr.telling.services import DIGESTS, TIMES


class PreferenceForm(FlaskForm):
    """How somebody wants to be told."""

    digest = RadioField(
        "How often do you want a summary of what is new?", choices=offered(DIGESTS.items()),
        validators=[InputRequired("Choose how often the summary comes.")],
    )
    at_minute = SelectField(
        "From what time of the day?", description="On working days of your organisation, London time",
        choices=offered(TIMES.items()), coerce=whole_number,
    )
    urgent_at_once = RadioField(
        "Do you want an email at once when something urgent waits?",
        choices=offered([("yes", "Yes, at once"), ("no", "No, the summary is enough")]),
        validators=[InputRequired("Say whether you want an email at once.")],
    )


class PassageForm(FlaskForm):
    """A passage worded anew. It is not cleaned here: what cannot stand in a mail is named, not taken out unseen."""

    text = TextAreaField("Text")
    seen = VersionField()
