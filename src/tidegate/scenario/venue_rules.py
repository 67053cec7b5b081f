"""What a derivatives venue imposes on its traders: margin, marks, liquidation, fees, faults.

A venue family is data (tidegate/data/venue-*.toml): `load_family` checks it before anything
runs, `to_core` turns it into the contract and the waterfall of the margin engine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Any, Self

from pydantic import model_validator
from tidegate_core.perpetual import Collateral, Perpetual, tiers_from_rows
from tidegate_core.waterfall import Waterfall

from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.tiers import PRESET, Contract, TierRow, TierTable
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
        _require_different("tiers", (table.listing for table in self.tiers))
        _require_different("collateral", (part.asset for part in self.collateral))
        highest = max(table.max_leverage for table in self.tiers)
        if self.leverage_cap > highest:
            raise ValueError(
                f"leverage_cap is {self.leverage_cap}; the tiers of {self.family} allow 1 to "
                f"{highest}"
            )
        return self

    @property
    def assets(self) -> tuple[str, ...]:
        """Assets that have a linear perpetual here."""
        return tuple(table.asset for table in self.tiers if table.contract == "linear")

    def table(self, asset: str, contract: Contract = "linear") -> TierTable:
        """Return an asset's tiers under the venue's leverage cap, of its linear or inverse one."""
        for table in self.tiers:
            if (table.asset, table.contract) == (asset, contract):
                return table.capped(min(self.leverage_cap, table.max_leverage))
        known = ", ".join(table.listing for table in self.tiers)
        which = f"asset is {asset!r}"
        if contract == "inverse" or any(table.asset == asset for table in self.tiers):
            which += f" and its contract {contract}"
        raise ValueError(f"{which}; {self.family} has tiers of {known}")

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
        tiers = tuple(table.flattened(leverage) for table in self.tiers)
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


@lru_cache(maxsize=32)  # rules are frozen, and every arm of every seed asks for them
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
        f"{path}.{field}": str(info.json_schema_extra["source"])
        for path, part in _parts(VenueRules.model_validate(values))
        for field, info in type(part).model_fields.items()
        if isinstance(info.json_schema_extra, dict) and field not in part.model_fields_set
    }
    return {**defaults, **stated}


def _parts(rules: VenueRules) -> Iterator[tuple[str, Frozen]]:
    """Yield the parts of rules, listings of tiers each for itself, by path."""
    for group, part in rules:
        if isinstance(part, Frozen):
            yield group, part
    for table in rules.tiers:
        yield f"tiers.{table.listing}", table


def to_core(
    rules: VenueRules,
    asset: str,
    *,
    tick: float,
    lot: float,
    max_price: float,
    leverage_cap: int | None = None,
    contract: Contract = "linear",
    price: float | None = None,
) -> tuple[Perpetual, Waterfall]:
    """Return an asset's perpetual and the venue's waterfall as the margin engine takes them.

    Parameters
    ----------
    rules
        The venue's rules.
    asset
        What the perpetual follows.
    tick
        USD.
    lot
        Linear: coins, and tick x lot is a whole number of micro-USD. Inverse: contracts, and their
        value over the tick is a whole number of millionths.
    max_price
        Highest price the engine must take, USD.
    leverage_cap
        Another cap than the venue's own.
    contract
        Which of the asset's perpetuals: an inverse one is for an engine that settles in the coin.
    price
        Inverse: USD of a coin at which amounts of the rules become coins. Tiers end at whole coins.
    """
    if leverage_cap is not None:
        rules = rules.capped(leverage_cap)
    table = rules.table(asset, contract)
    for name, value in (("tick", tick), ("lot", lot), ("max_price", max_price)):
        if not 0.0 < value < math.inf:
            raise ValueError(f"{name} is {value}; allowed are numbers above 0")
    rate = _coin_price(contract, price)
    perpetual = Perpetual(
        f"{asset}-PERP" if contract == "linear" else f"{asset}-INVERSE",
        tiers=tiers_from_rows(_rows_in(table, rate)),
        **_unit(table, tick, lot),
        inverse=contract == "inverse",
        max_price=int(Decimal(str(max_price)) / Decimal(str(tick))),
        maker_ppm=rules.fees.maker_ppm,
        taker_ppm=rules.fees.taker_ppm,
        band_ppm=rules.breaker.band_ppm,
    )
    return perpetual, rules.waterfall.to_core(rate)


def _coin_price(contract: Contract, price: float | None) -> float:
    """Return the USD that a unit of the settlement asset is worth."""
    if contract == "linear":
        if price is not None:
            raise ValueError(f"price is {price}; a linear contract takes none")
        return 1.0
    if price is None or not 0.0 < price < math.inf:
        raise ValueError(f"price is {price}; allowed for an inverse contract are numbers above 0")
    return price


def _unit(table: TierTable, tick: float, lot: float) -> dict[str, int]:
    """Return what a lot gains by tick, or what an inverse one is worth times its price."""
    exact_tick, exact_lot = Decimal(str(tick)), Decimal(str(lot))
    if table.contract_usd is None:
        field, unit, what = "tick_value", exact_tick * exact_lot * MICRO, "whose product is"
    else:
        unit = exact_lot * table.contract_usd * MICRO / exact_tick
        field, what = "contract_value", f"for which {table.contract_usd} USD x lot / tick is"
    if unit < 1 or unit % 1:
        whole = "micro-USD" if table.contract_usd is None else "millionths"
        raise ValueError(
            f"tick is {tick} and lot {lot}; allowed are those {what} a whole number of "
            f"{whole}, here it is {unit.normalize()}"
        )
    return {field: int(unit)}


def _rows_in(table: TierTable, price: float) -> list[dict[str, int]]:
    """Return tiers in micro-units of the settlement asset, which ends them at whole units."""
    caps = [math.ceil(Decimal(row.cap_usd) / Decimal(str(price))) for row in table.rows]
    for at, (below, cap) in enumerate(pairwise(caps), start=1):
        if cap == below:
            raise ValueError(
                f"price is {price}; rows[{at - 1}] and rows[{at}] of {table.listing} both end at "
                f"{cap} coins then: allowed are prices at which they do not"
            )
    return [
        {
            "floor": floor * MICRO,
            "cap": cap * MICRO,
            "maintenance_ppm": row.maintenance_ppm,
            "max_leverage": row.max_leverage,
        }
        for row, floor, cap in zip(table.rows, [0, *caps], caps, strict=False)
    ]


def to_collateral(rules: VenueRules) -> tuple[Collateral, ...]:
    """Return what else counts towards margin as the margin engine takes it."""
    return tuple(
        Collateral(entry.asset, haircut_ppm=entry.haircut_ppm) for entry in rules.collateral
    )
