"""Outages of an exchange in a crash: when they come and end, what is paid for them, who leaves.

An outage is settled, and its victims are paid, at prices some time after its end. All of it must
lie within the run, in every arm: parameters with which it would not are refused.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from tidegate.policies.base import Policy
from tidegate.policies.outage import Outage, Recovery
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.setups.crash import DAY
from tidegate.setups.overload import OverloadParameters
from tidegate.study.experiment import parameter

__all__ = ["Compensation", "ExchangeOutage", "outage"]


class ExchangeOutage(OverloadParameters):
    """What may be set."""

    exchange: Literal["binance", "bybit", "okx", "hyperliquid"] = parameter(
        "binance", "The exchange that fails", unit="", source="10 October 2025: the largest"
    )
    after: float = parameter(
        0.0, "Minutes from the news to the outage", unit="min", source="with the load", ge=0
    )
    minutes: float = parameter(
        30.0, "Length", unit="min", source="assumption; 10 October 2025: 30 to 100", gt=0, le=1_440
    )
    compensation: float = parameter(
        1.0, "Share paid in the arm that pays", unit="1", source="assumption", ge=0, le=1
    )
    tolerance: float = parameter(
        1_000.0, "Loss in an outage that a user bears and stays", unit="USD",
        source="assumption: no count of closed accounts is public", ge=0,
    )  # fmt: skip

    # The end of the last outage of any arm, in lengths: one arm doubles it, one comes that late.
    last_end: ClassVar[float] = 2.0

    @model_validator(mode="after")
    def _outages_begin_and_end(self) -> Self:
        """Refuse outages that the run does not see begin and end in every arm."""
        if round(60 * self.minutes) < self.step_seconds:
            raise ValueError(
                f"--minutes is {self.minutes:g}; an outage must take a tick or more: "
                f"--step-seconds is {self.step_seconds}"
            )
        end, run = self.after + self.last_end * self.minutes, (self.day.end - self.first) / 60
        if end + self.step_seconds / 60 > run:
            raise ValueError(
                f"--after is {self.after:g} and --minutes is {self.minutes:g}, so the last outage "
                f"ends {end:g} minutes after the news; it must end a tick before the run: "
                f"--hours is {self.hours:g}, which is {run:g} minutes"
            )
        return self


class Compensation(ExchangeOutage):
    """What may be set."""

    hours: float = parameter(
        4.0, "Hours from the news to the end", unit="h", source="assumption", ge=0.1, le=240
    )
    after: float = parameter(
        15.0,
        "Minutes from the news to the outage",
        unit="min",
        source="10 October 2025: most was liquidated 25, the low came 30 minutes after the post",
        ge=0,
    )
    settled: float = parameter(
        3.0 + 10.0 / 60.0,
        "Hours from the news to the prices at which losses are marked, and paid",
        unit="h",
        source="Binance: 00:00 UTC on 11 October 2025; the post was at 20:50",
        ge=0,
        le=240,
    )
    leave: bool = parameter(
        True, "Who lost more than that trades there no more", unit="", source="assumption"
    )

    last_end: ClassVar[float] = 1.0  # all arms have the same outage

    def scenario(self) -> LeveragedScenario:
        """Return the market, with users who leave."""
        spec = super().scenario()
        crowd = spec.crowd.model_copy(update={"tolerance": self.tolerance if self.leave else None})
        return spec.model_copy(update={"crowd": crowd})

    @property
    def settled_hours(self) -> float:
        """Hours from the end of the outage to its settlement."""
        return max(0.0, self.settled - (self.after + self.minutes) / 60)

    @model_validator(mode="after")
    def _settled_in_the_run(self) -> Self:
        """Refuse a settlement that the run does not see."""
        run = self.day.end - self.first
        if self.known - self.first + self.step_seconds > run:
            raise ValueError(
                f"--settled is {self.settled:g} hours after the news; it must be a tick before "
                f"the run ends: --hours is {self.hours:g}"
            )
        return self

    @property
    def known(self) -> int:
        """Second at which users know what they lost and what they are paid."""
        return self.first + round(60 * (self.after + self.minutes) + 3_600 * self.settled_hours)


def outage(
    p: ExchangeOutage, *, after: float = 0.0, length: float = 1.0, **parts: object
) -> tuple[Policy, ...]:
    """Return an outage some minutes later, and some times as long, than the parameters say."""
    down = p.first + round(60 * (p.after + after))
    up = down + round(60 * p.minutes * length)
    return (
        Outage.model_validate(
            {
                "exchange": p.exchange,
                "announcement_day": down / DAY,
                "effective_day": down / DAY,
                **parts,
            }
        ),
        Recovery(announcement_day=up / DAY, effective_day=up / DAY),
    )
