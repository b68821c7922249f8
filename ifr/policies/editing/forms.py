"""What is typed in this room, but for the record of a draft, which has a form of its own (`record_form`)."""

from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, Length, ValidationError

from ifr.pages import MarkField, VersionField, offered, plain_text, whole_number
from ifr.policies.editing import upkeep
from ifr.policies.editing.bulk import MOST_BYTES
from ifr.policies.editing.importing import MOST_FILES
from ifr.policies.editing.record_form import LONGEST_TEXT, TOO_LONG


def _one_line(label: str, missing: str, longest: int, hint: str = "") -> StringField:
    return StringField(
        label,
        description=hint,
        filters=[plain_text],
        validators=[DataRequired(missing), Length(max=longest, message=f"Shorten this to {longest} characters.")],
    )


class ForCommissioner(FlaskForm):
    """A form for one of the commissioners whose register somebody keeps."""

    owner_id = SelectField("Commissioner", coerce=whole_number)

    def offer(self, commissioners: list[tuple[int, str]]) -> "ForCommissioner":
        self.owner_id.choices = offered(commissioners)
        return self


class ImportForm(ForCommissioner):
    """Hand in documents to be read."""

    files = MultipleFileField(
        "Documents",
        description=(
            "PDF, Word (.docx), web pages (.html) or plain text; records in bulk as YAML or CSV, "
            f"{MOST_BYTES // 1_000_000} MB each. Up to {MOST_FILES} files, 20 MB together"
        ),
    )
    once = MarkField()

    def validate_files(self, field: MultipleFileField) -> None:
        chosen = [one for one in field.data or [] if getattr(one, "filename", "")]
        if not chosen:
            raise ValidationError("Choose at least one file")
        if len(chosen) > MOST_FILES:
            raise ValidationError(f"Choose up to {MOST_FILES} files at once: there are {len(chosen)}")

    def chosen(self) -> list[tuple[str, bytes]]:
        """The files, each with the name that it bears on its sender's computer."""
        given = [one for one in self.files.data or [] if getattr(one, "filename", "")]
        return [(plain_text(one.filename)[-200:] or "file", one.read()) for one in given]


class NewDraftForm(ForCommissioner):
    """Start a draft by hand."""

    title = _one_line("Title of the policy", "Enter the title of the policy", 500)
    label = _one_line("Version", "Enter the version", 100, "As it will be printed, for example 1 or 2.0")


class NextVersionForm(FlaskForm):
    """Start the next version of a policy."""

    label = _one_line("The next version is called", "Enter what the next version is called", 100, "For example 2.0")


class MoveForm(FlaskForm):
    """Take a version through one of its moves."""

    reason = StringField(
        "Reason", filters=[plain_text], validators=[Length(max=2_000, message="Shorten this to 2,000 characters.")]
    )
    seen = VersionField()


class QuestionForm(FlaskForm):
    """Ask the owner of a version something."""

    kind = RadioField(
        "What is it about?",
        choices=offered(upkeep.FLAG_KINDS.items()),
        validators=[DataRequired("Say what the question is about")],
    )
    words = TextAreaField(
        "Question",
        description="Do not name or describe a patient",
        filters=[plain_text],
        validators=[
            DataRequired("Say in a sentence what the owner of the policy should look at"),
            Length(max=LONGEST_TEXT, message=TOO_LONG),
        ],
    )
    once = MarkField()


class AnswerForm(FlaskForm):
    """Answer a question on a version."""

    answer = TextAreaField(
        "Answer", filters=[plain_text], validators=[DataRequired("Write the answer"), Length(max=LONGEST_TEXT, message=TOO_LONG)]
    )


class ClauseForm(FlaskForm):
    """Say whether a clause may be out of date."""

    mark = HiddenField(validators=[AnyOf(("set", "clear"), message="Say whether the mark is set or cleared")])
    why = StringField(
        "Why",
        filters=[plain_text],
        validators=[
            DataRequired("Say why: the reason is kept with the clause"),
            Length(max=2_000, message="Shorten this to 2,000 characters."),
        ],
    )
