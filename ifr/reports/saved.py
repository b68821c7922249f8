"""Views of the worklist that somebody keeps under a name."""

from sqlalchemy import select

from ifr.db import db
from ifr.people.models import User
from ifr.reports.models import SavedView
from ifr.workflow import Invalid

MOST_KEPT = 20
LONGEST_NAME = 60


def saved_views(user: User) -> list[SavedView]:
    return list(db.session.scalars(select(SavedView).where(SavedView.user_id == user.id).order_by(SavedView.name)))


def keep_view(user: User, name: str, filters: dict[str, str]) -> SavedView:
    """Keep filters under a name; a view of the same name is replaced. Raises Invalid for a name or a number that cannot be."""
    name = " ".join(name.split())
    if not name:
        raise Invalid({"name": "Enter a name for this view."})
    if len(name) > LONGEST_NAME:
        raise Invalid({"name": f"Shorten the name to {LONGEST_NAME} characters."})
    kept = {one.name: one for one in saved_views(user)}
    if name not in kept and len(kept) >= MOST_KEPT:
        raise Invalid({"name": f"You keep {MOST_KEPT} views already. Remove one first."})
    view = kept.get(name) or SavedView(user_id=user.id, name=name)
    view.filters = filters
    db.session.add(view)
    db.session.flush()
    return view


def forget_view(user: User, view_id: int) -> None:
    """Remove a view of one's own. One that is gone already, or is somebody else's, is left as it is."""
    view = db.session.scalar(select(SavedView).where(SavedView.id == view_id, SavedView.user_id == user.id))
    if view is not None:
        db.session.delete(view)
        db.session.flush()
