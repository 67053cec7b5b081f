"""A market within an economy, as volatile as it was without one."""

from __future__ import annotations

from typing import Final

from tidegate.scenario.macro import MacroSpec
from tidegate.scenario.scenario import Scenario

__all__ = ["QUIETER", "with_macro"]

QUIETER: Final = 0.6
"""The crowd's own volatility within an economy, over what it is without one.

Fitted, over five years of days on seeds 1,000-1,005: annual volatility is then 0.55, and the mean
of 30-day correlations with American technology 0.54, as it was over five years
(docs/evidence/macro_fit.txt).
"""


def with_macro(scenario: Scenario, macro: MacroSpec | None = None) -> Scenario:
    """Return a scenario with factors, and a crowd that brings less of its own.

    The crowd was fitted to a market without factors: what moved BTC from outside is in its noise.
    Where factors are given, that part has to be taken out again.

    Parameters
    ----------
    scenario : Scenario
        The market; its crowd must be the one that was fitted, ``ecology="fcn"``.
    macro : MacroSpec, optional
        The factors; the default ones where not given.

    Raises
    ------
    ValueError
        If somebody else forms the crowd's valuation, or there are factors already.
    """
    if scenario.ecology != "fcn":
        raise ValueError(f"ecology is {scenario.ecology!r}; with factors only 'fcn' is fitted")
    if scenario.macro is not None:
        raise ValueError("macro is given already; the crowd would be made quieter twice")
    own = scenario.belief.annual_volatility
    belief = scenario.belief.model_copy(update={"annual_volatility": QUIETER * own})
    return scenario.model_copy(update={"macro": macro or MacroSpec(), "belief": belief})
