"""Flat keywords of a market: values of its scenario, and levers in force from the start."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from tidegate.policies.base import LeverPolicy
from tidegate.policies.standing import standing
from tidegate.scenario import flat
from tidegate.scenario.frozen import Frozen
from tidegate.scenario.levers import Levers

__all__ = ["told"]

Spec = TypeVar("Spec", bound=Frozen)


def told(
    spec: Spec, keywords: Mapping[str, Any], heeded: Collection[str]
) -> tuple[Spec, tuple[LeverPolicy, ...]]:
    """Return a scenario with the values that keywords give, and the policy of levers among them.

    Parameters
    ----------
    spec
        The scenario.
    keywords
        ``{"holders.elasticity": 0.1, "pension.allocation": 0.01}``. A name that is a value of the
        scenario means that; any other may be a lever.
    heeded
        Groups of levers that the market reads.

    Raises
    ------
    TypeError
        If the seed is not called rng.
    ValueError
        If a name is neither, or a value is refused.
    """
    if "seed" in keywords:  # as Mesa's models may have it
        raise TypeError(f"seed is {keywords['seed']!r}; the seed of a market is called rng")
    known = [lever for lever in Levers.names() if lever.partition(".")[0] in heeded]
    levers = {name for name in keywords if name in known and not flat.exists(spec, name)}
    values = {name: value for name, value in keywords.items() if name not in levers}
    changed = flat.override(spec, values, also=known)
    return changed, standing({lever: keywords[lever] for lever in keywords if lever in levers})
