"""Letters made from facts without a database, and read as somebody would who hears them."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask

from ifr import letters, pages, profiles
from ifr.config import HOUSE, Config
from ifr.profiles import Profile, Workflow

ISSUED, LAST_DAY = date(2026, 11, 23), date(2027, 1, 8)

# All that a refusal or a decision may state, and the least that any letter does.
FULL: dict[str, Any] = {
    "reference": "IFR-2026-0001",
    "treatment": "laser foraminoplasty",
    "condition": "leg pain after a failed discectomy",
    "commissioner": "NHS Cheshire and Merseyside Integrated Care Board",
    "urgent": True,
    "received_on": "2026-09-01",
    "decision": "The panel decided not to fund laser foraminoplasty for this patient.",
    "policy": {"title": "Laser foraminoplasty", "reference": "CMICB_Clin018", "version": "1"},
    "no_policy": False,
    "test": {
        "title": "Clinical circumstances, Cheshire and Merseyside",
        "words": "the clinician must make a robust case to the Panel",
        "source": "CMICB_Clin018 version 1, appendix 1",
        "example": False,
    },
    "comparator": "the other patients whom the policy excludes",
    "questions": [
        {"text": "Why are the circumstances different?", "answer": "No", "reasons": "Scar tissue is common."},
        {"text": "Which evidence says so?", "answer": "Not reached", "reasons": "The first answer decides the request."},
    ],
    "factors": [
        {"what": "Scar tissue on the scan", "answer": "Not accepted", "reasons": "Others have it too.", "clause": ""},
        {
            "what": "Cares for a child", "answer": "Not taken into account", "reasons": "It has no clinical consequence.",
            "clause": "Section 4.2, social factors",
        },
    ],
    "criteria": [{"text": "Clinical effectiveness", "answer": "Unclear", "reasons": "Two small series."}],
    "in_the_round": "Taken together the points do not set the patient apart from the group.",
    "reasons": "The points raised are shared by most patients whom the policy excludes.",
    "plain_reasons": "Many other people have the same scar. We have to treat them in the same way.",
    "would_change": "A nerve test that shows something that the others do not have.",
    "conditions": ["A report on walking distance at three months", "Treatment at the centre that asked"],
    "amount": "£6,400.00",
    "valid_until": "2027-11-21",
    "challenge": ["reconsideration", "appeal", "complaint", "ombudsman"],
    "window": {"length": 30, "unit": "working_days"},
    "panel": "IFR panel",
    "decided_on": "2026-11-19",
    "chair": "Dr Ruth Example",
    "grounds": [
        {"text": "The procedure was not followed", "said": "No answer came.", "finding": "Made out", "reasons": "So it was."}
    ],
    "directions": [{"number": 1, "text": "Read the late paper.", "differently_constituted": True}],
    "items": [{"text": "A new scan", "was_before_panel": "No", "could_change": "No", "reasons": "It shows the same."}],
}
SPARSE = {"reference": "IFR-2026-0001"}
_KEPT = {"reference", "text", "what", "title", "answer", "finding", "was_before_panel", "could_change", "length", "unit"}


@pytest.fixture(scope="module", autouse=True)
def printing() -> Iterator[None]:
    """Whatever a template of a letter asks for, without a database. A module that imports this prints letters so."""
    app = Flask("ifr")
    app.config["IFR"] = Config()
    pages.prepare(app)
    with app.test_request_context():
        yield


def blank(facts: Any) -> Any:
    """The same facts as somebody leaves them who fills in only what is asked for."""
    if isinstance(facts, dict):
        return {key: one if key in _KEPT else blank(one) for key, one in facts.items()}
    if isinstance(facts, list):
        return [blank(one) for one in facts if isinstance(one, dict)]
    return "" if isinstance(facts, str) else facts


def workflow(name: str) -> Workflow:
    path = HOUSE / "workflows" / f"{name}.yaml"
    found: Workflow = profiles.parse("workflow", path.name, path.read_text(encoding="utf-8"))
    return found


@cache
def profile(name: str = "cheshire-merseyside") -> Profile:
    path = HOUSE / "workflows" / "commissioners" / f"{name}.yaml"
    found: Profile = profiles.parse("profile", path.name, path.read_text(encoding="utf-8"))
    return found


def a_row(name: str, facts: dict[str, Any]) -> letters.Letter:
    return letters.Letter(name=name, facts=facts)


def html_of(
    name: str,
    facts: dict[str, Any],
    *,
    by: Profile | None = None,
    language: str = "en-GB",
    last_day: date | None = LAST_DAY,
) -> str:
    recipient = letters.Recipient("Dr Ann Example", ("North Road", "Exampleton"), language=language)
    dates = {"window_ends_on": last_day} if last_day else {}
    return letters.as_html(a_row(name, facts), recipient=recipient, profile=by or profile(), issued_on=ISSUED, dates=dates)


def text_of(name: str, facts: dict[str, Any], **more: Any) -> str:
    return Outline(html_of(name, facts, **more)).text


class Outline(HTMLParser):
    """What a screen reader meets: headings and blocks of text in order. Fails on tags that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.title = ""
        self.blocks: list[tuple[str, str]] = []
        self.empty: list[str] = []
        self._open: list[tuple[str, list[str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.handle_data(" ")
        elif tag != "meta":
            self._open.append((tag, []))

    def handle_data(self, data: str) -> None:
        for _, texts in self._open:
            texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        opened, texts = self._open.pop()
        assert opened == tag, f"<{opened}> is closed as </{tag}>"
        text = " ".join("".join(texts).split())
        if not text and tag != "td":
            self.empty.append(tag)
        if tag == "title":
            self.title = text
        elif tag in ("h1", "h2", "h3", "p", "li", "caption", "th", "td"):
            self.blocks.append((tag, text))

    @property
    def text(self) -> str:
        return "\n".join(text for _, text in self.blocks)

    @property
    def headings(self) -> list[str]:
        return [text for tag, text in self.blocks if tag in ("h1", "h2", "h3")]
