"""What a derivatives venue imposes on its traders: margin, marks, liquidation, fees, faults.

A venue family is data (tidegate/data/venue-*.toml): `load_family` checks it before anything
runs, `to_core` turns it into the contract and the waterfall of the margin engine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Self

from pydantic import model_validator
from tidegate_core.perpetual import Collateral, Perpetual, tiers_from_rows
from tidegate_core.waterfall import Waterfall

from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.tiers import PRESET, TierRow, TierTable
from tidegate.scenario.venue_parts import (
    BreakerRule,
    CollateralRule,
    FeeRule,
    MarkRule,
    OutageRule,
)
from tidegate.scenario.venue_presets import families, read_family
from tidegate.scenario.waterfall import MICRO, WaterfallRule

__all__ = [
    "BreakerRule",
    "CollateralRule",
    "FeeRule",
    "MarkRule",
    "OutageRule",
    "TierRow",
    "TierTable",
    "VenueRules",
    "WaterfallRule",
    "families",
    "family_sources",
    "load_family",
    "to_collateral",
    "to_core",
]


class VenueRules(Frozen):
    """All rules of one venue family."""

    family: str
    leverage_cap: int = quantity(
        ..., unit="1", source=PRESET, about="Highest leverage of any position.", ge=1, le=1000
    )
    fees: FeeRule
    tiers: tuple[TierTable, ...] = quantity(
        ..., unit="per asset", source=PRESET, about="Margin tiers of each perpetual.", min_length=1
    )
    mark: MarkRule
    waterfall: WaterfallRule
    collateral: tuple[CollateralRule, ...] = quantity(
        ..., unit="per asset", source=PRESET, about="What else counts towards margin."
    )
    breaker: BreakerRule = BreakerRule()
    outage: OutageRule

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        for field, parts in (("tiers", self.tiers), ("collateral", self.collateral)):
            _require_different(field, (part.asset for part in parts))
        highest = max(table.max_leverage for table in self.tiers)
        if self.leverage_cap > highest:
            raise ValueError(
                f"leverage_cap is {self.leverage_cap}; the tiers of {self.family} allow 1 to "
                f"{highest}"
            )
        return self

    @property
    def assets(self) -> tuple[str, ...]:
        """Assets that have a perpetual here."""
        return tuple(table.asset for table in self.tiers)

    def table(self, asset: str) -> TierTable:
        """Return an asset's tiers under the venue's leverage cap."""
        for table in self.tiers:
            if table.asset == asset:
                return table.capped(min(self.leverage_cap, table.max_leverage))
        known = ", ".join(self.assets)
        raise ValueError(f"asset is {asset!r}; {self.family} has tiers of {known}")

    def capped(self, leverage: int) -> Self:
        """Return the same rules under another leverage cap.

        Raises
        ------
        ValueError
            If the cap is below 1 or above what any tier allows: more leverage needs tiers that
            say what margin it must keep (`with_flat_tiers`).
        """
        return self._with(leverage_cap=leverage)

    def with_flat_tiers(self, leverage: int) -> Self:
        """Return the same rules with one tier for all sizes at a leverage, for every asset."""
        tiers = tuple(TierTable.flat(asset, leverage) for asset in self.assets)
        return self._with(leverage_cap=leverage, tiers=tiers)

    def _with(self, **changes: Any) -> Self:
        """Return a changed copy that has passed all checks again."""
        return type(self).model_validate({**dict(self), **changes})


def _require_different(field: str, names: Iterable[str]) -> None:
    """Refuse a name that stands twice in a list of parts."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{field} names {name!r} twice; allowed is one entry an asset")
        seen.add(name)


def load_family(name: str) -> VenueRules:
    """Return the rules of a venue family that comes with the package.

    Raises
    ------
    ValueError
        If there is no such family, or its file breaks a rule; names what is allowed.

    Examples
    --------
    >>> load_family("hyperliquid-like").table("BTC").max_leverage
    40
    """
    values, _ = read_family(name)
    return VenueRules.model_validate(values)


def family_sources(name: str) -> dict[str, str]:
    """Return where each value of a family comes from, by dotted path (``fees.maker_ppm``).

    Values the family's file does not name are defaults and carry the default's source.
    """
    values, stated = read_family(name)
    defaults = {
        f"{group}.{field}": str(info.json_schema_extra["source"])
        for group, part in VenueRules.model_validate(values)
        if isinstance(part, Frozen)
        for field, info in type(part).model_fields.items()
        if isinstance(info.json_schema_extra, dict) and field not in part.model_fields_set
    }
    return {**defaults, **stated}


def to_core(
    rules: VenueRules,
    asset: str,
    *,
    tick: float,
    lot: float,
    max_price: float,
    leverage_cap: int | None = None,
) -> tuple[Perpetual, Waterfall]:
    """Return an asset's linear perpetual and the venue's waterfall as the margin engine takes them.

    Parameters
    ----------
    rules
        The venue's rules.
    asset
        One of `rules.assets`.
    tick, lot
        USD and coins; tick x lot is a whole number of micro-USD.
    max_price
        Highest price the engine must take, USD.
    leverage_cap
        Another cap than the venue's own.
    """
    if leverage_cap is not None:
        rules = rules.capped(leverage_cap)
    for name, value in (("tick", tick), ("lot", lot), ("max_price", max_price)):
        if not 0.0 < value < math.inf:
            raise ValueError(f"{name} is {value}; allowed are numbers above 0")
    tick_value = Decimal(str(tick)) * Decimal(str(lot)) * MICRO
    if tick_value < 1 or tick_value % 1:
        raise ValueError(
            f"tick is {tick} and lot {lot}; allowed are those whose product is a whole number of "
            f"micro-USD, here it is {tick_value.normalize()}"
        )
    rows = (
        {
            "floor": row.floor_usd * MICRO,
            "cap": row.cap_usd * MICRO,
            "maintenance_ppm": row.maintenance_ppm,
            "max_leverage": row.max_leverage,
        }
        for row in rules.table(asset).rows
    )
    perpetual = Perpetual(
        f"{asset}-PERP",
        tiers=tiers_from_rows(rows),
        tick_value=int(tick_value),
        max_price=int(Decimal(str(max_price)) / Decimal(str(tick))),
        maker_ppm=rules.fees.maker_ppm,
        taker_ppm=rules.fees.taker_ppm,
        band_ppm=rules.breaker.band_ppm,
    )
    return perpetual, rules.waterfall.to_core()


def to_collateral(rules: VenueRules) -> tuple[Collateral, ...]:
    """Return what else counts towards margin as the margin engine takes it."""
    return tuple(
        Collateral(entry.asset, haircut_ppm=entry.haircut_ppm) for entry in rules.collateral
    )
