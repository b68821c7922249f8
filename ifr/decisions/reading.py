"""What the pages of this room show."""

from dataclasses import dataclass, field, replace
from typing import Any

from ifr import workflow
from ifr.access import Role
from ifr.cases.deferring import Deferral, DeferralGap, deferrals_of, gaps_of, in_preparation, may_prepare, most_of
from ifr.cases.models import Case, Finding
from ifr.cases.policy_notes import PolicyNotes, policy_notes
from ifr.cases.services import OFFICE, answers_of
from ifr.decisions import guards, phrases, services, voting, weighing
from ifr.decisions.criteria import (
    CRITERION,
    FACTOR,
    NOT_REACHED,
    QUESTION,
    alone_against,
    criteria_of,
    in_words,
    names_of,
    reasons_by_reference,
)
from ifr.decisions.models import ClinicianHeard, Condition, DecisionRecord, Direction
from ifr.decisions.phrases import Place
from ifr.decisions.voting import Ballot
from ifr.decisions.weighing import Exhibit, Guidance
from ifr.panels import quorum
from ifr.panels.models import AgendaItem
from ifr.panels.notes import PanelNote, notes_of
from ifr.panels.pack.late import not_before_panel
from ifr.panels.papers import papers_of
from ifr.panels.quorum import Count
from ifr.panels.reading import views_in_words
from ifr.people.services import people_named
from ifr.profiles import ExceptionalityTest
from ifr.profiles.commissioners import Criterion, LifeOrLimb
from ifr.screening import record as screening
from ifr.workflow import NotVisible, Offer, Reason


@dataclass(frozen=True)
class Asked:
    """One question, point or criterion, what the clinician and screening said, and the panel's answer."""

    about: str
    key: str
    title: str
    said: str
    screening: str
    finding: Finding | None
    note: str = ""
    # Bound to the aim of the request.
    about_the_aim: bool = False
    # The reasons that were typed; empty where the answer only refers to another.
    own_reasons: str = ""
    refers_to: str = ""

    @property
    def name(self) -> str:
        return f"{self.about}_{self.key}"

    @property
    def answer_in_words(self) -> str:
        return in_words(self.about, self.finding.answer) if self.finding else ""


@dataclass(frozen=True)
class RecordPage:
    """The decision record with everything that stands beside it."""

    case: Case
    record: DecisionRecord | None
    item: AgendaItem | None
    test: ExceptionalityTest | None
    comparator: str | None
    aim: str
    rights: str
    notes: PolicyNotes = field(default_factory=PolicyNotes)
    questions: list[Asked] = field(default_factory=list)
    points: list[Asked] = field(default_factory=list)
    criteria: list[Asked] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    heard: list[ClinicianHeard] = field(default_factory=list)
    directions: list[Direction] = field(default_factory=list)
    proof: list[tuple[str, str]] = field(default_factory=list)
    views: list[Any] = field(default_factory=list)
    # What came after the papers were issued and was not before the panel, in sentences.
    not_before: list[str] = field(default_factory=list)
    # Notes of members before the discussion: no vote, and part of the record.
    notes_before: list[tuple[str, PanelNote]] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    ballots: list[Ballot] = field(default_factory=list)
    exhibits: list[Exhibit] = field(default_factory=list)
    guidance: list[Guidance] = field(default_factory=list)
    # What an answer may refer to: (reference, words).
    refs: list[tuple[str, str]] = field(default_factory=list)
    # Reasons that are asked about once, and those of which somebody said that they are the reason.
    asked_about: list[Place] = field(default_factory=list)
    kept: list[tuple[str, str, Any]] = field(default_factory=list)
    missing: list[Reason] = field(default_factory=list)
    hard_to_read: list[str] = field(default_factory=list)
    is_child: bool = False
    editable: bool = False
    warnings: list[str] = field(default_factory=list)
    chair: str = ""
    authority: str = ""
    deferred: int = 0
    most_deferrals: int | None = None

    @property
    def asked(self) -> list[tuple[str, str]]:
        return [(one.about, one.key) for one in (*self.questions, *self.points, *self.criteria)]


MOVES_OF_RECORD = (
    "record_decision", "defer", "confirm_funded", "confirm_funded_in_part", "confirm_not_funded", "refer_on_to_screening",
    "refer_on_to_panel",
)


def record_page(case: Case, by: Any) -> RecordPage:
    """The record for those who keep it or read it in the office. Raises NotVisible for anybody else."""
    if not case.capacities(by) & (OFFICE | {Role.PANEL_CHAIR}):
        raise NotVisible(case.key)
    record = services.record_to_show(case)
    asked = answers_of(case)
    page = RecordPage(
        case=case, record=record, item=services.item_of(record) if record else None, test=case.test,
        comparator=screening.comparison_group(case), aim=(record.aim if record else "") or asked.get("aim", ""),
        rights=asked.get("rights", ""), notes=policy_notes(case, by), offers=_offers(case, record, by),
        is_child=guards.is_child(case), deferred=len(deferrals_of(case)), most_deferrals=most_of(case),
    )
    return page if record is None else _filled(page, record, by)


