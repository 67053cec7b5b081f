"""Sponsors of plans: once a month each weighs peers, success, fees and suits, and offers or not.

Who comes to offer is decided on a network of peers; what stands in the way is decided here: the
fee gap, the fear of suits, suits themselves after a fall, the chill of a bad case, and a rule
that is reversed, after which those with a reason to stay do.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from tidegate_core import draws
from tidegate_core.draws import exp, log

from tidegate.agents.whole_columns import Whole, spread
from tidegate.scenario.plan_levers import PlansLevers
from tidegate.scenario.plan_sponsors import SponsorSpec
from tidegate.streams import Streams

__all__ = ["PlanSponsors", "SponsorNetwork", "plan_sizes"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
MONTHS = 12
LN2 = 0.6931471805599453
LONGEST = 24  # months over which success is judged


class SponsorNetwork(Protocol):
    """A network on which adoption spreads, such as `tidegate.agents.diffusion`'s."""

    adopted: Flags

    def step(
        self,
        tick_key: int,
        years: float,
        *,
        success: Floats,
        drawdown: float,
        friction: Floats,
        open: Flags,
    ) -> Any:
        """Let those who are open join, or members leave, within some years."""
        ...

    def move(self, tick_key: int, joined: Whole, left: Whole) -> None:
        """Book adoptions and departures that were decided elsewhere, by index."""
        ...


def plan_sizes(amount: int, plans: int, tail: float) -> Whole:
    """Divide an amount among plans by the quantiles of a Pareto law, the largest first."""
    ranks = (np.arange(plans) + 0.5) / plans
    sizes = draws.exp(draws.log(ranks) * (-1.0 / tail))
    parts: Whole = spread(np.array([amount], dtype=np.int64), sizes)[0]
    return parts


