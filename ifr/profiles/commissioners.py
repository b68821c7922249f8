"""A commissioner's profile: what one commissioner does in its own way."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from ifr.access import Role
from ifr.profiles.machines import Labels
from ifr.profiles.shapes import Key, Name, Strict

# No rule is longer than this, in any unit; a day that lies further ahead is a day of which nobody is reminded.
LONGEST = 3000


class Unit(StrEnum):
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"
    HOURS = "hours"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


class Length(Strict):
    """How long something may take, and where that figure comes from."""

    length: Annotated[int, Field(ge=1, le=LONGEST)]
    unit: Unit
    source: str = Field(description="the document that says so, or the words 'example, not any commissioner's policy'")

    def __str__(self) -> str:
        return f"{self.length} {self.unit.words if self.length != 1 else self.unit.words.removesuffix('s')}"


class Timer(Length):
    """A length, and the one for an urgent request where it is another."""

    urgent: Length | None = None

    def of(self, urgent: bool) -> Length:
        """The length for a request that is urgent, or is not."""
        return self.urgent if urgent and self.urgent else Length(length=self.length, unit=self.unit, source=self.source)


class Receipt(Strict):
    """From which hour of the day a request counts as received on the next working day; none where every hour counts."""

    cut_off: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None
    source: str = ""


class MoreTime(Strict):
    """How often and by how much at most a deadline may be extended here, and who may do it."""

    most: Annotated[int, Field(ge=1, le=20)]
    longest: Length
    by: Annotated[list[Role], Field(min_length=1)]
    source: str


class Escalation(Strict):
    """To which role it goes that something is late, and how many working days after its last day."""

    after: Annotated[int, Field(ge=0, le=400)]
    to: Role


class Proposal(Strict):
    """The step that the service takes or proposes so many working days after a last day. It never ends a request."""

    after: Annotated[int, Field(ge=0, le=400)]
    move: Key


class Reminders(Strict):
    """Who is reminded of a deadline, how many working days before and after its last day, and what comes then."""

    to: Annotated[list[Role], Field(min_length=1)]
    before: list[Annotated[int, Field(ge=1, le=400)]] = []
    after: list[Annotated[int, Field(ge=0, le=400)]] = []
    escalate: Escalation | None = None
    then: Proposal | None = None
    source: str


class AskingForResults(Strict):
    """How many working days before a report on a treatment is due its clinician is asked for it."""

    ask_before: Annotated[int, Field(ge=1, le=200)]
    source: str


class Upkeep(Strict):
    """How many working days before and after the day of its review, and after a question, whoever keeps a policy is told."""

    review_before: list[Annotated[int, Field(ge=1, le=400)]] = []
    review_after: list[Annotated[int, Field(ge=1, le=400)]] = []
    question_after: list[Annotated[int, Field(ge=1, le=400)]] = []
    source: str


class Retention(Strict):
    """For how many years after its last step the record of a request is kept before somebody looks at it."""

    years: Annotated[int, Field(ge=1, le=100)]
    source: str


class Letterhead(Strict):
    address: list[str]
    telephone: str
    email: str
    demonstration: bool = True


class Quorum(Strict):
    """How many of whom must be present and unconflicted for each item."""

    voting: Annotated[int, Field(ge=1, le=99)]
    clinicians: Annotated[int, Field(ge=0, le=99)]
    doctors: Annotated[int, Field(ge=0, le=99)] = 0
    lay: Annotated[int, Field(ge=0, le=99)]
    source: str


class Training(Strict):
    """For how many months the training of a panel member holds, and whether somebody whose training has lapsed may vote."""

    months: Annotated[int, Field(ge=1, le=120)]
    lapsed_may_vote: bool
    source: str


class Deferrals(Strict):
    """How often a panel may put one request off before the manager is told."""

    most: Annotated[int, Field(ge=1, le=20)]
    source: str


class Panel(Strict):
    name: str
    review_name: str
    quorum: Quorum
    review_quorum: Quorum
    screener_may_vote: bool = False
    decides_by: Literal["majority", "consensus"] = "majority"
    casting_vote: bool = True
    training: Training | None = None
    deferrals: Deferrals | None = None
    # Whether members may keep notes before the discussion. They are no vote, and part of the record.
    notes_before: bool = False


class Confirming(Strict):
    """After how many months each member confirms the register of his or her interests again."""

    months: Annotated[int, Field(ge=1, le=60)]
    source: str


class Promises(Strict):
    """What the published procedure promises a patient before a panel, and how long before the meeting they are invited."""

    statement: bool
    attendance: bool
    invite_before: Length
    source: str


Identifier = Literal[
    "name", "nhs_number", "born_on", "address", "postcode", "telephone", "email", "hospital_number", "relatives",
]


class PapersRules(Strict):
    """How papers are printed, and what in them counts as identifying the patient."""

    watermark: bool = False
    identifiers: list[Identifier] = ["name", "nhs_number", "born_on"]
    source: str = ""


class Criterion(Strict):
    """One thing that a panel asks beside exceptionality, in the commissioner's words."""

    key: Key
    text: str
    # Answered against the aim that the request states, and not against another that the panel would have liked better.
    about_the_aim: bool = False
    # Never decides a request by itself.
    never_alone: bool = False


