"""The leveraged public at the start of a run: who holds what, at what price, with what margin.

One venue's accounts as columns, a pure function of plain parameters and a key. Two kinds:

* the crowd, the first rows: isolated positions of groups that differ in leverage and in how often
  they renew. Each row stands for `multiplicity` equal real accounts;
* reserves, the last rows: few large cross accounts with ample wallets, for the longs that no fall
  reaches and for the shorts that are hedged elsewhere. The hedged shorts take what is left of the
  entry costs, so that a contract's sizes and entries both sum to zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tidegate_core import draws

from tidegate.agents.leveraged_groups import (
    GROUPS,
    LONG,
    SHORT,
    ContractInterest,
    CrowdGroup,
    Habits,
    Line,
)
from tidegate.agents.leveraged_sampling import SizeDesign, apportion
from tidegate.agents.leveraged_survivors import MarginTiers, Survivors, liquidation_prices

__all__ = ["RESERVE", "LeveragedPopulation", "populate"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]
_Columns = dict[str, NDArray[Any]]

MILLION = 1_000_000
MAX_MULTIPLICITY = 2**24
BOUND = 2**56  # micro-units: half of what a position may be worth at the highest price
RESERVE = -1
"""Group of an account that is none of the crowd."""

# What a row's draws are for, by their tick. Survivors' draws have ticks of their own, further on.
SIZE, ROUND, LEVERAGE, LINE = range(4)


@dataclass(frozen=True, slots=True)
class LeveragedPopulation:
    """Columns of accounts, one row each; quantities are of all `multiplicity` accounts together.

    Attributes
    ----------
    crowd : int
        Rows of the crowd; those behind it are reserves.
    contract, group, multiplicity : column of int64
        Group `RESERVE`: none of the crowd.
    size, entry, margin : column of int64
        Position in lots, its signed cost and its isolated margin (0: cross) in micro-USD.
    leverage : column of int64
        The venue's setting.
    margin_rate : column of float64
        Isolated margin over entry cost: one over the leverage in use.
    cash : column of int64
        What the account brings to the venue, micro-USD.
    line_kind, line : column of int64
        A `Line` and its price in ticks.
    """

    crowd: int
    contract: _Ints
    group: _Ints
    multiplicity: _Ints
    size: _Ints
    entry: _Ints
    margin: _Ints
    leverage: _Ints
    margin_rate: _Floats
    cash: _Ints
    line_kind: _Ints
    line: _Ints

    def __len__(self) -> int:
        return len(self.size)


def populate(
    contracts: Sequence[ContractInterest],
    key: int,
    *,
    accounts: int,
    groups: Sequence[CrowdGroup] = GROUPS,
    habits: Habits | None = None,
) -> LeveragedPopulation:
    """Draw the leveraged accounts of one venue.

    Parameters
    ----------
    contracts : sequence of ContractInterest
        What is open where.
    key : int
        Key of all draws (64 bits).
    accounts : int
        Simulated accounts of the crowd. How many real ones there are follows from interest and
        mean notionals.
    groups : sequence of CrowdGroup
        Of the crowd.
    habits : Habits, optional
        What all groups share.
    """
    if not contracts or not groups:
        raise ValueError(f"{len(contracts)} contracts and {len(groups)} groups; each needs one")
    habits = Habits() if habits is None else habits
    parts = [
        _crowd_of(cells, contracts[cells[0].contract], groups, habits, key)
        for cells in _cells(contracts, groups, habits, accounts)
    ]
    parts += [_reserves(at, contract, parts, habits) for at, contract in enumerate(contracts)]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return LeveragedPopulation(crowd=accounts, **columns)


@dataclass(frozen=True, slots=True)
class _Cell:
    """Accounts of one contract, group and side."""

    contract: int
    group: int
    side: int
    lots: int
    count: int
    design: SizeDesign

    @property
    def ids(self) -> NDArray[np.uint64]:
        """Index of each row's draws: its own, whoever else there is."""
        cell = (self.contract << 16 | self.group << 1 | (self.side == LONG)) << 32
        return np.arange(cell, cell + self.count, dtype=np.uint64)


