"""What a policy lead does in a browser, and documents of an invented treatment."""

import io
import uuid
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ifr.db import db
from ifr.policies.models import PolicyVersion

DOCUMENT = b"""Clinical Commissioning Policy

Title: Lunar Shoulder Realignment
Reference: LSR-07
Version: 2.1
Ratified: 4 March 2025
Effective from: 1 April 2025
Review date: April 2028

Commissioning position
Lunar shoulder realignment is not routinely commissioned.

OPCS-4 codes
W84.4 Arthroscopic realignment of joint
"""
NEWSLETTER = b"""Minutes of the staff meeting held on 3 May 2025

Present: several people. Apologies: none.
The kettle is to be replaced. The next meeting is on 7 June 2025.
"""


def hand_in(client: FlaskClient, owner_id: int, *files: tuple[str, bytes], once: str | None = None) -> Any:
    given = [(io.BytesIO(content), name) for name, content in files]
    data = {"owner_id": str(owner_id), "files": given, "once": once or uuid.uuid4().hex}
    return client.post("/policies/import", data=data, content_type="multipart/form-data")


def start(client: FlaskClient, owner_id: int, title: str = "Lunar Shoulder Realignment", label: str = "1") -> int:
    """A draft by hand; its number."""
    answer = client.post("/policies/drafts", data={"owner_id": str(owner_id), "title": title, "label": label})
    assert answer.status_code == 302, answer.text
    return int(answer.location.rsplit("/", 1)[1])


def typed(seen: int, **more: str) -> dict[str, str]:
    """What a person types into the form of a draft."""
    return {
        "title": "Lunar Shoulder Realignment",
        "reference": "LSR-07",
        "version": "1",
        "kind": "clinical",
        "position": "not_routinely_commissioned",
        "mechanism": "",
        "seen": str(seen),
        "statements-0-treatment": "Lunar shoulder realignment",
        "statements-0-position": "not_routinely_commissioned",
        "statements-0-mechanism": "",
        **more,
    }


def version(app: Flask, version_id: int) -> PolicyVersion:
    with app.app_context():
        found = db.session.scalar(select(PolicyVersion).where(PolicyVersion.id == version_id))
        assert found is not None
        db.session.expunge(found)
        return found
