"""The whole market tick by tick, made from a tape: a row per tick, venues put together."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from tidegate_core.codes import EventKind
from tidegate_core.draws import exp

from tidegate.int_table import IntTable
from tidegate.leveraged_tape import LeveragedTape
from tidegate.scenario import Scenario
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.tape import Tape

__all__ = ["leveraged_ticks", "market_ticks"]

MICRO = 1_000_000
CLOSING = (EventKind.BOOK, EventKind.TAKEOVER, EventKind.ADL, EventKind.VAULT)


def market_ticks(tape: Tape, spec: Scenario) -> pl.DataFrame:
    """Return the tape of a spot market, a row per tick.

    Columns: ``seconds`` (end of the tick); ``price`` (USD, venues' by share); ``volume`` (coins),
    ``notional`` (USD) and ``trades`` of the tick; ``bid_depth``, ``ask_depth`` (coins) and
    ``depth`` (USD, both sides) within 1 % of the mid; ``float_coins``, ``outside_coins`` (coins);
    ``outside_flow`` (USD decided since the start); ``consensus`` (USD).
    """
    asset = spec.asset
    columns = _columns(tape, len(spec.venues))
    share = np.array([venue.share for venue in spec.venues])
    mid = columns["mid2"] * (asset.tick / 2)
    resting = columns["bid_depth"] + columns["ask_depth"]
    return pl.DataFrame(
        {
            "seconds": (columns["tick"][:, 0] + 1) * spec.step_seconds,
            "price": (mid * share).sum(axis=1),
            "volume": columns["volume"].sum(axis=1) * asset.lot,
            "notional": columns["notional"].sum(axis=1) / MICRO,
            "trades": columns["trades"].sum(axis=1),
            "bid_depth": columns["bid_depth"].sum(axis=1) * asset.lot,
            "ask_depth": columns["ask_depth"].sum(axis=1) * asset.lot,
            "depth": (resting * mid).sum(axis=1) * asset.lot,
            "float_coins": columns["float_coins"].sum(axis=1) * asset.lot,
            "outside_coins": columns["outside_coins"][:, -1] * asset.lot,
            "outside_flow": columns["outside_flow"][:, -1] / MICRO,
            "consensus": exp(columns["consensus"][:, -1] * 1e-9),
        }
    )


def leveraged_ticks(tape: LeveragedTape, spec: LeveragedScenario) -> pl.DataFrame:
    """Return the tape of a leveraged market, a row per tick.

    Columns: ``seconds`` (end of the tick); of every coin, as in ``price_btc``, ``price`` (USD, spot
    by exchanges' shares), ``volume`` of the tick and ``depth`` within 1 % of the mid (USD, both
    sides, spot and perpetuals); ``interest`` (USD, one side), ``waiting`` (accounts that wait to
    be liquidated) and ``liquidated`` (USD, in the tick).
    """
    bars = _columns(tape.bars, 2 * len(spec.coins) * len(spec.exchanges))
    state = _columns(tape.exchanges, len(spec.exchanges))
    seconds = bars["second"][:, 0]
    mid = bars["mid"] / MICRO
    found: dict[str, NDArray[Any]] = {"seconds": seconds}
    share = np.array([exchange.spot_share for exchange in spec.exchanges])
    for number, coin in enumerate(spec.coins):
        # Places run by exchange, then spot and perpetuals, then coins.
        of_coin = slice(number, None, len(spec.coins))
        prices, usd = mid[:, of_coin], mid[:, of_coin] * coin.lot
        resting = bars["bid_depth"] + bars["ask_depth"]
        name = coin.name.lower()
        found[f"price_{name}"] = (prices[:, ::2] * share).sum(axis=1)
        found[f"volume_{name}"] = (bars["volume"][:, of_coin] * usd).sum(axis=1)
        found[f"depth_{name}"] = (resting[:, of_coin] * usd).sum(axis=1)
    found["interest"] = state["interest"].sum(axis=1) / MICRO
    found["waiting"] = state["waiting"].sum(axis=1)
    found["liquidated"] = _liquidated(tape, seconds)
    return pl.DataFrame(found)


def _liquidated(tape: LeveragedTape, seconds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what liquidation closed in each tick, USD."""
    column = dict(zip(tape.events.columns, tape.events.rows.T, strict=True))
    rows = np.isin(column["kind"], [int(kind) for kind in CLOSING]) & (column["value"] > 0)
    total = np.zeros(len(seconds), dtype=np.int64)
    np.add.at(total, np.searchsorted(seconds, column["time"][rows]), column["value"][rows])
    return total / MICRO


def _columns(table: IntTable, entries: int) -> dict[str, NDArray[np.int64]]:
    """Return the columns of a table that gets so many rows a tick, shape (ticks, entries)."""
    rows = table.rows.reshape(-1, entries, len(table.columns))
    return {name: rows[:, :, at] for at, name in enumerate(table.columns)}
