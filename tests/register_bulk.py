"""A register of any size for measurements: bodies with 500 policies of five versions each, ten codes in each version."""

import random
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, insert, select, text

from ifr import clock, profiles
from ifr.db import db
from ifr.people.models import COMMISSIONER, Organisation
from ifr.policies.models import Policy, PolicyCode, PolicyVersion, PolicyWord, Statement, TreatmentPhrase

POLICIES, VERSIONS = 500, 5
_PARTS = "hip knee hand foot spine breast eyelid nose ear heart lung liver kidney bladder skin vein artery nerve calf jaw".split()
_MANNERS = "open laser endoscopic robotic partial total bilateral minor late early repeat elective deep distal lateral".split()
_ACTS = "repair injection excision fusion implant revision biopsy drainage ablation graft".split()
_POSITIONS = ("not_routinely_commissioned", "criteria_based", "routinely_commissioned", "unknown")
_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Known:
    """What the bulk register holds, so that questions can be asked of it: a body, a code of its, words, a category."""

    body: str
    code: str
    words: str
    category: str


def add(bodies: int, policies: int = POLICIES) -> list[Known]:
    """Add so many bodies with their registers within the transaction that is open, and say what may be asked of some."""
    known = []
    connection = db.session.connection()
    workflow = profiles.latest("workflow", "policy").id
    for number in range(bodies):
        # Each body is drawn from its own number, so that it is the same body in a register of any size.
        known.append(_add_body(connection, random.Random(number), f"bulk-{number}", workflow, policies))
    connection.execute(text("ANALYZE"))
    return known


def _add_body(connection: Connection, chance: random.Random, slug: str, workflow: int, policies: int) -> Known:
    body = {"kind": COMMISSIONER, "slug": slug, "name": f"Bulk {slug}", "ods_code": "", "ods_is_demonstration": True}
    owner = connection.execute(insert(Organisation).returning(Organisation.id), body).scalar_one()
    first = {model: (connection.scalar(select(func.max(model.id))) or 0) + 1 for model in (Policy, PolicyVersion, Statement)}
    rows: dict[type, list[dict[str, object]]] = {
        model: [] for model in (Policy, PolicyVersion, Statement, PolicyCode, TreatmentPhrase, PolicyWord)
    }
    for number in range(policies):
        _add_policy(rows, first, chance, owner, workflow, number)
    for model, listed in rows.items():
        connection.execute(insert(model.__table__), listed)
    asked = next(one for one in rows[PolicyCode] if one["system"] == "opcs4" and one["through"] is None)
    said = rows[TreatmentPhrase][0]
    return Known(slug, str(asked["normalised"]), str(said["plain"]), f"Specialty {_PARTS[0]}")


def _add_policy(
    rows: dict[type, list[dict[str, object]]],
    first: dict[type, int],
    chance: random.Random,
    owner: int,
    workflow: int,
    number: int,
) -> None:
    part, manner, act = chance.choice(_PARTS), chance.choice(_MANNERS), chance.choice(_ACTS)
    phrase, title, name = f"{manner} {part} {act}", f"{part} {act}, {manner}".capitalize(), f"B-{number}"
    policy = first[Policy] + number
    rows[Policy].append({
        "id": policy, "owner_id": owner, "known_as": name, "slug": name.lower(), "reference": name, "title": title,
        "kind": "clinical", "is_demonstration": True,
    })  # fmt: skip
    listed = [_code(chance) for _ in range(10)]
    for version in range(VERSIONS):
        key = number * VERSIONS + version
        ids = {"version_id": first[PolicyVersion] + key}
        of = {"statement_id": first[Statement] + key, "owner_id": owner}
        position = chance.choice(_POSITIONS)
        rows[PolicyVersion].append({
            "id": ids["version_id"], "policy_id": policy, "owner_id": owner, "workflow_id": workflow, "state": "published",
            "version": 1, "label": str(version + 1), "slug": str(version + 1), "published_on": date(2018 + 2 * version, 4, 1),
            "review_due_on": date(2020 + 2 * version, 4, 1), "is_static": False, "inexact": {}, "position": position,
            "category": f"Specialty {part}", "exceptionality_route_named": True, "impacts": [], "further": [], "remarks": [],
            "recorded_at": clock.now(),
        })  # fmt: skip
        rows[Statement].append({"id": of["statement_id"], **ids, "number": 1, "treatment": phrase, "position": position})
        rows[PolicyCode] += [{**of, **one} for one in listed]
        for said in (phrase, f"{part} {act}"):
            rows[TreatmentPhrase].append({
                **of, "phrase": said, "plain": said, "main_word": act, "is_label": False, "is_ours": False,
            })  # fmt: skip
        words = {part, manner, act, "specialty", "b", str(number)}
        rows[PolicyWord] += [{**ids, "word": word, "owner_id": owner} for word in sorted(words)]


def _code(chance: random.Random) -> dict[str, object]:
    """Six in ten are procedures; one in a hundred is a range."""
    system = "opcs4" if chance.random() < 0.6 else "icd10"
    code = f"{chance.choice(_LETTERS)}{chance.randint(0, 98):02d}"
    is_range = chance.random() < 0.01
    code += "" if is_range else str(chance.randint(0, 9))
    through = f"{code[0]}{int(code[1:3]) + 1:02d}" if is_range else None
    return {
        "system": system, "role": "include", "verbatim": code, "normalised": code, "through": through, "is_ours": False,
    }  # fmt: skip
