"""Opening day of a derivatives venue: its leveraged public moves in with its positions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from tidegate_core.margin_engine import MarginEngine
from tidegate_crowd.leveraged import LeveragedCrowd
from tidegate_crowd.leveraged_terms import CrowdTerms, GroupTerms

from tidegate.agents.leveraged_groups import GROUPS, CrowdGroup, Habits
from tidegate.agents.leveraged_population import LeveragedPopulation
from tidegate.scenario.venue_parts import OutageRule

__all__ = ["crowd_of", "move_in", "terms_of"]

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


def move_in(engine: MarginEngine, population: LeveragedPopulation) -> int:
    """Open the accounts of a population on an engine and put their positions in place.

    Parameters
    ----------
    engine : MarginEngine
        Nobody may have positions there yet.
    population : LeveragedPopulation
        Of the engine's contracts.

    Returns
    -------
    int
        Account of the first row; the others follow.
    """
    first: int = engine.add_accounts(len(population), population.multiplicity)
    account = first + np.arange(len(population))
    for contract in range(int(population.contract.max()) + 1):
        rows = population.contract == contract
        engine.endow(
            contract,
            account[rows],
            population.size[rows],
            population.entry[rows],
            population.margin[rows],
            leverage=population.leverage[rows],
            deposit=population.cash[rows],
        )
    return first


def crowd_of(
    population: LeveragedPopulation,
    first: int,
    key: int,
    *,
    marks: Sequence[int],
    now: float = 0.0,
    groups: Sequence[CrowdGroup] = GROUPS,
    habits: Habits | None = None,
    outage: OutageRule | None = None,
) -> LeveragedCrowd:
    """Make the crowd that trades a population's accounts, its reserves apart.

    Parameters
    ----------
    population : LeveragedPopulation
        As it moved in.
    first : int
        Account of its first row.
    key : int
        Key of the crowd's draws (64 bits).
    marks : sequence of int
        Prices of the contracts, ticks.
    now : float
        The time, seconds.
    groups : sequence of CrowdGroup
        That the population was drawn with.
    habits : Habits, optional
        That the population was drawn with.
    outage : OutageRule, optional
        How many orders the venue takes, and what it does with more; by default any number.
    """
    rows = slice(0, population.crowd)
    return LeveragedCrowd(
        population.contract[rows],
        population.group[rows],
        population.size[rows],
        population.margin_rate[rows],
        population.line_kind[rows],
        population.line[rows],
        marks=marks,
        first=first,
        key=key,
        now=now,
        terms=terms_of(groups, Habits() if habits is None else habits),
        capacity=None if outage is None else outage.capacity_per_second,
        overload="queue" if outage is None else outage.overload,
    )


def terms_of(groups: Sequence[CrowdGroup], habits: Habits) -> CrowdTerms:
    """Say in the crowd's own units, seconds and shares, what groups and habits are."""
    return CrowdTerms(
        groups=tuple(_group_terms(group) for group in groups),
        stop_share=habits.stop_share,
        stop_low=habits.stop_way[0],
        stop_high=habits.stop_way[1],
        top_up_share=habits.top_up_share,
        top_up_way=habits.top_up_way,
        top_up=habits.top_up,
        mean_return=habits.mean_return * HOUR,
        max_stress=habits.max_stress,
        slippage=habits.slippage,
        work=habits.work * MINUTE,
        meets=True,
    )


def _group_terms(group: CrowdGroup) -> GroupTerms:
    low, high = group.leverage
    return GroupTerms(low, math.inf if high is None else high, group.turn * DAY, group.trend)
