"""What the page of a case says of its policy besides the name: further policies, a newer version, and under which version
the request is decided. The room that asks these questions comes later in the journey, so it hands its reader in here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ifr.cases.models import Case


@dataclass(frozen=True)
class VersionAnswered:
    """Under which of two versions of a policy a request is decided, as somebody answered it once."""

    under: str
    not_under: str
    because: str
    # None: the clinician has not been told, and why stands in `told_words`.
    told_on: date | None
    told_words: str
    by: str
    at: datetime


@dataclass(frozen=True)
class PolicyNotes:
    """What stands beside the linked policy: the notice of a newer version while nobody has answered it, whether this person
    may answer it, what was answered (the latest last), and the further policies by version id and name."""

    newer: str | None = None
    may_answer: bool = False
    answered: list[VersionAnswered] = field(default_factory=list)
    also: list[tuple[int, str]] = field(default_factory=list)


Reader = Callable[[Case, Any], PolicyNotes]
_READERS: list[Reader] = []


def reads_policy_notes(reader: Reader) -> Reader:
    """Register who reads the notes; one room does."""
    _READERS.append(reader)
    return reader


def policy_notes(case: Case, by: Any) -> PolicyNotes:
    """The notes on the policy of a case, as this person reads them."""
    for reader in _READERS:
        return reader(case, by)
    return PolicyNotes()
