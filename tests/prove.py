"""`make prove`: what takes too long for every day. Workers are killed by the hundred while twenty thousand rows are due, on
both databases, and every letter goes through the rules of PDF/UA and PDF/A; what was counted goes into docs/reliability.md.
"""

import multiprocessing
import platform
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from ifr import create_app
from ifr.config import HOUSE
from tests import prove_letters
from tests.databases import CHEAPEST, KINDS, Templates, build
from tests.killing import LONGEST_LIFE, Outcome, Size, kill_and_count, prepare

SIZE = Size(requests=60, letters=200, deadlines=20_000, kills=200)


def prove(templates: Templates, kind: str, size: Size) -> tuple[Outcome, float]:
    app = create_app(templates.config(templates.copy(kind), templates.files))
    app.config["ARGON2"] = CHEAPEST
    prepare(app, size)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        return kill_and_count(app, size, Path(folder)), time.monotonic() - began


def as_page(found: dict[str, tuple[Outcome, float]], size: Size) -> str:
    rows = "".join(
        f"| {kind} | {one.kills} | {one.cut_short} | {one.steps:,} | {one.letters:,} | {one.warned} | {one.mails:,} "
        f"| {one.repeated} | {seconds:.0f} s |\n"
        for kind, (one, seconds) in found.items()
    )
    return f"""# What was proved

Written by `make prove` on {platform.system()}, Python {platform.python_version()}. Repeat it with that command; it takes some
minutes.

## Workers killed by SIGKILL

{size.deadlines:,} deadlines were late, {size.letters} letters could leave and {size.requests} requests had gone unanswered for
months. Workers were started one after the other and killed at a random moment of their first {LONGEST_LIFE} seconds; one more
was let run to its end. Afterwards every row was counted. The run fails, and writes nothing, where a row was forgotten, done
twice or left half done, where a letter has no document or two, where somebody was told twice, where a mail was lost or repeated
more often than workers died, where a request was closed, or where the chain of the record is broken.

| database | killed | with work half done | steps taken | letters issued | warned of closure | mails | mails repeated | took |
|---|---|---|---|---|---|---|---|---|
{rows}"""


def main() -> None:
    size = SIZE
    if len(sys.argv) > 1:
        size = Size(requests=6, letters=int(sys.argv[1]), deadlines=10 * int(sys.argv[1]), kills=20)
    templates = build()
    try:
        # A processor for each database: neither waits for the other.
        with ProcessPoolExecutor(len(KINDS), mp_context=multiprocessing.get_context("fork")) as pool:
            begun = {kind: pool.submit(prove, templates, kind, size) for kind in KINDS}
            found = {kind: one.result() for kind, one in begun.items()}
    finally:
        templates.clear_away()
    page = as_page(found, size) + prove_letters.as_page(prove_letters.prove())
    print(page)
    if size is SIZE:
        (HOUSE / "docs" / "reliability.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
