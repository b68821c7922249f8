"""Case 16 has company: three requests that ask the same within a year, so that the fourth raises the question of a group."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from ifr.demo import stories, walk
from ifr.demo.stories import another

Day = Callable[..., AbstractContextManager[Any]]

_OTHERS = (
    (150, "Nadia Crewe", "11 6 1979", "Skin that tightens over both hands"),
    (120, "Peter Aldous", "23 1 1968", "Mouth sores that keep her from eating"),
    (75, "Grace Okafor", "5 10 1991", "Fibrosis of the skin after two earlier lines of treatment"),
)


def like_requests(day: Day) -> None:
    """Each is received and complete; what becomes of it does not depend on the others."""
    for ago, name, born_on, point in _OTHERS:
        said = (point, "clinical", "Not known", "", "group")
        story = another(stories.PHOTOPHERESIS, name=name, born_on=born_on, points=(said,))
        with day(ago):
            case = walk.in_check(walk.received(story))
        with day(ago - 3):
            walk.in_screening(case, no_policy=True)
