"""What studies of collateral coins measure and draw, at the exchange that is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from tidegate.analysis import collateral as pledged
from tidegate.report.summary import Metric, Series
from tidegate.scenario.collateral_coins import DEFAULT_COLLATERAL
from tidegate.setups.crash import BILLION, DAY, Day, record_crash

__all__ = ["COLLATERAL", "RATIOS", "measure_collateral", "record_collateral"]

COINS: Final = tuple(coin.name for coin in DEFAULT_COLLATERAL)
PERPETUALS: Final = ("BTC", "ETH")
MILLION: Final = 1e6

COLLATERAL: Final = (
    Metric.level("least_usde", "Least price of USDe", "USD", delta=0.02),
    *(Metric.level(f"gap_{c.lower()}", f"Largest discount, {c}", "%", delta=0.02) for c in COINS),
    Metric.level("backed", "Liquidated of accounts with such collateral", "bn USD", delta=0.1),
    *(Metric.level(f"taken_{c.lower()}", f"Seized, {c}", "million USD", delta=20) for c in COINS),
    Metric.level("looped", "Sold for loops in it", "million USD", delta=20),
    Metric.level("unpaid_loops", "Debt of loops not repaid", "million USD", delta=20),
    Metric.level("due", "Compensation due", "million USD", delta=20),
    *(
        Metric.level(f"{c.lower()}_{where}", f"Fall of perpetuals, {c} {where}", "%", delta=0.01)
        for c in PERPETUALS
        for where in ("there", "elsewhere")
    ),
)
RATIOS: Final = tuple(Series(name=c, title=c, unit="% of redemption value") for c in COINS)


def measure_collateral(
    frames: Mapping[str, pl.DataFrame], day: Day, exchange: str
) -> dict[str, float]:
    """Return the metrics of `COLLATERAL` for one run; falls and prices are of one exchange."""
    coins, bars = frames["collateral"], frames["bars"]
    taken = frames["seizures"].filter(pl.col("exchange") == exchange)
    events = frames["liquidations"].filter(pl.col("exchange") == exchange)
    here = coins.filter(pl.col("exchange") == exchange)
    start, end = day.first, day.end
    backed = pledged.backed_liquidated(events, frames["holders"], start, end + 1)
    found = {
        "least_usde": pledged.least_price(coins, "USDe", exchange, start, end),
        "backed": backed / BILLION,
        "looped": pledged.loops_liquidated(here, start, end) / MILLION,
        "unpaid_loops": pledged.bad_debt(here, end) / MILLION,
        "due": pledged.compensation(taken, here, end) / MILLION,
    }
    for name in COINS:
        found[f"gap_{name.lower()}"] = pledged.discount(coins, name, exchange, start, end)
        found[f"taken_{name.lower()}"] = pledged.seized(taken, start, end, coin=name) / MILLION
    for name in PERPETUALS:
        there = pledged.fall_at(bars, name, exchange, start, end)
        elsewhere = pledged.fall_at(bars, name, exchange, start, end, there=False)
        found |= {f"{name.lower()}_there": there, f"{name.lower()}_elsewhere": elsewhere}
    return found


def record_collateral(frames: Mapping[str, pl.DataFrame], day: Day, exchange: str) -> pl.DataFrame:
    """Return the paths of a crash, and those of coins over redemption value at one exchange."""
    rows = frames["collateral"].filter(pl.col("exchange") == exchange)
    ratios = rows.select(
        ((pl.col("seconds") - day.first) / DAY).alias("day"),
        "coin",
        (100 * pl.col("own") / pl.col("redemption")).alias("ratio"),
    )
    wide = ratios.pivot(on="coin", index="day", values="ratio").select("day", *COINS)
    return record_crash(frames, day).join(wide, on="day", how="left", maintain_order="left")
