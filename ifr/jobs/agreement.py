"""Whether a letter agrees with the record: what it says is read back out of the printed file and compared with what is on
record at that moment, not with what was on record when the letter was written.

A letter that tells no decision speaks of the step that it followed, and later steps do not make it wrong: it is compared with
what was written then. Of the outcome, names and days no letter may say anything else than the record. Any other difference
two people may let go; it stays on record with their names.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from markupsafe import Markup

from ifr import clock, letters, pdf
from ifr.cases.post import differences
from ifr.letters import Facts, Letter, Recipient
from ifr.pages import day

# The foot of each page stands between its last word and the first of the next.
_FOOT = re.compile(r"Reference:[\w/-]{1,30}Page\d+of\d+")
# Within so many characters after a question its answer stands; between them are words such as "Our answer".
_NEAR = 40


@dataclass(frozen=True)
class Statement:
    """One thing that a letter states: what it is, in which words, and which words stand right after them."""

    what: str
    label: str
    words: str
    after: str = ""
    absolute: bool = False
    # How often the page says it that the facts would make: a day may stand in a letter for more than one reason.
    times: int = 1

    @property
    def in_words(self) -> str:
        return f"{self.words}: {self.after}" if self.after else self.words

    def stands_in(self, text: str) -> bool:
        """Whether a text, without its spaces, states this as often as it should."""
        return self.how_often_in(text) >= self.times

    def how_often_in(self, text: str) -> int:
        words, after = _bare(self.words), _bare(self.after)
        ends = [one.end() for one in re.finditer(re.escape(words), text)]
        return sum(after in text[end : end + _NEAR + len(after)] for end in ends)


_Stated = dict[str, Statement]


@dataclass(frozen=True)
class Difference:
    """What a letter says, and what the record says of the same thing. Empty where one of them says nothing of it."""

    what: str
    label: str
    printed: str
    recorded: str
    absolute: bool

    @property
    def sentence(self) -> str:
        printed = f"the letter says “{self.printed}”" if self.printed else "the letter does not say it"
        recorded = f"the record says “{self.recorded}”" if self.recorded else "the record says nothing of it"
        return f"{self.label}: {printed}, and {recorded}."


class DisagreesError(Exception):
    """A letter that says something else than the record. The message is for whoever released it, and names no patient."""

    def __init__(self, letter_id: int, found: list[Difference]) -> None:
        self.letter_id, self.found = letter_id, found
        way_on = (
            "It cannot leave like this: stop it, and have it written again."
            if any(one.absolute for one in found)
            else "Stop it, or let two people say that it may leave all the same."
        )
        super().__init__(" ".join(["The letter does not agree with the record.", *(one.sentence for one in found), way_on]))


def check(made: bytes, row: Letter, *, html: str, recipient: Recipient, profile: Any, issued_on: date) -> None:
    """Compare a printed letter with the record of this moment, before it leaves. `html` is what was handed to the printer.

    Raises DisagreesError for a difference that nobody, or not yet two people, have let go.
    """
    text = _read_back(made)
    written = _stated_by(row, html, issued_on)
    recorded = written
    if row.facts.get("decision") or row.ending:
        afresh = _afresh(row)
        dates = letters.dates_from(afresh, issued_on)
        page = letters.as_html(afresh, recipient=recipient, profile=profile, issued_on=issued_on, dates=dates)
        recorded = _stated_by(afresh, page, issued_on)
    found = [*_differences(text, written, recorded), *_of_recipient(text, recipient)]
    stand = [one for one in found if one.absolute or not differences.is_let_go(row.id, one.what, one.printed, one.recorded)]
    if stand:
        raise DisagreesError(row.id, stand)


def note(fault: DisagreesError) -> None:
    """Keep the differences that hold a letter up, for those who put it right or let it go."""
    differences.keep(
        fault.letter_id, [(one.what, one.label, one.printed, one.recorded, one.absolute) for one in fault.found]
    )


def _stated_by(row: Letter, html: str, issued_on: date) -> _Stated:
    """What a letter states by its facts, as far as its page says it: a letter to a patient leaves things out."""
    page = _bare(Markup(html.split("</head>", 1)[-1]).striptags())
    stated = _statements(row.facts, letters.dates_from(row, issued_on), issued_on)
    return {one.what: replace(one, times=times) for one in stated if (times := one.how_often_in(page))}


def _differences(text: str, written: _Stated, recorded: _Stated) -> Iterator[Difference]:
    for what, one in recorded.items():
        before = written.get(what)
        if not one.stands_in(text) or before and before.in_words != one.in_words:
            said = before.in_words if before and before.in_words != one.in_words and before.stands_in(text) else ""
            yield Difference(what, one.label, said, one.in_words, one.absolute)
    for what, one in written.items():
        if what not in recorded and one.stands_in(text):
            yield Difference(what, one.label, one.in_words, "", one.absolute)


def _of_recipient(text: str, recipient: Recipient) -> Iterator[Difference]:
    """Name and address are compared and never repeated: a difference stands in the record for good."""
    if _bare(recipient.name) not in text:
        yield Difference("recipient", "To whom it goes", "", "the name of whoever it is for", True)
    if any(_bare(line) not in text for line in recipient.address):
        yield Difference("address", "Where it goes", "", "the address of whoever it is for", True)


def _afresh(row: Letter) -> Letter:
    """The same letter as the record of this moment would have it written. It is never kept."""
    facts = letters.LETTERS[row.name](letters.subject_of_stream(row.stream))
    # Some decisions are dated by the day on which their letter is written. Read today, that is the day it was queued.
    if facts.get("decided_on") == clock.today().isoformat():
        facts["decided_on"] = clock.day_of(row.queued_at).isoformat()
    others = {one.key: getattr(row, one.key) for one in Letter.__table__.columns if one.key not in ("id", "facts")}
    return Letter(**others, facts=facts)


# --- what a letter states ---------------------------------------------------------------------------------------------


def _statements(facts: Facts, dates: Mapping[str, date], issued_on: date) -> Iterator[Statement]:
    yield Statement("issued_on", "The date of the letter", day(issued_on), absolute=True)
    for what, label, absolute, words_of in _SINGLE:
        if said := words_of(facts):
            yield Statement(what, label, said, absolute=absolute)
    for what, on in dates.items():
        yield Statement(what, "The last day" if what == "window_ends_on" else "The day it warns of", day(on), absolute=True)
    for kind, label, words, after in _MANY:
        for number, one in enumerate(facts.get(kind) or [], 1):
            if isinstance(one, dict) and one.get(after):
                yield Statement(f"{kind}-{number}", f"{label} {number}", str(one.get(words, "")), str(one[after]))
    for number, one in enumerate(facts.get("conditions") or [], 1):
        if isinstance(one, str):
            yield Statement(f"condition-{number}", f"Condition {number}", one)
    for number, name in enumerate(facts.get("members") or [], 1):
        yield Statement(f"member-{number}", "A member of the panel", str(name), absolute=True)


def _said(name: str) -> Callable[[Facts], str]:
    return lambda facts: str(facts.get(name) or "")


def _day_of(name: str) -> Callable[[Facts], str]:
    return lambda facts: day(facts[name]) if facts.get(name) else ""


def _policy(facts: Facts) -> str:
    policy = facts.get("policy") or {}
    return str(policy.get("title") or "")


def _version(facts: Facts) -> str:
    version = (facts.get("policy") or {}).get("version")
    return f"version {version}" if version else ""


_SINGLE: tuple[tuple[str, str, bool, Callable[[Facts], str]], ...] = (
    ("reference", "The reference", True, _said("reference")),
    ("decision", "The decision", True, _said("decision")),
    ("chair", "The chair", True, _said("chair")),
    ("received_on", "The day of receipt", True, _day_of("received_on")),
    ("decided_on", "The day of the decision", True, _day_of("decided_on")),
    ("valid_until", "Until when the funding can be used", True, _day_of("valid_until")),
    ("wind_down_on", "The day on which the funding ends", True, _day_of("wind_down_on")),
    ("amount", "The amount", False, _said("amount")),
    ("policy", "The policy", False, _policy),
    ("policy_version", "The version of the policy", False, _version),
)
_MANY = (
    ("questions", "Question", "text", "answer"),
    ("factors", "Point", "what", "answer"),
    ("criteria", "Criterion", "text", "answer"),
    ("grounds", "Ground", "text", "finding"),
)


# --- reading ------------------------------------------------------------------------------------------------------------


def _read_back(made: bytes) -> str:
    return _FOOT.sub("", _bare(pdf.text_of(made)))


def _bare(text: str) -> str:
    """Text without spaces and line ends, of which a page has its own, and with each character written in one way."""
    return "".join(unicodedata.normalize("NFKC", text).split())
