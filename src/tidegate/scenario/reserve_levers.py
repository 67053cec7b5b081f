"""Levers of sovereign reserves: one state's plan posted by a policy, and sanctions."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["ReserveLevers", "ReserveTerms", "Source"]

Source = Literal["seizures", "mining", "budget", "fx", "gold"]
"""Where the money of a reserve comes from: proceeds of crime, state mining, the budget, foreign
exchange reserves, the revaluation of gold."""


class ReserveTerms(Frozen):
    """How much a state puts into a crypto reserve, into what, how fast, and paid by whom."""

    state: str | None = Field(default=None, description="Code of the state; None: no state.")
    size_usd: float = quantity(
        0.0, unit="USD", source="KZ-H1 spans 0-20 bn", about="Size of the fund.", ge=0, le=1e12
    )
    coins: float = quantity(
        1.0,
        unit="1",
        source="assumption: coins alone unless said otherwise",
        about="Share bought as coins in the state's own custody.",
        ge=0,
        le=1,
    )
    etf: float = quantity(
        0.0,
        unit="1",
        source="assumption: coins alone unless said otherwise",
        about="Share bought as ETF shares; what is in neither goes to listed crypto firms.",
        ge=0,
        le=1,
    )
    days: int = quantity(
        90, unit="days", source="KZ-H1 spans 1-365", about="Length of the purchase.", ge=1, le=3650
    )
    source: Source = Field(default="budget", description="Who pays.")
    dip: float = quantity(
        0.0,
        unit="1",
        source="off; a buyer of last resort",
        about="Fall since the announcement that it waits for before buying, at full size; 0: none.",
        ge=0,
        lt=1,
    )

    @model_validator(mode="after")
    def _within_the_fund(self) -> ReserveTerms:
        if self.coins + self.etf > 1.0 + 1e-9:
            raise ValueError(f"coins and etf must sum to at most 1, got {self.coins + self.etf:g}")
        return self


class ReserveLevers(ReserveTerms):
    """What states are told to do with reserves, and what is done to theirs."""

    announced: int | None = quantity(
        None, unit="s", source="none unless a policy posts one", about="Second it was public.", ge=0
    )
    start: int | None = quantity(
        None, unit="s", source="none unless a policy posts one", about="Second buying is due.", ge=0
    )
    frozen: str | None = Field(
        default=None,
        description="Code of a state whose foreign exchange and ETF shares are frozen.",
    )
    frozen_share: float = quantity(
        0.5,
        unit="1",
        source="Russia, 2022: about half of its reserves (general knowledge, not verified)",
        about="Share of those that the freeze reaches.",
        ge=0,
        le=1,
    )
