"""What studies of slow moves share: days of small news that lifts or lowers value, step by step."""

from __future__ import annotations

from tidegate.policies.trade_shock import TradeShock
from tidegate.setups.crash import DAY, HOUR, LeveragedParameters
from tidegate.study.experiment import Timeline, parameter

__all__ = ["TrendParameters", "timeline"]


class TrendParameters(LeveragedParameters):
    """Days in which news moves value one way; an experiment adds its own."""

    accounts: int = parameter(
        2_000, "Simulated leveraged accounts", unit="accounts", source="resolution", ge=2_000
    )
    step_seconds: int = parameter(600, "Length of a tick", unit="s", source="resolution", ge=60)
    lead_hours: float = parameter(
        0.5, "Hours before the first news", unit="h", source="burn-in", ge=0.1, le=240
    )
    days: float = parameter(5.0, "Length", unit="days", source="assumption", gt=0, le=100)
    move: float = parameter(
        0.1,
        "What news does to value, log price of BTC, up or down",
        unit="1",
        source="assumption",
        gt=0,
        le=1,
    )
    post_hours: float = parameter(
        4.0, "Between two pieces of that news", unit="h", source="resolution", gt=0, le=24
    )

    def spans(self) -> dict[str, float]:
        """Return the seconds before the first news, and after."""
        return {**super().spans(), "days": self.days * DAY}

    @property
    def end(self) -> int:
        """Second at which the run ends."""
        ticks = round(self.days * DAY / self.step_seconds)
        return self.first + ticks * self.step_seconds

    def news(self, move: float) -> tuple[TradeShock, ...]:
        """Return news that moves value by so much, in equal pieces."""
        pieces = max(1, round((self.end - self.first) / (self.post_hours * HOUR)))
        terms = {"size": move / pieces, "ramp_minutes": 1.0}
        days = [(self.first + round(at * self.post_hours * HOUR)) / DAY for at in range(pieces)]
        return tuple(
            TradeShock(name=f"news {at}", announcement_day=day, effective_day=day, **terms)
            for at, day in enumerate(days)
        )


def timeline(p: TrendParameters) -> Timeline:
    """Return when arms part and when they end."""
    step = p.step_seconds
    return Timeline(p.first // step, p.end // step, (p.end - p.first) / DAY)
