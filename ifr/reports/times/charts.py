"""Charts as SVG, drawn here on the server. Each says its message in words, and is read without colour: by patterns, by
kinds of line and by the figures beside what is drawn. The page gives the same figures as a table.

The library is imported when the first chart is drawn: it costs half a second, which no other page is to pay.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from markupsafe import Markup

from ifr.reports.times.measuring import Month, Row
from ifr.reports.times.spans import Spread
from ifr.reports.times.waiting import Band

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, FILL, PALE = "#212b32", "#4c6272", "#005eb8", "#ffffff"
WIDTH = 8.9  # inches of 72 units
_SVG = "http://www.w3.org/2000/svg"
_LINK = "{http://www.w3.org/1999/xlink}href"
_FONT = "Frutiger, Arial, sans-serif"


# --- the charts -------------------------------------------------------------------------------------------------------


def stage_chart(rows: Sequence[Row]) -> Markup:
    """Median and 90th centile of each step as a bar of two patterns, the longest as a whisker, the target as a mark."""
    figure = _figure(0.62 * len(rows) + 1.2)
    axes = figure.subplots()
    places = list(range(len(rows)))[::-1]
    for place, row in zip(places, rows, strict=True):
        _stage_bar(axes, place, row)
    axes.set_yticks(places, [row.label for row in rows])
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.set_xlim(0, max([1, *(max(row.net.worst, row.target_days or 0) for row in rows)]) * 1.22)
    axes.set_xlabel("Working days, without those in pauses")
    _plain(axes, grid="x")
    return _svg(figure, "stages", "Time in each step against its target", _stages_in_words(rows))


def _stage_bar(axes: Axes, place: int, row: Row) -> None:
    net = row.net
    axes.barh(place, net.median, height=0.46, color=FILL, edgecolor=INK)
    axes.barh(place, net.ninetieth - net.median, left=net.median, height=0.46, color=PALE, edgecolor=FILL, hatch="////")
    axes.barh(place, net.ninetieth, height=0.46, color="none", edgecolor=INK)
    axes.plot([net.ninetieth, net.worst], [place, place], color=INK, linewidth=1.2)
    axes.plot([net.worst], [place], marker="|", markersize=9, color=INK)
    end = max(net.worst, row.target_days or 0)
    axes.annotate(_short(net), (end, place), xytext=(8, 0), textcoords="offset points", va="center", fontsize=11, color=INK)
    if row.target_days is not None:
        axes.plot([row.target_days] * 2, [place - 0.36, place + 0.36], color=INK, linewidth=3, linestyle=(0, (1.2, 0.6)))


def _short(net: Spread) -> str:
    return f"{net.median} · {net.ninetieth} · {net.worst}"


def _stages_in_words(rows: Sequence[Row]) -> str:
    said = [
        f"{row.label}: median {row.net.median}, 90th centile {row.net.ninetieth}, longest {row.net.worst}"
        + (f", target {row.target_days}" if row.target_days is not None else ", no target in working days")
        for row in rows
    ]
    return "Working days without those in pauses. " + ". ".join(said) + "."


def months_chart(months: Sequence[Month], target: int | None) -> Markup:
    """The median and the 90th centile of the whole way, month by month, with the target."""
    figure = _figure(3.7)
    axes = figure.subplots()
    places = list(range(len(months)))
    highest = max([one.net.ninetieth for one in months if one.net] + [target or 1])
    _line(axes, [one.net.ninetieth if one.net else None for one in months], "90th centile", above=True)
    _line(axes, [one.net.median if one.net else None for one in months], "Median", above=False)
    if target is not None:
        axes.axhline(target, color=MUTED, linewidth=1.4, linestyle=(0, (1, 1.6)))
        axes.annotate(f"Target {target}", (-0.4, target), xytext=(0, 4), textcoords="offset points", fontsize=11, color=INK)
    # Two years of names would run into each other.
    named = [place for place in places if len(months) <= 13 or months[place].first.month % 3 == 1]
    axes.set_xticks(named, [_month_label(months[place], place) for place in named])
    axes.set_xlim(-0.5, len(months) + 0.9)
    # Below nought there is room for the figures of a month in which half were decided on the day.
    axes.set_ylim(-0.12 * highest, highest * 1.25)
    axes.set_ylabel("Working days, net")
    axes.axhline(0, color=MUTED, linewidth=0.8)
    _plain(axes, grid="y")
    axes.set_yticks([tick for tick in axes.get_yticks() if 0 <= tick <= highest * 1.25])
    return _svg(figure, "months", "From receipt to decision, month by month", _months_in_words(months, target))


def _line(axes: Axes, values: Sequence[int | None], name: str, *, above: bool) -> None:
    """One figure of each month; a month in which nothing was decided breaks the line."""
    known = [(place, number) for place, number in enumerate(values) if number is not None]
    if not known:
        return
    up = [float("nan") if number is None else number for number in values]
    style: Any = (0, (4, 2)) if above else "solid"
    face = PALE if above else INK
    axes.plot(
        list(range(len(values))), up, color=INK, linewidth=1.8, linestyle=style, marker="s" if above else "o", markersize=7,
        markerfacecolor=face,
    )  # fmt: skip
    for place, number in known:
        axes.annotate(
            str(number), (place, number), xytext=(0, 9 if above else -18), textcoords="offset points", ha="center", fontsize=11,
            bbox={"facecolor": PALE, "edgecolor": "none", "pad": 1},
        )  # fmt: skip
    axes.annotate(
        name, known[-1], xytext=(14, 7 if above else -7), textcoords="offset points", va="center", fontsize=11,
        fontweight="bold",
    )  # fmt: skip


def _month_label(one: Month, number: int) -> str:
    return f"{one.first:%b}\n{one.first:%Y}" if number == 0 or one.first.month == 1 else f"{one.first:%b}"


def _months_in_words(months: Sequence[Month], target: int | None) -> str:
    said = [f"{one.first:%B %Y}: median {one.net.median}, 90th centile {one.net.ninetieth}" for one in months if one.net]
    held = f" The target is {target}." if target is not None else ""
    return f"Working days without those in pauses.{held} " + (". ".join(said) + "." if said else "Nothing was answered.")


def bands_chart(bands: Sequence[Band]) -> Markup:
    """How many open requests have waited how long, parted by whether the clock runs."""
    figure = _figure(3.5)
    axes = figure.subplots()
    places = list(range(len(bands)))
    running = [one.running for one in bands]
    axes.bar(places, running, width=0.66, color=FILL, edgecolor=INK, label="Clock running")
    axes.bar(
        places, [one.paused for one in bands], bottom=running, width=0.66, color=PALE, edgecolor=FILL, hatch="////",
        label="Clock paused",
    )  # fmt: skip
    axes.bar(places, [one.number for one in bands], width=0.66, color="none", edgecolor=INK)
    for place, one in zip(places, bands, strict=True):
        axes.annotate(
            str(one.number), (place, one.number), xytext=(0, 5), textcoords="offset points", ha="center", fontsize=12,
            fontweight="bold",
        )  # fmt: skip
    axes.set_xticks(places, [one.label for one in bands])
    axes.set_ylim(0, max([1, *(one.number for one in bands)]) * 1.32)
    axes.set_xlabel("Days since receipt")
    axes.set_ylabel("Open requests")
    axes.legend(loc="upper right", frameon=False, ncols=2, fontsize=11, handlelength=1.6)
    _plain(axes, grid="y")
    return _svg(figure, "bands", "How long open requests have waited", _bands_in_words(bands))


def _bands_in_words(bands: Sequence[Band]) -> str:
    said = [f"{one.label} days: {one.number}, {one.paused} of them paused" for one in bands if one.number]
    return "Open requests by days since receipt. " + (". ".join(said) + "." if said else "Nothing is open.")


# --- the drawing ------------------------------------------------------------------------------------------------------


# Text stays text, and the same figures give the same file.
_LOOK: Any = {
    "svg.fonttype": "none", "svg.hashsalt": "ifr", "font.size": 12, "hatch.linewidth": 1.4, "axes.edgecolor": MUTED,
    "xtick.color": INK, "ytick.color": INK, "axes.labelcolor": INK,
}  # fmt: skip


@cache
def _library() -> type[Figure]:
    """The library, set up once in a process."""
    import matplotlib
    from matplotlib.figure import Figure as Drawn

    matplotlib.rcParams.update(_LOOK)
    return Drawn


def _figure(height: float) -> Figure:
    """An empty figure, drawn by objects of its own: charts of two requests share nothing."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    figure = _library()(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasSVG(figure)
    return figure


