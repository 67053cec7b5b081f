"""What a study of contagion by record may set: the record, and systems abroad that watch plans.

News sets the leader's record some days after its purchase has begun. States look at the leader,
systems abroad at how many US plans list coins; `alike` makes all candidates of each class equal.
"""

from __future__ import annotations

from typing import Final

from tidegate.scenario import Scenario
from tidegate.scenario.foreign_systems import SYSTEMS, ForeignSpec
from tidegate.setups.adoption import NEWS, AdoptionParameters
from tidegate.study.experiment import Timeline, parameter

__all__ = ["COLLECTIVE", "DIRECTED", "ContagionParameters", "timeline"]

DIRECTED: Final = tuple(system.name for system in SYSTEMS if system.kind == "dc")
COLLECTIVE: Final = tuple(system.name for system in SYSTEMS if system.kind in ("db", "government"))


class ContagionParameters(AdoptionParameters):
    """A leader with a record, those who look at it, and what systems abroad ask for."""

    record: float = parameter(
        0.4,
        "News that makes the leader's record, up or down",
        unit="log price",
        source="assumption: four fifths of a year's volatility",
        gt=0,
        le=2,
    )
    after: int = parameter(
        180, "Days from the purchase's start to the news", unit="days", source="assumption", ge=90
    )
    days: int = parameter(
        1826, "Days after the start", unit="days", source="five years: S20.3", ge=200, le=5000
    )
    caution: float = parameter(
        1.0,
        "What systems abroad ask for, over the default: a share of US plans that list coins",
        unit="1",
        source="assumption: 0.1, 0.25 and 0.4 of assets, by who decides",
        ge=0,
        le=2,
    )
    alike: bool = parameter(
        False,
        "True: states look at all others alike, systems ask for the same, whoever decides",
        unit="yes/no",
        source="an arm sets it: the control of KZ-H17 and PEN-H19",
    )

    def scenario(self) -> Scenario:
        """Return the market with states, plans and systems abroad."""
        parts = {
            "easing": NEWS,
            "states": self.states(),
            "state_peers": self.peers(alike=self.alike),
            "plans": self.sector(),
            "foreign": self.systems(),
        }
        return super().scenario().model_copy(update=parts)

    def systems(self) -> ForeignSpec:
        """Return the systems abroad and what they ask for."""
        spec = ForeignSpec()
        kinds = {"dc": spec.dc, "db": spec.db, "government": spec.government}
        if self.alike:
            kinds = dict.fromkeys(kinds, spec.dc)
        asked = {
            kind: terms.model_copy(update={"threshold": min(1.0, self.caution * terms.threshold)})
            for kind, terms in kinds.items()
        }
        return spec.model_copy(update=asked)


def timeline(p: ContagionParameters) -> Timeline:
    """Return when arms part and when they end."""
    per_day = p.scenario().ticks_per_day
    return Timeline(p.warm_up_days * per_day, (p.warm_up_days + p.days) * per_day, float(p.days))
