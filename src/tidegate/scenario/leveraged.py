"""A market with leverage: coins, exchanges with spot and perpetuals, and who trades there.

Values whose source is "calibrated" were fitted to quantities of 10 October 2025; a run that uses
them may not be tested on those quantities again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Annotated, Any, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from tidegate.scenario.appetite import AppetiteSpec
from tidegate.scenario.coins import DEFAULT_COINS, CoinSpec
from tidegate.scenario.collateral_coins import CollateralSpec
from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.lending import LendingSpec
from tidegate.scenario.predator import PredatorSpec
from tidegate.scenario.rule_dial import RuleDial
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
CALIBRATED = "calibrated: 10 October 2025"
RESERVED = ("network", "transit", "world")  # parties of the books
Positive = Annotated[float, Field(gt=0)]
# Order of the coins in every tuple that has a value per coin: BTC, ETH, SOL, small coins.
PerCoin = tuple[Positive, ...]
# Accounts by leverage: 1-3x, 3-7x, above 7x.
PerClass = tuple[Positive, Positive, Positive]


class ExchangeSpec(Frozen):
    """One exchange, or a family of like ones: its rules by name and its share of the market."""

    name: str
    family: str = Field(description="Family of venue rules, as `load_family` knows it.")
    interest_share: float = quantity(
        ..., unit="1", source="per exchange", about="Share of open interest.", gt=0, le=1
    )
    spot_share: float = quantity(
        ..., unit="1", source="per exchange", about="Share of spot depth.", gt=0, le=1
    )
    houses: float = quantity(
        ..., unit="venues", source="per exchange", about="Real venues it stands for.", gt=0
    )
    coin_shares: PerCoin = quantity(
        (0.38, 0.27, 0.07, 0.28),
        unit="1",
        source="open interest by coin, 30 September 2025, less CME",
        about="Open interest by coin.",
    )
    out_of_reach: float = quantity(
        0.48,
        unit="1",
        source=CALIBRATED,
        about="Share of longs whose collateral no fall can exhaust.",
        ge=0,
        le=1,
    )
    hedged: float = quantity(
        0.74,
        unit="1",
        source=CALIBRATED,
        about="Share of shorts that hedge coins held elsewhere.",
        gt=0,
        le=1,
    )


# Shares of open interest: assumption, but for Hyperliquid's (13.8 bn of 190). Spot: volumes of
# 21:09-22:00 UTC, 10 October 2025 (Binance 11.8 bn of 28.6), the rest split by assumption.
DEFAULT_EXCHANGES = (
    ExchangeSpec(
        name="binance", family="binance-like", interest_share=0.30, spot_share=0.42, houses=4
    ),
    ExchangeSpec(name="bybit", family="bybit-like", interest_share=0.33, spot_share=0.26, houses=5),
    ExchangeSpec(name="okx", family="okx-like", interest_share=0.30, spot_share=0.26, houses=5),
    ExchangeSpec(
        name="hyperliquid",
        family="hyperliquid-like",
        interest_share=0.07,
        spot_share=0.06,
        houses=1,
        coin_shares=(0.35, 0.25, 0.10, 0.30),
        out_of_reach=0.12,
        hedged=0.57,
    ),
)


class OpenInterestSpec(Frozen):
    """Positions that are open at the start."""

    one_sided: float = quantity(
        190e9,
        unit="USD",
        source="Galaxy: 187.8 bn at the end of September 2025, 220 bn on 6 October",
        about="Open interest of all exchanges, one side.",
        gt=0,
    )
    class_shares: PerClass = quantity(
        (0.36, 0.48, 0.16),
        unit="1",
        source="open interest by leverage on Hyperliquid, December 2025",
        about="Share of reachable open interest at 1-3x, 3-7x and above.",
    )
    age_days: PerClass = quantity(
        (40.0, 8.0, 0.7),
        unit="days",
        source="assumption: the higher the leverage, the shorter the holding",
        about="Mean age of positions.",
    )


class LeveragedCrowdSpec(Frozen):
    """Retail traders on margin."""

    accounts: int = quantity(
        100_000,
        unit="accounts",
        source="resolution, not a scale",
        about="Simulated ones; each stands for real ones.",
        ge=1_000,
        le=20_000_000,
    )
    mean_notional: PerClass = quantity(
        (18_600.0, 15_100.0, 10_500.0),
        unit="USD",
        source=CALIBRATED + "; shape: mean liquidated notional 11.8 k USD",
        about="Mean position of a real account.",
    )
    size_sigma: float = quantity(
        1.9, unit="1", source=CALIBRATED, about="Sd of log account size.", gt=0, le=3
    )
    turn_days: PerClass = quantity(
        (10.0, 2.0, 0.24), unit="days", source=CALIBRATED, about="Mean life of a position."
    )
    nervous_turn: float = quantity(
        12.0,
        unit="1",
        source=CALIBRATED,
        about="Positions turn over at most this much faster when prices move.",
        ge=1,
        le=100,
    )
    return_hours: float = quantity(
        1.4, unit="hours", source=CALIBRATED, about="Mean time until the wiped come back.", gt=0
    )
    work_minutes: float = quantity(
        10.0,
        unit="minutes",
        source="assumption: who a simulated account stands for do not all come at once",
        about="Time in which an order is worked.",
        ge=0,
        le=240,
    )
    momentum: float = quantity(
        0.475,
        unit="1",
        source=CALIBRATED,
        about="How far a move of the last minutes tilts new high-leverage positions.",
        ge=0,
        le=0.5,
    )
    stops: float = quantity(
        0.30, unit="1", source="assumption", about="Share of positions with a stop.", ge=0, le=1
    )
    stop_range: tuple[float, float] = quantity(
        (0.35, 0.95),
        unit="1",
        source="assumption",
        about="Where stops lie, as a share of the way to liquidation.",
    )
    top_ups: float = quantity(
        0.15,
        unit="1",
        source="assumption: few watch their position around the clock",
        about="Share of accounts that add margin once, if they can reach the venue.",
        ge=0,
        le=1,
    )

    tolerance: float | None = quantity(
        None,
        unit="USD",
        source="assumption: no count of closed accounts is public",
        about="Loss in an outage after compensation beyond which a real account leaves its exchange"
        " for good; None: nobody does.",
        ge=0,
    )

    @model_validator(mode="after")
    def _lines_fit(self) -> Self:
        low, high = self.stop_range
        if not 0.0 < low <= high < 1.0:
            raise ValueError(f"stop_range must be 0 < low <= high < 1, got {self.stop_range}")
        if self.stops + self.top_ups > 1.0:
            raise ValueError(
                f"stops + top_ups must be at most 1 (nobody has both), "
                f"got {self.stops:g} + {self.top_ups:g}"
            )
        return self


class QuoteSpec(Frozen):
    """Market makers: ladders of uniform density that thin out under stress."""

    depth: PerCoin = quantity(
        (50e6, 20e6, 6.25e6, 26e6),
        unit="USD",
        source="2.5 times the mean of large venues in October 2025 (BTC 20 M, ETH 8 M, SOL 2.5 M), "
        "factor and small coins " + CALIBRATED + "; Binance futures: about 190 M a side near it",
        about="Bids within 1 % of the mid of one real venue.",
    )
    spot_houses: float = quantity(
        11.0, unit="venues", source=CALIBRATED, about="Spot venues of that depth.", gt=0
    )
    levels: int = quantity(
        12, unit="per side", source="resolution", about="Quotes a side.", ge=2, le=64
    )
    half_spread: float = quantity(
        0.5e-4, unit="log price", source="Kaiko: one basis point", about="First quote.", gt=0
    )
    reach: float = quantity(
        0.10, unit="log price", source="assumption", about="Last quote.", gt=0, le=0.5
    )
    refill_seconds: float = quantity(
        150.0, unit="s", source=CALIBRATED, about="Time in which quotes return to value.", gt=0
    )
    requoting: float = quantity(
        0.3,
        unit="1",
        source="assumption: the rest is traffic that takes the makers' inventory off them",
        about="Part of that return that is mere re-quoting.",
        ge=0,
        le=1,
    )
    skew: float = quantity(
        0.1, unit="1", source="assumption", about="Shift of quotes by inventory.", ge=0, le=1
    )
    withdrawal: float = quantity(
        2.5, unit="1", source=CALIBRATED, about="Exponent of depth in volatility.", ge=0, le=5
    )
    tolerance: float = quantity(
        5.0, unit="1", source=CALIBRATED, about="Volatility over calm that is borne.", gt=0
    )
    floor: float = quantity(
        0.10,
        unit="1",
        source="measured troughs of 10-35 % of depth, 10 October 2025",
        about="Depth that never goes.",
        ge=0,
        le=1,
    )
    memory_seconds: float = quantity(
        351.0, unit="s", source=CALIBRATED, about="Half-life of the volatility estimate.", gt=0
    )
    horizon_seconds: float = quantity(
        60.0,
        unit="s",
        source="assumption: makers look beyond the bounce between their own quotes",
        about="Horizon over which volatility is measured.",
        ge=0,
    )
    fall_seconds: float = quantity(
        1.0, unit="s", source="cancelling is fast", about="Half-life of depth that leaves.", gt=0
    )
    return_seconds: float = quantity(
        900.0, unit="s", source=CALIBRATED, about="Time in which depth comes back.", gt=0
    )
    coupling: float = quantity(
        0.7,
        unit="1",
        source=CALIBRATED,
        about="Stress of other coins felt: the same firms quote them all.",
        ge=0,
        le=1,
    )
    inventory: float = quantity(
        8.6, unit="1", source=CALIBRATED, about="Largest inventory over the 1 % depth.", gt=0
    )

    @model_validator(mode="after")
    def _ladder_has_room(self) -> Self:
        if not self.reach > 2.0 * self.half_spread:
            raise ValueError(
                f"reach must be above 2 x half_spread ({2.0 * self.half_spread:g}), "
                f"got {self.reach:g}"
            )
        return self


class ValueSpec(Frozen):
    """Buyers who wait for a price below value, and holders who sell above it."""

    flow: tuple[Annotated[float, Field(ge=0)], ...] = quantity(
        (55e3, 8.5e3, 3e3, 2.2e3),
        unit="USD/s per 1 % and venue",
        source=CALIBRATED + "; prior: volume over volatility",
        about="Flow against a mispricing, spot.",
    )
    perpetuals: float = quantity(
        0.5, unit="1", source=CALIBRATED, about="The same on perpetuals, relative.", ge=0
    )
    width: float = quantity(
        0.103, unit="log price", source=CALIBRATED, about="Where the flow turns cubic.", gt=0
    )
    memory_seconds: float = quantity(
        800.0,
        unit="s",
        source=CALIBRATED,
        about="Time in which what is thought fair follows the price.",
        gt=0,
    )


class BasisSpec(Frozen):
    """Arbitrage between perpetuals and spot, and between exchanges."""

    speed: float = quantity(
        0.6, unit="1/s", source=CALIBRATED, about="Share of a gap closed.", ge=0, le=10
    )
    edge: float = quantity(
        5e-4, unit="log price", source="taker fees of two legs, top tier", about="Gap left.", ge=0
    )
    rate: float = quantity(
        0.5, unit="1 % depth per s", source=CALIBRATED, about="Most that is traded.", ge=0
    )
    capital: float = quantity(
        35e9,
        unit="USD per exchange",
        source="74 % of 190 bn of shorts hedge coins; who holds both sells the coins and buys back "
        "the short when that pays; a quarter an exchange",
        about="Half coins, half cash.",
        gt=0,
    )


class UnwindSpec(Frozen):
    """How insurance funds and vaults sell what they took over."""

    seconds: float = quantity(
        750.0, unit="s", source=CALIBRATED, about="Time constant of their positions.", gt=0
    )
    share: float = quantity(
        1.6e-3,
        unit="1/s",
        source=CALIBRATED,
        about="Most of the depth (USD per unit of log price) that is sold in a second.",
        gt=0,
        le=1,
    )


class NewsSpec(Frozen):
    """Common and own news that everybody's quotes follow at once."""

    volatility: float = quantity(
        0.0135,
        unit="per square root of a day",
        source="BTC, third quarter of 2025: 1.5 % a day, less what trading adds",
        about="Of BTC in calm.",
        ge=0,
        le=1,
    )


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
        return self

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
        """Leave out moods that are not there: fitting them anew changes nothing here."""
        written: dict[str, Any] = handler(self)
        if self.appetite is None:
            written.pop("appetite", None)
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
