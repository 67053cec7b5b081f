"""The liquidation desk: what becomes, step by step, of whoever falls below maintenance margin."""

from libc.stdint cimport INT64_MAX
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy

cimport cython

from tidegate_core.book cimport OrderBook
from tidegate_core.contract cimport (
    PPM,
    Contract,
    bankruptcy_price,
    notional_of,
    tier_of,
    value_of,
)
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
    ACCOUNT_QUEUED,
    FIRST_CLIENT,
    FUND,
    MAX_CONTRACTS,
    VAULT,
    VENUE,
    Holdings,
    Standing,
    cash_of,
    is_holding,
)
from tidegate_core.ledger cimport cell_of
from tidegate_core.margin cimport MarginHouse
from tidegate_core.memory cimport memory_prefetch
from tidegate_core.positions cimport (
    POSITION_ISOLATED,
    POSITION_LIVE,
    POSITION_QUEUED,
    Position,
    exposure_of,
    pnl_of,
    required_of,
)
from tidegate_core.triggers cimport Due
from tidegate_core.types cimport (
    BUY,
    EVENT_ADL,
    EVENT_BOOK,
    EVENT_CLEARANCE,
    EVENT_RECOVERED,
    EVENT_SEIZE,
    EVENT_SHORTFALL,
    EVENT_SURPLUS,
    EVENT_TAKEOVER,
    EVENT_VAULT,
    OK,
    REJECT_MEMORY,
    SELL,
    i32,
    i64,
    u32,
)
from tidegate_core.wide cimport WIDE_CEIL, WIDE_FLOOR, wide_mul, wide_mul_div

import numpy as np

from tidegate_core import waterfall
from tidegate_core.frames import pack, unpack

__all__ = ["LIQUIDATION_DTYPE", "LiquidationDesk"]

cdef enum:
    AHEAD = 8                # targets ahead of which memory is asked for
    STEP_EVENTS = 48         # more than a step logs, counterparties apart
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


# ---- reading the house ------------------------------------------------------------------------

cdef inline Due _due(const Waiting* target) noexcept nogil:
    cdef Due due
    due.position = target.position
    due.account = target.account
    return due


cdef inline bint _stands(Holdings house, const Waiting* target) noexcept nogil:
    """Tell whether a target is still the one that was queued."""
    cdef const Position* position = house.positions + target.position
    if target.position == 0:
        return house.accounts[target.account].flags & ACCOUNT_QUEUED != 0
    return (
        position.flags & (POSITION_QUEUED | POSITION_LIVE) == POSITION_QUEUED | POSITION_LIVE
        and position.account == target.account and position.contract == target.contract
    )


cdef inline Standing _standing(Holdings house, const Job* job) noexcept nogil:
    """Give equity and maintenance of a target now; `exposed` if it has a size."""
    cdef Standing standing
    if not job.isolated:
        return house.c_standing(job.account)
    standing.equity = house.c_position_equity(job.position)
    standing.maintenance = house.c_position_maintenance(job.position)
    standing.initial = 0
    standing.exposed = house.positions[job.position].size != 0
    return standing


cdef inline i64 _cushion(Holdings house, const Job* job) noexcept nogil:
    """Give a target's equity but for the PnL of the position that is worked on."""
    cdef const Position* position = house.positions + job.position
    if job.isolated:
        return position.margin
    return house.c_equity(job.account) - pnl_of(house.contracts + job.contract, position)


cdef i32 _largest(Holdings house, i32 account) noexcept nogil:
    """Find the cross position with the largest maintenance that may trade, 0 if there is none."""
    cdef i32 slot = house.accounts[account].first, found = 0
    cdef const Position* position
    cdef const Contract* contract
    cdef i64 maintenance, largest = -1
    while slot:
        position = house.positions + slot
        if position.size and not position.flags & POSITION_ISOLATED and not is_holding(position):
            contract = house.contracts + position.contract
            if not contract.halted and contract.mark:
                maintenance = required_of(contract, position, exposure_of(contract, position))
                if maintenance > largest or (
                    maintenance == largest and position.contract < house.positions[found].contract
                ):
                    largest = maintenance
                    found = slot
        slot = position.sibling
    return found


cdef i64 _gross(Holdings house, i32 account, bint cross_only) noexcept nogil:
    """Sum the notionals of an account's positions."""
    cdef i32 slot = house.accounts[account].first
    cdef const Position* position
    cdef i64 total = 0
    while slot:
        position = house.positions + slot
        if position.size and not (cross_only and position.flags & POSITION_ISOLATED):
            total += exposure_of(house.contracts + position.contract, position)
        slot = position.sibling
    return total


