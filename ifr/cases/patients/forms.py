"""What can be typed around the patient."""

from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from ifr.cases.identity import NOT_TO
from ifr.cases.patients import basis, contact, earlier_requests, earlier_use, responsibility
from ifr.cases.patients.services import Further, Meanwhile, PartySaid, UseSaid
from ifr.pages import DayField, MarkField, VersionField, chosen_number, offered, plain_text

LONGEST_LINE, LONGEST_TEXT = 300, 20_000


def a_line(label: str, hint: str = "", needed: str = "") -> StringField:
    too_long = Length(max=LONGEST_LINE, message=f"“{label}” must be {LONGEST_LINE} characters or fewer")
    return StringField(label, description=hint, filters=[plain_text], validators=_asked(needed, too_long))


def a_text(label: str, hint: str = "", needed: str = "") -> TextAreaField:
    too_long = Length(max=LONGEST_TEXT, message=f"“{label}” must be {LONGEST_TEXT:,} characters or fewer")
    return TextAreaField(label, description=hint, filters=[plain_text], validators=_asked(needed, too_long))


def _asked(needed: str, length: Length) -> list[Any]:
    return [InputRequired(needed), length] if needed else [Optional(), length]


def a_choice(label: str, items: Mapping[str, str], hint: str = "", needed: str = "") -> RadioField:
    return RadioField(
        label, description=hint, choices=offered(items.items()),
        validate_choice=bool(needed), validators=[InputRequired(needed)] if needed else [Optional()],
    )


class PatientForm(FlaskForm):
    """A form about a request, which remembers the version that it was made from."""

    seen = VersionField()


class ChoosePracticeForm(PatientForm):
    code = HiddenField()


class DisputeForm(PatientForm):
    once = MarkField()
    body = a_line("Which body is responsible?", needed="Name the body that you think is responsible.")
    because = a_text(
        "Why?", "For example: the patient has moved, is detained, was placed here by another body, or NHS England commissions "
        "the service", needed="Say why.",
    )  # fmt: skip


class MeanwhileForm(PatientForm):
    meanwhile = a_choice(
        "Is the patient funded while the bodies differ?", responsibility.MEANWHILE,
        needed="Say whether the patient is funded meanwhile.",
    )  # fmt: skip
    meanwhile_body = a_line("If yes: which body pays meanwhile?")
    meanwhile_because = a_text("Reasons", needed="Give the reasons: the patient and the other body will ask.")
    meanwhile_until_on = DayField("Until when, if there is a limit", validators=[Optional()])

    def said(self) -> Meanwhile:
        return Meanwhile(
            self.meanwhile.data or "", self.meanwhile_body.data or "", self.meanwhile_because.data or "",
            self.meanwhile_until_on.data,
        )  # fmt: skip


class SettleForm(PatientForm):
    settled = a_choice("Who is responsible?", responsibility.SETTLED, needed="Say who is responsible.")
    settled_body = a_line("If another body: which?")
    settled_ground = a_choice("On which ground?", responsibility.GROUNDS, needed="Choose the ground.")
    settled_because = a_text(
        "Which evidence shows it?", "Registration and residence on the day of the request, letters, the other body's answer",
        needed="Say which evidence shows it.",
    )  # fmt: skip


class BasisForm(PatientForm):
    """The questions of one basis; those of the others are taken away."""

    how_known = a_text("How is it known?")
    consulted = a_text("Who was consulted?", "Say who they are to the patient; names belong on the page of people")
    imca = a_choice("Is there an independent mental capacity advocate?", basis.IMCA,
                    "One is needed where there is nobody else to consult")  # fmt: skip
    court_order = a_text("Which court decided what?", "Put the order on file as evidence")
    court_order_on = DayField("Day of the order", validators=[Optional()])
    will_ask = a_text("When, and by whom, will the patient be asked?")
    will_ask_on = DayField("By which day", validators=[Optional()])

    @classmethod
    def of(cls, case: Any, details: Any) -> "BasisForm":
        form = cls(obj=details, seen=case.version)
        asked = basis.FURTHER.get(case.basis or "", ())
        for name in basis.LABELS:
            if name not in asked:
                del form[name]
            else:
                form[name].label.text = basis.LABELS[name].get(case.basis, form[name].label.text)
        if "how_known" in form and case.basis == "competent_young_person":
            form.how_known.description = "16 or 17: presumed able to decide. Under 16: who found that, and how"
        return form

    def said(self) -> Further:
        given = {name: self[name].data for name in basis.LABELS if name in self}
        return Further(**{name: value for name, value in given.items() if value})


