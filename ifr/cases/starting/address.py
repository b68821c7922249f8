"""The short address with which a hospital's own system opens a new request: treatment and condition, and nobody's name.

What a link may carry is a list of two. Whatever could say who the patient is, is dropped, and the page says so.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ifr.cases.drafts.reading import LONGEST_LINE, good_codes
from ifr.pages import plain_text
from ifr.policies import codes

# What the link calls it, and the answers of the form that it fills: the words, and the codes where it is a code.
_KNOWN = {
    "treatment": ("treatment", "treatment_codes", codes.OPCS4),
    "indication": ("condition", "indication_codes", codes.ICD10),
}
_NAMES_SOMEBODY = re.compile(
    r"name|nhs|patient|person|dob|born|birth|age$|sex|gender|address|post|phone|tel|mail|mrn|hospital|number|^id$|_id$", re.I
)
_TEN_DIGITS = re.compile(r"(?<!\d)\d{3}[ \-./]?\d{3}[ \-./]?\d{4}(?!\d)")

LEFT_OUT = {
    "identity": "The link that you followed held something that could say who the patient is. It was left out, and nothing "
    "of it is kept. Who the patient is comes later, on a page of its own.",
    "other": "A part of the link that you followed is not known here and was left out.",
}


@dataclass(frozen=True)
class FromLink:
    """What a link brought: the treatment and the condition, and what of it was left out (a key of LEFT_OUT)."""

    treatment: str = ""
    indication: str = ""
    left_out: str = ""

    @property
    def answers(self) -> dict[str, str]:
        """The answers of the form that it fills."""
        found: dict[str, str] = {}
        for name, (words, code, system) in _KNOWN.items():
            typed = getattr(self, name)
            if typed:
                found[words] = typed
            if good_codes(system, typed) and len(typed) <= 10:
                found[code] = typed
        return found

    @property
    def parameters(self) -> dict[str, str]:
        """The same as parts of an address, without what is empty."""
        found = {"treatment": self.treatment, "indication": self.indication, "left_out": self.left_out}
        return {name: value for name, value in found.items() if value}


def read_link(parameters: Mapping[str, str]) -> FromLink:
    """What may be kept of an address. Too long a value is cut; one with ten digits like those of an NHS number is dropped."""
    kept: dict[str, str] = {}
    for name in _KNOWN:
        typed = " ".join(str(plain_text(parameters.get(name, "")[: 4 * LONGEST_LINE])).split())
        kept[name] = "" if _TEN_DIGITS.search(typed) else typed[:LONGEST_LINE]
    return FromLink(**kept, left_out=_left_out(parameters))


def _left_out(parameters: Mapping[str, str]) -> str:
    others = [name for name in parameters if name not in _KNOWN and name != "left_out"]
    if _says_who(others) or any(_TEN_DIGITS.search(value[: 4 * LONGEST_LINE]) for value in parameters.values()):
        return "identity"
    said = parameters.get("left_out", "")
    return said if said in LEFT_OUT else "other" if others else ""


def _says_who(names: Iterable[str]) -> bool:
    return any(_NAMES_SOMEBODY.search(name[:100]) for name in names)
