"""A client that reads every page it is given as a careful person would."""

from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_FIELDS = {"input", "select", "textarea"}
_NEED_NO_LABEL = {"hidden", "submit", "button"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.title, self.headings = "", 0
        self.labels: set[str] = set()
        self.fields: list[str] = []
        self.ids: list[str] = []
        self.unsafe: list[str] = []
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._in_title = tag == "title" and not self.title
        self.headings += tag == "h1"
        if tag == "label" and given.get("for"):
            self.labels.add(str(given["for"]))
        if tag in _FIELDS and given.get("type") not in _NEED_NO_LABEL and not given.get("aria-label"):
            self.fields.append(str(given.get("id")))
        if given.get("id"):
            self.ids.append(str(given["id"]))
        self.unsafe += [name for name in given if name.startswith("on") or name == "style"]

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
            self._in_title = False


def faults_of(html: str) -> list[str]:
    """What is wrong with a page for somebody who hears it or whose browser runs no inline code."""
    reader = _Reader()
    reader.feed(html)
    faults = []
    if not reader.title.strip():
        faults.append("the page has no title")
    if reader.headings != 1:
        faults.append(f"the page has {reader.headings} main headings instead of one")
    faults += [f"the field {one} has no label" for one in reader.fields if one not in reader.labels]
    faults += [f"the id {one} stands twice" for one in {i for i in reader.ids if reader.ids.count(i) > 1}]
    faults += [f"the attribute {one} would be refused by the content policy" for one in reader.unsafe]
    return faults


class CheckedClient(FlaskClient):
    """Fails a test on a page without a title, a field without a label, an id twice, or an answer of 500."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        assert response.status_code != 500, f"{args} answered 500"
        if response.mimetype == "text/html" and response.status_code not in (301, 302, 303, 308):
            faults = faults_of(response.get_data(as_text=True))
            assert not faults, f"{response.request.path}: {'; '.join(faults)}"
        return response
