"""The market of collateral coins: makers, redemption, sale of what was seized, and its value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray
from tidegate_core import Side
from tidegate_core.draws import log
from tidegate_crowd.places import Places
from tidegate_crowd.quotes import QuoteDesk

from tidegate.agents.collateral_holders import Holders
from tidegate.agents.collateral_loops import LoopDesk
from tidegate.agents.collateral_redemption import RedemptionDesk
from tidegate.agents.collateral_sale import Haste
from tidegate.agents.collateral_value import LOTS, appraise, book_price
from tidegate.agents.leveraged_exchange import FUND, LeveragedExchange
from tidegate.books import Books
from tidegate.scenario.coins import CoinSpec
from tidegate.scenario.collateral_coins import CollateralCoin, CollateralSpec
from tidegate.scenario.venue_parts import Valuation

__all__ = ["CollateralMarket", "Listed"]

_Ints = NDArray[np.int64]
USD = 0
PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A coin on one exchange.

    Attributes
    ----------
    coin, venue : int
        Which coin of the spec, which exchange.
    instrument : int
        On the spot engine.
    asset : int
        Of the spot engine and the books; on margin it is 1 + coin.
    rule : str
        Whose price it is valued at there.
    weight : int
        In an index.
    house : int
        Spot account over which the insurance fund sells.
    """

    coin: int
    venue: int
    instrument: int
    asset: int
    rule: Valuation
    weight: int
    house: int


