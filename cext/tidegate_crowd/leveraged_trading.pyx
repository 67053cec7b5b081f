"""What a member of a leveraged crowd does: close, open, stop, add margin, leave."""

from libc.math cimport ceil, fabs, floor
from tidegate_core.contract cimport PPM, Contract, in_ppm, initial_of, notional_of, tier_among
from tidegate_core.draws cimport draw_block, draw_exponential, fixed_exp
from tidegate_core.holdings cimport cash_of
from tidegate_core.margin cimport MarginHouse
from tidegate_core.positions cimport POSITION_QUEUED, Position, trigger_of
from tidegate_core.types cimport BUY, IOC, LIMIT, MARKET, OK, SELL, STP_NONE, i32, i64, u32, u64
from tidegate_core.wide cimport WIDE_CEIL
from tidegate_crowd.alerts cimport FALLING, RISING, alert_rests
from tidegate_crowd.leveraged_members cimport (
    CLOSING,
    DECIDE,
    DIRECTION,
    IN,
    LEVERAGE,
    LINE,
    LINE_NONE,
    LINE_STOP,
    LINE_TOP_UP,
    MEMBER_AT_VENUE,
    MEMBER_FIRED,
    MEMBER_REFUSED,
    MEMBER_SHORT,
    OPENING,
    OUT,
    WAIT,
    Group,
    LeveragedMembers,
    Member,
    Offer,
    lots_of,
    size_of,
    unit,
)

__all__ = ["LeveragedTrading"]

