"""The quorum of each item before the papers go out, and who could mend it. Worked out anew at each reading, kept nowhere."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from ifr.access import Role
from ifr.cases.models import CONFLICTED, Case
from ifr.db import db
from ifr.panels import quorum
from ifr.panels.members.services import not_voting, rows_of
from ifr.panels.models import DECIDE, MEMBER, AgendaItem, Meeting, Seat
from ifr.panels.quorum import Sitter
from ifr.panels.sitting import Panel, Registers, Standing, forecast_for, standings
from ifr.people.models import User
from ifr.people.services import users_with


@dataclass(frozen=True)
class Forecast:
    """The panel that is expected for an item, and who could mend a quorum that is not: one person each, or two together."""

    panel: Panel
    mending: list[tuple[int, ...]]

    @property
    def reached(self) -> bool:
        return self.panel.quorate.reached


@dataclass(frozen=True)
class Asked:
    """What a forecast asks of the database, read once for any number of items."""

    standings: dict[int, Standing]
    registers: Registers
    professions: dict[int, str | None]


def asked_for(cases: Iterable[Case]) -> Asked:
    """What the forecasts of some cases ask: three questions to the database for one and for many."""
    found = list(cases)
    registers = rows_of(case.commissioner_id for case in found)
    ids = {row.user_id for rows in registers.values() for row in rows}
    rows = db.session.execute(select(User.id, User.profession).where(User.id.in_(ids)))
    return Asked(standings([case.id for case in found]), registers, {row.id: row.profession for row in rows})


def forecast(item: AgendaItem, case: Case, meeting: Meeting, seats: Sequence[Seat], asked: Asked) -> Forecast:
    """Who is expected for an item, and who else of the standing panel would mend its quorum.

    Before the meeting everybody counts who sent no apologies, at the meeting those who are there; whoever has not said
    anything yet counts as having no interest.
    """
    panel = forecast_for(
        item, case, seats, meeting_open=meeting.is_open, standing=asked.standings[case.id], registers=asked.registers
    )
    if panel.quorate.reached:
        return Forecast(panel, [])
    others = _others(case, meeting, panel, seats, asked)
    return Forecast(panel, quorum.mending(panel.sitters, others, case.profile.panel))


def _others(case: Case, meeting: Meeting, panel: Panel, seats: Sequence[Seat], asked: Asked) -> list[Sitter]:
    """Those of the standing panel who are not there and have not said that they cannot come, deputies of the absent first.

    An office that keeps no register has those who hold a role on its panel.
    """
    out = {one.user_id for one in panel.present} | {one.user_id for one in seats if not one.is_expected}
    rows = [row for row in asked.registers.get(case.commissioner_id, []) if row.stands_on(meeting.held_on)]
    silent, standing = not_voting(rows, meeting.held_on, case.profile), asked.standings[case.id]
    away = {one.user_id for one in panel.sitters if not one.present}
    rows.sort(key=lambda row: (row.deputy_of_id not in away, row.id))
    people = {row.user_id: asked.professions.get(row.user_id) for row in rows} or _with_a_role(case.commissioner_id)
    return [
        Sitter(
            user_id=user_id,
            capacity=MEMBER,
            profession=profession,
            voting=True,
            present=True,
            conflicted=standing.interests.get(user_id) == CONFLICTED,
            screened=user_id in standing.screened,
            barred=user_id in standing.barred,
            no_vote=silent.get(user_id),
        )
        for user_id, profession in people.items()
        if user_id not in out
    ]


def _with_a_role(commissioner_id: int) -> dict[int, str | None]:
    roles = (Role.PANEL_CHAIR, Role.PANEL_MEMBER)
    return {user.id: user.profession for role in roles for user in users_with(role, commissioner_id)}


def without_quorum(
    meetings: Iterable[Meeting], seats: dict[int, list[Seat]], items: dict[int, list[AgendaItem]], cases: dict[int, Case]
) -> dict[int, tuple[int, int]]:
    """For each meeting of how many items to be decided it has no quorum yet, and of how many in all.

    An item that whoever asks may not see is not counted.
    """
    asked = asked_for(cases.values())
    found = {}
    for meeting in meetings:
        waiting = [
            one for one in items.get(meeting.id, [])
            if one.kind == DECIDE and one.ended_at is None and one.taken_at is None and one.case_id in cases
        ]
        short = [
            one for one in waiting
            if not forecast_for(
                one, cases[one.case_id], seats.get(meeting.id, []), meeting_open=meeting.is_open,
                standing=asked.standings[one.case_id], registers=asked.registers,
            ).quorate.reached
        ]
        found[meeting.id] = (len(short), len(waiting))
    return found
