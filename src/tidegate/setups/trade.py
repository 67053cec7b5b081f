"""What studies of trade as a threat may set: the threat, its days, and what comes of it."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from tidegate.policies.export_controls import Distrust, Escalation, GoodsShock, Softening
from tidegate.scenario import Scenario
from tidegate.scenario.commodities import CommoditiesSpec, DistrustSpec
from tidegate.scenario.mining_hosts import YEAR_2026
from tidegate.scenario.trade_news import TradeNewsSpec
from tidegate.setups.commodity import CommodityParameters
from tidegate.study.experiment import parameter

__all__ = ["SOON", "ExportControls"]

NEWS = TradeNewsSpec()
SOON: Final = 5  # days after news, of a threat or of its relief, at which prices are read
WEEK = 7
BILLION = 1e9


class ExportControls(CommodityParameters):
    """What may be set."""

    size: float = parameter(
        1.0, "Size of the escalation", unit="threat of 10 October 2025",
        source="as it was (M6)", gt=0, le=10,
    )  # fmt: skip
    notice: int = parameter(
        22, "Days from the threat until it is due", unit="days",
        source="10 October to 1 November 2025", ge=SOON + 3, le=50,
    )  # fmt: skip
    softening: float = parameter(
        0.55, "What a softer tone takes away", unit="1",
        source="computed: part of the fall regained on 12-13 October 2025", gt=0, le=1,
    )  # fmt: skip
    soft_days: int = parameter(
        2, "Days from the threat to the softer tone: from Friday to Sunday", unit="days",
        source="12 October 2025", ge=1, le=20,
    )  # fmt: skip
    gold_effect: float = parameter(
        NEWS.gold, "What the threat tells gold; 0: money alone moves it", unit="log price",
        source="10 October 2025: +1.4 %", ge=-1, le=1,
    )  # fmt: skip
    premium: float = parameter(
        0.0, "What not knowing costs by itself", unit="log price of BTC",
        source="off: no measurement", ge=0, le=1,
    )  # fmt: skip
    lost: float = parameter(
        0.5, "Controlled supply that does not arrive, where goods are short", unit="1",
        source="assumption", gt=0, le=1,
    )  # fmt: skip
    distrust_usd: float = parameter(
        20.0, "Savings in coins a year at full distrust", unit="bn USD",
        source="assumption: nobody has measured it", gt=0, le=1000,
    )  # fmt: skip

    read_beyond: ClassVar = {"notice": WEEK}

    def news(self) -> TradeNewsSpec:
        """Return direct effects with these dials."""
        return NEWS.model_copy(update={"gold": self.gold_effect, "premium": self.premium})

    def commodities(self) -> CommoditiesSpec:
        """Return metals, news and traders, the distrustful among them."""
        savers = DistrustSpec(usd_year=self.distrust_usd * BILLION)
        return super().commodities().model_copy(update={"distrust": savers})

    def scenario(self) -> Scenario:
        """Return the market with miners too, whom goods may not reach."""
        return super().scenario().model_copy(update={"mining": YEAR_2026})

    # -- days ---------------------------------------------------------------------------------

    @property
    def eve(self) -> int:
        """Last day before the news."""
        return self.warm_up_days - 1

    @property
    def relief_day(self) -> int:
        """Day at which relief is read, whether there is a softer tone or not."""
        return self.eve + self.soft_days + SOON

    @property
    def last_day(self) -> int:
        """Last day of the run."""
        return self.warm_up_days + self.days - 1

    @property
    def scare_days(self) -> range:
        """Days from the eve of the news until a week after what it threatens is due."""
        return range(self.eve, self.warm_up_days + self.notice + WEEK)

    # -- policies -----------------------------------------------------------------------------

    def on(self, after: int = 0) -> dict[str, Any]:
        """Return the dates of a policy that is public and decided some days after the news."""
        return dict.fromkeys(("announcement_day", "effective_day"), self.warm_up_days + after)

    def threat(self, times: float = 1.0, *, done: bool = False) -> Escalation:
        """Return a threat, by its size over that which is set; carried out when due, or dropped."""
        due = {**self.on(), "effective_day": self.warm_up_days + self.notice}
        return Escalation(size=times * self.size, success_probability=float(done), **due)

    def surprise(self) -> Escalation:
        """Return what is carried out without a threat."""
        return Escalation(size=self.size, **self.on())

    def softer(self) -> Softening:
        """Return the softer tone some days later."""
        return Softening(strength=self.softening, **self.on(self.soft_days))

    def goods(self) -> GoodsShock:
        """Return goods that do not arrive until the end."""
        return GoodsShock(lost=self.lost, days=float(self.days), **self.on())

    def distrust(self, level: float) -> Distrust:
        """Return distrust at a level."""
        return Distrust(level=level, **self.on())
