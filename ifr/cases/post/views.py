"""The pages of the post, and of what a letter says otherwise than the record."""

from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import pdf
from ifr.access import Permission, needs
from ifr.cases.models import Case
from ifr.cases.post import differences, reading, services
from ifr.cases.post.forms import CameBackForm, DoneForm, PostedForm
from ifr.cases.services import in_office, letter_title, may, strip, visible_case
from ifr.pages import plain_text, seen_version, with_faults
from ifr.people import services as people
from ifr.workflow import Invalid, NotVisible

blueprint = Blueprint("post", __name__)


@blueprint.get("/post")
@needs(Permission.LETTER_RELEASE)
def page() -> ResponseReturnValue:
    waiting, total = reading.waiting(current_user)
    return render_template(
        "cases/post/page.html",
        waiting=waiting,
        total=total,
        most=services.MOST_AT_ONCE,
        runs=reading.runs(current_user),
        returned=reading.returned(current_user),
        leaving=reading.leaving(current_user),
        lost=reading.lost(current_user),
        because=services.BECAUSE,
        countdown=reading.countdown,
    )


@blueprint.post("/post/runs")
@needs(Permission.LETTER_RELEASE)
def print_waiting() -> ResponseReturnValue:
    made = services.print_what_waits(current_user)
    flash("The letters are in a print run. Open its file and print it, then record the day on which you post it.")
    return redirect(url_for("post.run", run_id=made[0].id) if len(made) == 1 else url_for("post.page"))


@blueprint.get("/post/runs/<int:run_id>", endpoint="run")
@needs(Permission.LETTER_RELEASE)
def run_page(run_id: int) -> ResponseReturnValue:
    return _run_page(run_id)


def _run_page(run_id: int, faulty: PostedForm | None = None) -> str:
    services.run_of(run_id, current_user)
    return render_template(
        "cases/post/run.html", shown=reading.run(run_id, current_user), form=faulty or PostedForm(formdata=None),
    )  # fmt: skip


@blueprint.get("/post/runs/<int:run_id>/file")
@needs(Permission.LETTER_RELEASE)
def run_file(run_id: int) -> ResponseReturnValue:
    run = services.run_of(run_id, current_user)
    try:
        content = services.file_of(run, current_user)
    except pdf.PdfUnavailable:
        flash("This machine cannot print letters: tell those who run the service.", "warning")
        return redirect(url_for("post.page"))
    return send_file(BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=f"print-run-{run.id}.pdf")


@blueprint.post("/post/runs/<int:run_id>/posted")
@needs(Permission.LETTER_RELEASE)
def posted(run_id: int) -> ResponseReturnValue:
    form = PostedForm()
    services.run_of(run_id, current_user)
    if not form.validate_on_submit() or form.on.data is None:
        return _run_page(run_id, form), 422
    try:
        services.mark_posted(run_id, on=form.on.data, by=current_user)
    except Invalid as fault:
        return _run_page(run_id, with_faults(form, fault.faults)), 422
    flash("It is on record that these letters were posted.")
    return redirect(url_for("post.run", run_id=run_id))


@blueprint.post("/post/letters/<int:letter_id>/by-post")
@needs(Permission.LETTER_RELEASE)
def by_post_instead(letter_id: int) -> ResponseReturnValue:
    services.post_instead(letter_id, current_user)
    flash("The letter waits to be printed and posted.")
    return redirect(url_for("post.page"))


# --- one letter that came back --------------------------------------------------------------------------------------------


@blueprint.get("/post/<int:posting_id>", endpoint="letter")
@needs(Permission.LETTER_RELEASE)
def letter_page(posting_id: int) -> ResponseReturnValue:
    return _letter_page(posting_id)


def _letter_page(posting_id: int, came_back: CameBackForm | None = None, done: DoneForm | None = None) -> str:
    one = services.posting_of(posting_id, current_user)
    return render_template(
        "cases/post/letter.html",
        row=reading.row_of(one),
        because=services.BECAUSE,
        was_first=one.checked_by_id == current_user.id,
        came_back_form=came_back or CameBackForm(formdata=None),
        done_form=done or DoneForm(formdata=None),
        faulty=came_back or done,
    )


@blueprint.post("/post/<int:posting_id>/back")
@needs(Permission.LETTER_RELEASE)
def came_back(posting_id: int) -> ResponseReturnValue:
    form = CameBackForm()
    services.posting_of(posting_id, current_user)
    if not form.validate_on_submit() or form.on.data is None:
        return _letter_page(posting_id, came_back=form), 422
    try:
        services.came_back(posting_id, because=form.because.data, on=form.on.data, by=current_user)
    except Invalid as fault:
        return _letter_page(posting_id, came_back=with_faults(form, fault.faults)), 422
    flash("It is on record that the letter came back.")
    return redirect(url_for("post.letter", posting_id=posting_id))


@blueprint.post("/post/<int:posting_id>/address")
@needs(Permission.LETTER_RELEASE)
def check_address(posting_id: int) -> ResponseReturnValue:
    """The address on record is right now: said by one, then by a second person. Or the letter is not sent again."""
    form = DoneForm()
    form.validate_on_submit()
    typed = form.what_was_done.data or ""
    try:
        if request.form.get("then") == "leave":
            services.leave(posting_id, what_was_done=typed, by=current_user)
            said = "It is on record that the letter is not sent again."
        elif services.check_address(posting_id, what_was_done=typed, by=current_user):
            said = "The letter waits to be printed again, with the address that is on record now."
        else:
            said = "It is on record that you have checked the address. A second person has to check it too."
    except Invalid as fault:
        return _letter_page(posting_id, done=with_faults(form, fault.faults)), 422
    flash(said)
    return redirect(url_for("post.letter", posting_id=posting_id))


# --- what a letter says otherwise than the record -------------------------------------------------------------------------


@blueprint.get("/cases/<key>/letters/differences", endpoint="differences")
@needs(Permission.LETTER_RELEASE)
def differences_page(key: str) -> ResponseReturnValue:
    return _differences_page(_case(key))


def _differences_page(case: Case, faults: dict[str, str] | None = None) -> str:
    found = differences.of_case(case)
    names = people.people_named(
        person for _, rows in found for one in rows for person in (one.let_go_by_id, one.second_by_id)
    )
    return render_template(
        "cases/post/differences.html",
        case=case,
        strip=strip(case, current_user),
        found=found,
        names=names,
        title_of=letter_title,
        faults=faults or {},
        errors=_errors(faults or {}),
    )


def _errors(faults: dict[str, str]) -> list[dict[str, Any]]:
    return [{"text": text, "href": f"#{name}"} for name, text in faults.items()]


@blueprint.post("/cases/<key>/letters/differences/<int:difference_id>")
@needs(Permission.LETTER_RELEASE)
def let_go(key: str, difference_id: int) -> ResponseReturnValue:
    case = _case(key)
    because = plain_text(request.form.get("because", ""))
    try:
        one = differences.let_go(case, difference_id, because=because, by=current_user, seen=seen_version())
    except Invalid as fault:
        return _differences_page(case, fault.faults), 422
    flash("Two people have said so: release the letter again." if one.second_by_id else "A second person has to agree.")
    return redirect(url_for("post.differences", key=case.key))


def _case(key: str) -> Case:
    case = visible_case(key, current_user)
    if not in_office(current_user, case) or not may(current_user, case, Permission.LETTER_RELEASE):
        raise NotVisible(key)
    return case
