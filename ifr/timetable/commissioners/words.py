"""What a profile says, in words for a page: its rows, and what differs between two of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ifr import profiles
from ifr.access import Role
from ifr.deadlines import LENGTHS
from ifr.profiles import DeadlineSpec, Length, MoreTime, Profile, Quorum, Reminders, Unit
from ifr.screening.models import RECOMMENDATIONS

WHOSE = {"office": "This office", "clinician": "The clinician", "appellant": "Whoever challenges", "other_body": "The other body"}
# Lengths that no deadline of a request has, under words of their own.
NO_DEADLINE = {"papers": "Papers with the members, before a meeting"}
# What the deadlines of a profile say stands in rows of their own; of these parts nothing is left for the rest.
_IN_ROWS = {"days", "extensions", "reminders", "receipt", "screening"}
_OF_ITS_VERSION = {"name", "version", "applies_from"}


@dataclass(frozen=True)
class DeadlineRow:
    """One deadline as a commissioner holds itself to it. `length` is empty where a record fixes it, or where it is missing."""

    name: str
    label: str
    whose: str
    by_record: bool
    length: str
    urgent: str
    source: str
    urgent_source: str
    extension: str
    extension_source: str
    reminders: list[str]
    reminders_source: str

    @property
    def may_be_typed(self) -> bool:
        """Whether anything follows it still: what only an older version of the process knew stays as it was."""
        return bool(self.whose) or self.name in NO_DEADLINE


@dataclass(frozen=True)
class MatrixRow:
    """One way in which a screening may end: who concludes it here, and who signs second."""

    name: str
    label: str
    by: str
    countersigned_by: str
    source: str


@dataclass(frozen=True)
class Difference:
    """One thing that differs between two versions."""

    what: str
    old: str
    new: str


def specs(on: date) -> list[DeadlineSpec]:
    """The deadlines of every machine that applies on a day, those of a request first."""
    machines = [one.parsed for one in profiles.in_force(on, ["workflow"])]
    machines.sort(key=lambda one: (one.subject != "case", one.name))
    return [deadline for machine in machines for deadline in machine.deadlines]


def timetable(profile: Profile, known: Sequence[DeadlineSpec]) -> list[DeadlineRow]:
    """A row for each deadline of the machines, and for each that only this version of the profile knows."""
    here = {one.name for one in known}
    older = [name for name in profile.days if name not in here]
    rows = [_deadline_row(profile, one.name, one.label, WHOSE[one.whose]) for one in known]
    said = {name: NO_DEADLINE.get(name, name.replace("_", " ").capitalize()) for name in older}
    return rows + [_deadline_row(profile, name, label, "") for name, label in said.items()]


def _deadline_row(profile: Profile, name: str, label: str, whose: str) -> DeadlineRow:
    timer, more, plan = profile.days.get(name), profile.extensions.get(name), profile.reminders.get(name)
    length: Length | None = timer or (profile.appeals.window if name == "appeal_window" else None)
    urgent = timer.urgent if timer else None
    return DeadlineRow(
        name=name,
        label=label,
        whose=whose,
        by_record=name in LENGTHS,
        length=str(length) if length else "",
        urgent=str(urgent) if urgent else "",
        source=length.source if length else "",
        urgent_source=urgent.source if urgent else "",
        extension=extension_in_words(more) if more else "",
        extension_source=more.source if more else "",
        reminders=reminders_in_words(plan, in_hours=bool(timer and timer.unit == Unit.HOURS)) if plan else [],
        reminders_source=plan.source if plan else "",
    )


def extension_in_words(more: MoreTime) -> str:
    times = "Once" if more.most == 1 else f"Up to {more.most} times"
    return f"{times}, by {more.longest} at most, by {roles_in_words(more.by, 'or')}"


def reminders_in_words(plan: Reminders, *, in_hours: bool) -> list[str]:
    """What is told to whom and when, a sentence each. Days are working days, and hours where the deadline is in hours."""
    unit, lines = ("hours" if in_hours else "working days"), []
    whom = roles_in_words(plan.to)
    if plan.before:
        lines.append(f"{_counted(sorted(plan.before, reverse=True), unit)} before: {whom}")
    if plan.after:
        lines.append(f"{_late(sorted(plan.after), unit)}: {whom}")
    if plan.escalate:
        lines.append(f"{_late([plan.escalate.after], unit)}: {plan.escalate.to.words}")
    if plan.then:
        step = plan.then.move.replace("_", " ")
        lines.append(f"{_late([plan.then.after], unit)}: the service is to {step}")
    return lines


def _late(numbers: Sequence[int], unit: str) -> str:
    """No days after the last one is the first day on which something is late."""
    said = ["as soon as it is late"] if 0 in numbers else []
    later = [number for number in numbers if number]
    said += [f"{_counted(later, unit)} after"] if later else []
    words = " and ".join(said)
    return words[0].upper() + words[1:]


def _counted(numbers: Sequence[int], unit: str) -> str:
    return f"{_listed([str(number) for number in numbers])} {unit if list(numbers) != [1] else unit.removesuffix('s')}"


def _listed(words: Sequence[str], last: str = "and") -> str:
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def roles_in_words(roles: Sequence[Role], last: str = "and") -> str:
    # In one order, so that a list that was only ticked anew reads as it did.
    return _listed([one.words for one in Role if one in roles], last)


def matrix(profile: Profile) -> list[MatrixRow]:
    """A row for each way in which a screening can end; one that nobody may conclude here says so."""
    rows = []
    for name, label in RECOMMENDATIONS.items():
        row = profile.screening.matrix.get(name)
        rows.append(
            MatrixRow(
                name=name,
                label=label,
                by=roles_in_words(row.by, "or") if row else "",
                countersigned_by=roles_in_words(row.countersigned_by, "or") if row else "",
                source=row.source if row else "",
            )
        )
    return rows


def quorum_in_words(quorum: Quorum) -> str:
    doctors = f" ({quorum.doctors} of them {'doctors' if quorum.doctors != 1 else 'a doctor'})" if quorum.doctors else ""
    clinicians = f"{quorum.clinicians} {'clinicians' if quorum.clinicians != 1 else 'clinician'}{doctors}"
    return f"{quorum.voting} voting, among them {clinicians} and {quorum.lay} lay"


def cut_off_in_words(profile: Profile) -> str:
    hour = profile.receipt.cut_off
    return f"What arrives at {hour} or later counts as received on the next working day" if hour else "None: every hour counts"


# --- what differs -----------------------------------------------------------------------------------------------------


def differences(old: Profile, new: Profile, known: Sequence[DeadlineSpec]) -> list[Difference]:
    """Row by row what differs, in the order of the page; number and first day of the version apart."""
    before, after = dict(_facts(old, known)), dict(_facts(new, known))
    return [
        Difference(what, before.get(what, ""), after.get(what, ""))
        for what in {**before, **after}
        if before.get(what, "") != after.get(what, "")
    ]


def _facts(profile: Profile, known: Sequence[DeadlineSpec]) -> Iterator[tuple[str, str]]:
    """Everything that a profile says, each thing under words of its own."""
    for row in timetable(profile, known):
        yield f"{row.label}: length", row.length
        yield f"{row.label}: source", row.source
        yield f"{row.label}: length when urgent", row.urgent
        yield f"{row.label}: source when urgent", row.urgent_source
        yield f"{row.label}: more time", row.extension
        yield f"{row.label}: source of the rule on more time", row.extension_source
        yield f"{row.label}: reminders", "; ".join(row.reminders)
        yield f"{row.label}: source of the reminders", row.reminders_source
    yield "Cut-off hour", cut_off_in_words(profile)
    yield "Cut-off hour: source", profile.receipt.source
    for what, quorum in (("Quorum of the panel", profile.panel.quorum), ("Quorum of a review", profile.panel.review_quorum)):
        yield what, quorum_in_words(quorum)
        yield f"{what}: source", quorum.source
    for one in matrix(profile):
        yield f"Screening, {one.label}: concluded by", one.by
        yield f"Screening, {one.label}: second signature", one.countersigned_by
        yield f"Screening, {one.label}: source", one.source
    yield from _rest(profile)


def _rest(profile: Profile) -> Iterator[tuple[str, str]]:
    """What has no row of its own, under the name that it has in the profile."""
    said = profile.model_dump(mode="json", exclude=_IN_ROWS | _OF_ITS_VERSION)
    for name in ("quorum", "review_quorum"):
        said["panel"].pop(name)
    said["appeals"].pop("window")
    yield from _flat(said, ())


def _flat(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from _flat(inside, (*path, str(name)))
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        for number, one in enumerate(value, start=1):
            yield from _flat(one, (*path, str(one.get("key", number))))
    else:
        head, *more = (word.replace("_", " ") for word in path)
        yield ": ".join(filter(None, [head.capitalize(), ", ".join(more)])), _in_one_line(value)


def _in_one_line(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "" if value is None else str(value)
