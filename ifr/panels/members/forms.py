"""The forms of this room: a place on the panel, an interest, and the invitation of a patient."""

from collections.abc import Iterable

from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Optional

from ifr.pages import DayField, MarkField, VersionField, chosen_number, offered, plain_text, whole_number
from ifr.panels import promises
from ifr.panels.members.declared import InterestTyped
from ifr.panels.members.models import CAPACITIES, KINDS
from ifr.panels.members.services import Place
from ifr.panels.promises import AnswerTyped, InvitationTyped
from ifr.people.models import PROFESSIONS, Organisation, User

NOBODY = ("", "Nobody")


class PlaceForm(FlaskForm):
    """A place on the standing panel."""

    seen = VersionField()
    once = MarkField()
    capacity = RadioField("In what capacity", choices=CAPACITIES, validators=[InputRequired("Choose in what capacity")])
    deputy_of_id = SelectField(
        "Deputy of", description="Whose place this person takes when he or she cannot sit", choices=[], coerce=str,
        validate_choice=False,
    )  # fmt: skip
    from_on = DayField("First day of the term", validators=[InputRequired("Enter the first day of the term")])
    until_on = DayField("Last day of the term", description="Leave this empty if it has none", validators=[Optional()])
    trained_on = DayField("Last trained on", description="Leave this empty if no training is on record", validators=[Optional()])

    def offer_deputies(self, pairs: Iterable[tuple[int, str]]) -> None:
        self.deputy_of_id.choices = offered([NOBODY, *pairs])

    def place(self) -> Place:
        assert self.from_on.data is not None  # the form asks for it
        return Place(
            self.capacity.data, chosen_number(self.deputy_of_id.data), self.from_on.data, self.until_on.data, self.trained_on.data
        )


class NewPlaceForm(PlaceForm):
    """Somebody new on the panel of one commissioner, or of several that share it."""

    commissioner_ids = SelectMultipleField(
        "For which commissioner", description="Choose each one for which this person votes", choices=[], coerce=whole_number,
        validate_choice=False, validators=[InputRequired("Choose for which commissioner")],
    )  # fmt: skip
    user_id = SelectField(
        "Who", choices=[], coerce=str, validate_choice=False, validators=[DataRequired("Choose who it is")],
        description="Anybody with an account and a panel role",
    )  # fmt: skip

    def offer(self, commissioners: Iterable[Organisation], people: Iterable[User]) -> None:
        self.commissioner_ids.choices = offered((one.id, one.name) for one in commissioners)
        self.user_id.choices = offered([("", "Choose a person"), *((one.id, _who(one)) for one in people)])


def _who(user: User) -> str:
    profession = PROFESSIONS.get(user.profession or "", "")
    return f"{user.name} ({profession})" if profession else user.name


class EndPlaceForm(FlaskForm):
    seen = VersionField()
    ended_on = DayField("Last day on the panel", validators=[InputRequired("Enter the last day on the panel")])
    because = TextAreaField(
        "Why the place ends", filters=[plain_text], validators=[DataRequired("Say why the place ends")]
    )


class InterestForm(FlaskForm):
    """One interest of a member's own."""

    once = MarkField()
    kind = RadioField("What kind of interest it is", choices=KINDS, validators=[InputRequired("Choose what kind it is")])
    organisation_id = SelectField(
        "Organisation", description="If it is not in the list, describe it in words below", choices=[], coerce=str,
        validate_choice=False,
    )  # fmt: skip
    practice = StringField("GP practice", description="Its name or code", filters=[plain_text])
    department = StringField("Department or specialty there", filters=[plain_text])
    person = StringField(
        "Name of somebody who works in health care", description="A colleague or relative. Never name a patient.",
        filters=[plain_text],
    )  # fmt: skip
    words = TextAreaField("In your own words", description="Never name a patient.", filters=[plain_text])
    from_on = DayField("Since", validators=[Optional()])
    until_on = DayField("Until", description="Leave this empty if it goes on", validators=[Optional()])

    def offer(self, organisations: Iterable[Organisation]) -> None:
        self.organisation_id.choices = offered([("", "Not in the list, or none"), *((one.id, one.name) for one in organisations)])

    def typed(self) -> InterestTyped:
        return InterestTyped(
            kind=self.kind.data or "", organisation_id=chosen_number(self.organisation_id.data),
            practice=self.practice.data or "", department=self.department.data or "", person=self.person.data or "",
            words=self.words.data or "", from_on=self.from_on.data, until_on=self.until_on.data,
        )  # fmt: skip


