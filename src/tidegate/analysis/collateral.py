"""What became of coins that are collateral: their price, who was liquidated, what is due to them.

Frames are those of a leveraged market:

``collateral``
    a row per tick, exchange and coin: ``seconds``, ``own`` (USD, price in the exchange's book),
    ``lowest`` (its least since the tick before), ``ratio`` (least of price over redemption value),
    ``value``, ``redemption`` (USD), and since the start ``sold`` (coins, for loops that were due),
    ``brought`` (USD that this brought) and ``lost`` (USD of debt that no coins were left for).
``seizures``
    a row per account from which coins were taken: ``second``, ``exchange``, ``coin``, ``coins``,
    ``credited`` (USD), ``price`` (USD, what a coin was valued at).
``holders``
    a row per account that has coins as collateral: ``exchange``, ``coin``, ``account``.
``liquidations``, ``bars``
    as of `tidegate.analysis.crash`.
"""

from __future__ import annotations

import math

import polars as pl

from tidegate.analysis import crash

__all__ = [
    "backed_liquidated",
    "bad_debt",
    "compensation",
    "discount",
    "fall_at",
    "least_price",
    "loops_liquidated",
    "seized",
]


def _at(rows: pl.DataFrame, coin: str, exchange: str) -> pl.DataFrame:
    return rows.filter((pl.col("coin") == coin) & (pl.col("exchange") == exchange))


def _between(rows: pl.DataFrame, column: str, start: float, end: float) -> pl.DataFrame:
    return rows.filter((pl.col(column) >= start) & (pl.col(column) <= end))


def least_price(
    collateral: pl.DataFrame, coin: str, exchange: str, start: float, end: float
) -> float:
    """Return a coin's least price in an exchange's book from `start` to `end`, USD; NaN if none."""
    rows = _between(_at(collateral, coin, exchange), "seconds", start, end)
    return float(rows["lowest"].to_numpy().min()) if rows.height else math.nan


def discount(collateral: pl.DataFrame, coin: str, exchange: str, start: float, end: float) -> float:
    """Return the largest discount of that price to redemption value meanwhile; NaN if none."""
    rows = _between(_at(collateral, coin, exchange), "seconds", start, end)
    return 1.0 - float(rows["ratio"].to_numpy().min()) if rows.height else math.nan


def seized(seizures: pl.DataFrame, start: float, end: float, *, coin: str | None = None) -> float:
    """Return what was taken in coins from `start` to `end`, USD at what they were valued at."""
    rows = _between(seizures, "second", start, end)
    if coin is not None:
        rows = rows.filter(pl.col("coin") == coin)
    return float((rows["coins"] * rows["price"]).sum())


def backed_liquidated(
    events: pl.DataFrame, holders: pl.DataFrame, start: float, end: float
) -> float:
    """Return what liquidation closed of accounts that have coins as collateral, USD."""
    ours = holders.select("exchange", target="account").cast({"target": events.schema["target"]})
    return crash.liquidated(events.join(ours, on=["exchange", "target"], how="semi"), start, end)


def loops_liquidated(collateral: pl.DataFrame, start: float, end: float) -> float:
    """Return what sales for loops that were due brought from `start` to `end`, USD."""
    return float(_sales(_between(collateral, "seconds", -math.inf, end), start)["brought"].sum())


def bad_debt(collateral: pl.DataFrame, end: float) -> float:
    """Return the debt of loops that no coins were left for by `end`, USD."""
    rows = collateral.filter(pl.col("seconds") <= end).group_by(
        "exchange", "coin", maintain_order=True
    )
    return float(rows.agg(pl.col("lost").max())["lost"].sum())


def _sales(collateral: pl.DataFrame, start: float = -math.inf) -> pl.DataFrame:
    """Return what was sold for loops and brought by tick, from `start` on."""
    keys = ("exchange", "coin")
    return (
        collateral.sort("seconds")
        .with_columns(
            (pl.col(name) - pl.col(name).shift(fill_value=0.0)).over(keys)
            for name in ("sold", "brought")
        )
        .filter((pl.col("sold") > 0) & (pl.col("seconds") >= start))
        .select("seconds", *keys, "sold", "brought")
    )


def compensation(seizures: pl.DataFrame, collateral: pl.DataFrame, end: float) -> float:
    """Return what is due if coins liquidated before `end` are made up to their price then, USD.

    An exchange owes for each coin what its own book shows at `end` less what the coin was valued
    at when it was taken, or brought when it was sold for a loop; nothing where that was more.
    """
    until = collateral.filter(pl.col("seconds") <= end)
    last = (
        until.sort("seconds")
        .group_by("exchange", "coin", maintain_order=True)
        .agg(pl.col("own").last())
    )
    names = ("exchange", "coin", "coins", "price")
    sales = _sales(until).rename({"sold": "coins"})
    rows = pl.concat(
        [
            seizures.filter(pl.col("second") <= end).select(names),
            sales.with_columns(price=pl.col("brought") / pl.col("coins")).select(names),
        ]
    ).join(last, on=["exchange", "coin"], how="left", maintain_order="left")
    return float(((rows["own"] - rows["price"]).clip(0.0) * rows["coins"]).sum())


def fall_at(
    bars: pl.DataFrame, coin: str, exchange: str, start: float, end: float, *, there: bool = True
) -> float:
    """Return how far a coin's perpetuals fell to their lowest there, or elsewhere, log price."""
    here = pl.col("exchange") == exchange
    rows = bars.filter((here if there else ~here) & (pl.col("coin") == coin))
    path = crash.index(rows, coin, market="perp")
    path = _between(path, "seconds", start, end)
    if not path.height:
        return math.nan
    return math.log(float(path["price"][0]) / float(path["price"].to_numpy().min()))
