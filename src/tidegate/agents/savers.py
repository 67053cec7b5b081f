"""Savers of many plans in columns: what they have, save and draw, and how they take up coins.

A column entry is one plan's savers of one birth cohort and wealth group, thousands of people: it
acts in shares, and no luck is drawn. Money is whole micro-USD; take-up is a share in [0, 1].
"""

from __future__ import annotations

import copy
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from tidegate_core.draws import exp, normal_quantile

from tidegate.agents.glide_path import GlidePath
from tidegate.agents.whole_columns import PPB, Whole, in_ppb, scaled, spread, total
from tidegate.scenario.savers import SaverSpec

__all__ = ["Savers", "group_means", "saving_rate", "working_share"]

Floats = NDArray[np.float64]
MONTHS = 12
QUANTILES = 64  # points at which a group's mean is taken


def saving_rate(spec: SaverSpec, age: float) -> float:
    """Return the share of pay that one of an age saves."""
    steps = sum(age >= at for at in spec.saving_ages)
    return spec.saving_rates[min(steps, len(spec.saving_rates) - 1)]


def working_share(spec: SaverSpec, age: float) -> float:
    """Return the share of a cohort at work at an age."""
    left = (age - spec.leaving_age) / (spec.left_age - spec.leaving_age)
    return _entered(spec, age) * (1.0 - min(max(left, 0.0), 1.0))


def _entered(spec: SaverSpec, age: float) -> float:
    """Return the share of a cohort that has entered work, be it still there or not."""
    return min(max((age - spec.entry_age) / (spec.entered_age - spec.entry_age), 0.0), 1.0)


def group_means(groups: int, sigma: float) -> tuple[float, ...]:
    """Return the mean of each of ``groups`` equal groups of a lognormal, against that of all."""
    points = groups * QUANTILES
    values = [exp(sigma * normal_quantile((k + 0.5) / points)) for k in range(points)]
    means = [sum(values[g * QUANTILES : (g + 1) * QUANTILES]) / QUANTILES for g in range(groups)]
    overall = sum(means) / groups
    return tuple(mean / overall for mean in means)


def _tilt(spec: SaverSpec) -> Floats:
    """Return how much more often each wealth group acts than the middle one."""
    middle = (spec.groups - 1) / 2.0
    return np.array(
        [1.0 + spec.wealth_tilt * (g - middle) / max(middle, 1.0) for g in range(spec.groups)]
    )


