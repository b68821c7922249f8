"""What the tests of requests on their way to the office share: a draft, its pages, and what stands in its row."""

import re

from sqlalchemy import select

from ifr.cases.drafts import services
from ifr.cases.models import Case
from ifr.db import db
from ifr.demo import accounts

CLINICIAN = "rosa_spine"


def empty_draft(by: str = "dev_skin", provider: str = accounts.CE_TRUST, commissioner: str = accounts.CE, **more):
    return services.start_draft(
        by=accounts.user(by),
        provider_id=accounts.organisation(provider).id,
        commissioner_id=accounts.organisation(commissioner).id,
        **more,
    )


def the_case(key: str) -> Case:
    return db.session.scalars(select(Case).where((Case.uuid == key) | (Case.reference == key))).one()


def in_draft(app, key, read):
    with app.app_context():
        return read(the_case(key))


def seen_on(page) -> str:
    return re.search(r'name="seen" value="(\d+)"', page.text)[1]


def section(key: str, name: str) -> str:
    return f"/requests/{key}/sections/{name}"
