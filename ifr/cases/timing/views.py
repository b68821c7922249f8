"""Pages of this room: the ledger of a request, more time for a date, a date explained in a letter, and other matters."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import workflow
from ifr.access import Permission, needs
from ifr.cases import overview
from ifr.cases.models import Case
from ifr.cases.services import may, strip
from ifr.cases.timing import ledger, matters, services
from ifr.cases.timing.forms import ArrivedForm, MarkedForm, MoreTimeForm, answered_form, named
from ifr.deadlines import Deadline
from ifr.pages import new_mark, with_faults
from ifr.workflow import Invalid, NotVisible

blueprint = Blueprint("timing", __name__)


# --- the ledger -----------------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/deadlines", endpoint="ledger")
@needs(Permission.CASE_READ)
def ledger_page(key: str) -> ResponseReturnValue:
    case, office = services.case_with_dates(key, current_user)
    entries = ledger.ledger(case, office=office)
    rooms = {one.deadline.id: _room(case, one.deadline) for one in entries if office}
    return render_template(
        "cases/timing/ledger.html",
        case=case,
        office=office,
        strip=strip(case, current_user),
        links=_links(case),
        figures=ledger.figures_of(case, office=office),
        until=ledger.until_when(case, office=office),
        entries=entries,
        may_extend={number for number, room in rooms.items() if room.open},
        no_more_time={number: room.refusals for number, room in rooms.items()},
        may_explain={one.deadline.id for one in entries if services.may_be_explained(case, one.deadline)}
        if any(offer.trigger == "explain_deadline" for offer in workflow.moves_open_to(case, current_user)) else set(),
        may_keep_matters=office and may(current_user, case, Permission.CASE_CHECK),
        mark=new_mark(),
    )  # fmt: skip


def _room(case: Case, one: Deadline) -> services.Room:
    return services.room_for(case, one, current_user)


def _links(case: Case) -> list[dict[str, Any]]:
    return [
        {"text": one.text, "href": url_for(one.endpoint, key=case.key), "current": one.endpoint == "timing.ledger",
         "count": one.count}
        for one in overview.rooms(case, current_user)
    ]  # fmt: skip


def _in_office(key: str) -> Case:
    case, office = services.case_with_dates(key, current_user)
    if not office:
        raise NotVisible(key)
    return case


# --- more time ------------------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/deadlines/<int:deadline_id>/more-time")
@needs(Permission.CASE_WORKLIST)
def more_time(key: str, deadline_id: int) -> ResponseReturnValue:
    case = _in_office(key)
    one = ledger.date_of(case, deadline_id)
    return _more_time_page(case, one, MoreTimeForm(formdata=None, seen=services.version_for(one)))


@blueprint.post("/cases/<key>/deadlines/<int:deadline_id>/more-time")
@needs(Permission.CASE_WORKLIST)
def give_more_time(key: str, deadline_id: int) -> ResponseReturnValue:
    """First shown what it does, then given."""
    case = _in_office(key)
    one = ledger.date_of(case, deadline_id)
    form = MoreTimeForm()
    if not form.validate_on_submit():
        return _more_time_page(case, one, form), 422
    try:
        if request.form.get("then") != "give":
            return _more_time_page(case, one, form, services.preview(case, one, form.number, current_user))
        services.extend(
            case, one, length=form.number, reason=form.reason.data, agreed_with=form.agreed_with.data,
            once=form.once.data, by=current_user, seen=form.seen.data,
        )  # fmt: skip
    except Invalid as fault:
        return _more_time_page(case, one, with_faults(form, fault.faults)), 422
    flash("More time is given.")
    return redirect(url_for("timing.ledger", key=case.key, _anchor=f"date-{one.id}"))


def _more_time_page(case: Case, one: Deadline, form: MoreTimeForm, moved: services.Moved | None = None) -> str:
    room = _room(case, one)
    return render_template(
        "cases/timing/more_time.html",
        case=case,
        strip=strip(case, current_user),
        entry=ledger.entries(case, [one], office=True)[0],
        room=room,
        unit=services.unit_words(room.rule) if room.rule else "",
        by_whom=services.in_words(room.rule.by) if room.rule else "",
        form=form,
        moved=moved,
    )


# --- a date explained in a letter ---------------------------------------------------------------------------------------


@blueprint.post("/cases/<key>/deadlines/<int:deadline_id>/letter")
@needs(Permission.CASE_CHECK)
def explain_in_letter(key: str, deadline_id: int) -> ResponseReturnValue:
    case = _in_office(key)
    form = MarkedForm()
    services.explain_in_letter(case, deadline_id, once=form.once.data, by=current_user, seen=form.seen.data)
    flash("The letter that explains this date is on its way to the clinician.")
    return redirect(url_for("timing.ledger", key=case.key, _anchor=f"date-{deadline_id}"))


# --- matters with a date of their own -----------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/matters", endpoint="matters")
@needs(Permission.CASE_CHECK)
def matters_page(key: str) -> ResponseReturnValue:
    return _matters_page(matters.case_for_matters(key, current_user))


def _matters_page(case: Case, form: ArrivedForm | None = None, answering: Any = None, matter_id: int = 0) -> str:
    rows = matters.shown(case)
    forms = {one.matter.id: answered_form(one.matter.id, formdata=None, seen=case.version) for one in rows}
    if answering is not None:
        forms[matter_id] = answering
    return render_template(
        "cases/timing/matters.html",
        case=case,
        strip=strip(case, current_user),
        rows=rows,
        form=form or ArrivedForm(formdata=None, seen=case.version),
        forms=forms,
        named=named,
        faulty=answering if answering is not None else form,
    )


@blueprint.post("/cases/<key>/matters")
@needs(Permission.CASE_CHECK)
def matter_arrived(key: str) -> ResponseReturnValue:
    case = matters.case_for_matters(key, current_user)
    form = ArrivedForm()
    if not form.validate_on_submit() or form.received_on.data is None:
        return _matters_page(case, form), 422
    try:
        matters.arrived(
            case, form.kind.data, on=form.received_on.data, once=form.once.data, by=current_user, seen=form.seen.data
        )
    except Invalid as fault:
        return _matters_page(case, with_faults(form, fault.faults)), 422
    flash("It is on record, with the day by which it is to be answered.")
    return redirect(url_for("timing.matters", key=case.key))


@blueprint.post("/cases/<key>/matters/<int:matter_id>/answer")
@needs(Permission.CASE_CHECK)
def matter_answered(key: str, matter_id: int) -> ResponseReturnValue:
    case = matters.case_for_matters(key, current_user)
    row = matters.matter_of(case, matter_id)
    form = answered_form(row.id)
    if not form.validate_on_submit():
        return _matters_page(case, answering=form, matter_id=row.id), 422
    try:
        matters.answered(case, row, on=form[named(row.id)].data, by=current_user, seen=form.seen.data)
    except Invalid as fault:
        return _matters_page(case, answering=with_faults(form, fault.faults), matter_id=row.id), 422
    flash("The answer is on record.")
    return redirect(url_for("timing.matters", key=case.key))