cdef class LeveragedTrading(LeveragedMembers):
    """What the members of a `LeveragedCrowd` do; it is used through one."""

    # -- renewals -----------------------------------------------------------------------------

    cdef i64 c_portion(self, i32 i, i64 lots) noexcept nogil:
        # A member stands for many accounts, who do not all come in one second.
        cdef double part
        if self.work == 0:
            return lots
        part = ceil(<double>self.members[i].base * max(self.step, <double>PORTION) / self.work)
        return lots if <double>lots <= part else <i64>part

    cdef void c_want(self, MarginHouse house, i32 i, Offer* offer) noexcept nogil:
        # What of its renewal is left to trade, and may be traded in this round.
        cdef Member* member = &self.members[i]
        cdef i32 slot = house.c_position(self.first + i, member.contract)
        cdef i64 size = size_of(house, slot)
        cdef u32[4] words
        offer.lots = offer.order = 0
        if size and house.positions[slot].flags & POSITION_QUEUED:
            return                     # it is in the hands of the venue
        offer.closing = member.condition == CLOSING
        if offer.closing:
            offer.side = SELL if size > 0 else BUY
            offer.lots = self.c_portion(i, lots_of(size))
        elif member.condition == OPENING and house.contracts[member.contract].mark:
            if size == 0:
                draw_block(self.key, i, 4 * <u64>member.draws + DECIDE, words)
                if not self.c_prepare(house, i, words):
                    return
            offer.side = SELL if member.flags & MEMBER_SHORT else BUY
            offer.lots = self.c_portion(i, member.base - lots_of(size))

    cdef i64 c_send(self, MarginHouse house, i32 i, const Offer* offer, i64 lots, i32 kind,
                    i64 price) noexcept nogil:
        cdef i32 contract = self.members[i].contract, account = self.first + i, slot
        cdef const Contract* terms = house.contracts + contract
        cdef i64 notional, fee_ppm
        if not offer.closing:
            slot = house.c_position(account, contract)
            notional = notional_of(terms, max(price, terms.mark), lots)
            fee_ppm = max(<i64>0, max(terms.maker_ppm, terms.taker_ppm))
            self.c_fund(house, i, initial_of(notional, house.positions[slot].leverage)
                        + in_ppm(notional, fee_ppm, PPM, WIDE_CEIL)
                        - house.c_available(account))
        self.counts.orders += 1
        return house.c_submit(
            contract, account, offer.side, price, lots, kind, STP_NONE, offer.closing)

    cdef void c_offer(self, MarginHouse house, i32 i, Offer* offer) noexcept nogil:
        # Most of what the public buys, the public sells: they trade inside the spread, and only
        # what is left over goes to the makers.
        cdef i64 middle = self.middles[self.members[i].contract]
        if offer.lots and middle:
            offer.order = self.c_send(house, i, offer, offer.lots, LIMIT, middle)

    cdef void c_take(self, MarginHouse house, i32 i, const Offer* offer) noexcept nogil:
        # Take from the makers what found no counterpart.
        cdef i64 lots = offer.lots, limit = 0
        if offer.order > 0:
            lots = house.c_remaining(offer.order)
            house.c_cancel(offer.order)
        if lots == 0:
            return
        if self.slippage == 0:
            self.c_send(house, i, offer, lots, MARKET, 0)
        elif self.c_limit(house, self.members[i].contract, offer.side, &limit):
            self.c_send(house, i, offer, lots, IOC, limit)

    cdef bint c_act(self, MarginHouse house, i32 i, Offer* offer) noexcept nogil:
        if not self.meets:
            self.c_want(house, i, offer)
        self.c_take(house, i, offer)
        if self.c_settle(house, i):
            return True
        if offer.closing and self.work == 0 and self.members[i].condition == OPENING:
            self.c_want(house, i, offer)       # closed at once: opened at once
            self.c_take(house, i, offer)
            return self.c_settle(house, i)
        return False

    cdef bint c_settle(self, MarginHouse house, i32 i) noexcept nogil:
        # Go on to the next condition when the position is what it should be; true when all is.
        cdef Member* member = &self.members[i]
        cdef i64 size = size_of(house, house.c_position(self.first + i, member.contract))
        cdef u32[4] words
        if member.condition == CLOSING and size == 0:
            self.c_drop_line(i)
            member.condition = OPENING
            return False
        if member.condition != OPENING:
            return member.condition != CLOSING
        if size:
            self.c_secure(house, i, member.margin_rate)
        if lots_of(size) < member.base:
            return False
        member.condition = IN
        self.counts.opened += 1
        draw_block(self.key, i, 4 * <u64>member.draws + DECIDE, words)
        self.c_draw_line(house, i, words[<int>LINE])
        return True

    cdef bint c_limit(self, MarginHouse house, i32 contract, i32 side, i64* price) noexcept nogil:
        # How far an order may walk from the middle of the spread when the round began, however
        # many have walked before it; false if there is nobody to trade with.
        cdef double middle = <double>self.middles[contract]
        if self.middles[contract] == 0:
            return False
        if side == BUY:
            price[0] = <i64>min(floor(middle * fixed_exp(self.slippage)),
                                <double>house.contracts[contract].max_price)
        else:
            price[0] = <i64>ceil(middle * fixed_exp(-self.slippage))
        return True

    cdef bint c_close(self, MarginHouse house, i32 i) noexcept nogil:
        # Close all of a position at the market, as far as price protection lets it walk in this
        # round; false if some of it is left.
        cdef i32 contract = self.members[i].contract, account = self.first + i
        cdef i32 slot = house.c_position(account, contract), side, kind = MARKET
        cdef i64 size = size_of(house, slot), limit = 0
        if size == 0:
            return True
        if house.positions[slot].flags & POSITION_QUEUED:
            return False               # it is in the hands of the venue
        side = SELL if size > 0 else BUY
        if self.slippage > 0:
            kind = IOC
            if not self.c_limit(house, contract, side, &limit):
                return False
        house.c_submit(contract, account, side, limit, lots_of(size), kind, STP_NONE, True)
        self.counts.orders += 1
        return size_of(house, house.c_position(account, contract)) == 0

    cdef bint c_prepare(self, MarginHouse house, i32 i, const u32* words) noexcept nogil:
        # Choose side and leverage of a new position; false if the venue refuses.
        cdef Member* member = &self.members[i]
        cdef const Group* group = &self.groups[member.group]
        cdef const Contract* contract = house.contracts + member.contract
        cdef i64 multiplicity = house.accounts[self.first + i].multiplicity
        cdef i64 notional = notional_of(contract, contract.mark, member.base)
        cdef i64 tier = contract.leverage[tier_among(contract, notional, multiplicity)]
        cdef i64 allowed = tier if tier < self.cap else self.cap
        cdef double top = group.high if group.high < allowed else <double>allowed
        cdef double low = group.low if group.low < top else top, setting
        cdef double chance = self.long_chance[member.contract * self.n_groups + member.group]
        member.margin_rate = 1.0 / top + unit(words[<int>LEVERAGE]) * (1.0 / low - 1.0 / top)
        if words[<int>DIRECTION] >> 31:        # the other half keep their side
            member.flags &= ~MEMBER_SHORT
            if unit(words[<int>DIRECTION] << 1) >= chance:
                member.flags |= MEMBER_SHORT
        setting = ceil(1.0 / member.margin_rate)
        return house.c_set_leverage(
            member.contract, self.first + i,
            <i64>setting if setting < allowed else allowed, True) == OK

    # -- what that is to the venue ------------------------------------------------------------

    cdef i64 c_orders(self, MarginHouse house, i32 i, i64 lots) noexcept nogil:
        # An order of a member is that of as many real accounts as have so many lots.
        cdef double many = <double>house.accounts[self.first + i].multiplicity
        return <i64>ceil(many * (<double>lots / <double>self.members[i].base))

    cdef i64 c_renewal_orders(self, MarginHouse house, i32 i) noexcept nogil:
        cdef const Member* member = &self.members[i]
        cdef i32 slot = house.c_position(self.first + i, member.contract)
        cdef i64 size = lots_of(size_of(house, slot))
        if size and house.positions[slot].flags & POSITION_QUEUED:
            return 0                   # it is in the hands of the venue: nothing is sent
        if member.condition == CLOSING:
            if self.work == 0:         # closed at once: opened at once
                size += member.base
            return self.c_orders(house, i, self.c_portion(i, size))
        if member.condition == OPENING and house.contracts[member.contract].mark:
            return self.c_orders(house, i, self.c_portion(i, member.base - size))
        return 0

    cdef i64 c_line_orders(self, MarginHouse house, i32 i) noexcept nogil:
        cdef const Member* member = &self.members[i]
        cdef i32 slot = house.c_position(self.first + i, member.contract)
        cdef i64 size = lots_of(size_of(house, slot))
        if member.flags & MEMBER_AT_VENUE:
            return 0                   # the venue tries it again by itself
        if size == 0 or house.positions[slot].flags & POSITION_QUEUED:
            return 0
        return self.c_orders(house, i, size)

    # -- margin -------------------------------------------------------------------------------

    cdef void c_fund(self, MarginHouse house, i32 i, i64 lacking) noexcept nogil:
        # New money.
        if lacking > 0 and house.c_deposit(self.first + i, 0, lacking) == OK:
            self.counts.deposits += lacking

    cdef void c_secure(self, MarginHouse house, i32 i, double rate) noexcept nogil:
        # Bring the margin of a position up to a share of its entry cost.
        cdef i32 account = self.first + i
        cdef i32 slot = house.c_position(account, self.members[i].contract)
        cdef Position* position = house.positions + slot
        cdef i64 lacking = <i64>ceil(rate * fabs(<double>position.entry)) - position.margin
        if lacking <= 0:
            return
        self.c_fund(house, i, lacking - cash_of(house, account)[0])
        if cash_of(house, account)[0] >= lacking:
            house.c_move_margin(slot, lacking)

    # -- lines --------------------------------------------------------------------------------

    cdef void c_draw_line(self, MarginHouse house, i32 i, u32 word) noexcept nogil:
        # What waits on the way from entry to liquidation, if anything does.
        cdef Member* member = &self.members[i]
        cdef Contract* contract = house.contracts + member.contract
        cdef i32 slot = house.c_position(self.first + i, member.contract)
        cdef const Position* position = house.positions + slot
        cdef double u = unit(word), way = self.top_up_way, entry, price
        cdef i64 liquidation = 0
        if u >= self.stop_share + self.top_up_share:
            return
        member.line = LINE_TOP_UP
        if u < self.stop_share:
            member.line = LINE_STOP
            way = self.stop_low + (self.stop_high - self.stop_low) * (u / self.stop_share)
        if not trigger_of(contract, position, position.entry, position.margin, &liquidation):
            liquidation = 0 if position.size > 0 else contract.max_price
        entry = <double>position.entry / (<double>position.size * <double>contract.unit)
        price = entry + way * (<double>liquidation - entry)
        price = floor(price) if position.size > 0 else ceil(price)
        price = max(1.0, min(price, <double>contract.max_price))
        if not self.alerts.c_place(
            member.contract, RISING if position.size < 0 else FALLING, i + 1, <i64>price,
            contract.mark
        ):
            member.line = LINE_NONE

    cdef void c_drop_line(self, i32 i) noexcept nogil:
        cdef Member* member = &self.members[i]
        if alert_rests(self.alerts, i + 1):
            self.alerts.c_remove(
                member.contract, RISING if member.flags & MEMBER_SHORT else FALLING, i + 1)
        member.line = LINE_NONE
        member.flags &= ~(MEMBER_FIRED | MEMBER_AT_VENUE)
        if self.delayed_at != NULL:
            self.delayed_at[i] = 0

    cdef bint c_respond(self, MarginHouse house, i32 i) noexcept nogil:
        # Carry out what waited at a line; false if that cannot be done now.
        cdef Member* member = &self.members[i]
        cdef i32 slot = house.c_position(self.first + i, member.contract)
        if member.line == LINE_STOP:
            if not self.c_stop(house, i):
                return False
            self.counts.stops += 1
            self.c_exit(i)
            return True
        if size_of(house, slot) != 0:
            if house.positions[slot].flags & POSITION_QUEUED:
                return False
            self.c_secure(house, i, member.margin_rate * (1.0 + self.top_up))
            self.counts.top_ups += 1
        self.c_drop_line(i)
        return True

    cdef bint c_stop(self, MarginHouse house, i32 i) noexcept nogil:
        # Close all; count what the mark has cost those who could not when they wanted to.
        cdef i32 contract = self.members[i].contract, account = self.first + i
        cdef const Contract* terms = house.contracts + contract
        cdef i64 before = size_of(house, house.c_position(account, contract)), after
        cdef bint done = self.c_close(house, i)
        if self.delayed_at != NULL and self.delayed_at[i]:
            after = size_of(house, house.c_position(account, contract))
            self.counts.late += (before - after) * (self.delayed_at[i] - terms.mark) * terms.unit
        return done

    cdef void c_exit(self, i32 i) noexcept nogil:
        # Its position is gone: it stays away for a while.
        cdef Member* member = &self.members[i]
        self.c_drop_line(i)
        self.wheel.c_remove(member.contract, i)
        member.condition = OUT
        member.flags &= ~MEMBER_REFUSED
        self.wheel.c_put(self.contracts, i, self.now + self.mean_return * draw_exponential(
            self.key, i, 4 * <u64>member.draws + WAIT))
        member.draws += 1
        self.counts.exits += 1
