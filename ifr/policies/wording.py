"""Whether two ways of naming a treatment name the same one: a plain comparison of words.

It forgives capitals, hyphens, plurals, order and small words. It guesses nothing: what it does not recognise
is left to a person.
"""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

_SMALL = frozenset("a an and at by for from in of on or the to under using via with".split())
_DENIES = frozenset({"non", "not", "no", "without"})
Form = tuple[str, ...]


class Likeness(StrEnum):
    """How far the words asked about name what a policy names."""

    SAME = "same"
    LOOSER = "looser"  # fewer words than the policy uses, its main word among them
    NONE = "none"


def forms(text: str) -> list[Form]:
    """The telling words of a text in their plain form. A hyphen may part two words or join them: both are
    given."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = re.sub(r"[\u0300-\u036f'’]", "", plain)
    plain = re.sub(r"\b((?:[a-z]\.){2,}[a-z]?)", lambda found: found[1].replace(".", ""), plain)
    hyphens = r"[-\u00ad\u2010-\u2015]"
    readings = (re.sub(hyphens, " ", plain), re.sub(rf"(?<=\w){hyphens}(?=\w)", "", plain))
    return [form for form in dict.fromkeys(_telling(one) for one in readings) if form]


def _telling(plain: str) -> Form:
    words, denied = [], False
    for word in re.findall(r"[a-z0-9]+", plain):
        if word in _DENIES:
            denied = True
            continue
        if word not in _SMALL and not denied:
            words.append(_singular(word))
        denied = False
    return tuple(words)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def told_apart(*texts: str | None) -> set[str]:
    """Every telling word of these texts in its plain form, as the register's index of words holds them."""
    return {word[:60] for text in texts if text for form in forms(text) for word in form}


def main_word(form: Form) -> str:
    """The word by which a phrase is looked up: English puts the thing last and what qualifies it before."""
    return form[-1]


def compare(asked: Iterable[Form], known: Form, *, whole: bool = False) -> Likeness:
    """How far any reading of what was asked names the known phrase. `whole` asks every word of the known
    phrase."""
    found = Likeness.NONE
    for form in asked:
        if set(known) <= set(form):
            return Likeness.SAME
        if not whole and set(form) < set(known) and main_word(known) in form:
            found = Likeness.LOOSER
    return found