cdef i64 _fund_equity(Holdings house) noexcept nogil:
    cdef i32 slot = house.accounts[FUND].first
    cdef const Position* position
    cdef i64 total = cash_of(house, FUND)[0]
    while slot:
        position = house.positions + slot
        if position.size:
            total += pnl_of(house.contracts + position.contract, position) + position.margin
        slot = position.sibling
    return total


cdef inline i64 _equity_behind(Holdings house, i32 slot) noexcept nogil:
    """Give the equity that stands behind a position: its own, or its account's."""
    cdef const Position* position = house.positions + slot
    if position.flags & POSITION_ISOLATED:
        return house.c_position_equity(slot)
    return house.c_equity(position.account)


cdef inline bint _opposes(const Position* position, i32 contract, bint shorts) noexcept nogil:
    """Tell whether a record is a position of a contract on the side in question."""
    return position.contract == contract and (
        position.size < 0 if shorts else position.size > 0)


cdef inline i64 _lots(i64 size) noexcept nogil:
    return -size if size < 0 else size


cdef inline i64 _shrink(i64 amount, i64 ppm) noexcept nogil:
    """Give floor(amount * ppm / 1e6), which is no larger than the amount."""
    cdef i64 out = 0
    wide_mul_div(amount, ppm, PPM, WIDE_FLOOR, &out)
    return out


cdef i64 _lots_within(const Contract* contract, i64 cap, i64 multiplicity) noexcept nogil:
    """Give the most lots whose notional at mark is within a tier's cap."""
    cdef i64 bound
    if wide_mul(cap, multiplicity, &bound):
        return INT64_MAX
    if not contract.inverse:
        return bound // (contract.mark * contract.unit)
    # floor(lots C / mark) <= bound
    if wide_mul_div(bound + 1, contract.mark, contract.unit, WIDE_CEIL, &bound):
        return INT64_MAX
    return bound - 1


cdef i64 _within_band(const Contract* contract, bint sells, i64 price) noexcept nogil:
    """Move a limit inside the band around the mark."""
    cdef i64 bound
    if contract.band_ppm == 0:
        return price
    if sells:
        if wide_mul_div(contract.mark, PPM - contract.band_ppm, PPM, WIDE_CEIL, &bound):
            return price
        return bound if bound > price else price
    if wide_mul_div(contract.mark, PPM + contract.band_ppm, PPM, WIDE_FLOOR, &bound):
        return price
    return bound if bound < price else price


# ---- first in, first out ----------------------------------------------------------------------

cdef inline Waiting* _at(const Ring* ring, i64 place) noexcept nogil:
    return ring.at + (ring.head + place & ring.capacity - 1)


cdef inline void _push(Ring* ring, Waiting waiting) noexcept nogil:
    """Add at the end; only where there is room."""
    _at(ring, ring.n)[0] = waiting
    ring.n += 1


cdef inline Waiting _pop(Ring* ring) noexcept nogil:
    cdef Waiting first = _at(ring, 0)[0]
    ring.head = ring.head + 1 & ring.capacity - 1
    ring.n -= 1
    return first


cdef bint _ring_room(Ring* ring, i64 n) noexcept nogil:
    """Make room for `n` in all; false, and nothing changed, without memory."""
    cdef i64 capacity = FIRST_CAPACITY, place
    cdef Waiting* at
    if n <= ring.capacity:
        return True
    while capacity < n:
        capacity *= 2
    at = <Waiting*> realloc(NULL, <size_t> capacity * sizeof(Waiting))
    if at == NULL:
        return False
    for place in range(ring.n):
        at[place] = _at(ring, place)[0]
    free(ring.at)
    ring.at = at
    ring.head = 0
    ring.capacity = capacity
    return True


cdef bint _ranking_room(Ranking* ranking, i64 n) noexcept nogil:
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


# ---- the desk ---------------------------------------------------------------------------------

