"""Bulk cases for charts and measurements: rows, not moves. They are marked, have no patient, and exist in no production."""

import random
import uuid
from datetime import timedelta

from sqlalchemy import insert, select

from ifr import clock, profiles
from ifr.cases.models import Case, ReferenceCounter
from ifr.db import db, transaction
from ifr.demo import accounts

TREATMENTS = (
    ("Endoscopic thoracic sympathectomy", "Palmar hyperhidrosis", "Dermatology"),
    ("Endoscopic laser foraminoplasty", "Disc prolapse with radiculopathy", "Spinal surgery"),
    ("Scar revision", "Hypertrophic scar after a burn", "Plastic surgery"),
    ("Facet joint injection", "Low back pain", "Pain medicine"),
    ("Fourth cycle of IVF", "Infertility", "Fertility"),
)
OPEN = ("received", "in_check", "in_screening", "ready_for_panel")
AT_ONCE = 2000


def add(number: int, *, still_open: int | None = None) -> int:
    """Add so many bulk cases, in portions, each in a transaction of its own. About half are open, or just so many."""
    chance = random.Random(number)  # the same number gives the same cases
    share = 0.5 if still_open is None else still_open / number
    added = 0
    while added < number:
        portion = min(AT_ONCE, number - added)
        with transaction():
            _add_portion(portion, chance, share)
        added += portion
    return added


def _add_portion(number: int, chance: random.Random, share: float) -> None:
    year = clock.today().year
    counter = db.session.get(ReferenceCounter, year)
    if counter is None:
        counter = ReferenceCounter(year=year, last=0)
        db.session.add(counter)
    first = counter.last + 1
    counter.last += number
    pinned = {
        "workflow_id": profiles.latest("workflow", "ifr").id,
        "questions_id": profiles.latest("questions", "request").id,
    }
    places = [_place(slug, trust) for slug, trust in ((accounts.CE, accounts.CE_TRUST), (accounts.CM, accounts.CM_TRUST))]
    db.session.execute(
        insert(Case),
        [_row(f"IFR-{year}-{first + i:04d}", pinned | chance.choice(places), chance, share) for i in range(number)],
    )


def _place(commissioner: str, trust: str) -> dict[str, int]:
    return {
        "commissioner_id": accounts.organisation(commissioner).id,
        "provider_id": accounts.organisation(trust).id,
        "profile_id": profiles.latest("profile", commissioner).id,
    }


def _row(reference: str, fixed: dict[str, int], chance: random.Random, share: float) -> dict[str, object]:
    treatment, condition, specialty = chance.choice(TREATMENTS)
    state = chance.choice(OPEN) if chance.random() < share else "closed"
    received = clock.now() - timedelta(days=chance.randint(1, 300))
    return {
        **fixed,
        "uuid": str(uuid.UUID(int=chance.getrandbits(128))),
        "reference": reference,
        "_state": state,
        "is_open": state != "closed",
        "version": 0,
        "created_at": received,
        "received_at": received,
        "due_on": None if state == "closed" else clock.day_of(received) + timedelta(days=56),
        "treatment": treatment,
        "condition": condition,
        "specialty": specialty,
        "urgent": state != "closed" and chance.random() < 0.02,
        "demonstration": True,
    }


def count() -> int:
    """How many bulk cases there are."""
    return len(db.session.scalars(select(Case.id).where(Case.demonstration)).all())
