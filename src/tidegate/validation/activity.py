"""S1, activity: signs of trades persist, prices diffuse, and weeks have hours and week-ends."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from tidegate.analysis.seasons import shares, weekly_profile
from tidegate.analysis.signs import (
    autocorrelations,
    decay_exponent,
    trade_signs,
    variance_ratio,
)
from tidegate.validation.cases import Ablation, Case, Cost, Kind, Within

if TYPE_CHECKING:
    from tidegate.model import Market

SEEDS: Final = 50
FLOW_DAYS: Final = 4  # at ticks of a minute
LAGS: Final = 100  # trades
WEEKS: Final = 52  # at ticks of an hour
HOUR, MINUTE = 3_600, 60


def _market(seed: int, step_seconds: int, **traders: Any) -> Market:
    # Imported where it is used: no other test needs a whole market.
    from tidegate.model import Market
    from tidegate.scenario import Scenario, TraderSpec

    return Market(Scenario(step_seconds=step_seconds, traders=TraderSpec(**traders)), rng=seed)


# ---- Order flow ---------------------------------------------------------------------------------


def order_flow(seeds: Sequence[int], **traders: Any) -> dict[str, ArrayLike]:
    """Run days of minutes and measure the larger venue's trades and prices."""
    rows = [_flow_figures(_market(seed, MINUTE, **traders)) for seed in seeds]
    return {name: [row[name] for row in rows] for name in rows[0]}


def _flow_figures(market: Market) -> dict[str, float]:
    signs, closes = signs_and_closes(market, FLOW_DAYS)
    returns = np.diff(np.log(closes))
    return {
        "exponent of signs": decay_exponent(autocorrelations(signs, LAGS)),
        "largest |ACF| of returns, 1-5 minutes": float(np.abs(autocorrelations(returns, 5)).max()),
        "variance ratio, 5 minutes": variance_ratio(returns, 5),
        "variance ratio, 30 minutes": variance_ratio(returns, 30),
    }


def signs_and_closes(market: Market, days: float) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Run a market that has not begun; return the first venue's signs of trades and its closes."""
    from tidegate_core.engine import FILL_DTYPE

    from tidegate.tape import COLUMNS, Tape

    class SignTape(Tape):
        """A tape that keeps the signs of the first venue's trades."""

        def __init__(self) -> None:
            super().__init__()
            self.signs: list[NDArray[np.int8]] = []
            self._batch = b""

        def record_fills(self, fills: bytes) -> None:
            super().record_fills(fills)
            self._batch = fills

        def append(self, row: tuple[int, ...]) -> None:
            """Add a row; the fills of its venue and tick have come just before."""
            super().append(row)
            if row[COLUMNS.index("venue")] == 0:
                self.signs.append(trade_signs(np.frombuffer(self._batch, FILL_DTYPE)))
            self._batch = b""

    market.tape = tape = SignTape()
    market.run_days(days)
    bars = market.frames()["bars"]
    closes = bars.filter(pl.col("venue") == market.venues[0].name)["close"].to_numpy()
    return np.concatenate(tape.signs), closes


# ---- Hours of the week --------------------------------------------------------------------------


def hours_of_the_week(seeds: Sequence[int], *, seasons: bool = True) -> dict[str, ArrayLike]:
    """Run a year of hours and measure its mean week."""
    rows = [_week_figures(_market(seed, HOUR, seasons=seasons)) for seed in seeds]
    return {name: [row[name] for row in rows] for name in rows[0]}


def _week_figures(market: Market) -> dict[str, float]:
    market.run_days(7 * WEEKS)
    begin = pl.lit(market.clock.start).cast(pl.Datetime("us"))
    time = begin + pl.duration(seconds=pl.col("seconds") - HOUR)
    week = weekly_profile(market.ticks().select(time=time, close="price", volume="volume"))
    return {
        f"{what}, {share}": value
        for what, profile in (("|return|", week.size), ("volume", week.volume))
        for share, value in shares(profile).items()
    }


CASES: Final = (
    Case(
        id="S1.31",
        kind=Kind.STATISTICAL,
        about=f"signs of trades persist, {FLOW_DAYS} days of minutes, lags to {LAGS} trades",
        expected={"exponent of signs": Within(0.3, 1.2)},
        measure=order_flow,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(Ablation("order splitting", partial(order_flow, metaorders=0)),),
    ),
    # Minutes of June 2025: BTC 0.02, ETH 0.05, SOL 0.04; ratios 0.92 to 0.97.
    Case(
        id="S1.32",
        kind=Kind.STATISTICAL,
        about="prices diffuse while signs persist: the same days",
        expected={
            "largest |ACF| of returns, 1-5 minutes": Within(0.0, 0.1),
            "variance ratio, 5 minutes": Within(0.8, 1.2),
            "variance ratio, 30 minutes": Within(0.85, 1.15, of_mean=True),
        },
        measure=order_flow,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
    ),
    # Hours of 2024 to September 2025, after those of the committed week. Week-end over the other
    # days: |return| BTC 0.58, ETH 0.66, SOL 0.75, volume 0.48, 0.57, 0.64. 13-17 over 3-7 UTC:
    # |return| 1.93, 1.71, 1.55, volume 2.27, 2.03, 1.84. Bands hold these and a tenth more.
    Case(
        id="S1.33",
        kind=Kind.STATISTICAL,
        about=f"week-end and hour of the day, with seasons on: {WEEKS} weeks of hours",
        expected={
            "|return|, week-end": Within(0.52, 0.83),
            "volume, week-end": Within(0.43, 0.71),
            "|return|, busy hours": Within(1.40, 2.12),
            "volume, busy hours": Within(1.65, 2.50),
        },
        measure=hours_of_the_week,
        seeds=SEEDS,
        chunk=1,
        cost=Cost.FULL,
        ablations=(Ablation("seasons", partial(hours_of_the_week, seasons=False)),),
    ),
)
