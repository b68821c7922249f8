"""What the people who keep the register do in the journeys: they write a version, propose it, and another publishes it."""

import json
from typing import Any

from click.testing import CliRunner
from sqlalchemy import select

from ifr import workflow
from ifr.commands.policy import policy
from ifr.db import db
from ifr.demo import accounts
from ifr.people.models import Organisation
from ifr.people.services import command
from ifr.policies import records, services
from ifr.policies.models import PolicyVersion
from ifr.policies.recording import policy_for, write_version

CENTRAL_EAST = {"slug": "central-east", "name": "NHS Central East Integrated Care Board", "ods_code": "QXE"}


def record(**facts: Any) -> dict[str, Any]:
    """The record of a policy on tattoo removal, an invented one; `facts` say what is otherwise in a journey."""
    statement = {
        "treatment": "laser removal of tattoos",
        "position": facts.get("position", "not_routinely_commissioned"),
        "known_by": [{"words": "laser removal of tattoos"}, {"words": "tattoo removal"}],
        "codes": {"opcs4": [{"code": "S09.1"}], "icd10": [{"code": "L81.8"}]},
        "criteria": facts.pop("criteria", []),
    }
    return {
        "record": "policy",
        "commissioner": CENTRAL_EAST,
        "reference": "DEMO-TATTOO",
        "title": "Laser removal of tattoos",
        "version": "1",
        "demonstration": True,
        "position": "not_routinely_commissioned",
        "statements": [statement],
        **facts,
    }


def in_force_already(**facts: Any) -> int:
    """A version that was published before the register was kept here."""
    loaded = services.load_record(record(**facts), by=command("journey"))
    assert loaded.version_id is not None
    return loaded.version_id


def proposed(**facts: Any) -> PolicyVersion:
    """A new version, written and proposed by the policy lead."""
    read = records.read(record(**facts))
    assert isinstance(read, records.PolicyRecord)
    owner = db.session.scalars(select(Organisation).where(Organisation.slug == "central-east")).one()
    version = write_version(owner, policy_for(owner, read), read)
    paul = accounts.user("paul_policy")
    workflow.move(version, "start_version", by=paul, seen=0)
    workflow.move(version, "propose", by=paul, seen=version.version)
    return version


def published(**facts: Any) -> int:
    """The same, published by a second person."""
    version = proposed(**facts)
    workflow.move(version, "publish", by=accounts.user("pia_policy"), seen=version.version)
    db.session.flush()
    return version.id


def asked(on: str, *, area: str | None = None, words: str = "laser removal of tattoos") -> dict[str, Any]:
    """What the command line answers to the question which policy a request meets on a day."""
    arguments = ["resolve", "--commissioner", "central-east", "--treatment", "S09.1", "--indication", "L81.8", "--json"]
    arguments += ["--treatment-words", words, "--on", on]
    said = CliRunner().invoke(policy, [*arguments, "--area", area] if area else arguments, catch_exceptions=False)
    assert said.exit_code == 0, said.output
    answer: dict[str, Any] = json.loads(said.output)
    return answer
