"""What the linter asks the owner of a policy, and what it leaves alone."""

import json
from datetime import date

import pytest
import yaml
from click.testing import CliRunner
from flask import render_template

from ifr.commands import main
from ifr.config import PACKAGE
from ifr.db import db
from ifr.people.services import command
from ifr.policies import records, services
from ifr.policies.linting import Beside, RegisterFacts, lint, lint_register, lint_version
from tests.databases import statements_sent

BY = command("test")
WHOLE = {
    "record": "policy",
    "commissioner": {"slug": "test-body", "name": "Test Body"},
    "reference": "T1",
    "title": "Trigger finger release",
    "version": "1",
    "effective_from": date(2026, 1, 1),
    "review": {"day": date(2029, 1, 1)},
    "position": "criteria_based",
    "scope": "Release of a trigger finger.",
    "cohort": "Adults whose finger locks.",
    "exceptionality": {"words": "A clinician may ask for an exception.", "route_named": True},
}
RELEASE = {
    "treatment": "trigger finger release",
    "indication": "trigger finger",
    "position": "criteria_based",
    "known_by": [{"words": "trigger finger release"}],
    "codes": {"opcs4": [{"code": "T69.1"}], "icd10": [{"code": "M65.3"}]},
}


def written(*, codes=None, statements=None, **changed):
    said = RELEASE | ({"codes": codes} if codes else {})
    return records.read(WHOLE | {"statements": statements if statements is not None else [said]} | changed)


def found(record, **how):
    return [one.code for one in lint(record, **how)]


def opcs(*printed):
    return written(codes={"opcs4": [one if isinstance(one, dict) else {"code": one} for one in printed]})


def example(title):
    return records.read(next(one for one in records.examples() if title in one["title"] and one["record"] == "policy"))


def test_a_policy_in_order_raises_no_question():
    assert lint(written()) == []


def test_the_laser_policy_raises_what_its_document_leaves_open():
    findings = lint(example("Laser"))
    assert [one.code for one in findings] == [
        "no_patients", "duplicate_different_labels", "duplicate_different_labels", "broad_category", "broad_category",
        "review_passed",
    ]  # fmt: skip
    assert "“Primary laser Foraminoplasty of lumbar spine”; “Revisional laser" in findings[1].words
    assert (findings[1].verbatim, findings[3].verbatim, findings[4].verbatim) == ("V53, V53", "V53", "V54")
    assert "1 April 2026" in findings[5].words


def test_the_sympathectomy_policy_is_asked_only_about_its_review():
    findings = lint(example("Hyperhidrosis"))
    assert [(one.code, one.verbatim) for one in findings] == [("review_not_set", "TBC")]


def test_the_linter_changes_nothing():
    record = example("Laser")
    before = record.model_dump()
    lint(record)
    assert record.model_dump() == before


def test_the_day_asked_about_decides_whether_a_review_is_late():
    assert "review_passed" not in found(example("Laser"), on=date(2026, 4, 1))
    assert "review_passed" in found(example("Laser"), on=date(2026, 4, 2))


@pytest.mark.parametrize(
    ("printed", "asked"),
    [
        (["T69.1", "T691"], ["duplicate_code", "dots_mixed"]),
        (["T69.1", "T692"], ["dots_mixed"]),
        (["T69"], ["broad_category"]),
        (["T69.1-T69.4"], ["range"]),
        (["T69.4-T69.1"], ["code_not_read"]),
        (["T69.12"], ["code_not_read"]),
        (["I10"], ["code_not_read"]),
        (["see the annex"], ["code_not_read"]),
        (["", "\0"], ["code_not_read", "code_not_read"]),
        (["T69.1", {"code": "T69.1", "role": "exclude"}], ["included_and_excluded"]),
        (["T69.1", {"code": "T69.1", "role": "site"}], []),
        ([{"code": "T69", "ours": True}], []),
        ([{"code": "T69", "role": "exclude"}], []),
        ([{"code": "T69.1", "label": "Release"}, {"code": "T69.1", "label": "RELEASE "}], ["duplicate_code"]),
        ([{"code": "T69.1", "label": "One"}, {"code": "T69.1", "label": "Two"}], ["duplicate_different_labels"]),
    ],
)
def test_codes_are_read_as_they_are_printed(printed, asked):
    assert found(opcs(*printed)) == asked


