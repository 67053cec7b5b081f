"""A memecoin and a president's word as data: who hears, what they spend, who earns by the trades.

Attention spreads from one to another and fades, as an epidemic does. That it fades, and that people
who lose interest sell, is assumed here; no price decides about it.
"""

from __future__ import annotations

from pydantic import Field

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["AttentionSpec", "HypeLevers", "HypeSpec", "PoolSpec"]

GK = "(general knowledge, not verified)"


class HypeLevers(Frozen):
    """The word, and when it is spoken."""

    spoken: int | None = quantity(
        None, unit="s", source="none unless a policy speaks it", about="Second of the word.", ge=0
    )
    reach: float = quantity(
        0.02,
        unit="1",
        source="assumption",
        about="Part of the public that the word itself brings.",
        gt=0,
        lt=1,
    )


class AttentionSpec(Frozen):
    """How interest spreads and fades: the epidemic of Shive (2010) for investors."""

    people: float = quantity(
        2e6,
        unit="people",
        source=f"assumption: order of the wallets that held TRUMP in 2025 {GK}",
        about="Who may hear of it.",
        gt=0,
        le=1e9,
    )
    accounts: int = quantity(
        500, unit="accounts", source="resolution", about="Simulated people.", ge=10, le=100_000
    )
    contagion: float = quantity(
        0.6,
        unit="1/day",
        source="form: Shive (2010, JFQA 45, an epidemic model of investors); value an assumption",
        about="Rate at which one who is interested interests others.",
        ge=0,
        le=50,
    )
    fading: float = quantity(
        0.1,
        unit="1/day",
        source="form: attention decays (Candia et al. 2019, Nature Human Behaviour 3); value an "
        "assumption: ten days on average",
        about="Rate at which interest is lost.",
        gt=0,
        le=50,
    )


class PoolSpec(Frozen):
    """The pool at which the memecoin trades: constant product, a fee on every trade."""

    supply: float = quantity(
        1e9, unit="tokens", source=f"TRUMP, January 2025 {GK}", about="In existence.", gt=0, le=1e12
    )
    insiders: float = quantity(
        0.8, unit="1", source=f"TRUMP {GK}", about="Part that insiders hold, locked.", ge=0, lt=1
    )
    price: float = quantity(
        1.0, unit="USD", source="assumption", about="At the start.", gt=0, le=1e6
    )
    fee: float = quantity(
        0.01,
        unit="1",
        source=f"pools of new coins ask about 1 % {GK}",
        about="Taken off the cash of every trade.",
        ge=0,
        lt=0.5,
    )
    related: float = quantity(
        0.75,
        unit="1",
        source="three quarters of the proceeds of WLFI tokens are reported to go to a family's "
        "company",
        about="Part of the fee that related parties receive; the rest goes to who gives liquidity.",
        ge=0,
        le=1,
    )


class HypeSpec(Frozen):
    """A memecoin, the attention to it, and the money that comes with attention."""

    ticker: str = Field(default="MEME", description="Name in the books.", min_length=1)
    attention: AttentionSpec = AttentionSpec()
    pool: PoolSpec = PoolSpec()
    budget: float = quantity(
        500.0, unit="USD per person", source="assumption", about="Mean spent by one who hears.",
        gt=0, le=1e9,
    )  # fmt: skip
    spread: float = quantity(
        1.0,
        unit="1",
        source="assumption: log-normal purses",
        about="Standard deviation of its log.",
        ge=0,
        le=3,
    )
    leaving: float = quantity(
        0.8,
        unit="1",
        source="assumption; experiments have none and half",
        about="Part of those who lose interest that sells.",
        ge=0,
        le=1,
    )
    coins: float = quantity(
        0.0,
        unit="1",
        source="off",
        about="Part of the money that buys BTC instead, and is sold with the rest.",
        ge=0,
        le=1,
    )
