"""What is typed about evidence."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from ifr.cases.drafts.reading import LONGEST_LINE
from ifr.cases.evidence.references import LONGEST_TITLE, LONGEST_WORDS, NOT_GRADED, Said
from ifr.cases.evidence.statement import WRITTEN_BY
from ifr.documents import ACCEPTED
from ifr.pages import MarkField, VersionField, chosen_number, offered, plain_text, whole_number

ONE_FILE = "Choose one file at a time, since each has its own title."


def _short(label: str, most: int = LONGEST_LINE) -> Length:
    return Length(max=most, message=f"“{label}” can hold {most:,} characters. Shorten it.")


def _line(label: str, hint: str = "", *, most: int = LONGEST_LINE, needed: str = "") -> StringField:
    asked: list[Any] = [InputRequired(needed)] if needed else [Optional()]
    return StringField(label, description=hint, filters=[plain_text], validators=[*asked, _short(label, most)])


def _text(label: str, hint: str = "") -> TextAreaField:
    return TextAreaField(label, description=hint, filters=[plain_text], validators=[Optional(), _short(label, LONGEST_WORDS)])


def one_file_of(field: FileField) -> None:
    """Several files under one title would leave all but the first behind without a word."""
    if len(request.files.getlist(field.name)) > 1:
        raise ValidationError(ONE_FILE)


class ServesField(SelectMultipleField):
    """To which points and questions something is linked."""

    def __init__(self, label: str = "What it shows", **kwargs: Any) -> None:
        super().__init__(
            label, description="Tick every point raised and every question of the test that it serves", choices=[],
            validate_choice=False, **kwargs,
        )  # fmt: skip


class LinkForm(FlaskForm):
    """What a file serves."""

    serves = ServesField()

    def offer(self, serves: Iterable[tuple[str, str]]) -> None:
        self.serves.choices = offered(serves)


class ReplaceForm(FlaskForm):
    """A newer version of a file."""

    title = _line("What the file is", "Without the patient's name", needed="Say what the file is.")
    file = FileField("The newer file", description=ACCEPTED, validators=[InputRequired("Choose a file.")])

    def validate_file(self, field: FileField) -> None:
        one_file_of(field)


class ReferenceForm(FlaskForm):
    """One published paper."""

    once = MarkField()
    seen = VersionField()
    title = _line("Title of the paper", most=LONGEST_TITLE, needed="Enter the title of the paper.")
    authors = _line("Authors", "For example Page MJ, McKenzie JE and others", most=LONGEST_TITLE)
    year = _line("Year of publication", most=20)
    doi = _line("DOI", "For example 10.1136/bmj.n71")
    pmid = _line("PMID", "The number in PubMed, for example 33782057")
    study_type = RadioField("What kind of study is it?", validate_choice=False, choices=[])
    grade = RadioField("Grade of the evidence", validate_choice=False, choices=[], default=NOT_GRADED)
    population = _text("Who was studied", "Condition, stage, age, number of patients, and what they were compared with")
    how_near = _text(
        "How near this is to your patient", "In what your patient is like those who were studied, and in what not"
    )
    relevant = _text("What it shows for this request", "The finding that matters, with its page or table")
    document_id = SelectField(
        "The paper as a file", coerce=chosen_number, validators=[Optional()], validate_choice=False, choices=[]
    )
    serves = ServesField()

    def offer(
        self, *, serves: Iterable[tuple[str, str]], studies: Mapping[str, str], grades: Iterable[tuple[str, str]],
        scale: tuple[str, str], files: Iterable[tuple[int, str]],
    ) -> None:  # fmt: skip
        self.serves.choices = offered(serves)
        self.study_type.choices = offered(studies.items())
        self.grade.choices = offered(grades)
        name, source = scale
        self.grade.description = f"On the scale “{name}”. Source: {source}" if name else "This commissioner names no scale"
        self.document_id.choices = offered([("", "None"), *files])

    @property
    def said(self) -> Said:
        names = ("title", "authors", "year", "doi", "pmid", "study_type", "population", "how_near", "relevant")
        typed = {name: str(self[name].data or "") for name in names}
        return Said(
            **typed, grade=str(self.grade.data or NOT_GRADED), document_id=self.document_id.data, serves=self.serves.data or ()
        )


class AgainForm(FlaskForm):
    """References of one's earlier requests."""

    again = SelectMultipleField("Which of them does this request need?", choices=[], validate_choice=False)

    def offer(self, earlier: Iterable[tuple[str, str]]) -> None:
        self.again.choices = offered(earlier)

    @property
    def wanted(self) -> list[int]:
        return [whole_number(one) for one in self.again.data or ()]


class StatementForm(FlaskForm):
    """The patient's own words; the one field whose text is not tidied."""

    once = MarkField()
    seen = VersionField()
    text = TextAreaField("The patient’s own words", description="They are kept exactly as they are written here")
    written_by = RadioField("Who wrote this down?", choices=offered(WRITTEN_BY.items()), validate_choice=False)
    note = _line("If somebody else: who, and how it was written down")
    taken_back = BooleanField("The patient takes the statement back")
