"""The pension sector's plan: what a rule change makes of assets and paydays, before any market.

Headlines multiply an allocation by all assets. A plan asks who can be reached by a route, who
has to act, how fast sponsors follow, and on which paydays cash arrives. It holds no state and
trades nothing: each flow over [start, end) is the difference of a cumulative whole number of
micro-USD, so steps of any length sum to the same money and no remainder is lost.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate

from tidegate.agents.adoption import AdoptionCurve, BassCurve, DelayedCurve, LogisticCurve
from tidegate.agents.business_days import YEAR_SECONDS, BusinessDays, check_interval
from tidegate.agents.payroll import YEAR_PARTS, Payday, paydays
from tidegate.agents.rebalancing import Rebalancing
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import PensionLevers
from tidegate.scenario.pension import PensionSpec, Route

__all__ = ["MICRO", "PensionPlan"]

MICRO = 1_000_000
"""Micro-USD in a USD."""
PPB = 1_000_000_000
SHARE_ONE = 10**15
"""Shares that move money are whole multiples of 1e-15: under a cent of 8.7 T USD."""


class PensionPlan(PensionSpec):
    """The sector put on a calendar and under levers; seconds count from the run's start."""

    days: BusinessDays = BusinessDays()
    levers: PensionLevers = PensionLevers()
    adopted_from: int | None = quantity(
        None,
        unit="s",
        source="the levers' own opening",
        about="Second from which the levers are adopted where that is later than their opening.",
        ge=0,
    )
    held_assets: float = quantity(
        0.0,
        unit="1",
        source="far below 1 % of 401(k) assets (GAO, 2022 data)",
        about="Share of assets in crypto when the present levers came into force.",
        ge=0,
        le=1,
    )
    held_contributions: float = quantity(
        0.0,
        unit="1",
        source="far below 1 % of 401(k) assets (GAO, 2022 data)",
        about="Share of contributions into crypto when the present levers came into force.",
        ge=0,
        le=1,
    )

    @property
    def route(self) -> Route:
        """The route that the levers open."""
        route: Route = getattr(self.routes, self.levers.route)
        return route

    @property
    def fee_gap(self) -> float:
        """Yearly cost of the sleeve above that of what it replaces."""
        return self.sleeve_fee - self.benchmark_fee

    @property
    def adoption_start(self) -> int | None:
        """Second from which the levers are adopted; None if they are not."""
        return self.levers.opened if self.adopted_from is None else self.adopted_from

    def with_levers(self, levers: PensionLevers, second: int) -> PensionPlan:
        """Return the plan under new levers, going on from where it stands at ``second``.

        Adoption of the new allocation starts at ``levers.opened``, or at ``second`` if that is
        later; until then, and for ever if access is closed, shares stay where they are. A lower
        allocation unwinds along the same S-curve. Levers that change nothing about adoption
        leave it running.
        """
        if levers.model_copy(update={"rebalancing": self.levers.rebalancing}) == self.levers:
            return self.model_copy(update={"levers": levers})
        return self.model_copy(
            update={
                "levers": levers,
                "adopted_from": None if levers.opened is None else max(levers.opened, second),
                "held_assets": self.target_share(second),
                "held_contributions": self.contribution_share(second),
            }
        )

    # Shares

    def uptake(self, second: int) -> float:
        """Return the share of the route's reach that has adopted by ``second``."""
        start = self.adoption_start
        if start is None or second <= start:
            return 0.0
        return _uptake_curve(self).share((second - start) / YEAR_SECONDS)

    def target_share(self, second: int) -> float:
        """Return the share of all plan assets that should be in crypto."""
        return self._asset_units(second) / SHARE_ONE

    def contribution_share(self, second: int) -> float:
        """Return the share of all contributions that goes to crypto."""
        return self._contribution_units(second) / SHARE_ONE

    def sleeve_share(self, second: int) -> float:
        """Return the weight of crypto within the money that the route can touch."""
        return min(self.target_share(second) / self.route.asset_reach, 1.0)

    # Flows, in micro-USD over [start, end); positive buys

    def stock_shift_flow(self, start: int, end: int, assets: int | None = None) -> int:
        """Return what moves into crypto out of existing assets.

        Parameters
        ----------
        start, end
            Seconds of the run.
        assets
            Present value of all plan assets in micro-USD; None keeps that of the start, for
            which steps of any length sum to the same total.
        """
        check_interval(start, end)
        value = self.assets_usd * MICRO if assets is None else assets
        if value < 0:
            raise ValueError(f"assets must be >= 0 micro-USD, got {assets}")
        held = _units(self.held_assets)
        moved = (value * (self._asset_units(at) - held) // SHARE_ONE for at in (start, end))
        return -next(moved) + next(moved)

    def contribution_flow(self, start: int, end: int) -> int:
        """Return what the paydays struck in the interval bring into crypto."""
        check_interval(start, end)
        return self._contributed(end, sleeve=True) - self._contributed(start, sleeve=True)

    def contributions(self, start: int, end: int) -> int:
        """Return all contributions of the paydays struck in the interval, crypto or not."""
        check_interval(start, end)
        return self._contributed(end, sleeve=False) - self._contributed(start, sleeve=False)

    def flow(self, start: int, end: int) -> int:
        """Return the whole planned flow: shift of existing assets plus contributions."""
        return self.stock_shift_flow(start, end) + self.contribution_flow(start, end)

    def paydays(self, start: int, end: int) -> tuple[Payday, ...]:
        """Return the paydays struck in the interval, in time order."""
        return paydays(self.pay, self.days, start, end)

    def rebalancing_flow(self, start: int, end: int, sleeve: int, reached: int) -> int:
        """Return the trade that returns the sleeve to its weight, 0 if the rule is not due.

        Parameters
        ----------
        start, end
            Seconds of the run; the rule looks at the weights at strikes within.
        sleeve
            Present value of the crypto holding, micro-USD.
        reached
            Present value of the money that the route can touch, sleeve included, micro-USD.
        """
        rule = self.levers.rebalancing or self.route.rebalancing
        rebalancing = Rebalancing(rule, self.band, self.band_relative)
        if not rebalancing.due(self.days, start, end):
            return 0
        target = reached * self._asset_units(end) // _units(self.route.asset_reach)
        return rebalancing.trade(sleeve, min(target, reached), reached)

    def split(self, flow: int) -> tuple[int, int]:
        """Return a flow's part that buys BTC and the part for rest of world."""
        size = abs(flow) * round(self.btc_share * PPB) // PPB
        btc = size if flow >= 0 else -size
        return btc, flow - btc

    def fee(self, sleeve: int, start: int, end: int) -> int:
        """Return the sleeve's fee over [start, end) on a constant value, in micro-USD.

        Parameters
        ----------
        sleeve
            Value of the crypto holding in the interval, micro-USD, >= 0.
        start, end
            Seconds of the run.
        """
        check_interval(start, end)
        if sleeve < 0:
            raise ValueError(f"sleeve must be >= 0 micro-USD, got {sleeve}")
        rate = round(self.sleeve_fee * PPB)
        year = PPB * YEAR_SECONDS
        return sleeve * rate * end // year - sleeve * rate * start // year

    # Shares in whole units, on which all money rests

    def _asset_units(self, second: int) -> int:
        goal = _units(self.levers.allocation * self.route.asset_reach)
        return self._adopted(_units(self.held_assets), goal, second)

    def _contribution_units(self, second: int) -> int:
        goal = _units(self.levers.allocation * self.route.contribution_reach)
        return self._adopted(_units(self.held_contributions), goal, second)

    def _adopted(self, held: int, goal: int, second: int) -> int:
        return held + round((goal - held) * self.uptake(second))

    def _contributed(self, second: int, *, sleeve: bool) -> int:
        """Return contributions of the paydays struck before ``second``, since the start."""
        years = second // YEAR_SECONDS + 1
        seconds, gross, into_sleeve = _pay_history(self, years)
        parts = (into_sleeve if sleeve else gross)[bisect_left(seconds, second)]
        one = YEAR_PARTS * SHARE_ONE
        return self.contributions_usd * MICRO * parts // one


def _units(share: float) -> int:
    return round(share * SHARE_ONE)


@lru_cache(maxsize=64)
def _uptake_curve(plan: PensionPlan) -> AdoptionCurve:
    """Return the curve of those who have the route and, where it takes that, acted."""
    months, rate = plan.levers.ramp_months, plan.route.action_rate
    sponsors: AdoptionCurve = (
        BassCurve.from_ramp(months, imitation_ratio=plan.imitation_ratio)
        if plan.curve == "bass"
        else LogisticCurve.from_ramp(months)
    )
    return sponsors if rate is None else DelayedCurve(sponsors, rate)


@lru_cache(maxsize=64)
def _pay_history(
    plan: PensionPlan, years: int
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Return payday seconds from the start, and the parts of a year paid before each.

    The parts are exact, in 1 / (YEAR_PARTS * SHARE_ONE) of a year's contributions: all of
    them, and those that go to the sleeve. Both have one entry more than there are paydays.
    """
    due = plan.paydays(0, years * YEAR_SECONDS)
    gross = accumulate((payday.parts * SHARE_ONE for payday in due), initial=0)
    into_sleeve = accumulate(
        (payday.parts * plan._contribution_units(payday.second) for payday in due), initial=0
    )
    return tuple(payday.second for payday in due), tuple(gross), tuple(into_sleeve)
