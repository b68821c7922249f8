"""Labels in words of their own, "In operation from", "To be looked at again": known by a telling word and by their value.

A label of the table in `labels.py` is believed for what it says. One that is not there counts only where its value is of the
kind that it seems to ask for, so that a date of something else is not taken for a date of the policy.
"""

import re
from collections.abc import Iterator

from ifr.policies.reading.dates import dates_in
from ifr.policies.reading.labels import plain

RANK = 20
_MOST_WORDS = 9
_OF_SOMETHING_ELSE = re.compile(
    r"\b(?:last|previous|prior|earlier|former|drafts?|evidence|literature|search\w*|consult\w*|nice|equality|impact|meetings?|"
    r"printed|accessed|download\w*|birth|author\w*|trials?|study|studies|reviewer|reviewed by|comments?|minutes|training|"
    r"engagement|withdrawn|expired|created|written|updated?|amended|modified|submitted|page|evaluat\w*|treatment|therapy|"
    r"patients?|who|why|how|superseded|replaced|guidance|codes?|opcs|icd|audit|funding approval|"
    r"approval (?:is )?(?:needed|required)|"
    r"review (?:group|panel|committee|board|body|team)|source|cites?|cited|reference list|references)\b"
)
_TELLING = {
    "review_due": re.compile(
        r"\b(?:review|revision|refresh)(?= due| date)|"
        r"\b(?:next|planned|scheduled)\b.{0,20}\b(?:revision|refresh|edition|issue|look)\b|"
        r"\breview(?!ed\b)|\b(?:to|be|due|being)\b.{0,12}\b(?:reviewed|refreshed|revised|renewed)|\brevisit|"
        r"\blook(?:ed)? at (?:it |this )?again|\bre-?(?:examin|assess|visit)|\breconsider|\bexpir|\blapse|"
        r"\bvalid (?:to|until)|\brenew"
    ),
    "effective_from": re.compile(
        r"^(?:now )?(?:in (?:force|operation|use|effect|place)|live|operative|starts|begins|applies|commences)$|"
        r"\b(?:live|in force|in operation|operational|effective)$|"
        r"\b(?:effective|in (?:force|operation|use|place)|operat\w+|live|starts?|starting|begins?|commenc\w+|implement\w*|"
        r"appl(?:y|ies|icable)|valid|takes? effect|works)\b.*\b(?:from|date|on|since)\b"
        r"|\bwhen\b.*\b(?:start|apply|begin|take effect|come into)"
        r"|\b(?:date|day)\b.*\b(?:effective|in force|operation|live|start|begins|commenc\w+|implement\w*|applies)"
    ),
    "ratified_on": re.compile(
        r"\b(?:ratif|approv|adopt|agreed|passed|signed|endors|accepted|authoris|sanction|date\b.*\bdecision|decided)"
    ),
    "published_on": re.compile(r"\b(?:publish|publication|issued?\b|released)"),
    "version": re.compile(r"\b(?:version|edition|revision|iteration|issue (?:no|number))\b"),
    "reference": re.compile(
        r"\b(?:policy|document|doc|statement|unique|our|ccg|icb|icp|pct|register|catalogue)\b.*\b(?:ref(?:erence)?|number|no|id|identifier)\b"
        r"|\b(?:ref(?:erence)?|number|no)\b.*\b(?:policy|document|statement|register)\b|^urn\b"
    ),
}
_VERSION = re.compile(r"(?:(?:final|draft|version|ver|v|issue)[\s.]*)*\d+(?:\.\d+)*[a-z]?(?:\s*\(?(?:final|draft)\)?)?\W*", re.I)
_NAMED_VERSION = re.compile(r"\bv(?:ersion)?\.?\s?\d+(?:\.\d+)*[a-z]?$", re.I)
_REFERENCE = re.compile(r"[A-Za-z][\w./\-–]*(?: ?[\w./\-–]*\d[\w./\-–]*)(?:\s+v(?:ersion)?\.? ?\d\S*)?|\d[\w./\-–]{2,}", re.I)
_REVIEWED_BY_RULE = re.compile(r"static\b|tb[cda]\b|to be |when |every |earliest|\w+ years?\b|\d+ months?\b|annual", re.I)


def told_by(label: str, value: str) -> Iterator[tuple[str, int]]:
    """The facts that a label in words of its own states, by its telling word and its value."""
    words = plain(label)
    if not words or len(words.split()) > _MOST_WORDS or dates_in(words) or _OF_SOMETHING_ELSE.search(words):
        return
    for key, telling in _TELLING.items():
        if telling.search(words) and _fits(key, " ".join(value.split())):
            yield key, RANK
            if key not in ("version", "reference"):
                return


def _fits(key: str, value: str) -> bool:
    if key == "version":
        return len(value) < 40 and bool(_VERSION.fullmatch(value) or _NAMED_VERSION.search(value))
    if key == "reference":
        return (
            len(value) < 40 and bool(_REFERENCE.fullmatch(value)) and not (dates_in(value) and not re.search(r"[A-Za-z]", value))
        )
    days = dates_in(value[:160])
    if key == "review_due" and _REVIEWED_BY_RULE.match(value):
        return len(value) < 300
    if not days:
        return False
    return len(value) < 160 if key == "ratified_on" else days[0].start <= 15 and len(value) < 120
