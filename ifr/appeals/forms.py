"""What is typed about a challenge."""

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    Form,
    FormField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from ifr.appeals.models import (
    ACCEPT,
    APPELLANTS,
    AUTHORITY,
    FOUND,
    REFUSE,
    REFUSED_BECAUSE,
    REOPEN_FOR,
    YES_NO,
    Ground,
    NewItem,
)
from ifr.appeals.reconsiderations import Answer, Item, Proposal, Upload
from ifr.appeals.services import Lodged
from ifr.cases.models import CLEAR, CONFLICTED
from ifr.pages import DayField, MarkField, VersionField, offered, plain_text

LONGEST = 100_000
TOO_LONG = f"This is longer than {LONGEST:,} characters. Shorten it, or send it as a document."
ITEMS = 5  # places for new items on one form; the office adds what a letter holds beyond them


def _text(label: str, missing: str | None, hint: str = "") -> TextAreaField:
    demand = InputRequired(missing) if missing else Optional()
    short = Length(max=LONGEST, message=TOO_LONG)
    return TextAreaField(label, filters=[plain_text], description=hint, validators=[demand, short])


def _choice(label: str, choices: dict[str, str], missing: str | None) -> RadioField:
    """A choice of which none may be made while a draft is saved, unless a sentence says that one is needed."""
    if missing:
        return RadioField(label, choices=offered(choices.items()), validators=[InputRequired(missing)])
    return RadioField(label, choices=offered(choices.items()), validators=[Optional()])


class SeenForm(FlaskForm):
    """A form that says from which version of the challenge its page was made."""

    seen = VersionField()



class LodgeForm(FlaskForm):
    once = MarkField()
    appellant = RadioField("Who appeals?", validators=[InputRequired("Choose who appeals")])
    representative_name = StringField("Name of the representative", filters=[plain_text], validators=[Length(max=200)])
    representative_address = TextAreaField("Address of the representative", filters=[plain_text], validators=[Length(max=1000)])
    authority = RadioField(
        "Authority to act for the patient", choices=offered(AUTHORITY.items()), validators=[Optional()]
    )
    received_on = DayField("Day on which the appeal arrived")
    claimed = SelectMultipleField(
        "Grounds", validators=[Optional()],
        description="Choose those on which the appeal relies. We read it for every other ground too.",
    )
    statement = _text("The appeal, in the appellant’s own words", "Enter what the appeal says")
    late_because = _text(
        "If it comes after the last day: why?", None,
        "Leave this empty if the appeal is in time. A late appeal can still be accepted.",
    )

    def offer(self, appellants: list[str], grounds: dict[str, str]) -> "LodgeForm":
        self.appellant.choices = offered((key, APPELLANTS[key]) for key in appellants)
        self.claimed.choices = offered(grounds.items())
        if len(appellants) == 1 and not self.appellant.data:
            self.appellant.data = appellants[0]
        return self

    def validate(self, extra_validators: Any = None) -> bool:
        good = bool(super().validate(extra_validators))
        if self.appellant.data == "representative" and not self.representative_name.data:
            self.representative_name.errors = ["Enter the name of the representative"]
            return False
        return good

    @property
    def lodged(self) -> Lodged:
        return Lodged(
            appellant=self.appellant.data,
            statement=self.statement.data or "",
            claimed=tuple(self.claimed.data or ()),
            received_on=self.received_on.data,
            late_because=self.late_because.data or "",
            representative_name=self.representative_name.data or "",
            representative_address=self.representative_address.data or "",
            authority=self.authority.data or "",
        )


class _GroundPart(Form):
    supported = _choice("Could the appeal support this ground?", YES_NO, None)
    said = _text(
        "What the appeal says to it, or why it does not support it", None, "Do not name the patient: the review panel reads this."
    )


def grounds_form(grounds: list[Ground]) -> type[SeenForm]:
    """The form with a part for each ground of the commissioner."""
    parts = {f"ground_{g.number}": FormField(_GroundPart, label=g.text) for g in grounds}
    text = _text(
        "The appeal as the review panel will read it", None,
        "Take out whatever says who the patient is. The appeal as it was sent is kept.",
    )
    tick = BooleanField("I have read this: what looks like the patient’s name, number or date of birth is not the patient’s")
    return type("GroundsForm", (SeenForm,), {**parts, "statement_for_review": text, "not_the_patient": tick})


def as_sorted(form: Any, grounds: list[Ground]) -> dict[str, Any]:
    """What was typed, as `services.sort_grounds` takes it."""
    parts = {g.key: form[f"ground_{g.number}"] for g in grounds}
    return {
        "answers": {key: (part.supported.data or "", part.said.data or "") for key, part in parts.items()},
        "statement_for_review": form.statement_for_review.data or "",
        "not_the_patient": form.not_the_patient.data,
    }


class _FindingPart(Form):
    found = _choice("Finding", FOUND, None)
    material = _choice("If it is made out: was it material, so that the decision might have been another?", YES_NO, None)
    reasons = _text("Reasons", None)


def findings_form(grounds: list[Ground]) -> type[SeenForm]:
    """The form with a part for each ground that the review panel answers."""
    return type("FindingsForm", (SeenForm,), {f"ground_{g.number}": FormField(_FindingPart, label=g.text) for g in grounds})


