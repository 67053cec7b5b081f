"""S-curves of adoption: Bass diffusion, logistic growth, and the inertia of those who must act.

Time is in years since the thing could first be adopted and shares are of the pool, so a curve
says the same at any step length. Exponentials and logarithms are the core's own: an adoption
share moves money, so it must have the same bits on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, Self

from tidegate_core.draws import exp, log

__all__ = ["AdoptionCurve", "BassCurve", "DelayedCurve", "LogisticCurve"]

MONTHS_PER_YEAR = 12
DAYS_PER_YEAR = 365.2425

RAMP_LOW, RAMP_HIGH = 0.05, 0.95
"""A ramp is the time from this share of adopters to that one."""


class AdoptionCurve(Protocol):
    """A cumulative share of adopters over time; a value, so that it can be looked up by."""

    def __hash__(self) -> int:
        """Return the hash of its parameters."""
        ...

    def share(self, years: float) -> float:
        """Return the share of the pool that has adopted after ``years``."""
        ...


@dataclass(frozen=True, slots=True)
class BassCurve:
    """Bass (1969): dF/dt = (p + q F)(1 - F), from F(0) = 0.

    Parameters
    ----------
    innovation
        p, 1/yr, > 0: adoption by those who wait for nobody. The default 0.03 and that of
        ``imitation`` are averages over many products (Sultan, Farley and Lehmann 1990).
    imitation
        q, 1/yr, >= 0: adoption in proportion to those who already have.
    """

    innovation: float = 0.03
    imitation: float = 0.38

    def __post_init__(self) -> None:
        _require("innovation", self.innovation, self.innovation > 0.0, "> 0 (1/yr)")
        _require("imitation", self.imitation, self.imitation >= 0.0, ">= 0 (1/yr)")

    @classmethod
    def from_ramp(
        cls,
        months: float,
        *,
        imitation_ratio: float = 0.38 / 0.03,
        low: float = RAMP_LOW,
        high: float = RAMP_HIGH,
    ) -> Self:
        """Return the curve of shape q/p that takes ``months`` from share ``low`` to ``high``.

        Parameters
        ----------
        months
            Length of the ramp, > 0.
        imitation_ratio
            q/p, >= 0: the shape of the curve; the ramp sets its speed only.
        low, high
            Shares between which the ramp is measured, 0 <= low < high < 1.
        """
        _require("months", months, months > 0.0, "> 0")
        _require("imitation_ratio", imitation_ratio, imitation_ratio >= 0.0, ">= 0 (q/p)")
        _check_band(low, high)
        unit = cls(1.0, imitation_ratio)
        p = (unit.time_to(high) - unit.time_to(low)) * MONTHS_PER_YEAR / months
        return cls(p, p * imitation_ratio)

    def ramp_months(self, low: float = RAMP_LOW, high: float = RAMP_HIGH) -> float:
        """Return the months the curve takes from share ``low`` to share ``high``."""
        _check_band(low, high)
        return (self.time_to(high) - self.time_to(low)) * MONTHS_PER_YEAR

    def share(self, years: float) -> float:
        """Return F(years); 0 before the start."""
        if years <= 0.0:
            return 0.0
        left = exp(-(self.innovation + self.imitation) * years)
        return (1.0 - left) / (1.0 + self.imitation / self.innovation * left)

    def rate(self, years: float) -> float:
        """Return dF/dt in 1/yr; 0 before the start."""
        if years < 0.0:
            return 0.0
        share = self.share(years)
        return self.hazard(share) * (1.0 - share)

    def hazard(self, share: float) -> float:
        """Return the adoption rate, 1/yr, of one who has not adopted while ``share`` have."""
        _check_share(share, closed=True)
        return self.innovation + self.imitation * share

    def probability(self, share: float, years: float) -> float:
        """Return the chance that one more adopts within ``years`` while ``share`` have.

        This is the agent form: compare it with one uniform per entity and period.
        """
        _require("years", years, years >= 0.0, ">= 0")
        return 1.0 - exp(-self.hazard(share) * years)

    def time_to(self, share: float) -> float:
        """Return the years until ``share`` of the pool has adopted."""
        _check_share(share)
        ratio = self.imitation / self.innovation
        odds = log((1.0 + ratio * share) / (1.0 - share))
        return odds / (self.innovation + self.imitation)

    @property
    def peak_time(self) -> float:
        """Years until adoption is fastest; 0 where imitation does not exceed innovation."""
        if self.imitation <= self.innovation:
            return 0.0
        ratio = self.imitation / self.innovation
        return log(ratio) / (self.innovation + self.imitation)

    @property
    def peak_share(self) -> float:
        """Share that has adopted when adoption is fastest."""
        if self.imitation <= self.innovation:
            return 0.0
        return 0.5 - 0.5 * self.innovation / self.imitation

    @property
    def peak_rate(self) -> float:
        """Fastest adoption, 1/yr."""
        share = self.peak_share
        return self.hazard(share) * (1.0 - share)

    def discrete(self, pool: float, periods: int, *, years: float = 1.0) -> tuple[float, ...]:
        """Return the adopters at the end of each period under Bass's difference equation.

        Each period adds ``(p + q N / pool)(pool - N) * years``. It lags the closed form by an
        amount of the order of the period: this is the form that sales data are fitted with.

        Parameters
        ----------
        pool
            Size of the pool, > 0.
        periods
            Number of periods, >= 0.
        years
            Length of a period, > 0 and short enough that nobody adopts twice.
        """
        _require("pool", pool, pool > 0.0, "> 0")
        _require("periods", periods, periods >= 0, ">= 0")
        longest = 1.0 / (self.innovation + self.imitation)
        _require("years", years, 0.0 < years <= longest, f"> 0 and <= {longest:.6g} (1/(p + q))")
        adopted, path = 0.0, []
        for _ in range(periods):
            adopted += self.hazard(adopted / pool) * (pool - adopted) * years
            path.append(adopted)
        return tuple(path)


@dataclass(frozen=True, slots=True)
class LogisticCurve:
    """Logistic growth dF/dt = g F (1 - F) from a seed: imitation without innovators.

    Parameters
    ----------
    initial
        Share that adopts at once, 0 < initial < 1.
    growth
        g, 1/yr, > 0.
    """

    initial: float = 0.01
    growth: float = 0.5

    def __post_init__(self) -> None:
        _require("initial", self.initial, 0.0 < self.initial < 1.0, "between 0 and 1, exclusive")
        _require("growth", self.growth, self.growth > 0.0, "> 0 (1/yr)")

    @classmethod
    def from_ramp(
        cls,
        months: float,
        *,
        initial: float = 0.01,
        low: float = RAMP_LOW,
        high: float = RAMP_HIGH,
    ) -> Self:
        """Return the curve from ``initial`` that takes ``months`` from ``low`` to ``high``."""
        _require("months", months, months > 0.0, "> 0")
        _check_band(low, high)
        _require("low", low, low > 0.0, "> 0 (a logistic curve never starts from 0)")
        return cls(initial, (_logit(high) - _logit(low)) * MONTHS_PER_YEAR / months)

    def share(self, years: float) -> float:
        """Return F(years); 0 before the start, ``initial`` at it."""
        if years < 0.0:
            return 0.0
        left = exp(-self.growth * years)
        return self.initial / (self.initial + (1.0 - self.initial) * left)

    def rate(self, years: float) -> float:
        """Return dF/dt in 1/yr; 0 before the start."""
        share = self.share(years)
        return self.growth * share * (1.0 - share)

    def time_to(self, share: float) -> float:
        """Return the years until ``share`` has adopted; 0 if they did at the start."""
        _check_share(share)
        if share <= self.initial:
            return 0.0
        return (_logit(share) - _logit(self.initial)) / self.growth


@dataclass(frozen=True, slots=True)
class DelayedCurve:
    """Two stages: access comes along a curve, and who has access acts at a constant rate.

    dG/dt = r (F - G) with G(0) = 0, where F is the share with access. Solved once on a daily
    grid (exactly, for access linear within the day) and read off linearly between the days, so
    that the answer does not depend on who asks how often.

    Parameters
    ----------
    access
        Curve of access.
    action_rate
        r, 1/yr, > 0: the rate at which one who could act does.
    """

    access: AdoptionCurve
    action_rate: float

    def __post_init__(self) -> None:
        _require("action_rate", self.action_rate, self.action_rate > 0.0, "> 0 (1/yr)")

    def share(self, years: float) -> float:
        """Return G(years), the share of the pool that has acted; 0 before the start."""
        if years <= 0.0:
            return 0.0
        days = years * DAYS_PER_YEAR
        whole = int(days)
        # Whole powers of two, so that a growing horizon solves the curve a few times in all.
        acted = _acted(self.access, self.action_rate, 1 << (whole + 1).bit_length())
        return acted[whole] + (acted[whole + 1] - acted[whole]) * (days - whole)


@lru_cache(maxsize=64)
def _acted(access: AdoptionCurve, action_rate: float, days: int) -> tuple[float, ...]:
    """Return the share that has acted at the end of each day, from day 0."""
    kept = exp(-action_rate / DAYS_PER_YEAR)
    # Weight of the day's growth of access: its mean lies half a day back, decayed.
    growth_weight = 1.0 - (1.0 - kept) * DAYS_PER_YEAR / action_rate
    acted, path = 0.0, [0.0]
    before = access.share(0.0)
    for day in range(1, days + 1):
        now = access.share(day / DAYS_PER_YEAR)
        acted = kept * acted + (1.0 - kept) * before + growth_weight * (now - before)
        path.append(acted)
        before = now
    return tuple(path)


def _logit(share: float) -> float:
    return log(share / (1.0 - share))


def _check_band(low: float, high: float) -> None:
    _require("low, high", (low, high), 0.0 <= low < high < 1.0, "0 <= low < high < 1")


def _check_share(share: float, *, closed: bool = False) -> None:
    inside = 0.0 <= share < 1.0 or (closed and share == 1.0)
    _require("share", share, inside, "in [0, 1]" if closed else "in [0, 1)")


def _require(name: str, value: object, allowed: bool, rule: str) -> None:
    if not allowed:
        raise ValueError(f"{name} must be {rule}, got {value!r}")
