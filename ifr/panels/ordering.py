"""The order of an agenda in which members with a conflict leave least often. Pure arithmetic: no database here."""

from collections.abc import Hashable, Sequence
from functools import cache
from typing import TypeVar

Leaves = frozenset[int]
T = TypeVar("T", bound=Hashable)

# Up to so many different groups of people who leave, the best order is found by trying all; beyond, step by step.
MOST_TRIED = 9


def times_somebody_leaves(who_leaves: Sequence[Leaves]) -> int:
    """How often somebody gets up: each person once for each run of items in a row for which he or she is out."""
    there: Leaves = frozenset()
    times = 0
    for out in who_leaves:
        times += len(out - there)
        there = out
    return times


def least_leaving(items: Sequence[tuple[T, Leaves]]) -> list[T]:
    """The items in an order in which people leave least often; those for which the same people leave stay as they stood.

    Items for which the same people leave stand next to each other in some best order, so only the groups are ordered. Where
    the order as it stands is as good, it is kept.
    """
    groups: dict[Leaves, list[T]] = {}
    for name, out in items:
        groups.setdefault(out, []).append(name)
    kinds = list(groups)
    order = _tried(kinds) if len(kinds) <= MOST_TRIED else _step_by_step(kinds)
    found = [name for kind in order for name in groups[kind]]
    as_is, who = [name for name, _ in items], dict(items)
    better = times_somebody_leaves([who[one] for one in found]) < times_somebody_leaves([who[one] for one in as_is])
    return found if better else as_is


def _tried(kinds: list[Leaves]) -> list[Leaves]:
    @cache
    def best(last: int, left: frozenset[int]) -> tuple[int, tuple[int, ...]]:
        """The fewest further departures after the group `last`, and the order of the groups that are left."""
        if not left:
            return 0, ()
        before = kinds[last] if last >= 0 else frozenset()
        return min(
            (len(kinds[one] - before) + more, (one, *rest))
            for one in left
            for more, rest in [best(one, left - {one})]
        )

    return [kinds[one] for one in best(-1, frozenset(range(len(kinds))))[1]]


def _step_by_step(kinds: list[Leaves]) -> list[Leaves]:
    left, order = list(kinds), []
    there: Leaves = frozenset()
    while left:
        following = min(left, key=lambda one: (len(one - there), len(there - one)))
        left.remove(following)
        order.append(following)
        there = following
    return order
