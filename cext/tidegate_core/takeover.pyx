"""What the book does not take: fund, vault, other traders, and the last account of a target."""

from libc.stdlib cimport free, realloc
from libc.string cimport memcpy

from tidegate_core.book cimport OrderBook
from tidegate_core.contract cimport PPM, Contract, bankruptcy_price, notional_of, value_of
from tidegate_core.deleveraging cimport (
    ADL_QUEUE,
    ADL_WATER_FILLING,
    HEAP_CHILDREN,
    Claim,
    heap_build,
    heap_pop,
    leverage_of,
    score_of,
    take_by_rule,
)
from tidegate_core.holdings cimport (
    FIRST_CLIENT,
    FUND,
    MAX_CONTRACTS,
    VAULT,
    VENUE,
    Holdings,
    cash_of,
    reserves_of,
)
from tidegate_core.ledger cimport cell_of
from tidegate_core.margin cimport MarginHouse, fits
from tidegate_core.memory cimport memory_prefetch
from tidegate_core.positions cimport (
    POSITION_ISOLATED,
    POSITION_LIVE,
    Position,
    exposure_of,
    pnl_of,
)
from tidegate_core.rules cimport (
    PRICE_MARK,
    SURPLUS_FUND,
    TRIGGER_DRAWDOWN,
    TRIGGER_NEVER,
    load_rules,
)
from tidegate_core.targets cimport (
    Job,
    cushion_of,
    equity_behind,
    fund_equity,
    gross_of,
    lots_of,
    standing_of,
)
from tidegate_core.types cimport (
    EVENT_ADL,
    EVENT_CLEARANCE,
    EVENT_RECOVERED,
    EVENT_SEIZE,
    EVENT_SHORTFALL,
    EVENT_SURPLUS,
    EVENT_TAKEOVER,
    EVENT_VAULT,
    OK,
    REJECT_MEMORY,
    i32,
    i64,
)
from tidegate_core.wide cimport WIDE_CEIL, WIDE_FLOOR, wide_mul_div

import numpy as np

from tidegate_core.frames import pack, unpack

__all__ = ["LIQUIDATION_DTYPE", "TakeoverDesk"]

cdef enum:
    AHEAD = 16               # accounts ahead of which memory is asked for
    FIRST_CAPACITY = 64

LIQUIDATION_DTYPE = np.dtype([
    ("time", "i8"),
    ("kind", "i2"),
    ("contract", "i2"),
    ("account", "i4"),
    ("counterparty", "i4"),
    ("multiplicity", "u4"),
    ("quantity", "i8"),
    ("price", "i8"),
    ("value", "i8"),
    ("equity", "i8"),
    ("amount", "i8"),
])


cdef bint ranking_room(Ranking* ranking, i64 n) noexcept nogil:
    cdef i64 capacity = max(2 * ranking.capacity, n, <i64> FIRST_CAPACITY)
    cdef Claim* at
    if n <= ranking.capacity:
        return True
    at = <Claim*> realloc(ranking.at, <size_t> capacity * sizeof(Claim))
    if at == NULL:
        return False
    ranking.at = at
    ranking.capacity = capacity
    return True


cdef inline bint opposes(const Position* position, i32 contract, bint shorts) noexcept nogil:
    """Tell whether a record is a position of a contract on the side in question."""
    return position.contract == contract and (
        position.size < 0 if shorts else position.size > 0)


cdef inline void fetch_next(const Ranking* ranking, Holdings house) noexcept nogil:
    """Ask for the positions of which one is the next in rank."""
    cdef i64 at, end = min(ranking.n, <i64> HEAP_CHILDREN + 1)
    for at in range(1, end):
        memory_prefetch(house.positions + ranking.at[at].position)
        memory_prefetch(house.accounts + ranking.at[at].place)
        memory_prefetch(cash_of(house, ranking.at[at].place))