class PlanSponsors:
    """The sponsors of all plans.

    Parameters
    ----------
    spec : SponsorSpec
        What they fear and follow.
    sizes : array of int64
        Assets of their plans, micro-USD.
    peers : SponsorNetwork
        The network through which they see each other; its `adopted` says who offers.
    streams : Streams
        Keyed random numbers.
    path : str
        Stable name: the key of their draws.

    Attributes
    ----------
    chill : float
        Friction from bad cases, 1/yr.
    suits : int
        Sponsors sued so far.
    unwinding : array of int64
        Months left in which a closed option's coins are sold; 0: nothing is.
    """

    def __init__(
        self, spec: SponsorSpec, *, sizes: Whole, peers: SponsorNetwork, streams: Streams, path: str
    ) -> None:
        n = len(sizes)
        if len(peers.adopted) != n:
            raise ValueError(f"peers must have {n} members, a plan each, got {len(peers.adopted)}")
        self.spec, self.peers, self.streams, self.path = spec, peers, streams, path
        self.fees = self._fees(sizes)
        mean = 2.0 * spec.litigation.dread
        self.dread = mean * self._uniform("dread")
        self.demand = spec.reversal.demanding * self._uniform("demand")
        self.chill = 0.0
        self.suits = 0
        self.unwinding: Whole = np.zeros(n, dtype=np.int64)
        self._away_until: Whole = np.zeros(n, dtype=np.int64)
        self._prices: Floats = np.zeros(LONGEST)  # of the unit, by month
        self._joined: Whole = np.full(n, -1, dtype=np.int64)
        self._gained: Floats = np.zeros(n)  # log return since joining

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = copy.copy(self)
        twin.peers = copy.deepcopy(self.peers, memo)
        for name in ("unwinding", "_away_until", "_prices", "_joined", "_gained"):
            setattr(twin, name, getattr(self, name).copy())
        return twin

    def _uniform(self, stream: str, month: int = 0) -> Floats:
        out = np.empty(len(self.peers.adopted))
        draws.fill_uniform(out, self.streams.key(self.path, stream), month)
        return out

    def _fees(self, sizes: Whole) -> Floats:
        """Return each plan's fees: dearer if small, and the average weighted by assets."""
        weight = sizes / float(sizes.max())
        raw = draws.exp(draws.log(np.maximum(weight, 1e-12)) * self.spec.fees.size_elasticity)
        mean = np.add.accumulate(raw * weight)[-1] / np.add.accumulate(weight)[-1]
        fees: Floats = raw * (self.spec.fees.average / mean)
        return fees

    # -- what they see ------------------------------------------------------------------------

    @property
    def offers(self) -> Flags:
        """Plans that offer the route."""
        return self.peers.adopted

    @property
    def success(self) -> Floats:
        """What example each plan gives: 1 is neutral, gains above it, losses below."""
        return np.clip(1.0 + self.spec.success_weight * self._gained, -1.0, 3.0)

    def friction(self, levers: PlansLevers) -> Floats:
        """Return what stands in each sponsor's way, 1/yr."""
        spec = self.spec
        fee = spec.fees.sleeve if levers.fee is None else levers.fee
        gap = np.maximum(fee - self.fees, 0.0) * spec.fees.weight
        if levers.safe_harbour:
            return gap + self.chill * spec.precedent.shielded
        return gap + self.dread + self.chill

    def report(self, loss: float) -> None:
        """Let the press report a bad case, anybody's, that lost a share of its assets."""
        if not 0.0 <= loss <= 1.0:
            raise ValueError(f"loss must be a share of assets in [0, 1], got {loss}")
        if loss > 0.0:
            precedent = self.spec.precedent
            self.chill += precedent.publicity * exp(precedent.loss_exponent * log(loss))

    # -- what they do -------------------------------------------------------------------------

    def decide(
        self, month: int, *, levers: PlansLevers, second: int, price: int, fall: float, loss: float
    ) -> None:
        """Take a month's decisions.

        Parameters
        ----------
        month
            Number of the month: the key of its draws.
        levers, second
            The levers in force, and the second of the run.
        price
            Value of the sleeve's unit, micro-USD.
        fall
            Fall of the coins from the year's high, 0-1.
        loss
            What a plan that is sued has lost by it, as a share of its assets.
        """
        precedent = self.spec.precedent
        self.chill *= exp(-LN2 / precedent.half_life_months)
        self._follow(month, price)
        before = self.offers.copy()
        reversed_ = levers.reversed_from is not None and second >= levers.reversed_from
        may = levers.opened is not None and second >= levers.opened and not reversed_
        self.peers.step(
            month,
            1.0 / MONTHS,
            success=self.success,
            drawdown=fall,
            friction=self.friction(levers),
            open=may & (month >= self._away_until),
        )
        if not levers.safe_harbour:
            self._sue(month, fall, loss)
        if reversed_:
            self._withdraw(month)
        self._enter(before, month, price)

    def _follow(self, month: int, price: int) -> None:
        """Look at what each plan has gained since it joined, or in two years if that is less."""
        now = float(price)
        row = month % LONGEST
        age = np.where(self._joined >= 0, month - self._joined, 0)
        at = np.where(age >= LONGEST, row, self._joined % LONGEST)
        then = self._prices[at]
        known = (age > 0) & (then > 0.0) & (now > 0.0)
        ratio = np.where(known, now / np.where(known, then, 1.0), 1.0)
        self._gained = draws.log(ratio)
        self._prices[row] = now

    def _sue(self, month: int, fall: float, loss: float) -> None:
        """Let suits that follow a fall close menus, and chill the rest."""
        law = self.spec.litigation
        beyond = fall - law.threshold
        if beyond <= 0.0:
            return
        chance = 1.0 - exp(-law.suit_hazard * beyond / MONTHS)
        sued = self.offers & (self._uniform("suit", month) < chance)
        count = int(sued.sum())
        if count:
            self._away_until[sued] = month + law.abstention_months
            self._leave(month, sued)
            self.suits += count
            self.report(min(loss, 1.0))

    def _withdraw(self, month: int) -> None:
        """Let those whom the outcome gives no reason to stay withdraw from a reversed rule."""
        chance = 1.0 - exp(-self.spec.reversal.rate / MONTHS)
        leaving = self.offers & (self.success < self.demand)
        leaving &= self._uniform("withdraw", month) < chance
        self._leave(month, leaving)

    def _leave(self, month: int, who: Flags) -> None:
        self.peers.move(month, np.empty(0, dtype=np.int64), np.flatnonzero(who))

    def _enter(self, before: Flags, month: int, price: int) -> None:
        """Note who has joined and who has left in this month."""
        self.unwinding = np.maximum(self.unwinding - 1, 0)
        joined, left = self.offers & ~before, before & ~self.offers
        self.unwinding[left] = self.spec.litigation.unwind_months
        self.unwinding[joined] = 0
        self._joined[left] = -1
        self._joined[joined] = month

    @property
    def counts(self) -> Mapping[str, int]:
        """How many offer, are sued so far, and are closing."""
        return {
            "offering": int(self.offers.sum()),
            "suits": self.suits,
            "closing": int((self.unwinding > 0).sum()),
        }
