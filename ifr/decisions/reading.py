"""What the pages of this room show."""

from dataclasses import dataclass, field, replace
from typing import Any

from ifr import workflow
from ifr.access import Role
from ifr.cases.models import Case, Finding
from ifr.cases.policy_notes import PolicyNotes, policy_notes
from ifr.cases.services import OFFICE, answers_of, findings_of
from ifr.decisions import services
from ifr.decisions.criteria import CRITERIA, CRITERION, FACTOR, QUESTION, affordability_alone, in_words
from ifr.decisions.models import ClinicianHeard, Condition, DecisionRecord, Direction
from ifr.panels import quorum
from ifr.panels.models import AgendaItem
from ifr.panels.papers import papers_of
from ifr.panels.quorum import Count
from ifr.panels.reading import views_in_words
from ifr.people.services import people_named
from ifr.profiles import ExceptionalityTest
from ifr.screening import record as screening
from ifr.workflow import NotVisible, Offer


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
    offers: list[Offer] = field(default_factory=list)
    editable: bool = False
    warnings: list[str] = field(default_factory=list)
    chair: str = ""
    authority: str = ""

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
        comparator=screening.comparison_group(case), aim=asked.get("aim", ""), rights=asked.get("rights", ""),
        notes=policy_notes(case, by),
        offers=_offers(case, record, by),
    )
    return page if record is None else _filled(page, record, by)


def _filled(page: RecordPage, record: DecisionRecord, by: Any) -> RecordPage:
    case, item = page.case, page.item
    found = findings_of(case, services.STAGE, record.round)
    criteria = [_criterion(key, text, found) for key, text in CRITERIA]
    return replace(
        page,
        questions=_questions(case, found),
        points=_points(case, found),
        criteria=criteria,
        conditions=services.conditions_of(record),
        heard=services.heard_of(record),
        directions=services.directions_of(case) if record.is_open else services.directions_answered_by(record),
        proof=_proof(record),
        views=views_in_words(item, case, by) if item else [],
        editable=services.may_write(case, record, by),
        warnings=_warnings(record, criteria),
        chair=_name(services.chair_of(record)),
        authority=_authority(case, record),
    )


def _offers(case: Case, record: DecisionRecord | None, by: Any) -> list[Offer]:
    """The steps of this page. Of the three ways to confirm, only the one that the record says."""
    offers = [o for o in workflow.moves_open_to(case, by) if o.trigger in MOVES_OF_RECORD]
    chosen = f"confirm_{record.outcome}" if record is not None and record.outcome else None
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


def _criterion(key: str, text: str, found: dict[tuple[str, str], Finding]) -> Asked:
    return Asked(CRITERION, key, text, "", "", found.get((CRITERION, key)))


def _warnings(record: DecisionRecord, criteria: list[Asked]) -> list[str]:
    answers = {one.key: one.finding.answer for one in criteria if one.finding}
    if record.outcome in ("not_funded", "funded_in_part") and affordability_alone(answers):
        return ["Of the criteria only affordability speaks against funding. It does not decide a request by itself: "
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
        ("Rule", proof["source"]),
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
    endings: list[str]
    source: str
    offers: list[Offer]
    editable: bool


def urgent_page(case: Case, by: Any) -> UrgentPage:
    """Raises NotVisible for everybody but a chair who has a part in the case and no interest."""
    if Role.PANEL_CHAIR not in case.capacities(by):
        raise NotVisible(case.key)
    rule = case.profile.chairs_action
    record = services.open_record(case, "chairs_action")
    return UrgentPage(
        case=case,
        record=record,
        papers=papers_of(case).as_facts(),
        notes=policy_notes(case, by),
        heard=services.heard_of(record) if record else [],
        needed=rule.clinicians_heard,
        endings=list(rule.endings),
        source=rule.source,
        offers=[o for o in workflow.moves_open_to(case, by) if o.trigger == "decide_urgently"],
        editable=services.can(case, "decide_urgently"),
    )
