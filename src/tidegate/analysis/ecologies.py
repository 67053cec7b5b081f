"""What a calibration can fit: crowds that form the market's valuation, alike whoever they are.

An ecology is a scenario specification that makes a clock of the crowd's valuation, and a list of
the parameters that are free in it. All are simulated in the same way: the clock runs alone (the
traded price is its valuation), from the very draws that a market with the same seed would use,
and in the same hours of the week.
A new ecology is one more entry in `ECOLOGIES`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from tidegate.activity_clock import weekly_clock
from tidegate.analysis.season_paths import WEEK_MINUTES, by_calendar
from tidegate.scenario import BeliefSpec, ChiarellaSpec, SwitchingSpec
from tidegate.streams import Streams

__all__ = ["ECOLOGIES", "ClockEcology", "Ecology", "Free", "Paths", "ecology_named"]

Floats = NDArray[np.float64]

MINUTES: Final = 1440  # to a day
HOURS: Final = 24
CALM_HOURS: Final = 4  # between two looks at the variance
FIRST_DAY: Final = dt.date(2026, 1, 5)  # a Monday, as the market's


class Clock(Protocol):
    """A valuation that moves by itself."""

    @property
    def relative_variance(self) -> float:
        """Variance a day, in units of the long-run scale's."""

    def warm_up(self, days: float) -> None:
        """Run up to time 0, so that what it remembers has seen a past."""

    @property
    def consensus(self) -> float:
        """Log valuation now."""

    def trace(self, step_seconds: int, steps: int, variance: Floats | None = None) -> Floats:
        """Return the log valuation at the end of each step, and write its relative variance."""


class Valuation(Protocol):
    """Specification of a crowd's valuation: frozen, with a default for every field."""

    @property
    def warm_up_days(self) -> int:
        """Past that it needs."""

    @property
    def annual_volatility(self) -> float:
        """Scale that its variance is told in."""

    def clock(self, key: int, price: float = 1.0) -> Clock:
        """Return its clock, without a past."""

    def model_copy(self, *, update: Mapping[str, Any]) -> Self:
        """Return the specification with other values."""


@dataclass(frozen=True, slots=True)
class Free:
    """A parameter that is searched for, between bounds; positive ones mostly in logs."""

    name: str
    low: float
    high: float
    log: bool = True

    def __post_init__(self) -> None:
        """Refuse bounds that no search can work with."""
        if not self.low < self.high or (self.log and not self.low > 0.0):
            least = " and above 0" if self.log else ""
            raise ValueError(
                f"{self.name} is free from {self.low} to {self.high}; bounds must rise{least}"
            )


@dataclass(frozen=True, eq=False)
class Paths:
    """A simulated log price minute by minute, and what bars make of it."""

    minutes: Floats = field(repr=False)

    @cached_property
    def hour(self) -> Floats:
        """Log price at the end of each hour."""
        return self.minutes[59::60]

    @cached_property
    def day(self) -> Floats:
        """Log price at the end of each day."""
        return self.minutes[MINUTES - 1 :: MINUTES]

    def months(self, count: int, days: int = 30) -> list[Floats]:
        """Return `count` stretches of minutes of so many days, spread evenly."""
        length = days * MINUTES + 1
        starts = np.linspace(0, len(self.minutes) - length, count).astype(np.int64)
        return [self.minutes[start : start + length] for start in starts.tolist()]


class Ecology(Protocol):
    """A crowd that can be calibrated."""

    @property
    def name(self) -> str:
        """As the scenario calls it."""

    @property
    def table(self) -> str:
        """Name of its file of committed values, and of their table in it."""

    @property
    def free(self) -> tuple[Free, ...]:
        """What is searched for."""

    @property
    def scale(self) -> str | None:
        """One more parameter, that log prices are proportional to: volatility gives it."""

    def defaults(self) -> dict[str, float]:
        """Return the committed values of what is free, and of the scale."""

    def excess(self, values: Mapping[str, float]) -> float:
        """Return by how much values break what must hold between them; 0 when they do not."""

    def simulate(self, values: Mapping[str, float], seed: int, days: int) -> Paths:
        """Return the paths of a seed; what is not given is as committed."""

    def calm(
        self, values: Mapping[str, float], seeds: Sequence[int], days: int
    ) -> dict[str, float]:
        """Return what follows from the values and is committed with them."""


