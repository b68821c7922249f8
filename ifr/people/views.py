"""Signing in and out, one's own account, and what a request without a sign-in is told."""

from typing import Any

from flask import (
    Blueprint,
    Flask,
    Request,
    current_app,
    flash,
    g,
    has_request_context,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFError, CSRFProtect

from ifr.access import Permission, has, needs, public
from ifr.config import Config
from ifr.people import lapsed, services
from ifr.people.forms import SignInForm
from ifr.people.models import PROFESSIONS, User

blueprint = Blueprint("people", __name__)
BLUEPRINTS = (blueprint,)

WRONG = "The email address or the password is wrong"
OPEN_TOO_LONG = "This page had been open for too long. Enter your email address and password again"
NOT_KEPT = "What you had typed before you signed in could not be kept."
ANOTHERS = "What had been typed on this computer was typed by somebody else. It was not kept and nothing was saved."


def init_app(app: Flask) -> None:
    """Let the app know who is signed in, and take no form that a page of ours did not make."""
    settings: Config = app.config["IFR"]
    app.config.update(
        # The usual names would clash with those of other services on one computer, and sign people out there.
        SESSION_COOKIE_NAME="ifr",
        REMEMBER_COOKIE_NAME="ifr_does_not_remember",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_address.startswith("https:"),
        # A form may be typed for hours; its token lives as long as the session.
        WTF_CSRF_TIME_LIMIT=None,
    )
    manager = LoginManager()
    # It would put marks of its own into the cookie, which holds our token and nothing else.
    manager.session_protection = None
    manager.request_loader(_who_is_signed_in)
    manager.init_app(app)
    CSRFProtect(app)
    app.register_error_handler(CSRFError, form_not_accepted)


def _who_is_signed_in(_: Request) -> User | None:
    return services.user_for(session.get("token"))


@blueprint.app_context_processor
def account_menu() -> dict[str, Any]:
    # Letters are rendered by the worker, where there is no request and nobody has an account menu.
    if not has_request_context():
        return {}
    links = [{"text": "Your account", "href": url_for("people.account")}]
    return {"account_links": links, "sign_out_href": url_for("people.sign_out")}


@blueprint.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    form = SignInForm(next=request.args.get("next", ""))
    if current_user.is_authenticated:
        return redirect(form.destination)
    return _sign_in_page(form)


@blueprint.post("/sign-in")
@public
def send_sign_in() -> ResponseReturnValue:
    form = SignInForm()
    if not form.validate_on_submit():
        return _sign_in_page(form), 422
    try:
        user = services.authenticate(form.email.data or "", form.password.data or "")
    except services.TooManySignInsError as refusal:
        return _sign_in_page(form, problem=str(refusal)), 429
    if user is None:
        return _sign_in_page(form, problem=WRONG), 422
    _begin(user)
    return _go_on(user, form)


def _sign_in_page(form: SignInForm, *, problem: str | None = None, lapsed_now: bool = False) -> str:
    if problem:
        form.email.errors = [problem]
    kept = lapsed.open_sealed(form.kept.data)
    lost = bool(form.kept.data) and kept is None
    if lost:
        form.kept.data = ""
    return render_template("people/sign_in.html", form=form, kept=kept, lost=lost, lapsed_now=lapsed_now)


def _begin(user: User) -> None:
    """Start afresh in this browser: nothing of an earlier session, nor a token that somebody knew before, lives on."""
    services.end_sign_in(session.get("token"), why="replaced")
    session.clear()
    g.pop("csrf_token", None)
    session["token"] = services.start_sign_in(user)
    # Flask-Login asked at most once in this request, and was told that nobody is here; its own `login_user` would put
    # the person's id into the cookie.
    g._login_user = user


def _go_on(user: User, form: SignInForm) -> ResponseReturnValue:
    """To where the person wanted to go, or to what he or she had typed."""
    if not form.kept.data:
        return redirect(form.destination)
    kept = lapsed.open_sealed(form.kept.data)
    if kept is None or not kept.is_for(user.id):
        flash(ANOTHERS if kept else NOT_KEPT, "warning")
        return redirect(url_for("people.home"))
    return render_template("people/kept.html", kept=kept, signed_in_again=True)


@blueprint.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    services.end_sign_in(session.get("token"), why="signed_out")
    session.clear()
    return redirect(url_for("people.sign_in"))


@blueprint.get("/")
@needs(Permission.ACCOUNT)
def home() -> ResponseReturnValue:
    """Where somebody's work begins: the first page of the menu that the person's roles open."""
    menu = current_app.config["NAVIGATION"]
    first = next((page for _, page, wanted in menu if has(current_user.roles, wanted)), "people.account")
    return redirect(url_for(first))


@blueprint.get("/account")
@needs(Permission.ACCOUNT)
def account() -> ResponseReturnValue:
    return render_template("people/account.html", person=current_user, professions=PROFESSIONS)


def unauthenticated() -> ResponseReturnValue:
    """The answer to somebody who is not signed in: a page to sign in on, and nothing that was typed is lost."""
    if lapsed.only_reads():
        path = lapsed.path_asked_for()
        return redirect(url_for("people.sign_in", next=None if path == "/" else path))
    kept = lapsed.from_this_request(owner=services.whose(session.get("token")))
    form = SignInForm(formdata=None, kept=lapsed.seal(kept))
    return _sign_in_page(form, lapsed_now=True), 401


def form_not_accepted(_: CSRFError) -> ResponseReturnValue:
    """The answer to a form whose token does not fit: as a rule a page from before the last sign-in."""
    if request.endpoint == "people.send_sign_in":
        return _sign_in_page(SignInForm(), problem=OPEN_TOO_LONG), 400
    if not current_user.is_authenticated:
        return redirect(url_for("people.sign_in")) if request.endpoint == "people.sign_out" else unauthenticated()
    kept = lapsed.from_this_request(owner=current_user.id)
    return render_template("people/kept.html", kept=kept, signed_in_again=False), 400
