"""What people are told, once each."""

from sqlalchemy import select

from ifr import clock
from ifr.cases.models import Case
from ifr.db import db
from ifr.telling.models import Notice


def tell(
    user_id: int, *, key: str, words: str, case: Case | None = None, to: str = "cases.page", urgent: bool = False
) -> Notice:
    """Tell somebody that something waits. The same key is told once, so a job that runs again tells nobody twice.

    `words` are a sentence of ours: no free text of the request, no name and nothing of the patient, since a mail or a
    calendar may repeat them. Whether the person may still see the case is asked when it is read, not here.
    """
    held = db.session.scalars(select(Notice).where(Notice.user_id == user_id, Notice.key == key)).first()
    if held is not None:
        return held
    row = Notice(
        user_id=user_id, key=key, case_id=case.id if case else None, words=words, to=to, urgent=urgent, at=clock.now()
    )
    db.session.add(row)
    db.session.flush()
    return row
