"""People who deal with policies."""

from collections.abc import Callable

import pytest

from ifr.access import Role
from ifr.people import services as people
from ifr.people.models import User
from ifr.people.services import command

BY = command("test")


@pytest.fixture
def make_person() -> Callable[[str, str], User]:
    """Makes a policy lead of a body of its own, within the transaction that is open."""

    def make(name: str, slug: str) -> User:
        body = people.ensure_organisation(slug=slug, kind="commissioner", name=slug, by=BY)
        user = people.add_user(name=name, email=f"{name}@{slug}.test", password="five blue herons", by=BY)
        people.add_membership(user=user, organisation=body, role=Role.POLICY_LEAD, by=BY)
        return user

    return make


@pytest.fixture
def policy_leads(register: None, make_person: Callable[[str, str], User]) -> list[User]:
    """Two policy leads of the body whose policies these tests make."""
    return [make_person("first", "test-body"), make_person("second", "test-body")]


@pytest.fixture
def stranger(make_person: Callable[[str, str], User]) -> User:
    """A policy lead of another body."""
    return make_person("stranger", "test-other-body")
