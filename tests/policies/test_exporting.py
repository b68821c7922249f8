"""The record of a version is the one that it was written from."""

import pytest
from sqlalchemy import select

from ifr.db import db
from ifr.people.services import command
from ifr.policies import exporting, records, services
from ifr.policies.models import Guidance, PolicyVersion

BY = command("test")


@pytest.mark.parametrize("file", ["central-east-ets", "cheshire-merseyside-laser-foraminoplasty"])
def test_an_example_is_exported_as_it_was_written(app, file):
    written = next(one for one in records.examples() if (one.get("source") or {}).get("file", "").startswith(_SOURCES[file]))
    with app.app_context():
        services.load_examples(by=BY)
        found = db.session.scalars(select(PolicyVersion.id)).all()
        exported = [exporting.record_of(one) for one in exporting.versions_whole(found)]
        db.session.remove()
    again = next(one for one in exported if one.title == written["title"])
    addresses = {"address", "version_address"}
    assert again.model_dump(exclude=addresses) == records.read(written).model_dump(exclude=addresses)


def test_guidance_is_exported_as_it_was_written(app):
    written = [one for one in records.examples() if one["record"] == "guidance"]
    with app.app_context():
        services.load_examples(by=BY)
        whole = services.all_guidance(whole=True)
        exported = {one.reference: exporting.guidance_record_of(one) for one in whole}
        assert {one.kind + one.number for one in db.session.scalars(select(Guidance))} == set(exported)
        db.session.remove()
    for one in written:
        assert exported[one["kind"] + one["number"]] == records.read(one)


_SOURCES = {"central-east-ets": "000", "cheshire-merseyside-laser-foraminoplasty": "002"}
