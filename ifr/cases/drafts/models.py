"""What the provider's side keeps of a request beside its answers."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model


class ProviderApproval(Model):
    """The approval of a request by the provider that makes it: who gave it, and who put it on record."""

    __tablename__ = "provider_approvals"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)
    name: Mapped[str]
    title: Mapped[str]
    given_on: Mapped[date]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
