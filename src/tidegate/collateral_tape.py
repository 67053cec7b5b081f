"""What the tape tells of collateral coins: their prices and values, and what was seized."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from tidegate_core.codes import EventKind

from tidegate.agents.collateral_market import CollateralMarket
from tidegate.agents.collateral_value import LOTS
from tidegate.scenario.leveraged import LeveragedScenario

__all__ = ["COLLATERAL", "collateral_frame", "holders_frame", "seizures_frame"]

MICRO = 1_000_000
COLLATERAL: Final = (
    "second",
    "place",
    "own",
    "lowest",
    "ratio",
    "value",
    "redemption",
    "bid_depth",
    "ask_depth",
    "volume",
    "fund",
    "redeemed",
    "issued",
    "debt",
    "sold",
    "brought",
    "lost",
)
PRICES: Final = ("own", "lowest", "value", "redemption")
LOTS_OF: Final = ("bid_depth", "ask_depth", "volume", "fund", "redeemed", "issued", "sold")
CASH: Final = ("debt", "brought", "lost")


def collateral_frame(rows: NDArray[np.int64], spec: LeveragedScenario) -> pl.DataFrame:
    """Return prices in USD and sizes in coins, a row per tick, coin and exchange.

    ``own`` is the price in the exchange's book at the end of the tick and ``lowest`` its least
    since the tick before; ``ratio`` is the least of own price over redemption value meanwhile;
    ``value`` what the exchange counts a coin for, before its haircut;
    ``volume``, ``redeemed`` and ``issued`` are since the start; ``fund`` is what its insurance
    fund holds. Of loops, ``debt`` is what they owe; since the start, ``sold`` is how many coins
    were sold for them, ``brought`` what that brought, and ``lost`` what no coins were left for.
    """
    places = [
        (coin.name, listing.exchange, coin.lot)
        for coin in (() if spec.collateral is None else spec.collateral.coins)
        for listing in coin.listings
    ]
    table = pl.DataFrame(rows, schema=list(COLLATERAL), orient="row")
    of = table["place"].to_numpy()
    lot = np.array([lot for *_, lot in places])[of]
    return table.with_columns(
        pl.Series("lot", lot),
        pl.Series("coin", [places[at][0] for at in of.tolist()], dtype=pl.Utf8),
        pl.Series("exchange", [places[at][1] for at in of.tolist()], dtype=pl.Utf8),
    ).select(
        pl.col("second").alias("seconds"),
        "exchange",
        "coin",
        *[(pl.col(name) / (MICRO * LOTS) / pl.col("lot")).alias(name) for name in PRICES],
        (pl.col("ratio") / MICRO).alias("ratio"),
        *[(pl.col(name) * pl.col("lot")).alias(name) for name in LOTS_OF],
        *[(pl.col(name) / MICRO).alias(name) for name in CASH],
    )


def seizures_frame(
    rows: NDArray[np.int64], columns: tuple[str, ...], spec: LeveragedScenario
) -> pl.DataFrame:
    """Return what liquidation took in coins, a row per account and coin.

    ``coins`` is how many, ``credited`` the USD that the account got for them, ``price`` what a
    coin was valued at before the haircut, ``target`` the account and ``accounts`` how many real
    ones it stands for.
    """
    names = {name: rows[:, at] for at, name in enumerate(columns)}
    taken = names["kind"] == EventKind.SEIZE
    number, asset = names["exchange"][taken], names["contract"][taken] - 1
    coins = () if spec.collateral is None else spec.collateral.coins
    counted = np.array(
        [
            [1.0 - spec.collateral.haircut(coin.name, spec.rules(e)) / MICRO for coin in coins]
            for e in spec.exchanges
        ]
        if spec.collateral is not None
        else np.ones((len(spec.exchanges), 1))
    )
    lots = np.array([coin.lot for coin in coins] or [1.0])
    sizes = -names["quantity"][taken] * lots[asset]
    credited = names["amount"][taken] / MICRO
    return pl.DataFrame(
        {
            "second": names["time"][taken],
            "exchange": [spec.exchanges[at].name for at in number.tolist()],
            "coin": [coins[at].name for at in asset.tolist()],
            "target": names["account"][taken],
            "accounts": names["multiplicity"][taken],
            "coins": sizes,
            "credited": credited,
            "price": credited / sizes / counted[number, asset],
        },
        schema_overrides={"exchange": pl.Utf8, "coin": pl.Utf8},
    )


def holders_frame(market: CollateralMarket | None) -> pl.DataFrame:
    """Return who had coins as collateral at the start, a row per simulated account.

    ``coins`` is how many, ``accounts`` how many real accounts it stands for.
    """
    schema = {
        "exchange": pl.Utf8,
        "coin": pl.Utf8,
        "account": pl.Int64,
        "accounts": pl.Int64,
        "coins": pl.Float64,
    }
    if market is None:
        return pl.DataFrame(schema=schema)
    parts = [pl.DataFrame(schema=schema)]
    for at, found in market.holders.items():
        row, n = market.listed[at], len(found.account)
        coin = market.spec.coins[row.coin]
        parts.append(
            pl.DataFrame(
                {
                    "exchange": [market.exchanges[row.venue].name] * n,
                    "coin": [coin.name] * n,
                    "account": found.account,
                    "accounts": found.accounts,
                    "coins": found.coins * coin.lot,
                },
                schema=schema,
            )
        )
    return pl.concat(parts)
