"""What the pages of logging, contacts and enquiries show: forms with their choices, fields with what was found for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ifr import clock
from ifr.cases.drafts import services as drafts
from ifr.cases.drafts.forms import typed_in
from ifr.cases.drafts.pages import Shown
from ifr.cases.intake import contacts, enquiries, forms, services
from ifr.cases.intake.models import Contact
from ifr.cases.intake.printed import Proposal
from ifr.cases.models import Case
from ifr.pages import Problem, errors_of
from ifr.people.models import User
from ifr.profiles import Section


@dataclass(frozen=True)
class Field:
    """One question, and what was found for it in the original."""

    shown: Shown
    found: Proposal | None


@dataclass(frozen=True)
class LogPage:
    """Everything that the page on which a request is logged shows."""

    opened: services.Opened
    form: forms.LogForm
    sections: list[tuple[Section, list[Field]]]
    errors: list[Problem]
    can_keep: bool
    filed: dict[int, tuple[str, str]]
    title_faults: dict[str, str]

    @property
    def found(self) -> int:
        return len(self.opened.found)


def keep_form(user: User) -> forms.KeepForm:
    form = forms.KeepForm()
    form.commissioner_id.choices = _offices([(one.id, one.name) for one in services.offices(user)])
    return form


def _offices(found: list[tuple[int, str]]) -> list[Any]:
    return found if len(found) == 1 else [("", "Choose one"), *found]


def log_form(opened: services.Opened) -> forms.LogForm:
    form = forms.LogForm()
    everywhere = drafts.providers()
    form.provider_id.choices = [("", "Choose one"), *((one.id, one.name) for one in everywhere)]
    form.clinician_id.choices = [("", "Nobody with an account here"), *drafts.clinicians_of(everywhere)]
    form.propose(opened)
    return form


def typed_to_log(form: Mapping[str, str]) -> dict[str, str]:
    """What was typed under each question."""
    return typed_in([q for _, asked in services.questions_to_log() for q in asked], form)


def with_what_was_found(opened: services.Opened, typed: Mapping[str, str]) -> dict[str, str]:
    """The empty fields filled with what was found; the page shows each passage beside its field."""
    return {key: text or (opened.found[key].value if key in opened.found else "") for key, text in typed.items()}


def log_page(
    opened: services.Opened,
    form: forms.LogForm,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    filed: dict[int, tuple[str, str]] | None = None,
) -> LogPage:
    typed, faults = typed or {}, faults or {}
    sections = [
        (section, [Field(Shown(q, typed.get(q.key, ""), faults.get(q.key)), opened.found.get(q.key)) for q in asked])
        for section, asked in services.questions_to_log()
    ]
    said: list[Problem] = [{"text": text, "href": f"#{key}"} for key, text in faults.items()]
    return LogPage(
        opened=opened,
        form=form,
        sections=sections,
        errors=[*errors_of(form), *said],
        can_keep=any(not key.startswith("title-") for key in faults),
        filed=filed or {},
        title_faults={key: text for key, text in faults.items() if key.startswith("title-")},
    )


def of_patient() -> set[str]:
    """The keys of the questions that say who the patient is."""
    return {q.key for _, asked in services.questions_to_log() for q in asked if q.identity}


def signed_form(case: Case) -> forms.SignedForm:
    form = forms.SignedForm(seen=case.version)
    originals = services.originals_of(case)
    form.document_id.choices = [("", "None of these"), *((str(one.id), one.title) for one in originals)]
    return form


def contact_form(case: Case, corrects: Contact | None = None) -> forms.ContactForm:
    """An empty entry; or one that begins with the words of the entry that it puts right."""
    before: dict[str, Any] = {"on_day": clock.today()}
    if corrects is not None:
        local = corrects.at.astimezone(clock.LONDON)
        names = ("kind", "direction", "who", "said", "task", "owner_id", "until_on")
        before = {name: getattr(corrects, name) for name in names}
        before |= {"corrects_id": corrects.id, "on_day": local.date(), "on_time": f"{local:%H:%M}"}
    form = forms.ContactForm(data=before)
    form.owner_id.choices = [("", "Nobody"), *((str(one.id), one.name) for one in contacts.owners(case))]
    return form


def enquiry_form(user: User) -> forms.EnquiryForm:
    form = forms.EnquiryForm(data={"asked_on": clock.today()})
    form.commissioner_id.choices = _offices([(one.id, one.name) for one in enquiries.offices(user)])
    return form


