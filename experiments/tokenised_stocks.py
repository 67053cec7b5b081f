"""What a crash of coins does to a stock that trades as tokens, and whether halts still hold.

In the first arms coins crash by news of their own, which does not concern the stock. What reaches
the stock comes by lenders who hold coins and tokens as one collateral. In the others bad news
concerns both, and an authority halts the stock exchange alone, or the token's venue too.

How much of the stock trades as tokens, that lenders take them, and who sells after bad news are
assumed; arms have today's share, none, no lenders and nobody who raises cash.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.analysis import tokens
from tidegate.model import Market
from tidegate.policies.trading_halt import TradingHalt
from tidegate.report.summary import Lead, Metric
from tidegate.setups.token import NOBODY, TOKEN_PATHS, TokenParameters, record_tokens
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

TODAY = 7e-4  # of all shares: 225 M USD of xStocks over the stock's 300 bn
HOUR = 14.0  # of the news, UTC: the exchange trades from 13:30 to 20:00
LATER = 15.0  # of the halt
WITHIN = 72.0  # hours after the news in which falls are sought
METRICS = (
    Metric.level("stock_fall", "Deepest fall of the stock within three days", "%", delta=0.005),
    Metric.level("token_fall", "Of its token", "%", delta=0.005),
    Metric.level("coin_fall", "Of BTC", "%", delta=0.005),
    Metric.level("called_tokens", "Tokens sold by lenders", "million", delta=1.0),
    Metric.level("called_coins", "Coins sold by lenders", "thousand", delta=1.0),
    Metric.level("gap_open", "Token off its stock before the news, exchange open", "%",
                 delta=0.001),
    Metric.level("gap_shut", "The same against its worth by news, exchange shut", "%",
                 delta=0.001),
    Metric.level("weekend_volume", "Token's volume at week-ends over that of weekdays", "%",
                 delta=0.05),
)  # fmt: skip


class TokenisedStocks(TokenParameters):
    """What may be set."""

    crash: float = parameter(
        -0.3, "News of coins alone, log of BTC", unit="1",
        source="between 10 October 2025 (-12 to -17 % within the day) and BTC's fall by "
        "21 November (-34 %)", ge=-1, lt=0,
    )  # fmt: skip
    shock: float = parameter(
        -0.2, "News of everything, log of BTC; the stock falls by its beta", unit="1",
        source="7.1 % of the stock: a fall that halts US exchanges (level 1: 7 %)", ge=-1, lt=0,
    )  # fmt: skip
    halt_hours: float = parameter(
        24.0, "Length of the halt", unit="h", source="level 3: the rest of the day", gt=0, le=96
    )

    def day_zero(self) -> dt.date:
        """Return a Tuesday."""
        return dt.date(2025, 10, 14)


def build(p: TokenisedStocks, seed: int) -> Market:
    """Return a world at tick 0."""
    return Market(p.scenario(), rng=seed)


def arms(p: TokenisedStocks) -> list[Arm]:
    """Return a crash of coins, without tokens and with, and news of all, with halts and without."""
    crash, shock = (p.news(p.crash, 0, HOUR),), p.news(p.shock, 0, HOUR)
    stock, both = (
        TradingHalt(binds=binds, hours=p.halt_hours, **p.on(0, LATER))
        for binds in ("stock", "both")
    )
    own = {"beta": 0.0}
    listed = [
        Arm("none", "Coins crash, no tokens", crash, {**own, "share": NOBODY}),
        Arm("today", "Coins crash, tokens of 0.07 % of the shares", crash,
            {**own, "share": TODAY}),
        Arm("tokens", f"Coins crash, tokens of {100 * p.share:g} %", crash, own),
        Arm("no-loans", "The same, tokens are no collateral", crash, {**own, "loans": False}),
        Arm("free", "News of all, no halt", (shock,)),
        Arm("halt-stock", "News of all, the stock halted", (shock, stock)),
        Arm("halt-both", "News of all, stock and token halted", (shock, both)),
        Arm("free-no-loans", "News of all, no halt, tokens are no collateral", (shock,),
            {"loans": False}),
        Arm("halt-stock-calm", "The stock halted, nobody raises cash", (shock, stock),
            {"pressure": 0.0}),
        Arm("halt-both-calm", "Both halted, nobody raises cash", (shock, both),
            {"pressure": 0.0}),
    ]  # fmt: skip
    return [*listed, *(arm.frozen_twin({"matching": False}) for arm in listed)]


def measure(frames: Frames, p: TokenisedStocks) -> Mapping[str, float]:
    """Return the metrics of one run."""
    path = tokens.joined(frames["tokens"], frames["bars"])
    news = p.second(0, HOUR)
    sold = tokens.sales(path, p.scenario().asset.lot)
    return {
        **tokens.falls(path, news, WITHIN),
        **tokens.gaps(path, news, p.scenario().start),
        **{name: sold[name] for name in ("called_tokens", "called_coins")},
    }


EXPERIMENT = Experiment(
    name="tokenised_stocks",
    question="Do tokens carry crypto's stress to stocks, and do they undo halts?",
    parameters=TokenisedStocks,
    build=build,
    arms=arms,
    timeline=TokenisedStocks.timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="How far each falls, and what lenders sell",
        metrics=("stock_fall", "token_fall", "coin_fall", "called_tokens", "called_coins"),
    ),
    series=TOKEN_PATHS,
    record=record_tokens,
    claims=("LEV-H16", "LEV-H16b", "LEV-H17"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=TokenisedStocks.scenario,
    quick={"days": 5},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