def _cells(
    contracts: Sequence[ContractInterest],
    groups: Sequence[CrowdGroup],
    habits: Habits,
    accounts: int,
) -> list[list[_Cell]]:
    """Share out interest and accounts; the cells by contract."""
    shares = [group.interest for group in groups]
    found: list[tuple[int, int, int, int]] = []
    for c, contract in enumerate(contracts):
        for side in (LONG, SHORT):
            lots = apportion(contract.lots - contract.reserve_lots(side), shares).tolist()
            found += [(c, g, side, n) for g, n in enumerate(lots) if n > 0]
    means = [groups[g].mean_notional for _, g, _, _ in found]
    reals = [
        max(1.0, n * contracts[c].lot_value / MILLION / mean)
        for (c, _, _, n), mean in zip(found, means, strict=True)
    ]
    designs = SizeDesign.for_accounts(
        accounts, means, reals, sigma=habits.size_sigma, tilt=habits.tilt
    )
    kept = [n * design.share for n, design in zip(reals, designs, strict=True)]
    counts = apportion(accounts, kept, least=1).tolist()
    cells = [_Cell(*f, n, d) for f, n, d in zip(found, counts, designs, strict=True)]
    by_contract = [[cell for cell in cells if cell.contract == c] for c in range(len(contracts))]
    return [row for row in by_contract if row]


def _draw(key: int, ids: NDArray[np.uint64], what: int) -> _Floats:
    out = np.empty(len(ids))
    draws.fill_uniform(out, key, what, index=ids)
    return out


def _sizes(cell: _Cell, key: int) -> tuple[_Ints, _Ints]:
    """Draw lots and multiplicities; the cell's lots are met exactly."""
    ranks = (np.arange(cell.count) + _draw(key, cell.ids, SIZE)) / cell.count
    notional, weight = cell.design.sample(ranks)
    whole = np.floor(weight + _draw(key, cell.ids, ROUND))
    multiplicity = np.minimum(whole, MAX_MULTIPLICITY).astype(np.int64)
    return apportion(cell.lots, multiplicity * notional, least=1), multiplicity


def _margin_rates(
    u: _Floats, group: _Ints, groups: Sequence[CrowdGroup], allowed: _Ints
) -> _Floats:
    """Draw one over leverage, uniformly over the group's range as far as it is allowed."""
    low = np.array([g.leverage[0] for g in groups])[group]
    high = np.array([np.inf if g.leverage[1] is None else g.leverage[1] for g in groups])[group]
    top = np.minimum(high, allowed)
    nearest, farthest = 1.0 / top, 1.0 / np.minimum(low, top)
    rates: _Floats = nearest + u * (farthest - nearest)
    return rates


def _lines(u: _Floats, habits: Habits) -> tuple[_Ints, _Floats]:
    """Draw what waits on the way to liquidation, and how far on it."""
    kind = np.full(len(u), int(Line.NONE))
    way = np.ones(len(u))
    stop = u < habits.stop_share
    low, high = habits.stop_way
    kind[stop] = Line.STOP
    way[stop] = low + (high - low) * (u[stop] / habits.stop_share)
    top_up = ~stop & (u < habits.stop_share + habits.top_up_share)
    kind[top_up] = Line.TOP_UP
    way[top_up] = habits.top_up_way
    return kind, way


def _crowd_of(
    cells: Sequence[_Cell],
    contract: ContractInterest,
    groups: Sequence[CrowdGroup],
    habits: Habits,
    key: int,
) -> _Columns:
    """Draw the crowd's columns in one contract."""
    tiers = MarginTiers(contract.terms)
    ids = np.concatenate([cell.ids for cell in cells])
    counts = [cell.count for cell in cells]
    drawn = [_sizes(cell, key) for cell in cells]
    lots = np.concatenate([size for size, _ in drawn])
    multiplicity = np.concatenate([count for _, count in drawn])
    group = np.repeat([cell.group for cell in cells], counts)
    side = np.repeat([cell.side for cell in cells], counts)
    notional = lots * contract.lot_value
    allowed = tiers.max_leverage(notional, multiplicity)
    rate = _margin_rates(_draw(key, ids, LEVERAGE), group, groups, allowed)
    kind, way = _lines(_draw(key, ids, LINE), habits)
    survivors = Survivors(
        ids=ids,
        side=side,
        margin_rate=rate,
        line=tiers.line(notional, multiplicity),
        way=np.where(kind == Line.STOP, way, 1.0),
        mean_age=np.array([g.mean_age for g in groups])[group],
    )
    relative = survivors.entries(key, contract.volatility, nearest=2.0 / contract.price)
    ticks = np.clip(np.rint(relative * contract.price), 1, contract.terms.max_price)
    cost, margin = _cost(contract, ticks.astype(np.int64), lots, rate)
    due = margin + side * (notional - cost) <= tiers.maintenance(notional, multiplicity)
    ticks[due] = contract.price  # rounded over the edge: opened just now
    cost, margin = _cost(contract, ticks.astype(np.int64), lots, rate)
    kind, line = _line_prices(contract, ticks, survivors, kind, way)
    return {
        "contract": np.full(len(ids), cells[0].contract),
        "group": group,
        "multiplicity": multiplicity,
        "size": side * lots,
        "entry": side * cost,
        "margin": margin,
        "leverage": np.minimum(np.ceil(1.0 / rate).astype(np.int64), allowed),
        "margin_rate": rate,
        "cash": margin + np.floor(habits.free_cash * margin).astype(np.int64),
        "line_kind": kind,
        "line": line,
    }