def _filled(page: RecordPage, record: DecisionRecord, by: Any) -> RecordPage:
    case, item = page.case, page.item
    found, names = services.findings_of(case, record), names_of(case)
    papers = weighing.papers_before(case, record)
    criteria = [_criterion(n, one, found) for n, one in enumerate(criteria_of(case), start=1)]
    refs = [(key, words[:1].upper() + words[1:]) for key, words in names.items()]
    page = replace(
        page,
        questions=_with_references(_questions(case, found), record, names),
        points=_with_references(_points(case, found), record, names),
        criteria=_with_references(criteria, record, names),
        conditions=services.conditions_of(record),
        heard=services.heard_of(record),
        directions=services.directions_of(case) if record.is_open else services.directions_answered_by(record),
        proof=_proof(record),
        views=views_in_words(item, case, by) if item else [],
        not_before=not_before_panel(item) if item else [],
        notes_before=notes_of(item.id) if item and case.capacities(by) & services.WRITERS else [],
        editable=services.may_write(case, record, by),
        warnings=_warnings(record, criteria, criteria_of(case)),
        chair=_name(services.chair_of(record)),
        authority=_authority(case, record),
        ballots=[] if record.is_chairs_action else voting.ballots_of(record),
        exhibits=weighing.exhibits_of(record, papers),
        guidance=weighing.guidance_of(record, papers),
        refs=refs,
        kept=_kept(record, case, found),
    )
    if not record.is_open:
        return page
    return replace(
        page, missing=guards.what_is_missing(case, record), asked_about=phrases.to_ask(case, record, found),
        hard_to_read=phrases.hard_to_read(record.plain_reasons),
    )


def _with_references(asked: list[Asked], record: DecisionRecord, names: dict[str, str]) -> list[Asked]:
    """The answers as they were typed: what the record made of a reference is not shown as somebody's own words."""
    return [_typed(one, record, names) for one in asked]


def _typed(one: Asked, record: DecisionRecord, names: dict[str, str]) -> Asked:
    finding = one.finding
    if finding is None:
        return one
    made = reasons_by_reference(finding.answer, finding.refers_to, names, record.not_reached_because)
    by_all = finding.answer == NOT_REACHED and finding.refers_to == record.not_reached_by
    return replace(
        one, own_reasons="" if finding.reasons == made else finding.reasons, refers_to="" if by_all else finding.refers_to
    )


def _kept(record: DecisionRecord, case: Case, found: dict[tuple[str, str], Finding]) -> list[tuple[str, str, Any]]:
    """Reasons that somebody was asked about and kept: what it is about, who, when."""
    rows = phrases.kept_of(record)
    if not rows:
        return []
    titles = {one.key: (one.title, one.text) for one in phrases.places_of(case, record, found)}
    names = people_named([row.by_id for row in rows])
    stands = [row for row in rows if titles.get(row.place, ("", ""))[1] == row.text]
    return [(titles[row.place][0], names[row.by_id], row.at) for row in stands]


def _offers(case: Case, record: DecisionRecord | None, by: Any) -> list[Offer]:
    """The steps of this page. Of the three ways to confirm, only the one that the record says."""
    offers = [o for o in workflow.moves_open_to(case, by) if o.trigger in MOVES_OF_RECORD]
    chosen = f"confirm_{record.outcome}" if record is not None and record.outcome else None
    # To refer on is for a chair alone, or a panel that lost its quorum; to any other record it says nothing.
    alone = record is not None and record.is_chairs_action
    offers = [o for o in offers if o.open or alone or not o.trigger.startswith("refer_on_")]
    return [o for o in offers if not o.trigger.startswith("confirm_") or o.trigger == chosen]


def _questions(case: Case, found: dict[tuple[str, str], Finding]) -> list[Asked]:
    record = screening.record_of(case)
    return [
        Asked(
            QUESTION, one.key, f"Question {one.number}: {one.text}", one.answer or one.cannot_because,
            _screened(QUESTION, one.finding), found.get((QUESTION, one.key)),
        )
        for one in screening.questions_of(case, record)
    ]


def _points(case: Case, found: dict[tuple[str, str], Finding]) -> list[Asked]:
    record = screening.record_of(case)
    return [
        Asked(
            FACTOR, str(one.factor.id), f"Point {one.factor.number}: {one.factor.what}", one.factor.why_benefit,
            _screened(FACTOR, one.finding), found.get((FACTOR, str(one.factor.id))), note=one.factor.common_in_words,
        )
        for one in screening.points_of(case, record)
    ]


def _screened(about: str, finding: Finding | None) -> str:
    if finding is None or not finding.answer:
        return ""
    return f"{in_words(about, finding.answer)}. {finding.reasons}"


def _criterion(number: int, one: Criterion, found: dict[tuple[str, str], Finding]) -> Asked:
    return Asked(
        CRITERION, one.key, f"Criterion {number}: {one.text}", "", "", found.get((CRITERION, one.key)),
        about_the_aim=one.about_the_aim,
    )


