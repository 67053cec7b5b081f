"""What a state has to fear for its reserve: voters, lenders, sanctions, thieves."""

from __future__ import annotations

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["CustodySpec", "LenderSpec", "PoliticsSpec", "SanctionSpec"]


class PoliticsSpec(Frozen):
    """What a loss costs those in office, by who paid, and how much of it they bear."""

    seizures: float = quantity(
        0.1,
        unit="1",
        source="assumption: money never budgeted is cheap to lose (KZ-H3)",
        about="Political cost of losing a dollar of it.",
        ge=0,
        le=1,
    )
    mining: float = quantity(0.3, unit="1", source="assumption", about="Likewise.", ge=0, le=1)
    budget: float = quantity(
        1.0, unit="1", source="the unit of political cost", about="Likewise.", ge=0, le=1
    )
    fx: float = quantity(0.7, unit="1", source="assumption", about="Likewise.", ge=0, le=1)
    gold: float = quantity(
        0.3, unit="1", source="assumption: a paper gain", about="Likewise.", ge=0, le=1
    )
    accountability: float = quantity(
        1.0,
        unit="1",
        source="assumption",
        about="How far those in office answer for losses; 0: not at all.",
        ge=0,
        le=1,
    )
    tolerance: float = quantity(
        0.3,
        unit="1",
        source="assumption: a crash of an ordinary bear market is too much for a budget",
        about="Political cost, as a budgeted loss over what was paid, that is borne.",
        ge=0,
        le=1,
    )
    patience_days: int = quantity(
        30, unit="days", source="assumption", about="Days it is borne beyond that.", ge=1
    )
    never_sells: bool = quantity(
        False,
        unit="yes/no",
        source="off; US order of 6 March 2025 for its reserve",
        about="True: no loss makes it sell.",
        strict=True,
    )


class LenderSpec(Frozen):
    """A lender who sets conditions."""

    loan_to_gdp: float = quantity(
        0.0, unit="1", source="off unless a state says", about="Loan over GDP.", ge=0, le=2
    )
    strength: float = quantity(
        1.0, unit="1", source="assumption", about="How much the conditions bind.", ge=0, le=1
    )
    rate: float = quantity(
        20.0,
        unit="1/yr",
        source="assumption: El Salvador, 4 % of GDP, amended its law after a month (KZ-H9)",
        about="Rate of reversal per unit of loan over GDP, at full strength and depth.",
        ge=0,
    )
    compliance: float = quantity(
        1.0,
        unit="1",
        source="assumption; El Salvador bought on (KZ-H10)",
        about="Share of purchases that stop at the reversal.",
        ge=0,
        le=1,
    )


class SanctionSpec(Frozen):
    """The risk that others freeze what they can reach: foreign exchange and ETF shares."""

    rate: float = quantity(
        0.0, unit="1/yr", source="off unless a state says", about="Rate of a freeze.", ge=0, le=10
    )
    share: float = quantity(
        0.5,
        unit="1",
        source="Russia, 2022: about half of its reserves (general knowledge, not verified)",
        about="Share that it reaches.",
        ge=0,
        le=1,
    )


class CustodySpec(Frozen):
    """The risk of losing what is held: keys and thieves, or custodians and issuers."""

    direct_rate: float = quantity(
        0.0, unit="1/yr", source="off unless a state says", about="Losses of keys.", ge=0, le=10
    )
    direct_loss: float = quantity(
        0.5, unit="1", source="assumption", about="Share of the coins lost then.", ge=0, le=1
    )
    etf_rate: float = quantity(
        0.0, unit="1/yr", source="off unless a state says", about="Failures.", ge=0, le=10
    )
    etf_loss: float = quantity(
        0.2, unit="1", source="assumption", about="Share of the ETF holding lost then.", ge=0, le=1
    )
    etf_fee: float = quantity(
        0.0025,
        unit="1/yr",
        source="spot BTC ETF, 0.25 % (general knowledge, not verified)",
        about="Yearly cost of an ETF holding.",
        ge=0,
        lt=1,
    )
