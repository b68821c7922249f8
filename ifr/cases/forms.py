"""The forms of the case pages: fields, messages, and answers that come as one form for many questions."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from ifr.cases.information import GAP_KINDS, LONGEST_QUESTION, TypedAnswer, Upload
from ifr.cases.models import InformationQuestion
from ifr.pages import MarkField, VersionField, plain_text, whole_number

# Why somebody reads who the patient is; the word goes on record with the reading.
WHY = {
    "find_duplicates": "To see whether this patient has another request",
    "telephone": "To speak with the patient or the clinician",
    "letter": "To address or check a letter",
    "responsibility": "To find out which body is responsible",
    "complaint": "A complaint or a question from the patient",
    "privacy": "A question of data protection",
}
KEEPS = "This must be {:,} characters or fewer.".format


class SeenForm(FlaskForm):
    """A form that acts on a case: `seen` is the version that its page showed."""

    seen = VersionField()


class MoveForm(SeenForm):
    reason = TextAreaField(filters=[plain_text], validators=[Length(max=10_000, message=KEEPS(10_000))])


class AllocateForm(SeenForm):
    allocated_to = SelectField("Give this request to", coerce=whole_number, validators=[InputRequired("Choose a colleague.")])


class WhyForm(FlaskForm):
    """Asked in the address, so that the page can be read again, and each reading goes on record again."""

    class Meta:
        csrf = False

    why = SelectField("Why do you need to know?", choices=WHY)


class QuestionForm(SeenForm):
    text = TextAreaField(
        "Question to the clinician",
        description="One question at a time: each gets its own number and its own answer.",
        filters=[plain_text],
        validators=[
            DataRequired("Write the question."),
            Length(max=LONGEST_QUESTION, message=f"The question must be {LONGEST_QUESTION:,} characters or fewer."),
        ],
    )
    question_key = SelectField(
        "What it is about",
        description="The part of the request form in which something is missing or unclear.",
        choices=[],
        validate_choice=False,
    )
    gap = SelectField(
        "What is missing there",
        description="Counted, so that the form and the guidance to clinicians can be mended.",
        choices=[SelectChoice(key, words) for key, words in GAP_KINDS.items()],
        default="not_answered",
        validate_choice=False,
    )
    needed_for = StringField(
        "What the answers are needed for",
        description="For example: before the panel meets on 3 December. Said once for all questions.",
        filters=[plain_text],
        validators=[Length(max=200, message="This must be 200 characters or fewer.")],
    )
    stops_clock = RadioField(
        "What happens to the clock meanwhile",
        description="It holds for all questions that are sent together. A request that is returned always stops the clock.",
        choices={
            "stops": "The next step cannot be taken without the answers: the clock stops",
            "runs": "Work can go on meanwhile: the clock runs on",
        },
        validators=[InputRequired("Say whether the next step can be taken without the answers.")],
    )
    once = MarkField()


def typed_answers(
    rows: Iterable[InformationQuestion], typed: Mapping[str, str], files: Mapping[str, Any]
) -> list[TypedAnswer]:
    """What one form says about each question; a file that nobody chose comes without a name."""
    found = []
    for row in rows:
        file = files.get(f"file-{row.id}")
        found.append(
            TypedAnswer(
                row=row,
                answer=plain_text(typed.get(f"answer-{row.id}", "")),
                cannot_because=plain_text(typed.get(f"cannot-{row.id}", "")),
                file=Upload(file.filename, file.read()) if file and file.filename else None,
                since=typed.get(f"since-{row.id}"),
            )
        )
    return found
