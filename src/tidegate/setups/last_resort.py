"""What a study of a buyer of last resort may set: its dollars, and when and how it buys.

It watches the price from the news on, begins once that has fallen by the trigger, and buys evenly
over its time, at no more than the price that made it begin.
"""

from __future__ import annotations

from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.scenario.spot_buyers import SpotBuyerSpec
from tidegate.setups.crash import BILLION, HOUR
from tidegate.setups.shock import BriefShockParameters
from tidegate.study.experiment import parameter

__all__ = ["LastResortParameters"]


class LastResortParameters(BriefShockParameters):
    """One post, and a reserve in dollars that may buy in the fall."""

    size: float = parameter(
        1.0,
        "Dollars of the reserve, of the arm that the claim is about",
        unit="bn USD",
        source="Kazakhstan's plan of November 2025: 0.5-1.0 bn; arms at 1/2, 5 and 20 times it",
        gt=0,
        le=50,
    )
    trigger: float = parameter(
        0.05,
        "Fall of BTC at which it begins",
        unit="1",
        source="assumption; arms at 0.6 and 1.6 of it",
        gt=0,
        le=0.5,
    )
    work_hours: float = parameter(
        0.5,
        "Time in which it buys",
        unit="h",
        source="assumption: as long as the fall takes",
        gt=0,
        le=1_000,
    )
    slip: float = parameter(
        0.02,
        "How far above the price of the moment it buys at most, and never above its trigger",
        unit="1",
        source="assumption: it is to move the price, so it does not wait for offers",
        gt=0,
        lt=0.5,
    )
    reserve: float = parameter(
        0.0, "Dollars of the reserve", unit="bn USD", source="arms set it", ge=0, le=1_000
    )

    def scenario(self) -> LeveragedScenario:
        """Return the market with its buyer of last resort, if there is one."""
        spec = super().scenario()
        if not self.reserve:
            return spec
        buyer = SpotBuyerSpec(
            name="reserve",
            size=self.reserve * BILLION,
            begin_hours=self.first / HOUR,
            hours=self.work_hours,
            fall=self.trigger,
            slip=self.slip,
        )
        return LeveragedScenario.model_validate({**dict(spec), "buyers": (buyer,)})
