"""What is typed of a change, part by part. Each form knows where in a profile its fields stand."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from ifr.access import Role
from ifr.pages import DayField, VersionField, offered, plain_text, with_faults
from ifr.profiles import Profile, Unit
from ifr.timetable.commissioners.reading import PartPage
from ifr.timetable.commissioners.sound import STEP

# Who may be told of a deadline, and who of the office may give more time.
TOLD = (
    Role.CLINICIAN, Role.COORDINATOR, Role.SCREENER, Role.EVIDENCE_REVIEWER, Role.PANEL_SECRETARY, Role.PANEL_CHAIR,
    Role.REVIEW_PANEL_MEMBER, Role.IFR_MANAGER, Role.ACCOUNTABLE_OFFICER,
)  # fmt: skip
GIVES_TIME = (Role.COORDINATOR, Role.SCREENER, Role.PANEL_SECRETARY, Role.IFR_MANAGER, Role.ACCOUNTABLE_OFFICER)
LONGEST_SOURCE = 500
_SOURCE_HINT = "The document that says so and where, or that it is an example"
_UNITS = [(unit.value, unit.words) for unit in Unit]


def _source(label: str = "Source") -> StringField:
    shorten = Length(max=LONGEST_SOURCE, message=f"Shorten this to {LONGEST_SOURCE} characters.")
    return StringField(label, description=_SOURCE_HINT, filters=[plain_text], validators=[shorten])


def _number(label: str, least: int, most: int, hint: str = "") -> StringField:
    def check(form: Any, field: Field) -> None:
        if field.data and not (is_number(field.data) and least <= int(field.data) <= most):
            raise ValidationError(f"Enter a whole number from {least} to {most}")

    return StringField(label, description=hint, filters=[plain_text], validators=[check])


def is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdecimal() and len(typed) <= 6


def _unit(label: str = "Counted in") -> SelectField:
    return SelectField(label, choices=offered(_UNITS), default=Unit.WORKING_DAYS.value, validate_choice=False)


def _roles(label: str, hint: str = "") -> SelectMultipleField:
    # What may stand here is asked of the definitions, which give the reason.
    return SelectMultipleField(label, description=hint, validate_choice=False)


def _offer(field: Any, roles: Iterable[Role], held: Iterable[str]) -> None:
    """The roles of a list, and whoever is named already."""
    known = list(roles)
    known += [Role(one) for one in held if one in set(Role) and Role(one) not in known]
    field.choices = offered((one.value, one.words[0].upper() + one.words[1:]) for one in known)


def _days(label: str, hint: str, least: int) -> StringField:
    """Numbers of days in one line, apart by commas."""

    def check(form: Any, field: Field) -> None:
        wrong = [one for one in _numbers(field.data) if not (is_number(one) and least <= int(one) <= 400)]
        if wrong or len(_numbers(field.data)) > 20:
            raise ValidationError(f"Enter whole numbers from {least} to 400 with commas between them, for example 10, 3")

    return StringField(label, description=hint, filters=[plain_text], validators=[check])


def _numbers(typed: str | None) -> list[str]:
    return [one for one in re.split(r"[,;\s]+", typed or "") if one]


class PartForm(FlaskForm):
    """One part of a profile."""

    seen = VersionField()

    def begin(self, part: PartPage) -> None:
        """Make the form fit this part: what it offers, and what it has no field for."""

    @staticmethod
    def typed(profile: Profile, name: str) -> dict[str, Any]:
        """What stands in the fields for a profile as it is."""
        raise LookupError(name)

    def write(self, raw: dict[str, Any], name: str) -> None:
        """Put what was typed into the values of a whole profile."""
        raise LookupError(name)

    def places(self, name: str) -> dict[str, str]:
        """At which entry of a profile a field stands."""
        return {}

    def show(self, faults: Mapping[str, str], name: str) -> "PartForm":
        """The form with what is wrong beside the field that it stands in; above them all where it has none."""
        places = sorted(self.places(name).items(), key=lambda place: -len(place[0]))
        for entry, said in faults.items():
            field = next((field for place, field in places if entry == place or entry.startswith(place + STEP)), entry)
            with_faults(self, {field: said})
        return self

    def _needs(self, wanted: str, field: str, sentence: str) -> bool:
        """Ask for a field where another is filled in."""
        if getattr(self, wanted).data and not getattr(self, field).data:
            with_faults(self, {field: sentence})
            return False
        return True


def _length(raw: Mapping[str, Any] | None, prefix: str = "") -> dict[str, Any]:
    said = raw or {}
    return {f"{prefix}{name}": str(said[name]) for name in ("length", "unit", "source") if name in said}


class DeadlineForm(PartForm):
    """One deadline: its length, the more time that may be given, and who is reminded."""

    length = _number("How long", 1, 3000)
    unit = _unit()
    source = _source()
    urgent_length = _number("How long when urgent", 1, 3000, "Leave empty where it is the same")
    urgent_unit = _unit("Counted in, when urgent")
    urgent_source = _source("Source of the urgent length")
    more_times = _number("How often more time may be given", 1, 20, "Leave empty where none may be given")
    more_length = _number("How much at most each time", 1, 3000)
    more_unit = _unit("Counted in, each time")
    more_by = _roles("Who may give it")
    more_source = _source("Source of the rule on more time")
    told = _roles("Who is reminded")
    before = _days("Days before the last day", "Working days (hours, where the deadline is in hours), for example 10, 3", 1)
    after = _days("Days after the last day", "0 is the first day on which it is late, for example 0, 5", 0)
    escalate_after = _number("Days after the last day until somebody else is told", 0, 400, "Leave empty where nobody is")
    escalate_to = SelectField("Who is told then", default="", validate_choice=False)
    then_after = _number("Days after the last day until the service takes the step", 0, 400)
    reminders_source = _source("Source of the reminders")

    def begin(self, part: PartPage) -> None:
        plan, more = part.profile.reminders.get(part.name), part.profile.extensions.get(part.name)
        _offer(self.told, TOLD, [*(plan.to if plan else ()), *(self.told.data or ())])
        _offer(self.more_by, GIVES_TIME, [*(more.by if more else ()), *(self.more_by.data or ())])
        whom = [*TOLD, *([plan.escalate.to] if plan and plan.escalate and plan.escalate.to not in TOLD else [])]
        choices = [("", "Nobody"), *((one.value, one.words[0].upper() + one.words[1:]) for one in whom)]
        self.escalate_to.choices = offered(choices)
        if plan is None or plan.then is None:
            del self.then_after
        else:
            self.then_after.label.text = f"Days after the last day until the service is to {plan.then.move.replace('_', ' ')}"
        if part.by_record:
            self._keep(lambda name: name not in _LENGTH)
        elif part.is_length:
            self._keep(lambda name: name in _LENGTH)

    def _keep(self, wanted: Callable[[str], bool]) -> None:
        """Leave out what says nothing here: the length that a record fixes, or all but the length."""
        for name in [one for one in self._fields if one not in ("seen", "csrf_token") and not wanted(one)]:
            del self[name]

    @staticmethod
    def typed(profile: Profile, name: str) -> dict[str, Any]:
        raw = profile.model_dump(mode="json", exclude_none=True)
        timer, more, plan = (raw[part].get(name) or {} for part in ("days", "extensions", "reminders"))
        longest, escalate = more.get("longest"), plan.get("escalate") or {}
        said = {**_length(timer), **_length(timer.get("urgent"), "urgent_"), **_length(longest, "more_")}
        said |= {"more_times": str(more.get("most", "")), "more_by": more.get("by", []), "more_source": more.get("source", "")}
        said |= {"told": plan.get("to", []), "reminders_source": plan.get("source", "")}
        said |= {part: ", ".join(str(one) for one in plan.get(part, [])) for part in ("before", "after")}
        said |= {"escalate_after": str(escalate.get("after", "")), "escalate_to": escalate.get("to", "")}
        return said | {"then_after": str((plan.get("then") or {}).get("after", ""))}

    def validate(self, extra_validators: Any = None) -> bool:
        good = bool(super().validate(extra_validators))
        if "length" in self:
            good = self._has_length() and good
        if "told" not in self:
            return good
        if self.more_times.data:
            asked = (("more_length", "Say how much more time may be given each time"), ("more_by", "Say who may give it"))
            good = all([self._needs("more_times", *one) for one in (*asked, ("more_source", _SAY_WHERE))]) and good
        if self._plans():
            for field, sentence in (("told", "Choose who is reminded"), ("reminders_source", _SAY_WHERE)):
                if not self[field].data:
                    with_faults(self, {field: sentence})
                    good = False
            good = self._escalates() and good
        return good

    def _has_length(self) -> bool:
        for field, sentence in (("length", "Say how long this may take"), ("source", _SAY_WHERE)):
            if not self[field].data:
                with_faults(self, {field: sentence})
        self._needs("urgent_length", "urgent_source", _SAY_WHERE)
        return not any(self[field].errors for field in ("length", "source", "urgent_source"))

    def _plans(self) -> bool:
        """Whether any reminder is asked for. Nobody chosen and no day named means that there is no plan."""
        then = self.then_after.data if "then_after" in self else ""
        return bool(self.told.data or self.before.data or self.after.data or self.escalate_after.data or then)

    def _escalates(self) -> bool:
        return self._needs("escalate_after", "escalate_to", "Choose who is told then") and self._needs(
            "escalate_to", "escalate_after", "Say how many days after the last day"
        )

    def write(self, raw: dict[str, Any], name: str) -> None:
        if "length" in self:
            timer = {"length": int(self.length.data), "unit": self.unit.data, "source": self.source.data}
            if self.urgent_length.data:
                timer["urgent"] = {
                    "length": int(self.urgent_length.data), "unit": self.urgent_unit.data, "source": self.urgent_source.data,
                }  # fmt: skip
            raw["days"][name] = timer
        if "told" in self:
            self._write_more(raw["extensions"], name)
            self._write_reminders(raw["reminders"], name)

    def _write_more(self, extensions: dict[str, Any], name: str) -> None:
        if not self.more_times.data:
            extensions.pop(name, None)
            return
        # One source says how often and how much.
        longest = {"length": int(self.more_length.data), "unit": self.more_unit.data, "source": self.more_source.data}
        extensions[name] = {
            "most": int(self.more_times.data), "longest": longest, "by": self.more_by.data, "source": self.more_source.data,
        }  # fmt: skip

    def _write_reminders(self, reminders: dict[str, Any], name: str) -> None:
        then = reminders.get(name, {}).get("then")
        if not self._plans():
            reminders.pop(name, None)
            return
        plan: dict[str, Any] = {"to": self.told.data, "source": self.reminders_source.data}
        plan |= {part: [int(one) for one in _numbers(self[part].data)] for part in ("before", "after")}
        if self.escalate_after.data:
            plan["escalate"] = {"after": int(self.escalate_after.data), "to": self.escalate_to.data}
        if then and self.then_after.data:
            plan["then"] = {**then, "after": int(self.then_after.data)}
        reminders[name] = plan

    def places(self, name: str) -> dict[str, str]:
        days, more, plan = f"days{STEP}{name}", f"extensions{STEP}{name}", f"reminders{STEP}{name}"
        fields = {f"{days}{STEP}{one}": one for one in ("length", "unit", "source")}
        fields |= {f"{days}{STEP}urgent{STEP}{one}": f"urgent_{one}" for one in ("length", "unit", "source")}
        fields |= {f"{more}{STEP}most": "more_times", f"{more}{STEP}by": "more_by", f"{more}{STEP}source": "more_source"}
        fields |= {f"{plan}{STEP}to": "told", f"{plan}{STEP}before": "before", f"{plan}{STEP}after": "after"}
        fields |= {f"{plan}{STEP}escalate{STEP}to": "escalate_to", f"{plan}{STEP}then": "then_after"}
        fields |= {f"{more}{STEP}longest{STEP}unit": "more_unit"}
        return fields | {days: "length", more: "more_times", f"{more}{STEP}longest": "more_length", plan: "told"}


_LENGTH = ("length", "unit", "source", "urgent_length", "urgent_unit", "urgent_source")
_SAY_WHERE = "Say which document says so, or that it is an example"


class ReceiptForm(PartForm):
    """From which hour a request counts as received on the next working day."""

    cut_off = StringField(
        "Cut-off hour", description="For example 17:00. Leave empty where every hour of the day counts", filters=[plain_text]
    )
    source = _source()

    def validate_cut_off(self, field: Field) -> None:
        if field.data and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", field.data):
            raise ValidationError("Enter the hour as 17:00")

    def validate_source(self, field: Field) -> None:
        if self.cut_off.data and not field.data:
            raise ValidationError(_SAY_WHERE)

    @staticmethod
    def typed(profile: Profile, name: str) -> dict[str, Any]:
        return {"cut_off": profile.receipt.cut_off or "", "source": profile.receipt.source}

    def write(self, raw: dict[str, Any], name: str) -> None:
        raw["receipt"] = {"cut_off": self.cut_off.data or None, "source": self.source.data}

    def places(self, name: str) -> dict[str, str]:
        return {f"receipt{STEP}cut_off": "cut_off", f"receipt{STEP}source": "source"}


class QuorumForm(PartForm):
    """How many of whom must be present for each item."""

    voting = _number("Members who vote", 1, 99)
    clinicians = _number("Clinicians among them", 0, 99)
    doctors = _number("Doctors among the clinicians", 0, 99)
    lay = _number("Lay members", 0, 99)
    source = _source()
    NUMBERS = ("voting", "clinicians", "doctors", "lay")

    def validate(self, extra_validators: Any = None) -> bool:
        good = bool(super().validate(extra_validators))
        missing = {name: "Enter a number" for name in self.NUMBERS if not self[name].data}
        with_faults(self, missing | ({} if self.source.data else {"source": _SAY_WHERE}))
        if good and not missing and int(self.doctors.data) > int(self.clinicians.data):
            missing["doctors"] = "Doctors are counted among the clinicians: enter no more than those"
            with_faults(self, missing)
        return good and not missing and bool(self.source.data)

    @staticmethod
    def typed(profile: Profile, name: str) -> dict[str, Any]:
        held = profile.panel.quorum if name == "quorum" else profile.panel.review_quorum
        return {key: str(said) for key, said in held.model_dump().items()}

    def write(self, raw: dict[str, Any], name: str) -> None:
        raw["panel"][name] = {**{one: int(self[one].data) for one in self.NUMBERS}, "source": self.source.data}

    def places(self, name: str) -> dict[str, str]:
        return {f"panel{STEP}{name}{STEP}{one}": one for one in (*self.NUMBERS, "source")}


class WindowForm(PartForm):
    """How long after the letter a decision can be challenged."""

    length = _number("How long", 1, 3000)
    unit = _unit()
    source = _source()

    def validate(self, extra_validators: Any = None) -> bool:
        good = bool(super().validate(extra_validators))
        missing = {} if self.length.data else {"length": "Say how long a decision can be challenged"}
        missing |= {} if self.source.data else {"source": _SAY_WHERE}
        with_faults(self, missing)
        return good and not missing

    @staticmethod
    def typed(profile: Profile, name: str) -> dict[str, Any]:
        return _length(profile.appeals.window.model_dump(mode="json"))

    def write(self, raw: dict[str, Any], name: str) -> None:
        raw["appeals"]["window"] = {"length": int(self.length.data), "unit": self.unit.data, "source": self.source.data}

    def places(self, name: str) -> dict[str, str]:
        return {f"appeals{STEP}window{STEP}{one}": one for one in ("length", "unit", "source")}


class ConclusionForm(PartForm):
    """One way in which a screening may end: who concludes it, and who signs second."""

    by = _roles("Who may conclude it", "Choose nobody where this office does not end a screening so")
    countersigned_by = _roles("Who signs second", "Choose nobody where one signature is enough")
    source = _source()

    def begin(self, part: PartPage) -> None:
        """The roles that the process lets in, and whoever is named all the same, so that it can be taken out."""
        _offer(self.by, part.may_conclude, self.by.data or ())
        _offer(self.countersigned_by, part.may_countersign, self.countersigned_by.data or ())

    def validate(self, extra_validators: Any = None) -> bool:
        good = bool(super().validate(extra_validators))
        missing = {}
        if self.countersigned_by.data and not self.by.data:
            missing["by"] = "Choose who may conclude it, or nobody who signs second"
        if self.by.data and not self.source.data:
            missing["source"] = _SAY_WHERE
        with_faults(self, missing)
        return good and not missing

    @staticmethod
    def typed(profile: Profile, name: str) -> dict[str, Any]:
        row = profile.screening.matrix.get(name)
        return row.model_dump(mode="json") if row else {}

    def write(self, raw: dict[str, Any], name: str) -> None:
        if self.by.data:
            said = {"by": self.by.data, "countersigned_by": self.countersigned_by.data or [], "source": self.source.data}
            raw["screening"]["matrix"][name] = said
        else:
            raw["screening"]["matrix"].pop(name, None)

    def places(self, name: str) -> dict[str, str]:
        row = f"screening{STEP}matrix{STEP}{name}"
        return {f"{row}{STEP}{one}": one for one in ("by", "countersigned_by", "source")} | {f"screening{STEP}matrix": "by"}


class FirstDayForm(FlaskForm):
    """From which day a change applies, and why it is made."""

    first_on = DayField(
        "First day",
        description="Tomorrow or later. It applies to requests that are received from this day on",
        validators=[InputRequired("Enter the first day")],
    )
    reason = TextAreaField(
        "Why it is changed",
        description="Do not name or describe a patient",
        filters=[plain_text],
        validators=[DataRequired("Say why it is changed"), Length(max=2_000, message="Shorten this to 2,000 characters.")],
    )
    until_next = BooleanField("This version is meant to apply only until the one that is published already begins")
    seen = VersionField()


class StepForm(FlaskForm):
    """A step that a change takes as it stands."""

    seen = VersionField()


