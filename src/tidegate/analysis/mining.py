"""What mining came to for a state: its grid, its revenue, its coins; and for the network.

All functions read the ``mining`` table of a run, a row per day and host, and days
``first <= day < last``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidegate.analysis import market

__all__ = [
    "CoinBill",
    "coin_bill",
    "farm_wealth",
    "grid_of",
    "hardware_price",
    "held",
    "of_host",
    "world_hashrate",
]

Floats = NDArray[np.float64]

HOURS = 24
DAY = 86_400
TERA = 1e6  # TH in an EH
MILLION = 1e6
YEAR_DAYS = 365.0


def of_host(mining: pl.DataFrame, host: str, first: int, last: int) -> pl.DataFrame:
    """Return one host's rows of some days, in order."""
    return market.between(mining, first, last).filter(pl.col("host") == host).sort("day")


def world_hashrate(mining: pl.DataFrame, day: int, *, window: int = 30) -> float:
    """Return the whole network's mean hashrate of the `window` days that end with `day`, EH/s."""
    rows = market.between(mining, day - window + 1, day + 1)
    return float(rows["hashrate"].sum()) / window


class CoinBill(NamedTuple):
    """What coins cost those who mine them."""

    coins: float  # mined a day
    running: float  # USD a coin: power, tax and other running costs
    machines: float  # USD a coin: what machines that worked lost of what new ones cost

    @property
    def cost(self) -> float:
        """All of it, USD a coin."""
        return self.running + self.machines


def coin_bill(
    mining: pl.DataFrame,
    day: int,
    *,
    window: int = 30,
    rig_price: float = 0.0,
    life_days: float = 1.0,
) -> CoinBill:
    """Return what a coin cost, of the `window` days that end with `day`.

    States' farms count with their bills. NaN where nothing was mined.

    Parameters
    ----------
    mining : polars.DataFrame
        The ``mining`` table of a run.
    day : int
        Last day.
    window : int, optional
        Days that count.
    rig_price : float, optional
        What it takes to replace a machine, USD per TH/s; 0: running costs alone.
    life_days : float, optional
        Over which a machine is written off, evenly, days.
    """
    if not life_days > 0.0:
        raise ValueError(f"life_days is {life_days:g}; it must be above 0")
    rows = market.between(mining, day - window + 1, day + 1)
    coins = float(rows["mined"].sum())
    if not coins:
        return CoinBill(0.0, math.nan, math.nan)
    spent = float((rows["cost"] + rows["state_cost"]).sum())
    worn = float(rows["hashrate"].sum()) * TERA * rig_price / life_days if rig_price else 0.0
    return CoinBill(coins / window, spent / coins, worn / coins)


def hardware_price(policies: pl.DataFrame, price: float, day: int) -> float:
    """Return what machines cost on a day, USD per TH/s: the price with the shock in force.

    Parameters
    ----------
    policies : polars.DataFrame
        The ``policies`` table of a run.
    price : float
        Without a shock, USD per TH/s.
    day : int
        Day of the run.
    """
    shocks = policies.filter(
        (pl.col("lever") == "mining.hardware_price")
        & pl.col("takes_effect")
        & (pl.col("effective") <= day * DAY)
    ).sort("effective", maintain_order=True)
    return price * (float(shocks["value"][-1]) if shocks.height else 1.0)


def held(mining: pl.DataFrame, day: int) -> float:
    """Return the coins that private miners hold at the end of `day`."""
    return float(market.between(mining, day, day + 1)["held"].sum())


def grid_of(rows: pl.DataFrame, lost_load: float, *, window: int = 30) -> Mapping[str, float]:
    """Return what mining did to one host's grid and budget.

    Parameters
    ----------
    rows : polars.DataFrame
        Rows of the host, as of `of_host`.
    lost_load : float
        What a MWh that others do not get costs, USD.
    window : int, optional
        Days at the end over which load and share are averaged.

    Returns
    -------
    Mapping
        ``shortage`` (share of hours in which others went short); ``unserved`` (GWh);
        ``load`` (MW) and ``share`` (of the network's hashrate) at the end; ``tax`` and ``cost``
        of shortage, and ``score``, tax less that cost (million USD in all).
    """
    unserved, end = float(rows["unserved"].sum()), rows.tail(window)
    tax, cost = float(rows["tax"].sum()) / MILLION, unserved * lost_load / MILLION
    return {
        "shortage": float(rows["deficit_hours"].sum()) / (HOURS * rows.height),
        "unserved": unserved / 1000.0,
        "load": float(end["power"].to_numpy().mean()),
        "share": float(end["share"].to_numpy().mean()),
        "tax": tax,
        "cost": cost,
        "score": tax - cost,
    }


def farm_wealth(rows: pl.DataFrame, price: Floats) -> Mapping[str, float]:
    """Return what a state made of the coins of its own farms.

    Parameters
    ----------
    rows : polars.DataFrame
        Rows of its host, as of `of_host`.
    price : array
        Price of each of those days, at which that day's coins are worth something or sold, USD.

    Returns
    -------
    Mapping
        ``gain``: coins kept at the last price, and proceeds of those sold, over what all were
        worth when mined, less 1. ``trough``: the lowest that was on any day; with ``gain``, 0
        without coins. ``swing``: standard deviation of its daily change by price, per year, over
        wealth of the day before.
    """
    mined, kept = (rows[name].to_numpy() for name in ("state_mined", "kept"))
    worth, hoard = np.cumsum(mined * price), np.cumsum(kept)
    wealth = hoard * price + np.cumsum((mined - kept) * price)
    owned = wealth > 0.0
    if not owned.any():
        return {"gain": 0.0, "trough": 0.0, "swing": 0.0}
    gains = wealth[owned] / worth[owned] - 1.0
    moved = hoard[:-1] * np.diff(price)
    swings = moved[owned[:-1]] / wealth[:-1][owned[:-1]]
    swing = float(np.std(swings)) * math.sqrt(YEAR_DAYS) if len(swings) else 0.0
    return {"gain": float(gains[-1]), "trough": float(gains.min()), "swing": swing}
