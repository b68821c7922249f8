"""The request form and the published tests, broken in ten ways: each is refused with the file, the line and the cure."""

from pathlib import Path

import pytest

from ifr import profiles, soundness
from ifr.application import letter_folders
from ifr.config import HOUSE
from tests.test_soundness import folder as folder

TEST, FORM = "exceptionality/central-east-example.yaml", "questions/request.yaml"
SECOND = "key: more_benefit"

BROKEN = [
    (TEST, "commissioner: central-east", "commissioner: central-west", "has no profile"),
    (TEST, "route: policy_exception", "route: policy_exeption", "input should be 'policy_exception'"),
    (TEST, "words: patients with the same condition at the same stage, after usual treatment, whom the policy excludes",
     "words: ''", "say with whom to compare"),
    (TEST, SECOND, "key: different", "stands twice"),
    (TEST, "example: true", "exampel: true", "not a key that is known here"),
    (FORM, "- {key: condition, label: Diagnosis", "- {key: name, label: Diagnosis", "stands twice"),
    (FORM, "- {key: specialty, label: Specialty, kind: line", "- {key: specialty, label: Specialty, kind: lines",
     "input should be 'line'"),
    (FORM, "- {key: specialty, label: Specialty", "- {key: specialty", "label: is missing"),
    (FORM, "        options:\n          patient_agrees", "        choices:\n          patient_agrees",
     "not a key that is known here"),
    (FORM, "title: The condition", "title: [The condition", "not readable YAML"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "cure"), BROKEN, ids=[f"{one[0]}, {one[3]}" for one in BROKEN])
def test_a_broken_file_is_refused_with_its_line_and_the_cure(folder: Path, file: str, old: str, new: str, cure: str) -> None:
    text = (HOUSE / "workflows" / file).read_text()
    assert text.count(old) >= 1, f"{file} no longer holds {old!r}; break something else"
    (folder / file).write_text(text.replace(old, new, 1))
    line = text[: text.index(old)].count("\n") + 1
    with pytest.raises(profiles.DefinitionError) as refusal:
        soundness.check(profiles.read_folder(folder), letter_folders=letter_folders())
    said = refusal.value
    assert said.file == file and cure in str(said), str(said)
    # A key that is missing is reported where its entry begins, and a bracket where the reader first misses its other half.
    assert line <= said.line <= line + 2, f"said line {said.line}, broken at {line}: {said}"


def test_a_question_too_many_before_sending_is_refused_where_it_stands(folder: Path) -> None:
    text = (folder / FORM).read_text()
    first = "  - key: requester\n    title: Who is asking\n    questions:\n"
    assert first in text
    more = "".join(f"      - {{key: more_{n}, label: More, kind: line, tier: submit}}\n" for n in range(soundness.MOST_TO_SUBMIT))
    (folder / FORM).write_text(text.replace(first, first + more))
    with pytest.raises(profiles.DefinitionError, match="ask it later") as refusal:
        soundness.check(profiles.read_folder(folder), letter_folders=letter_folders())
    assert "more_" in refusal.value.entry or "requester" in refusal.value.entry
    assert refusal.value.line > text[: text.index(first)].count("\n")
