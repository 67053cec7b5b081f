"""What studies of rules and faults share: one shock, the harm done, the activity it costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, Final

import polars as pl

from tidegate.analysis import crash
from tidegate.policies.trade_shock import TradeShock
from tidegate.report.summary import Metric
from tidegate.scenario.leveraged import ExchangeSpec, LeveragedScenario
from tidegate.scenario.venue_rules import load_family
from tidegate.setups.crash import BILLION, DAY, HOUR, Day, LeveragedParameters, measure_crash
from tidegate.study.experiment import Timeline, parameter

__all__ = [
    "HARM",
    "BriefShockParameters",
    "ShockParameters",
    "kept_interest",
    "measure_harm",
    "timeline",
    "under_cap",
]

LOWEST: Final = (1.0, 3.0, 7.0)  # leverage from which the public's groups begin

HARM: Final = (
    Metric.level("users_loss", "Users' loss", "bn USD", delta=0.5),
    Metric.level("loss_rate", "Users' loss over stakes", "%", delta=0.01),
    Metric.level("wiped", "Users liquidated", "%", delta=0.02),
    Metric.level("top_wiped", "Liquidated, highest leverage", "%", delta=0.02),
    Metric.level("gini", "Gini of losses", "", delta=0.05),
    Metric.level("mean_return", "Mean return of users", "%", delta=0.01),
    Metric.level("median_return", "Median return of users", "%", delta=0.01),
    Metric.level("interest", "Open interest before", "bn USD", delta=5.0),
    Metric.level("volume", "Traded from then on", "bn USD", delta=5.0),
)


class ShockParameters(LeveragedParameters):
    """One post of the size of the second one of 10 October 2025; an experiment adds its own."""

    accounts: int = parameter(
        20_000,
        "Simulated leveraged accounts of all exchanges",
        unit="accounts",
        source="resolution",
        ge=2_000,
        le=10_000_000,
    )
    lead_hours: float = parameter(
        1.5,
        "Hours before the news",
        unit="h",
        source="burn-in: trade takes half an hour to settle down",
        ge=0.1,
        le=240,
    )
    hours: float = parameter(
        2.0, "Hours from the news to the end", unit="h", source="assumption", ge=0.1, le=240
    )
    shock: float = parameter(
        -0.04,
        "What the news does to value, log price of BTC",
        unit="1",
        source="calibrated: second post of 10 October 2025, bounded to 2.5-5 %",
        ge=-1,
        le=0,
    )
    burst: float = parameter(
        2.5, "Extra noise after it", unit="calm volatility", source="calibrated", ge=0, le=50
    )
    surrender: float = parameter(
        0.5,
        "Part of what exceeds a cap on leverage that is given up, not backed by more margin",
        unit="1",
        source="assumption within 0-1; a cap cut retail volume (Heimer and Simsek 2019)",
        ge=0,
        le=1,
    )

    options_instead: ClassVar[Mapping[str, str]] = {
        **LeveragedParameters.options_instead,
        "dial.leverage_cap": "--leverage-cap, which open interest depends on too",
    }

    def spans(self) -> dict[str, float]:
        """Return the seconds before the news, and after."""
        return {**super().spans(), "hours": self.hours * HOUR}

    def scenario(self) -> LeveragedScenario:
        """Return the market of these parameters, with the interest that its cap leaves."""
        return under_cap(super().scenario(), self.surrender)

    @property
    def day(self) -> Day:
        """When the news breaks and when the run ends."""
        first = self.first
        ticks = round(self.hours * HOUR / self.step_seconds)
        return Day(first, first, first + ticks * self.step_seconds)

    def news(self) -> tuple[TradeShock, ...]:
        """Return the post."""
        at = self.first / DAY
        return (
            TradeShock(size=self.shock, burst=self.burst, announcement_day=at, effective_day=at),
        )


class BriefShockParameters(ShockParameters):
    """The same until the trough alone, at a size that many arms can afford."""

    accounts: int = parameter(
        6_000,
        "Simulated leveraged accounts of all exchanges",
        unit="accounts",
        source="resolution",
        ge=2_000,
        le=10_000_000,
    )
    lead_hours: float = parameter(
        0.75, "Hours before the news", unit="h", source="burn-in: trade takes half an hour", ge=0.1,
        le=240,
    )  # fmt: skip
    hours: float = parameter(
        1.0, "Hours from the news to the end", unit="h", source="a trough takes up to 57 minutes",
        ge=0.1, le=240,
    )  # fmt: skip


def timeline(p: ShockParameters) -> Timeline:
    """Return when arms part and when they end."""
    day = p.day
    return Timeline(
        day.first // p.step_seconds, day.end // p.step_seconds, (day.end - day.first) / DAY
    )


def kept_interest(cap: float, most: float, surrender: float) -> tuple[float, ...]:
    """Return the part of each group's open interest that is left under a cap on leverage.

    Within a group interest is uniform in one over leverage. Who has more leverage than the cap
    brings more margin for a part of the excess, and gives up the rest.

    Parameters
    ----------
    cap, most
        Most leverage under the cap, and before.
    surrender
        Part of the excess that is given up.
    """
    parts = []
    ends = (*LOWEST[1:], max(most, LOWEST[-1] + 1.0))
    for low, high in zip(LOWEST, ends, strict=True):
        nearest, farthest = 1.0 / high, 1.0 / low
        edge = min(max(1.0 / min(cap, most), nearest), farthest)
        # Of what is beyond the cap a position keeps cap / leverage.
        backed = (edge * edge - nearest * nearest) / 2 * cap + (farthest - edge)
        parts.append(1.0 - surrender * (1.0 - backed / (farthest - nearest)))
    return tuple(parts)


def under_cap(spec: LeveragedScenario, surrender: float) -> LeveragedScenario:
    """Return the scenario with the interest that the dial's cap on leverage leaves.

    Longs that no fall reaches stay; shorts hedged elsewhere are as many fewer as their
    counterparts are.
    """
    cap, shares = spec.dial.leverage_cap, spec.interest.class_shares
    if cap is None:
        return spec
    own = [load_family(exchange.family).leverage_cap for exchange in spec.exchanges]
    kept = [kept_interest(min(cap, most), most, surrender) for most in own]
    parts = [
        math.fsum(s * k for s, k in zip(shares, part, strict=True)) / math.fsum(shares)
        for part in kept
    ]
    left = [
        e.interest_share * (e.out_of_reach + (1.0 - e.out_of_reach) * part)
        for e, part in zip(spec.exchanges, parts, strict=True)
    ]
    total = math.fsum(left)
    exchanges = tuple(_shrunk(*of, total) for of in zip(spec.exchanges, parts, left, strict=True))
    largest = kept[own.index(max(own))]
    interest = {
        "one_sided": spec.interest.one_sided * total,
        "class_shares": tuple(s * k for s, k in zip(shares, largest, strict=True)),
    }
    changes = {
        "exchanges": exchanges,
        "interest": spec.interest.model_copy(update=interest),
    }
    return LeveragedScenario.model_validate({**dict(spec), **changes})


def _shrunk(exchange: ExchangeSpec, part: float, interest: float, total: float) -> ExchangeSpec:
    before = exchange.interest_share / interest
    return exchange.model_copy(
        update={
            "interest_share": interest / total,
            "out_of_reach": exchange.out_of_reach * before,
            "hedged": 1.0 - (1.0 - exchange.hedged) * part * before,
        }
    )


def measure_harm(
    frames: Mapping[str, pl.DataFrame], day: Day, *, exchange: str | None = None
) -> dict[str, float]:
    """Return the metrics of `CRASH` and `HARM` for one run; the latter of one exchange if named."""
    accounts, events, exchanges = (frames[n] for n in ("accounts", "liquidations", "exchanges"))
    start, end = day.first, day.end + 1
    mean, median = crash.account_returns(accounts, exchange=exchange)
    top = crash.highest_group(accounts)
    wiped = {
        name: crash.wiped_share(accounts, events, start, end, exchange=exchange, group=group)
        for name, group in (("wiped", None), ("top_wiped", top))
    }
    return {
        **measure_crash(frames, day),
        **wiped,
        "users_loss": crash.users_loss(accounts, exchange=exchange) / BILLION,
        "loss_rate": crash.loss_rate(accounts, exchange=exchange),
        "gini": crash.loss_gini(accounts, exchange=exchange),
        "mean_return": mean,
        "median_return": median,
        "interest": crash.open_interest(exchanges, day.first, exchange=exchange) / BILLION,
        "volume": crash.traded(frames["bars"], day.first, day.end) / BILLION,
    }