def _plain(axes: Axes, *, grid: str) -> None:
    """Whole numbers, light lines behind what is drawn, and no box around it."""
    from matplotlib.ticker import MaxNLocator

    across = grid == "x"
    (axes.xaxis if across else axes.yaxis).set_major_locator(MaxNLocator(integer=True, nbins=8, steps=[1, 2, 5, 10]))
    axes.grid(axis="x" if across else "y", color="#d8dde0", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    (axes.yaxis if across else axes.xaxis).set_tick_params(length=0)


def _svg(figure: Figure, name: str, title: str, words: str) -> Markup:
    """The figure as a piece of a page: named in words, without styles (which no page of ours allows), without a size."""
    out = io.StringIO()
    figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    root = ElementTree.fromstring(out.getvalue())
    for extra in [one for one in root if one.tag.rpartition("}")[2] in ("metadata",)]:
        root.remove(extra)
    for one in root.iter():
        _settle(one, name)
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.attrib.update({
        "role": "img", "aria-labelledby": f"chart-{name}-title", "aria-describedby": f"chart-{name}-words",
        "class": "app-chart__picture", "font-family": _FONT,
        "stroke-linejoin": "round", "focusable": "false",
    })  # fmt: skip
    root.insert(0, _named("desc", f"chart-{name}-words", words))
    root.insert(0, _named("title", f"chart-{name}-title", title))
    ElementTree.register_namespace("", _SVG)
    # Every letter of it was escaped by the writer of the tree.
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _named(tag: str, name: str, text: str) -> ElementTree.Element:
    found = ElementTree.Element(f"{{{_SVG}}}{tag}", {"id": name})
    found.text = text
    return found


def _settle(one: ElementTree.Element, name: str) -> None:
    """Styles become attributes, and what one element calls another is told apart from that of other charts."""
    if one.tag == f"{{{_SVG}}}style":
        one.text, one.tag = "", f"{{{_SVG}}}desc"
    for said in one.attrib.pop("style", "").split(";"):
        key, _, value = said.partition(":")
        if key.strip() == "font":
            one.attrib.update(_font(value.strip()))
        elif key.strip():
            one.set(key.strip(), value.strip())
    if "id" in one.attrib:
        one.set("id", f"{name}-{one.attrib['id']}")
    if _LINK in one.attrib:
        one.set("href", f"#{name}-{one.attrib.pop(_LINK).removeprefix('#')}")
    for key in ("clip-path", "fill"):
        if key in one.attrib:
            one.set(key, re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", one.attrib[key]))


def _font(said: str) -> dict[str, str]:
    """What a style says of a font in one word after the other: its weight where it has one, its size; the page has its own
    family."""
    found = {"font-size": size.group(1)} if (size := re.search(r"([\d.]+)px", said)) else {}
    return found | ({"font-weight": "700"} if re.match(r"(bold|700)\b", said) else {})