class ConsentForm(PatientForm):
    kind = a_choice("Which consent?", basis.CONSENTS, needed="Choose which of the three consents it is.")
    answer = a_choice("What did the patient, or whoever speaks for the patient, say?", basis.CONSENT_ANSWERS,
                      needed="Choose an answer.")  # fmt: skip
    asked_on = DayField("On which day?", validators=[Optional()])
    asked_by = a_line("Who asked?")


class ContactForm(PatientForm):
    contact_address = a_text("Address to use for letters", "If it is another than the home address")
    contact_telephone = a_line("Telephone number to use")
    contact_email = a_line("Email address to use")
    no_message = BooleanField("Do not leave a message")
    do_not_write_because = a_text(
        "If nothing may be sent to the home: why", "Letters then go to the clinician, who hands them over"
    )
    not_to = SelectMultipleField(
        "Who must not be told, and gets no copy?", choices=offered(NOT_TO.items()),
        validate_choice=False,
    )  # fmt: skip
    do_not_copy_note = a_line("If somebody else: who")
    language = a_line("Language, if not English")
    interpreter = a_line("Interpreter", "For example Polish, or British Sign Language")
    letter_format = a_choice("In which form does the patient need letters?", contact.FORMATS)

    @property
    def values(self) -> dict[str, str]:
        names = ("contact_address", "contact_telephone", "contact_email", "do_not_write_because", "do_not_copy_note", "language",
                 "interpreter", "letter_format")  # fmt: skip
        said = {name: self[name].data or "" for name in names}
        return {**said, "no_message": "yes" if self.no_message.data else "", "do_not_copy": ",".join(self.not_to.data or ())}


class PartyForm(PatientForm):
    once = MarkField()
    kind = a_choice("What part does this person have?", contact.PARTIES, needed="Say what part this person has.")
    name = a_line("Name", needed="Enter a name.")
    address = a_text("Address")
    telephone = a_line("Telephone")
    email = a_line("Email")
    authority = a_text("What gives the authority?", "For example a lasting power of attorney for health and welfare, registered, "
                       "with its number; an order; parental responsibility")  # fmt: skip
    authority_seen = a_choice("Has the office or the clinician seen it?", contact.AUTHORITY_SEEN,
                              needed="Say whether the authority was seen.")  # fmt: skip
    may_be_written_to = BooleanField("May be written to")
    gets_copies = BooleanField("Gets a copy of each letter to the patient")

    def said(self) -> PartySaid:
        names = ("kind", "name", "address", "telephone", "email", "authority", "authority_seen")
        return PartySaid(
            **{name: self[name].data or "" for name in names},
            may_be_written_to=bool(self.may_be_written_to.data),
            gets_copies=bool(self.gets_copies.data),
        )


class EndPartyForm(PatientForm):
    because = a_line("Why has this person no part any more?", needed="Say why this person has no part any more.")


class UseForm(PatientForm):
    once = MarkField()
    kind = a_choice("How did the patient have it?", earlier_use.KINDS, needed="Say how the patient had it.")
    dates = a_line("When, and for how long", "For example March to June 2025", needed="Say when it was, and for how long.")
    response = a_text("What came of it", "This is weighed as evidence", needed="Say what came of it, also where nothing did.")
    measured = a_text("How this was measured, and the values before and after")
    promised = a_text("Who promised what for when it ends", "In a trial or with a company's supply. Send the document too")
    document_id = SelectField("Which file shows it", coerce=chosen_number, validators=[Optional()])

    def offer(self, files: list[tuple[int, str]]) -> None:
        self.document_id.choices = [("", "None yet"), *((str(key), title) for key, title in files)]

    def said(self) -> UseSaid:
        names = ("kind", "dates", "response", "measured", "promised")
        return UseSaid(**{name: self[name].data or "" for name in names}, document_id=self.document_id.data)


class EarlierRequestForm(PatientForm):
    answer = a_choice("What is the other request to this one?", earlier_requests.ANSWERS,
                      needed="Say what the other request is to this one.")  # fmt: skip
    what_is_new = a_text("If it is a repeat: what is new since then", "Where nothing is, say so")
    because = a_text("How you know")


class ByHandForm(PatientForm):
    how = a_line("How was it made, and how does it leave?", needed="Say how it was made, and how it leaves.")
