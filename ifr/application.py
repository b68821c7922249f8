"""The application: the only place that wires rooms together."""

import importlib
import importlib.util
import logging
from pathlib import Path
from typing import Any

from flask import Flask, current_app, has_request_context, render_template, request, url_for
from flask_login import current_user
from werkzeug.exceptions import HTTPException

from ifr import access, clock, db, documents, pages, profiles, soundness, workflow
from ifr.config import HOUSE, Config, from_environment

# Each room registers its guards, letters and effects when it is imported.
ROOMS = (
    "people",
    "policies",
    "policies.editing",
    "policies.public",
    "policies.guidance",
    "cases",
    "cases.drafts",
    "cases.distinct",
    "cases.starting",
    "cases.intake",
    "cases.patients",
    "cases.evidence",
    "cases.timing",
    "cases.parties",
    "cases.post",
    "screening",
    "screening.groups",
    "panels",
    "panels.members",
    "panels.interests",
    "panels.checking",
    "panels.pack",
    "panels.room",
    "decisions",
    "decisions.undoing",
    "outcomes",
    "appeals",
    "telling",
    "timetable",
    "timetable.holidays",
    "timetable.commissioners",
    "reports",
    "reports.times",
    "reports.operations",
)
REGISTRARS = ("models", "services", "guards", "letters", "minutes")

# What the navigation offers, to whom: text, endpoint, permission.
NAVIGATION = (
    ("My requests", "drafts.mine", access.Permission.CASE_DRAFT),
    ("Worklist", "reports.worklist", access.Permission.CASE_WORKLIST),
    ("Calendar", "times.calendar", access.Permission.CASE_WORKLIST),
    ("Log a request", "intake.log", access.Permission.CASE_LOG),
    ("Enquiries", "intake.enquiry_list", access.Permission.CASE_CHECK),
    ("Meetings", "panels.meetings", access.Permission.PANEL_MANAGE),
    ("Panel members", "members.register", access.Permission.PANEL_REGISTER),
    ("My meetings", "panels.mine", access.Permission.PANEL_SIT),
    ("My interests", "members.my_interests", access.Permission.PANEL_SIT),
    ("Reviews", "appeals.my_reviews", access.Permission.APPEAL_REVIEW),
    ("Letters", "reports.letters_to_release", access.Permission.LETTER_RELEASE),
    ("Post", "post.page", access.Permission.LETTER_RELEASE),
    ("Records kept", "timetable.retention", access.Permission.RETENTION_REVIEW),
    ("Groups", "groups.groups", access.Permission.POLICY_EDIT),
    ("Policies", "policies.register", access.Permission.POLICY_READ),
    ("News", "telling.news", access.Permission.ACCOUNT),
    ("Days off", "holidays.table", access.Permission.TIMETABLE_READ),
    ("How we work", "commissioners.page", access.Permission.TIMETABLE_READ),
    ("Service", "operations.page", access.Permission.OPERATIONS_READ),
)


def create_app(config: Config | None = None) -> Flask:
    """Make the web application. Needs no database to be made; raises DefinitionError when `workflows/` cannot be used."""
    config = config or from_environment()
    app = db.Application("ifr", static_folder=str(Path(__file__).parent / "static"), template_folder=str(HOUSE / "templates"))
    app.config.update(
        IFR=config,
        SECRET_KEY=config.secret_key,
        # A file somewhat over the limit is taken in to its end, so that its form comes back with what was typed in it.
        MAX_CONTENT_LENGTH=5 * config.largest_file,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        UNAVAILABLE=_unavailable,
        NAVIGATION=NAVIGATION,
    )
    if config.is_production:
        clock.run_in_production()
    db.init_app(app, config.database_url)
    pages.prepare(app)
    _open_rooms(app)
    soundness.check(profiles.read_folder(config.workflows), letter_folders=letter_folders())
    _handle_errors(app)
    # Macros see what the environment holds, and nothing of a context processor.
    app.jinja_env.globals["link_of"] = link_of
    app.context_processor(_for_every_page)
    return app


def letter_folders() -> set[str]:
    return {path.parent.name for path in (HOUSE / "templates" / "letters").glob("*/letter.html")} - {"_base"}


