"""The pages of the identity check: what was found, and each page of a file with its picture beside its words."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import workflow
from ifr.access import Permission, needs
from ifr.cases import services as cases
from ifr.cases.overview import download_name
from ifr.pages import plain_text, seen_version, whole_number
from ifr.panels.checking import pictures, redaction, services
from ifr.panels.checking.pages import UnreadablePdfError
from ifr.workflow import NotVisible

blueprint = Blueprint("checking", __name__)

_LONGEST_REASON = 2_000


@blueprint.get("/cases/<key>/papers-check")
@needs(Permission.CASE_WORKLIST)
def check_papers(key: str) -> ResponseReturnValue:
    return _check(key)


@blueprint.post("/cases/<key>/papers-check")
@needs(Permission.CASE_WORKLIST)
def save_papers_check(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    form = request.form
    answers = {p: (form.get(f"answer_{p}", ""), _reason(form.get(f"reason_{p}"))) for p in form.getlist("place")}
    looked = form.getlist("looked")
    emptied = [whole_number(one) for one in form.getlist("emptied")]
    typed = {"answers": answers, "looked": looked, "emptied": emptied, "read": bool(form.get("read"))}
    too_long = {p: "Shorten the reason to 2,000 characters." for p, (_, why) in answers.items() if len(why) > _LONGEST_REASON}
    if too_long:
        services.must_check(case, current_user)
        return _check(key, 422, faults=too_long, typed=typed)
    try:
        check = services.save_check(
            case, answers=answers, looked=looked, emptied=emptied, read=bool(form.get("read")), sha256=form.get("papers", ""),
            seen=seen_version(), by=current_user,
        )  # fmt: skip
    except workflow.Invalid as fault:
        return _check(key, 422, faults=fault.faults, typed=typed)
    flash(_saved(check.read_at is not None, _takes_out(answers, emptied)))
    return redirect(url_for("checking.check_papers", key=case.key))


def _takes_out(answers: dict[str, tuple[str, str]], emptied: list[int]) -> bool:
    return bool(emptied) or any(answer == services.REDACT for answer, _ in answers.values())


def _reason(typed: str | None) -> str:
    return str(plain_text(typed or "")).strip()


def _saved(done: bool, taken_out: bool) -> str:
    if taken_out:
        return "The words have been taken out. Look at the new copy, then say that you have read the papers."
    return "The check has been recorded." if done else "Saved. The check is not finished."


@blueprint.post("/cases/<key>/papers-check/<place>/agree")
@needs(Permission.CASE_WORKLIST)
def agree(key: str, place: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    try:
        services.agree(case, place, seen=seen_version(), by=current_user)
    except workflow.Invalid as fault:
        return _check(key, 422, faults=fault.faults)
    return redirect(url_for("checking.check_papers", key=case.key))


def _check(key: str, code: int = 200, *, faults: Any = None, typed: Any = None) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    page = services.check_page(case, current_user)
    faults = faults or {}
    errors = [{"text": text, "href": _at(at)} for at, text in faults.items()]
    return render_template(
        "panels/checking/check.html", page=page, case=case, strip=cases.strip(case, current_user), errors=errors, faults=faults,
        typed=typed or {"answers": {}, "looked": [], "emptied": [], "read": None}, choices=services.ANSWERS,
        choices_in_files=services.ANSWERS_IN_FILES,
    ), code  # fmt: skip


def _at(place: str) -> str:
    if place == "words":
        return "#check"
    return f"#{place}" if place == "read" or place.startswith("look_") else f"#answer_{place}"


# --- one page of a file ---------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/papers-check/documents/<int:number>/pages/<int:page>")
@needs(Permission.CASE_WORKLIST)
def file_page(key: str, number: int, page: int) -> ResponseReturnValue:
    return _file_page(key, number, page)


@blueprint.post("/cases/<key>/papers-check/documents/<int:number>/pages/<int:page>/words")
@needs(Permission.CASE_WORKLIST)
def take_out_words(key: str, number: int, page: int) -> ResponseReturnValue:
    case = _checked_case(key)
    words, everywhere = str(plain_text(request.form.get("words", ""))), bool(request.form.get("everywhere"))
    try:
        count = redaction.take_out_words(
            case, number, words, None if everywhere else page, seen=seen_version(), by=current_user
        )
    except workflow.Invalid as fault:
        return _file_page(key, number, page, 422, faults=fault.faults, typed={"words": words, "everywhere": everywhere})
    flash(f"Taken out in {count} {'place' if count == 1 else 'places'}.")
    return redirect(url_for("checking.file_page", key=case.key, number=number, page=page))


@blueprint.post("/cases/<key>/papers-check/documents/<int:number>/pages/<int:page>/band")
@needs(Permission.CASE_WORKLIST)
def take_out_band(key: str, number: int, page: int) -> ResponseReturnValue:
    case = _checked_case(key)
    typed = {name: request.form.get(name, "").strip()[:20] for name in ("top", "bottom", "picture")}
    try:
        redaction.take_out_band(
            case, number, whole_number(typed["picture"]) if typed["picture"] else page, _percent(typed["top"]),
            _percent(typed["bottom"]), seen=seen_version(), by=current_user,
        )  # fmt: skip
    except workflow.Invalid as fault:
        return _file_page(key, number, page, 422, faults=fault.faults, typed=typed)
    flash("Taken out. Look at the picture.")
    return redirect(url_for("checking.file_page", key=case.key, number=number, page=page))


def _percent(typed: str) -> int:
    """A number from 0 to 100; beside that range where nothing of the kind was typed, so that it is asked for again."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= 3 else -1


