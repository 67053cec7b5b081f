"""How collateral coins come into a leveraged world: listings, makers, arbitrageurs, holders."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tidegate_core.perpetual import Collateral
from tidegate_crowd.places import Places
from tidegate_crowd.quotes import QuoteDesk

from tidegate.agents.collateral_holders import Holders, open_holders
from tidegate.agents.collateral_loops import LoopDesk, open_loops
from tidegate.agents.collateral_market import CollateralMarket, Listed
from tidegate.agents.collateral_redemption import RedemptionDesk
from tidegate.agents.collateral_sale import Haste
from tidegate.agents.leveraged_exchange import LeveragedExchange
from tidegate.books import Books
from tidegate.makers import makers_rules
from tidegate.scenario.collateral_coins import CollateralCoin, CollateralListing, CollateralSpec
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.scenario.venue_rules import VenueRules

__all__ = ["collateral_market", "instruments_of", "margin_terms"]

USD = 0
MICRO = 1_000_000
STOCK = 1.0  # log price that makers could bear with what they own of each side


def margin_terms(spec: CollateralSpec | None, rules: VenueRules) -> tuple[Collateral, ...]:
    """Return what counts as collateral on an exchange: each coin of the scenario, in its order."""
    if spec is None:
        return ()
    return tuple(Collateral(c.name, spec.haircut(c.name, rules)) for c in spec.coins)


def listed_at(spec: CollateralSpec | None, exchange: str) -> list[CollateralCoin]:
    """Return the coins that an exchange lists, in the order of its instruments."""
    coins = () if spec is None else spec.coins
    return [c for c in coins if any(row.exchange == exchange for row in c.listings)]


def instruments_of(
    spec: CollateralSpec | None, exchange: str, rules: VenueRules
) -> list[dict[str, Any]]:
    """Return the spot instruments of an exchange beyond those of the market's coins."""
    return [
        {
            "name": f"{coin.name}-USD",
            "base": coin.name,
            "quote": "USD",
            "tick_value": coin.tick_value,
            "taker_ppm": rules.fees.taker_ppm,
        }
        for coin in listed_at(spec, exchange)
    ]


def collateral_market(
    model: Any,
    spec: LeveragedScenario,
    exchanges: Sequence[LeveragedExchange],
    books: Books,
    calm: Sequence[float],
    *,
    cash_from: str,
    coins_from: str,
) -> list[CollateralMarket]:
    """Return the market of a scenario's collateral coins, if it has any.

    Parameters
    ----------
    model : mesa.Model
        What it becomes an agent of.
    spec : LeveragedScenario
        The scenario.
    exchanges : sequence of LeveragedExchange
        In its order; their engines list the coins already.
    books : Books
        Keep the coins too.
    calm : sequence of float
        Volatility in calm of the market's coins, per square root of a day.
    cash_from, coins_from : str
        Parties of the books who issue cash and coins.
    """
    if spec.collateral is None:
        return []
    founding = _Founding(spec, spec.collateral, exchanges, books, cash_from, coins_from)
    return [founding.build(model, calm)]


