"""All acceptance tests, by id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from tidegate.validation import (
    activity,
    adoption,
    bankruptcies,
    calm_weeks,
    cascades,
    contagion,
    crash_day,
    crash_grid,
    deleveraging,
    exchange_runs,
    excitation,
    fcn_traders,
    fund_flows,
    imitation,
    impact,
    leverage,
    leverage_caps,
    leverage_cycle,
    macro,
    margins,
    market_facts,
    multiplier,
    order_flow,
    quoting,
    switching,
    switching_fit,
    trade_shocks,
    treasuries,
    weekends,
    withdrawal,
    zero_intelligence,
)
from tidegate.validation.cases import Case

__all__ = ["all_cases", "case_named", "chosen"]

_TOPICS = (
    activity,
    adoption,
    bankruptcies,
    calm_weeks,
    cascades,
    contagion,
    crash_day,
    crash_grid,
    deleveraging,
    exchange_runs,
    excitation,
    fcn_traders,
    fund_flows,
    imitation,
    impact,
    leverage,
    leverage_caps,
    leverage_cycle,
    macro,
    margins,
    market_facts,
    multiplier,
    order_flow,
    quoting,
    switching,
    switching_fit,
    trade_shocks,
    treasuries,
    weekends,
    withdrawal,
    zero_intelligence,
)


@cache
def all_cases() -> tuple[Case, ...]:
    """Return all tests in the order of their ids."""
    cases = sorted((case for topic in _TOPICS for case in topic.CASES), key=lambda c: c.order)
    ids = [case.id for case in cases]
    assert len(set(ids)) == len(ids), f"ids are not unique: {ids}"
    return tuple(cases)


def case_named(name: str) -> Case:
    """Return the test with an id."""
    return next(case for case in all_cases() if case.id == name)


def chosen(only: Sequence[str]) -> list[Case]:
    """Return the tests that ids or families name, in any case: S17 is all from S17.1 on.

    Raises
    ------
    ValueError
        For a name that is neither.
    """
    found: dict[str, Case] = {}
    for name in only:
        cases = list(_matching(name))
        if not cases:
            raise ValueError(f"--only is {name!r}; allowed are {_allowed(name)}")
        found |= {case.id: case for case in cases}
    return list(found.values())


def _matching(name: str) -> Iterable[Case]:
    word = name.casefold()
    return (case for case in all_cases() if word in (case.id.casefold(), case.family.casefold()))


def _allowed(name: str) -> str:
    """Return what may be named: all families, and the ids of the one that was meant, if any."""
    families = ", ".join(dict.fromkeys(case.family for case in all_cases()))
    ids = [case.id for case in _matching(name.partition(".")[0])]
    return f"ids ({', '.join(ids) or 'as S17.1'}) and families: {families}"
