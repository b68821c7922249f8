"""What the identity check finds and misses in a planted set, and that the page of it says the same."""

from tests import figures, identity_set


def test_of_a_planted_set_everything_is_found_but_what_was_planted_to_be_missed() -> None:
    files = identity_set.make()
    result = identity_set.measure(files)
    figures.print_figure("identity check", result.sentence)
    assert result.files == 40
    assert sum(result.planted.values()) >= 200
    assert {how for _, how, _ in result.missed} <= {how for _, how, _ in identity_set.HARD}
    assert len(result.false_alarms) <= 2
    assert result.scans_said == sum(file.is_scan for file in files)
    assert result.sentence in identity_set.PAGE.read_text(), "Run `python -m tests.identity_set`: the figures are others"
