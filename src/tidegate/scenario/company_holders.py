"""Who holds shares of treasury companies, as data: what they chase, bear and know."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["ArbitrageurSpec", "InstitutionSpec", "RetailShareSpec", "ShareholdersSpec"]

FITTED = "fitted to 27 listed names, 9 October to 16 December 2025 (docs/companies.md)"


class RetailShareSpec(Frozen):
    """Households that buy what has risen, the premium included, as far as they look at it."""

    chase: float = quantity(
        0.22,
        unit="float per log return",
        source=f"{FITTED}: with the institutions' elasticity it fixes what a trend adds",
        about="Part of the freely held shares bought, in all, after a share has risen by a log "
        "unit, or sold after it has fallen.",
        ge=0,
        le=2,
    )
    memory: float = quantity(
        30.0,
        unit="sessions",
        source=f"{FITTED}: five-day betas of about 1 leave no room for a faster response",
        about="Over which a return is answered.",
        ge=1,
        le=500,
    )
    noise: float = quantity(
        0.008,
        unit="float/session",
        source="assumption: 1.6 % a session of the share's own, 25 % a year; R2 of five-day "
        "returns on the coin is 0.1 to 0.7 (M10)",
        about="Shares traded for reasons of their own, standard deviation.",
        ge=0,
        le=0.1,
    )
    attention: float = quantity(
        5e8,
        unit="USD/session",
        source="assumption: some times what US households put into their most bought share a day",
        about="Most that chasing buyers put into all such firms together.",
        ge=0,
    )
    ticket: float = quantity(
        5_000.0,
        unit="USD",
        source="assumption: what a household puts in, for counts of households",
        about="Money of one household.",
        gt=0,
    )


class InstitutionSpec(Frozen):
    """Funds that want coins and no custody; they take the other side of everybody else."""

    elasticity: float = quantity(
        0.5,
        unit="float per log premium",
        source="assumption: single shares' demand has an elasticity near 1 in the literature on "
        "index changes, that of the whole market 0.2 (Gabaix & Koijen, NBER 28967)",
        about="Slope of their demand: how far the premium gives way to who sells.",
        gt=0,
        le=20,
    )
    lendable: float = quantity(
        0.2, unit="share of theirs", source="assumption", about="Lent to who sells short.", ge=0,
        le=1,
    )  # fmt: skip
    borrow_fee: float = quantity(
        0.05, unit="1/yr", source="assumption: shares in demand", about="Fee on a loan.", ge=0
    )
    exit: float = quantity(
        0.3,
        unit="share of their demand",
        source="assumption: mandates that bear no scandal; nobody has measured it (LEV-H9)",
        about="Demand that goes where management fails.",
        ge=0,
        le=1,
    )


class ArbitrageurSpec(Frozen):
    """Who sells a dear share against coins and buys a cheap one: finite capital."""

    capital: float = quantity(
        0.02, unit="market cap", source="assumption", about="Capital at the start.", ge=0, le=1
    )
    leverage: float = quantity(
        2.0, unit="1", source="Regulation T: half of a position", about="Position to equity.",
        gt=0, le=10,
    )  # fmt: skip
    entry: float = quantity(
        0.3,
        unit="log premium",
        source="assumption: premiums of a third were left alone for months",
        about="Premium, or discount, at which nothing is held yet.",
        ge=0,
    )
    full: float = quantity(
        0.8, unit="log premium", source="assumption", about="At which all capital is used.", gt=0
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.full <= self.entry:
            raise ValueError(f"full is {self.full}; it must be above entry ({self.entry})")
        return self


class ShareholdersSpec(Frozen):
    """All who hold the shares of one firm, but those of a placement."""

    retail: RetailShareSpec = RetailShareSpec()
    institutions: InstitutionSpec = InstitutionSpec()
    arbitrage: ArbitrageurSpec = ArbitrageurSpec()
    retail_share: float = quantity(
        0.5, unit="share of the float", source="assumption", about="What retail holds at first.",
        ge=0, le=0.9,
    )  # fmt: skip
    index_sessions: int = quantity(
        10, unit="sessions", source="assumption: trackers sell around the day", about="Over which "
        "an index fund sells what has left its index.", ge=1, le=250,
    )  # fmt: skip
    tolerance: float = quantity(
        0.05,
        unit="1",
        source="assumption: limit orders",
        about="How far from the last price anybody's flow trades at once.",
        gt=0,
        lt=1,
    )
