"""One state with a crypto reserve: what it decides once a day, and why.

It announces, waits while prices fall, starts with less, buys on a schedule as its sources pay,
holds, and sells when a loss costs those in office more than they bear. Lenders, sanctions and
thieves act on it by draws keyed by its name.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable

from tidegate.agents.almgren_chriss import cumulative
from tidegate.agents.dated_plan import DatedPlan, own_plan, posted_plan
from tidegate.agents.listed_assets import ListedAssets
from tidegate.agents.plan_watch import PlanWatch, Verdict
from tidegate.agents.reserve_orders import ReserveOrders
from tidegate.agents.reserve_phase import Phase
from tidegate.agents.reserve_politics import (
    PPM,
    drawdown,
    lapse_rate,
    loss_share,
    political_cost,
    reversal_rate,
)
from tidegate.agents.state_funding import StateFunding
from tidegate.agents.state_income import mined_lots, seizures_of_day
from tidegate.agents.state_risks import REVIEW_DAYS, StateRisks
from tidegate.agents.state_treasury import StateTreasury
from tidegate.scenario.reserve_levers import ReserveLevers, Source
from tidegate.scenario.sovereign import StateSpec
from tidegate.streams import Streams

__all__ = ["SovereignState"]

MICRO = 1_000_000
SATURDAY = 5


class SovereignState:
    """Decides for one state; its treasury does the rest.

    Parameters
    ----------
    spec : StateSpec
        The state.
    treasury : StateTreasury
        What it owns.
    listed : ListedAssets
        Where it buys securities.
    streams : Streams
        Keyed random numbers.
    lot : float
        Coins per lot.
    levers : callable, optional
        Returns the levers in force; none are if not given. In models that are forked it must be
        something that `copy.deepcopy` copies: a bound method or a `functools.partial`, not a
        lambda.
    """

    def __init__(
        self,
        spec: StateSpec,
        treasury: StateTreasury,
        *,
        listed: ListedAssets,
        streams: Streams,
        lot: float,
        levers: Callable[[], ReserveLevers] = ReserveLevers,
    ) -> None:
        self.spec = spec
        self.treasury = treasury
        self.streams = streams
        self.lot = lot
        self.levers = levers
        self.funding = StateFunding(spec, treasury)
        self.orders = ReserveOrders(treasury, listed)
        self.risks = StateRisks(treasury, spec.custody, spec.sanctions, streams)
        self.phase = Phase.IDLE
        self.price = 0.0  # USD, of the last decision
        self.deployed = 0  # micro-USD committed to purchases of anything
        self.size = 0  # micro-USD that the plan spends, after shrinking
        self.started: int | None = None  # day buying began
        self.reversed = False  # whether a lender had it undone
        self.seized = 0  # micro-USD of proceeds of crime so far
        self.mined = 0  # lots that farms brought so far
        self._plan = own_plan(spec, treasury.clock.start)
        self._posted: DatedPlan | None = None
        self._schedule: tuple[int, ...] = (0,)
        self._target = 0  # lots that a plan in coins means to own
        self._watch: PlanWatch | None = None
        self._top = 0.0  # highest price so far, USD
        self._prices = array("d")  # of every day so far
        self._first_day = 0
        self._painful = 0  # days in a row on which the loss was too dear
        self._for_sale = 0  # mined lots to be sold
        self._arrived = 0  # value at arrival of coins that came otherwise than by trade
        self._invested = 0

    # -- position -----------------------------------------------------------------------------

    @property
    def unit(self) -> float:
        """Value of a lot, micro-USD."""
        return self.price * self.lot * MICRO

    @property
    def securities(self) -> int:
        """Value of its securities, micro-USD."""
        return self.orders.listed.value(self.orders.holder)

    @property
    def value(self) -> int:
        """Value of its coins, ETF holding and securities, micro-USD."""
        return int(self.treasury.held * self.unit) + self.treasury.shares.value + self.securities

    @property
    def cost(self) -> int:
        """What it holds cost, less proceeds of sales; coins that came count as on that day."""
        return self.treasury.invested + self.orders.securities + self._arrived

    @property
    def paid(self) -> int:
        """All that was ever committed or came in kind, micro-USD."""
        return sum(self.funding.paid.values())

    @property
    def latent(self) -> bool:
        """Whether it would follow peers: a plan without a date that nothing has set off."""
        waits = self.phase in (Phase.IDLE, Phase.HOLDING) and self._plan is None
        return waits and self.spec.plan.present

    @property
    def active(self) -> bool:
        """Whether it has a reserve that others can look at."""
        return self.phase in (Phase.BUYING, Phase.HOLDING)

    def burden(self, value: int) -> int:
        """Return what its loss costs those in office at a value of all it holds, 1e-6."""
        loss = loss_share(self.cost, value, self.paid)
        return political_cost(self.spec.politics, self.funding.paid, loss) if loss else 0

    # -- a day --------------------------------------------------------------------------------

    def day(self, day: int, price: float) -> None:
        """Decide for a day at a price in USD; call it once for every day, in order."""
        first = not self._prices
        self._first_day = day if first else self._first_day
        self._prices.append(price)
        self.price = price
        self._top = max(self._top, price)
        if first:
            held = self.treasury.gather(int(self.spec.held_coins / self.lot))
            held += self.treasury.gather(int(self.spec.held_etf / self.lot), "etf")
            self._arrive(held, self.spec.held_from)
        self._gather_income(day)
        self._follow_levers()
        if day % REVIEW_DAYS == 0:
            self.risks.strike(day)
            self._heed_lender(day)
        self._advance(day)
        self._trade(day)

    def _arrive(self, lots: int, source: Source, for_sale: int = 0) -> int:
        """Book coins that came otherwise than by trade; return their value."""
        worth = int(lots * self.unit)
        self._arrived += worth
        self.funding.book_coins(worth, source, worth - int(for_sale * self.unit))
        return worth

    def _gather_income(self, day: int) -> None:
        spec, treasury = self.spec, self.treasury
        for proceeds in seizures_of_day(spec.seizures, self.streams, treasury.path, day):
            self.seized += proceeds
            in_coins = proceeds * round(PPM * spec.seizures.coins) // PPM
            worth = self._arrive(treasury.gather(int(in_coins / self.unit)), "seizures")
            self.funding.cash["seizures"] += treasury.receive(max(proceeds - worth, 0))
        self.funding.cash["mining"] += treasury.collect_taxes()
        lots = treasury.collect_mined() + treasury.gather(mined_lots(spec.mining, self.lot, day))
        if lots:
            for_sale = lots * round(PPM * spec.mining.sell_fraction) // PPM
            self.mined += lots
            self._for_sale += for_sale
            self._arrive(lots, "mining", for_sale)

    def _heed_lender(self, day: int) -> None:
        """Undo the policy, perhaps, because a lender asks for it."""
        if self.active and not self.reversed:
            fall = drawdown(self.price, self._top)
            rate = reversal_rate(self.spec.lender, self.spec, fall)
            self.reversed = self.risks.happens("lender", day, rate)

    # -- what it is told, and what it imitates --------------------------------------------------

    def _follow_levers(self) -> None:
        levers, code = self.levers(), self.spec.code
        self.risks.follow(levers.frozen == code, levers.frozen_share)
        if levers.state != code or levers.start is None:
            return
        plan = posted_plan(self.spec, levers)
        if plan != self._posted:
            self._posted = plan
            self._set_plan(plan)

    def _set_plan(self, plan: DatedPlan) -> None:
        self._stop_buying()
        self._plan = plan
        self.phase = Phase.HOLDING if self.value else Phase.IDLE
        self.started = None

    def adopt(self, day: int) -> None:
        """Take up its latent plan, following peers: announced today, due after its lead."""
        spec = self.spec
        due = day + spec.plan.lead_days
        self._set_plan(DatedPlan(spec.plan, spec.mix, spec.funding, day, due))

    def retreat(self) -> None:
        """Give the reserve up, following peers."""
        self._stop_buying()
        self._plan = None
        owns = self.value > 0
        sells = owns and not self.spec.politics.never_sells
        self.phase = Phase.LIQUIDATING if sells else Phase.CLOSED

    # -- the course of a plan -------------------------------------------------------------------

    def _advance(self, day: int) -> None:
        if self.phase in (Phase.IDLE, Phase.HOLDING) and self.started is None:
            self._announce(day)
        if self.phase in (Phase.ANNOUNCED, Phase.POSTPONED):
            self._await(day)
        if self.phase not in (Phase.LIQUIDATING, Phase.CLOSED):
            self._bear_loss()

    def _announce(self, day: int) -> None:
        plan = self._plan
        if plan is not None and plan.announced <= day:
            self.phase = Phase.ANNOUNCED
            since = max(0, plan.announced - self._first_day)
            self._watch = PlanWatch(plan, self._prices[since:-1])
        elif self.treasury.held:
            self.phase = Phase.HOLDING

    def _await(self, day: int) -> None:
        """Watch prices between announcement and start: wait, lapse or begin."""
        watch = self._watch
        assert watch is not None
        watch.see(self.price)
        lapses = lapse_rate(watch.plan.terms)
        if day % REVIEW_DAYS == 0 and self.risks.happens("lapse", day, lapses):
            self.phase, self._plan = Phase.LAPSED, None
            return
        verdict = watch.decide(day)
        if verdict is Verdict.POSTPONE:
            self.phase = Phase.POSTPONED
        elif verdict is Verdict.BEGIN:
            self._begin(day, watch)

    def _begin(self, day: int, watch: PlanWatch) -> None:
        terms = watch.plan.terms
        self.size = watch.size
        if not self.size and not terms.coins_per_day:
            self.phase, self._plan = Phase.LAPSED, None
            return
        self.phase, self.started = Phase.BUYING, day
        self._schedule = cumulative(self.size, terms.days, terms.urgency)
        self._target = self.treasury.bought - self.treasury.sold
        self.funding.begin()

    def _bear_loss(self) -> None:
        """Count the days on which the loss costs more than is borne; sell after too many."""
        politics = self.spec.politics
        if politics.never_sells or not self.paid:
            return
        dear = self.burden(self.value) > round(PPM * politics.tolerance)
        self._painful = self._painful + 1 if dear else 0
        if self._painful >= politics.patience_days:
            self._stop_buying()
            self.phase = Phase.LIQUIDATING

    def _stop_buying(self) -> None:
        """Drop what is due or ordered; the money stays in the fund."""
        self.funding.clear()
        self.orders.stop()

    # -- buying and selling ---------------------------------------------------------------------

    def _trade(self, day: int) -> None:
        weekday = (self.treasury.clock.start.weekday() + day) % 7
        business = weekday < SATURDAY
        self.treasury.sweep()
        if self.phase is Phase.BUYING:
            self._buy(day, business=business)
        elif self.phase is Phase.LIQUIDATING:
            if self.orders.sell_all(self.unit, business=business):
                self.phase = Phase.CLOSED
        else:
            self.orders.tidy(self.unit)
            self._sell_mined()

    def _buy(self, day: int, *, business: bool) -> None:
        plan, orders, funding = self._plan, self.orders, self.funding
        assert plan is not None
        assert self.started is not None
        since = day - self.started
        wanted = self._wanted(plan, since)
        funding.owe(wanted, plan.funding)
        paid = funding.pay(self.treasury.free_cash - orders.waiting, since)
        self.deployed += paid
        orders.buy(paid, plan.mix, business=business)
        left = orders.unfinished(self.unit) or max(funding.due.values()) > orders.rest(self.unit)
        if since >= plan.terms.days and not left:
            self.phase = Phase.HOLDING

    def _wanted(self, plan: DatedPlan, since: int) -> int:
        """Return what the schedule wants to commit today, micro-USD."""
        kept = PPM - (round(PPM * self.spec.lender.compliance) if self.reversed else 0)
        running = since < plan.terms.days
        if plan.terms.coins_per_day <= 0.0:
            today = self._schedule[since + 1] - self._schedule[since] if running else 0
            return today * kept // PPM
        if running:
            per_day = plan.terms.coins_per_day / self.lot
            self._target += (int(per_day * (since + 1)) - int(per_day * since)) * kept // PPM
        return self._missing(plan)

    def _missing(self, plan: DatedPlan) -> int:
        """Return what the coins short of the target cost today beyond what is under way.

        Counted afresh every day: what is ordered beyond the target is cancelled, and its money
        returned to its sources.
        """
        treasury = self.treasury
        missing = int((self._target - treasury.bought + treasury.sold) * self.unit)
        under_way = self.orders.backlog + self.orders.waiting
        self.funding.clear()
        cut = self.orders.trim(under_way - max(missing, 0))
        self.deployed -= cut
        self.funding.give_back(cut, plan.funding)
        return max(0, missing - under_way)

    def _sell_mined(self) -> None:
        """Sell mined coins in blocks, while nothing is bought."""
        treasury, invested = self.treasury, self.treasury.desk.invested
        block = max(1, int(self.spec.mining.block_coins / self.lot))
        if treasury.selling:
            self.funding.cash["mining"] += max(0, self._invested - invested)
            self.orders.go_on_selling(self.unit)
        elif self._for_sale >= block and treasury.idle:
            lots = min(self._for_sale, treasury.lots("coins"))
            self._for_sale -= lots
            treasury.offer(lots)
        self._invested = invested