@cython.final
cdef class LiquidationDesk:
    """Liquidates, by a policy, whoever a house finds below maintenance margin.

    Parameters
    ----------
    policy : Waterfall
        The steps and their parameters.
    """

    def __cinit__(self, policy):
        if not isinstance(policy, waterfall.Waterfall):
            raise TypeError(f"policy is {policy!r}; a Waterfall is needed")
        cdef i64 side
        self.policy = policy
        self.rules.cancel_orders = policy.cancel_orders
        self.rules.partial = waterfall.PARTIALS.index(policy.partial)
        self.rules.slice_ppm = policy.slice_ppm
        self.rules.slice_above = policy.slice_above
        self.rules.cooldown_seconds = policy.cooldown_seconds
        self.rules.tiers_down = policy.tiers_down
        self.rules.whole_below_tier = policy.whole_below_tier
        self.rules.order = waterfall.ORDERS.index(policy.order)
        self.rules.clearance_ppm = policy.clearance_ppm
        self.rules.surplus = waterfall.SURPLUSES.index(policy.surplus)
        self.rules.adl_rule = waterfall.ADL_RULES.index(policy.adl_rule)
        self.rules.adl_trigger = waterfall.ADL_TRIGGERS.index(policy.adl_trigger)
        self.rules.drawdown_ppm = policy.drawdown_ppm
        self.rules.drawdown_seconds = policy.drawdown_seconds
        self.rules.adl_price = waterfall.ADL_PRICES.index(policy.adl_price)
        self.rules.adl_cancels_orders = policy.adl_cancels_orders
        self.rules.vault = policy.vault
        self.rules.vault_ppm = policy.vault_ppm
        self.rules.vault_capacity = policy.vault_capacity
        self.rules.beyond_vault = waterfall.BEYOND_VAULT.index(policy.beyond_vault)
        for side in range(2 * MAX_CONTRACTS):
            self.rankings[side].round = -1
        if not (_ring_room(&self.queue, 1) and _ring_room(&self.cooling, 1)):
            raise MemoryError

    def __dealloc__(self):
        cdef i64 side
        free(self.queue.at)
        free(self.cooling.at)
        free(self.log)
        for side in range(2 * MAX_CONTRACTS):
            free(self.rankings[side].at)

    cdef i64 c_liquidate(self, MarginHouse house, i64 now, i64 budget) noexcept nogil:
        cdef Waiting* target
        cdef Waiting waiting
        cdef i64 spent = 0, deferred = 0
        cdef i32 outcome
        if now > self.state.now:
            self.state.now = now
        if not self.c_take_due(house):
            return -REJECT_MEMORY
        self.c_refer(house)
        while spent < budget and deferred < self.queue.n:
            _fetch_ahead(&self.queue, house)
            target = _at(&self.queue, 0)
            outcome = self.c_step(house, target)
            if outcome == STEP_MEMORY:
                return -REJECT_MEMORY
            waiting = _pop(&self.queue)
            if outcome == STEP_DEFERRED:
                _push(&self.queue, waiting)
                deferred += 1
                continue
            deferred = 0
            spent += house.accounts[waiting.account].multiplicity
            self.state.steps += 1
            if outcome == STEP_AGAIN:
                _push(&self.queue, waiting)
            elif outcome == STEP_COOLING:
                waiting.ready = self.state.now + self.rules.cooldown_seconds
                _push(&self.cooling, waiting)
        return spent

    # ---- one step -----------------------------------------------------------------------------

    cdef i32 c_step(self, MarginHouse house, Waiting* target) noexcept nogil:
        """Do one step on a target; without memory it is left as it is."""
        cdef Job job
        cdef Standing standing
        cdef i64 share = 0
        cdef i32 code
        cdef bint straight = False
        if not _stands(house, target):
            return STEP_GONE
        if not self.c_log_room(STEP_EVENTS):
            return STEP_MEMORY
        job.account = target.account
        job.position = target.position
        job.contract = target.contract
        job.isolated = target.position != 0
        job.multiplicity = house.accounts[target.account].multiplicity
        standing = _standing(house, &job)
        job.equity = standing.equity
        if not standing.exposed or standing.equity > standing.maintenance:
            self.c_log(&job, EVENT_RECOVERED)
            if not standing.exposed:
                self.c_settle(house, &job, False)
            house.c_unqueue(_due(target))
            return STEP_GONE
        if not job.isolated:
            job.position = _largest(house, job.account)
            if job.position == 0:
                return STEP_DEFERRED
            job.contract = house.positions[job.position].contract
        elif house.contracts[job.contract].halted:
            return STEP_DEFERRED
        if self.rules.cancel_orders:
            _cancel(house, &job)
        if self.rules.vault:
            wide_mul_div(standing.maintenance, self.rules.vault_ppm, PPM, WIDE_CEIL, &share)
            if standing.equity < share:
                straight = self.rules.beyond_vault == BEYOND_ADL
                if standing.equity > 0 and self.c_vault_has_room(house, &job):
                    code = self.c_to_vault(house, &job)
                    if code == OK:
                        house.c_unqueue(_due(target))
                        return STEP_GONE
                    if code == REJECT_MEMORY:
                        return STEP_MEMORY
        return self.c_work(house, &job, target, straight)

    cdef i32 c_work(
        self, MarginHouse house, Job* job, Waiting* target, bint straight
    ) noexcept nogil:
        """Close the target's position, or part of it, as the policy says."""
        cdef i64 lots = _lots(house.positions[job.position].size), filled = 0
        cdef u32 flags = target.flags
        cdef bint whole
        cdef i32 outcome, code
        if not straight:
            lots = self.c_quantity(house, job, &flags)
        whole = lots == _lots(house.positions[job.position].size)
        if not straight and self.rules.order != SEND_NONE:
            filled = self.c_send(house, job, lots)
            if filled < 0:
                return STEP_MEMORY
        job.lots = lots - filled
        if whole and job.lots:
            code = self.c_close_rest(house, job, straight)
            if code == REJECT_MEMORY:
                return STEP_MEMORY
            if code != OK:
                return STEP_DEFERRED
        flags &= ~<u32> WAITING_WHOLE
        if not whole and filled < lots:
            flags |= WAITING_WHOLE
        target.flags = flags
        outcome = self.c_conclude(house, job, not whole)
        if outcome == STEP_GONE:
            house.c_unqueue(_due(target))
        return outcome

    cdef i32 c_conclude(self, MarginHouse house, Job* job, bint parted) noexcept nogil:
        """Settle a target that has nothing left, or see whether it is still due."""
        cdef Standing standing
        cdef bint left
        if job.isolated:
            left = house.positions[job.position].size != 0
        else:
            left = house.accounts[job.account].cross != 0
        if not left:
            self.c_settle(house, job, True)
            return STEP_GONE
        standing = _standing(house, job)
        if standing.equity > standing.maintenance:
            if not job.isolated:
                job.contract = -1
            self.c_log(job, EVENT_RECOVERED)
            return STEP_GONE
        if parted and self.rules.cooldown_seconds > 0:
            return STEP_COOLING
        return STEP_AGAIN

    cdef i64 c_quantity(self, MarginHouse house, Job* job, u32* flags) noexcept nogil:
        """Choose how many lots go in this step."""
        cdef const Position* position = house.positions + job.position
        cdef const Contract* contract = house.contracts + job.contract
        cdef i64 size = _lots(position.size), lots, notional
        cdef i32 tier
        if self.rules.partial == PARTIAL_NONE or flags[0] & WAITING_WHOLE:
            return size
        notional = exposure_of(contract, position)
        notional = (notional + job.multiplicity - 1) // job.multiplicity
        if self.rules.partial == PARTIAL_SLICE:
            if notional <= self.rules.slice_above or flags[0] & WAITING_SLICED:
                return size
            lots = max(<i64> 1, _shrink(size, self.rules.slice_ppm))
            if lots < size:
                flags[0] |= WAITING_SLICED
            return lots
        tier = tier_of(contract, notional)
        if tier <= self.rules.whole_below_tier:
            return size
        tier = <i32> max(<i64> 0, tier - self.rules.tiers_down)
        lots = size - _lots_within(contract, contract.cap[tier], job.multiplicity)
        return max(<i64> 1, lots)

    cdef i64 c_send(self, MarginHouse house, Job* job, i64 lots) noexcept nogil:
        """Offer lots to the book down to the limit; how many it took, or -REJECT_MEMORY."""
        cdef const Position* position = house.positions + job.position
        cdef const Contract* contract = house.contracts + job.contract
        cdef i64 cushion = _cushion(house, job), limit, filled, value = 0
        cdef bint sells = position.size > 0
        cdef Event* event
        if self.rules.order == SEND_MARKET and cash_of(house, FUND)[0] > 0:
            cushion += cash_of(house, FUND)[0]
        if not bankruptcy_price(contract, position.size, position.entry, cushion, &limit):
            return 0
        limit = _within_band(contract, sells, limit)
        filled = house.c_liquidate(
            job.position, SELL if sells else BUY, limit, lots, True, &value)
        if filled == -REJECT_MEMORY:
            return filled
        if filled < 0:
            return 0
        event = self.c_log(job, EVENT_BOOK)
        event.quantity = -filled if sells else filled
        event.price = limit
        event.value = value
        if self.rules.clearance_ppm and value:
            self.c_clear(house, job, value)
        return filled

    cdef void c_clear(self, MarginHouse house, Job* job, i64 value) noexcept nogil:
        """Charge the clearance fee, as far as the target's equity goes."""
        cdef i64 fee = _shrink(value, self.rules.clearance_ppm)
        cdef i64 equity = _standing(house, job).equity
        fee = max(<i64> 0, min(fee, equity))
        if fee == 0:
            return
        if job.isolated:
            house.c_move_margin(job.position, -fee)
        house.c_pay(0, job.account, FUND, fee)
        self.c_log(job, EVENT_CLEARANCE).amount = fee

    # ---- what the book does not take ----------------------------------------------------------

    cdef i32 c_close_rest(self, MarginHouse house, Job* job, bint straight) noexcept nogil:
        """Pass the job's lots to the fund, or to other traders."""
        cdef const Contract* contract = house.contracts + job.contract
        cdef const Position* position = house.positions + job.position
        cdef i64 price, gain, signed = job.lots if position.size > 0 else -job.lots
        cdef i32 code
        if not bankruptcy_price(
            contract, position.size, position.entry, _cushion(house, job), &price
        ):
            price = 1 if position.size > 0 else contract.max_price
        if not straight:
            gain = value_of(contract, contract.mark, signed) - value_of(contract, price, signed)
            if self.rules.adl_trigger == TRIGGER_NEVER or self.c_fund_bears(
                house, -gain if gain < 0 else 0
            ):
                return self.c_take_over(house, job, price)
        code = self.c_deleverage(
            house, job,
            contract.mark if self.rules.adl_price == PRICE_MARK
            and _standing(house, job).equity >= 0 else price)
        return self.c_take_over(house, job, price) if code == OK and job.lots else code

    cdef bint c_fund_bears(self, MarginHouse house, i64 loss) noexcept nogil:
        """Tell whether the fund may take over at a loss."""
        cdef i64 least = 0
        if self.rules.adl_trigger == TRIGGER_DRAWDOWN:
            wide_mul_div(
                self.state.reference, PPM - self.rules.drawdown_ppm, PPM, WIDE_FLOOR, &least)
        return _fund_equity(house) - loss >= least

    cdef i32 c_take_over(self, MarginHouse house, Job* job, i64 price) noexcept nogil:
        """Give the lots to the fund; to the venue if the fund's position is as large as can be."""
        cdef i32 code = self.c_exchange(house, job, EVENT_TAKEOVER, FUND, job.lots, price)
        if code == OK or code == REJECT_MEMORY:
            return code
        return self.c_exchange(house, job, EVENT_TAKEOVER, VENUE, job.lots, price)

    cdef bint c_vault_has_room(self, MarginHouse house, Job* job) noexcept nogil:
        cdef i64 target
        if job.isolated:
            target = exposure_of(
                house.contracts + job.contract, house.positions + job.position)
        else:
            target = _gross(house, job.account, True)
        return _gross(house, VAULT, False) + target <= self.rules.vault_capacity

    cdef i32 c_to_vault(self, MarginHouse house, Job* job) noexcept nogil:
        """Hand all positions of a target to the vault at mark, and its equity with them."""
        cdef i32 slot = job.position if job.isolated else house.accounts[job.account].first
        cdef i32 next_slot, asset, code
        cdef i64 amount, last = self.n_log
        cdef Event* event
        cdef const Position* position
        while slot:
            position = house.positions + slot
            next_slot = 0 if job.isolated else position.sibling
            if position.size and (job.isolated or not position.flags & POSITION_ISOLATED):
                job.position = slot
                job.contract = position.contract
                last = self.n_log
                code = self.c_exchange(
                    house, job, EVENT_VAULT, VAULT, _lots(position.size),
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
            _fetch_next(ranking, house)
            if not (
                position.flags & POSITION_LIVE and position.account == claim.place
                and _opposes(position, job.contract, shorts)
                and _equity_behind(house, claim.position) > 0
            ):
                heap_pop(ranking.at, ranking.n)
                ranking.n -= 1
                continue
            if not self.c_log_room(STEP_EVENTS):
                return REJECT_MEMORY
            lots = min(job.lots, _lots(position.size))
            if lots == _lots(position.size):
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
            if account + 2 * AHEAD < house.n_accounts:
                memory_prefetch(house.positions + house.accounts[account + 2 * AHEAD].first)
            slot = house.accounts[account].first
            while slot:
                position = house.positions + slot
                if _opposes(position, contract, shorts):
                    equity = _equity_behind(house, slot)
                    if equity > 0:
                        if not _ranking_room(ranking, ranking.n + 1):
                            return REJECT_MEMORY
                        claim = ranking.at + ranking.n
                        claim.most = _lots(position.size)
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
        cdef i64 part = max(<i64> 0, min(shortfall, cash_of(house, FUND)[0]))
        cdef Event* event = self.c_log(job, EVENT_SHORTFALL)
        house.c_pay(0, FUND, job.account, part)
        house.c_pay(0, VENUE, job.account, shortfall - part)
        event.value = part
        event.amount = shortfall

    # ---- queue and log ------------------------------------------------------------------------

    cdef bint c_take_due(self, MarginHouse house) noexcept nogil:
        """Take over who has cooled down and who is newly due, in this order."""
        cdef i64 at
        cdef Waiting waiting
        cdef i64 n = self.queue.n + self.cooling.n + house.n_due
        if not (_ring_room(&self.queue, n) and _ring_room(&self.cooling, n)):
            return False
        while self.cooling.n and _at(&self.cooling, 0).ready <= self.state.now:
            _push(&self.queue, _pop(&self.cooling))
        for at in range(house.n_due):
            waiting.position = house.due[at].position
            waiting.account = house.due[at].account
            waiting.contract = -1
            if waiting.position:
                waiting.contract = house.positions[waiting.position].contract
            waiting.ready = 0
            waiting.flags = 0
            _push(&self.queue, waiting)
        house.n_due = 0
        return True

    cdef void c_refer(self, MarginHouse house) noexcept nogil:
        """Move the reference of the fund's drawdown to its equity, if higher or due."""
        cdef i64 equity = _fund_equity(house)
        if (
            not self.state.started or equity > self.state.reference
            or self.state.now - self.state.reference_time >= self.rules.drawdown_seconds
        ):
            self.state.started = 1
            self.state.reference = equity
            self.state.reference_time = self.state.now

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

    # ---- Python face --------------------------------------------------------------------------

    def liquidate(self, MarginHouse house not None, now, budget=None):
        """Work through the queue of a house, at its present marks.

        Parameters
        ----------
        house : MarginHouse
            Whose targets they are; the same one in every call.
        now : int
            Time in seconds, never less than in the call before.
        budget : int, optional
            A step is begun while less than this is spent; each costs the multiplicity of its
            account. By default all that can be done is done.

        Returns
        -------
        int
            What was spent.
        """
        if not isinstance(now, int) or isinstance(now, bool):
            raise TypeError(f"now is {now!r}; a whole number is needed")
        if not self.state.now <= now < 2**62:
            raise ValueError(f"now is {now}; allowed are {self.state.now} to 2**62 - 1")
        if budget is None:
            budget = INT64_MAX
        elif not isinstance(budget, int) or isinstance(budget, bool):
            raise TypeError(f"budget is {budget!r}; a whole number or None is needed")
        elif budget < 0:
            raise ValueError(f"budget is {budget}; allowed are 0 and more")
        cdef i64 at = now, most = min(budget, INT64_MAX), spent
        with nogil:
            spent = self.c_liquidate(house, at, most)
        if spent < 0:
            raise MemoryError("no memory for a step; what is done is done, the rest waits")
        return spent

    def __len__(self):
        """Give the number of targets that wait, those that cool down too."""
        return self.queue.n + self.cooling.n

    @property
    def steps(self):
        """Steps since the start."""
        return self.state.steps

    def targets(self):
        """List who is in the queue, first first: (account, contract), contract -1 if cross."""
        cdef i64 at
        return [
            (_at(&self.queue, at).account, _at(&self.queue, at).contract)
            for at in range(self.queue.n)
        ]

    def cooling_down(self):
        """List who cools down, first first: (account, contract, time when ready)."""
        cdef i64 at
        cdef Waiting* waiting
        found = []
        for at in range(self.cooling.n):
            waiting = _at(&self.cooling, at)
            found.append((waiting.account, waiting.contract, waiting.ready))
        return found

    def take_events(self):
        """Hand out the events since the last call, a structured array of `LIQUIDATION_DTYPE`."""
        events = np.empty(self.n_log, dtype=LIQUIDATION_DTYPE)
        cdef char[::1] target
        if self.n_log:
            target = events.view("i1")
            memcpy(&target[0], self.log, <size_t> self.n_log * sizeof(Event))
        self.n_log = 0
        return events

    # ---- invariants and copies ----------------------------------------------------------------

    def copy(self):
        """Copy the desk; the copy shares nothing with it."""
        cdef LiquidationDesk twin = LiquidationDesk(self.policy)
        twin.c_assign(self)
        return twin

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    cdef int c_assign(self, LiquidationDesk other) except -1:
        """Become equal to a desk of the same policy; without memory nothing changes."""
        cdef i64 at, side
        if not (
            _ring_room(&self.queue, other.queue.n + other.cooling.n)
            and _ring_room(&self.cooling, other.queue.n + other.cooling.n)
            and self.c_log_room(other.n_log - self.n_log)
        ):
            raise MemoryError
        for side in range(2 * MAX_CONTRACTS):
            if not _ranking_room(&self.rankings[side], other.rankings[side].n):
                raise MemoryError
        self.state = other.state
        self.queue.head = self.queue.n = self.cooling.head = self.cooling.n = 0
        for at in range(other.queue.n):
            _push(&self.queue, _at(&other.queue, at)[0])
        for at in range(other.cooling.n):
            _push(&self.cooling, _at(&other.cooling, at)[0])
        self.n_log = other.n_log
        if other.n_log:
            memcpy(self.log, other.log, <size_t> other.n_log * sizeof(Event))
        for side in range(2 * MAX_CONTRACTS):
            self.rankings[side].n = other.rankings[side].n
            self.rankings[side].round = other.rankings[side].round
            self.rankings[side].sequence = other.rankings[side].sequence
            if other.rankings[side].n:
                memcpy(
                    self.rankings[side].at, other.rankings[side].at,
                    <size_t> other.rankings[side].n * sizeof(Claim))
        return 0

    def snapshot(self):
        """Give the whole state as bytes, for `restore`."""
        cdef i64 side
        cdef Ranking* ranking
        ranks = []
        for side in range(2 * MAX_CONTRACTS):
            ranking = &self.rankings[side]
            ranks.append(pack("ranking", (
                (<object> ranking.round).to_bytes(8, "little", signed=True),
                (<object> ranking.sequence).to_bytes(8, "little", signed=True),
                _bytes_of(ranking.at, ranking.n * <i64> sizeof(Claim)),
            )))
        return pack("liquidation desk", (
            repr(self.policy).encode(),
            _bytes_of(&self.state, sizeof(DeskState)),
            _ring_bytes(&self.queue),
            _ring_bytes(&self.cooling),
            _bytes_of(self.log, self.n_log * <i64> sizeof(Event)),
            pack("rankings", ranks),
        ))

    def restore(self, bytes data):
        """Replace the whole state by a snapshot of a desk with the same policy."""
        cdef LiquidationDesk twin = LiquidationDesk(self.policy)
        policy, state, queue, cooling, log, ranks = unpack("liquidation desk", data, 6)
        if policy != repr(self.policy).encode():
            raise ValueError(f"data is of a desk with the policy {policy.decode()}")
        if len(state) != sizeof(DeskState) or len(log) % sizeof(Event):
            raise ValueError("data is a damaged snapshot of a liquidation desk")
        memcpy(&twin.state, <const char*> <bytes> state, sizeof(DeskState))
        _ring_load(&twin.queue, queue)
        _ring_load(&twin.cooling, cooling)
        if not twin.c_log_room(len(log) // <i64> sizeof(Event)):
            raise MemoryError
        memcpy(twin.log, <const char*> <bytes> log, len(log))
        twin.n_log = len(log) // <i64> sizeof(Event)
        _rankings_load(twin, unpack("rankings", ranks, 2 * MAX_CONTRACTS))
        try:
            twin._check()
        except AssertionError as error:
            raise ValueError(
                f"data is a damaged snapshot of a liquidation desk: {error}") from None
        self.c_assign(twin)

    def __reduce__(self):
        return _restored, (self.policy, self.snapshot())

    def _check(self, MarginHouse house=None):
        """Assert every invariant; with its house also that the two agree about who waits."""
        cdef i64 at, ready = 0
        cdef Waiting* waiting
        for at in range(self.queue.n + self.cooling.n):
            waiting = _any_at(self, at)
            assert waiting.account >= FIRST_CLIENT, "a house account is in the queue"
            assert waiting.flags <= (WAITING_SLICED | WAITING_WHOLE), "unknown flags in the queue"
            assert (waiting.position != 0) == (waiting.contract >= 0), "a target is of two kinds"
            if at >= self.queue.n:
                assert waiting.ready >= ready, "cool-downs do not end in the order they began"
                ready = waiting.ready
        for at in range(self.n_log):
            assert EVENT_RECOVERED <= self.log[at].kind <= EVENT_CLEARANCE, "unknown event"
            assert self.log[at].time <= self.state.now, "an event of the future"
        assert self.state.reference_time <= self.state.now, "a reference of the future"
        if house is not None:
            _check_flags(self, house)


cdef void _cancel(MarginHouse house, Job* job) noexcept nogil:
    """Cancel the resting orders of a target."""
    cdef i32 slot, next_slot
    if job.isolated:
        if house.positions[job.position].orders:
            house.c_cancel_position(job.position)
        return
    slot = house.accounts[job.account].first
    while slot:
        next_slot = house.positions[slot].sibling
        if house.positions[slot].orders:
            house.c_cancel_position(slot)
        slot = next_slot


cdef inline void _fetch_ahead(const Ring* queue, Holdings house) noexcept nogil:
    """Ask for what the steps soon to come will read."""
    cdef const Waiting* target
    if queue.n > AHEAD:
        target = _at(queue, AHEAD)
        memory_prefetch(house.accounts + target.account)
        memory_prefetch(cash_of(house, target.account))
        memory_prefetch(house.positions + target.position)
    if queue.n > AHEAD // 2:
        target = _at(queue, AHEAD // 2)
        if target.position == 0:
            memory_prefetch(house.positions + house.accounts[target.account].first)


cdef inline void _fetch_next(const Ranking* ranking, Holdings house) noexcept nogil:
    """Ask for the positions of which one is the next in rank."""
    cdef i64 at, end = min(ranking.n, <i64> HEAP_CHILDREN + 1)
    for at in range(1, end):
        memory_prefetch(house.positions + ranking.at[at].position)
        memory_prefetch(house.accounts + ranking.at[at].place)
        memory_prefetch(cash_of(house, ranking.at[at].place))


# ---- snapshots and checks ---------------------------------------------------------------------

cdef Waiting* _any_at(LiquidationDesk desk, i64 at) noexcept:
    if at < desk.queue.n:
        return _at(&desk.queue, at)
    return _at(&desk.cooling, at - desk.queue.n)


cdef bytes _bytes_of(const void* start, i64 size):
    return (<const char*> start)[:size] if size else b""


cdef bytes _ring_bytes(const Ring* ring):
    cdef i64 at
    return b"".join([_bytes_of(_at(ring, at), sizeof(Waiting)) for at in range(ring.n)])


cdef int _ring_load(Ring* ring, bytes data) except -1:
    """Fill a ring that is empty."""
    cdef i64 n = len(data) // <i64> sizeof(Waiting)
    if len(data) % sizeof(Waiting):
        raise ValueError("data is a damaged snapshot of a liquidation desk")
    if not _ring_room(ring, n):
        raise MemoryError
    memcpy(ring.at, <const char*> data, len(data))
    ring.n = n
    return 0


cdef int _rankings_load(LiquidationDesk desk, list parts) except -1:
    cdef i64 side
    cdef Ranking* ranking
    cdef bytes claims
    for side in range(2 * MAX_CONTRACTS):
        ranking = &desk.rankings[side]
        made, sequence, claims = unpack("ranking", parts[side], 3)
        if len(claims) % sizeof(Claim):
            raise ValueError("data is a damaged snapshot of a liquidation desk")
        ranking.n = len(claims) // <i64> sizeof(Claim)
        if not _ranking_room(ranking, ranking.n):
            raise MemoryError
        memcpy(ranking.at, <const char*> claims, len(claims))
        ranking.round = int.from_bytes(made, "little", signed=True)
        ranking.sequence = int.from_bytes(sequence, "little", signed=True)
    return 0


cdef int _check_flags(LiquidationDesk desk, MarginHouse house) except -1:
    """Assert that exactly the targets that are flagged wait, each once."""
    cdef i64 at, n = desk.queue.n + desk.cooling.n
    waiting = {(_any_at(desk, at).position, _any_at(desk, at).account) for at in range(n)}
    waiting |= {(house.due[at].position, house.due[at].account) for at in range(house.n_due)}
    assert len(waiting) == n + house.n_due, "a target waits twice"
    flagged = {
        (0, at) for at in range(house.n_accounts) if house.accounts[at].flags & ACCOUNT_QUEUED}
    for at in range(1, house.records.used):
        if house.positions[at].flags & POSITION_QUEUED:
            flagged.add((at, house.positions[at].account))
    assert waiting == flagged, "who waits and who is flagged differ"
    return 0


def _restored(policy, data):
    desk = LiquidationDesk(policy)
    desk.restore(data)
    return desk