class CollateralMarket(mesa.Agent):  # type: ignore[misc]
    """Everybody who trades the collateral coins, and the exchanges' valuation of them.

    A round: the issuer's price moves; makers re-quote; arbitrageurs trade and send; insurance funds
    sell what was seized, and loan desks for loops that are due; each exchange values the coins by
    its rule, and so finds out who is due.

    Parameters
    ----------
    model : mesa.Model
        The model it belongs to; nothing of it is read.
    exchanges : sequence of LeveragedExchange
        All of the market.
    spec : CollateralSpec
        The coins.
    coins : sequence of CoinSpec
        Coins of the market, in the order of the prices that `act` gets.
    listed : sequence of Listed
        By place.
    places : Places
        The books, as many, in that order.
    makers : QuoteDesk
        Who quotes there.
    desks : sequence of RedemptionDesk
        By place.
    holders : dict of int to Holders
        By place: who has the coin as collateral there.
    loops : dict of int to LoopDesk
        By place: who lends against it there.
    books : Books
        What is off the exchanges.
    """

    def __init__(
        self,
        model: Any,
        *,
        exchanges: Sequence[LeveragedExchange],
        spec: CollateralSpec,
        coins: Sequence[CoinSpec],
        listed: Sequence[Listed],
        places: Places,
        makers: QuoteDesk,
        desks: Sequence[RedemptionDesk],
        holders: dict[int, Holders],
        loops: dict[int, LoopDesk],
        books: Books,
    ) -> None:
        super().__init__(model)
        self.exchanges = tuple(exchanges)
        self.spec = spec
        self.coins = tuple(coins)
        self.listed = tuple(listed)
        self.places = places
        self.makers = makers
        self.desks = tuple(desks)
        self.holders = holders
        self.loops = loops
        self.haste = Haste(spec.sale_seconds, spec.sale_slip)
        self.books = books
        self._names = [coin.name for coin in coins]
        self.redemption = self._worth([coin.price / coin.tick for coin in coins])
        self.own = [self.redemption[row.coin] for row in self.listed]  # by place
        self.value = list(self.own)
        self.lowest = list(self.own)  # own prices since the tape was written
        self.ratio = [PPM] * len(self.listed)  # the same over redemption value, 1e-6
        self._log = self._log_usd()
        self._appraise()

    # -- a round ------------------------------------------------------------------------------

    def act(self, now: int, seconds: int, spot: _Ints) -> None:
        """Let a round pass.

        Parameters
        ----------
        now : int
            Second of the run.
        seconds : int
            Length of the round that ends now.
        spot : array of int64
            Price of each coin of the market, ticks.
        """
        self.redemption = self._worth(spot.tolist())
        before, self._log = self._log, self._log_usd()
        self.books.settle(now, self.exchanges)
        self.makers.quote(self.places, seconds, self._log - before, self._log)
        for row, desk in zip(self.listed, self.desks, strict=True):
            desk.act(now, seconds, self.redemption[row.coin])
        for row in self.listed:
            self._sell(row, seconds)
        for at, loans in self.loops.items():
            loans.act(seconds, self._ticks(at))
        self._look()
        self._appraise()

    def _worth(self, spot: Sequence[float]) -> list[int]:
        """Return what issuers pay for a million lots, micro-USD, by coin."""
        return [
            round(self._underlying(coin, spot) * coin.ratio * coin.lot * PPM * LOTS)
            for coin in self.spec.coins
        ]

    def _underlying(self, coin: CollateralCoin, spot: Sequence[float]) -> float:
        if coin.underlying is None:
            return 1.0
        at = self._names.index(coin.underlying)
        return spot[at] * self.coins[at].tick

    def _log_usd(self) -> NDArray[np.float64]:
        """Return log redemption values in USD, by coin."""
        lots = np.array([coin.lot for coin in self.spec.coins])
        values: NDArray[np.float64] = log(np.array(self.redemption) / (lots * PPM * LOTS))
        return values

    def _sell(self, row: Listed, seconds: int) -> None:
        """Let a fund sell part of the coins that it holds, for cash, over its spot account."""
        exchange, asset = self.exchanges[row.venue], 1 + row.coin
        margin, spot = exchange.margin, exchange.spot
        lots = self.haste.part(margin.balance(FUND, asset), seconds)
        if not lots or exchange.outage.engine:
            return
        codes = [margin.withdraw(FUND, asset, lots), spot.deposit(row.house, row.asset, lots)]
        self.haste.sell(spot, row.instrument, row.house, lots)
        for of, to in ((row.asset, asset), (USD, USD)):
            left = spot.free(row.house, of)
            if left:
                codes += [spot.withdraw(row.house, of, left), margin.deposit(FUND, to, left)]
        assert not any(codes), f"{exchange.name} could not sell {lots} of {row.asset}: {codes}"

    # -- value --------------------------------------------------------------------------------

    def _look(self) -> None:
        """Read the price in every book."""
        for at, row in enumerate(self.listed):
            self.own[at] = book_price(
                self.exchanges[row.venue].spot,
                row.instrument,
                self._tick_value(at),
                self.spec.own_price,
                self.own[at],
            )
            self.lowest[at] = min(self.lowest[at], self.own[at])
            self.ratio[at] = min(self.ratio[at], self._ratio(at))

    def _tick_value(self, at: int) -> int:
        return self.spec.coins[self.listed[at].coin].tick_value

    def _ticks(self, at: int) -> int:
        """Return what a coin is valued at, in whole ticks."""
        return max(1, self.value[at] // (self._tick_value(at) * LOTS))

    def _ratio(self, at: int) -> int:
        return self.own[at] * PPM // self.redemption[self.listed[at].coin]

    def _appraise(self) -> None:
        """Let each exchange value its collateral and find out who is due by that."""
        for at, row in enumerate(self.listed):
            redemption = self.redemption[row.coin]
            value = appraise(row.rule, self.own[at], self._elsewhere(row), redemption)
            margin = self.exchanges[row.venue].margin
            self.value[at] = value
            if at in self.holders and margin.collateral_price_of(1 + row.coin) != value:
                code = margin.set_collateral_price(1 + row.coin, value)
                assert code == 0, f"price {value} of collateral {row.coin} refused: {code}"

    def _elsewhere(self, row: Listed) -> list[tuple[int, int]]:
        """Return prices and weights of a coin's other markets."""
        found = [
            (self.own[other], there.weight)
            for other, there in enumerate(self.listed)
            if there.coin == row.coin and there.venue != row.venue
        ]
        if off_exchange := round(self.spec.coins[row.coin].elsewhere):
            found.append((self.redemption[row.coin], off_exchange))
        return found

    # -- reading ------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a fund has coins to sell, or a loop waits for its liquidation."""
        return any(
            not self.exchanges[row.venue].outage.engine
            and (
                self.exchanges[row.venue].margin.balance(FUND, 1 + row.coin) > 0
                or (at in self.loops and self.loops[at].waiting(self._ticks(at)))
            )
            for at, row in enumerate(self.listed)
        )

    def rows(self, now: int) -> _Ints:
        """Return the state by place at a second, see `collateral_tape.COLLATERAL`."""
        lots = [self.places.depth_within(side, 0.01)[0].tolist() for side in Side]
        table = [
            (
                now,
                at,
                self.own[at],
                self.lowest[at],
                self.ratio[at],
                self.value[at],
                self.redemption[row.coin],
                lots[0][at],
                lots[1][at],
                self.exchanges[row.venue].spot.traded(row.instrument)["volume"],
                self.exchanges[row.venue].margin.balance(FUND, 1 + row.coin),
                self.desks[at].redeemed,
                self.desks[at].issued,
                *self._lent(at),
            )
            for at, row in enumerate(self.listed)
        ]
        self.lowest = list(self.own)
        self.ratio = [self._ratio(at) for at in range(len(self.listed))]
        return np.array(table, dtype=np.int64)

    def _lent(self, at: int) -> tuple[int, int, int, int]:
        """Return debt of loops now; lots sold for them, what that brought, and losses so far."""
        desk = self.loops.get(at)
        if desk is None:
            return 0, 0, 0, 0
        return int(desk.loans.debt.sum()), desk.sold, desk.brought, desk.lost

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.makers._check(self.places)
        self.places._check()
        for desk in self.desks:
            desk._check()
        for loans in self.loops.values():
            loans._check()
        for at, row in enumerate(self.listed):
            exchange = self.exchanges[row.venue]
            assert 0 < self.lowest[at] <= self.own[at]
            if at in self.holders:
                assert exchange.margin.collateral_price_of(1 + row.coin) == self.value[at]
            for asset in (USD, row.asset):
                assert exchange.spot.free(row.house, asset) == 0
                assert exchange.spot.reserved(row.house, asset) == 0
