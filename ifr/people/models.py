"""The tables of people, of organisations, of who is what where, and of who has signed in."""

from datetime import date, datetime

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from ifr import clock
from ifr.access import Role
from ifr.db import Model

COMMISSIONER, PROVIDER = "commissioner", "provider"

# What somebody is by training. A panel counts its clinicians, its doctors and its lay members by it.
PROFESSIONS = {
    "doctor": "Doctor",
    "nurse": "Nurse",
    "public_health": "Public health specialist",
    "pharmacist": "Pharmacist",
    "manager": "Manager",
    "lay": "Lay member",
}


class Organisation(Model):
    """A commissioner, which funds, or a provider, which treats."""

    __tablename__ = "organisations"
    __table_args__ = (CheckConstraint("kind IN ('commissioner', 'provider')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    ods_code: Mapped[str] = mapped_column(default="")
    # Some published policies print no code of the body that made them; one of ours must not be taken for a real one.
    ods_is_demonstration: Mapped[bool] = mapped_column(default=False)


class User(UserMixin, Model):
    """Somebody with an account. Patients have none."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    job_title: Mapped[str] = mapped_column(default="")
    specialty: Mapped[str] = mapped_column(default="")
    profession: Mapped[str | None]
    registration_body: Mapped[str] = mapped_column(default="")
    registration_number: Mapped[str] = mapped_column(default="")
    telephone: Mapped[str] = mapped_column(default="")
    active_until_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]

    memberships: Mapped[list["Membership"]] = relationship(back_populates="user", lazy="raise")

    @validates("email")
    def _lower(self, key: str, address: str) -> str:
        return address.strip().lower()

    @validates("profession")
    def _known(self, key: str, profession: str | None) -> str | None:
        if profession is not None and profession not in PROFESSIONS:
            raise ValueError(f"{profession!r} is no profession; it is one of {', '.join(PROFESSIONS)}.")
        return profession

    @property
    def is_active(self) -> bool:
        return self.closed_at is None and (self.active_until_on is None or clock.today() <= self.active_until_on)

    @property
    def actor(self) -> str:
        """Who this is in the audit."""
        return f"user:{self.id}"

    @property
    def memberships_in_force(self) -> list["Membership"]:
        return [held for held in self.memberships if held.in_force]

    @property
    def roles(self) -> set[Role]:
        """The roles held today, in any organisation."""
        return {held.role for held in self.memberships_in_force}

    def roles_in(self, organisation_id: int | None) -> set[Role]:
        """The roles held today in one organisation."""
        return {held.role for held in self.memberships_in_force if held.organisation_id == organisation_id}

    def organisations(self, kind: str | None = None) -> list[Organisation]:
        """The organisations in which this person holds a role today, by name."""
        found = {held.organisation for held in self.memberships_in_force if kind in (None, held.organisation.kind)}
        return sorted(found, key=lambda organisation: organisation.name)


class Membership(Model):
    """A role that somebody holds in an organisation, from a day until the end of another."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("user_id", "organisation_id", "role", "from_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    # Kept as a word without a list in the database, so that a new role needs no migration.
    role: Mapped[Role] = mapped_column(
        Enum(Role, native_enum=False, length=40, values_callable=lambda roles: [role.value for role in roles])
    )
    from_on: Mapped[date]
    until_on: Mapped[date | None]

    user: Mapped[User] = relationship(back_populates="memberships", lazy="raise")
    organisation: Mapped[Organisation] = relationship(lazy="raise")

    @property
    def in_force(self) -> bool:
        today = clock.today()
        return self.from_on <= today and (self.until_on is None or today <= self.until_on)


class SignIn(Model):
    """One sign-in. The browser holds the token; here is only its digest, so that nobody can sign in from a copy of the
    database."""

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]


class FailedSignIn(Model):
    """A sign-in that failed, kept for as long as it is counted. It holds a digest and no address, since people type
    their password into the wrong box."""

    __tablename__ = "failed_sign_ins"
    __table_args__ = (Index("ix_failed_sign_ins_digest_at", "digest", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str]
    at: Mapped[datetime]