def test_a_code_of_the_other_system_is_named():
    assert "It has the shape of a code of ICD-10" in lint(opcs("I10"))[0].words


def test_a_code_of_any_length_is_answered_in_a_short_sentence():
    finding = lint(opcs("A75.2 - " * 50_000))[0]
    assert finding.code == "code_not_read"
    assert len(finding.words) < 200


def test_one_code_in_the_lists_of_both_systems_is_asked_about():
    both = {"opcs4": [{"code": "M65.3"}], "icd10": [{"code": "M65.3"}]}
    assert found(written(codes=both)) == ["code_in_both_systems"]


def test_a_diagnosis_category_is_no_broad_operation():
    assert found(written(codes={"icd10": [{"code": "M65"}, {"code": "M65.3"}]})) == []


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        ({"scope": None}, ["no_scope"]),
        ({"scope": "  "}, ["no_scope"]),
        ({"cohort": None}, ["no_patients"]),
        ({"exceptionality": None}, ["no_exceptionality_route"]),
        ({"exceptionality": {"words": "There are no exceptions.", "route_named": False}}, ["no_exceptionality_route"]),
        ({"review": {}}, ["no_review"]),
        ({"review": {"words": "To be confirmed"}}, ["review_not_set"]),
        ({"review": {"words": "earliest of NICE publication or 3 years"}}, []),
        ({"review": {"static": True}}, []),
        ({"review": {"day": date(2026, 11, 21)}}, []),
        ({"review": {"day": "2026-10"}}, ["review_passed", "no_exact_day"]),
        ({"review": {"day": "2026-11"}}, ["no_exact_day"]),
        ({"review": {"day": date(2020, 1, 1)}, "withdrawn_on": date(2021, 1, 1)}, []),
        ({"review": {"day": date(2020, 1, 1)}, "effective_from": date(2019, 1, 1), "effective_to": date(2021, 1, 1)}, []),
        ({"ratified_on": "2020-04"}, ["no_exact_day"]),
        ({"statements": []}, ["no_statement"]),
        ({"statements": [], "position": "unknown"}, ["no_statement", "position_not_stated"]),
        ({"position": "unknown"}, []),
        ({"position": "not_routinely_commissioned"}, ["position_differs"]),
        ({"statements": [RELEASE, RELEASE | {"position": "unknown"}]}, ["position_not_stated"]),
        ({"replaces": [{"policy": "T0", "version": "1"}]}, ["successor_without_end_date"]),
        ({"replaces": [{"policy": "T0", "version": "1", "last_on": date(2025, 12, 31)}]}, []),
        ({"kind": "ifr_process", "scope": None, "cohort": None, "exceptionality": None, "statements": []}, []),
    ],
)
def test_what_a_document_leaves_open_is_asked(changed, asked):
    assert found(written(**changed)) == asked


def test_a_month_is_said_with_the_day_from_which_it_counts():
    finding = lint(written(effective_from="2020-04"))[0]
    assert finding.words == "In effect from: only a month is printed (2020-04), no day. Here it counts from 1 April 2020."


def test_what_the_register_knows_is_said_with_the_area():
    facts = RegisterFacts(beside=(Beside("Hand surgery, version 2", ("Northshire",)),))
    assert "Hand surgery, version 2 is in force at the same time in Northshire" in lint(written(), register=facts)[0].words


@pytest.mark.parametrize("word", ["cohort", "guard", "move", "prove", "unique", "upheld", "not exceptional"])
def test_the_linter_avoids_words_that_mislead(word):
    bare = WHOLE | {"scope": None, "cohort": None, "exceptionality": None, "review": {}, "statements": [], "position": "unknown"}
    for record in (example("Laser"), records.read(bare)):
        assert not [one for one in lint(record) if word in f"{one.words} {one.where}".lower()]


