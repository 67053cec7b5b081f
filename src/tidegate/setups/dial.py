"""What studies of exchanges' rules may set: the dial that turns them on every exchange at once."""

from __future__ import annotations

from typing import Literal

from tidegate.scenario.rule_dial import RuleDial
from tidegate.scenario.venue_parts import BreakerRule
from tidegate.setups.shock import ShockParameters
from tidegate.study.experiment import parameter

__all__ = ["PolicyDial"]


class PolicyDial(ShockParameters):
    """What may be set; the fields of the dial have the meaning they have in `RuleDial`."""

    margin: Literal["tiered", "flat"] = parameter(
        "tiered", "Margin by size, or the same for all", unit="", source="X9"
    )
    maintenance: float = parameter(
        1.0, "Maintenance margin over the exchanges'", unit="1", source="X9", gt=0, lt=2
    )
    fund: float = parameter(
        1.0, "Insurance funds over the exchanges'", unit="1", source="X9", ge=0, le=100
    )
    adl: Literal["own", "queue", "pro_rata", "water_filling"] = parameter(
        "own", "Who is deleveraged", unit="", source="X9"
    )
    partial: Literal["own", "none", "slice"] = parameter(
        "own", "Whole positions, or a fifth first and the rest after 30 s", unit="", source="X9"
    )
    throughput: float = parameter(
        1.0, "Engines' throughput over the exchanges'", unit="1", source="X9", gt=0, le=100
    )
    trigger: float = parameter(
        0.0, "Move that pauses a perpetual; 0: none", unit="1", source="X9: 0.05-0.2", ge=0, lt=1
    )
    pause: float = parameter(
        5.0, "Length of a pause and window of the move", unit="min", source="X9: 1-15", gt=0
    )
    engine_pauses: bool = parameter(False, "Liquidation pauses too", unit="", source="X9")
    band: float = parameter(
        0.0, "Price band around the mark; 0: none", unit="1", source="X9: 0.05-0.2", ge=0, lt=1
    )

    def dial(self) -> RuleDial:
        """Return the dial that the parameters set."""
        breaker = BreakerRule(
            band_ppm=round(self.band * 1e6),
            trigger_ppm=round(self.trigger * 1e6),
            window_seconds=round(60 * self.pause),
            pause_seconds=round(60 * self.pause) if self.trigger else 0,
            engine_runs_during_pause=not self.engine_pauses,
        )
        return RuleDial(
            leverage_cap=self.leverage_cap,
            margin=self.margin,
            maintenance=self.maintenance,
            fund=self.fund,
            adl_rule=None if self.adl == "own" else self.adl,
            partial=self.partial,
            throughput=self.throughput,
            breaker=breaker,
        )
