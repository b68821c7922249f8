"""Who counts towards the quorum of one item, and what is missing. Pure arithmetic over who sits: no database here."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from ifr.profiles import Panel, Quorum

# Registered health professionals, and public health specialists, who work under a register of their own.
CLINICIANS = frozenset({"doctor", "nurse", "pharmacist", "public_health"})
KINDS = ("voting", "clinicians", "doctors", "lay")
_WORDS = {
    "voting": ("voting member", "voting members"),
    "clinicians": ("clinician", "clinicians"),
    "doctors": ("doctor", "doctors"),
    "lay": ("lay member", "lay members"),
}


@dataclass(frozen=True)
class Sitter:
    """One person at one item: what he or she is, and whether anything keeps him or her from deciding it."""

    user_id: int
    capacity: str
    profession: str | None
    voting: bool
    present: bool
    conflicted: bool = False
    declared: bool = True
    screened: bool = False
    barred: bool = False
    # Had a conflict of interest that was lifted: may decide the item, and chairs it no more.
    handed_over: bool = False
    # Joined once the discussion had begun, without the chair's minute.
    late: bool = False
    # Why a voting seat has no vote on this item, in words: another commissioner's request, or a training that has lapsed.
    no_vote: str | None = None


@dataclass(frozen=True)
class Count:
    """How many of each kind count."""

    voting: int = 0
    clinicians: int = 0
    doctors: int = 0
    lay: int = 0


@dataclass(frozen=True)
class Quorate:
    """The quorum of one item: what is needed, what is there, and why somebody does not count."""

    needed: Count
    had: Count
    source: str
    left_out: dict[int, str]
    counted: tuple[int, ...]

    @property
    def reached(self) -> bool:
        return not self.short_of

    @property
    def short_of(self) -> tuple[str, ...]:
        return tuple(kind for kind in KINDS if getattr(self.had, kind) < getattr(self.needed, kind))

    @property
    def words(self) -> str:
        """The quorum in a sentence: what is needed and what is there."""
        return f"Needed: {in_words(self.needed)}. There: {in_words(self.had, self.needed)}."

    def as_facts(self) -> dict[str, Any]:
        return {
            "needed": asdict(self.needed),
            "had": asdict(self.had),
            "source": self.source,
            "counted": list(self.counted),
            "left_out": [{"user": user, "why": why} for user, why in self.left_out.items()],
            "quorate": self.reached,
        }


def why_left_out(sitter: Sitter, *, screener_may_vote: bool) -> str | None:
    """Why somebody does not count towards the quorum of this item; None for one who does."""
    if not sitter.present:
        return "not there"
    if sitter.barred:
        return "sat on the earlier decision"
    if sitter.conflicted:
        return "has a conflict of interest"
    if not sitter.declared:
        return "has not said whether there is an interest"
    if not sitter.voting:
        return "does not vote"
    if sitter.no_vote:
        return sitter.no_vote
    if sitter.late:
        return "joined after the discussion began"
    if sitter.screened and not screener_may_vote:
        return "screened this request"
    return None


def count(sitters: Iterable[Sitter]) -> Count:
    counted = list(sitters)
    return Count(
        voting=len(counted),
        clinicians=sum(s.profession in CLINICIANS for s in counted),
        doctors=sum(s.profession == "doctor" for s in counted),
        lay=sum(s.profession == "lay" for s in counted),
    )


def work_out(sitters: Iterable[Sitter], rule: Quorum, *, screener_may_vote: bool) -> Quorate:
    """The quorum of one item for those who sit on it."""
    counted, left_out = [], {}
    for sitter in sitters:
        why = why_left_out(sitter, screener_may_vote=screener_may_vote)
        if why is None:
            counted.append(sitter)
        else:
            left_out[sitter.user_id] = why
    return Quorate(
        needed=Count(rule.voting, rule.clinicians, rule.doctors, rule.lay),
        had=count(counted),
        source=rule.source,
        left_out=left_out,
        counted=tuple(s.user_id for s in counted),
    )


def for_panel(sitters: Iterable[Sitter], panel: Panel) -> Quorate:
    """The quorum of a first panel under a commissioner's profile."""
    return work_out(sitters, panel.quorum, screener_may_vote=panel.screener_may_vote)


def mending(sitters: Iterable[Sitter], candidates: Iterable[Sitter], panel: Panel) -> list[tuple[int, ...]]:
    """Who could mend a quorum that is not reached, if they came as well: each single person who does, else each pair.

    Empty where the quorum is reached, and where no two of them would do.
    """
    there, free = list(sitters), [one for one in candidates if _would_count(one, panel)]
    if for_panel(there, panel).reached:
        return []
    for number in (1, 2):
        found = [
            tuple(one.user_id for one in some)
            for some in combinations(free, number)
            if for_panel([*_without(there, some), *some], panel).reached
        ]
        if found:
            return found
    return []


def _would_count(sitter: Sitter, panel: Panel) -> bool:
    return why_left_out(sitter, screener_may_vote=panel.screener_may_vote) is None


def _without(sitters: list[Sitter], some: tuple[Sitter, ...]) -> list[Sitter]:
    """Those besides: who sent apologies and comes after all stands there once."""
    again = {one.user_id for one in some}
    return [one for one in sitters if one.user_id not in again]


def in_words(numbers: Count, kinds_of: Count | None = None) -> str:
    """A count in words, naming the kinds that the rule asks for."""
    asked = [kind for kind in KINDS if getattr(kinds_of or numbers, kind)]
    return ", ".join(f"{getattr(numbers, k)} {_WORDS[k][0 if getattr(numbers, k) == 1 else 1]}" for k in asked) or "nobody"
