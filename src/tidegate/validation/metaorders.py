"""Metaorders of an outsider in the market, each beside the same market without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tidegate.agents.metaorder import Metaorder, Outsider
from tidegate.books import BTC, USD
from tidegate.model import Market
from tidegate.scenario import Scenario

__all__ = ["Plan", "Worked", "outsider", "work"]

Floats = NDArray[np.float64]

DAY: Final = 86_400
STEPS: Final = (4, 10, 30, 120)  # seconds: a metaorder takes the longest that slices it enough
SLICES: Final = 20
WARM: Final = 14_400  # seconds before the first metaorder: until the touch is in its steady state
SPARE: Final = 2.0  # cash over what the metaorder costs at the first price


@dataclass(frozen=True, slots=True)
class Plan:
    """A metaorder to be worked.

    Attributes
    ----------
    size
        Over the market's daily volume.
    participation
        Rate of trading over the market's volume.
    after
        How long to look on afterwards, in lengths of the metaorder.
    least
        Slices at the least; makers hear of a slice with the next.
    """

    size: float
    participation: float
    after: float = 0.0
    least: int = SLICES

    @property
    def seconds(self) -> float:
        """Length of the metaorder."""
        return DAY * self.size / self.participation

    @property
    def step(self) -> int:
        """Length of a tick that suits it, seconds."""
        return max((s for s in STEPS if s * self.least <= self.seconds), default=STEPS[0])

    @property
    def slices(self) -> int:
        """Ticks in which it is worked."""
        return max(1, round(self.seconds / self.step))


@dataclass(frozen=True, slots=True)
class Worked:
    """What a metaorder did.

    Attributes
    ----------
    path
        Log price with it less log price without, after each tick from its first, in units of
        daily volatility; prices are mids, over the crowd's consensus. (The two worlds' beliefs
        differ by noise of mean zero, which this leaves out.)
    slices
        Ticks in which it was worked.
    filled
        Share of it that was traded.
    """

    path: Floats
    slices: int
    filled: float

    @property
    def peak(self) -> float:
        """Impact at its end."""
        return float(self.path[self.slices - 1])


def outsider(world: Market, lots: int, begin: int, end: int) -> Outsider:
    """Add a trader without information to a world, with the means to work so many lots.

    Parameters
    ----------
    world : Market
        Is changed.
    lots : int
        Positive buys, negative sells.
    begin, end : int
        Seconds of the run.
    """
    accounts = {}
    for venue in world.venues:
        account = accounts[venue.name] = venue.open_accounts()
        if lots > 0:
            lot = venue.lot * venue.price(venue.indicative)
            asset, amount, source = USD, int(SPARE * lots * venue.share * lot * 1e6), "world"
        else:
            asset, amount, source = BTC, int(SPARE * -lots * venue.share), "others"
        world.books.move(asset, source, venue.name, amount)
        venue.credit(account, asset, amount)
    trader = Outsider(
        world,
        accounts=accounts,
        order=Metaorder(lots, begin, end),
        path="outsider/0",
        venues=world.venues,
        streams=world.streams,
        clock=world.clock,
    )
    world.takers.append(trader)
    return trader


def work(
    plans: Sequence[Plan], seed: int, changes: Mapping[str, Any] | None = None
) -> list[Worked]:
    """Work metaorders in a market of one seed, each in a copy of it, and each at a time of its own.

    Parameters
    ----------
    plans : sequence of Plan
        The metaorders.
    seed : int
        Of the market.
    changes : mapping, optional
        Values of the scenario by flat name.
    """
    done: dict[int, Worked] = {}
    for step in sorted({plan.step for plan in plans}):
        of_step = [number for number, plan in enumerate(plans) if plan.step == step]
        # The shortest last, so that the market without them need not go on for long after.
        of_step.sort(key=lambda number: -_ticks(plans[number]))
        done |= _work_at(step, {number: plans[number] for number in of_step}, seed, changes or {})
    return [done[number] for number in range(len(plans))]


def _ticks(plan: Plan) -> int:
    return plan.slices + round(plan.slices * plan.after)


def _work_at(
    step: int, plans: Mapping[int, Plan], seed: int, changes: Mapping[str, Any]
) -> dict[int, Worked]:
    """Work metaorders that share a step; one starts at each fourth tick."""
    world = Market(rng=seed, **{**changes, "step_seconds": step})
    world.run_until(-(-WARM // step))
    spec = world.spec
    first = world.tick
    without: list[float] = []
    with_it: dict[int, tuple[int, Floats, float]] = {}
    for number, plan in plans.items():
        start = world.tick - first
        lots = round(plan.size * spec.asset.daily_volume / (world.price * spec.asset.lot))
        copy = world.fork()
        begin = copy.tick * step
        trader = outsider(copy, lots, begin, begin + plan.slices * step)
        path = np.array([_look(copy) for _ in range(_ticks(plan))])
        with_it[number] = start, path, trader.filled / lots
        without += [_look(world) for _ in range(4)]
    longest = max(start + len(path) for start, path, _ in with_it.values())
    without += [_look(world) for _ in range(longest - len(without))]
    control = np.array(without)
    sigma = Scenario().belief.calm_volatility
    return {
        number: Worked((path - control[start : start + len(path)]) / sigma, slices, filled)
        for (number, (start, path, filled)), slices in zip(
            with_it.items(), (plan.slices for plan in plans.values()), strict=True
        )
    }


def _look(world: Market) -> float:
    """Take a step; return the log of the mid over the crowd's consensus."""
    world.step()
    mid = sum(v.share * v.price(v.mid or v.indicative) for v in world.venues)
    return float(np.log(mid)) - float(world.crowd.consensus)