class Savers:
    """Money and habits of the savers of all plans.

    Parameters
    ----------
    spec : SaverSpec
        Cohorts and behaviour.
    assets : array of int64
        Assets of each plan at the start, micro-USD.
    contributions : array of int64
        Contributions to each plan in the first year, USD.
    default_reach : float
        Share of the assets that is in default funds.
    education : array of float
        Education of each plan's savers, 0-1.

    Attributes
    ----------
    other : array of int64, shape (plans, cohorts, groups)
        Money that is not in coins, micro-USD.
    default : array of int64
        The part of it that is in default funds.
    uptake : array of float
        Share of those in reach who have taken the route.
    regret : array of float
        Share of those in reach who sold in a panic, and have not got over it.
    months : int
        Months since the start.
    """

    def __init__(
        self,
        spec: SaverSpec,
        *,
        assets: Whole,
        contributions: Whole,
        default_reach: float,
        education: Floats,
    ) -> None:
        self.spec = spec
        self.glide = GlidePath(**dict(spec.glide))
        self.education = education
        self.months = 0
        cohorts = spec.cohorts
        wealth = group_means(spec.groups, spec.wealth_sigma)
        money = np.array([c.heads * c.balance * w for c in cohorts for w in wealth])
        shape = (len(assets), len(cohorts), spec.groups)
        self.other: Whole = spread(assets, money).reshape(shape)
        self.default: Whole = scaled(self.other, round(default_reach * PPB), PPB)
        self.uptake = np.zeros(shape)
        self.regret = np.zeros(shape)
        self._tilt = _tilt(spec)
        self._pay = np.array(group_means(spec.groups, spec.pay_sigma))
        self._wish = self._relative_wish()
        weights = self._contributors().reshape(-1)
        upto = np.add.accumulate(weights)
        # What a unit of pay weight saves in a year, per plan: the first year's sum is as told.
        self._per_weight = contributions / upto[-1]
        self._first = spread(contributions, weights).reshape(shape)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = copy.copy(self)
        for name in ("other", "default", "uptake", "regret"):
            setattr(twin, name, getattr(self, name).copy())
        return twin

    @property
    def shape(self) -> tuple[int, ...]:
        """Plans, cohorts, wealth groups."""
        return self.other.shape

    # -- age ----------------------------------------------------------------------------------

    @property
    def ages(self) -> tuple[float, ...]:
        """Mean age of each cohort now."""
        passed = self.months / MONTHS if self.spec.turnover else 0.0
        return tuple(c.age + passed for c in self.spec.cohorts)

    @property
    def heads(self) -> Floats:
        """Participants of the sector by cohort: those who have entered, at work or not."""
        spec = self.spec
        start = sum(c.heads * _entered(spec, c.age) for c in spec.cohorts)
        joined = [
            c.heads * _entered(spec, age) for c, age in zip(spec.cohorts, self.ages, strict=True)
        ]
        return np.array(joined) * (spec.heads / start)

    def _contributors(self) -> Floats:
        """Return each cohort's and group's weight in contributions at its age now."""
        spec = self.spec
        saved = [
            c.heads * c.pay * working_share(spec, age) * saving_rate(spec, age)
            for c, age in zip(spec.cohorts, self.ages, strict=True)
        ]
        weights: Floats = np.array(saved)[:, None] * self._pay[None, :]
        return weights

    def contributions(self, pay_growth: float) -> Whole:
        """Return a year's contributions at the pace of now, USD."""
        if self.months == 0:
            return self._first
        grown = exp(pay_growth * self.months / MONTHS)
        yearly = self._per_weight[:, None, None] * (self._contributors() * grown)[None]
        whole: Whole = np.rint(yearly).astype(np.int64)
        return whole

    def drawdown_rates(self) -> Whole:
        """Return the share of savings that each cohort draws this month, ppb."""
        spec, rates = self.spec, []
        for age in self.ages:
            gone = 1.0 - working_share(spec, age) if age > spec.leaving_age else 0.0
            left = max(MONTHS * (spec.horizon_age - age), 1.0)
            rates.append(round(min(gone / left, 1.0) * PPB))
        return np.array(rates, dtype=np.int64)

    # -- coins --------------------------------------------------------------------------------

    def _relative_wish(self) -> Floats:
        """Return each cohort's wish against that of the average dollar."""
        money = [float(total(self.other[:, c])) for c in range(len(self.spec.cohorts))]
        wishes = [c.wish for c in self.spec.cohorts]
        mean = sum(m * w for m, w in zip(money, wishes, strict=True)) / sum(money)
        return np.array([w / mean for w in wishes]) if mean > 0.0 else np.zeros(len(wishes))

    def knowing(self, least: float | None) -> Floats:
        """Return the education of each plan's savers, of which a lever may set the least."""
        return self.education if least is None else np.maximum(self.education, least)

    def weights(
        self, allocation: float, *, chosen: bool, glides: bool, education: Floats
    ) -> Floats:
        """Return the weight of coins that a taker holds, by plan and cohort.

        Parameters
        ----------
        allocation
            The weight that the route suggests.
        chosen
            Whether savers choose it themselves, and may overdo it.
        glides
            Whether a target-date fund holds it.
        education
            By plan.
        """
        if chosen:
            weight = allocation * (1.0 + self.spec.behaviour.excess * (1.0 - education))
            most = max(self.spec.behaviour.account_cap, allocation)
            return np.repeat(np.minimum(weight, most)[:, None], len(self.ages), axis=1)
        by_age = [self.glide.coins(age, allocation) if glides else allocation for age in self.ages]
        return np.repeat(np.array(by_age)[None, :], len(education), axis=0)

    def take_up(
        self,
        offers: NDArray[np.bool_],
        *,
        action_rate: float | None,
        phase: float,
        reach: float,
        gain: float,
        education: Floats,
    ) -> None:
        """Move a month's take-up towards those who want it.

        Parameters
        ----------
        offers
            Plans that offer the route; in the others nobody takes or keeps it.
        action_rate
            Rate at which one who wants it gets round to it, 1/yr; None: nobody has to.
        phase
            Part of the way that goes by itself in a month, where nobody has to act.
        reach
            Share of the money that would take it; no group can be more than whole.
        gain
            Log return of the coins over the past year, which the uneducated chase.
        education
            By plan.
        """
        kept = exp(-1.0 / (MONTHS * self.spec.behaviour.regret_years))
        self.regret *= kept
        free = 1.0 - self.regret
        if action_rate is None:
            step = np.minimum(phase, np.maximum(free - self.uptake, 0.0))
        else:
            chasing = 1.0 + self.spec.behaviour.chase * gain * (1.0 - education)
            pace = action_rate / MONTHS * np.minimum(np.maximum(chasing, 0.0), 5.0)
            goal = np.minimum(self._wish[:, None] * self._tilt[None, :], 1.0 / reach)[None] * free
            gap = np.maximum(goal - self.uptake, 0.0)
            step = np.minimum(pace, 1.0)[:, None, None] * gap
        self.uptake = np.where(offers[:, None, None], self.uptake + step, 0.0)

    def panic(self, fall: float, *, chosen: bool, education: Floats) -> Whole | None:
        """Return the share of their coins that savers sell this month, ppb; None: nobody does.

        Parameters
        ----------
        fall
            Fall of the coins from the year's high, 0-1.
        chosen
            Whether they chose coins themselves.
        education
            By plan.
        """
        habits = self.spec.behaviour
        beyond = fall - habits.panic_threshold
        if beyond <= 0.0:
            return None
        scale = habits.panic * beyond * (1.0 if chosen else habits.default_inertia)
        retirement = self.spec.glide.retirement
        near = [1.0 + max(0.0, 1.0 - abs(age - retirement) / 10.0) for age in self.ages]
        share = np.minimum(scale * (1.0 - education)[:, None] * np.array(near)[None, :], 1.0)
        left = self.uptake * share[:, :, None]
        self.uptake -= left
        self.regret += left
        return np.repeat(in_ppb(share)[:, :, None], self.shape[2], axis=2)

    # -- money --------------------------------------------------------------------------------

    def save(self, amounts: Whole, into_default: int) -> None:
        """Add contributions, of which a share in ppb goes to default funds."""
        self.other += amounts
        self.default += scaled(amounts, into_default, PPB)

    def move(self, amounts: Whole, *, default: bool) -> None:
        """Take what buys coins, or add (negative) what selling them brings.

        Default funds give and get all of it where they hold the sleeve, and their part if not.
        """
        part = amounts
        if not default:
            size = scaled(np.abs(amounts), self._default_ppb(), PPB)
            part = np.where(amounts < 0, -size, size)
        self.other -= amounts
        self.default -= part
        np.clip(self.default, 0, self.other, out=self.default)

    def _default_ppb(self) -> Whole:
        held = self.default / np.maximum(self.other, 1)
        return np.minimum(in_ppb(held), PPB)

    def grow(self, rate: int) -> int:
        """Let the money that is not in coins earn a return, ppb, maybe below 0; return it."""
        earned = 0
        for column in (self.default, self.other):
            size = scaled(column, abs(rate), PPB)
            column += size if rate >= 0 else -size
            earned = total(size) if rate >= 0 else -total(size)
        np.minimum(self.default, self.other, out=self.default)
        return earned

    def draw(self, rates: Whole) -> int:
        """Let the retired draw a share by cohort, ppb, of what is not in coins; return it."""
        taken = scaled(self.other, rates[None, :, None], PPB)
        self.other -= taken
        self.default -= scaled(self.default, rates[None, :, None], PPB)
        np.minimum(self.default, self.other, out=self.default)
        return total(taken)
