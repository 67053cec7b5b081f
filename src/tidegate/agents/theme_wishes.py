"""What share of its money an allocator wants in each theme, from returns and odds."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate_core.draws import exp, log

from tidegate.scenario.allocators import AllocatorSpec
from tidegate.scenario.macro_levers import RISKY_THEMES, RiskyTheme
from tidegate.streams import Streams

__all__ = ["looks_back", "wishes"]


def looks_back(spec: AllocatorSpec, streams: Streams, path: str) -> list[int]:
    """Return how many days each member looks back: even in logs, a draw a member."""
    ratio = log(spec.longest_days / spec.shortest_days)
    return [
        round(spec.shortest_days * exp(ratio * streams.uniform(path, "look", 0, 0, member)))
        for member in range(spec.members)
    ]


def wishes(
    spec: AllocatorSpec,
    returns: Mapping[RiskyTheme, float],
    odds: Mapping[RiskyTheme, float],
    fearful: bool,
) -> dict[RiskyTheme, float]:
    """Return the share of each risky theme; what is left is safe.

    Parameters
    ----------
    spec : AllocatorSpec
        Usual shares and how far members lean.
    returns : mapping of theme to float
        Log return over the time looked back on. What is safe earns nothing beyond cash.
    odds : mapping of theme to float
        Factor on the odds of a theme against what is safe; 1 usually.
    fearful : bool
        Whether a recession is plain to see.
    """
    fear = spec.fear if fearful else 1.0
    pulls = {
        theme: getattr(spec, theme) * odds[theme] * fear * exp(spec.chase * returns[theme])
        for theme in RISKY_THEMES
    }
    whole = spec.safe
    for theme in RISKY_THEMES:
        whole += pulls[theme]
    return {theme: pulls[theme] / whole for theme in RISKY_THEMES}