def _cost(
    contract: ContractInterest, ticks: _Ints, lots: _Ints, rate: _Floats
) -> tuple[_Ints, _Ints]:
    """Return entry cost and isolated margin, unsigned."""
    cost = ticks * lots * contract.terms.unit
    return cost, np.ceil(rate * cost).astype(np.int64)


def _line_prices(
    contract: ContractInterest, ticks: _Floats, who: Survivors, kind: _Ints, way: _Floats
) -> tuple[_Ints, _Ints]:
    """Place lines in ticks, short of today's price; a top-up that lies behind it was made."""
    entry = ticks / contract.price
    liquidation = liquidation_prices(entry, who.side, who.margin_rate, who.line)
    exact = (entry + way * (np.maximum(liquidation, 0.0) - entry)) * contract.price
    line = np.where(who.side == LONG, np.floor(exact), np.ceil(exact))
    passed = who.side * (contract.price - line) <= 0
    kind = np.where(passed & (kind == Line.TOP_UP), int(Line.NONE), kind)
    line = np.where(passed, contract.price - who.side, line)
    line = np.where(kind == Line.NONE, 0, np.clip(line, 1, contract.terms.max_price))
    return kind, line.astype(np.int64)


def _reserves(
    at: int, contract: ContractInterest, parts: Sequence[_Columns], habits: Habits
) -> _Columns:
    """Place the reserves of a contract, so that its sizes and entries sum to zero."""
    here = [part for part in parts if part["contract"][0] == at]
    cost = -sum(int(part["entry"].sum()) for part in here)
    sizes, entries = [], []
    for side in (LONG, SHORT):
        lots = contract.reserve_lots(side)
        if lots == 0:
            continue
        most = int(habits.reserve_notional * MILLION) // contract.lot_value
        most = max(1, min(most, BOUND // (contract.terms.max_price * contract.terms.unit)))
        count = -(-lots // most)
        parts_lots = apportion(lots, np.ones(count), least=1)
        total = lots * contract.lot_value
        if side == LONG:
            cost -= total
        elif not total < -2 * cost < 4 * total:
            raise ValueError(
                f"hedged is {contract.hedged} in {contract.terms.name}; too little short "
                f"interest to take the remaining entry costs, {-cost} micro-USD for {lots} lots"
            )
        sizes.append(side * parts_lots)
        entries.append(_split(total if side == LONG else cost, parts_lots))
    size, entry = np.concatenate(sizes), np.concatenate(entries)
    n = len(size)
    nothing = np.zeros(n, dtype=np.int64)
    wallet = np.ceil(habits.reserve_wallet * np.abs(size) * contract.lot_value)
    return {
        "contract": np.full(n, at),
        "group": np.full(n, RESERVE),
        "multiplicity": np.ones(n, dtype=np.int64),
        "size": size,
        "entry": entry,
        "margin": nothing,
        "leverage": np.ones(n, dtype=np.int64),
        "margin_rate": np.zeros(n),
        "cash": wallet.astype(np.int64),
        "line_kind": nothing,
        "line": nothing,
    }


def _split(total: int, parts: _Ints) -> _Ints:
    """Split a cost in proportion to lots, exactly."""
    lots = np.cumsum(parts).tolist()
    ends = np.array([total * end // lots[-1] for end in (0, *lots)], dtype=np.int64)
    return ends[1:] - ends[:-1]