def found_answers(form: Any, grounds: list[Ground]) -> dict[str, tuple[str, str, str]]:
    parts = {g.key: form[f"ground_{g.number}"] for g in grounds}
    return {key: (p.found.data or "", p.material.data or "", p.reasons.data or "") for key, p in parts.items()}


class LateForm(SeenForm):
    reason = _text("Why is the late appeal accepted?", "Enter why the late appeal is accepted")


class RefusalForm(SeenForm):
    because = _choice("Why is the appeal not to be accepted?", REFUSED_BECAUSE, "Choose why the appeal is not to be accepted")
    reasons = _text("Reasons", "Enter the reasons", "They go into the letter to the appellant.")
    plain_reasons = _text("Reasons in plain English", "Enter the reasons in plain English")


class ReviewForm(SeenForm):
    review_on = DayField("Day of the review", validators=[InputRequired("Enter the day of the review")])
    review_place = StringField(
        "Time and place", filters=[plain_text],
        validators=[InputRequired("Enter the time and place"), Length(max=300, message="Shorten the place to 300 characters")],
    )

    @property
    def values(self) -> dict[str, Any]:
        return {"review_on": self.review_on.data, "review_place": self.review_place.data}


class SeatForm(SeenForm):
    user_id = SelectField("Who is invited?", coerce=str, validators=[InputRequired("Choose who is invited")])
    chairs = BooleanField("This member chairs the review")

    def offer(self, people: list[tuple[int, str]]) -> "SeatForm":
        self.user_id.choices = offered([("", "Choose somebody"), *people])
        return self


class InterestForm(FlaskForm):
    interest = RadioField(
        "Do you have an interest in this request?",
        choices=offered([(CLEAR, "No, and I had no part in it before"), (CONFLICTED, "Yes, or I had a part in it before")]),
        validators=[InputRequired("Choose whether you have an interest")],
    )
    note = _text("What it is", None, "Only if you have an interest. Do not describe the patient.")


class OutcomeForm(SeenForm):
    reasons = _text("Reasons for the outcome", None, "They go into the letter to the clinician.")
    plain_reasons = _text("Reasons for the patient, in plain English", None)


class DirectionForm(SeenForm):
    once = MarkField()
    text = _text("Direction to the next panel", "Enter what the next panel is to do")
    differently_constituted = BooleanField("A panel of other members is to decide")


class ReopenForm(FlaskForm):
    seen = VersionField()
    reason = _text("Reason", "Enter the reason: it goes on record with the reopening")



class _ItemPart(Form):
    text = TextAreaField("What is new", filters=[plain_text], validators=[Length(max=LONGEST, message=TOO_LONG)])
    file = FileField("Document (if there is one)")

    @property
    def item(self) -> Item | None:
        upload = None
        if self.file.data and self.file.data.filename:
            upload = Upload(self.file.data.filename, self.file.data.read())
        return Item(self.text.data or "", upload) if self.text.data or upload else None


class _ItemsForm(FlaskForm):
    once = MarkField()
    what_is_new = _text("In short: what is new since the decision?", "Enter what is new since the decision")

    @property
    def items(self) -> list[Item]:
        found = [self[f"item_{n}"].form.item for n in range(1, ITEMS + 1)]
        return [one for one in found if one is not None]


AskForm: Any = type("AskForm", (_ItemsForm,), {f"item_{n}": FormField(_ItemPart, label=f"Item {n}") for n in range(1, ITEMS + 1)})


class AddItemForm(SeenForm):
    once = MarkField()
    text = _text("What is new", "Enter what is new")

    @property
    def item(self) -> Item:
        return Item(self.text.data or "")


class _AnswerPart(Form):
    was_before_panel = _choice("Was it before the panel already?", YES_NO, None)
    could_change = _choice("Could it change an answer?", YES_NO, None)
    reasons = _text("Reasons", None)


class _ProposalForm(SeenForm):
    proposed = _choice("What is proposed?", {ACCEPT: "To accept, and reopen the request", REFUSE: "Not to accept"}, None)
    reopen_for = _choice("If it is accepted: where does the request go on?", REOPEN_FOR, None)
    reasons = _text("Reasons", None, "They go into the letter to the clinician.")
    plain_reasons = _text("Reasons for the patient, in plain English", None)

    @property
    def proposal(self) -> Proposal:
        return Proposal(
            self.proposed.data or "", self.reopen_for.data or None, self.reasons.data or "", self.plain_reasons.data or ""
        )


def answer_form(items: list[NewItem]) -> type[_ProposalForm]:
    """The form with a part for each item that is said to be new."""
    parts = {f"item_{i.number}": FormField(_AnswerPart, label=f"Item {i.number}") for i in items}
    return type("AnswerForm", (_ProposalForm,), parts)


def item_answers(form: Any, items: list[NewItem]) -> dict[int, Answer]:
    parts = {i.number: form[f"item_{i.number}"] for i in items}
    return {n: Answer(p.was_before_panel.data or "", p.could_change.data or "", p.reasons.data or "") for n, p in parts.items()}
