"""The one page of an urgent request: the eight answers with which it can be sent, kept in the sections they belong to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ifr.cases.drafts import services
from ifr.cases.drafts.pages import Shown, kept_in, shown_as
from ifr.cases.models import Case
from ifr.pages import Problem
from ifr.people.models import User
from ifr.profiles import Question, Section
from ifr.workflow import Invalid, Stale


def asked(case: Case) -> list[tuple[Section, list[Question]]]:
    """The urgent questions of each section, in the order of the form."""
    found = [(one, [q for q in services.fields_of(case, one.key) if q.urgent]) for one in case.questions.sections]
    return [(section, questions) for section, questions in found if questions]


@dataclass(frozen=True)
class UrgentPage:
    """Everything that the page shows."""

    case: Case
    sections: list[tuple[Section, list[Shown]]]
    seen: dict[str, int]
    errors: list[Problem] = field(default_factory=list)
    can_keep: bool = False
    changes: list[dict[str, Any]] = field(default_factory=list)


def page(
    case: Case, *, by: User, typed: Mapping[str, str] | None = None, faults: Mapping[str, str] | None = None, stale: bool = False
) -> UrgentPage:
    """What is kept, or what was just typed and could not be kept."""
    faults, sections, seen = faults or {}, [], {}
    for section, questions in asked(case):
        kept = kept_in(case, section.key, by=by)
        values = kept if typed is None else typed
        sections.append((section, [shown_as(q, values, faults, kept if stale else None) for q in questions]))
        version = services.section_version(case, section.key)
        seen[section.key] = version.version if version else 0
    said: list[Problem] = [{"text": text, "href": f"#{key}"} for key, text in faults.items()]
    changes = [{"at": None, "by": None, "text": "A colleague saved some of these answers"}] if stale else []
    return UrgentPage(case, sections, seen, said, bool(faults), changes)


def save(case: Case, typed: Mapping[str, str], seen: Mapping[str, int], *, by: User, as_it_is: bool) -> None:
    """Keep the answers of the page together or not at all.

    Raises Invalid with a sentence for each fault, Stale when a colleague has saved one of the sections since.
    """
    here = [(section.key, {q.key: typed.get(q.key, "") for q in questions}) for section, questions in asked(case)]
    find = services.too_long_in if as_it_is else services.faults_in
    faults = {key: said for section, values in here for key, said in find(case, section, values).items()}
    if faults:
        raise Invalid(faults)
    for section, values in here:
        version = services.section_version(case, section)
        kept = kept_in(case, section, by=by)
        if all(kept.get(key, "") == text for key, text in values.items()):
            continue
        if version is not None and seen.get(section, 0) != version.version:
            raise Stale(case, [])
        more = {"urgent": "yes"} if "needed_by" in values else {}
        services.save_section(case, section, {**values, **more}, by=by, seen=seen.get(section, 0), as_it_is=True)
