"""What a robbed exchange's clients, lenders, owners and courts do, as data."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["DepositorSpec", "LawSpec", "LoanSpec", "RescueSpec"]

GK = "(general knowledge, not verified)"
FITTED = "fitted to Bybit: 34-36 % of assets left in two days (M7; 37 % over seeds 1,000 to 1,029)"


class LoanSpec(Frozen):
    """A bridge loan that others offer."""

    usd: float = quantity(
        107e6,
        unit="USD",
        source="Bitget: 40,000 ETH at 2,670 USD (M7)",
        about="Size.",
        gt=0,
        le=2e11,
    )
    after_hours: float = quantity(
        5.0, unit="h", source="Bitget: after about 5 h (M7)", about="From the news.", ge=0
    )
    rate: float = quantity(
        0.0, unit="1/yr", source="Bitget asked no interest (M7)", about="Interest.", ge=0, le=2
    )
    collateral: float = quantity(
        0.0,
        unit="share of the loan",
        source="Bitget asked no collateral (M7)",
        about="Cold coins pledged for it, which then pay nobody else.",
        ge=0,
        le=2,
    )
    days: float = quantity(
        3.0, unit="days", source="Bitget: repaid in 3 days (M7)", about="Until it is due.", gt=0
    )


class RescueSpec(Frozen):
    """Who fills a hole for good: an owner, or investors who buy a part of the firm."""

    owner_usd: float = quantity(
        0.0,
        unit="USD",
        source="none unless a preset names one: rich owners who pay are rare (HACK-H4)",
        about="What an owner can and will pay.",
        ge=0,
        le=2e11,
    )
    owner_hours: float = quantity(
        24.0, unit="h", source="assumption: Infini's founder, within a day", about="Delay.", ge=0
    )
    profit_usd: float = quantity(
        1.5e9,
        unit="USD/yr",
        source="Bybit's loss was about a year of its profit (HACK-N1); Coinbase made 2.6 bn USD in "
        "2024 (HACK-N4)",
        about="Yearly profit with all clients there; it falls with the claims that leave.",
        ge=0,
        le=2e11,
    )
    growth: float = quantity(
        0.05,
        unit="1/yr",
        source="assumption",
        about="Growth of profit that investors expect.",
        gt=-1,
        lt=1,
    )
    required: float = quantity(
        0.25,
        unit="1/yr",
        source="assumption: venture capital asks 20-30 % a year of firms at risk",
        about="Return that they require.",
        gt=0,
        le=2,
    )
    equity_days: float = quantity(
        21.0,
        unit="days",
        source="assumption: talks, books, contracts",
        about="From the news until new shareholders have paid.",
        ge=0,
    )

    @model_validator(mode="after")
    def _finite(self) -> Self:
        if self.growth >= self.required:
            raise ValueError(
                f"growth {self.growth} must be below required {self.required}: "
                "the firm's value has no bound"
            )
        return self


class LawSpec(Frozen):
    """How much of what was stolen comes back, and when creditors of a failed exchange are paid."""

    strength: float = quantity(
        0.2,
        unit="1",
        source="assumption: no common framework (HACK-A9); about 4 % of Bybit's coins were frozen",
        about="0: thieves keep all; 1: as much comes back, as fast, as law can make it.",
        ge=0,
        le=1,
    )
    recoverable: float = quantity(
        0.8,
        unit="1",
        source=f"KuCoin 2020 regained 84 %, Bitfinex 79 % {GK}",
        about="Share of what was stolen that comes back in the end under the strongest law.",
        ge=0,
        le=1,
    )
    seize_days: float = quantity(
        90.0,
        unit="days",
        source=f"assumption: KuCoin regained most within two months, Bitfinex in six years {GK}",
        about="Time constant of recovery under the strongest law; weaker law takes longer.",
        gt=0,
    )
    bounty: float = quantity(
        0.10,
        unit="share of what is recovered",
        source="Bybit offered a tenth (HACK-H7)",
        about="Paid to those who find it.",
        ge=0,
        lt=1,
    )
    estate_days: float = quantity(
        270.0,
        unit="days",
        source=f"assumption: FTX's creditors waited over two years, Voyager's one {GK}",
        about="From failure until creditors are paid, if the strongest law reigns; weaker law "
        "takes longer.",
        gt=0,
    )

    @property
    def pace(self) -> float:
        """How fast law works, of the fastest; never quite 0, so that every case ends."""
        return max(self.strength, 0.05)


class DepositorSpec(Frozen):
    """Clients in columns: what they hold, when they look, and when they leave."""

    accounts: int = quantity(
        2_000, unit="accounts", source="resolution", about="Per exchange.", ge=50, le=1_000_000
    )
    spread: float = quantity(
        2.0,
        unit="log balance",
        source=f"assumption: balances are log-normal; a tenth of clients owns nearly all {GK}",
        about="Standard deviation of clients' balances.",
        ge=0,
        le=4,
    )
    native: float = quantity(
        0.7,
        unit="share of accounts",
        source="assumption",
        about="Clients at home in crypto; the others come from traditional finance.",
        ge=0,
        le=1,
    )
    native_doubt: float = quantity(
        0.5,
        unit="1",
        source="assumption: they are used to such risk (HACK-A8); arms at 1",
        about="Natives' doubt over that of the others.",
        ge=0,
        le=2,
    )
    cost: float = quantity(
        0.01,
        unit="share of the balance",
        source="assumption: fees, taxes, trouble",
        about="What leaving costs.",
        ge=0,
        lt=1,
    )
    doubt: float = quantity(
        0.045,
        unit="1",
        source=FITTED,
        about="Median belief that nobody rescues the exchange, at fear 1; natives' is less.",
        ge=0,
        le=10,
    )
    doubt_spread: float = quantity(
        1.0, unit="log", source="assumption", about="Standard deviation of doubt.", ge=0, le=4
    )
    run_alarm: float = quantity(
        5.0,
        unit="fear",
        source=FITTED,
        about="Fear that a run of all claims within a day would add; 0: nobody minds others.",
        ge=0,
        le=100,
    )
    hole_alarm: float = quantity(
        10.0,
        unit="fear",
        source="assumption: a hole of a tenth frightens like the largest robbery; arms at half "
        "and double",
        about="Fear that a hole of all claims would add, for as long as it can be seen.",
        ge=0,
        le=1_000,
    )
    failed_discount: float = quantity(
        0.5,
        unit="1",
        source=f"assumption: claims on failed exchanges sold at 10-50 % of their value {GK}",
        about="What a claim loses by the wait and the costs of a failure, beyond what is missing.",
        ge=0,
        lt=1,
    )
    looks: float = quantity(
        0.0045,
        unit="1/h",
        source=FITTED,
        about="Rate at which the client of median balance looks, at an alarm of 1.",
        ge=0,
        le=60,
    )
    large_look: float = quantity(
        0.15,
        unit="1",
        source="assumption: large accounts ran first in 2022 (Chicago Fed Letter 479)",
        about="Power of the balance with which looks are more frequent.",
        ge=0,
        le=1,
    )
    calmed: float = quantity(
        0.5,
        unit="1",
        source="assumption: no figure known; arms without",
        about="Part of all alarm that the management's word takes away.",
        ge=0,
        le=1,
    )
    half_life_days: float = quantity(
        3.0,
        unit="days",
        source="assumption: fund outflows peaked four days after 21 February 2025",
        about="Time in which fear fades to a half.",
        gt=0,
        le=365,
    )
    contagion: float = quantity(
        0.1,
        unit="1",
        source="assumption: no run on other exchanges was seen in February 2025",
        about="Fear of clients of other exchanges, over that of the robbed one's.",
        ge=0,
        le=1,
    )
    gloom: float = quantity(
        1.0,
        unit="fear per log fall",
        source="assumption: a fall of a tenth frightens like a tenth of a robbery; arms at 0",
        about="Fear that a fall of the coin from its high of seven days adds, everywhere.",
        ge=0,
        le=100,
    )
    sold_native: float = quantity(
        0.1,
        unit="1",
        source="assumption: they keep coins in wallets of their own",
        about="Share of withdrawn coins that natives sell.",
        ge=0,
        le=1,
    )
    sold_traditional: float = quantity(
        0.5,
        unit="1",
        source="assumption",
        about="Share of withdrawn coins that the others sell.",
        ge=0,
        le=1,
    )
