"""A commissioner's profile: what one commissioner does in its own way."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from ifr.access import Role
from ifr.profiles.machines import Labels
from ifr.profiles.shapes import Key, Name, Strict


class Unit(StrEnum):
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


class Length(Strict):
    """How long something may take, and where that figure comes from."""

    length: Annotated[int, Field(ge=1)]
    unit: Unit
    source: str = Field(description="the document that says so, or the words 'example, not any commissioner's policy'")

    def __str__(self) -> str:
        return f"{self.length} {self.unit.words}"


class Letterhead(Strict):
    address: list[str]
    telephone: str
    email: str
    demonstration: bool = True


class Quorum(Strict):
    """How many of whom must be present and unconflicted for each item."""

    voting: int
    clinicians: int
    doctors: int = 0
    lay: int
    source: str


class Panel(Strict):
    name: str
    review_name: str
    quorum: Quorum
    review_quorum: Quorum
    screener_may_vote: bool = False
    decides_by: Literal["majority", "consensus"] = "majority"
    casting_vote: bool = True


class ChairsAction(Strict):
    """The urgent decision of a chair outside a meeting: how many clinicians are heard, and which endings it may reach."""

    clinicians_heard: Annotated[int, Field(ge=1)]
    endings: list[Literal["funded", "funded_in_part", "not_funded"]]
    source: str


class Narrowing(Strict):
    """A move as one commissioner holds it: fewer roles than the machine allows."""

    roles: list[Role]


class Screening(Strict):
    """Which recommendations a screener may make here, and which need a second signature."""

    recommendations: list[Key]
    countersigned: list[Key]
    countersigners: list[Role]
    source: str


class Appeals(Strict):
    window: Length
    grounds: dict[Key, str]
    lodged_by: list[Literal["clinician", "patient", "representative"]]
    review_may_change: bool = False


class Authority(Strict):
    """One entry of the scheme of delegation: who may end a request how, up to which amount, from when until when."""

    key: Key
    endings: list[Key]
    roles: list[Role]
    post: str
    up_to: Decimal | None = Field(default=None, description="pounds; no bound where none is given")
    reference: str
    from_on: date
    until_on: date | None = None


class Commissioner(Strict):
    name: str
    short_name: str
    ods_code: str
    ods_is_demonstration: bool
    areas: list[str] = []


class Exceptionality(Strict):
    """Which published test this commissioner holds a request to, by the route it takes."""

    policy_exception: Name
    no_policy: Name


class Profile(Strict):
    """What one commissioner does in its own way. Every figure says where it comes from."""

    name: Name
    version: int
    applies_from: date
    commissioner: Commissioner
    letterhead: Letterhead
    words: dict[Key, str] = {}
    labels: dict[Key, Labels] = {}
    skips: list[Key] = []
    days: dict[Key, Length]
    narrows: dict[Key, Narrowing] = {}
    screening: Screening
    panel: Panel
    chairs_action: ChairsAction
    authorities: list[Authority]
    challenge: dict[Key, list[Literal["reconsideration", "appeal", "complaint", "ombudsman", "other_body"]]]
    appeals: Appeals
    exceptionality: Exceptionality
    provider_approval_needed: bool = False
    policy_date: Literal["referral", "receipt", "decision"] = "receipt"

    def authorities_for(self, ending: str, on: date) -> list[Authority]:
        """The delegations in force on a day under which a request may end so."""
        return [
            a for a in self.authorities if ending in a.endings and a.from_on <= on and (a.until_on is None or on <= a.until_on)
        ]