class EmptyPhrases(Strict):
    """Phrases that are no reason by themselves: whoever writes one is asked once what lies behind it."""

    phrases: Annotated[list[str], Field(min_length=1)]
    source: str


class LifeOrLimb(Strict):
    """A chair's action where life or limb is at risk within hours: fewer clinicians are heard, and it is reported at once."""

    clinicians_heard: Annotated[int, Field(ge=1)]
    reported_within: Length
    source: str


class ChairsAction(Strict):
    """The urgent decision of a chair outside a meeting: how many clinicians are heard, and which endings it may reach."""

    clinicians_heard: Annotated[int, Field(ge=1)]
    endings: list[Literal["funded", "funded_in_part", "not_funded"]]
    life_or_limb: LifeOrLimb | None = None
    source: str


class Posting(Strict):
    """Who is written to beside clinician and patient, and what is asked before a letter leaves."""

    # By the ending that a letter tells of: who has a copy or a letter of their own.
    also_to: dict[Key, list[Literal["gp", "provider", "finance"]]] = {}
    # How long after the clinician's letter the patient's leaves.
    patient_after: Length | None = None
    # Whether a second person compares the patient's identity and address before a letter leaves.
    address_by_two: bool = False
    # The endings whose letters a second person reads before they leave.
    second_reader: list[Key] = []
    source: str = ""


class Narrowing(Strict):
    """A move as one commissioner holds it: fewer roles than the machine allows."""

    roles: list[Role]


class Conclusion(Strict):
    """Who may conclude a screening in one way, and who signs second. Where nobody does, one signature ends it."""

    by: Annotated[list[Role], Field(min_length=1)]
    countersigned_by: list[Role] = []
    source: str


