"""The pages of the evidence: for the clinician's side and the office. A panel reads its papers."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr.access import Permission, needs
from ifr.cases.drafts.pages import put_on
from ifr.cases.evidence import files, links, references, services, statement
from ifr.cases.evidence.forms import AgainForm, LinkForm, ReferenceForm, ReplaceForm, StatementForm
from ifr.cases.evidence.models import Reference
from ifr.cases.models import Case
from ifr.documents import Document, NotAcceptedError
from ifr.pages import with_faults
from ifr.workflow import Invalid, Stale

blueprint = Blueprint("evidence", __name__)

SAME_FILE = "That file is here already, so nothing was changed."


def _to(endpoint: str, case: Case, **more: Any) -> ResponseReturnValue:
    return redirect(url_for(endpoint, key=case.key, **more))


# --- the list -----------------------------------------------------------------------------------------------------------


@blueprint.get("/requests/<key>/evidence")
@needs(Permission.CASE_READ)
def page(key: str) -> ResponseReturnValue:
    return _page(services.case_of(key, current_user), AgainForm(formdata=None))


def _page(case: Case, form: AgainForm, status: int = 200) -> ResponseReturnValue:
    found = services.evidence_page(case, current_user)
    form.offer(found.offered)
    return render_template("cases/evidence/page.html", case=case, page=found, form=form), status


@blueprint.post("/requests/<key>/references/again")
@needs(Permission.CASE_READ)
def use_again(key: str) -> ResponseReturnValue:
    case = services.case_of(key, current_user)
    form = AgainForm()
    try:
        taken = references.use_again(case, form.wanted, by=current_user)
    except Invalid as fault:
        return _page(case, with_faults(form, fault.faults), 422)
    count = f"{len(taken)} {'reference was' if len(taken) == 1 else 'references were'} taken over."
    flash(f"{count} Say of each how near it is to this patient.", "warning" if taken else "message")
    return _to("evidence.page", case, _anchor="references")


# --- one file -----------------------------------------------------------------------------------------------------------


@blueprint.get("/requests/<key>/files/<int:document_id>")
@needs(Permission.CASE_READ)
def file(key: str, document_id: int) -> ResponseReturnValue:
    return _file_page(services.case_of(key, current_user), document_id)


def _file_page(case: Case, document_id: int, form: LinkForm | None = None, status: int = 200) -> ResponseReturnValue:
    found = services.file_page(case, document_id, current_user)
    if form is None:
        form = LinkForm(formdata=None, serves=links.chosen(links.links_of(case).files.get(document_id)))
    form.offer(links.choices(case))
    return render_template("cases/evidence/file.html", case=case, page=found, form=form), status


@blueprint.post("/requests/<key>/files/<int:document_id>/links")
@needs(Permission.CASE_READ)
def link_file(key: str, document_id: int) -> ResponseReturnValue:
    case = services.case_of(key, current_user)
    form = LinkForm()
    try:
        links.link_file(case, document_id, form.serves.data or (), by=current_user)
    except Invalid as fault:
        return _file_page(case, document_id, with_faults(form, fault.faults), 422)
    flash("What the file shows was saved.")
    return _to("evidence.file", case, document_id=document_id)


@blueprint.get("/requests/<key>/files/<int:document_id>/replace")
@needs(Permission.CASE_READ)
def replace(key: str, document_id: int) -> ResponseReturnValue:
    case = services.case_of(key, current_user)
    row = services.version_shown(case, document_id)
    services.must_replace(case, row, current_user)
    return _replace_page(case, row, ReplaceForm(formdata=None, obj=row))


def _replace_page(case: Case, row: Document, form: ReplaceForm, status: int = 200, *, stale: bool = False) -> ResponseReturnValue:
    limits = files.limits_of(case).words
    return render_template("cases/evidence/replace.html", case=case, row=row, form=form, limits=limits, stale=stale), status


@blueprint.post("/requests/<key>/files/<int:document_id>/replace")
@needs(Permission.CASE_READ)
def replace_file(key: str, document_id: int) -> ResponseReturnValue:
    case = services.case_of(key, current_user)
    row = services.version_shown(case, document_id)
    form = ReplaceForm()
    if not form.validate_on_submit():
        return _replace_page(case, row, form, 422)
    chosen = form.file.data
    try:
        added = files.replace_file(
            case, document_id, chosen.read(), chosen.filename or "", form.title.data, by=current_user
        )
    except (Invalid, NotAcceptedError) as fault:
        put_on(form, fault)
        return _replace_page(case, row, form, 422)
    except Stale:
        return _replace_page(case, row, form, 409, stale=True)
    flash(SAME_FILE if added.was_there else "The newer file is on the request. The older version can still be read.")
    return _to("evidence.file", case, document_id=added.document.id)


# --- references ---------------------------------------------------------------------------------------------------------


@blueprint.get("/requests/<key>/references/new")
@needs(Permission.CASE_READ)
def new_reference(key: str) -> ResponseReturnValue:
    case = services.case_of(key, current_user)
    services.must_write(case, current_user)
    return _reference_page(case, ReferenceForm(formdata=None))


@blueprint.post("/requests/<key>/references/new")
@needs(Permission.CASE_READ)
def add_reference(key: str) -> ResponseReturnValue:
    return _save_reference(services.case_of(key, current_user), None)


@blueprint.get("/requests/<key>/references/<int:reference_id>")
@needs(Permission.CASE_READ)
def reference(key: str, reference_id: int) -> ResponseReturnValue:
    case = services.case_of(key, current_user)
    services.must_write(case, current_user)
    row = references.reference(case, reference_id)
    served = links.chosen(links.links_of(case).references.get(row.id))
    grade = row.grade or references.NOT_GRADED
    form = ReferenceForm(formdata=None, obj=row, data={"serves": served, "seen": row.version})
    form.grade.data = grade
    return _reference_page(case, form, row)


@blueprint.post("/requests/<key>/references/<int:reference_id>")
@needs(Permission.CASE_READ)
def change_reference(key: str, reference_id: int) -> ResponseReturnValue:
    case = services.case_of(key, current_user)
    return _save_reference(case, references.reference(case, reference_id))


@blueprint.post("/requests/<key>/references/<int:reference_id>/remove")
@needs(Permission.CASE_READ)
def remove_reference(key: str, reference_id: int) -> ResponseReturnValue:
    case = services.case_of(key, current_user)
    references.remove_reference(case, reference_id, by=current_user)
    flash("The reference was taken out.")
    return _to("evidence.page", case, _anchor="references")


def _save_reference(case: Case, row: Reference | None) -> ResponseReturnValue:
    services.must_write(case, current_user)
    form = ReferenceForm()
    if not form.validate_on_submit():
        return _reference_page(case, form, row, 422)
    try:
        if row is None:
            references.add_reference(case, form.said, once=form.once.data, by=current_user)
        else:
            references.change_reference(case, row.id, form.said, seen=form.seen.data, by=current_user)
    except Invalid as fault:
        return _reference_page(case, with_faults(form, fault.faults), row, 422)
    except Stale:
        form.seen.data = row.version if row else 0
        return _reference_page(case, form, row, 409, stale=True)
    return _to("evidence.page", case, _anchor="references")


def _reference_page(
    case: Case, form: ReferenceForm, row: Reference | None = None, status: int = 200, *, stale: bool = False
) -> ResponseReturnValue:
    form.offer(
        serves=links.choices(case), studies=case.questions.study_types, grades=references.grades_for(case),
        scale=references.scale_named(case), files=[(one.id, one.title) for one in files.evidence_files(case)],
    )  # fmt: skip
    shown = {"now": references.cited(row) if row is not None and stale else "", "stale": stale}
    return render_template("cases/evidence/reference.html", case=case, form=form, row=row, **shown), status


# --- the patient's own statement ------------------------------------------------------------------------------------------


@blueprint.get("/requests/<key>/statement")
@needs(Permission.CASE_READ)
def own_statement(key: str) -> ResponseReturnValue:
    case = services.case_of(key, current_user)
    latest = next(iter(statement.versions(case)), None)
    form = StatementForm(formdata=None, seen=latest.number if latest else 0)
    if latest is not None:
        form.text.data, form.written_by.data, form.note.data = latest.text, latest.written_by, latest.written_by_note
    return _statement_page(case, form)


def _statement_page(case: Case, form: StatementForm, status: int = 200, *, stale: bool = False) -> ResponseReturnValue:
    to_panel, source = statement.goes_to_panel(case)
    return render_template(
        "cases/evidence/statement.html", case=case, form=form, versions=statement.versions(case), to_panel=to_panel,
        source=source, may_write=statement.may_write(case, current_user), who=statement.who_wrote, stale=stale,
    ), status  # fmt: skip


@blueprint.post("/requests/<key>/statement")
@needs(Permission.CASE_READ)
def save_statement(key: str) -> ResponseReturnValue:
    case = services.case_of(key, current_user)
    form = StatementForm()
    if not form.validate_on_submit():
        return _statement_page(case, form, 422)
    try:
        statement.save_statement(
            case, form.text.data or "", written_by=form.written_by.data or "", note=form.note.data or "",
            taken_back=form.taken_back.data, once=form.once.data, seen=form.seen.data, by=current_user,
        )  # fmt: skip
    except Invalid as fault:
        return _statement_page(case, with_faults(form, fault.faults), 422)
    except Stale:
        form.seen.data = next(iter(statement.versions(case))).number
        return _statement_page(case, form, 409, stale=True)
    flash("The statement was kept as it was written.")
    return _to("evidence.page", case, _anchor="statement")