def _open_rooms(app: Flask) -> None:
    from ifr.people import views as people

    # Who is not signed in is asked to sign in before the form's token is looked at: what was typed is carried over.
    access.guard_routes(app, unauthenticated=people.unauthenticated)
    people.init_app(app)
    for room in ROOMS:
        for part in REGISTRARS:
            if importlib.util.find_spec(f"ifr.{room}.{part}"):
                importlib.import_module(f"ifr.{room}.{part}")
        app.register_blueprint(importlib.import_module(f"ifr.{room}.views").blueprint)


def _for_every_page() -> dict[str, Any]:
    if not has_request_context() or not current_user.is_authenticated:
        return {}
    roles = current_user.roles
    return {
        "navigation": [
            {"text": text, "href": url_for(endpoint), "current": request.endpoint == endpoint}
            for text, endpoint, permission in NAVIGATION
            if access.has(roles, permission)
        ],
    }


# --- what goes wrong, in sentences --------------------------------------------------------------------------------------


def _handle_errors(app: Flask) -> None:
    app.register_error_handler(workflow.NotVisible, lambda fault: _page(404))
    app.register_error_handler(workflow.Stale, _stale)
    app.register_error_handler(workflow.NotYours, _refused)
    app.register_error_handler(workflow.Refused, _refused)
    app.register_error_handler(workflow.Invalid, _invalid)
    app.register_error_handler(documents.HeldBackError, _held_back)
    app.register_error_handler(PermissionError, lambda fault: _page(403))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _page(code: int, **context: Any) -> tuple[str, int]:
    return render_template(f"errors/{code}.html", **context), code


def _typed() -> list[tuple[str, str]]:
    """What was typed into the form that could not be saved, so that the page can show it."""
    hidden = {"csrf_token", "seen", "once", "password"}
    return [(name, value) for name, value in request.form.items(multi=True) if name not in hidden and value.strip()]


def _stale(fault: workflow.Stale) -> tuple[str, int]:
    from ifr.people.services import people_named

    names = people_named({one.by_id for one in fault.changes if one.by_id})
    changes = [{"at": m.at, "by": names.get(m.by_id or 0, "The service"), "text": m.done} for m in fault.changes]
    return _page(409, changes=changes, typed=_typed(), seen=fault.subject.version, stale=True)


def _refused(fault: workflow.Refused) -> tuple[str, int]:
    reasons = [{"text": r.text, "href": link_of(r)} for r in fault.reasons]
    if isinstance(fault, workflow.NotYours):
        return render_template("errors/409.html", reasons=reasons, typed=_typed()), 403
    return _page(409, reasons=reasons, typed=_typed())


def _held_back(fault: documents.HeldBackError) -> tuple[str, int]:
    return _page(409, reasons=[{"text": str(fault), "href": None}])


def _invalid(fault: workflow.Invalid) -> tuple[str, int]:
    return _page(422, faults=list(fault.faults.values()), typed=_typed())


def link_of(reason: workflow.Reason, **named: Any) -> str | None:
    """The address of the page on which a reason is put right; rooms name it by endpoint, the case by this request.

    A page that shows several cases names each (`key=`), since its own address names none.
    """
    if reason.to is None:
        return None
    values = {**(request.view_args or {}), "section": reason.section, **named}
    rules = current_app.url_map.iter_rules(reason.to)
    wanted = next(iter(rules)).arguments
    return url_for(reason.to, _anchor=reason.anchor, **{k: v for k, v in values.items() if k in wanted})


def _http_error(fault: HTTPException) -> Any:
    if fault.response is not None or fault.code is None or fault.code < 400:
        return fault
    known = {400, 403, 404, 405, 413, 500, 503}
    body, code = _page(fault.code if fault.code in known else 400, sentence=None)
    return body, fault.code or code


def _unexpected(fault: Exception) -> tuple[str, int]:
    """Anything that nobody foresaw. The log gets the trace, which holds no form; the person gets a sentence."""
    logging.getLogger("ifr").exception("%s %s failed", request.method, request.url_rule)
    return _page(500)


def _unavailable() -> tuple[str, int]:
    return _page(503)


