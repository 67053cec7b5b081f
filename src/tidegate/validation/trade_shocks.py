"""S25.2, S25.3: 10 October 2025 and the days after, as the market with commodities has them.

Both check an input: what the threat did to coins, shares and gold on its day is handed to the
model, and so is the size of the softer tone. They would fail if the hazard of threats, or what
trading adds, distorted it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Final

from numpy.typing import ArrayLike

from tidegate.validation.cases import Ablation, Case, Cost, Kind, Within

SEEDS: Final = 16
START: Final = dt.date(2025, 10, 6)  # a Monday
THREAT, SOFT, DUE, END = 4, 6, 26, 9  # days: Friday 10, Sunday 12 October, 1 November, Tuesday 14


def _moves(seed: int, *, told: bool) -> Mapping[str, float]:
    """Return moves of coins, shares and gold on the day, and in relief, against calm."""
    # Imported where it is used: few other tests need a whole market.
    from tidegate.analysis import commodities, market
    from tidegate.model import Market
    from tidegate.policies.export_controls import Escalation, Softening
    from tidegate.scenario import HolderSpec, Scenario
    from tidegate.scenario.commodities import CommoditiesSpec, HedgersSpec
    from tidegate.scenario.trade_news import TradeNewsSpec

    news = TradeNewsSpec() if told else TradeNewsSpec(coins=0.0)
    spec = Scenario(
        start=START,
        step_seconds=86_400,
        holders=HolderSpec(accounts=1_000),
        commodities=CommoditiesSpec(news=news, hedgers=HedgersSpec()),
    )
    threat = Escalation(announcement_day=THREAT, effective_day=DUE, success_probability=0.0)
    soft = Softening(announcement_day=SOFT, effective_day=SOFT)
    coins, gold, shares = {}, {}, {}
    for name, policies in (("calm", []), ("threat", [threat]), ("soft", [threat, soft])):
        world = Market(spec, rng=seed, policies=policies)
        world.run_days(END)
        frames = world.frames()
        days, metals, trade = market.daily(frames["bars"]), frames["metals"], frames["trade"]
        for at in (THREAT, END - 1):
            coins[name, at] = market.price_at(days, at, window=1)
            gold[name, at] = commodities.metal_price(metals, "gold", at)
            shares[name, at] = trade["shares"][at]

    def gap(prices: Mapping[tuple[str, int], float], arms: tuple[str, str], at: int) -> float:
        return math.log(prices[arms[0], at] / prices[arms[1], at])

    day, relief = (("threat", "calm"), THREAT), (("soft", "threat"), END - 1)
    return {
        "coins over shares": gap(coins, *day) / shares["threat", THREAT],
        "gold, per cent": 100.0 * gap(gold, *day),
        "coins in relief, per cent": 100.0 * gap(coins, *relief),
        "shares in relief, per cent": 100.0 * (shares["soft", END - 1] - shares["threat", END - 1]),
        "gold in relief, per cent": 100.0 * gap(gold, *relief),
    }


def october(seeds: Sequence[int], *, told: bool = True) -> dict[str, ArrayLike]:
    """Measure the Friday of the threat, and the Tuesday after a softer tone on Sunday.

    Gold in relief is returned and expected to do nothing: it is a question between two rivals.
    """
    found = [_moves(seed, told=told) for seed in seeds]
    return {name: [moves[name] for moves in found] for name in found[0]}


def untold(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Tell coins nothing of the threat."""
    return october(seeds, told=False)


_UNTOLD: Final = Ablation("coins are told nothing", untold)

CASES: Final = (
    Case(
        id="S25.2",
        kind=Kind.EVENT,
        about="a trade shock moves coins, shares and gold (its direct effects are inputs)",
        expected={"coins over shares": Within(2.0, 6.0), "gold, per cent": Within(0.0, math.inf)},
        measure=october,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(_UNTOLD,),
    ),
    Case(
        id="S25.3",
        kind=Kind.EVENT,
        about="relief moves coins and shares up (its size is an input)",
        expected={
            "coins in relief, per cent": Within(0.0, math.inf),
            "shares in relief, per cent": Within(0.0, math.inf),
        },
        measure=october,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
    ),
)
