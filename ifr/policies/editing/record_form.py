"""The form of a whole record. What it does not show of a record stays as it was; an empty field means "not stated"."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, FieldList, Form, FormField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from ifr.pages import VersionField, offered, plain_text, whole_number
from ifr.policies import codes, records
from ifr.policies.editing import lines
from ifr.policies.positions import Mechanism, Position

LONGEST_TEXT = 50_000
TOO_LONG = f"Shorten this to {LONGEST_TEXT:,} characters."
MOST_BLOCKS = 500
KINDS = {"clinical": "Clinical policy", "umbrella": "Principles, or a list of policies", "ifr_process": "How requests are made"}
TEXTS = (
    "position_as_printed", "category", "scope", "out_of_scope", "cohort", "funded", "not_funded", "rationale", "force",
    "monitoring", "change_record", "predecessors", "transition",
)  # fmt: skip
DAYS = ("ratified_on", "effective_from", "published_on", "effective_to")
_DAY_HINT = "A day, a month or a year, as printed: 1 April 2026, April 2026 or 2026"
_NOT_STATED = ("", "Not stated")
PLACES_OF_CODES = {"procedures": codes.OPCS4, "diagnoses": codes.ICD10}


def _line(label: str, longest: int = 500, hint: str = "", *extra: Any) -> StringField:
    shorten = Length(max=longest, message=f"Shorten this to {longest} characters.")
    return StringField(label, description=hint, filters=[plain_text], validators=[*extra, shorten])


def _text(label: str, hint: str = "") -> TextAreaField:
    return TextAreaField(label, description=hint, filters=[plain_text], validators=[Length(max=LONGEST_TEXT, message=TOO_LONG)])


def _reads(read: Callable[[str], object]) -> Callable[[Any, Field], None]:
    """A validator that says in words why a field cannot be read."""

    def check(form: Any, field: Field) -> None:
        try:
            read(field.data or "")
        except lines.LineError as fault:
            raise ValidationError(str(fault)) from None

    return check


def _day(label: str) -> StringField:
    return _line(label, 60, _DAY_HINT, _reads(lines.read_day))


def _codes(label: str, system: str) -> TextAreaField:
    return TextAreaField(
        label,
        description="One a line: CODE | label | include, exclude or site. As printed",
        filters=[plain_text],
        validators=[Length(max=LONGEST_TEXT, message=TOO_LONG), _reads(lambda typed: lines.read_codes(system, typed, ()))],
    )


def _mechanism() -> SelectField:
    return SelectField(
        "Before treatment, where the criteria are met",
        choices=offered([_NOT_STATED, *((one.value, one.words) for one in Mechanism)]),
        default="",
    )


def _age(form: Any, field: Field) -> None:
    if field.data and not (field.data.isascii() and field.data.isdecimal() and len(field.data) <= 3 and int(field.data) <= 130):
        raise ValidationError("Enter an age as a whole number of years, up to 130")


class Blocks(FieldList):
    """Fields that repeat. Only plain numbers count among the names that a browser sends."""

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterable[int]:
        start = len(prefix) + 1
        numbers = {name[start:].split("-", 1)[0] for name in formdata if name.startswith(f"{prefix}-")}
        return sorted(int(one) for one in numbers if one.isascii() and one.isdecimal() and len(one) <= 4)


class StatementForm(Form):
    """What the version says about one treatment."""

    treatment = _line("Treatment")
    indication = _line("For which condition or patients", 1_000)
    position = SelectField(
        "Position", choices=offered((one.value, one.words) for one in Position), default=Position.UNKNOWN.value
    )
    mechanism = _mechanism()
    known_by = _text("Known by", "The names of the treatment, one a line")
    procedures = _codes("Procedure codes (OPCS-4)", codes.OPCS4)
    diagnoses = _codes("Diagnosis codes (ICD-10)", codes.ICD10)
    criteria = _text(
        "Criteria", "One a line: label | words. A line that is set in by two spaces, or has no bar, goes on with the one above"
    )
    youngest = _line("From age", 3, "In whole years", _age)
    oldest = _line("To age", 3, "In whole years, the last one that counts", _age)
    age_words = _line("Ages as printed", 1_000)
    remove = BooleanField("Take this treatment out of the draft")

    @property
    def is_empty(self) -> bool:
        said = any(field.data for name, field in self._fields.items() if name not in ("position", "remove"))
        return not said and self.position.data == Position.UNKNOWN.value

    def validate_treatment(self, field: Field) -> None:
        if not field.data and not self.is_empty and not self.remove.data:
            raise ValidationError("Say which treatment this is, or take it out")


class ReplacedForm(Form):
    """One version whose place this one takes."""

    version_id = SelectField("Version that it replaces", coerce=whole_number, validate_choice=False)

    last_on = _line("Last day of that version", 60, "Empty: the day before this version applies", _reads(lines.read_exact_day))

    def validate_version_id(self, field: Field) -> None:
        if field.data and str(field.data) not in [choice.value for choice in field.choices or ()]:
            raise ValidationError("This version cannot be replaced by the draft, or is not on record. Choose another, or none")


class HeadedForm(Form):
    """One text under its own heading: an impact statement, or what else the document prints."""

    heading = _line("Heading", 200)
    words = _text("What it says")


class RemarkForm(Form):
    """One remark on the document, for those who keep the register."""

    words = _text("Remark")


class RecordForm(FlaskForm):
    """Everything that a version of a policy says."""

    title = _line("Title", 500, "", DataRequired("Enter the title"))
    reference = _line("Reference", 100, "As printed. Empty where none is printed")
    version = _line("Version", 100, "As printed, without the word version", DataRequired("Enter the version"))
    kind = SelectField("Kind of document", choices=offered(KINDS.items()), default="clinical")
    ratified_on, effective_from = _day("Ratified"), _day("In effect from")
    published_on, effective_to = _day("Published"), _day("In effect to")
    review_day = _day("Review due")
    review_words = _line("Review in words", 500, "For example TBC, or the rule in the document's words")
    review_static = BooleanField("It stands until there is new evidence (static)")
    position = SelectField(
        "Position of the whole policy", choices=offered((one.value, one.words) for one in Position), default="unknown"
    )
    position_as_printed = _text("Position as printed")
    mechanism = _mechanism()
    category = _line("Category", 500)
    scope, out_of_scope = _text("Scope"), _text("Outside its scope")
    cohort = _text("Patients it is about")
    funded, not_funded = _text("Funded"), _text("Not funded")
    rationale = _text("Why")
    exceptionality = _text("Clinical exceptionality")
    route_named = BooleanField("It names the route by which an exceptional case is put")
    force, monitoring = _text("Force"), _text("Monitoring")
    change_record = _text("Changes")
    predecessors = _text("In place of, in the document's words")
    replaces = Blocks(FormField(ReplacedForm), max_entries=MOST_BLOCKS)
    transition = _text("Patients who were offered the treatment before it applies")
    areas = TextAreaField(
        "Areas",
        description="One a line. What differs there after a bar: Name | from 1 April 2026 | prior approval",
        filters=[plain_text],
        validators=[Length(max=LONGEST_TEXT, message=TOO_LONG), _reads(lines.read_areas)],
    )
    cites = _text("Guidance that it cites", "One a line: TA123, NG59")
    impacts = Blocks(FormField(HeadedForm), max_entries=MOST_BLOCKS)
    further = Blocks(FormField(HeadedForm), max_entries=MOST_BLOCKS)
    remarks = Blocks(FormField(RemarkForm), max_entries=MOST_BLOCKS)
    statements = Blocks(FormField(StatementForm), max_entries=MOST_BLOCKS)
    seen = VersionField()

    def offer(self, replaceable: Sequence[tuple[int, str]]) -> "RecordForm":
        choices = offered([(0, "None"), *replaceable])
        for entry in self.replaces.entries:
            entry.form.version_id.choices = choices
        return self

    def validate_statements(self, field: Field) -> None:
        if self.kind.data not in KINDS:
            raise ValidationError("Choose the kind of document")


# --- from a record to the form ---------------------------------------------------------------------------------------------


def typed_from(record: records.PolicyRecord, replaced: Sequence[int]) -> dict[str, Any]:
    """What stands in the fields for a record, with one empty block to add another. `replaced` are the versions it names."""
    clause = record.exceptionality
    shown: dict[str, Any] = {name: getattr(record, name) for name in (*TEXTS, "title", "reference", "version", "kind")}
    shown |= {name: lines.day_as_typed(getattr(record, name)) for name in DAYS}
    last_days = [lines.day_as_typed(one.last_on) for one in record.replaces]
    pairs = zip(replaced, last_days, strict=True)
    return shown | {
        "review_day": lines.day_as_typed(record.review.day),
        "review_words": record.review.words,
        "review_static": record.review.static,
        "position": record.position.value,
        "mechanism": record.mechanism or "",
        "exceptionality": clause.words if clause else "",
        "route_named": bool(clause and clause.route_named),
        "areas": lines.areas_as_typed(record.areas),
        "cites": "\n".join(record.cites),
        "replaces": [*({"version_id": id, "last_on": day} for id, day in pairs), {"version_id": 0}],
        "impacts": [*({"heading": name, "words": words} for name, words in record.impacts.items()), {}],
        "further": [*({"heading": name, "words": words} for name, words in record.further.items()), {}],
        "remarks": [*({"words": words} for words in record.remarks), {}],
        "statements": [*map(_statement_as_typed, record.statements), {}],
    }


def _statement_as_typed(said: records.StatementRecord) -> dict[str, Any]:
    ages = said.ages
    return {
        "treatment": said.treatment,
        "indication": said.indication,
        "position": said.position.value,
        "mechanism": said.mechanism or "",
        "known_by": "\n".join(one.words for one in said.known_by),
        "procedures": lines.codes_as_typed(said.codes.opcs4),
        "diagnoses": lines.codes_as_typed(said.codes.icd10),
        "criteria": lines.criteria_as_typed(said.criteria),
        "youngest": "" if ages.youngest is None else str(ages.youngest),
        "oldest": "" if ages.oldest is None else str(ages.oldest),
        "age_words": ages.words,
    }


# --- from the form to a record ---------------------------------------------------------------------------------------------


def record_typed(form: RecordForm, before: records.PolicyRecord, named: Callable[[int], dict[str, str] | None]) -> dict[str, Any]:
    """The record that was typed, as `records.read` takes it, on that of before. `named` says how a record names a version."""
    told: dict[str, Any] = before.model_dump(mode="json")
    told |= {name: form[name].data or None for name in (*TEXTS, "reference", "mechanism")}
    told |= {name: lines.read_day(form[name].data or "") for name in DAYS}
    words, day = form.exceptionality.data, lines.read_day(form.review_day.data or "")
    return told | {
        "title": form.title.data,
        "version": form.version.data,
        "kind": form.kind.data,
        "position": form.position.data,
        "review": {"day": day, "words": form.review_words.data or None, "static": form.review_static.data},
        "exceptionality": {"words": words, "route_named": form.route_named.data} if words else None,
        "areas": [
            one if isinstance(one, str) else one.model_dump(mode="json") for one in lines.read_areas(form.areas.data or "")
        ],
        "cites": list(dict.fromkeys(lines.lines_in(form.cites.data or ""))),
        "replaces": _replaced(form, named),
        "impacts": _headed(form.impacts.data, "Impact"),
        "further": _headed(form.further.data, "Further"),
        "remarks": [one["words"] for one in form.remarks.data if one["words"]],
        "statements": _statements(form, before),
    }


def _headed(typed: list[dict[str, Any]], heading: str) -> dict[str, str]:
    """Texts by heading. Two under the same heading stand one beneath the other, so that nothing typed is lost."""
    told: dict[str, str] = {}
    for one in typed:
        if words := one["words"]:
            name = one["heading"] or heading
            told[name] = f"{told[name]}\n{words}" if name in told else words
    return told


def _replaced(form: RecordForm, named: Callable[[int], dict[str, str] | None]) -> list[dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for one in form.replaces.data:
        if one["version_id"] and (name := named(one["version_id"])):
            found[one["version_id"]] = {**name, "last_on": lines.read_exact_day(one["last_on"] or "")}
    return list(found.values())


def _statements(form: RecordForm, before: records.PolicyRecord) -> list[dict[str, Any]]:
    """The statements that were typed. What the form does not show of a code is looked up in the statement that stood there."""
    found = []
    for place, entry in enumerate(form.statements.entries):
        if entry.form.is_empty or entry.form.remove.data:
            continue
        was = before.statements[place] if place < len(before.statements) else None
        found.append(_statement_typed(entry.form.data, was))
    return found


def _statement_typed(typed: dict[str, Any], was: records.StatementRecord | None) -> dict[str, Any]:
    listed = was.codes if was else records.Codes()
    kept = {codes.OPCS4: listed.opcs4, codes.ICD10: listed.icd10}
    ages = {name: int(typed[name]) if typed[name] else None for name in ("youngest", "oldest")}
    told = {
        system: [one.model_dump() for one in lines.read_codes(system, typed[place] or "", kept[system])]
        for place, system in PLACES_OF_CODES.items()
    }
    return {
        "treatment": typed["treatment"],
        "indication": typed["indication"] or None,
        "position": typed["position"],
        "mechanism": typed["mechanism"] or None,
        "ages": {**ages, "words": typed["age_words"] or None},
        "known_by": [one.model_dump() for one in lines.read_phrases(typed["known_by"] or "", was.known_by if was else ())],
        "codes": told,
        "criteria": [one.model_dump() for one in lines.read_criteria(typed["criteria"] or "")],
    }
