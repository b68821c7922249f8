"""`ifr policy`, as somebody types it on a new database."""

import json

import pytest
from click.testing import CliRunner

from ifr.commands import main
from ifr.config import make_keys
from ifr.people.services import command
from ifr.policies import services
from tests.policies.test_areas import BODY, record

KEYS = ["answer", "reference", "title", "version", "warnings", "guidance", "also", "steps"]


@pytest.fixture(scope="module")
def new_database(tmp_path_factory):
    """A database that did not exist before the examples were loaded."""
    folder = tmp_path_factory.mktemp("new")
    settings = make_keys() | {
        "IFR_ENVIRONMENT": "test",
        "IFR_INSTANCE": str(folder),
        "IFR_DATABASE_URL": f"sqlite:///{folder}/deeper/ifr.db",
    }
    loaded = CliRunner().invoke(main, ["policy", "load-examples"], env=settings)
    assert loaded.exit_code == 0, loaded.output
    assert "CMICB_Clin018, version 1: recorded" in loaded.output
    return settings


@pytest.fixture
def ask(new_database):
    def run(*words):
        return CliRunner().invoke(main, ["policy", "resolve", *words], env=new_database)

    return run


def central_east(*words, on="2026-11-21"):
    return ["--commissioner", "central-east", "--on", on, "--json", *words]


def cheshire(*words, on="2026-11-21"):
    return ["--commissioner", "cheshire-merseyside", "--on", on, "--json", *words]


def test_the_examples_can_be_loaded_again(new_database):
    again = CliRunner().invoke(main, ["policy", "load-examples"], env=new_database)
    assert again.exit_code == 0
    assert "CMICB_Clin018, version 1: already here" in again.output


def test_one_json_object_with_the_promised_keys_is_printed_and_nothing_else(ask):
    run = ask(*central_east("--treatment", "A75.2", "--indication", "R61.0"))
    assert run.exit_code == 0
    said = json.loads(run.stdout)
    assert list(said) == KEYS
    assert said["answer"] == "outside_by_position"
    assert said["reference"] is None
    assert said["version"] == "v1.0"
    assert said["warnings"] == ["confirm_treatment"]


@pytest.mark.parametrize(
    ("words", "answer", "warning"),
    [
        (
            central_east("--treatment", "A752", "--indication", "R61", on="2026-03-31"),
            "no_policy",
            "not_yet_in_force",
        ),
        (cheshire("--treatment", "V53.1", "--indication", "M51.1"), "outside_by_position", "review_overdue"),
        (cheshire("--treatment", "A75.2", "--indication", "R61.0"), "no_policy", "another_body_has_one"),
        (central_east("--treatment", "V53.1", "--indication", "M51.1"), "no_policy", "another_body_has_one"),
    ],
)
def test_the_answers_carry_their_warnings(ask, words, answer, warning):
    said = json.loads(ask(*words).stdout)
    assert said["answer"] == answer
    assert warning in said["warnings"]


def test_blushing_is_outside_the_policys_patients_and_has_guidance(ask):
    said = json.loads(ask(*central_east("--treatment", "A75.2", "--indication", "R23.2")).stdout)
    assert said["answer"] == "cohort_mismatch"
    assert [one["reference"] for one in said["guidance"]] == ["HTG331"]


def test_words_and_codes_that_disagree_are_candidates_only(ask):
    by_code = ask(
        *cheshire(
            "--treatment", "V54.4", "--indication", "M54.5", "--treatment-words", "facet joint injection"
        )
    )
    assert json.loads(by_code.stdout)["answer"] == "code_only"
    by_words = ask(
        *cheshire("--treatment", "V56.2", "--indication", "M51.1"),
        "--treatment-words",
        "endoscopic laser foraminoplasty",
    )
    assert json.loads(by_words.stdout)["answer"] == "words_only"
    assert json.loads(by_words.stdout)["reference"] == "CMICB_Clin018"


def test_codes_may_be_repeated_and_the_area_named(ask):
    codes = ["--treatment", "Y74.4", "--treatment", "A75.2", "--indication", "L74.5", "--indication", "R61"]
    assert json.loads(ask(*central_east(*codes, "--area", "Luton")).stdout)["answer"] == "outside_by_position"


@pytest.mark.parametrize(
    "words",
    [
        central_east("--treatment", "XYZ", "--indication", "R61"),
        central_east("--treatment", "I10", "--indication", "R61"),
        central_east("--treatment", "R61.0", "--indication", "A75.2"),
        central_east("--treatment", "A75.2", "--indication", "sweating"),
        central_east("--indication", "R61"),
        central_east("--treatment", "A75.2", "--indication", "R61", on="yesterday"),
        [
            "--commissioner",
            "nowhere",
            "--treatment",
            "A75.2",
            "--indication",
            "R61",
            "--on",
            "2026-11-21",
            "--json",
        ],
    ],
)
def test_what_cannot_be_answered_is_a_sentence_and_exit_2(ask, words):
    run = ask(*words)
    assert run.exit_code == 2
    assert run.stdout == ""
    assert "Error: " in run.stderr


def test_without_json_the_steps_can_be_read(ask):
    run = ask(
        "--commissioner",
        "central-east",
        "--treatment",
        "A75.2",
        "--indication",
        "R61.0",
        "--on",
        "2026-11-21",
    )
    assert run.exit_code == 0
    assert "outside_by_position" in run.stdout
    assert "It counts from its ratification on 1 April 2026" in run.stdout


@pytest.fixture
def asked_of_the_register(app):
    """Asks about a policy with two criteria, of a commissioner that prints a clause on who is eligible."""
    clauses = [{"kind": "core_eligibility", "words": "Reconstruction after an injury."}]
    with app.app_context():
        services.load_record(record("C-1", clauses=clauses), by=command("test"))
        question = ["--commissioner", BODY, "--treatment", "W85.2", "--treatment-words", "knee washout", "--on", "2026-11-21"]
        yield lambda *words: CliRunner().invoke(main, ["policy", "resolve", *question, *words])


def test_criteria_are_shown_with_their_numbers_and_marked_met_or_not(asked_of_the_register):
    shown = asked_of_the_register()
    assert shown.stdout.startswith("criteria: C-1") and "criterion 2, not marked: (b) pain for six months" in shown.stdout
    met = asked_of_the_register("--met", "1", "--met", "2")
    assert met.stdout.startswith("criteria_met: C-1")
    assert "Every criterion is met: this is a matter of prior approval." in met.stdout
    failed = json.loads(asked_of_the_register("--met", "1", "--not-met", "2", "--json").stdout)
    assert failed["answer"] == "criteria" and list(failed) == KEYS
    assert failed["steps"][-1] == "Not met: (b). That is what the request is about."


def test_a_clause_that_is_claimed_goes_first(asked_of_the_register):
    assert json.loads(asked_of_the_register("--claimed", "1", "--json").stdout)["answer"] == "bypass"


@pytest.mark.parametrize(
    "words", [("--met", "9"), ("--met", "1", "--not-met", "1"), ("--claimed", "7"), ("--met", "9" * 30), ("--claimed", "x")]
)
def test_marks_and_claims_that_fit_nothing_are_a_sentence_and_exit_2(asked_of_the_register, words):
    run = asked_of_the_register(*words, "--json")
    assert (run.exit_code, run.stdout) == (2, "") and "Error: " in run.stderr
