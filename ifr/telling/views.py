"""What is new, how one wants to be told, the wording of mails, and calendars by subscription."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr.access import Permission, needs, public
from ifr.pages import with_faults
from ifr.telling import calendars, forms, mails, passages, services
from ifr.telling import news as happened
from ifr.telling.services import MOST_COUNTED, Preferred
from ifr.workflow import Invalid

blueprint = Blueprint("telling", __name__)


@blueprint.app_context_processor
def badges() -> dict[str, Any]:
    """What the navigation shows beside a link: asked by the page that has one, and by no other."""
    return {"badge_of": _badge_of}


def _badge_of(href: str) -> str:
    """How many notices wait, beside the link to the news."""
    if href != url_for("telling.news"):
        return ""
    number = services.how_many_wait(current_user)
    return f"{MOST_COUNTED}+" if number > MOST_COUNTED else str(number or "")


# --- news ---------------------------------------------------------------------------------------------------------------------


@blueprint.get("/news")
@needs(Permission.ACCOUNT)
def news() -> ResponseReturnValue:
    before = request.args.get("before", "")
    return render_template("telling/news.html", found=happened.news(current_user, before), is_first=not before)


@blueprint.post("/news/read")
@needs(Permission.ACCOUNT)
def mark_all_read() -> ResponseReturnValue:
    services.mark_all_read(current_user)
    flash("Everything is marked as read.")
    return redirect(url_for("telling.news"))


# --- how one wants to be told ---------------------------------------------------------------------------------------------------


@blueprint.get("/account/emails")
@needs(Permission.ACCOUNT)
def preferences() -> ResponseReturnValue:
    held = services.preference_of(current_user.id)
    form = forms.PreferenceForm(
        formdata=None, digest=held.digest, at_minute=held.at_minute, urgent_at_once="yes" if held.urgent_at_once else "no"
    )
    return _preferences(form)


def _preferences(form: forms.PreferenceForm, code: int = 200) -> ResponseReturnValue:
    return render_template("telling/preferences.html", form=form, person=current_user), code


@blueprint.post("/account/emails")
@needs(Permission.ACCOUNT)
def prefer() -> ResponseReturnValue:
    form = forms.PreferenceForm()
    if not form.validate_on_submit():
        return _preferences(form, 422)
    wanted = Preferred(form.digest.data, form.at_minute.data, form.urgent_at_once.data == "yes")
    try:
        services.prefer(current_user, wanted)
    except Invalid as fault:
        return _preferences(with_faults(form, fault.faults), 422)
    flash("Your choice is saved.")
    return redirect(url_for("telling.preferences"))


# --- the wording of mails -------------------------------------------------------------------------------------------------------


@blueprint.get("/email-texts")
@needs(Permission.TIMETABLE_EDIT)
def texts() -> ResponseReturnValue:
    return render_template("telling/texts.html", listing=passages.listing(current_user))


@blueprint.get("/email-texts/<slug>/<name>")
@needs(Permission.TIMETABLE_EDIT)
def passage(slug: str, name: str) -> ResponseReturnValue:
    page = passages.passage_page(slug, name, current_user)
    return _passage(page, forms.PassageForm(formdata=None, text=page.text, seen=page.version))


def _passage(page: passages.PassagePage, form: forms.PassageForm, code: int = 200) -> ResponseReturnValue:
    office = mails.office_of(mails.profile_of(page.commissioner))
    try:
        shown = passages.preview(page, passages.check(page.name, form.text.data or ""), office)
    except Invalid:
        shown = ""
    html = render_template(
        "telling/passage.html", page=page, form=form, shown=shown, names=passages.NAMES,
        is_changed=(form.text.data or "").replace("\r\n", "\n").strip() != page.text,
    )
    return html, code


@blueprint.post("/email-texts/<slug>/<name>")
@needs(Permission.TIMETABLE_EDIT)
def word_passage(slug: str, name: str) -> ResponseReturnValue:
    """Keep what was typed, or with `then=look` only show how it would read."""
    form = forms.PassageForm()
    page = passages.passage_page(slug, name, current_user)
    try:
        passages.check(name, form.text.data or "")
        if request.form.get("then") == "look":
            return _passage(page, form)
        kept = passages.save(slug, name, form.text.data or "", seen=form.seen.data, by=current_user)
    except Invalid as fault:
        return _passage(page, with_faults(form, fault.faults), 422)
    flash("The new text is saved. The next email is sent with it." if kept else "The text is as it was.")
    return redirect(url_for("telling.passage", slug=slug, name=name))


# --- calendars ------------------------------------------------------------------------------------------------------------------


@blueprint.get("/account/calendar")
@needs(Permission.ACCOUNT)
def calendar() -> ResponseReturnValue:
    return render_template("telling/calendar.html", feed=calendars.feed_of(current_user), address=None)


@blueprint.post("/account/calendar")
@needs(Permission.ACCOUNT)
def make_calendar() -> ResponseReturnValue:
    """The address is shown on this page and never again: only its digest is kept."""
    token = calendars.make_token(current_user)
    address = mails.address_of("telling.feed", token=token)
    return render_template("telling/calendar.html", feed=calendars.feed_of(current_user), address=address)


@blueprint.post("/account/calendar/end")
@needs(Permission.ACCOUNT)
def end_calendar() -> ResponseReturnValue:
    calendars.revoke(current_user)
    flash("The address of your calendar opens nothing any more.")
    return redirect(url_for("telling.calendar"))


@blueprint.get("/calendar.ics")
@public
def feed() -> ResponseReturnValue:
    """The token stands in the query, which the log of the server leaves out."""
    owner = calendars.owner_of(request.args.get("token", ""))
    answer = Response(calendars.calendar_of(owner), mimetype="text/calendar")
    answer.headers["Content-Disposition"] = "inline; filename=ifr.ics"
    return answer