# --- on the register --------------------------------------------------------------------------------------------------------


def load(**changed):
    return services.load_record(WHOLE | {"statements": [RELEASE]} | changed, by=BY).version_id


def asked_of(version_id):
    return [(one.code, one.verbatim) for one in lint_version(version_id)]


def test_a_recorded_version_is_asked_what_its_record_is(app):
    with app.app_context():
        services.load_examples(by=BY)
        linted = {one.name: [finding.code for finding in one.findings] for one in lint_register()}
    assert linted["Endoscopic Laser Foraminoplasty, version 1"] == found(example("Laser"))
    assert linted["Dermatology – Hyperhidrosis - Endoscopic Thoracic Sympathectomy (ETS), version v1.0"] == ["review_not_set"]


def test_two_policies_on_one_treatment_in_one_area_are_in_force_at_once(app):
    with app.app_context():
        first = load(areas=["Northshire", "Southshire"])
        second = load(reference="T2", title="Hand surgery", areas=["Northshire"])
        elsewhere = load(reference="T3", title="Hands", areas=["Westshire"])
        assert asked_of(first) == [("two_in_force", "Hand surgery, version 1")]
        assert "in Northshire on the same treatment" in lint_version(second)[0].words
        assert asked_of(elsewhere) == []


def test_a_policy_for_everywhere_stands_beside_one_for_an_area(app):
    with app.app_context():
        everywhere, local = load(), load(reference="T2", title="Hand surgery", areas=["Northshire"])
        assert asked_of(local) == [("two_in_force", "Trigger finger release, version 1")]
        assert asked_of(everywhere) == [("two_in_force", "Hand surgery, version 1")]


def test_another_condition_or_another_age_is_another_policy(app):
    other = RELEASE | {"indication": "rheumatoid hand", "codes": {"opcs4": [{"code": "T69.1"}], "icd10": [{"code": "M06.9"}]}}
    child = RELEASE | {"ages": {"oldest": 17}}
    with app.app_context():
        first = load(statements=[RELEASE | {"ages": {"youngest": 18}}])
        load(reference="T2", title="Rheumatoid hands", statements=[other])
        load(reference="T3", title="Children's hands", statements=[child])
        assert asked_of(first) == []


def test_a_later_version_of_one_policy_is_no_second_one_in_force(app):
    with app.app_context():
        first, second = load(), load(version="2", effective_from=date(2026, 6, 1))
        assert asked_of(first) == []
        assert asked_of(second) == []


def test_a_replaced_version_without_a_last_day_is_asked_about_on_both_sides(app):
    replaced = [{"policy": "T1", "version": "1"}]
    with app.app_context():
        first, second = load(), load(reference="T2", title="Hand surgery", effective_from=date(2026, 6, 1), replaces=replaced)
        assert asked_of(first) == [("successor_without_end_date", "Hand surgery, version 1")]
        assert asked_of(second) == [("successor_without_end_date", "T1, version 1")]


def test_a_replaced_version_with_a_last_day_raises_no_question(app):
    replaced = [{"policy": "T1", "version": "1"}]
    with app.app_context():
        first = load(effective_to=date(2026, 5, 31))
        second = load(reference="T2", title="Hand surgery", effective_from=date(2026, 6, 1), replaces=replaced)
        assert asked_of(first) == []
        assert asked_of(second) == []


def test_a_version_that_is_not_there_cannot_be_asked_about(app):
    with app.app_context(), pytest.raises(LookupError):
        lint_version(987654)


def _pair(number, *, areas=(), replaces=()):
    """Two policies on one treatment, the second for everywhere."""
    said = RELEASE | {
        "treatment": f"release {number}", "known_by": [{"words": f"release {number}"}],
        "codes": {"opcs4": [{"code": f"T{10 + number}.1"}]},
    }  # fmt: skip
    load(reference=f"A{number}", title=f"Hands {number}", statements=[said], areas=list(areas))
    load(reference=f"B{number}", title=f"Fingers {number}", statements=[said], replaces=list(replaces))


