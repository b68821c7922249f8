"""Workers that are killed at any instant leave nothing half done, nothing undone and nothing done twice."""

from pathlib import Path

import pytest

from tests.databases import KINDS
from tests.killing import Size, kill_and_count, prepare


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_that_is_due_has_its_effect_once_however_often_a_worker_is_killed(
    fresh_app, kind: str, tmp_path: Path
) -> None:
    app, size = fresh_app(kind), Size(requests=2, letters=20, deadlines=40, kills=8)
    prepare(app, size)
    found = kill_and_count(app, size, tmp_path)
    assert found.cut_short >= 1, "at least one worker died with some of its work done"
