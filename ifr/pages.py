"""How pages are made: where templates are found, what each may use, and what a browser may do with it."""

import hashlib
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from flask import Flask, Response, request, url_for
from jinja2 import ChainableUndefined, ChoiceLoader, FileSystemLoader, PackageLoader
from markupsafe import Markup, escape
from werkzeug.routing import IntegerConverter, UnicodeConverter
from wtforms import Field, FieldList, Form, FormField
from wtforms import fields as kinds
from wtforms.fields.choices import SelectChoice
from wtforms.utils import unset_value

from ifr.clock import LONDON, day_of
from ifr.config import HOUSE, Config

# No page is shown inside another, sends a form elsewhere, or runs a script or style that we did not ship.
CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
    "object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
LARGEST_KEY = 2**31 - 1
A_YEAR = 365 * 24 * 60 * 60
TURNS_OF_DIRECTION = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

# What is wrong, and the link to where it is put right.
Problem = dict[str, str | None]
AForm = TypeVar("AForm", bound=Form)


def prepare(app: Flask) -> None:
    """Give an app its templates, filters and security headers; `app.config["IFR"]` holds the settings."""
    settings: Config = app.config["IFR"]
    app.url_map.converters |= {"int": AddressNumber, "default": AddressWord, "string": AddressWord}
    app.jinja_options = {**app.jinja_options, "undefined": ChainableUndefined}
    # The design system's own templates end in .jinja, which Flask would not escape by itself.
    app.select_jinja_autoescape = lambda filename: not (filename or "").endswith(".txt")  # type: ignore[method-assign]
    app.jinja_loader = ChoiceLoader([  # type: ignore[assignment]
        FileSystemLoader(HOUSE / "templates"),
        PackageLoader("nhsuk_frontend_jinja"),
    ])
    app.jinja_env.filters.update(
        day=day, moment=moment, money=money, paragraphs=paragraphs, nhs_number=nhs_number
    )
    app.jinja_env.globals.update(
        asset=asset, csp_nonce=csp_nonce, errors_of=errors_of, kind_of=kind_of, choices_of=choices_of,
        nhs_identity=settings.nhs_identity, demonstration=settings.is_demonstration,
    )
    app.after_request(_with_security_headers)
    if settings.public_address.startswith("https:"):
        app.after_request(_only_over_https)


class AddressNumber(IntegerConverter):
    """A number in an address: plain digits, and no more than a key of the database can be. Anything else is no page."""

    regex = "[0-9]{1,10}"

    def __init__(self, map: Any) -> None:
        super().__init__(map, max=LARGEST_KEY)


class AddressWord(UnicodeConverter):
    """A word in an address. One with a control character, which no database takes in a text, is no page."""

    def __init__(self, map: Any, **limits: Any) -> None:
        super().__init__(map, **limits)
        self.regex = self.regex.replace("[^/]", r"[^/\x00-\x1f\x7f]")


def whole_number(typed: object) -> int:
    """A number that a browser sent: plain digits within what a key can be; -1, which nothing has, for anything else."""
    text = str(typed)
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        return -1
    return min(int(text), LARGEST_KEY)


class VersionField(kinds.HiddenField):
    """The version that a page was made from, carried by its form; -1 where a form does not say, or says nonsense."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default=-1, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = whole_number(valuelist[0]) if valuelist else -1


def new_mark() -> str:
    return uuid4().hex


class MarkField(kinds.HiddenField):
    """The mark of one page, by which the same page sent twice makes one row; a page that brings none gets one of its own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default=new_mark, filters=[_mark], **kwargs)


def _mark(typed: object) -> str:
    """Short and plain, whatever a browser sent."""
    return str(plain_text(typed or ""))[:64] or new_mark()


def seen_version() -> int:
    """The version of the page that a form was sent from. A form that does not say is as stale as one can be (-1): only
    jobs and commands, which saw no page, act without one."""
    return whole_number(request.form.get("seen", ""))


def csp_nonce() -> str:
    """The word that lets an inline script of this one page run; it is another for every request."""
    nonce: str = request.environ.setdefault("ifr.csp_nonce", secrets.token_urlsafe(16))
    return nonce


def asset(name: str) -> str:
    """The address of a file of ours. It changes with the contents, so browsers may keep it for a year."""
    return url_for("static", filename=name, v=_fingerprint(name))


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((Path(__file__).parent / "static" / name).read_bytes()).hexdigest()[:12]


def _with_security_headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CONTENT_POLICY.format(nonce=csp_nonce())
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Nothing is told to other sites; our own forms need it, since Flask-WTF compares the referrer over https.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    if response.cache_control.public:
        pass  # Data that anybody may read without signing in; only a view that says so lets it be kept.
    elif request.endpoint != "static":
        # Patients' data must not stay on a shared computer after the person has signed out.
        response.headers["Cache-Control"] = "no-store"
    elif request.args.get("v"):
        response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return response


def _only_over_https(response: Response) -> Response:
    response.headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
    return response


# Filters


def day(value: date | datetime | str | None) -> str:
    """A day in words: 3 April 2026. The facts of a letter hold days as text (2026-04-03); other text is left as it is."""
    if not value:
        return ""
    if isinstance(value, str):
        try:
            return day(date.fromisoformat(value))
        except ValueError:
            return value
    if isinstance(value, datetime):
        value = day_of(value)
    return f"{value.day} {value:%B %Y}"


def moment(value: datetime | None) -> str:
    """A moment in London in words: 3 April 2026 at 2:15pm."""
    if not value:
        return ""
    local = value.astimezone(LONDON)
    return f"{day(local.date())} at {_time_of_day(local)}"