class ConfirmForm(FlaskForm):
    """A button that says that one's register is complete."""

    once = MarkField()


class EndInterestForm(FlaskForm):
    because = StringField("Why it is no interest any more", filters=[plain_text])


class InvitationForm(FlaskForm):
    """An invitation of the patient: to which meeting, how, on which day, and until when a statement can come."""

    seen = VersionField()
    once = MarkField()
    meeting_id = SelectField(
        "Meeting", choices=[], coerce=str, validate_choice=False, validators=[DataRequired("Choose a meeting")]
    )
    how = RadioField("How the patient is invited", choices=promises.HOW, validators=[InputRequired("Choose how")])
    sent_on = DayField(
        "Sent on", description="Leave this empty for a letter of this service: its day is that of its issue",
        validators=[Optional()],
    )  # fmt: skip
    how_words = StringField(
        "What else is to be said about how", description="For example that the clinician handed it over. Name no patient.",
        filters=[plain_text],
    )  # fmt: skip
    statement_by_on = DayField("Last day for the statement", validators=[Optional()])
    short_because = TextAreaField(
        "Why it is sent so late", description="Only if it comes later than promised. Name no patient.", filters=[plain_text]
    )

    def offer(self, meetings: Iterable[tuple[int, str]]) -> None:
        self.meeting_id.choices = offered([("", "Choose a meeting"), *meetings])

    def typed(self) -> InvitationTyped:
        return InvitationTyped(
            meeting_id=whole_number(self.meeting_id.data), how=self.how.data or "", how_words=self.how_words.data or "",
            sent_on=self.sent_on.data, statement_by_on=self.statement_by_on.data, short_because=self.short_because.data or "",
        )  # fmt: skip


class AnswerForm(FlaskForm):
    """What the patient answered."""

    seen = VersionField()
    once = MarkField()
    statement = RadioField("Statement", choices=promises.STATEMENTS, default="", validate_choice=False)
    attendance = RadioField("Coming to the meeting", choices=promises.ATTENDANCE, default="", validate_choice=False)
    with_whom = SelectField(
        "With whom", choices={"": "Not said", **promises.WITH_WHOM}, default="", validate_choice=False,
        description="In kind, and not by name",
    )  # fmt: skip
    answered_on = DayField("Answered on", validators=[Optional()])
    no_answer = BooleanField("No answer came by the last day")

    def typed(self) -> AnswerTyped:
        return AnswerTyped(
            statement=self.statement.data or "", attendance=self.attendance.data or "", with_whom=self.with_whom.data or "",
            answered_on=self.answered_on.data, no_answer=self.no_answer.data,
        )  # fmt: skip


class ExceptionForm(FlaskForm):
    """Why the chair goes on without the promised invitation, what was done instead, and what the patient is told."""

    seen = VersionField()
    once = MarkField()
    reason = TextAreaField(
        "Why the patient was not invited as promised", description="For the record. Name no patient.", filters=[plain_text],
        validators=[DataRequired("Say why the patient was not invited as promised")],
    )  # fmt: skip
    instead = TextAreaField(
        "What was done instead", description="It stands in the letter to the patient too.", filters=[plain_text],
        validators=[DataRequired("Say what was done instead")],
    )  # fmt: skip
    plain_reasons = TextAreaField(
        "Why, in plain words to the patient", filters=[plain_text],
        validators=[DataRequired("Say in plain words what the patient is to be told")],
    )  # fmt: skip
