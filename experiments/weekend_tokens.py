"""News that breaks on a Friday night: what coins, tokens and, on Monday, the stock make of it.

The exchange shuts on Friday at 20:00 UTC. Bad news comes an hour later, and in one arm news that
takes half of it back on Sunday noon. In other arms the exchange never shuts, or nobody has tokens.
That a stock cannot move while its exchange is shut is a matter of hours, and so is who moves first;
that holders of shares then sell coins is assumed. What is asked is whether that shows, and
whether tokens that trade through the week-end leave less for Monday.
"""

from __future__ import annotations

import datetime as dt
import math
import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.analysis import tokens
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.setups.token import NOBODY, TOKEN_PATHS, TokenParameters, record_tokens
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

NEWS = (0, 21.0)  # days after Friday, and hour (UTC): the second post came at 20:50
RELIEF = (2, 12.0)  # Sunday
LATE = (3, 13.0)  # Monday, before the exchange opens
OPENED = (3, 14.0)  # and half an hour after it has
SETTLED = (5, 20.0)  # Wednesday, at the close
METRICS = (
    Metric.level("gap", "The stock from Friday's close to Monday's first half hour", "%",
                 delta=0.005),
    Metric.level("gap_size", "Its size", "%", delta=0.001),
    Metric.level("later", "The stock from there to Wednesday's close", "%", delta=0.005),
    Metric.level("coin_fall", "Fall of BTC until Monday, before the exchange opens", "%",
                 delta=0.005),
    Metric.level("token_fall", "Fall of the token until then", "%", delta=0.005),
    Metric.level("crypto_share", "BTC's share of the joint move until then", "%", delta=0.1),
    Metric.level("lead", "BTC ahead of the stock after Sunday's news", "h", delta=6.0),
    Metric.level("raised_coins", "Coins sold by who cannot sell shares", "thousand", delta=1.0),
    Metric.level("called_tokens", "Tokens sold by lenders", "million", delta=1.0),
)  # fmt: skip


class WeekendTokens(TokenParameters):
    """What may be set."""

    shock: float = parameter(
        -0.075, "Friday's news, log of BTC", unit="1", source="10 October 2025: -7.2 %", ge=-1, lt=0
    )
    relief: float = parameter(
        0.04, "Sunday's news, log of BTC", unit="1", source="12 October 2025: +3.9 %", gt=0, le=1
    )

    def day_zero(self) -> dt.date:
        """Return a Friday."""
        return dt.date(2025, 10, 10)


def build(p: WeekendTokens, seed: int) -> Market:
    """Return a world at tick 0."""
    return Market(p.scenario(), rng=seed)


def arms(p: WeekendTokens) -> list[Arm]:
    """Return a week-end without news and with, with hours and without, with tokens and without."""
    bad, good = p.news(p.shock, *NEWS), p.news(p.relief, *RELIEF, name="relief")
    always = {"calendar": "24/7"}
    listed = [
        Arm("calm", "No news"),
        Arm("friday", "News on Friday night", (bad,)),
        Arm("open", "The same, the exchange never shuts", (bad,), always),
        Arm("no-tokens", "News on Friday night, no tokens", (bad,), {"share": NOBODY}),
        Arm("relief", "News on Friday night, relief on Sunday", (bad, good)),
        Arm("sunday", "Good news on Sunday alone", (good,)),
        Arm("sunday-open", "Good news on Sunday, the exchange never shuts", (good,), always),
        Arm("no-raisers", "News on Friday night, nobody raises cash", (bad,), {"pressure": 0.0}),
        Arm("half-raisers", "Half as much cash raised", (bad,), {"pressure": p.pressure / 2.0}),
        Arm("double-raisers", "Twice as much", (bad,), {"pressure": p.pressure * 2.0}),
        Arm("no-loans", "News on Friday night, tokens are no collateral", (bad,),
            {"loans": False}),
    ]  # fmt: skip
    return [*listed, *(arm.frozen_twin({"matching": False}) for arm in listed)]


def measure(frames: Frames, p: WeekendTokens) -> Mapping[str, float]:
    """Return the metrics of one run."""
    path = tokens.joined(frames["tokens"], frames["bars"])
    before = p.second(0, 20.0)
    gap = tokens.moves(path, before, p.second(*OPENED))["stock_move"]
    late = tokens.moves(path, before, p.second(*LATE))
    joint = abs(late["coin_move"]) + abs(late["stock_move"])
    relief = p.second(*RELIEF)
    stock, coin = (
        tokens.half_hours(path, name, relief, size)
        for name, size in (("stock", p.beta * p.relief), ("coin", p.relief))
    )
    sold = tokens.sales(path, p.scenario().asset.lot)
    return {
        "gap": gap,
        "gap_size": abs(gap),
        "later": tokens.moves(path, p.second(*OPENED), p.second(*SETTLED))["stock_move"],
        "coin_fall": -late["coin_move"],
        "token_fall": -late["token_move"],
        "crypto_share": abs(late["coin_move"]) / joint if joint else math.nan,
        "lead": stock - coin,
        **{name: sold[name] for name in ("raised_coins", "called_tokens")},
    }


EXPERIMENT = Experiment(
    name="weekend_tokens",
    question="Who takes news that comes while stocks are shut, and what is left for Monday?",
    parameters=WeekendTokens,
    build=build,
    arms=arms,
    timeline=WeekendTokens.timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="The week-end and Monday",
        metrics=("coin_fall", "token_fall", "crypto_share", "gap", "later"),
    ),
    series=TOKEN_PATHS,
    record=record_tokens,
    claims=("LEV-H21", "LEV-H21a", "MIN-H12", "MIN-H12a", "X8"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=WeekendTokens.scenario,
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
