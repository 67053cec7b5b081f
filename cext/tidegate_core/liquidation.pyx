"""The liquidation desk: what becomes, step by step, of whoever falls below maintenance margin."""

from libc.stdint cimport INT64_MAX
from libc.stdlib cimport free

cimport cython

from tidegate_core.contract cimport PPM, Contract, bankruptcy_price, tier_of
from tidegate_core.deleveraging cimport Claim
from tidegate_core.holdings cimport (
    ACCOUNT_QUEUED,
    FIRST_CLIENT,
    FUND,
    MAX_CONTRACTS,
    Standing,
    cash_of,
)
from tidegate_core.margin cimport MarginHouse
from tidegate_core.positions cimport POSITION_QUEUED, Position, exposure_of
from tidegate_core.rules cimport BEYOND_ADL, PARTIAL_NONE, PARTIAL_SLICE, SEND_MARKET, SEND_NONE
from tidegate_core.takeover cimport STEP_EVENTS, Event, TakeoverDesk
from tidegate_core.targets cimport (
    WAITING_SLICED,
    WAITING_WHOLE,
    Job,
    Waiting,
    cancel_orders,
    cushion_of,
    due_of,
    fetch_ahead,
    lots_of,
    lots_within,
    largest_of,
    part_of,
    ring_at,
    ring_load,
    ring_pack,
    ring_pop,
    ring_push,
    ring_room,
    standing_of,
    stands,
    within_band,
)
from tidegate_core.types cimport (
    BUY,
    EVENT_BOOK,
    EVENT_CLEARANCE,
    EVENT_RECOVERED,
    OK,
    REJECT_MEMORY,
    SELL,
    i32,
    i64,
    u32,
)
from tidegate_core.wide cimport WIDE_CEIL, wide_mul_div

from tidegate_core.frames import pack, unpack
from tidegate_core.takeover import LIQUIDATION_DTYPE

__all__ = ["LIQUIDATION_DTYPE", "LiquidationDesk"]

cdef i64 MAX_NOW = <i64> 1 << 62


