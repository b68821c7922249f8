"""What takes the place of what: corrections, circles, withdrawals, and random successions of which one always holds."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ifr import workflow
from ifr.db import db
from ifr.people.services import command
from ifr.policies import records, services
from ifr.policies.editing import services as editing
from ifr.policies.exporting import versions_whole
from ifr.policies.linting import lint_version
from ifr.policies.models import PolicyVersion, Succession
from ifr.policies.page import back_after_withdrawal, read_version
from ifr.policies.recording import rewrite_version
from ifr.policies.standing import Status, periods, standings

BY = command("test")
TODAY = date(2026, 11, 21)
FIRST = date(2024, 1, 1)


def written(label: str = "1", reference: str = "S1", **facts: Any) -> dict[str, Any]:
    return {
        "record": "policy",
        "commissioner": {"slug": "test-body", "name": "Test Body"},
        "reference": reference,
        "title": f"Succession {reference}",
        "version": label,
        "position": "not_routinely_commissioned",
        "statements": [
            {
                "treatment": f"treatment {reference}",
                "position": "not_routinely_commissioned",
                "known_by": [{"words": f"treatment {reference}"}],
                "codes": {"opcs4": [{"code": "W85.2"}]},
            }
        ],
    } | facts


def load(*args: str, **facts: Any) -> int:
    found = services.load_record(written(*args, **facts), by=BY).version_id
    assert found is not None
    return found


def after(label: str, reference: str = "S1", **facts: Any) -> list[dict[str, Any]]:
    return [{"policy": reference, "version": label, **facts}]


def stands(*ids: int, on: date = TODAY, area: str | None = None) -> list[str]:
    versions = versions_whole(ids)
    found = standings(versions, on, area)
    return [found[one].status.value for one in ids]


@pytest.fixture
def context(app: Any) -> Any:
    with app.app_context():
        yield
        db.session.remove()


@pytest.mark.usefixtures("context")
def test_a_correction_that_applies_from_an_earlier_day_takes_the_place_of_what_it_corrects() -> None:
    first = load("1", effective_from=FIRST)
    second = load("2", effective_from=date(2025, 6, 1))
    corrected = load("2a", effective_from=date(2025, 1, 1), replaces=after("2"))
    assert stands(first, second, corrected) == ["superseded", "superseded", "in_force"]
    assert stands(first, second, corrected, on=date(2025, 3, 1)) == ["superseded", "superseded", "in_force"]
    assert stands(first, second, corrected, on=date(2024, 12, 31)) == ["in_force", "not_yet_in_force", "not_yet_in_force"]
    found = services.resolve("test-body", None, ["W85.2"], None, [], TODAY)
    assert (found.version, found.answer.value) == ("2a", "outside_by_position")
    third = load("3", effective_from=date(2025, 3, 1))
    # Dated between the two, it is earlier than what 2a took the place of.
    assert stands(first, second, corrected, third) == ["superseded", "superseded", "in_force", "superseded"]


@pytest.mark.usefixtures("context")
def test_a_place_that_was_handed_on_does_not_come_back_when_the_one_between_is_withdrawn() -> None:
    first = load("1", "P", effective_from=FIRST)
    between = load("1", "Q", effective_from=date(2025, 1, 1), replaces=after("1", "P"))
    last = load("1", "R", effective_from=date(2026, 1, 1), replaces=after("1", "Q"))
    withdrawn = load("2", "Q", effective_from=date(2025, 1, 1), withdrawn_on=date(2025, 2, 1), replaces=after("1", "Q"))
    assert stands(first, between, last, withdrawn) == ["superseded", "superseded", "in_force", "withdrawn"]
    with db.session.no_autoflush:
        version = versions_whole([between])[0]
        version._state, version.withdrawn_on = "withdrawn", date(2025, 7, 1)
        db.session.flush()
    assert stands(first, last, on=date(2025, 8, 1)) == ["in_force", "not_yet_in_force"]
    assert stands(first, last) == ["superseded", "in_force"]


@pytest.mark.usefixtures("context")
def test_a_last_day_at_the_end_of_the_calendar_breaks_nothing_and_no_record_brings_one() -> None:
    first = load("1", effective_from=FIRST)
    second = load("2", effective_from=date(2026, 1, 1), replaces=after("1"))
    row = db.session.get_one(Succession, (second, first))
    row.last_on = date.max
    db.session.flush()
    assert stands(first, second) == ["in_force", "in_force"]
    assert periods(versions_whole([first])) == {first: [(FIRST, None)]}
    for wrong in (
        {"replaces": after("1", last_on=date(9999, 12, 31))},
        {"effective_from": date(1, 1, 1)},
        {"effective_to": "2200"},
        {"withdrawn_on": date(1899, 12, 31)},
        {"areas": [{"name": "Luton", "effective_to": date(9999, 12, 31)}]},
        {"review": {"day": "2200-01"}},
    ):
        with pytest.raises(records.RecordError, match="between 1900 and 2199"):
            load("3", **wrong)
    with pytest.raises(records.RecordError, match="published_on: .*between 1900 and 2199"):
        services.load_record({"record": "guidance", "kind": "TA", "number": "1", "title": "x", "published_on": date.max}, by=BY)


@pytest.mark.usefixtures("context")
def test_an_area_has_a_version_once_it_has_ratified_it() -> None:
    later, earlier = date(2026, 12, 1), date(2023, 5, 1)
    areas = ["Bedford", {"name": "Luton", "ratified_on": later}, {"name": "Corby", "ratified_on": earlier}]
    by_ratification = load("1", "A", ratified_on=FIRST, areas=areas)
    by_effect = load("1", "B", ratified_on=FIRST, effective_from=date(2024, 4, 1), areas=areas)
    for version in (by_ratification, by_effect):
        assert stands(version, area="Luton") == ["not_yet_in_force"]
        assert stands(version, area="Luton", on=later) == ["in_force"]
        assert stands(version, area="Bedford") == ["in_force"]
    assert stands(by_ratification, area="Corby", on=earlier) == ["in_force"]
    assert stands(by_effect, area="Corby", on=FIRST) == ["not_yet_in_force"]
    assert (later, None) not in periods(versions_whole([by_effect]))[by_effect]


class TestCircles:
    @pytest.mark.usefixtures("context")
    def test_a_record_that_closes_a_circle_is_refused_and_one_that_stands_is_asked_about(self, make_person: Any) -> None:
        owner = make_person("first", "test-body")
        body = editing.kept_by(owner)[0]
        first = editing.draft_from(written(), owner=body, by=owner)
        second = editing.draft_from(written("1", "S2", replaces=after("1")), owner=body, by=owner)
        third = editing.draft_from(written("1", "S3", replaces=after("1", "S2")), owner=body, by=owner)
        record = records.read(written(replaces=after("1", "S3")))
        assert isinstance(record, records.PolicyRecord)
        version = versions_whole([first.id])[0]
        with pytest.raises(records.RecordError, match="cannot take each other's place"), db.session.begin_nested():
            rewrite_version(version, version.policy, record)
        # As it may have come about before this was looked at.
        db.session.add(Succession(version_id=first.id, predecessor_id=third.id))
        db.session.flush()
        assert "circle" in [one.code for one in lint_version(second.id)]
        refused = workflow.why_not(first, "propose", owner)
        assert any("each other's place" in one.text for one in refused)
        for one in (first, second, third):
            one._state = "published"
        db.session.flush()
        versions = versions_whole([first.id, second.id, third.id])
        assert set(standings(versions, TODAY)) == {first.id, second.id, third.id}
        assert all(periods(versions)[one.id] is not None for one in versions)


class TestWithdrawal:
    @pytest.mark.usefixtures("context")
    def test_it_is_said_which_versions_a_withdrawal_brings_back(self) -> None:
        first = load("1", effective_from=FIRST)
        other = load("1", "T1", effective_from=FIRST)
        second = load("2", effective_from=date(2026, 1, 1), replaces=[*after("1"), *after("1", "T1")])
        assert [one.id for one in back_after_withdrawal(versions_whole([second])[0])] == [first, other]
        assert back_after_withdrawal(versions_whole([first])[0]) == []


# --- random successions -----------------------------------------------------------------------------------------------


@st.composite
def successions(draw: Any) -> list[dict[str, Any]]:
    """Versions of three policies on days in any order, each in place of some that were recorded before it."""
    found: list[dict[str, Any]] = []
    for number in range(draw(st.integers(2, 8))):
        replaced = draw(st.lists(st.sampled_from(found), max_size=2, unique_by=lambda one: one["id"])) if found else []
        found.append({
            "id": number,
            "policy": draw(st.sampled_from("ABC")),
            "begins": draw(st.integers(0, 9)),
            "replaces": [one["id"] for one in replaced],
            "last": draw(st.one_of(st.none(), st.integers(0, 9))),
            "withdrawn": draw(st.one_of(st.none(), st.none(), st.integers(0, 9))),
        })  # fmt: skip
    return found


def on(day: int) -> date:
    return FIRST + timedelta(days=day)


def loaded(given_: list[dict[str, Any]]) -> dict[int, int]:
    ids: dict[int, int] = {}
    for one in given_:
        named = [
            {"policy": given_[id]["policy"], "version": str(id), "last_on": None if one["last"] is None else on(one["last"])}
            for id in one["replaces"]
        ]
        gone = None if one["withdrawn"] is None else on(one["withdrawn"])
        ids[one["id"]] = load(str(one["id"]), one["policy"], effective_from=on(one["begins"]), replaces=named, withdrawn_on=gone)
    return ids


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_=successions())
def test_whatever_takes_the_place_of_what_each_line_ends_in_a_version_that_holds(app: Any, given_: list[dict[str, Any]]) -> None:
    with app.app_context():
        ids = loaded(given_)
        versions = versions_whole(sorted(ids.values()))
        assert len(versions) == len(given_)
        for day in range(11):
            stand = standings(versions, on(day))
            for version in versions:
                met, here = [version.id], stand[version.id]
                while here.status is Status.SUPERSEDED:
                    assert here.replaced_by is not None and here.replaced_by not in met
                    met.append(here.replaced_by)
                    here = stand[here.replaced_by]
                # Only where its predecessor's last day was named before its own first one has nothing begun yet.
                assert here.binds or len(met) == 1 or here.status is Status.NOT_YET_IN_FORCE
            for policy in "ABC":
                own = [one for one in given_ if one["policy"] == policy and stand[ids[one["id"]]].status is not Status.WITHDRAWN]
                begun = [one for one in own if one["begins"] <= day]
                taken = {id for one in given_ for id in one["replaces"]}
                if begun and not any(one["id"] in taken for one in own):
                    assert any(stand[ids[one["id"]]].binds for one in own)
        for version in versions:
            for since, until in periods(versions)[version.id]:
                assert since is None or until is None or since <= until
        db.session.rollback()


@pytest.mark.usefixtures("context")
def test_the_pages_read_a_long_line_of_versions() -> None:
    ids = [load("0", effective_from=FIRST)]
    ids += [load(str(n), effective_from=on(n), replaces=after(str(n - 1))) for n in range(1, 12)]
    assert stands(*ids) == ["superseded"] * 11 + ["in_force"]
    page = read_version(ids[-1], user=BY)
    assert [one.binds for one in page.timeline.marks] == [False] * 11 + [True]
    assert isinstance(page.version, PolicyVersion)
