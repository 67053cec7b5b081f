"""What can be read off a running market: frames, none of which changes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import polars as pl
from tidegate_core import Side

from tidegate.agents.leveraged_exchange import FUND, VAULT
from tidegate.leveraged_model import LeveragedMarket
from tidegate.model import Market

__all__ = ["events", "funding", "holdings", "ladder", "paths", "triggers"]

DAY: Final = 86_400
MICRO: Final = 1_000_000
LEVELS: Final = 400  # of a book that are read a side
RANGE: Final = 0.02  # of the mid, how far from it the ladder is drawn
STEPS: Final = 20  # bins of the ladder a side
REACH: Final = 0.3  # of the mark, how far from it the liquidation map is drawn
COIN: Final = 0  # the one that is drawn: the first, BTC


def paths(world: Any) -> pl.DataFrame:
    """Return the run so far, a row per tick.

    Columns: ``day`` since the start, ``price`` (USD) and ``depth`` (USD within 1 %, both sides); of
    a leveraged market ``interest`` (USD, one side) and ``liquidated`` (USD, in the tick) besides.
    """
    ticks: pl.DataFrame = world.ticks()
    day = (pl.col("seconds") / DAY).alias("day")
    if isinstance(world, LeveragedMarket):
        coin = world.spec.coins[COIN].name.lower()
        named = [pl.col(f"{column}_{coin}").alias(column) for column in ("price", "depth")]
        return ticks.select(day, *named, "interest", "liquidated")
    return ticks.select(day, "price", "depth")


def ladder(world: Any) -> pl.DataFrame:
    """Return what rests within two per cent of the mid, all venues together.

    Columns: ``side``, ``distance`` from the mid (%), ``resting`` (USD) within a step of 0.1 %.
    """
    rows: dict[tuple[str, int], float] = defaultdict(float)
    for engine, tick, lot in _spot_books(world):
        bid, ask = engine.best_bid(COIN), engine.best_ask(COIN)
        if bid is None or ask is None:
            continue
        mid = (bid + ask) / 2
        for side in Side:
            prices, lots = engine.depth(COIN, side, LEVELS)
            steps = np.floor(np.abs(prices / mid - 1.0) / RANGE * STEPS).astype(int)
            for step, usd in zip(steps.tolist(), (prices * lots).tolist(), strict=True):
                if step < STEPS:
                    rows[side.name.lower(), step] += usd * tick * lot
    width = 100 * RANGE / STEPS
    found = [(side, (step + 0.5) * width, usd) for (side, step), usd in sorted(rows.items())]
    schema = {"side": pl.Utf8, "distance": pl.Float64, "resting": pl.Float64}
    return pl.DataFrame(found, schema=schema, orient="row")


def _spot_books(world: Any) -> Iterator[tuple[Any, float, float]]:
    """Yield every venue's spot engine with the sizes of a tick and a lot."""
    if isinstance(world, Market):
        for venue in world.venues:
            yield venue.engine, venue.tick, venue.lot
    elif isinstance(world, LeveragedMarket):
        coin = world.spec.coins[COIN]
        for exchange in world.exchanges:
            yield exchange.spot, coin.tick, coin.lot


def triggers(world: Any) -> pl.DataFrame:
    """Return where positions in the first coin would be liquidated, as it stands.

    Columns: ``exchange``, ``side`` (``long`` or ``short``), ``distance`` of the trigger from the
    mark (%, below 0 under it), ``notional`` (USD at the mark). Accounts on cross margin that hold
    several coins have a trigger in each, as if the other prices stood still.
    """
    none = pl.DataFrame(
        schema={
            "exchange": pl.Utf8,
            "side": pl.Utf8,
            "distance": pl.Float64,
            "notional": pl.Float64,
        }
    )
    if not isinstance(world, LeveragedMarket):
        return none
    return pl.concat([none, *(_triggers(e).cast(none.schema) for e in world.exchanges)])


def _triggers(exchange: Any) -> pl.DataFrame:
    rows = exchange.margin.positions()
    mark = exchange.margin.mark(COIN)
    if mark is not None:
        away = rows["trigger"] / mark - 1.0
        kept = (rows["contract"] == COIN) & (rows["trigger"] > 0) & (np.abs(away) <= REACH)
        rows, away = rows[kept], away[kept]
    else:
        rows, away = rows[:0], np.zeros(0)
    return pl.DataFrame(
        {
            "exchange": [exchange.name] * len(rows),
            "side": np.where(rows["size"] > 0, "long", "short"),
            "distance": 100.0 * away,
            "notional": np.abs(rows["size"]) * float(mark or 0) * exchange.units[COIN] / MICRO,
        }
    )


