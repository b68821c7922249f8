"""Whether the service is sound, asked piece by piece: each answers in one sentence that names nothing of any request."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from flask import current_app
from sqlalchemy import text

from ifr import clock, deadlines, letters, mail, runs
from ifr.cases.evidence import scanner
from ifr.config import HOUSE, Config
from ifr.db import db
from ifr.pages import day

IN_ORDER = "in order"
# A worker that leads beats every few seconds.
SILENT_AFTER = timedelta(minutes=2)
# A letter whose hold is over leaves within a turn or two of the worker.
LATE_AFTER = timedelta(minutes=15)
# A mail that the server does not take at once is tried again within two hours.
MAIL_LATE_AFTER, MAILS_LOST_WITHIN = timedelta(hours=1), timedelta(days=7)
LEAST_DISK, LEAST_SHARE = 1024**3, 0.05
SECONDS_FOR_THE_SCANNER = 2.0


@dataclass(frozen=True)
class Answer:
    """What one piece says of itself. Without what is `needed` the service does not do its work."""

    name: str
    label: str
    said: str
    needed: bool = False

    @property
    def in_order(self) -> bool:
        return self.said == IN_ORDER


def look() -> list[Answer]:
    """Ask every piece. The caller holds a transaction that may only read."""
    return [Answer(name, label, ask(), needed) for name, label, ask, needed in PIECES]


def _revision() -> str:
    found = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    if found == _newest_revision():
        return IN_ORDER
    return f"is at revision {found} and the program at {_newest_revision()}; run `ifr upgrade`"


@lru_cache(maxsize=1)
def _newest_revision() -> str:
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory(str(HOUSE / "migrations")).get_current_head())


def _leader() -> str:
    leads = runs.leader()
    if leads is None:
        return "no worker has run yet; start `ifr worker`"
    silent = clock.now() - leads.tick_at
    if silent > SILENT_AFTER:
        return f"the worker that led has been silent for {_ago(silent)}; start `ifr worker`"
    return IN_ORDER


def _letters() -> str:
    waits = letters.longest_ready()
    if waits is None or clock.now() - waits < LATE_AFTER:
        return IN_ORDER
    return f"a letter that may leave has waited for {_ago(clock.now() - waits)}"


def _jobs() -> str:
    failed = len(runs.failures())
    return IN_ORDER if not failed else f"{failed} {'item' if failed == 1 else 'items'} failed and will be tried again"


def _mail() -> str:
    if not _settings().smtp_url:
        return "no mail server is configured; nobody gets an email"
    waits = mail.waits_since()
    if waits is not None and clock.now() - waits >= MAIL_LATE_AFTER:
        return f"an email has waited for {_ago(clock.now() - waits)}; see whether the mail server answers"
    lost = mail.lost_since(clock.now() - MAILS_LOST_WITHIN)
    return IN_ORDER if not lost else f"{lost} {'email' if lost == 1 else 'emails'} did not arrive within the last week"


def _scanner() -> str:
    address = _settings().clamav
    if not address:
        return "no virus scanner is configured; files are handed out unscanned"
    return IN_ORDER if scanner.answers(address, SECONDS_FOR_THE_SCANNER) else "the virus scanner does not answer; files wait"


def _disk() -> str:
    place = next(path for path in [_settings().files, *_settings().files.parents, Path("/")] if path.exists())
    usage = shutil.disk_usage(place)
    if usage.free >= LEAST_DISK and usage.free >= LEAST_SHARE * usage.total:
        return IN_ORDER
    return f"only {usage.free // 1024**2:,} MB are free where files are kept"


def _holidays() -> str:
    until = deadlines.covered_until()
    if until is None:
        return "the table of bank holidays is empty; run `ifr upgrade`"
    if until < _a_year_on(clock.today()):
        return f"the table of bank holidays ends on {day(until)}; add the next year"
    return IN_ORDER


def _a_year_on(today: date) -> date:
    return deadlines.later_month(today, 12)


def _settings() -> Config:
    settings: Config = current_app.config["IFR"]
    return settings


def _ago(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 48 * 60 else f"{minutes // 1440} days"


PIECES: tuple[tuple[str, str, Callable[[], str], bool], ...] = (
    ("revision", "Revision of the database", _revision, True),
    ("worker", "Worker", _leader, True),
    ("letters", "Letters", _letters, False),
    ("jobs", "Jobs", _jobs, False),
    ("mail", "Email", _mail, False),
    ("scanner", "Virus scanner", _scanner, False),
    ("disk", "Disk", _disk, False),
    ("holidays", "Bank holidays", _holidays, False),
)
