"""What a simulated BTC spot market is made of: sizes, venues, beliefs, holders, makers."""

from __future__ import annotations

from pydantic import Field, model_validator
from tidegate_core.draws import log

from tidegate.scenario.frozen import Frozen, quantity

__all__ = [
    "ArbitrageSpec",
    "AssetSpec",
    "HolderSpec",
    "MakerSpec",
    "TraderSpec",
    "VenueSpec",
]


class AssetSpec(Frozen):
    """The coin, in real totals."""

    name: str = "BTC"
    supply: float = quantity(
        19.94e6,
        unit="coins",
        source="CryptoRank, December 2025",
        about="Coins issued.",
        ge=1e3,
        le=1e9,
    )
    price: float = quantity(
        109_560.0,
        unit="USD",
        source="CoinGecko, 3 November 2025",
        about="Price at the start.",
        ge=1,
        le=1e7,
    )
    daily_volume: float = quantity(
        38.6e9,
        unit="USD/day",
        source="CoinGecko, 3 November 2025",
        about="Spot volume of all venues together.",
        gt=0,
    )
    tick: float = quantity(
        0.10, unit="USD", source="Coinbase International BTC contract", about="Price step.", gt=0
    )
    lot: float = quantity(
        1e-4, unit="coins", source="Coinbase International BTC contract", about="Size step.", gt=0
    )

    @property
    def cap(self) -> float:
        """Market capitalisation at the start, USD."""
        return self.supply * self.price


class VenueSpec(Frozen):
    """One trading venue and its share of the whole market."""

    name: str
    share: float = quantity(
        ..., unit="1", source="per venue", about="Share of volume, depth and accounts.", gt=0, le=1
    )
    maker_ppm: int = quantity(
        0,
        unit="1e-6 of notional",
        source="assumption: designated market makers pay nothing",
        about="Fee of the resting side.",
        ge=-1000,
        le=50_000,
    )
    taker_ppm: int = quantity(
        300,
        unit="1e-6 of notional",
        source="assumption: volume-weighted VIP tiers, below the 0.1 % base tier",
        about="Fee of the incoming side.",
        ge=0,
        le=50_000,
    )

    @model_validator(mode="after")
    def _rebate_is_paid_by_the_taker(self) -> VenueSpec:
        if self.maker_ppm < -self.taker_ppm:
            raise ValueError(f"maker_ppm {self.maker_ppm} must be >= -taker_ppm {-self.taker_ppm}")
        return self


DEFAULT_VENUES = (
    # Spot volume 21:09-22:00 UTC, 10 October 2025: 11.8 bn on Binance, 3.5 bn on Coinbase.
    VenueSpec(name="offshore", share=0.77),
    VenueSpec(name="onshore", share=0.23),
)


class HolderSpec(Frozen):
    """The holders' reservation prices: the slope of supply and its memory.

    ``elasticity`` is the dial of the permanent multiplier (about 1 / elasticity), which is
    measured, never set. The width of the touch follows from it so that the book near the price,
    and with it the transient impact, is the same in every population.
    """

    accounts: int = quantity(
        12_000,
        unit="accounts per venue",
        source="resolution, not a scale",
        about="Simulated holders.",
        ge=100,
        le=5_000_000,
    )
    elasticity: float = quantity(
        0.2,
        unit="coins/supply per log price",
        source="multiplier 5: Gabaix & Koijen (NBER 28967)",
        about="Slope of holders' supply; the dial of the permanent multiplier.",
        ge=0.005,
        le=2.0,
    )
    passive: float = quantity(
        0.0,
        unit="share of holders' capital",
        source="none: a counterfactual; `elasticity` is that of all holders together",
        about="Capital under a mandate of fixed weight, which does not answer to the price.",
        ge=0,
        le=0.99,
    )
    held: float = quantity(
        0.8,
        unit="share of supply",
        source="assumption: all but what traders, makers and institutions work with",
        about="Coins that holders own.",
        ge=0.5,
        le=0.9,
    )
    near_slope: float = quantity(
        20.0,
        unit="coins/supply per log price squared",
        source="square-root impact with prefactor about 1 (Donier & Bonart, arXiv 1412.4503)",
        about="Slope of the book at the touch.",
        gt=0,
    )
    turnover: float = quantity(
        0.01,
        unit="share of daily volume",
        source="memory of the latent book: impact independent of duration",
        about="Trading that comes from holders' own revaluations.",
        gt=0,
        le=1,
    )
    stride: float = quantity(
        0.8,
        unit="1",
        source="resolution, not a scale",
        about="A revaluation over the distance from the price; with it goes how often.",
        gt=0,
        le=2,
    )
    wealth_sigma: float = quantity(
        1.0,
        unit="1",
        source="assumption: log-normal account sizes, heavy-tailed",
        about="Standard deviation of log account size.",
        ge=0,
        le=3,
    )
    cash_cover: float = quantity(
        4.0,
        unit="1",
        source="assumption: cash does not bind before the price has quadrupled",
        about="Bidders' cash over the value of the coins they want.",
        gt=0,
        le=100,
    )
    shown: float = quantity(
        50e6,
        unit="USD per side",
        source="assumption: most of the latent book posts only when the price is near",
        about="Holders' orders posted at a time, both venues together.",
        gt=0,
    )

    @property
    def slope(self) -> float:
        """Slope of the supply of those who answer to the price, coins/supply per log price."""
        return self.elasticity * (1.0 - self.passive)

    @property
    def reach(self) -> float:
        """Half-width of reservation prices around consensus, log price.

        Wide enough that a purchase of a quarter of the cap stays inside it.
        """
        return log(1.0 + 0.5 / self.slope)

    @property
    def width(self) -> float:
        """Distance from the touch at which the latent book is full, log price."""
        return self.slope / self.near_slope


