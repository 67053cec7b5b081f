"""Levers of trade and metals: threats, what comes of them, goods, stockpiles, gold, distrust."""

from __future__ import annotations

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["MetalLevers", "TradeLevers"]


class TradeLevers(Frozen):
    """An escalation that is in force, what softens it, and how far people distrust states."""

    enacted: int | None = quantity(
        None,
        unit="s",
        source="none unless a policy posts one",
        about="Second from which it is in force.",
        ge=0,
    )
    size: float = quantity(
        0.0,
        unit="threat of 10 October 2025",
        source="none unless a policy posts one",
        about="How large: 1 is a tariff of 100 % and controls on software.",
        ge=0,
        le=10,
    )
    softened: int | None = quantity(
        None,
        unit="s",
        source="none unless a policy posts one",
        about="Second at which either side softened its tone.",
        ge=0,
    )
    strength: float = quantity(
        0.0,
        unit="1",
        source="none unless a policy posts one",
        about="Share of the escalation, or of its chance, that this takes away.",
        ge=0,
        le=1,
    )
    distrust: float = quantity(
        0.0,
        unit="1",
        source="none unless a policy sets it; nobody has measured it",
        about="How far people distrust states and scarce goods, from 0 to 1.",
        ge=0,
        le=1,
    )


class MetalLevers(Frozen):
    """Goods that do not arrive, stockpiles that are filled, gold that is sold."""

    disrupted: int | None = quantity(
        None,
        unit="s",
        source="none unless a policy posts one",
        about="Second from which controlled supply is lost.",
        ge=0,
    )
    lost: float = quantity(
        0.0,
        unit="1",
        source="none unless a policy posts one",
        about="Share of controlled supply that does not arrive.",
        ge=0,
        le=1,
    )
    lost_days: float = quantity(
        365.0, unit="days", source="assumption", about="For how long.", gt=0, le=3650
    )
    disclosed: int | None = quantity(
        None,
        unit="s",
        source="none unless a policy posts one",
        about="Second at which plans of stockpilers became public.",
        ge=0,
    )
    stocked: int | None = quantity(
        None,
        unit="s",
        source="none unless a policy posts one",
        about="Second from which stockpilers buy.",
        ge=0,
    )
    stockpilers: int = quantity(
        0,
        unit="1",
        source="none unless a policy sets it",
        about="How many of the scenario's stockpilers have a plan, the first ones.",
        ge=0,
        le=100,
    )
    plan: float = quantity(
        1.0,
        unit="1",
        source="scenario",
        about="Size of each plan, over that of the scenario.",
        ge=0,
        le=100,
    )
    gold_sold: int | None = quantity(
        None,
        unit="s",
        source="none unless a policy posts one",
        about="Second from which a treasury sells gold.",
        ge=0,
    )
    gold_share: float = quantity(
        0.0,
        unit="1",
        source="none unless a policy posts one",
        about="Share of its gold that it sells.",
        ge=0,
        le=1,
    )
    gold_days: float = quantity(
        365.0, unit="days", source="assumption", about="Length of the sale.", gt=0, le=3650
    )