def _time_of_day(local: datetime) -> str:
    # "12pm" is read both ways, so the two are named.
    if (local.hour, local.minute) == (12, 0):
        return "midday"
    if (local.hour, local.minute) == (0, 0):
        return "midnight"
    minutes = f":{local.minute:02}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def money(value: Decimal | int | None) -> str:
    """Pounds and pence: £1,234.50."""
    if value is None or isinstance(value, ChainableUndefined):
        return ""
    return f"{'-' if value < 0 else ''}£{abs(value):,.2f}"


def paragraphs(text: str | None) -> Markup:
    """Typed text as paragraphs: a blank line parts them, a single line break is kept."""
    blocks: list[list[str]] = [[]]
    for line in (text or "").splitlines():
        if line.strip():
            blocks[-1].append(line.strip())
        else:
            blocks.append([])
    line_break = Markup("<br>")
    return Markup("\n").join(
        Markup("<p>{}</p>").format(line_break.join(escape(line) for line in block))
        for block in blocks
        if block
    )


def nhs_number(value: str | None) -> str:
    """An NHS number as people read it aloud: 999 123 4567. What is not ten digits is left as typed."""
    digits = "".join(str(value or "").split())
    if len(digits) != 10 or not digits.isdecimal():
        return str(value or "")
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"


# Forms


def plain_text(value: Any) -> Any:
    """A filter for typed fields: one kind of line end, composed letters, no character that cannot be seen.

    Control characters break letters; marks that turn the direction of writing let a text read as another.
    """
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    return "".join(c for c in text if c == "\n" or not _is_invisible(c)).strip()


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs") or character in TURNS_OF_DIRECTION


class DayField(Field):
    """A day typed in three boxes, named `<name>-day`, `<name>-month` and `<name>-year`.

    Use InputRequired to demand it: DataRequired would replace what is said here about a day that does not
    exist.
    """

    data: date | None
    PARTS = ("day", "month", "year")

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        super().process(None, data, extra_filters)
        self.typed = dict(zip(self.PARTS, self._parts_of(self.data), strict=True))
        if formdata is None or not any(f"{self.name}-{part}" in formdata for part in self.PARTS):
            return
        self.typed = {part: formdata.get(f"{self.name}-{part}", "").strip() for part in self.PARTS}
        self.raw_data = [" ".join(self.typed.values()).strip()]
        try:
            self.data = self._read()
        except ValueError as problem:
            self.data = None
            self.process_errors.append(str(problem))

    @staticmethod
    def _parts_of(value: date | None) -> tuple[str, str, str]:
        return (str(value.day), str(value.month), str(value.year)) if value else ("", "", "")

    def _read(self) -> date | None:
        if not any(self.typed.values()):
            return None
        name = self.label.text
        missing = [part for part in self.PARTS if not self.typed[part]]
        if missing:
            raise ValueError(f"{name} must include a {' and a '.join(missing)}")
        if len(self.typed["year"]) != 4:
            raise ValueError(f"{name}: the year must have 4 digits")
        try:
            return date(int(self.typed["year"]), int(self.typed["month"]), int(self.typed["day"]))
        except (ValueError, OverflowError):
            raise ValueError(f"{name} must be a real date") from None


def offered(pairs: Iterable[tuple[object, str]]) -> list[SelectChoice]:
    """The choices of a field from what stands in the form and the words for it."""
    return [SelectChoice(str(value), words) for value, words in pairs]


def chosen_number(typed: object) -> int | None:
    """The number behind a choice; None for the line that says to choose."""
    return whole_number(typed) if typed else None


def with_faults(form: AForm, faults: Mapping[str, str]) -> AForm:
    """The form with what only the service could see: beside the field that is named, or above them all."""
    for name, said in faults.items():
        if name in form:
            form[name].errors = [*form[name].errors, said]
        else:
            form.form_errors = [*form.form_errors, said]
    return form


def errors_of(form: Any) -> list[Problem]:
    """The problems of a form in the order of its fields, one a field, each with a link to the field."""
    if not isinstance(form, Form):
        return []
    found: list[Problem] = [{"text": str(text), "href": None} for text in form.form_errors]
    for field in form:
        found += _errors_of_field(field)
    return found


def _errors_of_field(field: Field) -> list[Problem]:
    if isinstance(field, FormField):
        return errors_of(field.form)
    if isinstance(field, FieldList):
        inside = [error for entry in field.entries for error in _errors_of_field(entry)]
        own = [text for text in field.errors if isinstance(text, str)]
        return inside or [{"text": text, "href": f"#{field.id}"} for text in own[:1]]
    anchor = f"#{field.id}-day" if isinstance(field, DayField) else f"#{field.id}"
    return [{"text": str(text), "href": anchor} for text in list(field.errors)[:1]]


# The first that fits counts, so a class stands before the one it derives from.
_KINDS: tuple[tuple[type[Field], str], ...] = (
    (DayField, "day"), (kinds.RadioField, "radios"), (kinds.SelectMultipleField, "checkboxes"),
    (kinds.SelectField, "select"), (kinds.BooleanField, "checkbox"), (kinds.TextAreaField, "textarea"),
    (kinds.FileField, "file"), (kinds.PasswordField, "password"), (kinds.HiddenField, "hidden"),
)


def kind_of(field: Field) -> str:
    """Which macro of components/forms.html draws a field."""
    return next((kind for cls, kind in _KINDS if isinstance(field, cls)), "text")


def choices_of(field: Any) -> list[dict[str, str]]:
    """The choices of a field as the macros take them."""
    return [{"value": str(choice.value), "text": str(choice.label)} for choice in field.iter_choices()]
