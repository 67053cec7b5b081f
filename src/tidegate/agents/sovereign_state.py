"""One state with a crypto reserve: what it decides once a day, and why.

It announces, waits while prices fall, starts with less, buys on a schedule as its sources pay,
holds, and sells when a loss costs those in office more than they bear. Lenders, sanctions and
thieves act on it by draws keyed by its name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from tidegate.agents.almgren_chriss import cumulative
from tidegate.agents.listed_assets import ListedAssets
from tidegate.agents.reserve_politics import (
    PPM,
    chance,
    drawdown,
    lapse_rate,
    loss_share,
    must_wait,
    political_cost,
    reversal_rate,
    shrunk,
    split,
)
from tidegate.agents.state_income import DAYS_PER_YEAR, mined_lots, seizures_of_day
from tidegate.agents.state_treasury import StateTreasury
from tidegate.books import BTC, USD
from tidegate.scenario.reserve_levers import ReserveLevers, Source
from tidegate.scenario.sovereign import (
    SOURCES,
    AssetMix,
    FundingMix,
    PlanSpec,
    StateSpec,
)
from tidegate.streams import Streams

__all__ = ["REVIEW_DAYS", "Phase", "SovereignState"]

MICRO = 1_000_000
PPB = 1_000_000_000
DAY = 86_400
REVIEW_DAYS = 30
REVIEW_YEARS = REVIEW_DAYS / DAYS_PER_YEAR
DUST = 1_000 * MICRO  # what a sale may leave, micro-USD
LEFT_LOTS = 2  # what a purchase may leave on every venue
SATURDAY = 5
SECURITIES = ("firms", "other")


class Phase(IntEnum):
    """Where a state stands with its reserve."""

    IDLE = 0
    ANNOUNCED = 1
    POSTPONED = 2
    BUYING = 3
    HOLDING = 4
    LIQUIDATING = 5
    CLOSED = 6
    LAPSED = 7


@dataclass(frozen=True, slots=True)
class _Plan:
    """A plan on the run's calendar."""

    terms: PlanSpec
    mix: AssetMix
    funding: FundingMix
    announced: int  # day of the run
    start: int


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
    levers : callable
        Returns the levers in force. For models that are forked it must be something that
        `copy.deepcopy` copies: a bound method or a `functools.partial`, not a lambda.
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
        self.listed = listed
        self.streams = streams
        self.lot = lot
        self.levers = levers
        self.holder = f"{treasury.path}/fund"
        self.phase = Phase.IDLE
        self.price = 0.0  # USD, of the last decision
        self.planned = 0  # micro-USD of new money for coins since the start, less sales decided
        self.deployed = 0  # micro-USD committed to purchases of anything
        self.size = 0  # micro-USD that the plan still means to spend, after shrinking
        self.started: int | None = None  # day buying began
        self.reversed = False
        self.sanctioned = 0  # share of what can be frozen that is, 1e-6
        self.paid = dict.fromkeys(SOURCES, 0)  # micro-USD committed or come as coins
        self.cash = dict.fromkeys(SOURCES, 0)  # micro-USD in hand
        self.seized = 0  # micro-USD of proceeds of crime so far
        self.mined = 0  # lots that farms brought so far
        self._due = dict.fromkeys(SOURCES, 0)
        self._in_kind = dict.fromkeys(SOURCES, 0)  # value of coins that came since the start
        self._pool = {"coins": 0, "etf": 0, "firms": 0, "other": 0}
        self._granted = 0  # micro-USD that budget and gold have paid
        self._plan = self._own_plan()
        self._posted: ReserveLevers | None = None
        self._schedule: tuple[int, ...] = (0,)
        self._target = 0  # lots that a plan in coins means to own
        self._peak = self._top = self._deepest = 0.0
        self._due_day = 0
        self._painful = 0  # days in a row on which the loss was too dear
        self._for_sale = 0  # mined lots to be sold
        self._arrived = 0  # value at arrival of coins that came otherwise than by trade
        self._securities = 0  # micro-USD paid for securities less proceeds
        self._frozen_by_lever = 0
        self._invested = 0
        self._open()

    def _open(self) -> None:
        """Take up what the state owns at the start."""
        treasury, spec = self.treasury, self.spec
        self.listed.open(self.holder)
        treasury.receive(int(spec.fx_usd * MICRO), "fx")
        fund = int(spec.set_aside_usd * MICRO)
        treasury.receive(fund)
        for source, part in self._by_source(fund, spec.funding).items():
            self.cash[source] += part

    def _own_plan(self) -> _Plan | None:
        plan, start = self.spec.plan, self.treasury.clock.start
        if not plan.present or plan.start is None:
            return None
        announced = (plan.announced or plan.start) - start
        due = plan.start - start
        return _Plan(plan, self.spec.mix, self.spec.funding, announced.days, due.days)

    @staticmethod
    def _by_source(amount: int, funding: FundingMix) -> dict[Source, int]:
        """Split an amount by who pays, exactly."""
        return split(amount, {source: getattr(funding, source) for source in SOURCES})

    # -- position -----------------------------------------------------------------------------

    @property
    def unit(self) -> float:
        """Value of a lot, micro-USD."""
        return self.price * self.lot * MICRO

    @property
    def _left(self) -> float:
        """What no desk can fill: too little for a lot in a slice, micro-USD."""
        return LEFT_LOTS * len(self.treasury.desk.venues) * self.unit

    @property
    def value(self) -> int:
        """Value of its coins, ETF holding and securities, micro-USD."""
        return int(self.treasury.held * self.unit) + self.listed.value(self.holder)

    @property
    def cost(self) -> int:
        """What it holds cost, less proceeds of sales; coins that came count as on that day."""
        return self.treasury.desk.invested + self._securities + self._arrived

    @property
    def profit(self) -> int:
        """Gain since the start, realised or not, micro-USD."""
        return self.value - self.cost

    @property
    def latent(self) -> bool:
        """Whether it would follow peers: a plan without a date that nothing has set off."""
        waits = self.phase in (Phase.IDLE, Phase.HOLDING) and self._plan is None
        return waits and self.spec.plan.present

    @property
    def active(self) -> bool:
        """Whether it has a reserve that others can look at."""
        return self.phase in (Phase.BUYING, Phase.HOLDING)

    @property
    def political_cost(self) -> int:
        """What its loss costs those in office now, 1e-6."""
        loss = loss_share(self.cost, self.value, sum(self.paid.values()))
        return political_cost(self.spec.politics, self.paid, loss)

    # -- a day --------------------------------------------------------------------------------

    def day(self, day: int, price: float) -> None:
        """Decide for a day at a price in USD; call it once for every day, in order."""
        first = self.price == 0.0
        self.price = price
        self._top = max(self._top, price)
        if first:
            held = self.treasury.gather(int(self.spec.held_coins / self.lot))
            self._arrive(held, self.spec.held_from)
        self._gather_income(day)
        self._follow_levers(day)
        if day % REVIEW_DAYS == 0:
            self._run_risks(day)
        self._advance(day)
        self._trade(day)

    def _arrive(self, lots: int, source: Source) -> int:
        """Book coins that came otherwise than by trade."""
        worth = int(lots * self.unit)
        self._arrived += worth
        self.paid[source] += worth
        self._in_kind[source] += worth
        return lots

    def _gather_income(self, day: int) -> None:
        spec, treasury = self.spec, self.treasury
        for proceeds in seizures_of_day(spec.seizures, self.streams, treasury.path, day):
            self.seized += proceeds
            in_coins = proceeds * round(PPM * spec.seizures.coins) // PPM
            came = self._arrive(treasury.gather(int(in_coins / self.unit)), "seizures")
            rest = proceeds - int(came * self.unit)
            self.cash["seizures"] += treasury.receive(max(rest, 0))
        lots = treasury.collect_mined() + treasury.gather(mined_lots(spec.mining, self.lot, day))
        if lots:
            self.mined += lots
            self._arrive(lots, "mining")
            for_sale = lots * round(PPM * spec.mining.sell_fraction) // PPM
            self._for_sale += for_sale
            self._in_kind["mining"] -= int(for_sale * self.unit)

    # -- what others do to it -----------------------------------------------------------------

    def _luck(self, stream: str, day: int) -> float:
        return self.streams.uniform(self.treasury.path, stream, day)

    def _run_risks(self, day: int) -> None:
        """Let a review period's hazards strike."""
        spec, treasury = self.spec, self.treasury
        custody = spec.custody
        if self._luck("keys", day) < chance(custody.direct_rate, REVIEW_YEARS):
            treasury.lose(treasury.lots("coins") * round(PPM * custody.direct_loss) // PPM, "coins")
        etf = treasury.lots("etf")
        if self._luck("issuer", day) < chance(custody.etf_rate, REVIEW_YEARS):
            treasury.lose(etf * round(PPM * custody.etf_loss) // PPM, "etf")
        treasury.lose(etf * round(PPB * custody.etf_fee * REVIEW_YEARS) // PPB, "etf")
        if self._luck("sanctions", day) < chance(spec.sanctions.rate, REVIEW_YEARS):
            self._freeze(round(PPM * spec.sanctions.share))
        if not self.reversed and self.phase in (Phase.BUYING, Phase.HOLDING):
            rate = reversal_rate(spec.lender, spec, drawdown(self.price, self._top))
            self.reversed = self._luck("lender", day) < chance(rate, REVIEW_YEARS)

    def _freeze(self, share: int) -> None:
        """Freeze a share, 1e-6, of foreign exchange and ETF holding; coins are out of reach."""
        treasury = self.treasury
        self.sanctioned = max(self.sanctioned, share)
        treasury.shift(USD, "fx", "frozen", treasury.usd("fx") * share // PPM)
        treasury.shift(BTC, "etf", "etf-frozen", treasury.lots("etf") * share // PPM)

    def _thaw(self) -> None:
        treasury = self.treasury
        self.sanctioned = 0
        treasury.shift(USD, "frozen", "fx", treasury.usd("frozen"))
        treasury.shift(BTC, "etf-frozen", "etf", treasury.lots("etf-frozen"))

    def _follow_levers(self, day: int) -> None:
        levers = self.levers()
        hit = levers.frozen == self.spec.code
        if hit and not self._frozen_by_lever:
            self._frozen_by_lever = round(PPM * levers.frozen_share)
            self._freeze(self._frozen_by_lever)
        elif self._frozen_by_lever and not hit:
            self._frozen_by_lever = 0
            self._thaw()
        mine = levers.state == self.spec.code and levers.start is not None
        if not mine or self._is_posted(levers):
            return
        self._posted = levers
        self._set_plan(self._plan_of(levers))

    def _is_posted(self, levers: ReserveLevers) -> bool:
        """Whether this plan was taken up already; freezes are no part of it."""
        free = {"frozen": None, "frozen_share": 0.0}
        posted = self._posted
        return posted is not None and (
            posted.model_copy(update=free) == levers.model_copy(update=free)
        )

    def _plan_of(self, levers: ReserveLevers) -> _Plan:
        terms = self.spec.plan.model_copy(
            update={"size_usd": levers.size_usd, "coins_per_day": 0.0, "days": levers.days}
        )
        firms = max(0.0, 1.0 - levers.coins - levers.etf)
        mix = AssetMix(coins=levers.coins, etf=levers.etf, firms=firms)
        funding = FundingMix(**{"budget": 0.0, levers.source: 1.0})
        start = levers.start or 0
        announced = start if levers.announced is None else min(levers.announced, start)
        return _Plan(terms, mix, funding, announced // DAY, start // DAY)

    def _set_plan(self, plan: _Plan) -> None:
        self._plan = plan
        self._stop_buying()
        self.phase = Phase.HOLDING if self.treasury.held else Phase.IDLE
        self.started = None

    # -- imitation ----------------------------------------------------------------------------

    def adopt(self, day: int) -> None:
        """Take up its latent plan, following peers: announced today, due after its lead."""
        plan = self.spec.plan
        self._set_plan(_Plan(plan, self.spec.mix, self.spec.funding, day, day + plan.lead_days))

    def retreat(self) -> None:
        """Give the reserve up, following peers."""
        self._stop_buying()
        self._plan = None
        owns = self.treasury.held > 0 and not self.spec.politics.never_sells
        self.phase = Phase.LIQUIDATING if owns else Phase.CLOSED

    # -- the course of a plan -----------------------------------------------------------------

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
            self._peak, self._deepest = self.price, 0.0
            self._due_day = plan.start
        elif self.treasury.held:
            self.phase = Phase.HOLDING

    def _await(self, day: int) -> None:
        """Watch prices between announcement and start: wait, lapse or begin."""
        plan = self._plan
        assert plan is not None
        self._peak = max(self._peak, self.price)
        fall = drawdown(self.price, self._peak)
        self._deepest = max(self._deepest, fall)
        if day % REVIEW_DAYS == 0:
            lapses = chance(lapse_rate(plan.terms), REVIEW_YEARS)
            if self._luck("lapse", day) < lapses:
                self.phase, self._plan = Phase.LAPSED, None
                return
        if day < self._due_day:
            return
        if must_wait(plan.terms, fall) and day < plan.start + plan.terms.wait_days:
            self.phase = Phase.POSTPONED
            self._due_day = day + REVIEW_DAYS
            return
        self._begin(day, plan)

    def _begin(self, day: int, plan: _Plan) -> None:
        self.phase, self.started = Phase.BUYING, day
        self.size = shrunk(plan.terms, int(plan.terms.size_usd * MICRO), self._deepest)
        self._schedule = cumulative(self.size, plan.terms.days, plan.terms.urgency)
        self._target = self.treasury.bought - self.treasury.sold
        self._in_kind = dict.fromkeys(SOURCES, 0)

    def _bear_loss(self) -> None:
        """Count the days on which the loss costs more than is borne; sell after too many."""
        politics = self.spec.politics
        if politics.never_sells or not self.treasury.held:
            return
        dear = self.political_cost > round(PPM * politics.tolerance)
        self._painful = self._painful + 1 if dear else 0
        if self._painful >= politics.patience_days:
            self._stop_buying()
            self.phase = Phase.LIQUIDATING

    def _stop_buying(self) -> None:
        """Drop what is due or ordered; the money stays in the fund."""
        self._due = dict.fromkeys(SOURCES, 0)
        self._pool = dict.fromkeys(self._pool, 0)
        if self.treasury.desk.backlog > 0:
            self.planned -= self.treasury.desk.backlog
            self.treasury.cancel()

    # -- buying and selling -------------------------------------------------------------------

    def _trade(self, day: int) -> None:
        weekday = (self.treasury.clock.start.weekday() + day) % 7
        self.treasury.sweep()
        if self.phase is Phase.BUYING:
            self._buy(day, business=weekday < SATURDAY)
        elif self.phase is Phase.LIQUIDATING:
            self._sell_all(business=weekday < SATURDAY)
        else:
            self._sell_mined()

    def _buy(self, day: int, *, business: bool) -> None:
        plan = self._plan
        assert plan is not None
        assert self.started is not None
        since = day - self.started
        wanted = self._wanted(plan, since)
        for source, part in self._by_source(wanted, plan.funding).items():
            self._due[source] += part
        self._spend(self._pay(since), plan.mix, business=business)
        if since >= plan.terms.days and not self._unfinished(wanted):
            self.phase = Phase.HOLDING

    def _unfinished(self, wanted: int) -> bool:
        """Whether a schedule that is over has left something to pay, to place or to trade."""
        left = max(wanted, *self._pool.values(), *self._due.values())
        return max(left, self.treasury.desk.backlog) > self._left

    def _wanted(self, plan: _Plan, since: int) -> int:
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

    def _missing(self, plan: _Plan) -> int:
        """Return what the coins short of the target cost today beyond what is under way.

        Counted afresh every day: what is ordered beyond the target is cancelled, and its money
        returned to its source.
        """
        treasury = self.treasury
        missing = int((self._target - treasury.bought + treasury.sold) * self.unit)
        under_way = max(treasury.desk.backlog, 0) + sum(self._pool.values())
        self._due = dict.fromkeys(SOURCES, 0)
        excess = min(under_way - max(missing, 0), max(treasury.desk.backlog, 0))
        if excess > 0:
            treasury.desk.backlog -= excess
            self.planned -= excess
            self.deployed -= excess
            for source, part in self._by_source(excess, plan.funding).items():
                self.paid[source] -= part
                self.cash[source] += part
        return max(0, missing - under_way)

    def _pay(self, since: int) -> int:
        """Have every source pay what it owes and has; return the sum, micro-USD.

        Coins that came in kind are part of what their source owes.
        """
        for source, worth in self._in_kind.items():
            covered = max(0, min(worth, self._due[source]))
            self._due[source] -= covered
            self._in_kind[source] -= covered
        free = self.treasury.free_cash - sum(self._pool.values())
        total = 0
        for source, due in self._due.items():
            if due <= 0:
                continue
            in_hand = min(due, self.cash[source], max(free, 0))
            self.cash[source] -= in_hand
            free -= in_hand
            part = in_hand + self._drawn(source, due - in_hand, since)
            self._due[source] -= part
            self.paid[source] += part
            total += part
        self.deployed += total
        return total

    def _drawn(self, source: Source, due: int, since: int) -> int:
        """Draw on the state's own means for a purchase; return what came into the fund."""
        treasury, spec = self.treasury, self.spec
        if source == "fx":
            amount = min(due, treasury.usd("fx"))
            treasury.shift(USD, "fx", "fund", amount)
            return amount
        if source == "budget":
            allowed = int(spec.budget_usd * MICRO) * (since + 1) * 10_000 // 3_652_425
        elif source == "gold":
            allowed = int(spec.gold_gain_usd * MICRO)
        else:
            return 0
        amount = max(0, min(due, allowed - self._granted))
        self._granted += amount
        return treasury.receive(amount)

    def _spend(self, amount: int, mix: AssetMix, *, business: bool) -> None:
        """Place the day's money: coins any day, securities when exchanges are open."""
        pool = self._pool
        for name, part in split(amount, dict(mix)).items():
            pool[name] += part
        etf = pool["etf"] if business else 0
        if pool["coins"] or etf:
            self.treasury.order(pool["coins"], etf)
            self.planned += pool["coins"] + etf
            pool["coins"] = 0
            pool["etf"] -= etf
        if business:
            for name in SECURITIES:
                if pool[name]:
                    paid = self.listed.buy(self.holder, name, pool[name])
                    pool[name] -= paid
                    self.treasury.received -= paid
                    self._securities += paid

    def _sell_all(self, *, business: bool) -> None:
        treasury = self.treasury
        treasury.offer(treasury.lots("coins"))
        if business:
            treasury.offer(treasury.lots("etf"), "etf")
            proceeds = self.listed.sell_all(self.holder)
            treasury.received += proceeds
            self._securities -= proceeds
        treasury.selling = True
        self._quote()
        frozen = treasury.lots("etf-frozen")
        if (treasury.held - frozen) * self.unit < DUST and not self.listed.value(self.holder):
            self._end_sale()
            self.phase = Phase.CLOSED

    def _sell_mined(self) -> None:
        """Sell mined coins in blocks, while nothing is bought."""
        treasury = self.treasury
        if 0 < treasury.desk.backlog <= self._left:
            treasury.cancel()
        if treasury.selling:
            proceeds = max(0, self._invested - treasury.desk.invested)
            self.cash["mining"] += proceeds
            self._quote()
            if not treasury.bound and treasury.at_venues * self.unit < DUST:
                self._end_sale()
        elif self._for_sale >= max(1, int(self.spec.mining.block_coins / self.lot)):
            if treasury.idle:
                lots = min(self._for_sale, treasury.lots("coins"))
                self._for_sale -= lots
                treasury.offer(lots)
        self._invested = treasury.desk.invested

    def _quote(self) -> None:
        """Offer all that rests at the venues."""
        before = self.treasury.desk.backlog
        self.treasury.quote_sale(self.unit)
        self.planned += min(self.treasury.desk.backlog - before, 0)

    def _end_sale(self) -> None:
        self.treasury.cancel()
        self.treasury.selling = False
