"""Pages of this room: the calendar, the time that requests take, what waits, and what a date would become."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import clock
from ifr.access import Permission, has, needs
from ifr.cases import overview
from ifr.cases import services as cases
from ifr.cases.models import Case
from ifr.pages import whole_number, with_faults
from ifr.people.models import COMMISSIONER, Organisation
from ifr.reports.times import calendar as months
from ifr.reports.times import charts, waiting, what_if
from ifr.reports.times.forms import WhatIfForm
from ifr.reports.times.measuring import times
from ifr.reports.times.periods import PERIODS, Period, period_of
from ifr.reports.worklist import offices_of
from ifr.workflow import Invalid

blueprint = Blueprint("times", __name__)


# --- the calendar -----------------------------------------------------------------------------------------------------


@blueprint.get("/calendar")
@needs(Permission.CASE_WORKLIST)
def calendar() -> ResponseReturnValue:
    asked = _asked(request.args)
    return render_template(
        "reports/times/calendar.html",
        asked=asked,
        found=months.calendar(current_user, asked),
        sides=waiting.WHOSE,
        before=asked.moved(-1),
        after=asked.moved(1),
        may_keep=has(current_user.roles, Permission.PANEL_MANAGE),
        keeps_meetings=Permission.PANEL_MANAGE,
        address_of=lambda one, **changed: url_for("times.calendar", **replace(one, **changed).filters),
    )


def _asked(typed: Mapping[str, str]) -> months.Asked:
    """What the address asks for; what is no choice of ours counts as not asked."""
    today = clock.today()
    named = re.fullmatch(r"(\d{4})-(\d{1,2})", typed.get("month", ""), re.ASCII)
    year, month = (int(named[1]), int(named[2])) if named else (today.year, today.month)
    if not (months.FIRST_YEAR <= year <= months.LAST_YEAR and 1 <= month <= 12):
        year, month = today.year, today.month
    office, whose = whole_number(typed.get("office", "")), typed.get("whose", "")
    return months.Asked(
        year=year,
        month=month,
        view=months.LIST if typed.get("view") == months.LIST else months.MONTH,
        mine=typed.get("mine") == "yes",
        whose=whose if whose in waiting.WHOSE else "",
        office=office if office in offices_of(current_user) else 0,
    )


# --- how long it takes ------------------------------------------------------------------------------------------------


@blueprint.get("/reports/times")
@needs(Permission.CASE_WORKLIST)
def stages() -> ResponseReturnValue:
    office, period = _office_and_period(request.args)
    found = times(current_user, office.id, period)
    routine = found.of(urgent=False)
    return render_template(
        "reports/times/stages.html",
        found=found,
        parts=[("Requests that are not urgent", routine), ("Urgent requests", found.of(urgent=True))],
        stage_chart=charts.stage_chart(routine) if routine else None,
        months_chart=charts.months_chart(found.months, found.whole_target) if any(one.net for one in found.months) else None,
        **_choices(office, period),
    )


@blueprint.get("/reports/waiting")
@needs(Permission.CASE_WORKLIST)
def waits() -> ResponseReturnValue:
    office, period = _office_and_period(request.args)
    bands = waiting.bands(current_user, office.id)
    return render_template(
        "reports/times/waiting.html",
        oldest=waiting.oldest(current_user, office.id),
        bands=bands,
        bands_chart=charts.bands_chart(bands) if waiting.largest(bands) else None,
        slow=[
            ("By provider", waiting.slowest_by_provider(current_user, office.id, period)),
            ("By specialty", waiting.slowest_by_specialty(current_user, office.id, period)),
        ],
        fewest=waiting.FEWEST,
        **_choices(office, period),
    )


def _office_and_period(typed: Mapping[str, str]) -> tuple[Organisation, Period]:
    """The office that is asked for, the first where none is; a period of ours."""
    offices = _offices()
    wanted = whole_number(typed.get("office", ""))
    office = next((one for one in offices if one.id == wanted), offices[0])
    return office, period_of(typed.get("period", ""))


def _offices() -> list[Organisation]:
    works_in = offices_of(current_user)
    return [one for one in current_user.organisations(COMMISSIONER) if one.id in works_in]


def _choices(office: Organisation, period: Period) -> dict[str, Any]:
    return {"office": office, "offices": _offices(), "period": period, "periods": PERIODS}


# --- what if ----------------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/what-if")
@needs(Permission.CASE_WORKLIST)
def what_if_page(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    if not cases.may(current_user, case, Permission.CASE_WORKLIST):
        raise PermissionError("this is for the office of the request")
    under_way = what_if.is_under_way(case)
    asks = any(name.startswith("on-") for name in request.args)
    form = WhatIfForm(request.args if asks else None, data={"on": what_if.usual_day(case)} if under_way else None)
    status, found = 200, None
    if under_way and (not asks or form.validate()) and form.on.data is not None:
        try:
            found = what_if.what_if(case, form.on.data)
        except Invalid as fault:
            with_faults(form, fault.faults)
    if asks and under_way and found is None:
        status = 422
    return _what_if(case, form, found, under_way), status


def _what_if(case: Case, form: WhatIfForm, found: what_if.WhatIf | None, under_way: bool) -> str:
    return render_template(
        "reports/times/what_if.html",
        case=case,
        strip=cases.strip(case, current_user),
        links=[
            {"text": one.text, "href": url_for(one.endpoint, key=case.key), "current": one.endpoint == "times.what_if_page",
             "count": one.count}
            for one in overview.rooms(case, current_user)
        ],  # fmt: skip
        form=form,
        found=found,
        under_way=under_way,
    )
