"""What the pages of the comparison group and of the remarks show."""

from dataclasses import dataclass, field

from flask import url_for

from ifr.cases.distinct import forms, group, remarks, services
from ifr.cases.distinct.group import Group
from ifr.cases.distinct.models import START, GroupStep
from ifr.cases.distinct.remarks import Remark
from ifr.cases.drafts import pages as drafts
from ifr.cases.drafts import policy
from ifr.cases.models import Case
from ifr.cases.services import answers_of
from ifr.pages import Problem
from ifr.people.models import User
from ifr.profiles import ExceptionalityTest


@dataclass(frozen=True)
class RemarkShown:
    """One remark on a page: where it is put right, and the form in which it is answered."""

    remark: Remark
    href: str
    form: forms.AnswerForm


@dataclass(frozen=True)
class GroupPage:
    """The builder: the group so far, its picture, what comes next, and the difference from it."""

    case: Case
    test: ExceptionalityTest
    group: Group | None
    steps: list[GroupStep]
    next: str
    next_asks: str
    policy: str
    form: forms.DifferenceForm
    question: str
    remarks: list[RemarkShown]
    home: str
    section: str
    errors: list[Problem] = field(default_factory=list)
    stale: bool = False


def group_page(case: Case, form: forms.DifferenceForm, *, by: User, stale: bool = False) -> GroupPage:
    steps = group.steps_of(case)
    key, text = _question_of_difference(case)
    if not form.is_submitted():
        form.difference.data = answers_of(case).get(key, "")
    if stale or not form.is_submitted():
        form.seen.data = services.version_seen(case)
    form.difference.label.text = text
    section = services.section_of(case)
    found = remarks.remarks_on(remarks.remarks_of(case), "group")
    following = group.next_kind(steps)
    return GroupPage(
        case=case,
        test=policy.test_for(case),
        group=group.group_of(case),
        steps=steps,
        next=following,
        next_asks=forms.ASKS[following],
        policy=group.starts_of(case, by=by)[0],
        form=form,
        question=key,
        remarks=shown(case, found),
        home=drafts.home_of(case, by),
        section=url_for("drafts.section", key=case.key, section=section, _anchor="comparator"),
        stale=stale,
    )


def _question_of_difference(case: Case) -> tuple[str, str]:
    """The question of the test that asks what sets the patient apart: the key of its answer, and its words."""
    for number, one in enumerate(policy.test_for(case).questions, start=1):
        if one.asks == "difference":
            return f"test_{one.key}", f"Question {number}: {one.text}"
    return "", ""


def difference_key(case: Case) -> str:
    return _question_of_difference(case)[0]


# --- steps --------------------------------------------------------------------------------------------------------------


def step_form(case: Case, kind: str, *, by: User, step: GroupStep | None = None) -> forms.StepForm:
    """The form of one step; a new one is of the kind that was asked for, or of the next that is missing."""
    form = forms.StepForm(data=forms.of_step(step) if step else None)
    if not form.is_submitted():
        form.seen.data = services.version_seen(case)
    if step is not None or not form.is_submitted():
        form.kind.data = step.kind if step else kind if kind in group.KINDS else group.next_kind(group.steps_of(case))
    starts = group.starts_of(case, by=by)[1] if form.kind_or_start == START else []
    form.offer(starts, group.per_words(case))
    return form


# --- remarks ------------------------------------------------------------------------------------------------------------


def shown(case: Case, found: list[Remark]) -> list[RemarkShown]:
    return [RemarkShown(one, href_of(case, one), _answer_form(one)) for one in found]


def all_remarks(case: Case, typed: forms.AnswerForm | None = None) -> list[RemarkShown]:
    """Every remark; the one that was just answered keeps what was typed and what is wrong with it."""
    rows = []
    for one in remarks.remarks_of(case):
        is_typed = typed is not None and typed.remark.data == one.key
        rows.append(RemarkShown(one, href_of(case, one), typed if is_typed and typed else _answer_form(one)))
    return rows


def _answer_form(remark: Remark) -> forms.AnswerForm:
    return forms.AnswerForm(formdata=None, data={"remark": remark.key, "seen": remark.version, "answer": remark.answer})


def href_of(case: Case, remark: Remark) -> str:
    """Where a remark is put right."""
    if remark.section == "group":
        return url_for("distinct.page", key=case.key)
    return url_for("drafts.section", key=case.key, section=remark.section, _anchor=remark.anchor)