@blueprint.post("/cases/<key>/papers-check/documents/<int:number>/original")
@needs(Permission.CASE_WORKLIST)
def use_original(key: str, number: int) -> ResponseReturnValue:
    case = _checked_case(key)
    because = _reason(request.form.get("because"))[:_LONGEST_REASON]
    try:
        redaction.use_original(case, number, because, seen=seen_version(), by=current_user)
    except workflow.Invalid as fault:
        return _file_page(key, number, 1, 422, faults=fault.faults, typed={"because": because})
    flash("The file is shown as it came. Its places are to be answered again.")
    return redirect(url_for("checking.check_papers", key=case.key))


def _checked_case(key: str) -> Any:
    case = cases.visible_case(key, current_user)
    services.must_check(case, current_user)
    return case


def _file_page(
    key: str, number: int, page: int, code: int = 200, *, faults: Any = None, typed: Any = None
) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    shown = pictures.file_page(case, number, page, current_user)
    errors = [{"text": text, "href": f"#{at}"} for at, text in (faults or {}).items()]
    return render_template(
        "panels/checking/file.html", page=shown, case=case, number=number, strip=cases.strip(case, current_user), errors=errors,
        faults=faults or {}, typed=typed or {},
    ), code  # fmt: skip


@blueprint.get("/cases/<key>/papers-check/documents/<int:number>/pages/<int:page>/picture")
@needs(Permission.CASE_WORKLIST)
def picture(key: str, number: int, page: int) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    try:
        content = pictures.picture(case, number, page, current_user)
    except (UnreadablePdfError, OSError, ValueError) as fault:
        raise NotVisible(str(page)) from fault
    return Response(content, mimetype="image/jpeg")


@blueprint.get("/cases/<key>/papers-check/documents/<int:number>/file")
@needs(Permission.CASE_WORKLIST)
def shown_file(key: str, number: int) -> ResponseReturnValue:
    """The file as a panel is shown it: the redacted copy where there is one."""
    case = cases.visible_case(key, current_user)
    found, content = pictures.shown_file(case, number, current_user)
    answer = Response(content, mimetype=found.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{download_name(case, found)}"'
    return answer
