"""What a letter costs: one process that prints letter after letter, two of them at once, and reading one back."""

import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date

from flask import Flask

from ifr import clock, letters, pages, pdf
from ifr.config import Config
from ifr.jobs import decision_data
from tests.databases import NOW
from tests.letters import FULL, a_row, html_of

# Two pages with the decision inside, as most decision letters have.
NAME, ROUNDS = "decision_not_funded", 40
FACTS = {
    **FULL, "questions": FULL["questions"][:1], "factors": [], "criteria": [], "grounds": [], "directions": [], "items": [],
    "test": None, "challenge": ["reconsideration", "appeal"],
}  # fmt: skip
ISSUED = date(2026, 11, 23)
BOUND_MS, BOUND_TIMES = 65, 2.0


def _a_letter() -> bytes:
    html = html_of(NAME, FACTS)
    inside = decision_data.attachments(a_row(NAME, FACTS), issued_on=ISSUED, dates={})
    return pdf.render(html, title=letters.title_in(html), attachments=inside, identifier="bench")


def _times(rounds: int) -> list[float]:
    """Milliseconds of processor time for each of so many letters, after three that are not counted, and the seconds of all."""
    app = Flask("ifr")
    app.config["IFR"] = Config()
    pages.prepare(app)
    times = []
    with app.test_request_context(), clock.at(NOW):
        for number in range(rounds + 3):
            begin = time.process_time()
            _a_letter()
            if number >= 3:
                times.append((time.process_time() - begin) * 1000)
    return times


def _spent(rounds: int) -> float:
    """Seconds on the clock for so many letters, after three that are not counted."""
    app = Flask("ifr")
    app.config["IFR"] = Config()
    pages.prepare(app)
    with app.test_request_context(), clock.at(NOW):
        for _ in range(3):
            _a_letter()
        begin = time.perf_counter()
        for _ in range(rounds):
            _a_letter()
        return time.perf_counter() - begin


def _read_back_ms() -> float:
    app = Flask("ifr")
    app.config["IFR"] = Config()
    pages.prepare(app)
    with app.test_request_context(), clock.at(NOW):
        made = _a_letter()
    times = []
    for _ in range(10):
        begin = time.process_time()
        pdf.text_of(made)
        times.append((time.process_time() - begin) * 1000)
    return statistics.median(times)


def lines() -> list[str]:
    """The section of docs/performance.md."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as one:
        alone = statistics.median(one.submit(_times, ROUNDS).result())
        single = ROUNDS / one.submit(_spent, ROUNDS).result()
        back = one.submit(_read_back_ms).result()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as two:
        both = [ROUNDS / one.result() for one in [two.submit(_spent, ROUNDS) for _ in range(2)]]
    return [
        "",
        "## Letters",
        "",
        "A decision letter of two pages with `decision.json` inside, PDF/UA-1 and PDF/A-3a in one file, printed warm.",
        "",
        "| what | figure |",
        "|---|---|",
        f"| a letter, ms of processor time (bound {BOUND_MS}) | {alone:.0f} |",
        f"| letters a second, one process | {single:.1f} |",
        f"| letters a second, two processes | {sum(both):.1f} |",
        f"| two processes to one (bound {BOUND_TIMES:.0f}) | {sum(both) / single:.2f} |",
        f"| reading a letter back for the comparison with the record, ms | {back:.0f} |",
    ]


if __name__ == "__main__":
    print("\n".join(lines()))
