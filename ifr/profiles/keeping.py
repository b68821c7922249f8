"""Kept versions of definitions: what was published stays as it stood, and a case pins its rows by id."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import UniqueConstraint, false, select
from sqlalchemy.orm import Mapped, mapped_column

from ifr import clock
from ifr.db import Model, db
from ifr.profiles.commissioners import Profile, Reminders, Timer
from ifr.profiles.reading import Source, parse


class Definition(Model):
    """One version of one definition, as it stood when it was published here. Never changed.

    Where a version was made on a page, the file of that name was only the beginning, and no later file takes its place.
    """

    __tablename__ = "definitions"
    __table_args__ = (UniqueConstraint("kind", "name", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    version: Mapped[int]
    applies_from: Mapped[date]
    sha256: Mapped[str]
    text: Mapped[str]
    made_on_page: Mapped[bool] = mapped_column(default=False, server_default=false())


def publish(sources: list[Source]) -> list[Definition]:
    """Copy each definition that is not kept yet, but for those that are changed on a page here: of these the office says
    what applies. Raises DefinitionError when a version is kept with another text."""
    kept = {(d.kind, d.name, d.version): d for d in db.session.scalars(select(Definition))}
    on_pages = {(d.kind, d.name) for d in kept.values() if d.made_on_page}
    new = []
    for source in sources:
        if (source.kind, source.parsed.name) in on_pages:
            continue
        there = kept.get((source.kind, source.parsed.name, source.parsed.version))
        if there is None:
            new.append(_as_row(source))
        elif there.sha256 != source.sha256:
            cure = "is published with another text, and cases may work under it; raise the version and its applies_from"
            raise source.fault("version", f"{there.version} {cure}")
    return _keep(new)


def publish_from_page(source: Source) -> Definition:
    """Keep a version that was made on a page. Raises DefinitionError where that number is taken."""
    name, number = source.parsed.name, source.parsed.version
    if any(one.version == number for one in versions(source.kind, name)):
        raise source.fault("version", f"{number} is kept already; give it the next number")
    row = _as_row(source)
    row.made_on_page = True
    return _keep([row])[0]


def _keep(rows: list[Definition]) -> list[Definition]:
    db.session.add_all(rows)
    db.session.flush()
    db.session.info.pop("latest", None)
    return rows


def versions(kind: str, name: str) -> list[Definition]:
    """Every version of one definition that is kept, the newest number first."""
    query = select(Definition).where(Definition.kind == kind, Definition.name == name)
    return list(db.session.scalars(query.order_by(Definition.version.desc())))


def changed_on_pages() -> list[tuple[str, str]]:
    """The kind and name of each definition of which a version was made on a page here."""
    query = select(Definition.kind, Definition.name).where(Definition.made_on_page).distinct()
    return sorted((row.kind, row.name) for row in db.session.execute(query))


def in_force(on: date, kinds: Iterable[str]) -> list[Source]:
    """Every definition of these kinds that applies on a day, as `read_folder` gives what stands in files."""
    query = select(Definition).where(Definition.kind.in_(list(kinds)), Definition.applies_from <= on)
    latest_last = query.order_by(Definition.kind, Definition.name, Definition.applies_from, Definition.version)
    found = {(row.kind, row.name): row for row in db.session.scalars(latest_last)}
    return [Source(row.kind, f"{row.kind} {row.name}, version {row.version}", row.text, by_id(row.id)) for row in found.values()]


def _as_row(source: Source) -> Definition:
    return Definition(
        kind=source.kind,
        name=source.parsed.name,
        version=source.parsed.version,
        applies_from=source.parsed.applies_from,
        sha256=source.sha256,
        text=source.text,
    )


@lru_cache(maxsize=512)
def _parsed(kind: str, name: str, sha256: str, text: str) -> Any:
    return parse(kind, name, text)


def by_id(definition_id: int) -> Any:
    """What a kept definition says. Raises LookupError when there is none with this id."""
    row = _kept(definition_id)
    return _parsed(row.kind, row.name, row.sha256, row.text)


def sha_of(definition_id: int) -> str:
    return _kept(definition_id).sha256


def _kept(definition_id: int) -> Definition:
    """A row that never changes is read once in a session, which by itself forgets whatever nobody holds."""
    held: dict[int, Definition] = db.session.info.setdefault("definitions", {})
    if definition_id not in held:
        row = db.session.get(Definition, definition_id)
        if row is None:
            raise LookupError(f"no definition {definition_id}")
        held[definition_id] = row
    return held[definition_id]


def latest(kind: str, name: str, on: date | None = None) -> Definition:
    """The version that applies on a day (today, where none is given).

    Raises LookupError when there is none: `ifr upgrade` has not run, or the first version applies later.
    """
    on = on or clock.today()
    # Asked for many times in a request, and answered once: only `publish` adds a version.
    asked = (kind, name, on)
    held: dict[tuple[str, str, date], Definition] = db.session.info.setdefault("latest", {})
    if asked not in held:
        held[asked] = _latest(kind, name, on)
    return held[asked]


def timer_of(profile: Profile, name: str) -> Timer | None:
    """How long something may take under a profile; what its version did not know yet is as the one in force today says."""
    return profile.days.get(name) or as_of_today(profile).days.get(name)


def reminders_of(profile: Profile, name: str) -> Reminders | None:
    """The plan of reminders of a deadline. One that was published before there were plans goes by today's: a reminder
    moves no date, and a request that was under way is not to be forgotten."""
    return (profile if profile.reminders else as_of_today(profile)).reminders.get(name)


def as_of_today(profile: Profile) -> Profile:
    """The version of a profile that is in force today."""
    found: Profile = by_id(latest("profile", profile.name).id)
    return found


def _latest(kind: str, name: str, on: date) -> Definition:
    row = db.session.scalars(
        select(Definition)
        .where(Definition.kind == kind, Definition.name == name, Definition.applies_from <= on)
        .order_by(Definition.applies_from.desc(), Definition.version.desc())
        .limit(1)
    ).first()
    if row is None:
        raise LookupError(f"no {kind} named {name} applies on {on.isoformat()}; has `ifr upgrade` been run?")
    return row
