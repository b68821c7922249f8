"""What a demonstration holds when it starts, and what the tests find in their databases."""

from collections.abc import Iterator

import yaml

from ifr.cases.patients import practices
from ifr.config import PACKAGE
from ifr.db import transaction
from ifr.demo import accounts, cases, contacts, posted, register, standing, timetable
from ifr.people.services import command
from ifr.policies.services import load_examples, load_record

BY = command("demo")


def is_loaded() -> bool:
    with transaction(writes=False):
        return accounts.are_loaded()


def load() -> Iterator[str]:
    """Everything, a line of progress at a time: people, policies, and the cases walked at their own dates."""
    yield "people, organisations and policies"
    load_people_and_policies()
    yield from load_cases_and_drafts()


def load_cases_and_drafts() -> Iterator[str]:
    yield from cases.walk_all()
    yield from contacts.load()
    yield "letters printed, posted and come back"
    with transaction():
        posted.load()
    yield "the panels as they stand, and their members' interests"
    with transaction():
        standing.load()
    yield "a document read into a draft, and a version that waits for a second person"
    with transaction():
        register.load()
    yield "a change of the timetable that waits for a second person"
    with transaction():
        timetable.load()


def load_people_and_policies() -> None:
    with transaction():
        accounts.load()
        load_examples(by=BY)
        for record in yaml.safe_load((PACKAGE / "demo" / "policies.yaml").read_text(encoding="utf-8")):
            load_record(record, by=BY)
        practices.load((PACKAGE / "demo" / "practices.csv").read_text(encoding="utf-8"), by=BY, demonstration=True)
