"""What somebody keeps of the lists: views of the worklist under a name of one's own."""

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model


class SavedView(Model):
    """A worklist narrowed in a way that somebody comes back to. It holds filters and no request."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    filters: Mapped[dict[str, str]] = mapped_column(JSON)
