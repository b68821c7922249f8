"""What a patient is told of a panel: invited in plain words, or told why not."""

from tests.letters import FULL, SPARSE, text_of
from tests.letters import printing as printing

PANEL = {**FULL, "meeting_on": "2027-01-20", "panel": "IFR panel"}


def test_the_invitation_says_what_can_be_done_until_when_and_that_nothing_has_to_be() -> None:
    given = {**PANEL, "statement": True, "attendance": True, "statement_by_on": "2027-01-13", "place": "Room 2", "hours": "10:00"}
    text = text_of("panel_invitation_patient", given)
    for words in (
        "the IFR panel. It meets on 20 January 2027.", "Please send it by 13 January 2027.", "Room 2, 10:00.",
        "You do not have to", "This is not a decision on your treatment.",
    ):  # fmt: skip
        assert words in text
    written = text_of("panel_invitation_patient", {**given, "attendance": False})
    assert "You can write to the panel" in written and "Room 2" not in written


def test_the_exception_says_why_and_what_was_done_instead() -> None:
    given = {**PANEL, "statement": True, "attendance": True, "plain_reasons": "We had no address.", "instead": "We rang you."}
    text = text_of("panel_exception_patient", given)
    for words in ("to write to the panel, and to come to the meeting", "We had no address.", "We rang you.", "complain"):
        assert words in text
    assert "Why" not in text_of("panel_exception_patient", SPARSE).splitlines()
