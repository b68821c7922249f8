"""From what was read in a document to the record of a draft. Nothing is added that the reader did not find.

What a record has no place for, or what is not on record yet, stands among the remarks, so that nothing read is lost.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import Any

from ifr.people.models import Organisation
from ifr.policies import codes, records
from ifr.policies.positions import Mechanism, Position
from ifr.policies.reading.record import Reading

# What kind of policy each kind of document is; what is not named here is no policy and makes no draft.
KINDS = {"clinical_policy": "clinical", "umbrella": "umbrella", "ifr_process": "ifr_process"}
# What a version is called whose document prints none.
NO_VERSION = "not stated"
_TEXTS = (
    "category", "scope", "out_of_scope", "cohort", "funded", "not_funded", "rationale", "force", "monitoring", "change_record",
)  # fmt: skip
_DAYS = ("ratified_on", "effective_from", "published_on")
_DAY = re.compile(r"(?:1[89]|20)\d\d(?:-(?:0[1-9]|1[0-2])(?:-\d\d)?)?")
_ROUTE = re.compile(r"\b(?:individual funding requests?|IFRs?|exceptional funding requests?)\b", re.I)
_DENIED_BEFORE = re.compile(r"\b(?:no|not|never|nor|without|cannot)(?: \w+){0,2} $", re.I)
_DENIED_BEHIND = re.compile(r"(?: \w+){0,2} (?:not|never)\b", re.I)


def record_from(
    reading: Reading, owner: Organisation, *, known_guidance: frozenset[str], others: Iterable[str] = ()
) -> dict[str, Any]:
    """The record that a reading proposes, as `records.read` takes it. `known_guidance` is what may be cited; `others` are the
    names of the other commissioners on record."""
    remarks = [doubt] if (doubt := whose(reading.text, owner.name, others)) else []
    fields = reading.fields()
    said: dict[str, Any] = {name: text_of(fields[name].value) for name in _TEXTS}
    said |= {name: _day(fields[name].value) for name in _DAYS}
    cited = _list(fields["cites"].value) or _list(fields["evidence"].value)
    remarks += [f"It cites {one}, which is not on record." for one in cited if one not in known_guidance]
    remarks += [f"{name.replace('_', ' ').capitalize()}: {one.note}" for name, one in fields.items() if one.note]
    return said | {
        "record": "policy",
        "commissioner": {"slug": owner.slug, "name": owner.name, "ods_code": owner.ods_code},
        "reference": text_of(fields["reference"].value),
        "title": (text_of(fields["title"].value) or PurePath(reading.file_name).stem or "Without a title")[:500],
        "version": (text_of(fields["version"].value) or NO_VERSION)[:100],
        "kind": KINDS[fields["kind"].value],
        "source": {"file": reading.file_name, "sha256": reading.sha256},
        "areas": list(dict.fromkeys(_list(fields["areas"].value))),
        "review": _review(fields["review_due"].value),
        "position": _position(fields["position"].value),
        "position_as_printed": fields["position"].passage,
        "mechanism": _mechanism(fields["mechanism"].value),
        "exceptionality": _exceptionality(fields["exceptionality"].value),
        "predecessors": text_of(fields["supersedes"].value),
        "impacts": _headed(fields["impacts"].value, "Impact"),
        "further": _headed(fields["further"].value, "Further"),
        "cites": [one for one in dict.fromkeys(cited) if one in known_guidance],
        "statements": list(_statements(reading, remarks)),
        "clauses": list(_clauses(fields["clauses"].value)),
        "remarks": remarks,
    }


def proposed_record(reading: Reading) -> records.PolicyRecord:
    """The record that a reading proposes, of no commissioner yet. Raises RecordError, and CodeError, as `records.read` does."""
    nobody = Organisation(slug="commissioner", name="Commissioner", ods_code="")
    cited = frozenset(_list(reading.fields()["cites"].value) + _list(reading.fields()["evidence"].value))
    found = records.read(record_from(reading, nobody, known_guidance=cited))
    assert isinstance(found, records.PolicyRecord)  # a reading proposes no other
    return found


_BODY = re.compile(r" (?:integrated care board|clinical commissioning group|icb|ccg)$")


def whose(text: str, owner: str, others: Iterable[str]) -> str | None:
    """What is doubtful where a document names another commissioner on record than the one that it is read for."""
    plain = _plain(text)
    named = [one for one in others if f" {_BODY.sub('', _plain(one).strip())} " in plain]
    if not named:
        return None
    instead = "" if f" {_BODY.sub('', _plain(owner).strip())} " in plain else f" and not {owner}"
    return f"The document names {', '.join(named)}{instead}. This is a draft of {owner}: look whether it is its policy."


def _plain(text: str) -> str:
    words = re.sub(r"[^a-z0-9]+", " ", text.casefold().replace("&", " and "))
    return f" {words.strip()} "


def text_of(value: Any) -> str | None:
    """A value as one text: what is read as a list stands one a line."""
    if value is None:
        return None
    if isinstance(value, dict):
        return text_of(value.get("words")) or "\n".join(f"{key}: {one}" for key, one in value.items() if one) or None
    if isinstance(value, list | tuple):
        return "\n".join(filter(None, (text_of(one) for one in value))) or None
    return str(value).strip() or None


def _list(value: Any) -> list[str]:
    if isinstance(value, list | tuple):
        return [one for one in map(text_of, value) if one]
    return [value] if isinstance(value, str) and value.strip() else []


def _day(value: Any) -> str | None:
    return value if isinstance(value, str) and _DAY.fullmatch(value) else None


def _review(value: Any) -> dict[str, Any]:
    text = text_of(value)
    if text is None:
        return {}
    if _day(text):
        return {"day": text}
    return {"static": True} if text.casefold() == "static" else {"words": text}


def _position(value: Any) -> str:
    return value if value in set(Position) else Position.UNKNOWN.value


def _mechanism(value: Any) -> str | None:
    return value if value in set(Mechanism) else None


def _exceptionality(value: Any) -> dict[str, Any] | None:
    words = text_of(value)
    if words is None:
        return None
    named = value.get("route_named") if isinstance(value, dict) else None
    return {"words": words, "route_named": names_route(words) if named is None else bool(named)}


def names_route(words: str) -> bool:
    """Whether words name the request for individual funding as a route that is open: "never an IFR" names none."""
    plain = " ".join(words.split())
    return any(
        not _DENIED_BEFORE.search(plain[: found.start()]) and not _DENIED_BEHIND.match(plain, found.end())
        for found in _ROUTE.finditer(plain)
    )


def _headed(value: Any, heading: str) -> dict[str, str]:
    """What stands under headings of its own, by heading."""
    if isinstance(value, dict):
        pairs: Iterable[tuple[Any, Any]] = value.items()
    elif isinstance(value, list | tuple) and value and all(isinstance(one, dict) for one in value):
        pairs = [(one.get("heading") or one.get("label"), one.get("words") or one.get("value")) for one in value]
    elif isinstance(value, list | tuple) and value and all(isinstance(one, list | tuple) and len(one) == 2 for one in value):
        pairs = value
    else:
        pairs = [(heading, value)]
    told: dict[str, str] = {}
    for name, said in pairs:
        if words := text_of(said):
            key = text_of(name) or heading
            told[key] = f"{told[key]}\n{words}" if key in told else words
    return told


def _clauses(value: Any) -> Iterator[dict[str, Any]]:
    for one in value if isinstance(value, list | tuple) else ():
        if isinstance(one, dict) and one.get("kind") in ("core_eligibility", "cosmetic", "diagnostics", "trials"):
            if words := text_of(one.get("words")):
                yield {"kind": one["kind"], "words": words}


# --- statements and their codes -------------------------------------------------------------------------------------------


def _statements(reading: Reading, remarks: list[str]) -> Iterator[dict[str, Any]]:
    listed = [one for one in reading.statements.value or [] if text_of(one.get("treatment"))]
    rows = {codes.OPCS4: list(reading.opcs_rows), codes.ICD10: list(reading.icd10_rows)}
    used: set[tuple[str, str]] = set()
    ages = _ages(reading.age.value)
    for one in listed:
        told = {}
        for system, name in ((codes.OPCS4, "opcs"), (codes.ICD10, "icd10")):
            own = set(_list(one.get(name)))
            mine = rows[system] if len(listed) == 1 else [row for row in rows[system] if row.code in own]
            used |= {(system, row.code) for row in mine}
            told[system] = _codes(system, mine, own, remarks)
        yield _statement(one, told, ages if len(listed) == 1 else {})
    for system, printed in rows.items():
        left = [row.code for row in printed if (system, row.code) not in used]
        if left:
            remarks.append(f"{codes.NAMES[system]} codes of no one statement: {', '.join(dict.fromkeys(left))}.")


def _statement(said: dict[str, Any], told: dict[str, list[dict[str, Any]]], ages: dict[str, Any]) -> dict[str, Any]:
    treatment = text_of(said["treatment"]) or ""
    return {
        "treatment": treatment,
        "indication": text_of(said.get("indication")),
        "position": _position(said.get("position")),
        "mechanism": _mechanism(said.get("mechanism")),
        "ages": ages,
        "known_by": [{"words": treatment}],
        "codes": told,
        "criteria": [
            {"label": text_of(one.get("label")) or str(number), "words": text_of(one.get("words")) or ""}
            for number, one in enumerate(said.get("criteria") or [], start=1)
        ],
    }


def _codes(system: str, rows: Sequence[Any], own: set[str], remarks: list[str]) -> list[dict[str, Any]]:
    """The printed rows, and what the statement lists beside them; what has not the shape of a code is said."""
    printed = {row.code for row in rows}
    told = [{"code": row.code, "label": row.label, "role": row.role} for row in rows]
    told += [{"code": code} for code in sorted(own - printed)]
    good = []
    for one in told:
        try:
            codes.listed(system, one["code"])
            good.append(one)
        except codes.CodeError:
            label = f" ({one['label']})" if one.get("label") else ""
            remarks.append(f"Printed as a code of {codes.NAMES[system]}, without the shape of one: {one['code']}{label}.")
    return good


def _ages(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        whole = {key: value.get(key) for key in ("youngest", "oldest") if isinstance(value.get(key), int)}
        return {**whole, "words": text_of(value.get("words"))}
    return {"words": text_of(value)} if value else {}
