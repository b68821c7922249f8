"""What somebody had typed when the sign-in lapsed: carried through the new sign-in by the browser, signed.

Nothing is stored, since nobody is known to be there. It is carried only for the person whose sign-in it was, and only if
one of our own pages sent it: else another site could put words on the page of somebody who has just signed in.
"""

from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote

from flask import current_app, request
from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from ifr import clock
from ifr.db import SAFE_METHODS
from ifr.people.forms import our_own_path
from ifr.people.services import LONGEST_SIGN_IN

# Fields that a page puts in for itself; nobody typed them.
_NOT_TYPED = frozenset({"csrf_token", "seen", "once"})


class _Signer(TimestampSigner):
    """Signs with the hour of our own clock."""

    def get_timestamp(self) -> int:
        return int(clock.now().timestamp())


@dataclass(frozen=True)
class Kept:
    """A form that was sent and not taken: where to, and every field; `owner` is a person's id, if that is known."""

    path: str
    fields: list[tuple[str, str]]
    files: list[str]
    owner: int | None

    def is_for(self, user_id: int) -> bool:
        return self.owner in (None, user_id)

    @property
    def typed(self) -> list[tuple[str, str]]:
        """What to show of it: the fields in words, without those that nobody typed and those left empty."""
        said = [(name, value) for name, value in self.fields if name not in _NOT_TYPED and value.strip()]
        return [(_in_words(name), "Yes" if value == "y" else value) for name, value in said]


def _in_words(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").strip().capitalize()


def only_reads() -> bool:
    """Whether this request carries nothing that was typed to be saved."""
    return request.method in SAFE_METHODS


def path_asked_for() -> str:
    """The address of this request within the service."""
    query = request.query_string.decode("ascii", "replace")
    return our_own_path(quote(request.path) + (f"?{query}" if query else ""))


def from_this_request(owner: int | None) -> Kept | None:
    """What this request brought, if a page of ours sent it as a form."""
    if request.method != "POST" or not _from_a_page_of_ours():
        return None
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    files = [one.filename for _, one in request.files.items(multi=True) if one.filename]
    return Kept(path=path_asked_for(), fields=fields, files=files, owner=owner)


def _from_a_page_of_ours() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is None or origin.partition("://")[2] == request.host


def seal(kept: Kept | None) -> str:
    """The signed text that the sign-in form carries; empty when there is nothing to carry."""
    return str(_serializer().dumps(asdict(kept))) if kept else ""


def open_sealed(text: str | None) -> Kept | None:
    """What the sign-in form carried; nothing when it is too old or was not sealed here."""
    if not text or not _from_a_page_of_ours():
        return None
    try:
        said: dict[str, Any] = _serializer().loads(text, max_age=int(LONGEST_SIGN_IN.total_seconds()))
    except BadData:
        return None
    return Kept(
        path=said["path"], fields=[(name, value) for name, value in said["fields"]], files=said["files"],
        owner=said["owner"],
    )


def _serializer() -> URLSafeTimedSerializer:
    secret = current_app.secret_key
    assert secret, "an app without a secret key signs nobody in"
    return URLSafeTimedSerializer(secret, salt="ifr.people.lapsed", signer=_Signer)