def _queries_and_findings():
    db.session.expire_all()
    with statements_sent() as asked:
        found = [(one.name, [(f.code, f.verbatim) for f in one.findings]) for one in lint_register("test-body")]
    return len(asked), found


def test_a_register_of_any_size_is_read_in_as_many_queries(app):
    with app.app_context():
        _pair(1)
        load(reference="A1", title="Hands 1", version="2", effective_from=date(2026, 6, 1))
        _pair(2, areas=["Northshire"], replaces=[{"policy": "A1", "version": "2"}])
        few, found = _queries_and_findings()
        assert dict(found)["Hands 1, version 2"] == [("successor_without_end_date", "Fingers 2, version 1")]
        assert dict(found)["Fingers 2, version 1"][1] == ("two_in_force", "Hands 2, version 1")
        for number in range(3, 11):
            _pair(number, areas=["Southshire"])
        many, found = _queries_and_findings()
    assert len(found) == 21
    assert dict(found)["Hands 10, version 1"] == [("two_in_force", "Fingers 10, version 1")]
    assert many == few


# --- on the command line ------------------------------------------------------------------------------------------------------


def lint_files(*words):
    return CliRunner().invoke(main, ["policy", "lint", *map(str, words)])


def test_the_command_reads_a_written_record_without_a_database(tmp_path):
    file = tmp_path / "one.yaml"
    file.write_text(yaml.safe_dump(WHOLE | {"scope": None, "statements": [RELEASE]}), encoding="utf-8")
    answer = lint_files(file, "--json")
    assert answer.exit_code == 0, answer.output
    (said,) = json.loads(answer.output)
    assert said["policy"] == "Trigger finger release, version 1"
    assert [one["code"] for one in said["findings"]] == ["no_scope"]


def test_a_file_that_cannot_be_read_stops_none_of_the_others(tmp_path):
    good, bad, odd = tmp_path / "good.yaml", tmp_path / "bad.yaml", tmp_path / "odd.yaml"
    good.write_text(yaml.safe_dump(WHOLE), encoding="utf-8")
    bad.write_bytes(b"\xff\xfe: [")
    odd.write_text("just a word", encoding="utf-8")
    answer = lint_files(bad, odd, tmp_path / "missing.yaml", good)
    assert answer.exit_code == 1
    assert answer.output.count("This is no written record") == 2
    assert "The file cannot be opened" in answer.output
    assert "no_statement: It names no treatment" in answer.output


def test_the_command_reads_a_list_of_records(tmp_path):
    listed = lint_files(PACKAGE / "demo" / "policies.yaml", "--json")
    assert listed.exit_code == 0, listed.output
    said = json.loads(listed.output)
    assert len(said) == len(yaml.safe_load((PACKAGE / "demo" / "policies.yaml").read_text(encoding="utf-8")))
    assert ["no_patients"] in [[finding["code"] for finding in one["findings"]] for one in said]
    odd = tmp_path / "odd.yaml"
    odd.write_text("- record: policy\n- a word\n---\n[]\n", encoding="utf-8")
    assert lint_files(odd).output.count("it has no entries") == 2


def test_the_command_reads_the_register_of_one_commissioner(app):
    with app.app_context():
        services.load_examples(by=BY)
        answer = CliRunner().invoke(main, ["policy", "lint", "--commissioner", "central-east"])
        nobody = CliRunner().invoke(main, ["policy", "lint", "--commissioner", "nowhere"])
    assert answer.exit_code == 0, answer.output
    assert "review_not_set" in answer.output
    assert "Endoscopic Laser Foraminoplasty" not in answer.output
    assert nobody.exit_code == 2
    assert "No commissioner is called nowhere" in nobody.output


def test_the_questions_are_shown_with_what_is_printed(app):
    with app.test_request_context():
        page = render_template("policies/_findings.html", findings=lint(opcs("<b>T69</b>", "T69")))
        nothing = render_template("policies/_findings.html", findings=[])
    assert "Questions to the owner of the policy: 2" in page
    assert "&lt;b&gt;T69&lt;/b&gt;" in page
    assert "<b>" not in page
    assert nothing.strip() == ""
