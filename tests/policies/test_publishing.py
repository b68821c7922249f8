"""What is refused before a version binds anybody, what a version keeps of its own, and what the commands say of it."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ifr import workflow
from ifr.commands.policy import policy
from ifr.db import db, transaction
from ifr.demo import accounts
from ifr.people.models import Organisation
from ifr.people.services import command, organisation_named
from ifr.policies import records, services
from ifr.policies.editing import services as editing
from ifr.policies.exporting import as_yaml, record_of, versions_whole
from ifr.policies.findings import lint
from ifr.policies.linting import lint_version
from ifr.policies.models import CommissionerClause, Policy, PolicyVersion
from ifr.policies.recording import address, rewrite_version

BY = command("test")
TODAY = date(2026, 11, 21)
WORDS = "lunar shoulder realignment"
CLAUSE = {"kind": "core_eligibility", "words": "Anybody who fell from the moon is eligible."}


def written(label: str = "1", reference: str = "L1", **facts: Any) -> dict[str, Any]:
    return {
        "record": "policy",
        "commissioner": {"slug": "central-east", "name": "NHS Central East Integrated Care Board"},
        "reference": reference,
        "title": "Lunar shoulder",
        "version": label,
        "position": "not_routinely_commissioned",
        "statements": [said()],
    } | facts


def said(**facts: Any) -> dict[str, Any]:
    codes = {"opcs4": [{"code": "W84.4"}]}
    return {
        "treatment": WORDS, "position": "not_routinely_commissioned", "known_by": [{"words": WORDS}], "codes": codes,
    } | facts  # fmt: skip


def body() -> Organisation:
    found = organisation_named("central-east")
    assert found is not None
    return found


def draft(*args: str, **facts: Any) -> PolicyVersion:
    return editing.draft_from(written(*args, **facts), owner=body(), by=accounts.user("paul_policy"))


def move(version: PolicyVersion, *triggers: str) -> PolicyVersion:
    for trigger in triggers:
        who = accounts.user("pia_policy" if trigger == "publish" else "paul_policy")
        workflow.move(version, trigger, by=who, seen=version.version, reason="Because.")
    return version


def published(*args: str, **facts: Any) -> PolicyVersion:
    return move(draft(*args, **facts), "propose", "publish")


def ask(area: str | None = None) -> services.Resolution:
    return services.resolve("central-east", area, ["W84.4"], WORDS, [], TODAY)


@pytest.fixture
def context(app: Flask) -> Any:
    with app.app_context():
        yield
        db.session.remove()


TURNED = {
    "version": {"effective_from": "2026-06-01", "effective_to": "2026-01-01"},
    "months": {"published_on": "2026-06", "effective_to": "2026-05"},
    "area": {"areas": [{"name": "Bedford", "effective_from": "2026-09-01", "effective_to": "2026-02-01"}]},
    "area_against_version": {"effective_to": "2026-02-01", "areas": [{"name": "Bedford", "effective_from": "2026-09-01"}]},
    "ages": {"statements": [said(ages={"youngest": 18, "oldest": 17})]},
}


@pytest.mark.usefixtures("context")
def test_what_nobody_could_be_held_to_is_asked_about_and_not_proposed() -> None:
    version, lead = draft(), accounts.user("paul_policy")

    def refused(**facts: Any) -> list[str]:
        record = records.read(written(**facts))
        assert isinstance(record, records.PolicyRecord)
        whole = versions_whole([version.id])[0]
        rewrite_version(whole, whole.policy, record)
        return [one.text for one in workflow.why_not(whole, "propose", lead)]

    assert refused() == []
    for facts in TURNED.values():
        told = refused(**facts)
        assert len(told) == 1 and ("is before" in told[0] or "nobody is of such an age" in told[0])
    unknown = {"position": "unknown"}
    assert refused(**unknown) == []
    left_open = refused(**unknown, statements=[said(**unknown)])
    assert len(left_open) == 1 and "does not state a position" in left_open[0] and "Position as printed" in left_open[0]
    assert len(refused(statements=[said(), said(**unknown, treatment="another")])) == 1
    assert refused(**unknown, statements=[said(**unknown)], position_as_printed="Clinicians use their judgement.") == []
    assert "position_not_stated" in [one.code for one in lint_version(version.id)]


@pytest.mark.parametrize("facts", TURNED.values(), ids=TURNED)
def test_the_linter_asks_about_what_ends_before_it_begins(facts: dict[str, Any]) -> None:
    record = records.read(written(**facts))
    assert isinstance(record, records.PolicyRecord)
    assert {one.code for one in lint(record)} & {"ends_before_it_begins", "ages_turned_round"}


@pytest.mark.usefixtures("context")
def test_a_clause_binds_while_a_version_that_prints_it_is_published() -> None:
    def binds() -> bool:
        offered = {one.words: one.number for one in services.eligibility_clauses("central-east")}
        if CLAUSE["words"] in offered:
            found = services.resolve("central-east", None, ["W84.4"], WORDS, [], TODAY, claimed=offered[CLAUSE["words"]])
            assert found.answer == "bypass"
        return CLAUSE["words"] in offered

    first = draft(clauses=[CLAUSE])
    assert not binds()
    number = db.session.scalar(select(CommissionerClause.number).where(CommissionerClause.words == CLAUSE["words"]))
    with pytest.raises(services.QuestionError, match="has no clause"):
        services.resolve("central-east", None, ["W84.4"], WORDS, [], TODAY, claimed=number)
    move(first, "discard_version")
    assert not binds()
    second = move(draft("2", clauses=[CLAUSE]), "propose")
    assert not binds()
    move(second, "publish")
    assert binds()
    move(second, "withdraw_version")
    assert not binds()


@pytest.mark.usefixtures("context")
def test_two_policies_in_force_for_one_area_on_one_treatment_are_left_to_a_person() -> None:
    days = {"effective_from": "2024-01-01"}
    published("1", "L1", areas=["Luton"], **days)
    assert "several_in_force" not in ask("Luton").warnings
    elsewhere = published("1", "L3", areas=["Bedford"], **days)
    assert "several_in_force" not in ask().warnings
    second = draft("1", "L2", areas=["LUTON"], **days)
    found = {one.code: one.words for one in lint_version(second.id)}
    assert "Lunar shoulder, version 1, which is in force in L" in found["two_in_force"]
    move(second, "propose", "publish")
    assert "two_in_force" in [one.code for one in lint_version(second.id)]
    for area in ("Luton", None):
        told = ask(area)
        assert "several_in_force" in told.warnings
        assert any("a person chooses which of them applies" in step for step in told.steps)
    assert "several_in_force" not in ask("Bedford").warnings
    # A draft is asked about the day from which it would apply, not about today.
    services.load_record(written("1", "L4", areas=["Corby"], effective_from="2027-01-01"), by=BY)
    later = draft("1", "L5", areas=["Corby"], effective_from="2027-06-01")
    assert "two_in_force" in [one.code for one in lint_version(later.id)]
    assert elsewhere.is_public


@pytest.mark.usefixtures("context")
def test_each_version_keeps_the_title_that_it_prints_and_the_policy_bears_the_latest() -> None:
    first = published(effective_from="2024-01-01", title="Lunar shoulder")
    policy_id = first.policy_id

    def called() -> str | None:
        return db.session.scalar(select(Policy.title).where(Policy.id == policy_id))

    second = draft("2", effective_from="2025-01-01", title="Moon shoulder")
    assert (called(), second.policy_id) == ("Lunar shoulder", policy_id)
    assert "Moon shoulder" in [row.title for row in editing.drafts(accounts.user("paul_policy"))]
    move(second, "propose", "publish")
    assert called() == "Moon shoulder"
    services.load_record(written("0", effective_from="2020-01-01", title="Shoulder of old"), by=BY)
    assert called() == "Moon shoulder"
    assert [record_of(one).title for one in versions_whole([first.id, second.id])] == ["Lunar shoulder", "Moon shoulder"]
    assert "title: Lunar shoulder\n" in as_yaml(record_of(versions_whole([first.id])[0]))
    found = ask()
    assert (found.title, {one["title"] for one in found.also}) == ("Moon shoulder", {"Lunar shoulder", "Shoulder of old"})


@pytest.mark.usefixtures("context")
def test_areas_that_are_alike_are_named_once() -> None:
    with pytest.raises(records.RecordError, match="areas > LUTON: is named twice"):
        draft(areas=["Luton", {"name": "LUTON", "effective_from": "2026-09-01"}])
    made = draft("2", areas=["Luton", "luton"])
    assert [one.name for one in versions_whole([made.id])[0].areas] == ["Luton"]


def test_addresses_hold_no_dot() -> None:
    assert address("tt1.json", set()) == "tt1-json"
    assert address("v1.2.", {"v1-2"}) == "v1-2-2"
    assert address("…", set()) == "policy"


def test_the_page_says_before_the_click_what_a_withdrawal_brings_back(app: Flask, client: FlaskClient, sign_in: Any) -> None:
    with app.app_context(), transaction():
        first = published(effective_from="2024-01-01")
        second = published("2", effective_from="2025-01-01", title="Moon shoulder")
        ids = first.id, second.id
    sign_in(client, "pia_policy")
    page = client.get(f"/policies/{ids[1]}/keeping").text
    assert "Lunar shoulder, version 1</a> is in force again from today" in page
    assert "no earlier version is in force in its place" in client.get(f"/policies/{ids[0]}/keeping").text


def run(*words: str) -> Any:
    return CliRunner().invoke(policy, list(words))


def test_the_commands_ask_about_documents_and_drafts_and_refuse_an_unknown_commissioner(app: Flask, tmp_path: Path) -> None:
    document = tmp_path / "lunar.txt"
    document.write_text(
        "Clinical Commissioning Policy\n\nTitle: Lunar Shoulder Realignment\nReference: LSR-07\nVersion: 2.1\n"
        "Ratified: 4 March 2025\nReview date: TBC\n\nCommissioning position\n"
        "Lunar shoulder realignment is not routinely commissioned.\n\nOPCS-4 codes\nW84.4 Realignment\nW84 Any\n",
        encoding="utf-8",
    )
    asked = run("lint", str(document))
    assert asked.exit_code == 0, asked.output
    assert "Lunar Shoulder Realignment, version 2.1" in asked.output
    assert "review_not_set" in asked.output and "no_exceptionality_route" in asked.output
    assert "review_not_set" in run("import", str(document)).output
    notes = tmp_path / "notes.txt"
    notes.write_text("Minutes of the staff meeting held on 3 May 2025\n\nThe kettle is to be replaced.\n", encoding="utf-8")
    other = run("lint", str(notes))
    assert other.exit_code == 1 and "no policy of a commissioner" in other.output
    with app.app_context():
        made = run("import", str(document), "--commissioner", "central-east")
        assert "a draft was made" in made.output and "review_not_set" in made.output, made.output
        number = db.session.scalar(select(PolicyVersion.id).where(PolicyVersion.label == "2.1"))
        for address_ in (str(number), "central-east/lsr-07/2-1", "register/central-east/lsr-07/versions/2-1"):
            assert "review_not_set" in run("lint", "--draft", address_).output
        for nowhere in ("9" * 30, "central-east/nothing", "x/y/z", "²"):
            missing = run("lint", "--draft", nowhere)
            assert missing.exit_code == 1 and "No draft and no version" in missing.output
        unknown = run("export", "--commissioner", "zz")
        assert unknown.exit_code == 1
        assert unknown.output.startswith("Error: Nothing was written. No commissioner is known as “zz”.")
        db.session.remove()
