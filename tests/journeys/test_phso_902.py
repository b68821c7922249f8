"""A patient learned through the practice that funding was refused, and not why. Here no such letter can be made."""

from collections.abc import Iterator

import pytest
from flask import Flask

from ifr import clock, letters
from ifr.demo import stories
from tests.journeys import hearings


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_a_refusal_without_reasons_is_neither_confirmed_nor_written() -> None:
    # given a record that says "not to fund" and gives the commonest phrase for a reason
    at_panel = hearings.at_panel(hearings.ready(stories.FORAMINOPLASTY))
    case = hearings.drafted(at_panel, "not_funded", reasons="Not exceptional.", would_change="")

    # then the chair cannot confirm it, and hears what is missing
    said = hearings.missing(case, "confirm_not_funded")
    assert "what lies behind" in said and "Say what would change the answer." in said

    # and the letter itself refuses to be written
    with pytest.raises(Exception, match="the record lacks what would change the answer"):
        letters.LETTERS["decision_not_funded_patient"](case)

    # when the reasons are given, then the patient is written to with the same findings, and what to do about them
    why = "The scar is common after this operation, so the clinical circumstances are those of the others."
    hearings.changed(case, reasons=why, would_change="A nerve test that the others do not have.")
    hearings.hearing.confirmed(case, "not_funded")
    rows = {row.name: row for row in letters.of(case.stream)}
    assert {"decision_not_funded", "decision_not_funded_patient"} <= set(rows)
    patient = str(letters.body_as_html(rows["decision_not_funded_patient"], profile=case.profile, issued_on=clock.today())[1])
    assert "A nerve test" in patient and "appeal" in patient.lower()
    for question in case.test.questions:
        assert question.text.split()[0] in patient
