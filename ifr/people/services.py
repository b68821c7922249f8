"""What is done with people: made known, given a role, signed in and out."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from flask import current_app
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import selectinload

from ifr import audit, clock
from ifr.access import Role
from ifr.db import db, note
from ifr.people.models import FailedSignIn, Membership, Organisation, SignIn, User

STREAM = "people"

# Long enough to telephone about a case; short enough for a computer on a ward that somebody has walked away from.
IDLE_LIMIT = timedelta(minutes=30)
# The longest shift: whoever comes next signs in as himself or herself.
LONGEST_SIGN_IN = timedelta(hours=12)
# To write down every page would make every reader a writer; a minute more or less of idleness harms nobody.
SEEN_AGAIN_AFTER = timedelta(minutes=1)
# Somebody who has forgotten which password it was tries a handful; a machine that guesses tries thousands.
FAILURES_ALLOWED = 10
FAILURES_COUNTED_FOR = timedelta(minutes=15)

_WITH_MEMBERSHIPS = selectinload(User.memberships).joinedload(Membership.organisation)


@dataclass(frozen=True)
class JobActor:
    """An actor that is not a person: the worker, or a command typed by whoever runs the machine."""

    actor: str
    name: str
    id: None = None
    roles: frozenset[Role] = field(default=frozenset({Role.SCHEDULER}))

    def roles_in(self, organisation_id: int | None) -> frozenset[Role]:
        return self.roles


Actor = User | JobActor

JOB = JobActor("job:worker", "The service")


def command(name: str) -> JobActor:
    """The actor of a command of the command line."""
    return JobActor(f"command:{name}", f"The command {name}")


class TooManySignInsError(Exception):
    """So many sign-ins with this e-mail address have failed that it is not tried for a while."""


class EmailTakenError(Exception):
    """Somebody has an account with this e-mail address already."""


# Making known


def ensure_organisation(
    *, slug: str, kind: str, name: str, ods_code: str = "", ods_is_demonstration: bool = False, by: str | Actor
) -> Organisation:
    """The organisation of this slug, made when there is none. One that exists is left as it is."""
    found = organisation_named(slug)
    if found:
        return found
    organisation = Organisation(
        slug=slug, kind=kind, name=name, ods_code=ods_code, ods_is_demonstration=ods_is_demonstration
    )
    db.session.add(organisation)
    db.session.flush()
    audit.record(STREAM, "add_organisation", by=_actor(by), organisation=organisation.id, slug=slug, kind=kind)
    return organisation


def add_user(
    *,
    name: str,
    email: str,
    password: str,
    job_title: str = "",
    profession: str | None = None,
    registration_body: str = "",
    registration_number: str = "",
    telephone: str = "",
    active_until_on: date | None = None,
    by: str | Actor,
) -> User:
    """Open an account, which can do nothing until it has a role somewhere.

    Raises EmailTakenError when the address has an account.
    """
    user = User(
        name=name,
        email=email,
        password_hash=_hasher().hash(password),
        job_title=job_title,
        profession=profession,
        registration_body=registration_body,
        registration_number=registration_number,
        telephone=telephone,
        active_until_on=active_until_on,
        memberships=[],
    )
    if db.session.scalar(select(User.id).where(User.email == user.email)):
        raise EmailTakenError("There is an account with this email address already.")
    db.session.add(user)
    db.session.flush()
    audit.record(STREAM, "add_user", by=_actor(by), user=user.id)
    return user


def add_membership(
    *,
    user: User,
    organisation: Organisation,
    role: Role,
    from_on: date | None = None,
    until_on: date | None = None,
    by: str | Actor,
) -> Membership:
    """Give somebody a role in an organisation, from today unless another day is named."""
    held = Membership(
        user=user, organisation=organisation, role=Role(role), from_on=from_on or clock.today(), until_on=until_on
    )
    db.session.add(held)
    db.session.flush()
    audit.record(
        STREAM, "add_membership", by=_actor(by), user=user.id, organisation=organisation.id, role=held.role.value,
        from_on=held.from_on, until_on=held.until_on,
    )
    return held


def keep_details(user: User, details: Mapping[str, str]) -> None:
    """Keep what somebody says of himself or herself: job title, telephone, specialty, registration. Who has a role where is
    the administrator's."""
    for name in sorted(details.keys() & {"job_title", "telephone", "specialty", "registration_number"}):
        setattr(user, name, details[name])
    db.session.flush()
    audit.record(STREAM, "keep_details", by=user.actor, user=user.id, fields=sorted(details))


def _actor(by: str | Actor) -> str:
    return by if isinstance(by, str) else by.actor


# Finding


def person(user_id: int) -> User:
    """Somebody, with memberships. Raises LookupError when there is no such person."""
    user: User | None = db.session.scalar(select(User).where(User.id == user_id).options(_WITH_MEMBERSHIPS))
    if user is None:
        raise LookupError(f"no person {user_id}")
    return user


