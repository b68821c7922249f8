"""A commissioner made of three keeps the policy of each in its own area, until the day of the harmonised one."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.journeys.registering import asked, in_force_already, published

AREAS = {"Bedfordshire": "BLMK", "Cambridgeshire": "C&P", "Hertfordshire": "HWE"}
POSITIONS = {
    "Bedfordshire": "not_routinely_commissioned",
    "Cambridgeshire": "criteria_based",
    "Hertfordshire": "routinely_commissioned",
}
ANSWERS = {"Bedfordshire": "outside_by_position", "Cambridgeshire": "criteria", "Hertfordshire": "criteria_met"}


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def predecessors() -> list[dict[str, str]]:
    return [{"policy": f"{short}-TATTOO", "version": "1"} for short in AREAS.values()]


def inherited() -> None:
    for area, short in AREAS.items():
        in_force_already(
            reference=f"{short}-TATTOO",
            title=f"Laser removal of tattoos ({short})",
            issued_by=short,
            areas=[area],
            position=POSITIONS[area],
            effective_from="2021-06-01",
            criteria=[{"label": "a", "words": "The tattoo was made by violence."}],
        )


def test_each_area_has_its_own_policy_before_and_the_harmonised_one_after() -> None:
    # given a commissioner that inherited a policy for each of three areas, each saying something else
    inherited()

    # when two people publish a harmonised policy in the place of all three, from the first of January
    published(
        reference="DEMO-HARMONISED",
        areas=list(AREAS),
        effective_from="2027-01-01",
        replaces=predecessors(),
    )

    # then on the last day of the old year each area still has its own, and is told of the one that comes
    for area, short in AREAS.items():
        answer = asked("2026-12-31", area=area)
        assert (answer["reference"], answer["answer"]) == (f"{short}-TATTOO", ANSWERS[area])
        assert "it is not in force before 1 January 2027" in [one["why"] for one in answer["also"]]

    # and on New Year's Day all three have the new one, and the old ones say why they were left
    for area in AREAS:
        answer = asked("2027-01-01", area=area)
        assert (answer["reference"], answer["answer"]) == ("DEMO-HARMONISED", "outside_by_position")
        left = [one["why"] for one in answer["also"]]
        assert "DEMO-HARMONISED, “Laser removal of tattoos”, version 1 has taken its place" in left


def test_an_area_that_the_harmonised_policy_leaves_for_later_keeps_its_own() -> None:
    # given three inherited policies
    inherited()

    # when the harmonised one applies in Hertfordshire only three months after the others
    published(
        reference="DEMO-HARMONISED",
        areas=["Bedfordshire", "Cambridgeshire", {"name": "Hertfordshire", "effective_from": "2027-04-01"}],
        effective_from="2027-01-01",
        replaces=predecessors(),
    )

    # then in February Bedfordshire has the new policy and Hertfordshire its old one
    assert asked("2027-02-01", area="Bedfordshire")["reference"] == "DEMO-HARMONISED"
    assert asked("2027-02-01", area="Hertfordshire")["reference"] == "HWE-TATTOO"
    assert asked("2027-04-01", area="Hertfordshire")["reference"] == "DEMO-HARMONISED"


def test_without_an_area_the_answer_says_that_it_depends_on_it() -> None:
    inherited()
    answer = asked("2026-11-21")
    assert any("area" in step for step in answer["steps"])
    assert len({one["reference"] for one in answer["also"]} | {answer["reference"]}) == 3
