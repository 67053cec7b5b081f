"""The liquidation waterfall of the plain margin venue, one target at a time.

A step is carried out in the oracle whole, and what it did is a list of `Event`; the core's own log
must be the same list. The order in which targets come into the queue is the core's to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tidegate_core.codes import EventKind

from tests.oracles.book import IOC
from tests.oracles.margin import BUY, SELL
from tests.oracles.margin_contract import MILLION, sign
from tests.oracles.margin_state import CLEARING, CROSS, FUND, Position, Target
from tests.oracles.margin_takeover import TakeoverOracle

if TYPE_CHECKING:
    from tidegate_core.perpetual import Collateral, Perpetual
    from tidegate_core.waterfall import Waterfall


class WaterfallOracle(TakeoverOracle):
    """A margin venue that liquidates."""

    def __init__(
        self,
        contracts: Sequence[Perpetual],
        collateral: Sequence[Collateral],
        accounts: int,
        policy: Waterfall,
    ) -> None:
        super().__init__(contracts, collateral, accounts, policy)
        self.queue: list[Target] = []  # FIFO
        self.fresh: list[Target] = []  # due since the last call, in the order of the core
        self.cooling: list[tuple[int, Target]] = []  # (ready, target)
        self.sliced: set[Target] = set()
        self.whole_next: set[Target] = set()
        self.reference_time: int | None = None

    # ---- the queue ---------------------------------------------------------------------------

    def open_desk(self, now: int) -> None:
        """Do what comes before the first step of a call: peak of the fund, cool-downs that end."""
        equity = self.fund_equity()
        expired = self.reference_time is None or (
            now >= self.reference_time + self.policy.drawdown_seconds
        )
        if expired or equity > self.reference:
            self.reference, self.reference_time = equity, now
        ready = [entry for entry in self.cooling if entry[0] <= now]
        self.cooling = [entry for entry in self.cooling if entry[0] > now]
        self.queue += [target for _, target in ready] + self.fresh
        self.fresh = []

    def liquidate(self, now: int, budget: int | None = None) -> int:
        """Process targets in the order of the queue; how many accounts' steps they were."""
        self.open_desk(now)
        spent = waiting = 0
        while waiting < len(self.queue) and (budget is None or spent < budget):
            target = self.queue.pop(0)
            if self.step(target, now):
                spent, waiting = spent + self.people[target.account], 0
            else:
                waiting += 1
        return spent

    # ---- one step ----------------------------------------------------------------------------

    def step(self, target: Target, now: int) -> bool:
        """Liquidate a target as far as one step goes; False if it can only wait."""
        self.before = self.equity(target)
        if not self.due(target):
            self.recovered(target)
            if not self.exposed(target):
                self.settle_debts(target)
            return True
        if not self.tradable(target):
            self.queue.append(target)
            return False
        if self.policy.cancel_orders:
            contract = None if target.contract == CROSS else target.contract
            self.withdraw_orders(target.account, contract)
        refuge = self.refuge(target)
        if refuge == "vault":
            self.to_vault(target)
            self.dismiss(target)
            return True
        contract, position = self.largest(target)
        if refuge == "others":
            cools, stuck = False, not self.take_over(target, contract, abs(position.size), True)
        else:
            cools, stuck = self.reduce(target, contract, position)
        if stuck:
            self.queue.append(target)
            return False
        self.conclude(target, now, cools)
        return True

    def conclude(self, target: Target, now: int, cools: bool) -> None:
        """Decide what becomes of a target after a step."""
        if not self.exposed(target):
            self.wind_up(target)
            self.dismiss(target)
        elif not self.due(target):
            self.recovered(target)
        elif cools and self.policy.cooldown_seconds:
            self.cooling.append((now + self.policy.cooldown_seconds, target))
        else:
            self.queue.append(target)

    def recovered(self, target: Target) -> None:
        self.log(EventKind.RECOVERED, target)
        self.dismiss(target)

    def dismiss(self, target: Target) -> None:
        self.queued.discard(target)
        self.sliced.discard(target)
        self.whole_next.discard(target)

    def tradable(self, target: Target) -> list[tuple[int, Position]]:
        """List what of a target is in contracts that are not halted."""
        return [(c, p) for c, p in self.exposed(target) if not self.halted[c]]

    def largest(self, target: Target) -> tuple[int, Position]:
        """Choose the position with the largest maintenance margin; the first of equals."""
        return max(
            self.tradable(target),
            key=lambda held: (self.maintenance_of(target.account, *held), -held[0]),
        )

    def chosen(self, target: Target, contract: int, position: Position) -> int:
        """Give the lots of a position that go in this step."""
        size, policy, terms = abs(position.size), self.policy, self.terms[contract]
        notional, people = self.notional(contract, position), self.people[target.account]
        if policy.partial == "none" or target in self.whole_next:
            self.whole_next.discard(target)
            return size
        if policy.partial == "slice":
            if -(-notional // people) <= policy.slice_above or target in self.sliced:
                return size
            return max(1, size * policy.slice_ppm // MILLION)
        tier = terms.tier(notional, people)
        if tier <= policy.whole_below_tier:
            return size
        cap = terms.tiers[max(tier - policy.tiers_down, 0)].cap * people
        return max(1, size - terms.lots_within(cap, self.marks[contract]))

    def reduce(self, target: Target, contract: int, position: Position) -> tuple[bool, bool]:
        """Send an order to the book, hand over the rest; tell if it cools down, if it is stuck."""
        quantity = self.chosen(target, contract, position)
        whole = quantity == abs(position.size)
        left = quantity - self.send(target, contract, position, quantity)
        if whole:
            return False, left > 0 and not self.take_over(target, contract, left)
        self.sliced.add(target)
        if left:
            self.whole_next.add(target)
        return True, False

    def send(self, target: Target, contract: int, position: Position, quantity: int) -> int:
        """Send the desk's order; the lots it filled."""
        if self.policy.order == "none":
            return 0
        terms, size = self.terms[contract], position.size
        cushion = self.cushion(target, contract, position)
        if self.policy.order == "market":
            cushion += max(0, self.cash[FUND][0])
        limit = terms.bankruptcy(size, position.entry, cushion)
        if limit is None:
            return 0
        low, high = terms.band(self.marks[contract])
        limit = max(limit, low) if size > 0 else min(limit, high)
        side = SELL if size > 0 else BUY
        book = self.books[contract]
        book.submit(side, limit, quantity, target.account, IOC)
        filled = sum(trade[3] for trade in book.trades)
        value = self.settle_book(contract, desk=target)
        self.after_event()
        self.log(
            EventKind.BOOK,
            target,
            contract=contract,
            quantity=-sign(size) * filled,
            price=limit,
            value=value,
        )
        self.clear(target, contract, position, value)
        return filled

    def clear(self, target: Target, contract: int, position: Position, value: int) -> None:
        """Take the clearance fee on what the book filled."""
        charge = value * self.policy.clearance_ppm // MILLION
        charge = min(charge, max(0, self.equity(target)))
        if not charge:
            return
        if position.isolated:
            position.margin -= charge
            self.pay(0, CLEARING, FUND, charge)
        else:
            self.pay(0, target.account, FUND, charge)
        self.log(EventKind.CLEARANCE, target, contract=contract, amount=charge)