@cython.final
cdef class LiquidationDesk:
    """Liquidates, by a policy, whoever a house finds below maintenance margin.

    Parameters
    ----------
    policy : Waterfall
        The steps and their parameters.
    """

    def __cinit__(self, policy):
        if not (ring_room(&self.queue, 1) and ring_room(&self.cooling, 1)):
            raise MemoryError

    def __dealloc__(self):
        free(self.queue.at)
        free(self.cooling.at)

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
            fetch_ahead(&self.queue, house)
            target = ring_at(&self.queue, 0)
            outcome = self.c_step(house, target)
            if outcome == STEP_MEMORY:
                return -REJECT_MEMORY
            waiting = ring_pop(&self.queue)
            if outcome == STEP_DEFERRED:
                ring_push(&self.queue, waiting)
                deferred += 1
                continue
            deferred = 0
            spent += house.accounts[waiting.account].multiplicity
            self.state.steps += 1
            if outcome == STEP_AGAIN:
                ring_push(&self.queue, waiting)
            elif outcome == STEP_COOLING:
                waiting.ready = self.state.now + self.rules.cooldown_seconds
                ring_push(&self.cooling, waiting)
        return spent

    cdef bint c_take_due(self, MarginHouse house) noexcept nogil:
        """Take over who has cooled down and who is newly due, in this order."""
        cdef i64 at
        cdef Waiting waiting
        cdef i64 n = self.queue.n + self.cooling.n + house.n_due
        if not (ring_room(&self.queue, n) and ring_room(&self.cooling, n)):
            return False
        while self.cooling.n and ring_at(&self.cooling, 0).ready <= self.state.now:
            ring_push(&self.queue, ring_pop(&self.cooling))
        for at in range(house.n_due):
            waiting.position = house.due[at].position
            waiting.account = house.due[at].account
            waiting.contract = -1
            if waiting.position:
                waiting.contract = house.positions[waiting.position].contract
            waiting.ready = 0
            waiting.flags = 0
            ring_push(&self.queue, waiting)
        house.n_due = 0
        return True

    # ---- one step -----------------------------------------------------------------------------

    cdef i32 c_step(self, MarginHouse house, Waiting* target) noexcept nogil:
        """Do one step on a target; without memory it is left as it is."""
        cdef Job job
        cdef Standing standing
        cdef i64 share = 0
        cdef bint straight = False
        if not stands(house, target):
            return STEP_GONE
        if not self.c_log_room(STEP_EVENTS):
            return STEP_MEMORY
        job.account = target.account
        job.position = target.position
        job.contract = target.contract
        job.isolated = target.position != 0
        job.multiplicity = house.accounts[target.account].multiplicity
        standing = standing_of(house, &job)
        job.equity = standing.equity
        if not standing.exposed or standing.equity > standing.maintenance:
            self.c_log(&job, EVENT_RECOVERED)
            if not standing.exposed:
                self.c_settle(house, &job, False)
            house.c_unqueue(due_of(target))
            return STEP_GONE
        if not job.isolated:
            job.position = largest_of(house, job.account)
            if job.position == 0:
                return STEP_DEFERRED
            job.contract = house.positions[job.position].contract
        elif house.contracts[job.contract].halted:
            return STEP_DEFERRED
        if self.rules.cancel_orders:
            cancel_orders(house, &job)
        if self.rules.vault:
            wide_mul_div(standing.maintenance, self.rules.vault_ppm, PPM, WIDE_CEIL, &share)
            if standing.equity <= 0 or standing.equity < share:
                straight = self.rules.beyond_vault == BEYOND_ADL
                if standing.equity > 0 and self.c_vault_has_room(house, &job):
                    if self.c_to_vault(house, &job) != OK:
                        return STEP_MEMORY
                    house.c_unqueue(due_of(target))
                    return STEP_GONE
        return self.c_work(house, &job, target, straight)

    cdef i32 c_work(
        self, MarginHouse house, Job* job, Waiting* target, bint straight
    ) noexcept nogil:
        """Close the target's position, or part of it, as the policy says."""
        cdef i64 lots = lots_of(house.positions[job.position].size), filled = 0
        cdef u32 flags = target.flags
        cdef bint whole
        cdef i32 outcome, code
        if not straight:
            lots = self.c_quantity(house, job, &flags)
        whole = lots == lots_of(house.positions[job.position].size)
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
            house.c_unqueue(due_of(target))
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
        standing = standing_of(house, job)
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
        cdef i64 size = lots_of(position.size), lots, notional
        cdef i32 tier
        if self.rules.partial == PARTIAL_NONE or flags[0] & WAITING_WHOLE:
            return size
        notional = exposure_of(contract, position)
        notional = (notional + job.multiplicity - 1) // job.multiplicity
        if self.rules.partial == PARTIAL_SLICE:
            if notional <= self.rules.slice_above or flags[0] & WAITING_SLICED:
                return size
            lots = max(<i64> 1, part_of(size, self.rules.slice_ppm))
            if lots < size:
                flags[0] |= WAITING_SLICED
            return lots
        tier = tier_of(contract, notional)
        if tier <= self.rules.whole_below_tier:
            return size
        tier = <i32> max(<i64> 0, tier - self.rules.tiers_down)
        lots = size - lots_within(contract, contract.cap[tier], job.multiplicity)
        return max(<i64> 1, lots)

    cdef i64 c_send(self, MarginHouse house, Job* job, i64 lots) noexcept nogil:
        """Offer lots to the book down to the limit; how many it took, or -REJECT_MEMORY."""
        cdef const Position* position = house.positions + job.position
        cdef const Contract* contract = house.contracts + job.contract
        cdef i64 cushion = cushion_of(house, job), limit, filled, value = 0
        cdef bint sells = position.size > 0
        cdef Event* event
        if self.rules.order == SEND_MARKET and cash_of(house, FUND)[0] > 0:
            cushion += cash_of(house, FUND)[0]
        if not bankruptcy_price(contract, position.size, position.entry, cushion, &limit):
            return 0
        limit = within_band(contract, sells, limit)
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
        cdef i64 fee = part_of(value, self.rules.clearance_ppm)
        cdef i64 equity = standing_of(house, job).equity
        fee = max(<i64> 0, min(fee, equity))
        if fee == 0:
            return
        if job.isolated:
            house.c_move_margin(job.position, -fee)
        house.c_pay(0, job.account, FUND, fee)
        self.c_log(job, EVENT_CLEARANCE).amount = fee

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
        if not self.state.now <= now < MAX_NOW:
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
            (ring_at(&self.queue, at).account, ring_at(&self.queue, at).contract)
            for at in range(self.queue.n)
        ]

    def cooling_down(self):
        """List who cools down, first first: (account, contract, time when ready)."""
        cdef i64 at
        cdef Waiting* waiting
        found = []
        for at in range(self.cooling.n):
            waiting = ring_at(&self.cooling, at)
            found.append((waiting.account, waiting.contract, waiting.ready))
        return found

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
        cdef i64 at, n = other.queue.n + other.cooling.n
        if not (ring_room(&self.queue, n) and ring_room(&self.cooling, n)):
            raise MemoryError
        self.c_assign_takeover(other)
        self.queue.head = self.queue.n = self.cooling.head = self.cooling.n = 0
        for at in range(other.queue.n):
            ring_push(&self.queue, ring_at(&other.queue, at)[0])
        for at in range(other.cooling.n):
            ring_push(&self.cooling, ring_at(&other.cooling, at)[0])
        return 0

    def snapshot(self):
        """Give the whole state as bytes, for `restore`."""
        return pack("liquidation desk", (
            repr(self.policy).encode(),
            ring_pack(&self.queue),
            ring_pack(&self.cooling),
            self.c_pack(),
        ))

    def restore(self, bytes data):
        """Replace the whole state by a snapshot of a desk with the same policy."""
        cdef LiquidationDesk twin = LiquidationDesk(self.policy)
        policy, queue, cooling, rest = unpack("liquidation desk", data, 4)
        if policy != repr(self.policy).encode():
            raise ValueError(f"data is of a desk with the policy {policy.decode()}")
        ring_load(&twin.queue, queue)
        ring_load(&twin.cooling, cooling)
        twin.c_load(rest)
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
        TakeoverDesk._check(self)
        assert 0 <= self.state.now < MAX_NOW, "the time is out of bounds"
        for at in range(self.queue.n + self.cooling.n):
            waiting = _any_at(self, at)
            assert waiting.account >= FIRST_CLIENT, "a house account is in the queue"
            assert waiting.flags <= (WAITING_SLICED | WAITING_WHOLE), "unknown flags in the queue"
            assert (waiting.position != 0) == (waiting.contract >= 0), "a target is of two kinds"
            if at >= self.queue.n:
                assert waiting.ready >= ready, "cool-downs do not end in the order they began"
                ready = waiting.ready
        assert ready <= self.state.now + self.rules.cooldown_seconds, "a cool-down is too long"
        if house is not None:
            _check_flags(self, house)
            _check_claims(self, house)