@dataclass(frozen=True)
class ClockEcology:
    """An ecology whose valuation is a scenario specification's clock.

    Parameters
    ----------
    name : str
        As the scenario calls it.
    spec : Valuation
        The specification with its committed values.
    free : tuple of Free
        What is searched for.
    scale : str, optional
        Parameter that log prices are proportional to.
    summed : tuple of str
        Parameters whose sum must stay at or below 1.
    file : str, optional
        Name of the file of committed values, and of their table in it, if it is not the name.
    """

    name: str
    spec: Valuation
    free: tuple[Free, ...]
    scale: str | None = None
    summed: tuple[str, ...] = ()
    file: str = ""

    @property
    def table(self) -> str:
        """Name of its file of committed values, and of their table in it."""
        return self.file or self.name

    def defaults(self) -> dict[str, float]:
        """Return the committed values of what is free, and of the scale."""
        names = [*(free.name for free in self.free), *([self.scale] if self.scale else [])]
        return {name: float(getattr(self.spec, name)) for name in names}

    def excess(self, values: Mapping[str, float]) -> float:
        """Return by how much the values that are summed go beyond 1."""
        whole = {**self.defaults(), **values}
        return max(sum(whole[name] for name in self.summed) - 1.0, 0.0)

    def simulate(self, values: Mapping[str, float], seed: int, days: int) -> Paths:
        """Run the clock alone, after its warm-up, with the seed's own draws of the model."""
        clock, streams = self._past(values, seed), Streams(seed)
        start, weeks = clock.consensus, -(-days // 7)
        variance = np.empty(weeks * WEEK_MINUTES)
        path = clock.trace(60, len(variance), variance)
        daily = self.spec.model_copy(update=dict(values)).annual_volatility ** 2 / 365.0
        variance *= daily / MINUTES
        moves = np.diff(path, prepend=start)
        week = weekly_clock("variance", FIRST_DAY)
        moves = by_calendar(moves, variance, week, streams.key("retail", "season"))
        return Paths(start + np.cumsum(moves[: days * MINUTES]))

    def calm(
        self, values: Mapping[str, float], seeds: Sequence[int], days: int
    ) -> dict[str, float]:
        """Return the means of relative variance and of its root: what counts as calm."""
        seen = []
        for seed in seeds:
            clock = self._past(values, seed)
            for _ in range(days * HOURS // CALM_HOURS):
                clock.trace(CALM_HOURS * 3600, 1)
                seen.append(clock.relative_variance)
        variance = np.array(seen)
        return {
            "mean_variance": float(variance.mean()),
            "mean_activity": float(np.sqrt(variance).mean()),
        }

    def _past(self, values: Mapping[str, float], seed: int) -> Clock:
        spec = self.spec.model_copy(update=dict(values))
        clock = spec.clock(Streams(seed).key("retail", "belief"))
        clock.warm_up(spec.warm_up_days)
        return clock


FCN: Final = ClockEcology(
    name="fcn",
    spec=BeliefSpec(),
    free=(
        Free("fast_weight", 0.2, 0.7),
        Free("slow_weight", 0.2, 0.7),
        Free("fast_saturation", 100.0, 5000.0),
        Free("slow_saturation", 20.0, 1000.0),
        Free("news_share", 0.1, 0.9),
    ),
    scale="annual_volatility",
    summed=("fast_weight", "slow_weight"),
    file="belief",
)

SWITCHING: Final = ClockEcology(
    name="switching",
    spec=SwitchingSpec(),
    free=(
        Free("fastest_per_day", 20.0, 5000.0),
        Free("slowest_per_day", 0.05, 5.0),
        Free("herds", 1.0, 50.0),
        Free("predisposition", -1.0, 5.0, log=False),
        Free("herding", 0.1, 8.0),
        Free("calm_noise", 0.005, 0.3),
        Free("tilt", -0.3, 0.3, log=False),
        Free("value_share", 1e-6, 0.01),
    ),
    scale="annual_volatility",
)
CHIARELLA: Final = ClockEcology(
    name="chiarella",
    spec=ChiarellaSpec(),
    free=(
        Free("shortest_minutes", 1.0, 60.0),
        Free("longest_days", 5.0, 150.0),
        Free("trend", 0.01, 1.0),
        Free("steepness", 0.005, 0.5),
        Free("attraction", 3.0, 99.0),
        Free("tilt", 0.0, 0.4, log=False),
        Free("value_share", 0.01, 2.0),
    ),
    scale="annual_volatility",
)

ECOLOGIES: Final[dict[str, Ecology]] = {
    ecology.name: ecology for ecology in (FCN, SWITCHING, CHIARELLA)
}


def ecology_named(name: str) -> Ecology:
    """Return an ecology by its name."""
    if name not in ECOLOGIES:
        raise ValueError(f"ecology is {name!r}; it must be {' or '.join(ECOLOGIES)}")
    return ECOLOGIES[name]