def funding(world: Any) -> dict[str, float]:
    """Return the funding rate of the first coin by exchange, % in eight hours."""
    if not isinstance(world, LeveragedMarket):
        return {}
    return {
        e.name: 100e-9 * 8 * e.clocks[COIN].rate_ppb / e.rules.mark.funding_hours
        for e in world.exchanges
    }


# -- who holds what -------------------------------------------------------------------------------


def holdings(world: Any) -> dict[str, float]:
    """Return coins by kind of agent; of a leveraged market, positions in perpetuals by kind.

    In coins either way: of the first coin, below 0 for those who are short.
    """
    if isinstance(world, Market):
        return _coins(world)
    if isinstance(world, LeveragedMarket):
        return _positions(world)
    return {}


def _coins(world: Market) -> dict[str, float]:
    lot = world.spec.asset.lot
    found: dict[str, float] = defaultdict(float)
    for desk in world.crowd.desks:
        engine, traders = desk.venue.engine, desk.traders
        found["holders"] += desk.holders.total_coins * lot
        found["fast traders"] += (traders.start_lots + traders.drift(engine)) * lot
    for agent in (*world.makers, *world.takers):
        lots = _lots(agent)
        if lots:
            found[_kind(agent.path)] += lots * lot
    return dict(found)


def _lots(agent: Any) -> int:
    """Return lots that an agent holds, in its own words or on its accounts."""
    lots = getattr(agent, "lots", None)
    if lots is not None:
        return int(lots)
    accounts = getattr(agent, "accounts", None)
    if not isinstance(accounts, dict):
        return 0
    return sum(
        venue.engine.free(accounts[venue.name], 1) + venue.engine.reserved(accounts[venue.name], 1)
        for venue in agent.venues
    )


def _kind(path: str) -> str:
    name = path.partition("/")[0].replace("_", " ")
    return "market makers" if name == "maker" else name  # as in reports


def _positions(world: LeveragedMarket) -> dict[str, float]:
    lot = world.spec.coins[COIN].lot
    desks = {
        "makers": world.quotes.accounts,
        "value traders": world.value.accounts,
        "basis traders": world.basis.accounts,
    }
    places = np.flatnonzero(world.places.perpetual & (world.places.coin == COIN))  # one a venue
    found = {"public, long": 0.0, "public, short": 0.0}
    for number, exchange in enumerate(world.exchanges):
        rows = exchange.margin.positions()
        rows = rows[rows["contract"] == COIN]
        size, account = rows["size"].astype(float) * lot, rows["account"]
        public = np.ones(len(rows), dtype=bool)
        named = {kind: (int(at[places[number]]),) for kind, at in desks.items()}
        for kind, accounts in {**named, "funds and vaults": (FUND, VAULT)}.items():
            theirs = np.isin(account, accounts)
            found[kind] = found.get(kind, 0.0) + float(size[theirs].sum())
            public &= ~theirs
        found["public, long"] += float(size[public & (size > 0)].sum())
        found["public, short"] += float(size[public & (size < 0)].sum())
    return found


# -- what happened --------------------------------------------------------------------------------


def events(world: Any) -> pl.DataFrame:
    """Return what happened, newest first: ``day`` since the start and ``event`` in words."""
    now = int(world.tick) * int(world.spec.step_seconds)
    rows: list[tuple[float, str]] = []
    for policy in world.agenda.policies:
        if policy.announcement <= now:
            rows.append((policy.announcement / DAY, f"{policy.name} is announced"))
        if policy.effective <= now:
            does = "takes effect" if policy.name in world.agenda.taking_effect else "lapses"
            rows.append((policy.effective / DAY, f"{policy.name} {does}"))
    if isinstance(world, LeveragedMarket):
        rows += _liquidations(world)
    rows.sort(key=lambda row: -row[0])
    return pl.DataFrame(rows, schema={"day": pl.Float64, "event": pl.Utf8}, orient="row")


def _liquidations(world: LeveragedMarket) -> list[tuple[float, str]]:
    """Return the ticks in which much was liquidated: a tenth of the worst one or more."""
    ticks = paths(world).filter(pl.col("liquidated") > 0)
    if ticks.is_empty():
        return []
    least = 0.1 * float(ticks["liquidated"].max())  # type: ignore[arg-type]
    large = ticks.filter(pl.col("liquidated") >= least)
    return [
        (day, f"{usd / 1e6:,.1f} million USD liquidated")
        for day, usd in large.select("day", "liquidated").iter_rows()
    ]
