"""What a regulator may turn on every exchange at once, away from the exchanges' own rules."""

from __future__ import annotations

from typing import Literal

from pydantic import ValidationError

from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.tiers import PPM, TierTable
from tidegate.scenario.venue_parts import BreakerRule, OutageRule, Overload
from tidegate.scenario.venue_rules import VenueRules
from tidegate.scenario.waterfall import AdlRule, WaterfallRule

__all__ = ["RuleDial"]

OWN = "exchanges' own rules: tidegate/data"
SLICE = {"partial": "slice", "slice_ppm": 200_000, "slice_above_usd": 0, "cooldown_seconds": 30}


class RuleDial(Frozen):
    """Rules that hold on every exchange; the default leaves each exchange its own."""

    leverage_cap: int | None = quantity(
        None,
        unit="x",
        source=OWN + "; 2x to 125x are or were law or offer somewhere",
        about="Most leverage from the start, where an exchange allows more; None: its own.",
        ge=1,
        le=125,
        strict=True,
    )
    margin: Literal["tiered", "flat"] = quantity(
        "tiered",
        unit="tiered | flat",
        source=OWN,
        about="Flat: large positions may have the leverage of small ones, and keep half of it.",
    )
    maintenance: float = quantity(
        1.0,
        unit="times the exchange's rate",
        source="assumption: studies turn it from 0.5 to 1.9",
        about="Maintenance margin; leverage falls where initial margin would not exceed it.",
        gt=0,
        le=10,
    )
    fund: float = quantity(
        1.0,
        unit="times the exchange's fund",
        source="funds hold up to 0.6 % of open interest; studies turn it from 0 to 5",
        about="Insurance fund at the start.",
        ge=0,
        le=100,
    )
    adl_rule: AdlRule | None = quantity(
        None,
        unit="queue | pro_rata | water_filling",
        source=OWN,
        about="Who is deleveraged when nobody else can bear a loss; None: as the exchange has it.",
    )
    partial: Literal["own", "none", "slice"] = quantity(
        "own",
        unit="own | none | slice",
        source="slice: Hyperliquid docs on liquidations, there for positions above 100 k USD",
        about="How a position is liquidated: whole, or a fifth of it and the rest 30 s later.",
    )
    throughput: float = quantity(
        1.0,
        unit="times the exchange's",
        source="assumption: engines' throughput is not published",
        about="Liquidations that an engine can carry out in a second.",
        gt=0,
        le=100,
    )
    capacity: int | None = quantity(
        None,
        unit="orders/s",
        source="assumption: no exchange publishes what it can take in a crash",
        about="Orders of the public that every exchange takes in a second; None: its own.",
        ge=1,
    )
    overload: Overload | None = quantity(
        None,
        unit="queue | refuse",
        source=OWN,
        about="What happens to orders above that; None: as the exchange has it.",
    )
    breaker: BreakerRule | None = quantity(
        None,
        unit="a rule",
        source=OWN + ": none has one; studies set 5-20 % and 1-15 minutes",
        about="Pause of a perpetual after a large move, and price band; None: the exchange's own.",
    )

    def turn(self, rules: VenueRules) -> VenueRules:
        """Return an exchange's rules with the dial applied.

        Raises
        ------
        ValueError
            If they do not fit together; names the field of the dial, its value, and what is
            allowed.
        """
        tables = self._scaled(rules, self._tables(rules))
        changes: dict[str, object] = {
            "leverage_cap": max(table.max_leverage for table in tables),
            "tiers": tables,
            "waterfall": self._waterfall(rules.waterfall),
            "outage": self._outage(rules.outage),
        }
        if self.breaker is not None:
            changes["breaker"] = self.breaker
        return type(rules).model_validate({**dict(rules), **changes})

    def _tables(self, rules: VenueRules) -> tuple[TierTable, ...]:
        """Return tiers under the cap on leverage."""
        cap = rules.leverage_cap
        if self.leverage_cap is not None:
            cap = min(cap, self.leverage_cap)
        capped = rules.capped(cap)
        tables = tuple(capped.table(table.asset, table.contract) for table in rules.tiers)
        if self.margin == "tiered":
            return tables
        return tuple(table.flattened(table.max_leverage) for table in tables)

    def _scaled(self, rules: VenueRules, tables: tuple[TierTable, ...]) -> tuple[TierTable, ...]:
        """Return tiers with another maintenance margin."""
        if self.maintenance == 1.0:
            return tables
        try:
            return tuple(_times(table, self.maintenance) for table in tables)
        except ValidationError as error:
            highest = max(table.rows[-1].maintenance_ppm for table in tables)
            raise ValueError(
                f"dial.maintenance is {self.maintenance:g}; the tiers of {rules.family} allow "
                f"numbers below {PPM / highest:.4g} that keep their rates apart: "
                f"{error.errors()[0]['msg']}"
            ) from None

    def _outage(self, rule: OutageRule) -> OutageRule:
        turned = {"capacity_per_second": self.capacity, "overload": self.overload}
        changes = {name: value for name, value in turned.items() if value is not None}
        return OutageRule.model_validate({**dict(rule), **changes})

    def _waterfall(self, rule: WaterfallRule) -> WaterfallRule:
        changes: dict[str, object] = {
            "fund_usd": round(rule.fund_usd * self.fund),
            "throughput_per_second": max(1, round(rule.throughput_per_second * self.throughput)),
        }
        if self.adl_rule is not None:
            changes["adl_rule"] = self.adl_rule
        if self.partial == "none":
            changes |= {"partial": "none", "cooldown_seconds": 0}
        elif self.partial == "slice":
            changes |= SLICE
        return WaterfallRule.model_validate({**dict(rule), **changes})


def _times(table: TierTable, factor: float) -> TierTable:
    """Return a table with maintenance rates multiplied, and no more leverage than they leave."""
    rows = []
    for row in table.rows:
        rate = round(row.maintenance_ppm * factor)
        most = min(row.max_leverage, max(1, (PPM - 1) // max(rate, 1)))
        rows.append({**dict(row), "maintenance_ppm": rate, "max_leverage": most})
    return TierTable.model_validate({**dict(table), "rows": rows})