cdef Waiting* _any_at(LiquidationDesk desk, i64 at) noexcept:
    if at < desk.queue.n:
        return ring_at(&desk.queue, at)
    return ring_at(&desk.cooling, at - desk.queue.n)


cdef int _check_flags(LiquidationDesk desk, MarginHouse house) except -1:
    """Assert that exactly the targets that are flagged wait, each once."""
    cdef i64 at, n = desk.queue.n + desk.cooling.n
    cdef i32 position
    waiting = {(_any_at(desk, at).position, _any_at(desk, at).account) for at in range(n)}
    waiting |= {(house.due[at].position, house.due[at].account) for at in range(house.n_due)}
    assert len(waiting) == n + house.n_due, "a target waits twice"
    flagged = {
        (0, at) for at in range(house.n_accounts) if house.accounts[at].flags & ACCOUNT_QUEUED}
    for at in range(1, house.records.used):
        if house.positions[at].flags & POSITION_QUEUED:
            flagged.add((at, house.positions[at].account))
    assert waiting == flagged, "who waits and who is flagged differ"
    for at in range(n):
        position = _any_at(desk, at).position
        assert position == 0 or (
            _any_at(desk, at).contract == house.positions[position].contract
        ), "a target waits for another contract"
    return 0


cdef int _check_claims(LiquidationDesk desk, MarginHouse house) except -1:
    """Assert that whoever is ranked exists; whether it still has that position, a step looks at."""
    cdef i64 side, at
    cdef const Claim* claim
    for side in range(2 * MAX_CONTRACTS):
        for at in range(desk.rankings[side].n):
            claim = desk.rankings[side].at + at
            assert 0 < claim.position < house.records.used, "a record is ranked that never was"
            assert FIRST_CLIENT <= claim.place < house.n_accounts, "nobody is ranked"
    return 0


def _restored(policy, data):
    desk = LiquidationDesk(policy)
    desk.restore(data)
    return desk
