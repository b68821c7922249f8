"""What an answer says in words: whether it says anything that the whole group does not share, and what it mentions.

Nothing here knows a language: the words are data (`workflows/remarks`). What is in doubt is left alone, since a remark that
is wrong teaches its reader to look past the next.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ifr.profiles import Remarks
from ifr.profiles.remarks import Wording

# So much of an answer may be new and still be called a restatement: two words, and a third of those that carry anything.
MOST_NEW_WORDS, MOST_NEW_SHARE = 2, 0.34
_WORD = re.compile(r"[a-z0-9]+(?:['’-][a-z0-9]+)*|%")
_ONE_IN = re.compile(r"\b\d+ (?:in|of|out of) \d+\b|\d\s?%")


@dataclass(frozen=True)
class Restated:
    """An answer that holds nothing but what is true of many in the group: by which rule most, and by which words."""

    key: str
    led_by: tuple[str, ...]


@dataclass(frozen=True)
class Mentioned:
    """A matter that is not clinical by itself, and the words that name it."""

    key: str
    led_by: tuple[str, ...]


def words_of(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("’", "'"))


def stem(word: str) -> str:
    """A word without the ending that makes it many, or somebody's."""
    word = word.removesuffix("'s").replace("'", "")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def restated(answer: str, shared: Iterable[str], rules: Remarks) -> Restated | None:
    """Whether an answer says only what the group shares: `shared` are texts that hold for all of it, such as its diagnosis.

    None for an empty answer, for one that compares, and for one that says anything of its own.
    """
    words = words_of(answer)
    if not words or _ONE_IN.search(answer) or found_in(words, rules.compares):
        return None
    little = stems(rules.little_words)
    covered: dict[int, tuple[str, str]] = {}
    for rule in rules.restates:
        for phrase, at in _places(words, rule.phrases):
            for place in range(at, at + len(words_of(phrase))):
                covered.setdefault(place, (rule.key, phrase))
    common = frozenset[str]().union(*(stems(text) for text in shared)) - little
    for place, word in enumerate(words):
        if stem(word) in common:
            covered.setdefault(place, ("diagnosis", word))
    carrying = {
        stem(word) for place, word in enumerate(words)
        if place in covered or (stem(word) not in little and not word.isdecimal())
    }
    new = {stem(word) for place, word in enumerate(words) if place not in covered and stem(word) in carrying}
    new -= {stem(words[place]) for place in covered}
    if not covered or len(new) > MOST_NEW_WORDS or len(new) > MOST_NEW_SHARE * len(carrying):
        return None
    counts: dict[str, int] = {}
    for key, _ in covered.values():
        counts[key] = counts.get(key, 0) + 1
    most = max(counts, key=lambda key: counts[key])
    return Restated(most, tuple(dict.fromkeys(phrase for _, phrase in covered.values())))


def mentioned(answer: str, rules: Sequence[Wording], more: dict[str, list[str]] | None = None) -> list[Mentioned]:
    """Which of some matters an answer mentions; `more` are a commissioner's own words for them."""
    words = words_of(answer)
    found = []
    for rule in rules:
        left_alone = {place for phrase, at in _places(words, rule.but_not) for place in range(at, at + len(words_of(phrase)))}
        phrases = [*rule.phrases, *(more or {}).get(rule.key, [])]
        led_by = [
            phrase for phrase, at in _places(words, phrases) if left_alone.isdisjoint(range(at, at + len(words_of(phrase))))
        ]
        if led_by:
            found.append(Mentioned(rule.key, tuple(dict.fromkeys(led_by))))
    return found


def found_in(words: Sequence[str], phrases: Iterable[str]) -> list[str]:
    return [phrase for phrase, _ in _places(words, phrases)]


def _places(words: Sequence[str], phrases: Iterable[str]) -> list[tuple[str, int]]:
    """Where phrases stand, by whole words; the longer of two that begin at one place comes first."""
    starts: dict[str, list[int]] = {}
    for at, word in enumerate(words):
        starts.setdefault(word, []).append(at)
    found = []
    for phrase in phrases:
        wanted = words_of(phrase)
        for at in starts.get(wanted[0], []) if wanted else []:
            if list(words[at : at + len(wanted)]) == wanted:
                found.append((phrase, at))
    return sorted(found, key=lambda pair: (pair[1], -len(pair[0])))


@lru_cache(maxsize=256)
def stems(text: str) -> frozenset[str]:
    """The words of a text, each without its ending."""
    return frozenset(stem(word) for word in words_of(text))
