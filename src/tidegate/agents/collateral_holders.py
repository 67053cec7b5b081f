"""Who trades on margin with coins as collateral: cross accounts that are long, and their shorts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Perpetual

from tidegate.agents.leveraged_sampling import apportion
from tidegate.scenario.coins import CoinSpec
from tidegate.scenario.collateral_coins import CollateralSpec

__all__ = ["Holders", "exposures", "open_holders"]

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]

USD = 0
MICRO, PPM = 1_000_000, 1_000_000


@dataclass(frozen=True, slots=True)
class Holders:
    """Accounts that moved in.

    Attributes
    ----------
    account : array of int64
        On the margin engine, one a holder.
    coins : array of int64
        Lots of the coin that each put up.
    accounts : array of int64
        Real accounts that each stands for.
    cash : int
        Micro-USD that their counterparties brought.
    """

    account: _Ints
    coins: _Ints
    accounts: _Ints
    cash: int


def exposures(n: int, edges: Sequence[float], shares: Sequence[float], most: float) -> _Floats:
    """Return long positions over collateral of accounts with equal positions, from high to low.

    Parameters
    ----------
    n : int
        Accounts.
    edges : sequence of float
        Ends of the classes, ascending.
    shares : sequence of float
        Share of positions in each class; within one they are uniform in one over exposure.
    most : float
        What margin allows; who wants more has that.
    """
    # Quantiles of one over exposure; they lie in the middle of equal parts, so nothing is drawn.
    ends = 1.0 / np.asarray(edges, dtype=np.float64)[::-1]
    below = np.concatenate([[0.0], np.cumsum(np.asarray(shares, dtype=np.float64)[::-1])])
    at = (np.arange(n) + 0.5) / n * below[-1]
    margins = np.interp(at, below, ends)
    wanted: _Floats = np.minimum(1.0 / margins, most)
    return wanted


def open_holders(
    margin: MarginEngine,
    spec: CollateralSpec,
    coins: Sequence[CoinSpec],
    coin_shares: Sequence[float],
    *,
    asset: int,
    holdings: int,
    value: float,
    counted: float,
) -> Holders:
    """Open the accounts of an exchange that has one coin as collateral, and their positions.

    Each is long one perpetual, at the price at which the coins start; what is short of it is as
    many accounts at 1x, in cash, as hedgers are.

    Parameters
    ----------
    margin : MarginEngine
        Where they trade.
    spec : CollateralSpec
        How many they are, and how much exposed.
    coins : sequence of CoinSpec
        The perpetuals.
    coin_shares : sequence of float
        Share of collateral that backs each of them.
    asset : int
        The coin's on the margin engine.
    holdings : int
        Lots that they hold in all.
    value : float
        USD of a lot.
    counted : float
        Part of that which counts as margin.
    """
    rows = [
        _rows(spec, contract, coin, int(n), int(lots), value, counted)
        for contract, coin, n, lots in zip(
            margin.contracts,
            coins,
            apportion(spec.accounts, coin_shares, 1),
            apportion(holdings, coin_shares),
            strict=True,
        )
    ]
    parts = [
        _endow(margin, number, coin, row)
        for number, (coin, row) in enumerate(zip(coins, rows, strict=True))
    ]
    account = np.concatenate([first for first, _ in parts])
    lots = np.concatenate([row.coins for row in rows])
    codes = margin.deposit_many(account=account, asset=asset, amount=lots)
    assert not codes.any(), f"{holdings} lots of collateral {asset} do not fit: {codes}"
    many = np.concatenate([row.accounts for row in rows])
    return Holders(account, lots, many, sum(cash for _, cash in parts))


@dataclass(frozen=True, slots=True)
class _Rows:
    """Holders of one contract: lots long, collateral, leverage set, real accounts."""

    size: _Ints
    coins: _Ints
    leverage: _Ints
    accounts: _Ints


def _rows(
    spec: CollateralSpec,
    contract: Perpetual,
    coin: CoinSpec,
    n: int,
    lots: int,
    value: float,
    counted: float,
) -> _Rows:
    worth = lots * value
    most = contract.tiers[0].max_leverage
    wanted = exposures(n, spec.exposure_edges, spec.exposure_shares, most * counted)
    put_up = apportion(lots, 1.0 / wanted)
    many = np.maximum(np.rint(put_up * value / spec.mean_account), 1).astype(np.int64)
    notional = worth / float((1.0 / wanted).sum())
    allowed = np.array([_allowed(contract, notional / m) for m in many.tolist()], dtype=np.int64)
    held = np.minimum(put_up * value * allowed * counted, notional)
    size = np.floor(held / (coin.price * coin.lot)).astype(np.int64)
    return _Rows(size, put_up, allowed, many)


def _allowed(contract: Perpetual, notional: float) -> int:
    """Return the most leverage of a position of so many USD."""
    for tier in contract.tiers:
        if notional * MICRO <= tier.cap:
            return tier.max_leverage
    return contract.tiers[-1].max_leverage


def _endow(margin: MarginEngine, contract: int, coin: CoinSpec, rows: _Rows) -> tuple[_Ints, int]:
    """Put positions in place; return their accounts and the cash that the other side brought."""
    n = len(rows.size)
    first = margin.add_accounts(2 * n, np.concatenate([rows.accounts, rows.accounts]))
    account = first + np.arange(2 * n)
    entry = rows.size * (round(coin.price / coin.tick) * coin.tick_value)
    cash = np.concatenate([np.zeros(n, dtype=np.int64), entry])
    margin.endow(
        contract,
        account,
        np.concatenate([rows.size, -rows.size]),
        np.concatenate([entry, -entry]),
        np.zeros(2 * n, dtype=np.int64),
        leverage=np.concatenate([rows.leverage, np.ones(n, dtype=np.int64)]),
        deposit=cash,
    )
    return account[:n], int(entry.sum())
