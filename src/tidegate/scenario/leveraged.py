"""A market with leverage: coins, exchanges with spot and perpetuals, and who trades there."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from tidegate.scenario.appetite import AppetiteSpec
from tidegate.scenario.coins import DEFAULT_COINS, CoinSpec
from tidegate.scenario.collateral_coins import CollateralSpec
from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.lending import LendingSpec
from tidegate.scenario.leveraged_crowd import (
    DEFAULT_EXCHANGES,
    ExchangeSpec,
    LeveragedCrowdSpec,
    OpenInterestSpec,
)
from tidegate.scenario.leveraged_desks import BasisSpec, NewsSpec, QuoteSpec, UnwindSpec, ValueSpec
from tidegate.scenario.predator import PredatorSpec
from tidegate.scenario.rule_dial import RuleDial
from tidegate.scenario.spot_buyers import SpotBuyerSpec
from tidegate.scenario.venue_rules import VenueRules, load_family

__all__ = [
    "DEFAULT_EXCHANGES",
    "BasisSpec",
    "ExchangeSpec",
    "LeveragedCrowdSpec",
    "LeveragedScenario",
    "NewsSpec",
    "OpenInterestSpec",
    "QuoteSpec",
    "UnwindSpec",
    "ValueSpec",
]

DAY = 86_400
RESERVED = ("network", "transit", "world")  # parties of the books


class LeveragedScenario(Frozen):
    """Spot and perpetuals of several coins on several exchanges, in seconds."""

    start: dt.datetime = Field(
        default=dt.datetime(2025, 10, 10, tzinfo=dt.UTC), description="Second 0, UTC."
    )
    step_seconds: int = quantity(
        60, unit="s", source="resolution", about="Length of a tick.", ge=1, le=DAY
    )
    coins: tuple[CoinSpec, ...] = DEFAULT_COINS
    exchanges: tuple[ExchangeSpec, ...] = DEFAULT_EXCHANGES
    interest: OpenInterestSpec = OpenInterestSpec()
    crowd: LeveragedCrowdSpec = LeveragedCrowdSpec()
    quotes: QuoteSpec = QuoteSpec()
    value: ValueSpec = ValueSpec()
    basis: BasisSpec = BasisSpec()
    unwinding: UnwindSpec = UnwindSpec()
    news: NewsSpec = NewsSpec()
    dial: RuleDial = RuleDial()
    appetite: AppetiteSpec | None = Field(
        default=None,
        description="Moods of the public that last for days; None: there are none.",
    )
    lending: LendingSpec | None = Field(
        default=None, description="Lenders against coins; None: there are none."
    )
    predator: PredatorSpec | None = Field(
        default=None, description="A trader who hunts liquidations; None: there is none."
    )
    collateral: CollateralSpec | None = Field(
        default=None, description="Coins that back positions; None: there are none."
    )
    buyers: tuple[SpotBuyerSpec, ...] = Field(
        default=(), description="Who buys coins on spot and keeps them; none by default."
    )

    @model_validator(mode="after")
    def _whole_market(self) -> Self:
        if DAY % self.step_seconds:
            raise ValueError(f"step_seconds {self.step_seconds} must divide a day ({DAY} s)")
        for what, names in (
            ("coins", [coin.name for coin in self.coins]),
            ("exchanges", [exchange.name for exchange in self.exchanges]),
        ):
            if not names or len(set(names)) != len(names):
                raise ValueError(f"{what} must be named, and differently; got {names}")
            taken = {"USD", *RESERVED}.intersection(names)
            if taken:
                raise ValueError(f"{what} may not be named {sorted(taken)}: they mean something")
        for field in ("interest_share", "spot_share"):
            total = sum(getattr(exchange, field) for exchange in self.exchanges)
            if abs(total - 1.0) > 1e-9:
                raise ValueError(f"exchanges' {field} must sum to 1, got {total:.6g}")
        self._per_coin()
        for exchange in self.exchanges:
            self._lists_all_coins(exchange)
        known = [exchange.name for exchange in self.exchanges]
        if self.predator is not None and self.predator.exchange not in known:
            raise ValueError(
                f"predator.exchange is {self.predator.exchange!r}; it must be one of {known}"
            )
        if self.collateral is not None:
            self.collateral.fit(
                [coin.name for coin in self.coins], {e.name: self.rules(e) for e in self.exchanges}
            )
        self._buyers_fit()
        return self

    def _buyers_fit(self) -> None:
        names = [buyer.name for buyer in self.buyers]
        if len(set(names)) != len(names):
            raise ValueError(f"buyers must be named differently; got {names}")
        known = [coin.name for coin in self.coins]
        for buyer in self.buyers:
            if buyer.coin not in known:
                raise ValueError(
                    f"coin of buyer {buyer.name!r} is {buyer.coin!r}; it must be one of {known}"
                )

    def _lists_all_coins(self, exchange: ExchangeSpec) -> None:
        rules = self.rules(exchange)
        missing = [coin.name for coin in self.coins if coin.name not in rules.assets]
        if missing:
            listed = ", ".join(table.listing for table in rules.tiers)
            raise ValueError(
                f"exchange {exchange.name!r} has no linear perpetual of {', '.join(missing)}: the "
                f"public of a leveraged market trades no inverse ones. {rules.family} has {listed}"
            )

    def _per_coin(self) -> None:
        wanted = len(self.coins)
        given = [("quotes.depth", self.quotes.depth), ("value.flow", self.value.flow)]
        given += [(f"coin_shares of {e.name}", e.coin_shares) for e in self.exchanges]
        for field, values in given:
            if len(values) != wanted:
                raise ValueError(f"{field} is {values}; it needs {wanted} values, one a coin")
        for coin in self.coins:
            if not coin.beta * self.news.volatility + coin.own_volatility > 0.0:
                raise ValueError(
                    f"{coin.name} must move in calm: beta x news.volatility, or own_volatility, "
                    f"must be above 0"
                )
        for exchange in self.exchanges:
            if abs(sum(exchange.coin_shares) - 1.0) > 1e-9:
                raise ValueError(
                    f"coin_shares of {exchange.name} must sum to 1, "
                    f"got {sum(exchange.coin_shares):.6g}"
                )

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out moods and buyers that are not there: no run without them depends on them."""
        written: dict[str, Any] = handler(self)
        if self.appetite is None:
            written.pop("appetite", None)
        if not self.buyers:
            written.pop("buyers", None)
        return written

    def rules(self, exchange: ExchangeSpec) -> VenueRules:
        """Return the rules of an exchange's family with the dial applied."""
        return self.dial.turn(load_family(exchange.family))

    @property
    def ticks_per_day(self) -> int:
        """Ticks in a day."""
        return DAY // self.step_seconds

    @property
    def digest(self) -> str:
        """Hash of every field: the identity of the scenario."""
        return hashlib.blake2b(self.model_dump_json().encode(), digest_size=16).hexdigest()
