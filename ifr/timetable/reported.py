"""Urgent decisions that a chair took between two meetings: each is received by the next one, whatever became of a meeting."""

from sqlalchemy import String, cast, literal, or_, select

from ifr.access import Role
from ifr.cases.models import Case
from ifr.db import db, lock
from ifr.decisions.models import CHAIRS_ACTION, DecisionRecord
from ifr.panels import agenda as panels
from ifr.panels.models import RECEIVE, AgendaItem, Meeting
from ifr.panels.services import is_ahead, next_meeting, serves
from ifr.telling import services as telling
from ifr.telling.models import Notice
from ifr.timetable.whom import whom
from ifr.workflow import CLOCK

_NO_MEETING = "no-meeting:"


def due(limit: int) -> list[int]:
    """The requests with an urgent decision that stands on no agenda from which it can be received."""
    return sorted({*_without_a_place(limit), *_without_an_item(limit)})[:limit]


def _without_a_place(limit: int) -> list[int]:
    """Those whose item waits for a meeting that there is now, or stands on one that was closed or passed by unopened; and
    those that wait for a meeting that nobody has planned, until its secretary has been told."""
    ahead = select(Meeting.id).where(serves(Case.commissioner_id), is_ahead()).correlate(Case)
    gone = select(Meeting.id).where(~is_ahead())
    told = select(Notice.id).where(Notice.key == literal(_NO_MEETING).concat(cast(AgendaItem.id, String)))
    query = (
        select(AgendaItem.case_id)
        .join(Case, Case.id == AgendaItem.case_id)
        .where(
            AgendaItem.kind == RECEIVE,
            AgendaItem.ended_at.is_(None),
            or_(AgendaItem.meeting_id.is_(None), AgendaItem.meeting_id.in_(gone)),
            or_(ahead.exists(), ~told.exists()),
        )
    )
    return list(db.session.scalars(query.order_by(AgendaItem.id).limit(limit)))


def _without_an_item(limit: int, case_id: int | None = None) -> list[int]:
    """Those that nobody put on any agenda since they were confirmed."""
    there = select(AgendaItem.id).where(
        AgendaItem.case_id == DecisionRecord.case_id,
        AgendaItem.kind == RECEIVE,
        or_(AgendaItem.ended_at.is_(None), AgendaItem.ended_at >= DecisionRecord.confirmed_at),
    )
    query = select(DecisionRecord.case_id).where(
        DecisionRecord.kind == CHAIRS_ACTION, DecisionRecord.confirmed_at.is_not(None), ~there.exists()
    )
    if case_id is not None:
        query = query.where(DecisionRecord.case_id == case_id)
    return list(db.session.scalars(query.order_by(DecisionRecord.id).limit(limit)))


def stream_of(case_id: int) -> str:
    return f"case:{case_id}"


def act(case_id: int) -> None:
    """Put an urgent decision on the agenda of the next meeting; where there is none it waits for one."""
    following = next_meeting(db.session.get_one(Case, case_id).commissioner_id)
    if following is not None:
        # The meeting before the request, as everybody takes them who acts at a meeting.
        lock(Meeting, following.id)
    case = lock(Case, case_id)
    item = _waiting(case)
    if item is None:
        if not _without_an_item(1, case_id):
            return
        item = panels.to_receive(case, by=CLOCK)
    elif following is not None and not _has_a_place(item):
        item = panels.bring_to(following, item, by=CLOCK)
    if following is None:
        key, words = f"{_NO_MEETING}{item.id}", "An urgent decision waits to be received by a meeting, and none is planned."
    else:
        key, words = f"receive:{item.id}", "An urgent decision was put on the agenda of the next meeting, which receives it."
    for user in whom(case, [Role.PANEL_SECRETARY]):
        telling.tell(user.id, key=key, words=words, case=case)


def _waiting(case: Case) -> AgendaItem | None:
    query = select(AgendaItem).where(
        AgendaItem.case_id == case.id, AgendaItem.kind == RECEIVE, AgendaItem.ended_at.is_(None)
    )
    return db.session.scalars(query.order_by(AgendaItem.id).with_for_update().execution_options(populate_existing=True)).first()


def _has_a_place(item: AgendaItem) -> bool:
    query = select(Meeting.id).where(Meeting.id == item.meeting_id, is_ahead())
    return db.session.scalar(query) is not None
