"""The quorum is worked out for each item, by whoever can decide that item."""

from dataclasses import replace
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from ifr.panels import quorum
from ifr.panels.ordering import least_leaving, times_somebody_leaves
from ifr.panels.quorum import Count, Sitter
from ifr.profiles import Panel, Quorum

RULE = Quorum(voting=3, clinicians=2, doctors=1, lay=1, source="example")
PROFILE = Panel(name="Panel", review_name="Review panel", quorum=RULE, review_quorum=RULE)
PROFESSIONS = ("doctor", "nurse", "pharmacist", "public_health", "manager", "lay", None)

sitters = st.lists(
    st.builds(
        Sitter,
        user_id=st.integers(1, 10_000),
        capacity=st.sampled_from(("chair", "member", "guest", "adviser")),
        profession=st.sampled_from(PROFESSIONS),
        voting=st.booleans(),
        present=st.booleans(),
        conflicted=st.booleans(),
        declared=st.booleans(),
        screened=st.booleans(),
        barred=st.booleans(),
    ),
    max_size=9,
    unique_by=lambda sitter: sitter.user_id,
)


def sitter(user_id: int, profession: str | None, **facts: bool) -> Sitter:
    given_facts = {"voting": True, "present": True, **facts}
    return Sitter(user_id=user_id, capacity="member", profession=profession, **given_facts)


PANEL = [sitter(1, "doctor"), sitter(2, "doctor"), sitter(3, "nurse"), sitter(4, "lay")]


def test_a_panel_of_doctor_nurse_and_lay_member_is_quorate() -> None:
    assert quorum.work_out([PANEL[0], *PANEL[2:]], RULE, screener_may_vote=False).reached


def test_a_panel_stays_quorate_without_one_who_has_a_conflict() -> None:
    without = [replace(PANEL[0], conflicted=True), *PANEL[1:]]
    worked_out = quorum.work_out(without, RULE, screener_may_vote=False)
    assert worked_out.reached
    assert worked_out.counted == (2, 3, 4)
    assert worked_out.left_out == {1: "has a conflict of interest"}


def test_the_sentence_says_what_is_needed_and_what_is_there() -> None:
    without = [replace(PANEL[3], conflicted=True), *PANEL[:3]]
    worked_out = quorum.work_out(without, RULE, screener_may_vote=False)
    assert worked_out.short_of == ("lay",)
    assert worked_out.words == (
        "Needed: 3 voting members, 2 clinicians, 1 doctor, 1 lay member. "
        "There: 3 voting members, 3 clinicians, 2 doctors, 0 lay members."
    )


def test_whoever_screened_counts_only_where_the_profile_lets_him_vote() -> None:
    panel = [replace(PANEL[0], screened=True), *PANEL[2:]]
    assert not quorum.work_out(panel, RULE, screener_may_vote=False).reached
    assert quorum.work_out(panel, RULE, screener_may_vote=True).reached


@given(sitters, st.booleans())
def test_nobody_counts_who_is_absent_conflicted_undeclared_barred_or_without_a_vote(panel: list[Sitter], screener: bool) -> None:
    worked_out = quorum.work_out(panel, RULE, screener_may_vote=screener)
    by_id = {one.user_id: one for one in panel}
    for user_id in worked_out.counted:
        one = by_id[user_id]
        assert one.present and one.voting and one.declared and not one.conflicted and not one.barred
        assert screener or not one.screened
    assert set(worked_out.counted) | set(worked_out.left_out) == set(by_id)
    assert not set(worked_out.counted) & set(worked_out.left_out)


@given(sitters, st.booleans())
def test_a_conflict_never_helps_a_quorum(panel: list[Sitter], screener: bool) -> None:
    before = quorum.work_out(panel, RULE, screener_may_vote=screener)
    for one in panel:
        others = [replace(s, conflicted=True) if s.user_id == one.user_id else s for s in panel]
        after = quorum.work_out(others, RULE, screener_may_vote=screener)
        assert all(getattr(after.had, kind) <= getattr(before.had, kind) for kind in quorum.KINDS)
        assert before.reached or not after.reached


@given(sitters)
def test_the_quorum_is_reached_exactly_when_every_number_is(panel: list[Sitter]) -> None:
    worked_out = quorum.work_out(panel, RULE, screener_may_vote=False)
    enough = [getattr(worked_out.had, kind) >= getattr(worked_out.needed, kind) for kind in quorum.KINDS]
    assert worked_out.reached == all(enough)
    assert worked_out.as_facts()["quorate"] == worked_out.reached


@given(sitters)
def test_no_kind_of_member_outnumbers_those_who_vote(panel: list[Sitter]) -> None:
    had = quorum.work_out(panel, RULE, screener_may_vote=True).had
    assert max(had.clinicians + had.lay, had.doctors) <= had.voting
    assert had.doctors <= had.clinicians


def test_an_empty_room_is_said_in_words() -> None:
    assert quorum.in_words(Count(), Count(1, 1, 0, 1)) == "0 voting members, 0 clinicians, 0 lay members"


@given(sitters, st.lists(st.builds(
    Sitter, user_id=st.integers(20_000, 20_009), capacity=st.just("member"), profession=st.sampled_from(PROFESSIONS),
    voting=st.just(True), present=st.just(True), conflicted=st.booleans(), barred=st.booleans(),
    no_vote=st.sampled_from((None, "training lapsed")),
), max_size=5, unique_by=lambda one: one.user_id))  # fmt: skip
def test_whoever_is_said_to_mend_a_quorum_mends_it_and_nobody_is_forgotten(there: list[Sitter], others: list[Sitter]) -> None:
    by_id = {one.user_id: one for one in others}
    found = quorum.mending(there, others, PROFILE)
    if quorum.for_panel(there, PROFILE).reached:
        assert not found
    for some in found:
        assert quorum.for_panel([*there, *(by_id[one] for one in some)], PROFILE).reached
        assert len(some) == 1 or not any(quorum.for_panel([*there, by_id[one]], PROFILE).reached for one in some)
    if not found and not quorum.for_panel(there, PROFILE).reached:
        assert not any(quorum.for_panel([*there, one], PROFILE).reached for one in others)


@given(st.lists(st.frozensets(st.integers(1, 4), max_size=2), max_size=6))
def test_the_best_order_keeps_every_item_and_no_other_order_has_fewer_departures(who: list[frozenset[int]]) -> None:
    order = least_leaving(list(enumerate(who)))
    best = times_somebody_leaves([who[one] for one in order])
    assert sorted(order) == list(range(len(who)))
    assert best == min(times_somebody_leaves(one) for one in permutations(who))