def people_named(ids: Iterable[int | None]) -> dict[int, str]:
    """The names of several people at once, for lists."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    return {row.id: row.name for row in db.session.execute(select(User.id, User.name).where(User.id.in_(wanted)))}


def clinician_of_address(email: str) -> User | None:
    """The clinician whose open account has this address."""
    today = clock.today()
    open_account = (User.closed_at.is_(None), or_(User.active_until_on.is_(None), User.active_until_on >= today))
    query = select(User).where(User.email == email.strip().casefold(), *open_account)
    found = db.session.scalars(query.options(_WITH_MEMBERSHIPS)).first()
    return found if found is not None and Role.CLINICIAN in found.roles else None


def users_with(role: Role, organisation_id: int) -> list[User]:
    """Who holds a role in an organisation today and has an open account, by name."""
    today = clock.today()
    held = select(Membership.user_id).where(
        Membership.role == role,
        Membership.organisation_id == organisation_id,
        Membership.from_on <= today,
        or_(Membership.until_on.is_(None), Membership.until_on >= today),
    )
    open_account = (User.closed_at.is_(None), or_(User.active_until_on.is_(None), User.active_until_on >= today))
    query = select(User).where(User.id.in_(held), *open_account).order_by(User.name, User.id)
    return list(db.session.scalars(query.options(_WITH_MEMBERSHIPS)))


def organisation_named(slug: str) -> Organisation | None:
    """The organisation of a slug."""
    return db.session.scalar(select(Organisation).where(Organisation.slug == slug))


# Signing in


def authenticate(email: str, password: str) -> User | None:
    """Who this is; nobody when address and password do not belong together or the account is not open.

    The same work is done for an address that nobody has, so that the time taken does not tell who has an account.
    Raises TooManySignInsError, with the sentence for the page.
    """
    digest = _digest_of_address(email)
    if _failures(digest) >= FAILURES_ALLOWED:
        minutes = int(FAILURES_COUNTED_FOR.total_seconds() // 60)
        raise TooManySignInsError(
            f"There have been too many attempts to sign in with this email address. Try again in {minutes} minutes."
        )
    address = email.strip().lower()
    user: User | None = db.session.scalar(select(User).where(User.email == address).options(_WITH_MEMBERSHIPS))
    right = _is_password(user.password_hash if user else _nobodys_hash(), password)
    if user is None or not right or not user.is_active:
        note(lambda: _note_failure(digest))
        return None
    if _hasher().check_needs_rehash(user.password_hash):
        user.password_hash = _hasher().hash(password)
    return user


def _is_password(password_hash: str, password: str) -> bool:
    try:
        return _hasher().verify(password_hash, password)
    except VerifyMismatchError:
        return False


def _hasher() -> PasswordHasher:
    return PasswordHasher(**current_app.config.get("ARGON2", {}))


def _nobodys_hash() -> str:
    """A hash that no password fits, as dear to check as anybody's."""
    hashes: dict[str, str] = current_app.extensions.setdefault("ifr.people", {})
    if "nobody" not in hashes:
        hashes["nobody"] = _hasher().hash(secrets.token_urlsafe())
    return hashes["nobody"]


def _digest_of_address(email: str) -> str:
    # Keyed, since whoever reads the audit could otherwise try out all the addresses of a hospital.
    key: str = current_app.config["IFR"].index_key
    return hmac.new(key.encode(), email.strip().lower().encode(), hashlib.sha256).hexdigest()


def _failures(digest: str) -> int:
    since = clock.now() - FAILURES_COUNTED_FOR
    query = select(func.count()).where(FailedSignIn.digest == digest, FailedSignIn.at > since)
    return db.session.scalar(query) or 0


def _note_failure(digest: str) -> None:
    db.session.execute(delete(FailedSignIn).where(FailedSignIn.at <= clock.now() - FAILURES_COUNTED_FOR))
    db.session.add(FailedSignIn(digest=digest, at=clock.now()))
    audit.record(STREAM, "fail_sign_in", by="job:sign-in", address=digest)


def start_sign_in(user: User) -> str:
    """Put a sign-in on record; the token goes into the browser's cookie and is kept nowhere else."""
    token = secrets.token_urlsafe(32)
    sign_in = SignIn(token_digest=_digest_of(token), user_id=user.id, started_at=clock.now(), seen_at=clock.now())
    db.session.add(sign_in)
    db.session.flush()
    audit.record(STREAM, "sign_in", by=user.actor, sign_in=sign_in.id)
    return token


def user_for(token: str | None) -> User | None:
    """Who is signed in with this token, with memberships; nobody when the sign-in has ended or lapsed."""
    if not token:
        return None
    query = select(SignIn, User).join(User, User.id == SignIn.user_id).where(SignIn.token_digest == _digest_of(token))
    row = db.session.execute(query.options(_WITH_MEMBERSHIPS)).one_or_none()
    if row is None or _is_over(row.SignIn) or not row.User.is_active:
        return None
    if clock.now() - row.SignIn.seen_at >= SEEN_AGAIN_AFTER:
        key = row.SignIn.id
        note(lambda: db.session.execute(update(SignIn).where(SignIn.id == key).values(seen_at=clock.now())))
    user: User = row.User
    return user


def _is_over(sign_in: SignIn) -> bool:
    now = clock.now()
    if sign_in.ended_at is not None:
        return True
    return now - sign_in.seen_at > IDLE_LIMIT or now - sign_in.started_at > LONGEST_SIGN_IN


def whose(token: str | None) -> int | None:
    """Whose sign-in this is or was, also after its end."""
    if not token:
        return None
    return db.session.scalar(select(SignIn.user_id).where(SignIn.token_digest == _digest_of(token)))


def end_sign_in(token: str | None, *, why: str) -> None:
    """End a sign-in, if there is one that has not ended."""
    if not token:
        return
    query = select(SignIn).where(SignIn.token_digest == _digest_of(token), SignIn.ended_at.is_(None))
    sign_in = db.session.scalar(query)
    if sign_in is None:
        return
    sign_in.ended_because = "lapsed" if _is_over(sign_in) else why
    sign_in.ended_at = clock.now()
    audit.record(STREAM, "sign_out", by=f"user:{sign_in.user_id}", sign_in=sign_in.id, why=sign_in.ended_because)


def _digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
