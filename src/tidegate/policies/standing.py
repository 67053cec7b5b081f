"""Levers that are set from the start: a policy in force before anybody trades."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tidegate.policies.base import LeverPolicy
from tidegate.scenario.levers import Levers, LeverValue

__all__ = ["STANDING", "standing"]

STANDING: Final = "standing"
# Of groups whose levers count from a moment on: the lever that says which.
MOMENTS: Final = {
    "pension": "pension.opened",
    "plans": "plans.opened",
    "shock": "shock.started",
}


def standing(levers: Mapping[str, LeverValue]) -> tuple[LeverPolicy, ...]:
    """Return the policy that sets levers at second 0; none where there are no levers.

    Where they count from a moment on, as access to pension savings does, and do not say which, it
    is second 0 too.

    Parameters
    ----------
    levers
        Value per lever, ``{"pension.allocation": 0.01}``.

    Raises
    ------
    ValueError
        If a lever does not exist or refuses its value.
    """
    if not levers:
        return ()
    groups = {lever.partition(".")[0] for lever in levers}
    begun = {moment: 0 for group, moment in MOMENTS.items() if group in groups}
    values = {**begun, **levers}
    Levers().updated(values)  # names the lever, where the policy would name itself
    return (LeverPolicy(name=STANDING, levers=values),)
