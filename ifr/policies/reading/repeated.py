"""The heads and feet of pages in plain text: known by coming again, or by counting the pages."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

_COUNTS_PAGES = re.compile(
    r"(?:(?:^|[\s|·•–-])page\s*\d{1,3}(?:\s*(?:of|/)\s*\d{1,3})?|\s{5,}\d{1,3}(?:\s*(?:of|/)\s*\d{1,3})?)\s*$", re.I
)
_OF_PRINT = re.compile(r"uncontrolled|when printed|if printed|printed (?:copies|version)|^\W*official(?: sensitive)?\W*$", re.I)
_SET_APART = re.compile(r"\S {5,}\S|^ {30,}\S")
_ENDS_WITH_PAGE = re.compile(r"[A-Za-z)](?:\s{3,}|\s?[.…]{2,}\s*|\t+)(\d{1,3})\s*$")
LONGEST = 200


def furniture_of(lines: Sequence[str]) -> frozenset[str]:
    """The lines, stripped, that stand at the head or foot of pages and belong to no part of the text."""
    told = set(_contents(lines))
    kept = [line for line in lines if line.strip() and len(line) < LONGEST]
    often = Counter(map(_without_page, kept))
    for line in kept:
        same = _without_page(line)
        counted = same != " ".join(line.split())
        if often[same] > 1 and (counted or _OF_PRINT.search(line) or _SET_APART.search(line)) or counted and _is_foot(same):
            told.add(line.strip())
    return frozenset(told)


def _contents(lines: Sequence[str]) -> Iterator[str]:
    """The lines of a table of contents: several together that each end with a page, none before the one above it."""
    run: list[tuple[str, int]] = []
    for line in [*(line for line in lines if line.strip()), "."]:
        found = _ENDS_WITH_PAGE.search(line) if len(line) < LONGEST else None
        page = int(found[1]) if found else 0
        if found and (not run or page >= run[-1][1]):
            run.append((line.strip(), page))
            continue
        if len(run) > 2 and run[-1][1] > run[0][1]:
            yield from (words for words, _ in run)
        run = [(line.strip(), page)] if found else []


def _is_foot(words: str) -> bool:
    """Whether a line that ends with the number of a page also names a version or a reference, as one page alone prints it."""
    return bool(re.search(r"\bv\d|version \d|[A-Z]{2,}[-_/]\w*\d", words, re.I)) and "..." not in words


def _without_page(line: str) -> str:
    return " ".join(_COUNTS_PAGES.sub("", line).split())
