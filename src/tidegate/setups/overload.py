"""What studies of exchanges that cannot take every order may set, and measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import polars as pl

from tidegate.analysis import overload
from tidegate.report.summary import Metric
from tidegate.scenario.rule_dial import RuleDial
from tidegate.setups.crash import BILLION, Day
from tidegate.setups.shock import ShockParameters
from tidegate.study.experiment import parameter

__all__ = ["OVERLOAD", "OverloadParameters", "measure_overload"]

THOUSAND = 1e3

OVERLOAD: Final = (
    Metric.level("queue", "Longest queue of orders", "thousand", delta=1.0),
    Metric.level("wait", "Wait of an order that was delayed", "s", delta=1.0),
    Metric.level("delayed", "Orders delayed", "thousand", delta=10.0),
    Metric.level("refused", "Orders refused", "thousand", delta=10.0),
    Metric.level("late", "Lost by stops that came late", "bn USD", delta=0.01),
)


class OverloadParameters(ShockParameters):
    """A shock, and what exchanges take of the orders that it brings."""

    capacity: int = parameter(
        0,
        "Orders of the public that an exchange takes in a second; 0: any number",
        unit="orders/s",
        source="exchanges' rules: no capacity is published",
        ge=0,
    )
    overload: Literal["queue", "refuse"] = parameter(
        "queue",
        "What happens to orders above it",
        unit="",
        source="Binance, Coinbase on 10 October 2025: delays",
    )
    limit: int = parameter(
        1_000,
        "Capacity in the arms that saturate",
        unit="orders/s",
        source="assumption: ten times what the public of a large exchange sends in calm",
        ge=1,
    )

    def dial(self) -> RuleDial:
        """Return what holds on every exchange."""
        turned = {"capacity": self.capacity or None, "overload": self.overload}
        return super().dial().model_copy(update=turned)


def measure_overload(
    frames: Mapping[str, pl.DataFrame], day: Day, *, exchange: str | None = None
) -> dict[str, float]:
    """Return the metrics of `OVERLOAD` from the news on, of one exchange if named."""
    load, first, end = frames["load"], day.first, day.end
    return {
        "queue": overload.longest_queue(load, exchange=exchange) / THOUSAND,
        "wait": overload.mean_wait(load, first, end, exchange=exchange),
        "delayed": overload.orders(load, "delayed", first, end, exchange=exchange) / THOUSAND,
        "refused": overload.orders(load, "refused", first, end, exchange=exchange) / THOUSAND,
        "late": overload.late_loss(load, first, end, exchange=exchange) / BILLION,
    }