def _warnings(record: DecisionRecord, criteria: list[Asked], rules: list[Criterion]) -> list[str]:
    answers = {one.key: one.finding.answer for one in criteria if one.finding}
    alone = alone_against(answers, rules)
    if record.outcome in ("not_funded", "funded_in_part") and alone:
        return [f"Of the criteria only this one speaks against funding: “{alone}” It does not decide a request by itself: "
                "say in the reasons what else does, or weigh again."]
    return []


def _proof(record: DecisionRecord) -> list[tuple[str, str]]:
    """Who decided, in words, from what was frozen when the item was opened."""
    proof = services.proof_of(record)
    if not proof:
        return []
    names = people_named([one["user"] for one in proof["present"]] + proof["conflicted"] + [o["user"] for o in proof["left_out"]])
    left = {one["user"]: one["why"] for one in proof["left_out"]}
    present = [
        f"{names[one['user']]}{_apart(left.get(one['user']))}" for one in proof["present"] if one["user"] in names
    ]
    needed, had = Count(**proof["needed"]), Count(**proof["had"])
    rows = [
        ("Chaired by", _name(proof["chair"])),
        ("There for this item", ", ".join(present)),
        ("Quorum needed", quorum.in_words(needed)),
        ("Counted", quorum.in_words(had, needed)),
        ("Where this quorum is laid down", proof["source"][:1].upper() + proof["source"][1:]),
    ]
    if proof["conflicted"]:
        rows.insert(2, ("Left for this item (conflict of interest)", ", ".join(names[one] for one in proof["conflicted"])))
    return rows


def _apart(why: str | None) -> str:
    return f" ({why})" if why else ""


def _name(user_id: int | None) -> str:
    return people_named([user_id]).get(user_id or 0, "")


def _authority(case: Case, record: DecisionRecord) -> str:
    entry = next((a for a in case.profile.authorities if a.key == record.authority_key), None)
    return f"{entry.post}: {entry.reference}" if entry else ""


# --- the urgent decision ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class UrgentPage:
    """What a chair has before him or her who is asked for an urgent decision."""

    case: Case
    record: DecisionRecord | None
    papers: dict[str, Any]
    notes: PolicyNotes
    heard: list[ClinicianHeard]
    needed: int
    # How many, and by when it is reported, where life or limb is at risk within hours; None where there is no such way here.
    life_or_limb: LifeOrLimb | None
    endings: list[str]
    source: str
    offers: list[Offer]
    editable: bool


def urgent_page(case: Case, by: Any) -> UrgentPage:
    """Raises NotVisible for everybody but a chair who has a part in the case and no interest; and for a request that is not
    urgent, whose papers the chair reads with the panel, as they were issued."""
    urgent = case.urgent or any(one.is_chairs_action for one in services.records_of(case))
    if Role.PANEL_CHAIR not in case.capacities(by) or not urgent:
        raise NotVisible(case.key)
    rule = case.profile.chairs_action
    record = services.open_record(case, "chairs_action")
    return UrgentPage(
        case=case,
        record=record,
        papers=papers_of(case).as_facts(),
        notes=policy_notes(case, by),
        heard=services.heard_of(record) if record else [],
        needed=services.number_needed(case, record),
        life_or_limb=rule.life_or_limb,
        endings=list(rule.endings),
        source=rule.source,
        offers=[o for o in workflow.moves_open_to(case, by) if o.trigger == "decide_urgently"],
        editable=services.can(case, "decide_urgently"),
    )


# --- putting off, and dissenting --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DeferralPage:
    """What is missing, and how often the request was put off before."""

    case: Case
    gaps: list[DeferralGap]
    earlier: list[tuple[Deferral, list[DeferralGap]]]
    most: int | None
    editable: bool

    @property
    def is_over(self) -> bool:
        """Whether putting it off once more is oftener than the manager is not told of."""
        return self.most is not None and len(self.earlier) >= self.most


def deferral_page(case: Case, by: Any) -> DeferralPage:
    """Raises NotVisible for whoever neither keeps the record nor reads it in the office."""
    if not case.capacities(by) & (OFFICE | {Role.PANEL_CHAIR}):
        raise NotVisible(case.key)
    return DeferralPage(
        case=case, gaps=gaps_of(in_preparation(case)), earlier=[(one, gaps_of(one)) for one in deferrals_of(case)],
        most=most_of(case), editable=may_prepare(case, by),
    )


@dataclass(frozen=True)
class DissentPage:
    """What a member has before him or her who writes a dissent: the decision as it is recorded, and the own vote."""

    case: Case
    record: DecisionRecord
    ballot: Ballot
    editable: bool


def dissent_page(case: Case, by: Any) -> DissentPage:
    """Raises NotVisible for whoever does not count on the item."""
    record = services.record_on_item(case)
    own = next((one for one in voting.ballots_of(record) if one.user_id == by.id), None) if record is not None else None
    if record is None or own is None:
        raise NotVisible(case.key)
    return DissentPage(case, record, own, voting.may_dissent(record, by))
