"""The post as it stands in the demonstration: two print runs, a letter that came back, and letters that wait."""

from sqlalchemy import func, select

from ifr import clock
from ifr.cases.post import services
from ifr.cases.post.models import Posting
from ifr.db import db
from ifr.demo import accounts

LEFT_WAITING = 8


def load() -> None:
    carol, maya = accounts.user("carol_office"), accounts.user("maya_manages")
    waiting = db.session.scalar(select(func.count()).select_from(services.ours(carol).subquery())) or 0
    for run in services.print_what_waits(carol, most=max(4, waiting - LEFT_WAITING)):
        services.mark_posted(run.id, on=clock.today(), by=carol)
        letter = db.session.scalars(select(Posting).where(Posting.run_id == run.id).order_by(Posting.id)).first()
        assert letter is not None
        services.came_back(letter.id, because="gone", on=clock.today(), by=carol)
        services.check_address(letter.id, what_was_done="Asked the practice for the present address.", by=maya)
    services.print_what_waits(maya, most=2)
