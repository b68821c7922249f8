"""The decision as data, inside the letter that tells it: `decision.json`. docs/letters.md says what each name in it means.

It holds nothing that says who the patient is, no free text of the reasons, and nothing that the letter does not say.
"""

import json
from collections.abc import Mapping
from datetime import date

from ifr.letters import Facts, Letter
from ifr.pdf import Attached

NAME, SCHEMA = "decision.json", "ifr-decision-1"
DESCRIPTION = "The decision that this letter tells, for a machine to read"


def attachments(row: Letter, *, issued_on: date, dates: Mapping[str, date]) -> list[Attached]:
    """What travels inside a letter: the decision as data, where the letter tells one."""
    if not row.facts.get("decision") and not row.ending:
        return []
    data = decision_data(row.facts, ending=row.ending, issued_on=issued_on, last_day=dates.get("window_ends_on"))
    return [(NAME, json.dumps(data, ensure_ascii=False, indent=2).encode(), DESCRIPTION)]


def decision_data(facts: Facts, *, ending: str | None, issued_on: date, last_day: date | None) -> Facts:
    """The decision that some facts of a letter state. Days are written year-month-day; what is not known is null."""
    policy = facts.get("policy") or {}
    return {
        "schema": SCHEMA,
        "reference": facts.get("reference"),
        "commissioner": facts.get("commissioner"),
        "decision": facts.get("decision"),
        "ending": ending,
        "received_on": facts.get("received_on"),
        "decided_on": facts.get("decided_on"),
        "issued_on": issued_on.isoformat(),
        "policy": {name: policy.get(name) for name in ("title", "reference", "version")} if policy else None,
        "questions": _answered(facts.get("questions")),
        "criteria": _answered(facts.get("criteria")),
        "conditions": [one for one in facts.get("conditions") or [] if isinstance(one, str)],
        "amount": facts.get("amount"),
        "valid_until": facts.get("valid_until"),
        "challenge": facts.get("challenge") or [],
        "last_day_of_challenge": last_day.isoformat() if last_day else None,
        "panel": facts.get("panel"),
        "chair": facts.get("chair"),
    }


def _answered(rows: object) -> list[dict[str, str]]:
    """The questions that were reached, each with its answer. The reasons are free text and stay in the letter."""
    found = rows if isinstance(rows, list) else []
    return [{"text": one.get("text", ""), "answer": one["answer"]} for one in found if one.get("answer")]