class TraderSpec(Frozen):
    """Fast traders: nearly all of the volume, nearly none of the net flow."""

    accounts: int = quantity(
        64, unit="accounts per venue", source="resolution", about="Simulated fast traders.", ge=2
    )
    trips: int = quantity(
        16, unit="per round and venue", source="resolution", about="Round trips simulated.", ge=1
    )
    noise: float = quantity(
        0.01,
        unit="share of a minute's volume",
        source="assumption: what flips must trade less than holders do, or it carves the book open",
        about="Standard deviation of a minute's net flow.",
        ge=0,
        le=0.5,
    )
    noise_minutes: float = quantity(
        60.0, unit="minutes", source="assumption: intraday positions", about="Holding time.", gt=0
    )
    metaorders: int = quantity(
        2,
        unit="per venue",
        source="autocorrelation of 0.6 of the signs of successive trades: LOBSTER's sample days",
        about="Hidden orders at work at a time, split into trades; 0 is the ablation.",
        ge=0,
        le=256,
    )
    metaorder_tail: float = quantity(
        1.5,
        unit="1",
        source="Lillo, Mike & Farmer (Physical Review E 71, 2005)",
        about="Exponent of the tail of their numbers of trades.",
        gt=1,
        le=100,
    )
    seasons: bool = Field(
        default=True,
        description="Whether volatility and volume follow the hour of the week, as BTC's do.",
    )


class MakerSpec(Frozen):
    """Market makers: Avellaneda-Stoikov ladders that widen and thin with risk."""

    firms: int = quantity(
        2, unit="1", source="assumption", about="Firms, each on every venue.", ge=1
    )
    depth: float = quantity(
        240e6,
        unit="USD, bids and asks",
        source="Kaiko: 290 M within 1 % on US platforms, less holders' posted orders",
        about="Calm depth within 1 % of the mid, whole market.",
        gt=0,
    )
    levels: int = quantity(
        6, unit="per side", source="resolution", about="Quotes a side.", ge=1, le=50
    )
    risk_aversion: float = quantity(
        2.0,
        unit="1 (spread per variance over the horizon, full inventory)",
        source="Avellaneda & Stoikov (2008), scaled to log price",
        about="Inventory risk aversion.",
        ge=0,
    )
    horizon_minutes: float = quantity(
        5.0,
        unit="minutes",
        source="assumption: time to unwind",
        about="Time to pass flow on.",
        gt=0,
    )
    half_spread: float = quantity(
        0.5e-4,
        unit="log price",
        source="one basis point: Kaiko long-run BTC spread",
        about="Half-spread in calm.",
        gt=0,
        lt=0.05,
    )
    withdrawal: float = quantity(
        1.0,
        unit="1",
        source="depth falls with volatility (Kaiko, CoinDesk, October 2025)",
        about="Exponent of depth in calm over current volatility.",
        ge=0,
        le=5,
    )
    capital: float = quantity(
        2e9, unit="USD per firm", source="assumption", about="Half in coins, half in cash.", gt=0
    )


class ArbitrageSpec(Frozen):
    """Cross-venue arbitrage with finite capital and slow transfers."""

    capital: float = quantity(
        4e9, unit="USD", source="assumption", about="Half in coins, half in cash.", ge=0
    )
    transfer_minutes: float = quantity(
        60.0,
        unit="minutes",
        source="six block confirmations",
        about="Time a transfer between venues takes.",
        ge=0,
    )
    edge: float = quantity(
        1e-4, unit="log price", source="assumption", about="Gain demanded beyond fees.", ge=0
    )