cdef class TakeoverDesk:
    """What a `LiquidationDesk` is made of; it is used through one."""

    def __cinit__(self, policy):
        cdef i64 side
        load_rules(&self.rules, policy)
        self.policy = policy
        for side in range(2 * MAX_CONTRACTS):
            self.rankings[side].round = -1

    def __dealloc__(self):
        cdef i64 side
        free(self.log)
        for side in range(2 * MAX_CONTRACTS):
            free(self.rankings[side].at)

    # ---- the fund and the vault ---------------------------------------------------------------

    cdef i32 c_close_rest(self, MarginHouse house, Job* job, bint straight) noexcept nogil:
        """Pass the job's lots to the fund, or to other traders."""
        cdef const Contract* contract = house.contracts + job.contract
        cdef const Position* position = house.positions + job.position
        cdef i64 price, gain, signed = job.lots if position.size > 0 else -job.lots
        cdef i32 code
        if not bankruptcy_price(
            contract, position.size, position.entry, cushion_of(house, job), &price
        ):
            price = contract.mark      # no price could make good what is missing: a shortfall
        if not straight:
            gain = value_of(contract, contract.mark, signed) - value_of(contract, price, signed)
            if self.rules.adl_trigger == TRIGGER_NEVER or self.c_fund_bears(
                house, -gain if gain < 0 else 0
            ):
                return self.c_take_over(house, job, price)
        code = self.c_deleverage(
            house, job,
            contract.mark if self.rules.adl_price == PRICE_MARK
            and standing_of(house, job).equity >= 0 else price)
        return self.c_take_over(house, job, price) if code == OK and job.lots else code

    cdef void c_refer(self, MarginHouse house) noexcept nogil:
        """Move the reference of the fund's drawdown to its equity, if higher or due."""
        cdef i64 equity = fund_equity(house)
        if (
            not self.state.started or equity > self.state.reference
            or self.state.now - self.state.reference_time >= self.rules.drawdown_seconds
        ):
            self.state.started = 1
            self.state.reference = equity
            self.state.reference_time = self.state.now

    cdef bint c_fund_bears(self, MarginHouse house, i64 loss) noexcept nogil:
        """Tell whether the fund may take over at a loss."""
        cdef i64 least = 0
        if self.rules.adl_trigger == TRIGGER_DRAWDOWN:
            wide_mul_div(
                self.state.reference, PPM - self.rules.drawdown_ppm, PPM, WIDE_FLOOR, &least)
        return fund_equity(house) - loss >= least

    cdef i32 c_take_over(self, MarginHouse house, Job* job, i64 price) noexcept nogil:
        """Give the lots to the fund; to the venue if the fund's position is as large as can be."""
        cdef i32 code = self.c_exchange(house, job, EVENT_TAKEOVER, FUND, job.lots, price)
        if code == OK or code == REJECT_MEMORY:
            return code
        return self.c_exchange(house, job, EVENT_TAKEOVER, VENUE, job.lots, price)

    cdef bint c_vault_has_room(self, MarginHouse house, Job* job) noexcept nogil:
        """Tell whether the vault can take all of a target: its notional, and every position."""
        cdef i32 slot = job.position if job.isolated else house.accounts[job.account].first
        cdef i64 gross = gross_of(house, VAULT)
        cdef const Position* position
        while slot:
            position = house.positions + slot
            if position.size and (job.isolated or not position.flags & POSITION_ISOLATED):
                gross += exposure_of(house.contracts + position.contract, position)
                if (
                    house.contracts[position.contract].mark == 0
                    or not fits(house, position.contract, VAULT, position.size)
                ):
                    return False
            slot = 0 if job.isolated else position.sibling
        return gross <= self.rules.vault_capacity

    cdef i32 c_to_vault(self, MarginHouse house, Job* job) noexcept nogil:
        """Hand all positions of a target to the vault at mark, and its equity with them.

        Only where there is room; then only memory can be lacking, before anything has moved.
        """
        cdef i32 slot = job.position if job.isolated else house.accounts[job.account].first
        cdef i32 next_slot, asset, code
        cdef i64 amount, last = self.n_log
        cdef Event* event
        cdef const Position* position
        if not house.c_room(MAX_CONTRACTS) or not house.c_shortfall_room(2):
            return REJECT_MEMORY
        while slot:
            position = house.positions + slot
            next_slot = 0 if job.isolated else position.sibling
            if position.size and (job.isolated or not position.flags & POSITION_ISOLATED):
                job.position = slot
                job.contract = position.contract
                last = self.n_log
                code = self.c_exchange(
                    house, job, EVENT_VAULT, VAULT, lots_of(position.size),
                    house.contracts[job.contract].mark)
                if code != OK:
                    return code
            slot = next_slot
        if job.isolated:
            amount = house.positions[job.position].margin
            house.c_move_margin(job.position, -amount)
        else:
            amount = cash_of(house, job.account)[0]
        if amount >= 0:
            house.c_pay(0, job.account, VAULT, amount)
        else:                    # its collateral covers it
            house.c_pay(0, VAULT, job.account, -amount)
        self.log[last].amount = amount
        if job.isolated:
            return OK
        for asset in range(1, house.n_assets):
            amount = cell_of(house.ledger, job.account, asset).free
            if amount > 0:
                house.c_pay(asset, job.account, VAULT, amount)
                event = self.c_log(job, EVENT_SEIZE)
                event.contract = <short> asset
                event.counterparty = VAULT
                event.quantity = -amount
        return OK

    cdef i32 c_exchange(
        self, MarginHouse house, Job* job, i32 kind, i32 counterparty, i64 lots, i64 price
    ) noexcept nogil:
        """Trade lots of the target's position outside the book; logged where there is room."""
        cdef i64 change = -lots if house.positions[job.position].size > 0 else lots
        cdef i32 code = house.c_cross_trade(
            job.contract, job.account, counterparty, change, price, True)
        cdef Event* event
        if code != OK:
            return code
        event = self.c_log(job, kind)
        job.lots -= lots
        event.counterparty = counterparty
        event.quantity = change
        event.price = price
        event.value = notional_of(house.contracts + job.contract, price, lots)
        return OK

    # ---- deleveraging -------------------------------------------------------------------------

    cdef i32 c_deleverage(self, MarginHouse house, Job* job, i64 price) noexcept nogil:
        """Close the job's lots against other traders, as far as there are any."""
        if self.rules.adl_rule == ADL_QUEUE:
            return self.c_deleverage_in_order(house, job, price)
        return self.c_deleverage_by_shares(house, job, price)

    cdef i32 c_deleverage_in_order(self, MarginHouse house, Job* job, i64 price) noexcept nogil:
        cdef bint shorts = house.positions[job.position].size > 0
        cdef Ranking* ranking = &self.rankings[2 * job.contract + shorts]
        cdef i64 lots
        cdef i64 fills = (<OrderBook> house.books[job.contract]).sequence
        cdef Claim* claim
        cdef const Position* position
        cdef i32 code = OK
        if ranking.round != house.rounds:
            code = self.c_rank(house, ranking, job.contract, shorts)
            heap_build(ranking.at, ranking.n)
        while job.lots > 0 and code == OK:
            if ranking.n == 0:
                if ranking.sequence == fills:
                    break
                code = self.c_rank(house, ranking, job.contract, shorts)
                heap_build(ranking.at, ranking.n)
                continue
            claim = ranking.at
            position = house.positions + claim.position
            fetch_next(ranking, house)
            if not (
                position.flags & POSITION_LIVE and position.account == claim.place
                and opposes(position, job.contract, shorts)
                and equity_behind(house, claim.position) > 0
            ):
                heap_pop(ranking.at, ranking.n)
                ranking.n -= 1
                continue
            if not self.c_log_room(STEP_EVENTS):
                return REJECT_MEMORY
            lots = min(job.lots, lots_of(position.size))
            if lots == lots_of(position.size):
                heap_pop(ranking.at, ranking.n)
                ranking.n -= 1
                claim = ranking.at + ranking.n
            if self.rules.adl_cancels_orders and position.orders:
                house.c_cancel_position(claim.position)
            code = self.c_exchange(house, job, EVENT_ADL, claim.place, lots, price)
        return code

    cdef i32 c_deleverage_by_shares(self, MarginHouse house, Job* job, i64 price) noexcept nogil:
        cdef bint shorts = house.positions[job.position].size > 0
        cdef Ranking* ranking = &self.rankings[2 * job.contract + shorts]
        cdef const Claim* claim
        cdef i64 at
        cdef i32 code = self.c_rank(house, ranking, job.contract, shorts)
        if code != OK:
            return code
        take_by_rule(<i32> self.rules.adl_rule, ranking.at, ranking.n, job.lots)
        for at in range(ranking.n - 1, -1, -1):
            claim = ranking.at + at
            if claim.taken == 0:
                continue
            if not self.c_log_room(STEP_EVENTS):
                code = REJECT_MEMORY
                break
            if self.rules.adl_cancels_orders and house.positions[claim.position].orders:
                house.c_cancel_position(claim.position)
            code = self.c_exchange(house, job, EVENT_ADL, claim.place, claim.taken, price)
            if code != OK:
                break
        ranking.n = 0            # equities change: the next step makes its own
        return code

    cdef i32 c_rank(
        self, MarginHouse house, Ranking* ranking, i32 contract, bint shorts
    ) noexcept nogil:
        """List a side's positions with equity, in ascending account order, with their keys."""
        cdef const Contract* terms = house.contracts + contract
        cdef const Position* position
        cdef Claim* claim
        cdef i64 account, equity
        cdef i32 slot
        ranking.n = 0
        ranking.round = -1
        for account in range(FIRST_CLIENT, house.n_accounts):
            if account + AHEAD < house.n_accounts:
                memory_prefetch(house.positions + house.accounts[account + AHEAD].first)
            slot = house.accounts[account].first
            while slot:
                position = house.positions + slot
                if opposes(position, contract, shorts):
                    equity = equity_behind(house, slot)
                    if equity > 0:
                        if not ranking_room(ranking, ranking.n + 1):
                            return REJECT_MEMORY
                        claim = ranking.at + ranking.n
                        claim.most = lots_of(position.size)
                        claim.taken = 0
                        claim.place = <i32> account
                        claim.position = slot
                        claim.key = leverage_of(exposure_of(terms, position), equity)
                        if self.rules.adl_rule != ADL_WATER_FILLING:
                            claim.key = score_of(
                                pnl_of(terms, position), position.entry, claim.key)
                        ranking.n += 1
                slot = position.sibling
        ranking.round = house.rounds
        ranking.sequence = (<OrderBook> house.books[contract]).sequence
        return OK

    # ---- a target without positions -----------------------------------------------------------

    cdef void c_settle(self, MarginHouse house, Job* job, bint surplus) noexcept nogil:
        """Cover what is missing of a target without positions, and pass on what is left."""
        cdef i64 left
        cdef bint to_fund = surplus and self.rules.surplus == SURPLUS_FUND
        cdef Event* event
        if job.isolated:
            left = house.positions[job.position].margin
            if left < 0:
                self.c_cover(house, job, -left)
            if left:
                house.c_move_margin(job.position, -left)
        else:
            job.contract = -1
            if cash_of(house, job.account)[0] < 0:
                self.c_seize(house, job)
            left = cash_of(house, job.account)[0]
            if left < 0:
                self.c_cover(house, job, -left)
        if left <= 0 or not (job.isolated or to_fund):
            return
        event = self.c_log(job, EVENT_SURPLUS)
        event.amount = left
        if to_fund:
            house.c_pay(0, job.account, FUND, left)
            event.counterparty = FUND

    cdef void c_seize(self, MarginHouse house, Job* job) noexcept nogil:
        """Sell collateral to the fund at its haircut value, until cash is not negative."""
        cdef i64 missing, held, amount, value, needed
        cdef i32 asset
        cdef Event* event
        for asset in range(1, house.n_assets):
            missing = -cash_of(house, job.account)[0]
            if missing <= 0:
                return
            held = cell_of(house.ledger, job.account, asset).free
            if held <= 0 or house.c_collateral_value(asset, held) <= 0:
                continue
            amount = held
            # the smallest amount a with floor(floor(a price / 1e6) counted / 1e6) >= missing
            if (
                not wide_mul_div(missing, PPM, house.counted_ppm[asset], WIDE_CEIL, &needed)
                and not wide_mul_div(
                    needed, PPM, house.collateral_price[asset], WIDE_CEIL, &needed)
                and needed < held
            ):
                amount = needed
            value = house.c_collateral_value(asset, amount)
            house.c_pay(asset, job.account, FUND, amount)
            house.c_pay(0, FUND, job.account, value)
            event = self.c_log(job, EVENT_SEIZE)
            event.contract = <short> asset
            event.counterparty = FUND
            event.quantity = -amount
            event.amount = value

    cdef void c_cover(self, MarginHouse house, Job* job, i64 shortfall) noexcept nogil:
        """Pay a shortfall from the fund while it lasts, the rest from the venue."""
        cdef i64 part = max(<i64> 0, min(shortfall, reserves_of(house, FUND)))
        cdef Event* event = self.c_log(job, EVENT_SHORTFALL)
        house.c_pay(0, FUND, job.account, part)
        house.c_pay(0, VENUE, job.account, shortfall - part)
        event.value = part
        event.amount = shortfall

    # ---- log and copies -----------------------------------------------------------------------

    cdef bint c_log_room(self, i64 count) noexcept nogil:
        cdef i64 capacity
        cdef Event* log
        if self.n_log + count <= self.log_capacity:
            return True
        capacity = max(2 * self.log_capacity, self.n_log + count)
        log = <Event*> realloc(self.log, <size_t> capacity * sizeof(Event))
        if log == NULL:
            return False
        self.log = log
        self.log_capacity = capacity
        return True

    cdef Event* c_log(self, Job* job, i32 kind) noexcept nogil:
        """Begin a row of the log; what is not set afterwards is none."""
        cdef Event* event = self.log + self.n_log
        self.n_log += 1
        event.time = self.state.now
        event.kind = <short> kind
        event.contract = <short> job.contract
        event.account = job.account
        event.counterparty = -1
        event.multiplicity = job.multiplicity
        event.quantity = event.price = event.value = event.amount = 0
        event.equity = job.equity
        return event

    def take_events(self):
        """Hand out the events since the last call, a structured array of `LIQUIDATION_DTYPE`."""
        events = np.empty(self.n_log, dtype=LIQUIDATION_DTYPE)
        cdef char[::1] target
        if self.n_log:
            target = events.view("i1")
            memcpy(&target[0], self.log, <size_t> self.n_log * sizeof(Event))
        self.n_log = 0
        return events

    cdef int c_assign_takeover(self, TakeoverDesk other) except -1:
        """Take over log, ranks and state of a desk of the same policy; all or nothing."""
        cdef i64 side
        cdef Ranking* ranking
        cdef const Ranking* model
        if not self.c_log_room(other.n_log - self.n_log):
            raise MemoryError
        for side in range(2 * MAX_CONTRACTS):
            if not ranking_room(&self.rankings[side], other.rankings[side].n):
                raise MemoryError
        self.state = other.state
        self.n_log = other.n_log
        if other.n_log:
            memcpy(self.log, other.log, <size_t> other.n_log * sizeof(Event))
        for side in range(2 * MAX_CONTRACTS):
            ranking, model = &self.rankings[side], &other.rankings[side]
            ranking.n, ranking.round, ranking.sequence = model.n, model.round, model.sequence
            if model.n:
                memcpy(ranking.at, model.at, <size_t> model.n * sizeof(Claim))
        return 0

    cdef bytes c_pack(self):
        cdef i64 side
        cdef Ranking* ranking
        heads = np.empty((2 * MAX_CONTRACTS, 2), dtype=np.int64)
        claims = []
        for side in range(2 * MAX_CONTRACTS):
            ranking = &self.rankings[side]
            heads[side] = ranking.round, ranking.sequence
            claims.append(bytes_of(ranking.at, ranking.n * <i64> sizeof(Claim)))
        return pack("takeover", (
            bytes_of(&self.state, sizeof(DeskState)),
            bytes_of(self.log, self.n_log * <i64> sizeof(Event)),
            heads.tobytes(),
            *claims,
        ))

    cdef int c_load(self, bytes data) except -1:
        cdef i64 side, n
        cdef Ranking* ranking
        cdef bytes state, log, claims
        state, log, heads, *ranks = unpack("takeover", data, 3 + 2 * MAX_CONTRACTS)
        if (
            len(state) != sizeof(DeskState) or len(log) % sizeof(Event)
            or len(heads) != 2 * MAX_CONTRACTS * 16
            or any(len(claims) % sizeof(Claim) for claims in ranks)
        ):
            raise ValueError("data is a damaged snapshot of a liquidation desk")
        memcpy(&self.state, <const char*> state, sizeof(DeskState))
        if not self.c_log_room(len(log) // <i64> sizeof(Event)):
            raise MemoryError
        if log:
            memcpy(self.log, <const char*> log, len(log))
        self.n_log = len(log) // <i64> sizeof(Event)
        marks = np.frombuffer(heads, dtype=np.int64).reshape(-1, 2)
        for side in range(2 * MAX_CONTRACTS):
            claims = ranks[side]
            ranking = &self.rankings[side]
            n = len(claims) // <i64> sizeof(Claim)
            if not ranking_room(ranking, n):
                raise MemoryError
            if claims:
                memcpy(ranking.at, <const char*> claims, len(claims))
            ranking.n, ranking.round, ranking.sequence = n, marks[side, 0], marks[side, 1]
        return 0

    def _check(self, MarginHouse house=None):
        """Assert the invariants of log and state."""
        cdef i64 at
        for at in range(self.n_log):
            assert EVENT_RECOVERED <= self.log[at].kind <= EVENT_CLEARANCE, "unknown event"
            assert self.log[at].time <= self.state.now, "an event of the future"
        assert self.state.reference_time <= self.state.now, "a reference of the future"


cdef bytes bytes_of(const void* start, i64 size):
    return (<const char*> start)[:size] if size else b""
