"""A register that is exported and restored is the same register."""

import pytest
import yaml
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ifr.commands.policy import policy
from ifr.config import PACKAGE
from ifr.db import db, transaction
from ifr.people.services import command
from ifr.policies import records, services
from ifr.policies.exporting import register_as_yaml
from ifr.policies.loading import restore
from ifr.policies.models import CommissionerClause, Policy, PolicyVersion

BY = command("test")


def exported(app, commissioner=None):
    with app.app_context():
        text = "".join(register_as_yaml(commissioner))
        db.session.remove()
    return text


def carried(merged, fresh_app, kind):
    """What a new register exports into which the text of another was put."""
    text = exported(merged)
    new = fresh_app(kind)
    with new.app_context(), transaction():
        restore(yaml.safe_load_all(text), by=BY)
    return text, exported(new)


@pytest.fixture
def demonstration(merged):
    with merged.app_context(), transaction():
        for one in yaml.safe_load((PACKAGE / "demo" / "policies.yaml").read_text(encoding="utf-8")):
            services.load_record(one, by=BY)
    return merged


def test_a_restored_register_exports_the_same_bytes(demonstration, fresh_app, request):
    text, again = carried(demonstration, fresh_app, request.node.callspec.params["app"])
    assert again.encode() == text.encode()


def test_the_export_holds_one_record_a_document_guidance_first(merged):
    kinds = [one["record"] for one in yaml.safe_load_all(exported(merged))]
    assert kinds == sorted(kinds)
    assert kinds.count("policy") >= 8


def test_every_document_of_the_export_can_be_read(merged):
    for one in yaml.safe_load_all(exported(merged)):
        records.read(one)


def test_texts_that_look_like_days_and_months_are_told_apart(merged):
    mine = [one for one in yaml.safe_load_all(exported(merged, "merged-body")) if one["record"] == "policy"]
    assert {one["version"] for one in mine if one["reference"] == "A-TWO"} == {"2024-05-01", "2020"}
    assert [one["ratified_on"] for one in mine if one["reference"] == "OLD-North"] == ["2020-04"]


def test_one_body_is_exported_by_itself(merged):
    bodies = {one["commissioner"]["slug"] for one in yaml.safe_load_all(exported(merged, "merged-body")) if "commissioner" in one}
    assert bodies == {"merged-body"}


def test_what_is_there_stays_as_it_is(merged):
    text = exported(merged)
    with merged.app_context(), transaction():
        assert not any(one.is_new for one in restore(yaml.safe_load_all(text), by=BY))
    assert exported(merged) == text


def test_a_withdrawn_version_is_restored_as_withdrawn_with_its_day(merged, fresh_app, request):
    text = exported(merged, "merged-body")
    new = fresh_app(request.node.callspec.params["app"])
    with new.app_context(), transaction():
        restore(yaml.safe_load_all(text), by=BY)
        version = db.session.scalars(
            select(PolicyVersion).join(Policy, Policy.id == PolicyVersion.policy_id)
            .where(Policy.reference == "A-TWO", PolicyVersion.label == "2024-05-01")
        ).one()
        assert (version.state, version.withdrawn_on.isoformat()) == ("withdrawn", "2026-02-03")
        clauses = db.session.scalars(select(CommissionerClause.words).order_by(CommissionerClause.number)).all()
        assert clauses.index("Second") < clauses.index("Middle")


def test_each_version_keeps_the_title_that_it_prints(app):
    body = {"slug": "retitled-body", "name": "Retitled"}
    one = {"record": "policy", "commissioner": body, "reference": "R", "position": "criteria_based"}
    first = one | {"title": "Old name", "version": "1", "effective_from": "2024-01-01"}
    second = one | {"title": "New name", "version": "2", "effective_from": "2025-01-01"}
    third = one | {"title": "Middle name", "version": "1.5", "effective_from": "2024-06-01"}
    with app.app_context(), transaction():
        restore([first, second, third], by=BY)
        found = db.session.scalars(
            select(PolicyVersion).join(Policy, Policy.id == PolicyVersion.policy_id).where(Policy.reference == "R")
            .options(joinedload(PolicyVersion.policy)).order_by(PolicyVersion.label)
        ).all()  # fmt: skip
        assert [one.title for one in found] == ["Old name", "Middle name", "New name"]
        assert found[0].policy.title == "New name"


def test_each_version_is_restored_with_its_own_title(app, fresh_app, request):
    body = {"slug": "titled-body", "name": "Titled"}
    one = {"record": "policy", "commissioner": body, "reference": "t.1", "position": "criteria_based"}
    later = one | {"version": "2.0", "title": "What it is called now", "effective_from": "2026-01-01"}
    with app.app_context(), transaction():
        # The later one first: a policy bears the title of the latest version, not of the one that was recorded last.
        for record in (later, one | {"version": "1.0", "title": "What it was called", "effective_from": "2024-01-01"}):
            services.load_record(record, by=BY)
    text, again = carried(app, fresh_app, request.node.callspec.params["app"])
    assert again == text
    mine = [one for one in yaml.safe_load_all(text) if one.get("commissioner", {}).get("slug") == "titled-body"]
    assert [(one["title"], one["address"], one["version_address"]) for one in mine] == [
        ("What it was called", "t-1", "1-0"), ("What it is called now", "t-1", "2-0"),
    ]  # fmt: skip
    with app.app_context():
        assert db.session.scalar(select(Policy.title).where(Policy.reference == "t.1")) == "What it is called now"
        db.session.remove()


def test_versions_in_a_circle_are_refused_in_a_sentence(app):
    body = {"slug": "round-body", "name": "Round"}
    one = {"record": "policy", "commissioner": body, "reference": "R", "title": "R", "position": "criteria_based"}
    first = one | {"version": "1", "replaces": [{"policy": "R", "version": "2"}]}
    second = one | {"version": "2", "replaces": [{"policy": "R", "version": "1"}]}
    with app.app_context(), pytest.raises(records.RecordError, match="circle"):
        restore([first, second], by=BY)


def test_the_command_writes_a_file_and_restores_it(merged, tmp_path):
    file = tmp_path / "register.yaml"
    with merged.app_context():
        wrote = CliRunner().invoke(policy, ["export", "--output", str(file)])
        assert wrote.exit_code == 0, wrote.output
        put_back = CliRunner().invoke(policy, ["restore", str(file)])
        assert put_back.exit_code == 0, put_back.output
        said = CliRunner().invoke(policy, ["export"])
        db.session.remove()
    assert said.output == file.read_text(encoding="utf-8")
    assert "already here" in put_back.output


@pytest.mark.parametrize("text", ["{", "- 1\n", "record: policy\n", "record: guidance\nkind: XX\n"])
def test_a_file_that_is_no_export_is_refused_in_a_sentence(app, tmp_path, text):
    file = tmp_path / "register.yaml"
    file.write_text(text)
    with app.app_context():
        said = CliRunner().invoke(policy, ["restore", str(file)])
    assert said.exit_code == 1
    assert said.output.startswith("Error: ")
