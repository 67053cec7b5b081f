"""Coins that are collateral more than money: where they trade, who owes by them, who redeems them.

Such a coin is worth what its issuer redeems it for. Where it trades its price is held there by
whoever buys below and redeems; how much that can be is limited, so the price can break.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.venue_parts import Valuation
from tidegate.scenario.venue_rules import VenueRules

__all__ = ["DEFAULT_COLLATERAL", "CollateralCoin", "CollateralListing", "CollateralSpec"]

RESEARCH = "Cointelegraph Research on 10 October 2025"
ASSUMED_DEPTH = "assumption: USDe's 89 M in proportion to what was liquidated"
MICRO = 1_000_000
Share = Annotated[float, Field(ge=0, le=1)]


class CollateralListing(Frozen):
    """One exchange's book of a coin, and what its clients owe by that coin."""

    exchange: str
    depth: float = quantity(
        ..., unit="USD", source="per listing", about="Both sides in calm.", gt=0, le=1e11
    )
    holdings: float = quantity(
        0.0,
        unit="USD",
        source="per listing",
        about="Coins, at redemption value, that back open positions.",
        ge=0,
        le=5e10,
    )
    loops: float = quantity(
        0.0,
        unit="USD",
        source="per listing",
        about="Coins, at redemption value, that were bought with dollars lent against them.",
        ge=0,
        le=5e10,
    )


class CollateralCoin(Frozen):
    """One coin: its units, what it is redeemed for, and where it trades."""

    name: str
    underlying: str | None = Field(
        default=None, description="Coin that it is a claim on; None: the dollar."
    )
    ratio: float = quantity(
        1.0,
        unit="underlying per coin",
        source="a synthetic dollar is redeemed for one",
        about="What the issuer pays for it.",
        gt=0,
    )
    tick: float = quantity(..., unit="USD", source="per coin", about="Price step.", gt=0)
    lot: float = quantity(..., unit="coins", source="per coin", about="Size step.", gt=0)
    own_volatility: float = quantity(
        0.002,
        unit="per square root of a day",
        source="assumption: a few basis points an hour, as of large stablecoins",
        about="What makers take for usual, beyond the underlying's own.",
        gt=0,
        le=1,
    )
    elsewhere: float = quantity(
        0.0,
        unit="USD",
        source="none is known",
        about="Depth of markets that no exchange can shut, where it keeps redemption value.",
        ge=0,
    )
    capital: float = quantity(
        25e6,
        unit="USD per listing",
        source="assumption: about half of one side of the largest book",
        about="What its arbitrageur has there, half in coins.",
        ge=0,
        le=1e11,
    )
    channel: float = quantity(
        20e3,
        unit="USD/s per listing",
        source="assumption: 72 M an hour, as withdrawals are checked and issuers ration",
        about="Most that can be sent to be redeemed or issued.",
        ge=0,
    )
    transfer_minutes: float = quantity(
        15.0,
        unit="minutes",
        source="assumption: confirmations and checks; Ethereum was congested that day",
        about="Way from the exchange to the issuer, and again back.",
        ge=0,
    )
    listings: tuple[CollateralListing, ...] = Field(description="Where it trades.", min_length=1)

    @property
    def tick_value(self) -> int:
        """Micro-USD that one lot costs per tick."""
        return round(self.tick * self.lot * MICRO)

    def backing(self, times: float) -> Self:
        """Return the same with so many times the coins that back positions and loops."""
        rows = tuple(
            row.model_copy(update={"holdings": times * row.holdings, "loops": times * row.loops})
            for row in self.listings
        )
        return self.model_copy(update={"listings": rows})

    def redeeming(self, times: float) -> Self:
        """Return the same with so many times the arbitrageurs' capital and channel."""
        more = {"capital": times * self.capital, "channel": times * self.channel}
        return self.model_copy(update=more)

    @model_validator(mode="after")
    def _exact(self) -> Self:
        value = self.tick * self.lot * MICRO
        if value < 1 or abs(value - round(value)) > 1e-6:
            raise ValueError(
                f"tick {self.tick} x lot {self.lot} of {self.name} must be a whole number of "
                f"micro-USD, got {value}"
            )
        venues = [listing.exchange for listing in self.listings]
        if len(set(venues)) != len(venues):
            raise ValueError(f"listings of {self.name} name an exchange twice: {venues}")
        looped = [listing.exchange for listing in self.listings if listing.loops]
        if looped and self.underlying is not None:
            raise ValueError(
                f"loops of {self.name} at {looped} must be 0: debt is in dollars, and it is a "
                f"claim on {self.underlying}"
            )
        return self