class _Founding:
    """The market of collateral coins while it is built."""

    def __init__(
        self,
        spec: LeveragedScenario,
        coins: CollateralSpec,
        exchanges: Sequence[LeveragedExchange],
        books: Books,
        cash_from: str,
        coins_from: str,
    ) -> None:
        self.spec = spec
        self.coins = coins
        self.exchanges = exchanges
        self.books = books
        self.cash_from, self.coins_from = cash_from, coins_from
        names = [exchange.name for exchange in exchanges]
        self.where = [
            (number, coin, names.index(listing.exchange), listing)
            for number, coin in enumerate(coins.coins)
            for listing in coin.listings
        ]

    def build(self, model: Any, calm: Sequence[float]) -> CollateralMarket:
        listed = [self._listed(*row) for row in self.where]
        holders = [self._holders(row) for row in self.where]
        loops = [self._loops(of, *row) for of, row in zip(listed, self.where, strict=True)]
        places = Places(
            (self.exchanges[of.venue].spot, of.instrument, of.coin, of.venue, coin.tick, coin.lot)
            for of, (_, coin, _, _) in zip(listed, self.where, strict=True)
        )
        return CollateralMarket(
            model,
            exchanges=self.exchanges,
            spec=self.coins,
            coins=self.spec.coins,
            listed=listed,
            places=places,
            makers=self._makers(places, listed, calm),
            desks=[self._desk(of, row[1]) for of, row in zip(listed, self.where, strict=True)],
            holders={at: found for at, found in enumerate(holders) if found is not None},
            loops={at: desk for at, desk in enumerate(loops) if desk is not None},
            books=self.books,
        )

    def _listed(
        self, number: int, coin: CollateralCoin, venue: int, listing: CollateralListing
    ) -> Listed:
        exchange = self.exchanges[venue]
        here = [c.name for c in listed_at(self.coins, exchange.name)]
        return Listed(
            coin=number,
            venue=venue,
            instrument=len(self.spec.coins) + here.index(coin.name),
            asset=1 + len(self.spec.coins) + number,
            rule=self.coins.valuation(coin.name, exchange.rules),
            weight=max(1, round(listing.depth)),
            house=exchange.spot.add_accounts(1),
        )

    def _worth(self, coin: CollateralCoin) -> float:
        """Return redemption value of a coin at the start, USD."""
        of = {c.name: c.price for c in self.spec.coins}
        return coin.ratio * (1.0 if coin.underlying is None else of[coin.underlying])

    # -- accounts -----------------------------------------------------------------------------

    def _on_spot(self, of: Listed, coin: CollateralCoin, usd: float) -> int:
        """Open a spot account with so much in coins, and as much in cash."""
        exchange = self.exchanges[of.venue]
        account: int = exchange.spot.add_accounts(1)
        lots = int(usd / (self._worth(coin) * coin.lot))
        for asset, amount, source in (
            (of.asset, lots, self.coins_from),
            (USD, int(usd * MICRO), self.cash_from),
        ):
            if amount:
                self.books.move(asset, source, exchange.name, amount)
                exchange.credit(account, asset, amount)
        return account

    def _holders(self, row: tuple[int, CollateralCoin, int, CollateralListing]) -> Holders | None:
        number, coin, venue, listing = row
        value = self._worth(coin) * coin.lot
        lots = int(listing.holdings / value)
        if not lots:
            return None
        exchange = self.exchanges[venue]
        found = open_holders(
            exchange.margin,
            self.coins,
            self.spec.coins,
            exchange.spec.coin_shares,
            asset=1 + number,
            holdings=lots,
            value=value,
            counted=1.0 - self.coins.haircut(coin.name, exchange.rules) / MICRO,
        )
        asset = 1 + len(self.spec.coins) + number
        self.books.move(asset, self.coins_from, exchange.name, lots)
        if found.cash:
            self.books.move(USD, self.cash_from, exchange.name, found.cash)
        return found

    def _loops(
        self, of: Listed, _: int, coin: CollateralCoin, __: int, listing: CollateralListing
    ) -> LoopDesk | None:
        spec, unit = self.coins, self._worth(coin) * coin.lot
        lots = int(listing.loops / unit)
        if not lots:
            return None
        exchange = self.exchanges[of.venue]
        account: int = exchange.spot.add_accounts(1)
        self.books.move(of.asset, self.coins_from, exchange.name, lots)
        exchange.credit(account, of.asset, lots)
        return LoopDesk(
            exchange,
            self.books,
            open_loops(
                lots, unit, coin.tick_value, spec.accounts, spec.loop_ltv, spec.loop_threshold
            ),
            Haste(spec.sale_seconds, spec.sale_slip),
            name=coin.name,
            account=account,
            instrument=of.instrument,
        )

    # -- desks --------------------------------------------------------------------------------

    def _makers(self, places: Places, listed: Sequence[Listed], calm: Sequence[float]) -> QuoteDesk:
        """Return makers of the same habits as those of other coins, with ladders of their own."""
        spec, reach = self.spec.quotes, self.coins.reach
        depth = [listing.depth / 2.0 / reach for *_, listing in self.where]
        of = {coin.name: calm[at] for at, coin in enumerate(self.spec.coins)}
        usual = [
            math.hypot(coin.own_volatility, of.get(coin.underlying or "", 0.0))
            for _, coin, _, _ in self.where
        ]
        accounts = [
            self._on_spot(row, coin, STOCK * usd)
            for row, (_, coin, _, _), usd in zip(listed, self.where, depth, strict=True)
        ]
        return QuoteDesk(
            places,
            accounts,
            depth=depth,
            calm=usual,
            levels=spec.levels,
            spread=min(spec.half_spread, reach / 4.0),
            reach=reach,
            **makers_rules(spec),
        )

    def _desk(self, of: Listed, coin: CollateralCoin) -> RedemptionDesk:
        return RedemptionDesk(
            self.exchanges[of.venue],
            self.books,
            name=coin.name,
            account=self._on_spot(of, coin, coin.capital / 2.0),
            instrument=of.instrument,
            asset=of.asset,
            channel=coin.channel,
            transfer_seconds=round(60 * coin.transfer_minutes),
            edge=self.coins.edge,
            cash_from=self.cash_from,
            coins_from=self.coins_from,
        )
