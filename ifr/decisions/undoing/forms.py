"""What is typed about a decision that is corrected, set aside or changed by an order."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length

from ifr.decisions.undoing.models import BODIES, ORDERED, SLIP_FIELDS
from ifr.pages import DayField, MarkField, VersionField, offered, plain_text

LONGEST = 20_000
_SHORT_ENOUGH = Length(max=LONGEST, message=f"Shorten this to {LONGEST:,} characters.")


def _text(label: str, missing: str, hint: str = "") -> TextAreaField:
    return TextAreaField(label, description=hint, filters=[plain_text], validators=[InputRequired(missing), _SHORT_ENOUGH])


class _Prepared(FlaskForm):
    """A form that writes one change from one version of the request."""

    seen = VersionField()
    once = MarkField()


class SlipForm(_Prepared):
    field = SelectField("Which words of the record", choices=offered([("", "Choose"), *SLIP_FIELDS.items()]),
                        validators=[InputRequired("Choose which words of the record have the slip.")])  # fmt: skip
    after = _text("The words as they should stand", "Write the words as they should stand.", "The whole text of that part")
    because = _text(
        "What the slip is", "Say what the slip is.", "It stands in the letter that goes out again. Name no patient."
    )
    substance = RadioField(
        "Does it change what was decided, for whom, for how much, until when, or why?",
        choices=offered([("no", "No, only the words"), ("yes", "Yes")]),
        validators=[
            InputRequired("Say whether it changes the substance."),
            AnyOf(["no"], message="Then it is no slip: have the decision set aside and taken again."),
        ],
    )


class SetAsideForm(_Prepared):
    because = _text(
        "What was wrong with the decision", "Say what was wrong with the decision.",
        "It stands in the letters to the clinician. Name no patient.",
    )
    other_people = RadioField(
        "Who decides again?",
        choices=offered([("same", "Whoever sits at the next meeting"), ("other", "Nobody who sat on this decision")]),
        validators=[InputRequired("Say who decides again.")],
    )


class OrderForm(_Prepared):
    body = RadioField("Whose order it is", choices=offered(BODIES.items()), validators=[InputRequired("Say whose order it is.")])
    ordered_on = DayField("Day of the order", validators=[InputRequired("Enter the day of the order.")])
    leads_to = RadioField("What it orders", choices=offered(ORDERED.items()), validators=[InputRequired("Say what it orders.")])
    because = _text(
        "The order in its own words", "Write down what it orders, in its own words.",
        "It stands in the letters to the clinician. Name no patient.",
    )
    amount_words = StringField(
        "If it orders funding: how much or for how long, in its words", filters=[plain_text],
        validators=[Length(max=500, message="Shorten this to 500 characters.")],
    )
    file = FileField(
        "The order itself", description="PDF, Word or picture", validators=[InputRequired("Attach the order itself.")]
    )