class Screening(Strict):
    """Who may conclude what here, and who countersigns: a row for each recommendation that is open to this office."""

    matrix: Annotated[dict[Key, Conclusion], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _as_it_was_written_before(cls, raw: Any) -> Any:
        """Profiles that were published with three lists stay readable: requests are pinned to them."""
        if not isinstance(raw, dict) or "recommendations" not in raw:
            return raw
        signed = raw.get("countersigned") or []
        return {
            "matrix": {
                one: {
                    "by": [Role.SCREENER],
                    "countersigned_by": (raw.get("countersigners") or []) if one in signed else [],
                    "source": raw.get("source", ""),
                }
                for one in raw["recommendations"]
            }
        }

    def may_conclude(self, held: set[Role]) -> list[str]:
        """The recommendations that somebody with these roles may make, in the order of the matrix."""
        return [one for one, row in self.matrix.items() if held & set(row.by)]

    def countersigners(self, recommendation: str | None) -> set[Role]:
        """Who signs a recommendation second; nobody where one signature is enough."""
        row = self.matrix.get(recommendation or "")
        return set(row.countersigned_by) if row else set()


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


class ProviderApproval(Strict):
    """Whether the provider approves a request of its clinicians first. For an urgent one it may always follow."""

    asked: Literal["not_asked", "before_sending", "may_follow"] = "not_asked"
    from_whom: str = ""
    source: str = ""


class GateWords(Strict):
    """What a commissioner says in its own words of one tick of the page before the form."""

    advice: str
    where: str
    source: str


class Clause(Strict):
    """A rule of the commissioner in its words, and where it stands."""

    words: str
    source: str


class EarlierUse(Strict):
    """What the commissioner says where a patient has had some of the treatment before, by how it was paid for; and whether
    it honours what another commissioner approved, until it is reviewed, or decides afresh."""

    approval_elsewhere: Literal["honour", "decide_afresh"]
    clauses: dict[Literal["private", "trial", "company", "other_commissioner", "abroad", "provider_risk"], Clause]


class Monitoring(Strict):
    """The smallest number that counts of equality monitoring show."""

    at_least: Annotated[int, Field(ge=2)]
    source: str


class Groups(Strict):
    """From how many like requests within how many months the commissioner looks whether others may need the same."""

    requests: Annotated[int, Field(ge=2)]
    months: Annotated[int, Field(ge=1)]
    source: str


class EarlierDecisions(Strict):
    """Whether panel members may read earlier decisions on like requests, and how many there must be before any is shown."""

    shown_to_members: bool
    at_least: Annotated[int, Field(ge=2)]
    source: str


class Files(Strict):
    """How large a file may be, and how many one request may hold."""

    largest_mb: Annotated[int, Field(ge=1, le=1000)] = 20
    most: Annotated[int, Field(ge=1, le=1000)] = 50
    source: str = ""

    def too_large(self, size: int) -> str | None:
        """Why a file of so many bytes is too large here, for whoever sent it; None for one that is not."""
        if size <= self.largest_mb * 1024 * 1024:
            return None
        return f"The file is larger than {self.largest_mb} MB, the most that we take. Send a smaller copy, or split it."


class Grading(Strict):
    """The named scale on which published evidence is graded: each grade with what it stands for, the strongest first."""

    name: str
    grades: Annotated[dict[str, str], Field(min_length=1)]
    source: str


class OwnStatement(Strict):
    """Whether the patient's own statement is among the papers of a panel."""

    in_papers: bool
    source: str


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
    days: dict[Key, Timer]
    receipt: Receipt = Receipt()
    extensions: dict[Key, MoreTime] = {}
    reminders: dict[Key, Reminders] = {}
    follow_up: AskingForResults | None = None
    upkeep: Upkeep | None = None
    retention: Retention | None = None
    narrows: dict[Key, Narrowing] = {}
    screening: Screening
    panel: Panel
    interests: Confirming | None = None
    promises: Promises | None = None
    papers: PapersRules = PapersRules()
    criteria: list[Criterion] = []
    empty_phrases: EmptyPhrases | None = None
    posting: Posting = Posting()
    chairs_action: ChairsAction
    authorities: list[Authority]
    challenge: dict[Key, list[Literal["reconsideration", "appeal", "complaint", "ombudsman", "other_body"]]]
    appeals: Appeals
    exceptionality: Exceptionality
    gate: dict[Key, GateWords] = {}
    provider_approval: ProviderApproval = ProviderApproval()
    earlier_use: EarlierUse | None = None
    monitoring: Monitoring | None = None
    files: Files = Files()
    grading: Grading | None = None
    patient_statement: OwnStatement | None = None
    groups: Groups
    earlier_decisions: EarlierDecisions
    policy_date: Literal["referral", "receipt", "decision"] = "receipt"

    def length(self, name: str, *, urgent: bool) -> Length:
        """How long something may take here. Raises KeyError for a name that this version of the profile has no days for."""
        return self.days[name].of(urgent)

    def authorities_for(self, ending: str, on: date) -> list[Authority]:
        """The delegations in force on a day under which a request may end so."""
        return [
            a for a in self.authorities if ending in a.endings and a.from_on <= on and (a.until_on is None or on <= a.until_on)
        ]
