"""Figures that a test measures and that belong before the eyes of whoever runs the suite: they end its printed report."""

from typing import Any

_FIGURES: dict[str, str] = {}


def print_figure(name: str, words: str) -> None:
    """Let one line stand at the end of what the suite prints. A later one of the same name replaces the earlier."""
    _FIGURES[name] = words


def hand_over(config: Any) -> None:
    """At the end of a worker: its figures go to the process that prints."""
    if hasattr(config, "workeroutput"):
        config.workeroutput["figures"] = dict(_FIGURES)


def take_over(node: Any) -> None:
    """In the process that prints: the figures of a worker that has ended. A worker that crashed hands over none."""
    _FIGURES.update(getattr(node, "workeroutput", {}).get("figures", {}))


def lines() -> list[str]:
    return [f"{name}: {words}" for name, words in sorted(_FIGURES.items())]
