"""How often somebody ended on the page before the form and went elsewhere: counts, with nobody's name behind them."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from ifr import clock
from ifr.cases.services import OFFICE
from ifr.cases.starting import services as starting
from ifr.cases.starting.models import StartEnded
from ifr.db import db
from ifr.people.models import Organisation, User

# A count below this is not shown as a number: in a small organisation it could lead to one person.
FEWEST = 5
A_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Ended:
    """One commissioner's counts of the last twelve months: for each tick and for each provider, most frequent first."""

    commissioner: str
    total: str
    by_tick: list[tuple[str, str]]
    by_provider: list[tuple[str, str]]


def starts_ended(user: User) -> list[Ended]:
    """The counts of every office in which this person works."""
    offices = {held.organisation_id for held in user.memberships_in_force if held.role in OFFICE}
    rows = db.session.scalars(
        select(StartEnded).where(
            StartEnded.commissioner_id.in_(offices), StartEnded.ended_on > clock.today() - A_YEAR
        )
    ).all()
    names = {one.id: one.name for one in db.session.scalars(select(Organisation))}
    return [
        _of_one(names[office], [row for row in rows if row.commissioner_id == office], names)
        for office in sorted(offices, key=lambda office: names[office])
    ]


def _of_one(commissioner: str, rows: list[StartEnded], names: dict[int, str]) -> Ended:
    labels = {tick.key: tick.label for tick in starting.gate()}
    ticks = Counter(labels.get(key, key) for row in rows for key in row.ticks)
    ticks["Nothing ticked"] += sum(not row.ticks for row in rows)
    providers = _small_ones_together(Counter(names[row.provider_id] for row in rows))
    return Ended(commissioner, _shown(len(rows)), _listed(ticks), _listed(providers))


def _small_ones_together(counts: Counter[str]) -> Counter[str]:
    """Providers with few go under one heading. Where they are still few together, the next one joins them: else the total
    would give the number away."""
    shown = Counter({name: number for name, number in counts.items() if number >= FEWEST})
    together = sum(counts.values()) - sum(shown.values())
    while 0 < together < FEWEST and shown:
        name, number = min(shown.items(), key=lambda pair: pair[1])
        together += number
        del shown[name]
    if together:
        shown["Other providers together"] = together
    return shown


def _listed(counts: Counter[str]) -> list[tuple[str, str]]:
    return [(name, _shown(number)) for name, number in counts.most_common() if number]


def _shown(number: int) -> str:
    return str(number) if number == 0 or number >= FEWEST else f"fewer than {FEWEST}"
