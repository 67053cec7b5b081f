"""All retirement plans of a country as one trader: sponsors decide, savers move, a sleeve trades.

Money moves at the daily strike of the net asset value: paydays, rebalancing and fees on their
days, decisions of sponsors and savers at the last strike of a month. What all plans buy and sell
at a strike is netted into one order; who owns what is kept in whole units of one fund.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tidegate_core import draws

from tidegate.agents.bad_case import BadCase
from tidegate.agents.business_days import DAY_SECONDS, YEAR_SECONDS, BusinessDays
from tidegate.agents.coin_history import CoinHistory
from tidegate.agents.desk_agent import DeskAgent
from tidegate.agents.payroll import YEAR_PARTS, paydays
from tidegate.agents.plan_holdings import PlanHoldings
from tidegate.agents.plan_records import PlanRecords
from tidegate.agents.plan_sponsors import PlanSponsors, SponsorNetwork, plan_sizes
from tidegate.agents.savers import Savers
from tidegate.agents.sleeve import Sleeve
from tidegate.agents.whole_columns import PPB, Whole, in_ppb, scaled, total
from tidegate.books import Books
from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.pension import Route
from tidegate.scenario.plan_levers import PlanRoute, PlansLevers
from tidegate.scenario.plan_population import PlanPopulationSpec

__all__ = ["PlanPopulation"]

Floats = NDArray[np.float64]
MICRO = 1_000_000
QUARTER_ENDS = (3, 6, 9, 12)


class PlanPopulation(DeskAgent):
    """Plans in columns, whose coins are units of one sleeve.

    Parameters
    ----------
    spec : PlanPopulationSpec
        The sector.
    levers : callable
        Returns the levers in force.
    peers : SponsorNetwork
        The network through which sponsors see each other, a member per plan.
    accounts : mapping of venue name to account
        The sleeve's client account at each venue.
    books : Books
        Carries the sleeve's cash.
    execution : ExecutionSpec
        How it trades.
    cases : callable, optional
        Returns the bad cases so far, anybody's, in order; none are heard of without it.
    daily_volume : float
        Calm volume of the whole market, USD per day: the base of the participation cap.
    rounds : int
        Rounds of a tick over which a slice is spread.

    Attributes
    ----------
    held : PlanHoldings
        Savings in coins and not; what was saved, earned, drawn and paid for coins.
    records : PlanRecords
        The sector by day, plans and savers by month.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: PlanPopulationSpec,
        levers: Callable[[], PlansLevers],
        peers: SponsorNetwork,
        accounts: Mapping[str, int],
        books: Books,
        execution: ExecutionSpec,
        daily_volume: float,
        rounds: int,
        cases: Callable[[], Sequence[BadCase]] | None = None,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.cases = cases
        self._heard = 0
        self.levers = levers
        self.days = BusinessDays(first_day=self.clock.start)
        sponsors, saver = spec.sponsors, spec.savers
        assets = plan_sizes(spec.assets_usd * MICRO, sponsors.plans, sponsors.tail)
        self.sponsors = PlanSponsors(
            sponsors, sizes=assets, peers=peers, streams=self.streams, path=self.path
        )
        self.savers = Savers(
            saver,
            assets=assets,
            contributions=plan_sizes(spec.contributions_usd, sponsors.plans, sponsors.tail),
            default_reach=spec.routes.default.asset_reach,
            education=self._education(sponsors.plans),
        )
        sleeve = Sleeve(
            path=self.path,
            holders=self.savers.shape,
            venues=self.venues,
            accounts=accounts,
            books=books,
            streams=self.streams,
            clock=self.clock,
            execution=execution,
            daily_volume=daily_volume,
            rounds=rounds,
        )
        self.held = PlanHoldings(self.savers, sleeve, spec.btc_share)
        self.sleeve = sleeve
        self.desk = sleeve.desk
        self.coins = CoinHistory()
        self.records = PlanRecords(self)
        self._flow: Whole = np.zeros(self.savers.shape, dtype=np.int64)
        self._stock: Whole = self._flow.copy()  # shares in coins of contributions, and of the pool
        self._take_route(levers().route)
        self._yearly = self.savers.contributions(spec.pay_growth)
        self._paydays: dict[int, int] = {}
        self._paid_until = 0
        self._charged_until = 0
        self._days_recorded = 0
        self._next = self._strike_from(0)

    def _education(self, plans: int) -> Floats:
        habits = self.spec.savers.behaviour
        luck = np.empty(plans)
        draws.fill_uniform(luck, self.streams.key(self.path, "education"), 0)
        return np.clip(habits.education + habits.education_spread * (2.0 * luck - 1.0), 0.0, 1.0)

    # -- position -----------------------------------------------------------------------------

    @property
    def planned(self) -> int:
        """New money for BTC since the start, less what savers took out, micro-USD."""
        return self.held.planned

    @property
    def route(self) -> Route:
        """The route that the levers open."""
        route: Route = getattr(self.spec.routes, self._route)
        return route

    def listing_share(self) -> float:
        """Share of all assets whose plans offer the route: what other institutions look at."""
        offered = total(self.savers.other[self.sponsors.offers])
        return offered / max(total(self.savers.other), 1)

    def takers(self) -> tuple[Whole, Whole]:
        """Return the money of those who have taken the route, and of those it has scared off."""
        reach = self.route.asset_reach if self._chosen else 1.0
        pool, savers = self.held.pool, self.savers
        taken, scared = (in_ppb(reach * share) for share in (savers.uptake, savers.regret))
        return scaled(pool, taken, PPB), scaled(pool, scared, PPB)

    @property
    def headline(self) -> int:
        """What the headline says will flow, micro-USD: the allocation times all assets."""
        return int(self.levers().allocation * self.spec.assets_usd) * MICRO

    # -- a tick -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Do what is due at the strikes within the tick, and set the desk to work."""
        self.sleeve.look()
        while self._next < self.clock.end:
            self._strike(self._next)
            self._next = self._strike_from(self._next + 1)
        if not (self.levers().frozen or self.sleeve.idle):
            self.sleeve.work()

    def trade(self) -> None:
        """Send this round's part of the slice to the venues."""
        if not self.levers().frozen:
            self.sleeve.desk.trade()

    def end(self) -> None:
        """Write down the day once it is over."""
        days = self.clock.end // DAY_SECONDS
        if days > self._days_recorded:
            self._days_recorded = days
            self.records.day(days - 1)

    def _strike_from(self, second: int) -> int:
        """Return the first strike that is not before a second."""
        day = self.days.day_of(second)
        while True:
            at = self.days.strike_of(day)
            if at >= second and self.days.is_business_day(day):
                return at
            day = self.days.day_of(at - self.days.strike_second + DAY_SECONDS)

    # -- a strike -----------------------------------------------------------------------------

    def _strike(self, second: int) -> None:
        day, levers = self.days.day_of(second), self.levers()
        price = self._price()
        self.coins.close(price)
        if levers.frozen:
            return
        self._charge(second, levers)
        self._pay(second)
        month_end = day == self.days.month_end(day.year, day.month)
        if month_end:
            self._month(second, levers)
        self._rebalance(levers, quarter_end=month_end and day.month in QUARTER_ENDS)
        if month_end:
            self.records.month(self.savers.months)

    def _price(self) -> int:
        """Return the coins' price on all venues by their share, micro-USD."""
        price = 0.0
        for venue in self.venues:
            price += venue.share * venue.price(venue.indicative)
        return int(price * MICRO)

    def _charge(self, second: int, levers: PlansLevers) -> None:
        """Take the sleeve's fee for the time since the last strike."""
        last, self._charged_until = self._charged_until, second
        fee = self.spec.sponsors.fees.sleeve if levers.fee is None else levers.fee
        rate = round(fee * PPB)
        self.sleeve.charge(self.sleeve.desk.value * rate * (second - last) // (PPB * YEAR_SECONDS))

    def _pay(self, second: int) -> None:
        """Pay in what a payday brings, and buy the coins that savers asked for."""
        part = self._payday(second)
        if part:
            amounts = scaled(self._yearly, part, PPB // MICRO)
            self.held.save(amounts, round(self.spec.routes.default.contribution_reach * PPB))
            if self._flow.any():
                self.held.buy(scaled(amounts, self._flow, PPB))

    def _payday(self, second: int) -> int:
        """Return the part of a year's contributions that is paid at a strike, ppb."""
        while second >= self._paid_until:
            until = self._paid_until + YEAR_SECONDS
            for payday in paydays(self.spec.pay, self.days, self._paid_until, until):
                self._paydays[payday.second] = self._paydays.get(payday.second, 0) + payday.parts
            self._paid_until = until
        return self._paydays.pop(second, 0) * PPB // YEAR_PARTS

    # -- a month ------------------------------------------------------------------------------

    def _month(self, second: int, levers: PlansLevers) -> None:
        """Let a month pass: growth, age, sponsors' decisions, savers' moves."""
        savers, fall = self.savers, self.coins.fall
        savers.months += 1
        self.held.grow(round(self.spec.growth * PPB / 12))
        self.held.retire()
        self._hear()
        self.sponsors.decide(
            savers.months,
            levers=levers,
            second=second,
            price=self.sleeve.trust.redemption_price(self.sleeve.assets),
            fall=fall,
            loss=fall * levers.allocation,
        )
        self._yearly = savers.contributions(self.spec.pay_growth)
        if levers.route != self._route:
            self._take_route(levers.route)
        if self.sponsors.offers.any() or self.sleeve.trust.outstanding:
            education = savers.knowing(levers.education)
            self._panic(fall, education)
            self._close()
            self._shift(levers, education)

    def _take_route(self, route: PlanRoute) -> None:
        """Take up a route: what is in coins now is where it starts from."""
        self._route = route
        self.held.in_default = route == "default"
        share = self.held.coins / np.maximum(self.held.pool, 1)
        self._stock = in_ppb(np.minimum(share, 1.0))

    def _hear(self) -> None:
        """Take up the bad cases since the last month."""
        if self.cases is not None:
            cases = self.cases()
            for case in cases[self._heard :]:
                self.sponsors.report(case.loss)
            self._heard = len(cases)

    def _panic(self, fall: float, education: Floats) -> None:
        """Let the scared sell; what they held is no longer wanted."""
        sold = self.savers.panic(fall, chosen=self._chosen, education=education)
        if sold is not None:
            self.held.sell_share(sold)
            self._stock -= scaled(self._stock, sold, PPB)

    def _close(self) -> None:
        """Sell a month's part of what closed options hold."""
        left = self.sponsors.unwinding
        if left.any():
            shares = np.where(left > 0, PPB // np.maximum(left, 1), 0)
            self.held.sell_share(shares[:, None, None])

    def _shift(self, levers: PlansLevers, education: Floats) -> None:
        """Move take-up and existing money by a month, and set what contributions bring."""
        savers, route = self.savers, self.route
        offers = self.sponsors.offers
        savers.take_up(
            offers,
            action_rate=route.action_rate,
            phase=1.0 if self._route == "headline" else 1.0 / self.spec.phase_months,
            reach=route.asset_reach,
            gain=self.coins.gain,
            education=education,
        )
        weights = savers.weights(
            levers.allocation,
            chosen=self._chosen,
            glides=self._route == "default",
            education=education,
        )
        wanted = savers.uptake * weights[:, :, None]
        # A default fund's reach is in its pool already; of choosers, the route tells how many.
        stock = in_ppb(wanted * (route.asset_reach if self._chosen else 1.0))
        self._flow = in_ppb(wanted * route.contribution_reach)
        change = np.where(offers[:, None, None], stock - self._stock, 0)
        self._stock = np.where(offers[:, None, None], stock, 0)
        pool = self.held.pool
        self.held.buy(scaled(pool, np.maximum(change, 0), PPB))
        self.held.sell(self.held.units_for(scaled(pool, np.maximum(-change, 0), PPB)))

    @property
    def _chosen(self) -> bool:
        """Whether savers choose coins themselves."""
        return self.route.action_rate is not None

    def _rebalance(self, levers: PlansLevers, *, quarter_end: bool) -> None:
        """Return each column to its weight, where the rule says so; closed plans are unwound."""
        rule = levers.rebalancing or self.route.rebalancing
        if not self.sleeve.trust.outstanding or not (
            rule == "band" or (rule == "calendar" and quarter_end)
        ):
            return
        band = round(self.spec.band * PPB) if rule == "band" else 0
        self.held.rebalance(self._stock, self.sponsors.offers, band=band)

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.held._check()
