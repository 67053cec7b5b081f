"""Loans against coins as columns, sorted by the price at which each is due.

A loan is due when debt >= threshold x coins x price. So it has a trigger price; the loans of a coin
are kept by falling trigger, and a price that falls meets a prefix of them: nobody else is looked
at. Units: prices in ticks, coins in lots, debt and cash in micro-USD.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tidegate_core import draws

from tidegate.agents.leveraged_sampling import apportion, normal_cdf
from tidegate.scenario.coins import CoinSpec
from tidegate.scenario.lending import LendingSpec, LoanKind
from tidegate.streams import Streams

__all__ = ["DUE", "NEAREST", "NO_CALL", "LoanBook", "open_loans"]

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]

MICRO = 1_000_000
LOWEST_LTV = 0.05
NEAREST = 0.95  # of the threshold: no loan starts closer to its liquidation
NO_CALL = -1
DUE = 1e-6  # threshold at which whoever owes anything is due


class LoanBook:
    """Columns of loans, and for every coin their order of liquidation.

    Parameters
    ----------
    kind, coin : column of int64
        Index of the lender and of the collateral.
    coins, debt, reserve : column of int64
        Collateral in lots; debt, and cash the borrower has to repay with, in micro-USD.
    thresholds : sequence of float
        By lender: debt over collateral from which on a loan is due.
    tick_values : sequence of int
        By coin: micro-USD that a lot costs per tick.
    wanted : column of float
        LTV that the borrower returns to.
    watching : column of bool
        Whether the borrower repays when warned.
    """

    def __init__(
        self,
        *,
        kind: _Ints,
        coin: _Ints,
        coins: _Ints,
        debt: _Ints,
        reserve: _Ints,
        thresholds: Sequence[float],
        tick_values: Sequence[int],
        wanted: _Floats,
        watching: NDArray[np.bool_],
    ) -> None:
        self.kind, self.coin = kind, coin
        self.coins, self.debt, self.reserve = coins, debt, reserve
        self.wanted, self.watching = wanted, watching
        self.called = np.full(len(kind), NO_CALL, dtype=np.int64)  # second of the margin call
        self.thresholds = np.array(thresholds, dtype=np.float64)
        self.tick_values = np.array(tick_values, dtype=np.int64)
        self.trigger = self._triggers(np.arange(len(kind)))
        self._order = [self._sorted(np.flatnonzero(coin == c)) for c in range(len(tick_values))]
        self._fallen = [self._keys(order) for order in self._order]

    def __len__(self) -> int:
        return len(self.kind)

    def _triggers(self, loans: _Ints) -> _Ints:
        """Return the highest price at which loans are due, 0 for what never is."""
        covered = self.thresholds[self.kind[loans]] * self.coins[loans]
        covered *= self.tick_values[self.coin[loans]]
        prices = np.zeros(len(loans))
        np.divide(self.debt[loans], covered, out=prices, where=covered > 0.0)
        triggers: _Ints = np.floor(prices).astype(np.int64)
        return triggers

    def _sorted(self, loans: _Ints) -> _Ints:
        return loans[np.lexsort((loans, -self.trigger[loans]))]

    def _keys(self, order: _Ints) -> _Ints:
        """Return the sort keys of an order: rising, as searching needs them."""
        keys: _Ints = -self.trigger[order]
        return keys

    def crossed(self, coin: int, price: int) -> _Ints:
        """Return the loans against a coin that are due at a price, the deepest under water first.

        Parameters
        ----------
        coin : int
            Index of the collateral.
        price : int
            Ticks, above 0.
        """
        return self._order[coin][: np.searchsorted(self._fallen[coin], -price, side="right")]

    def refresh(self, loans: _Ints) -> None:
        """Put loans whose coins or debt have changed in their new places."""
        if not len(loans):
            return
        self.trigger[loans] = self._triggers(loans)
        moved = np.zeros(len(self), dtype=np.bool_)
        moved[loans] = True
        for coin in np.unique(self.coin[loans]).tolist():
            order = self._order[coin]
            kept = order[~moved[order]]
            back = self._sorted(order[moved[order]])
            places = np.searchsorted(self._keys(kept), self._keys(back), side="right")
            self._order[coin] = np.insert(kept, places, back)
            self._fallen[coin] = self._keys(self._order[coin])

    def change_thresholds(self, thresholds: _Floats) -> None:
        """Let loans be due at other debts over collateral, by lender, > 0."""
        changed = np.flatnonzero(thresholds != self.thresholds)
        if len(changed):
            self.thresholds = thresholds.copy()
            self.refresh(np.flatnonzero(np.isin(self.kind, changed)))

    def value(self, loans: _Ints, spot: _Ints) -> _Floats:
        """Return what the collateral of loans is worth, micro-USD."""
        coin = self.coin[loans]
        worth: _Floats = self.coins[loans] * (spot[coin] * self.tick_values[coin]).astype(float)
        return worth

    def by_kind(self, column: _Ints, loans: _Ints | None = None) -> list[int]:
        """Sum a column by lender, exactly; of some loans if given, a row each."""
        kind = self.kind if loans is None else self.kind[loans]
        return [int(column[kind == k].sum()) for k in range(len(self.thresholds))]

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        for column in (self.coins, self.debt, self.reserve, self.trigger):
            assert column.dtype == np.int64
            assert len(column) == len(self)
            assert column.min(initial=0) >= 0
        assert np.array_equal(self.trigger, self._triggers(np.arange(len(self))))
        for coin, (order, keys) in enumerate(zip(self._order, self._fallen, strict=True)):
            assert np.array_equal(np.sort(order), np.flatnonzero(self.coin == coin))
            assert np.array_equal(keys, self._keys(order))
            assert np.all(np.diff(keys) >= 0)


def open_loans(spec: LendingSpec, coins: Sequence[CoinSpec], streams: Streams) -> LoanBook:
    """Draw the loans at the start: exact stocks by lender and coin, LTVs and sizes as specified.

    Parameters
    ----------
    spec : LendingSpec
        Lenders and borrowers.
    coins : sequence of CoinSpec
        What can be pledged, at its price.
    streams : Streams
        Keyed random numbers.
    """
    if len(spec.coin_shares) != len(coins):
        raise ValueError(f"coin_shares has {len(spec.coin_shares)} values; coins are {len(coins)}")
    lenders = spec.lenders()
    stocks = [lender.stock * share for lender in lenders for share in spec.coin_shares]
    counts = apportion(max(spec.loans, len(stocks)), stocks, least=1)
    kind = np.repeat(np.arange(len(lenders)), counts.reshape(len(lenders), -1).sum(axis=1))
    coin = np.repeat(np.tile(np.arange(len(coins)), len(lenders)), counts)
    ends = np.cumsum(counts)
    debt, wanted = np.zeros(ends[-1], dtype=np.int64), np.zeros(ends[-1])
    watching = np.zeros(ends[-1], dtype=np.bool_)
    for pool, (end, n) in enumerate(zip(ends.tolist(), counts.tolist(), strict=True)):
        lender, pledged = lenders[pool // len(coins)], coins[pool % len(coins)]
        path, rows = f"lender/{lender.name}/{pledged.name}", slice(end - n, end)
        sizes = draws.exp(spec.size_sigma * draws.normal_quantile(_ranks(streams, path, "size", n)))
        debt[rows] = apportion(round(stocks[pool] * MICRO), sizes)
        wanted[rows] = _ltvs(lender, _ranks(streams, path, "ltv", n))
        watching[rows] = _ranks(streams, path, "watching", n) < spec.watching
    units = np.array([c.price * c.lot * MICRO for c in coins])
    return LoanBook(
        kind=kind,
        coin=coin,
        coins=np.ceil(debt / (wanted * units[coin])).astype(np.int64),
        debt=debt,
        reserve=np.floor(debt * spec.reserve).astype(np.int64),
        thresholds=[lender.threshold for lender in lenders],
        tick_values=[c.tick_value for c in coins],
        wanted=wanted,
        watching=watching,
    )


def _ranks(streams: Streams, path: str, stream: str, n: int) -> _Floats:
    """Draw one number from each of n equal parts of (0, 1), in an order by chance."""
    luck = np.empty(n)
    draws.fill_uniform(luck, streams.key(path, stream), 0)
    ranks = np.empty(n)
    ranks[np.argsort(luck, kind="stable")] = (np.arange(n) + 0.5) / n
    return ranks


def _ltvs(lender: LoanKind, ranks: _Floats) -> _Floats:
    """Return the LTVs at ranks of a normal distribution, cut off before the threshold."""
    if lender.ltv_sd == 0.0:
        return np.full(len(ranks), lender.mean_ltv)
    low = normal_cdf((LOWEST_LTV - lender.mean_ltv) / lender.ltv_sd)
    high = normal_cdf((NEAREST * lender.threshold - lender.mean_ltv) / lender.ltv_sd)
    z = np.asarray(draws.normal_quantile(low + (high - low) * ranks))
    ltvs: _Floats = lender.mean_ltv + lender.ltv_sd * z
    return np.clip(ltvs, LOWEST_LTV, NEAREST * lender.threshold)
