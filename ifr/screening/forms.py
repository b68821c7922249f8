"""What can be typed in the screening room. Everything may be left for later: what is missing is said at the move."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    FieldList,
    Form,
    FormField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional, Regexp, ValidationError

from ifr.cases.models import Case, Finding
from ifr.cases.patients.responsibility import MEANWHILE, Meanwhile
from ifr.pages import DayField, MarkField, VersionField, chosen_number, offered, plain_text, whole_number
from ifr.screening import services
from ifr.screening.advice import INTERESTS
from ifr.screening.models import (
    APPROVAL_GROUNDS,
    CRITERION_ANSWERS,
    POINT_ANSWERS,
    QUESTION_ANSWERS,
    WORDS,
    YES_NO_UNCLEAR,
)
from ifr.screening.record import CRITERION, POINT, QUESTION, FindingAnswer, RecordAnswers
from ifr.screening.services import (
    Answering,
    Asking,
    CheckAnswers,
    CheckPage,
    NewerPage,
    Offer,
    RecordPage,
    Reply,
    Review,
    VersionAnswer,
)

LONGEST_LINE, LONGEST_TEXT = 300, 20_000
SPARE_STATEMENTS = 2
YES_NO = {"yes": "Yes", "no": "No"}
NOT_OURS = {"another": "Another body", "unclear": "Unclear, or disputed"}


def a_line(label: str, hint: str = "") -> StringField:
    too_long = Length(max=LONGEST_LINE, message=f"{label} must be {LONGEST_LINE} characters or fewer")
    return StringField(label, description=hint, filters=[plain_text], validators=[too_long])


def a_text(label: str, hint: str = "") -> TextAreaField:
    too_long = Length(max=LONGEST_TEXT, message=f"“{label}” must be {LONGEST_TEXT:,} characters or fewer")
    return TextAreaField(label, description=hint, filters=[plain_text], validators=[too_long])


def a_choice(label: str, items: dict[str, str], hint: str = "") -> RadioField:
    """Radios of which none need be chosen yet."""
    return RadioField(label, description=hint, choices=offered(items.items()), validate_choice=False, validators=[_one_of])


def _one_of(form: Form, field: Any) -> None:
    if field.data and field.data not in [choice.value for choice in field.choices]:
        raise ValidationError("Choose one of the answers")


class CaseForm(FlaskForm):
    """A form about a case, which remembers the version that it was made from."""

    seen = VersionField()


class CheckForm(CaseForm):
    """The check: three questions, and room for what shows the answer."""

    responsible = a_choice("Who is responsible for this patient?", {"ours": "", **NOT_OURS})
    responsible_because = a_text("Which evidence shows it?", "GP registration and residence on the day of the request")
    meanwhile = a_text("If unclear: who decides and pays meanwhile?", "A patient does not wait until two bodies agree")

    same_treatment = a_choice("Is the policy that was found about the same treatment?", YES_NO)
    same_because = a_text("How do you know?", "Compare the procedure itself, not only its code")
    conclusion = a_choice(
        "Which policy excludes this patient?",
        {"policy": "The policy chosen below", "no_policy": "No policy of ours covers this request"},
    )
    version_id = SelectField("Policy", choices=[], validate_choice=False)
    also = SelectMultipleField(
        "Further policies that were considered", description="They stand beside the policy in the record",
        choices=[], validate_choice=False,
    )  # fmt: skip
    also_another = SelectField("Another policy that was considered", choices=[], validate_choice=False)
    search = a_text(
        "If none: which search was made?", "Where, for what and on which day. Saving signs it with your name"
    )

    duplicates = a_choice(
        "Was this asked before for the same patient?",
        {
            "none": "No",
            "repeat": "Yes: this is a repeat of an earlier request",
            "linked": "There is another request, on something else",
        },
    )
    related = a_line("Reference of the other request", "For example IFR-2026-0012")
    duplicates_because = a_text("What you compared", "If it is no repeat, say in what it differs")

    def answers(self) -> CheckAnswers:
        names = ("responsible", "responsible_because", "meanwhile", "conclusion", "same_treatment", "same_because", "search",
                 "duplicates", "duplicates_because", "related")  # fmt: skip
        return CheckAnswers(
            **{name: _as_kept(self[name]) for name in names},
            version_id=chosen_number(self.version_id.data),
            also=tuple(whole_number(one) for one in (*(self.also.data or ()), self.also_another.data) if one),
        )


def _as_kept(field: Any) -> Any:
    """A choice or a day that is not given is nothing; a text that is not written is empty."""
    return field.data or (None if isinstance(field, RadioField | DayField) else "")


def check_form(page: CheckPage) -> CheckForm:
    check, proposal = page.check, page.proposal
    form = CheckForm(
        obj=check,
        seen=page.case.version,
        related=page.related,
        version_id=page.case.policy_version_id if check.conclusion else proposal.version_id,
    )
    form.responsible.choices = offered([("ours", page.case.profile.commissioner.name), *NOT_OURS.items()])
    form.version_id.choices = offered([("", "Choose a policy"), *page.choices])
    form.also.choices = offered(page.beside)
    form.also_another.choices = offered([("", "None"), *page.choices])
    return form


class VersionChoiceForm(CaseForm):
    """Under which version of a policy a request is decided, and whether the clinician has been told."""

    once = MarkField()
    version_id = a_choice("Under which version is the request decided?", {})
    because = a_text("Why?", "If the patient was offered the treatment before the newer version applied, give the day")
    told = a_choice("Has the clinician been told of the newer version?", YES_NO)
    told_on = DayField("If yes: on which day?", description="For example 20 11 2026")
    told_words = a_text("How the clinician was told, or why not")

    def answer(self) -> VersionAnswer:
        return VersionAnswer(
            version_id=chosen_number(self.version_id.data),
            because=self.because.data or "",
            told=self.told.data or None,
            told_on=self.told_on.data,
            told_words=self.told_words.data or "",
        )


def version_form(page: NewerPage) -> VersionChoiceForm:
    form = VersionChoiceForm(seen=page.case.version)
    form.version_id.choices = offered(page.choices)
    return form


class PolicyFlagForm(CaseForm):
    """What somebody who screens a request says to the owner of the policy."""

    once = MarkField()
    words = TextAreaField(
        "What should the owner of the policy look at?",
        description="Say which patients the policy names, and why nobody among them could be an exception. Name no patient",
        filters=[plain_text],
        validators=[
            DataRequired("Say what the owner of the policy should look at."),
            Length(max=LONGEST_TEXT, message=f"Shorten this to {LONGEST_TEXT:,} characters."),
        ],
    )


class HandoverForm(CaseForm):
    body = a_line("Name of the other body")
    contact_name = a_line("Name of a person there")
    contact_email = EmailField(
        "Email address",
        filters=[plain_text],
        validators=[
            Optional(),
            Length(max=254, message="Email address must be 254 characters or fewer"),
            Regexp(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z", message="Enter an email address like name@example.nhs.uk"),
        ],
    )
    contact_telephone = TelField(
        "Telephone", filters=[plain_text], validators=[Length(max=50, message="Use 50 characters or fewer")]
    )
    evidence = a_text(
        "Why is that body responsible?", "The rule, and the facts of this request. It stands in the letters"
    )
    plain_reasons = a_text("The same in plain words for the patient")

    def offer(self) -> Offer:
        return Offer(**{name: self[name].data or "" for name in Offer.__dataclass_fields__})


class ReplyForm(CaseForm):
    answer = a_choice(
        "What did the other body answer?", {"accepted": "It has taken the request on", "refused": "It has refused"}
    )
    answered_by = a_line("Name of the person who answered")
    answered_on = DayField("Day of the answer")
    answer_words = a_text("What was said")

    def reply(self) -> Reply:
        return Reply(
            answer=self.answer.data or None,
            answered_by=self.answered_by.data or "",
            answered_on=self.answered_on.data,
            answer_words=self.answer_words.data or "",
        )


class DisputeForm(CaseForm):
    """Who pays while two bodies differ."""

    once = MarkField()
    meanwhile = a_choice("Is the patient funded meanwhile?", MEANWHILE)
    meanwhile_body = a_line("Which body pays meanwhile?")
    meanwhile_because = a_text("Why, or why not?", "“Who Pays?” names the body that pays until the bodies agree")
    meanwhile_until_on = DayField("Until which day, if one is set?")

    def said(self) -> Meanwhile:
        return Meanwhile(
            self.meanwhile.data or "", self.meanwhile_body.data or "", self.meanwhile_because.data or "",
            self.meanwhile_until_on.data,
        )  # fmt: skip


class AdviceForm(CaseForm):
    """A question to an adviser outside the office, and which parts of the request went with it."""

    once = MarkField()
    adviser = a_line("Name of the adviser", "Somebody outside this office who has had no part in the request")
    post = a_line("What the adviser is, and where", "For example consultant neurologist, another region")
    question = a_text("Question to the adviser", "Name nobody: the adviser knows the patient by no name")
    parts = SelectMultipleField(
        "What was sent", description="Nothing else may leave the office", choices=[], validate_choice=False
    )
    asked_on = DayField("Day of the question", description="Leave it empty for today")
    is_not_patient = a_choice(
        "If words agree with the patient's identity", {"yes": "I have read them, and they do not mean the patient"}
    )

    def asking(self) -> Asking:
        return Asking(
            question=self.question.data or "",
            adviser=self.adviser.data or "",
            post=self.post.data or "",
            parts=tuple(self.parts.data or ()),
            asked_on=self.asked_on.data,
            is_not_patient=self.is_not_patient.data == "yes",
        )


class AdviceAnswerForm(CaseForm):
    interest = a_choice("Which interest did the adviser declare?", INTERESTS)
    interest_note = a_text("If there is one: which?")
    answer = a_text("What the adviser answered")
    answered_on = DayField("Day of the answer")
    ended_because = a_text("If no answer is waited for any more: why?")

    def answering(self) -> Answering:
        return Answering(
            interest=self.interest.data or None,
            interest_note=self.interest_note.data or "",
            answer=self.answer.data or "",
            answered_on=self.answered_on.data,
            ended_because=self.ended_because.data or "",
        )


def advice_form(case: Case, **given: Any) -> AdviceForm:
    could = services.sendable(case)
    form = AdviceForm(seen=case.version, parts=[*could], **given)
    form.parts.choices = offered((key, words) for key, words in services.SENDABLE.items() if key in could)
    return form


class EvidenceForm(CaseForm):
    strategy = a_text("How you searched", "Databases, terms, and which studies were left out")
    searched_on = DayField("Day of the search")
    found = a_text("What was found")
    not_found = a_text("What was looked for and not found")
    cost = a_text("Cost statement", "The treatment with VAT, what goes with it, and what would be spent otherwise")

    def review(self) -> Review:
        return Review(
            strategy=self.strategy.data or "",
            searched_on=self.searched_on.data,
            found=self.found.data or "",
            not_found=self.not_found.data or "",
            cost=self.cost.data or "",
        )


# --- the screening record ---------------------------------------------------------------------------------------------


class StatementForm(Form):
    """One new statement of a repeated request."""

    text = a_text("New statement")
    answer = a_text("What you make of it")


class CoveredForm(Form):
    """One criterion of an appraisal or a contract, and whether this patient meets it."""

    text = a_text("Criterion, in the words of the document")
    answer = a_choice("Is it met?", CRITERION_ANSWERS)
    because = a_text("What shows it")


class RecordForm(CaseForm):
    """The fields that every record has; those of the questions, points and criteria are added for each case."""

    comparator_answer = a_choice(
        "Is this the right comparison group?",
        {"confirmed": "Yes, as the request names it", "replaced": "No: compare with another group"},
    )
    comparator = a_text(
        "If not: which group?",
        "As a rule the patients whom the policy excludes, at the same stage, after usual treatment",
    )
    comparator_because = a_text("If not: why?")

    group_answer = a_choice(
        "Are there, or will there be, similar patients?", YES_NO_UNCLEAR, "For information. It never refuses a request"
    )
    group_numbers = a_text("How many, in which time?")
    group_source = a_line("Where does that number come from?")

    not_reached_because = a_text(
        "Reason for everything that is not reached",
        "Which answer decides the request. It is taken wherever you choose “Not reached” and give no other reason",
    )
    in_the_round = a_text("All points taken together", "Also where no single point is enough by itself")

    recommendation = a_choice("What do you recommend?", {})
    reasons = a_text(
        "Your reasons in summary",
        "For the clinician: what was asked, what was found, and why that leads to this answer",
    )
    plain_reasons = a_text("The reasons in plain words for the patient")
    would_change = a_text("Which new information could change the answer?")

    group_name = a_line("The group of patients")
    interim = a_choice("Is this patient funded meanwhile?", YES_NO)
    interim_because = a_text("Why, or why not?")

    earlier_reference = a_line("Reference of the earlier decision")
    earlier_decision = a_text("What was decided, and when")
    statements = FieldList(FormField(StatementForm))

    commissioned_reference = a_line("Contract or technology appraisal", "For example TA195")
    commissioned_because = a_text("Anything else that shows that this patient is covered")
    covered = FieldList(FormField(CoveredForm))

    approval_ground = a_choice("On what does it rest?", APPROVAL_GROUNDS)
    approval_because = a_text("Why does no panel need to see it?", "For a continuation: what the reports show")
    approval_conditions = a_text("Conditions", "One a line, with how each is measured. Write “none” where there are none")
    approval_amount = a_line("Up to which amount?", "For example £4,200 a year, or “none”")
    approval_until_on = DayField("Until when must treatment have begun?", description="Leave it empty where no day is set")

    page: RecordPage

    def answers(self) -> RecordAnswers:
        """What was typed, in the shape of the service."""
        words = {name: _as_kept(self[name]) for name in WORDS}
        statements = [(one.form.text.data or "", one.form.answer.data or "") for one in self.statements]
        covered = [(one.form.text.data or "", one.form.answer.data or "", one.form.because.data or "") for one in self.covered]
        return RecordAnswers(
            words=words,
            findings=self._findings(),
            statements=[one for one in statements if any(one)],
            covered=[one for one in covered if any(one)],
        )

    def _findings(self) -> list[FindingAnswer]:
        about = [(QUESTION, one.key, question_name(one.key)) for one in self.page.questions]
        about += [(POINT, str(one.factor.id), point_name(one.factor.id)) for one in self.page.points]
        about += [(CRITERION, str(one.criterion.id), criterion_name(one.criterion.id)) for one in self.page.criteria]
        return [
            FindingAnswer(
                about=what,
                key=key,
                answer=self[f"{name}_answer"].data or "",
                reasons=self[f"{name}_reasons"].data or "",
                clause=(self[f"{name}_clause"].data or "") if f"{name}_clause" in self else "",
            )
            for what, key, name in about
        ]


def question_name(key: str) -> str:
    return f"question_{key}"


def point_name(factor_id: int) -> str:
    return f"point_{factor_id}"


def criterion_name(criterion_id: int) -> str:
    return f"criterion_{criterion_id}"


def record_form(page: RecordPage) -> RecordForm:
    """The form for this very case: its test, its points, its policy's criteria."""
    fields: dict[str, Any] = {}
    kept: dict[str, str] = {}
    points = POINT_ANSWERS if page.clauses else {k: v for k, v in POINT_ANSWERS.items() if k != "not_taken_into_account"}
    for asked in page.questions:
        _add(fields, kept, question_name(asked.key), f"question {asked.number}", QUESTION_ANSWERS, asked.finding)
    for one in page.points:
        name = point_name(one.factor.id)
        _add(fields, kept, name, f"point {one.factor.number}", points, one.finding)
        if page.clauses:
            fields[f"{name}_clause"] = _clause(page.clauses)
            kept[f"{name}_clause"] = one.finding.clause if one.finding else ""
    for row in page.criteria:
        what = f"criterion {row.criterion.label or row.criterion.number}"
        _add(fields, kept, criterion_name(row.criterion.id), what, CRITERION_ANSWERS, row.finding)
    form: RecordForm = type("RecordForm", (RecordForm,), fields)(obj=page.record, seen=page.case.version, **kept)
    form.page = page
    form.recommendation.choices = offered(page.recommendations)
    if not form.is_submitted():
        _fill_lists(form, page)
    return form


def _add(
    fields: dict[str, Any], kept: dict[str, str], name: str, what: str, answers: dict[str, str], finding: Finding | None
) -> None:
    fields[f"{name}_answer"] = a_choice(f"Your finding on {what}", answers)
    fields[f"{name}_reasons"] = a_text(f"Reasons on {what}")
    if finding is not None:
        kept[f"{name}_answer"], kept[f"{name}_reasons"] = finding.answer, finding.reasons


def _clause(clauses: list[str]) -> SelectField:
    choices = offered([("", "Choose a clause"), *((one, one) for one in clauses)])
    return SelectField("If not taken into account: the clause that says so", choices=choices)


def _fill_lists(form: RecordForm, page: RecordPage) -> None:
    while len(form.statements):
        form.statements.pop_entry()
    for one in page.statements:
        form.statements.append_entry({"text": one.text, "answer": one.answer})
    while len(form.covered):
        form.covered.pop_entry()
    for row in page.covered:
        form.covered.append_entry({"text": row.text, "answer": row.answer, "because": row.because})
    for _ in range(SPARE_STATEMENTS):
        form.statements.append_entry()
        form.covered.append_entry()