# Binance's depth of USDe: 89 M USD in all (Cointelegraph Research). Holdings and loops: assumption,
# together three times what was liquidated of each coin on 10 October 2025 (346, 169, 77 M USD,
# Cointelegraph Research), as about a third of all open interest was lost; of USDe a third of that
# are loops, of the others none, as their loops owe coins. Bybit: assumption, half of
# Binance; no other coin is known to have a market of weight elsewhere. Ratios: assumption, rewards
# since 2023 and 2024 at about 3 and 7 % a year. USDe elsewhere: assumption, pools on chains, where
# it stayed near 1.00 (press); more than on any exchange.
DEFAULT_COLLATERAL = (
    CollateralCoin(
        name="USDe",
        tick=1e-4,
        lot=1.0,
        elsewhere=200e6,
        listings=(
            CollateralListing(exchange="binance", depth=89e6, holdings=692e6, loops=346e6),
            CollateralListing(exchange="bybit", depth=44.5e6, holdings=346e6, loops=173e6),
        ),
    ),
    CollateralCoin(
        name="wBETH",
        underlying="ETH",
        ratio=1.08,
        tick=0.01,
        lot=1e-3,
        capital=12e6,
        channel=10e3,
        listings=(CollateralListing(exchange="binance", depth=43.5e6, holdings=507e6),),
    ),
    CollateralCoin(
        name="BNSOL",
        underlying="SOL",
        ratio=1.07,
        tick=0.01,
        lot=0.01,
        capital=6e6,
        channel=5e3,
        listings=(CollateralListing(exchange="binance", depth=19.8e6, holdings=231e6),),
    ),
)


