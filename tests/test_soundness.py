"""Definitions that could lead a case astray are refused, naming file, entry and cure."""

import shutil
from pathlib import Path

import pytest
from flask import Flask

from ifr import profiles, soundness
from ifr.application import letter_folders
from ifr.config import HOUSE


def check(folder: Path) -> None:
    soundness.check(profiles.read_folder(folder), letter_folders=letter_folders())


@pytest.fixture
def folder(tmp_path: Path, apps: dict[str, Flask]) -> Path:
    shutil.copytree(HOUSE / "workflows", tmp_path / "workflows")
    return tmp_path / "workflows"


def break_it(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert old in text, f"{file} no longer holds {old!r}; break something else"
    (folder / file).write_text(text.replace(old, new, 1))


def test_the_definitions_of_the_house_are_sound(folder: Path) -> None:
    check(folder)


BROKEN = [
    ("ifr.yaml", "source: received, dest: in_check", "source: recieved, dest: in_check", "recieved", "no state"),
    ("ifr.yaml", "dest: in_check, label: Begin the check", "dest: checked, label: Begin the check", "begin_check", "no state"),
    ("ifr.yaml", "roles: [coordinator], guards: [allocated]", "roles: [co-ordinator], guards: [allocated]", "begin_check",
     "roles"),
    ("ifr.yaml", "guards: [allocated]", "guards: [is_allocated]", "begin_check", "no room registers"),
    ("ifr.yaml", "letters: [screening_refusal, screening_refusal_patient, screening_refusal_gp]", "letters: [screening_refusal]",
     "decline_at_screening", "patient"),
    ("ifr.yaml", "    letters: [returned]", "    letters: [sent_home]", "return_incomplete", "not listed under letters"),
    ("ifr.yaml", "roles: [coordinator], guards: [allocated]}", "roles: [coordinator], guards: [allocated], before: os.system}",
     "begin_check > before", "not a key"),
    ("ifr.yaml", "label: Discard this draft", "label: [Discard this draft", "line", "YAML"),
    ("ifr.yaml", "trigger: stop_treatment, source: in_treatment", "trigger: report_result, source: in_treatment",
     "report_result", "twice"),
    ("commissioners/central-east.yaml", "    refer: {by: [screener]", "    refer: {by: [finance]", "screening > matrix > refer",
     "no move lets in"),
    ("commissioners/central-east.yaml", "    refer: {by: [screener]", "    refrain: {by: [screener]",
     "screening > matrix > refrain", "no recommendation"),
    ("ifr.yaml", "  in_check: {label:",
     "  resting: {label: {staff: Resting, clinician: Resting}, stage: check, clock: runs}\n  in_check: {label:",
     "resting", "reached by no move"),
    ("ifr.yaml", "roles: [coordinator, ifr_manager]\n    guards: [closure_warning_passed]",
     "roles: [coordinator, scheduler]\n    guards: [closure_warning_passed]", "confirm_closure", "a person ends things"),
    ("ifr.yaml", "opens: [begin_check, ", "opens: [start_check, ", "check", "no move"),
    ("commissioners/central-east.yaml", "  not_funded: [reconsideration, appeal, complaint, ombudsman]\n", "",
     "challenge > not_funded", "route of challenge"),
    ("commissioners/central-east.yaml", "policy_date: receipt",
     "policy_date: receipt\nnarrows: {submit: {roles: [coordinator]}}", "narrows > submit", "only narrows"),
    ("commissioners/central-east.yaml", "  screening: {length: 10", "  screnning: {length: 10", "days > screening", "missing"),
    ("commissioners/central-east.yaml", "no_policy: central-east-no-policy", "no_policy: nobody", "exceptionality", "no file"),
    ("exceptionality/cheshire-merseyside.yaml", "example: false", "example: perhaps", "example", "perhaps"),
    ("questions/request.yaml", "tier: submit, urgent: true, identity: true}\n", "tier: someday}\n", "tier", "someday"),
    ("questions/request.yaml", "{key: kind_of_treatment, is: [procedure]}", "{key: sort_of_treatment, is: [procedure]}",
     "sections > details > questions > body_site", "no question of this form"),
    ("questions/request.yaml", "{key: kind_of_treatment, is: [procedure]}", "{key: kind_of_treatment, is: [operation]}",
     "sections > details > questions > body_site", "no answer to 'kind_of_treatment'"),
    ("questions/request.yaml", "{key: kind_of_treatment, is: [procedure]}", "{key: body_site, is: [procedure]}",
     "sections > details > questions > body_site", "stands no earlier"),
    ("questions/request.yaml", "{key: aim, ", "{key: aim, urgent: true, ", "sections > basis > questions > basis",
     "one more than the 8 answers"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "entry", "cure"), BROKEN)
def test_a_broken_file_is_refused_by_name(folder: Path, file: str, old: str, new: str, entry: str, cure: str) -> None:
    break_it(folder, file, old, new)
    with pytest.raises(profiles.DefinitionError) as refusal:
        check(folder)
    said = str(refusal.value)
    assert file in said and entry in said and cure in said, said


def test_a_key_that_stands_twice_is_refused(folder: Path) -> None:
    break_it(folder, "ifr.yaml", "name: ifr\n", "name: ifr\nname: other\n")
    with pytest.raises(profiles.DefinitionError, match="stands twice"):
        check(folder)


def test_a_published_version_keeps_its_text(app: Flask, folder: Path) -> None:
    """The same version with another text is refused: cases may work under it."""
    break_it(folder, "policy.yaml", "label: Propose for publication", "label: Propose it")
    with app.app_context(), pytest.raises(profiles.DefinitionError, match="raise the version"):
        profiles.publish(profiles.read_folder(folder))


def test_a_new_version_stands_beside_the_old_one(app: Flask, folder: Path) -> None:
    break_it(folder, "policy.yaml", "version: 3\napplies_from: 2000-01-01", "version: 4\napplies_from: 2026-12-01")
    with app.app_context():
        before = profiles.latest("workflow", "policy")
        assert [d.version for d in profiles.publish(profiles.read_folder(folder))] == [4]
        assert profiles.latest("workflow", "policy").id == before.id, "it applies only from December"
