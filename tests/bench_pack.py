"""The packs' part of `make bench`: what a page of a pack costs in time and memory, set as the worker sets it."""

import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from ifr import pdf
from ifr.panels.pack import setting

ITEMS = 3
# The bounds: milliseconds a page, and megabytes for all of it.
MOST_MS, MOST_MB = 35, 300

_WORDS = "The circumstances of this patient were compared with those of the others whom the policy excludes. "


def measure() -> tuple[int, float, float]:
    """A pack of some hundred pages, half of them page images: its pages, seconds and the most memory it took in MB."""
    with TemporaryDirectory() as folder:
        there = Path(folder)
        file = there / "evidence"
        file.write_bytes(pdf.render(_page(12), title="Evidence", identifier="bench"))
        parts = [_part(number, file) for number in range(1, ITEMS + 1)]
        asked = {"title": "Papers", "identifier": "bench", "parts": parts}
        (there / setting.ASKED).write_text(json.dumps(asked), encoding="utf-8")
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", _MEASURED, folder], check=True)
        spent = time.perf_counter() - began
        pages = sum(json.loads((there / setting.MADE).read_text())["pages"])
        return pages, spent, float((there / "memory").read_text())


# The process says itself what it took at most: of this one's children, the system knows only the largest.
_MEASURED = """
import resource, sys
from pathlib import Path
from ifr.panels.pack import setting
folder = Path(sys.argv[1])
assert setting.main(folder) == 0
(folder / "memory").write_text(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
"""


def _page(parts: int) -> str:
    said = "".join(f"<h2>Part {n}</h2>{f'<h3>A question of the test</h3><p>{_WORDS * 2}</p>' * 10}" for n in range(parts))
    return f"<html lang='en-GB'><title>Papers</title><body>{said}{{}}</body></html>"


def _part(number: int, file: Path) -> dict[str, object]:
    place = setting.PLACE.format(1)
    files = [{"number": 1, "media_type": "application/pdf", "why_not": "", "path": str(file)}]
    files += [{**files[0], "number": 2}]
    html = _page(13).format(f"<h2>Document 1</h2>{place}<h2>Document 2</h2>{setting.PLACE.format(2)}")
    return {"html": html, "foot": f"Item {number}", "reference": f"IFR-2026-000{number}", "mark": "Nina Castell", "files": files}


def lines(measured: tuple[int, float, float]) -> list[str]:
    pages, spent, memory = measured
    return [
        "",
        "## The pack of a meeting",
        "",
        f"{pages} pages of {ITEMS} items, about half of them page images of evidence, with a name across each; one process from",
        f"its start to its end. Bounds: {MOST_MS} ms a page, {MOST_MB} MB.",
        "",
        "| what | figure |",
        "|---|---|",
        f"| ms a page | {spent / pages * 1000:.1f} |",
        f"| most memory, MB | {memory:.0f} |",
    ]


if __name__ == "__main__":
    print("\n".join(lines(measure())))
