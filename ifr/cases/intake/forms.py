"""What is typed when a request is logged, a contact or an enquiry is written down, or a signed form is attached."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import Field, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from ifr import clock
from ifr.cases.drafts.reading import LONGEST_LINE, LONGEST_TEXT
from ifr.cases.forms import SeenForm
from ifr.cases.intake import contacts, enquiries
from ifr.cases.intake.services import AS_EVIDENCE, AS_ORIGINAL, WAYS, Logging, Opened
from ifr.documents import ACCEPTED
from ifr.pages import DayField, MarkField, chosen_number, offered, plain_text

ACCEPT = ".eml,.msg,.pdf,.docx,.jpg,.jpeg,.png,.txt"
_A_TIME = Regexp(r"([01]?\d|2[0-3])[:.][0-5]\d\Z", message="Enter the time as 14:30.")


def _at_most(limit: int = LONGEST_TEXT) -> Length:
    return Length(max=limit, message=f"This must be {limit:,} characters or fewer.")


def _not_in_future(form: FlaskForm, field: Field) -> None:
    if field.data and field.data > clock.today():
        raise ValidationError("This day is still to come. Nothing can arrive later than now.")


def moment_of(day: date, typed: str | None) -> datetime:
    """A day and a time as typed. Without a time a day counts from its beginning; today, it is now."""
    if typed:
        hour, minute = re.split(r"[:.]", typed)
        return datetime.combine(day, time(int(hour), int(minute)), clock.LONDON)
    return clock.now() if day == clock.today() else datetime.combine(day, time(), clock.LONDON)


# --- logging ----------------------------------------------------------------------------------------------------------


class KeepForm(FlaskForm):
    """What came, before anything is typed from it."""

    once = MarkField()
    commissioner_id = SelectField(
        "Which commissioner is asked", coerce=chosen_number, validators=[InputRequired("Choose the commissioner.")]
    )
    way = RadioField("How did it come?", choices=offered(WAYS.items()), validators=[InputRequired("Choose how it came.")])
    file = FileField(
        "The e-mail or form as it came",
        description=f"An e-mail saved as a file (.eml or .msg), or a {ACCEPTED} file, up to 20 MB",
    )
    note = TextAreaField(
        "Or your note of the telephone call",
        description="Who telephoned, about what, and what was said",
        filters=[plain_text],
        validators=[_at_most()],
    )

    def validate_file(self, field: FileField) -> None:
        if not field.data and not self.note.data:
            raise ValidationError("Choose the e-mail or form as it came, or write a note of the call.")

    @property
    def came(self) -> dict[str, Any]:
        """What the service needs to keep it."""
        if self.file.data:
            content, name = self.file.data.read(), self.file.data.filename or ""
        else:
            content, name = (self.note.data or "").encode(), "telephone-note.txt"
        return {
            "once": self.once.data, "commissioner_id": self.commissioner_id.data, "way": self.way.data,
            "content": content, "name": name,
        }  # fmt: skip


class LogForm(FlaskForm):
    """When it arrived and from whom; what it asks is typed under the questions of the form."""

    arrived_on = DayField(
        "When it arrived",
        description="The clock counts from this day",
        validators=[InputRequired("Enter the day on which it arrived."), _not_in_future],
    )
    arrived_time = StringField(
        "At what time, if you know",
        description="24 hours, for example 14:30",
        filters=[plain_text],
        validators=[Optional(), _A_TIME],
    )
    provider_id = SelectField(
        "Which organisation asks", coerce=chosen_number, validators=[InputRequired("Choose the organisation that asks.")]
    )
    clinician_id = SelectField("Which clinician asks", coerce=chosen_number, validators=[Optional()])
    clinician_name = StringField(
        "Or the clinician's name, where there is no account", description="Letters are then printed and posted",
        filters=[plain_text], validators=[_at_most(LONGEST_LINE)],
    )
    clinician_address = TextAreaField(
        "Where letters to that clinician go", description="Left empty, they go to the organisation", filters=[plain_text],
        validators=[_at_most(LONGEST_LINE)],
    )

    def propose(self, opened: Opened) -> None:
        """Put in the moment at which the e-mail says that it arrived, for a person to confirm."""
        at = opened.row.says_arrived_at
        if at is not None and not self.is_submitted():
            local = at.astimezone(clock.LONDON)
            self.arrived_on.process(None, local.date())
            self.arrived_time.data = f"{local:%H:%M}"

    def logging(self, typed: Mapping[str, str], of_patient: set[str], filed: dict[int, tuple[str, str]]) -> Logging:
        assert self.arrived_on.data is not None, "the form was validated"
        return Logging(
            values={key: text for key, text in typed.items() if key not in of_patient},
            patient={key: text for key, text in typed.items() if key in of_patient},
            arrived_at=moment_of(self.arrived_on.data, self.arrived_time.data),
            provider_id=self.provider_id.data,
            clinician_id=self.clinician_id.data,
            clinician_name=self.clinician_name.data or "",
            clinician_address=self.clinician_address.data or "",
            filed=filed,
        )


FILED = {
    AS_ORIGINAL: "It is part of the request as it came, and may name the patient",
    AS_EVIDENCE: "It is evidence: everybody who works on the request reads it",
}


def filed_in(opened: Opened, typed: Mapping[str, str]) -> tuple[dict[int, tuple[str, str]], dict[str, str]]:
    """What was said of each attachment, and what is wrong with it."""
    filed, faults = {}, {}
    for one in opened.attachments:
        kind = typed.get(f"filed-{one.id}", AS_ORIGINAL)
        title = str(plain_text(typed.get(f"title-{one.id}", "")))[:LONGEST_LINE]
        filed[one.id] = (kind if kind in FILED else AS_ORIGINAL, title)
        if kind == AS_EVIDENCE and not title:
            faults[f"title-{one.id}"] = f"{one.title}: say what the file is, without the patient's name."
    return filed, faults


class DropForm(FlaskForm):
    because = StringField("Why it is no request", filters=[plain_text], validators=[_at_most(LONGEST_LINE)])


class SignedForm(SeenForm):
    """A declaration on paper."""

    document_id = SelectField("Which document is signed", coerce=chosen_number, validators=[Optional()])
    file = FileField("Or the signed form", description=f"{ACCEPTED}, up to 20 MB")
    signed_by = StringField(
        "Who signed it", filters=[plain_text],
        validators=[InputRequired("Say who signed it."), _at_most(LONGEST_LINE)],
    )
    signed_on = DayField("When it was signed", validators=[InputRequired("Enter the day on which it was signed.")])

    @property
    def day(self) -> date:
        assert self.signed_on.data is not None, "the form was validated"
        return self.signed_on.data

    @property
    def upload(self) -> tuple[bytes, str] | None:
        return (self.file.data.read(), self.file.data.filename or "") if self.file.data else None


# --- contacts ---------------------------------------------------------------------------------------------------------


class ContactForm(FlaskForm):
    """One entry of the contact log."""

    once = MarkField()
    corrects_id = HiddenField()
    kind = RadioField("What was it?", choices=offered(contacts.KINDS.items()), validators=[InputRequired("Choose what it was.")])
    direction = RadioField(
        "Who contacted whom?", choices=offered(contacts.DIRECTIONS.items()),
        validators=[InputRequired("Choose who contacted whom.")],
    )
    who = StringField(
        "With whom", filters=[plain_text], validators=[InputRequired("Say with whom."), _at_most(LONGEST_LINE)]
    )
    on_day = DayField("When", validators=[InputRequired("Enter the day."), _not_in_future])
    on_time = StringField(
        "At what time, if you know", description="24 hours, for example 14:30", filters=[plain_text],
        validators=[Optional(), _A_TIME],
    )
    said = TextAreaField(
        "What was said", description="Kept sealed, since it may name the patient", filters=[plain_text],
        validators=[InputRequired("Say what was said."), _at_most()],
    )
    task = StringField(
        "What is to be done", description="Without names: lists show it. Leave it empty where nothing is to be done",
        filters=[plain_text], validators=[_at_most(LONGEST_LINE)],
    )
    owner_id = SelectField("By whom", coerce=chosen_number, validators=[Optional()])
    until_on = DayField("Until when", validators=[Optional()])

    @property
    def contact(self) -> contacts.Said:
        assert self.on_day.data is not None, "the form was validated"
        return contacts.Said(
            kind=self.kind.data, direction=self.direction.data, who=self.who.data or "", said=self.said.data or "",
            at=moment_of(self.on_day.data, self.on_time.data), task=self.task.data or "", owner_id=self.owner_id.data,
            until_on=self.until_on.data,
        )  # fmt: skip

    @property
    def corrects(self) -> int | None:
        return chosen_number(self.corrects_id.data)


# --- enquiries --------------------------------------------------------------------------------------------------------


class EnquiryForm(FlaskForm):
    """A question before there is a request."""

    once = MarkField()
    commissioner_id = SelectField(
        "Which commissioner is asked", coerce=chosen_number, validators=[InputRequired("Choose the commissioner.")]
    )
    asked_on = DayField("When", validators=[InputRequired("Enter the day."), _not_in_future])
    kind = RadioField("How", choices=offered(enquiries.KINDS.items()), validators=[InputRequired("Choose how.")])
    asker = RadioField("Who asked", choices=offered(enquiries.ASKERS.items()), validators=[InputRequired("Choose who asked.")])
    who = StringField(
        "A name, if you need one to answer", description="Kept sealed", filters=[plain_text],
        validators=[_at_most(LONGEST_LINE)],
    )
    about = TextAreaField(
        "About what", description="Without a patient's name: everybody in the office finds it", filters=[plain_text],
        validators=[InputRequired("Say what it was about."), _at_most()],
    )
    answered = TextAreaField("What was answered", filters=[plain_text], validators=[_at_most()])

    @property
    def enquiry(self) -> enquiries.Asked:
        assert self.asked_on.data is not None, "the form was validated"
        return enquiries.Asked(
            commissioner_id=self.commissioner_id.data, asked_on=self.asked_on.data, kind=self.kind.data,
            asker=self.asker.data, about=self.about.data or "", answered=self.answered.data or "", who=self.who.data or "",
        )  # fmt: skip


class EndForm(FlaskForm):
    """What became of an enquiry."""

    reference = StringField(
        "The request that it became", description="Its reference, for example IFR-2026-0012", filters=[plain_text],
        validators=[_at_most(40)],
    )
    words = TextAreaField("Or how it ended", filters=[plain_text], validators=[_at_most()])