class CollateralSpec(Frozen):
    """Collateral coins, their markets, and those who trade on margin with them."""

    coins: tuple[CollateralCoin, ...] = DEFAULT_COLLATERAL
    valued_by: Valuation | None = quantity(
        None,
        unit="own_book | external_index | redemption_value",
        source="exchanges' own rules: tidegate/data",
        about="Whose price collateral is valued at, everywhere; None: as each exchange has it.",
    )
    own_price: Literal["mid", "last"] = quantity(
        "mid",
        unit="mid | last",
        source="assumption: which of the two was used is not published",
        about="What an exchange that goes by its own book takes for its price.",
    )
    reach: float = quantity(
        0.05,
        unit="log price",
        source="assumption: between 1 %, close to the peg, and 10 %, as other books",
        about="Last quote of the makers.",
        gt=0,
        le=0.5,
    )
    edge: float = quantity(
        1e-3,
        unit="log price",
        source="taker fees of two legs, 5 bp each",
        about="Gap to redemption value that its arbitrageur leaves.",
        ge=0,
        lt=0.5,
    )
    accounts: int = quantity(
        200,
        unit="accounts per listing",
        source="resolution, not a scale",
        about="Simulated ones with that coin as collateral.",
        ge=4,
        le=100_000,
    )
    mean_account: float = quantity(
        50e3,
        unit="USD",
        source="assumption: several times the mean account, as who holds such coins is larger",
        about="Mean collateral of a real account.",
        gt=0,
    )
    exposure_edges: tuple[float, float, float, float] = quantity(
        (1.0, 3.0, 7.0, 12.0),
        unit="x",
        source="classes: open interest by leverage on Hyperliquid; the highest is an assumption",
        about="Ends of the classes of long positions over collateral.",
    )
    exposure_shares: tuple[Share, Share, Share] = quantity(
        (0.36, 0.48, 0.16),
        unit="1",
        source="open interest by leverage on Hyperliquid, December 2025",
        about="Share of their open interest in each class.",
    )
    loop_ltv: tuple[Share, Share] = quantity(
        (0.5, 0.85),
        unit="1",
        source="assumption: coins worth 2 to 6.7 times one's own money",
        about="Least and most debt over value of loops at the start.",
    )
    loop_threshold: float = quantity(
        0.91,
        unit="1",
        source="assumption: a margin level of 1.1, usual for loans of exchanges",
        about="Debt over value from which on a loop is liquidated.",
        gt=0,
        le=1,
    )
    sale_seconds: float = quantity(
        60.0,
        unit="s",
        source="assumption: a fund that paid cash for coins does not wait",
        about="Time in which a fund or loan desk sells what it has to.",
        gt=0,
    )
    sale_slip: float = quantity(
        0.02,
        unit="1",
        source="assumption: beyond that an order waits for the next round",
        about="How far below the best bid one such sale goes.",
        ge=0,
        lt=1,
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        names = [coin.name for coin in self.coins]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"coins must be named, and differently; got {names}")
        if len(names) > 7:
            raise ValueError(f"coins are {len(names)}; a margin engine takes at most 7")
        edges = self.exposure_edges
        if not 0.0 < edges[0] < edges[1] < edges[2] < edges[3] <= 100.0:
            raise ValueError(f"exposure_edges must rise within 0 to 100, got {edges}")
        low, high = self.loop_ltv
        if not 0.0 < low <= high < self.loop_threshold:
            raise ValueError(
                f"loop_ltv must be 0 < least <= most < loop_threshold ({self.loop_threshold:g}), "
                f"got {self.loop_ltv}"
            )
        if abs(sum(self.exposure_shares) - 1.0) > 1e-9:
            raise ValueError(f"exposure_shares must sum to 1, got {self.exposure_shares}")
        return self

    def backing(self, times: float) -> Self:
        """Return the same with so many times the coins that back positions and loops."""
        return self.model_copy(update={"coins": tuple(coin.backing(times) for coin in self.coins)})

    def redeeming(self, times: float) -> Self:
        """Return the same with so many times the arbitrageurs' capital and channel."""
        return self.model_copy(update={"coins": tuple(c.redeeming(times) for c in self.coins)})

    def fit(self, coins: Sequence[str], rules: dict[str, VenueRules]) -> None:
        """Check that a market has what these coins need.

        Parameters
        ----------
        coins : sequence of str
            Coins of the market.
        rules : dict
            Rules by name of exchange.

        Raises
        ------
        ValueError
            Naming the field, its value and what is allowed.
        """
        if self.accounts < len(coins):
            raise ValueError(
                f"collateral.accounts is {self.accounts}; it must be at least one a coin of the "
                f"market, {len(coins)}"
            )
        for coin in self.coins:
            if coin.name in (*coins, "USD"):
                raise ValueError(f"collateral coin {coin.name!r} is a coin of the market already")
            if coin.underlying is not None and coin.underlying not in coins:
                raise ValueError(
                    f"underlying of {coin.name} is {coin.underlying!r}; it must be None or one of "
                    f"{list(coins)}"
                )
            for listing in coin.listings:
                _fit_listing(coin.name, listing, rules)

    def valuation(self, coin: str, rules: VenueRules) -> Valuation:
        """Return whose price a coin is valued at under an exchange's rules."""
        if self.valued_by is not None:
            return self.valued_by
        own = (entry.valued_by for entry in rules.collateral if entry.asset == coin)
        return next(own, "external_index")

    def haircut(self, coin: str, rules: VenueRules) -> int:
        """Return which part of a coin's value does not count, 1e-6; all of it where it is none."""
        own = (entry.haircut_ppm for entry in rules.collateral if entry.asset == coin)
        return next(own, MICRO)


def _fit_listing(coin: str, listing: CollateralListing, rules: dict[str, VenueRules]) -> None:
    venue = listing.exchange
    if venue not in rules:
        raise ValueError(f"{coin} is listed at {venue!r}; it must be one of {sorted(rules)}")
    taken = [entry.asset for entry in rules[venue].collateral]
    for field in ("holdings", "loops"):
        if getattr(listing, field) and coin not in taken:
            raise ValueError(
                f"{field} of {coin} at {venue} are {getattr(listing, field):g}; they must be 0, "
                f"its rules take {taken or 'nothing'} as collateral"
            )
