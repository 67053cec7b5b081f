"""The liquidation waterfall of the plain margin venue, one target at a time.

A step is carried out in the oracle whole, and what it did is a list of `Event`; the core's own log
must be the same list. Which target is next is the core's to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tidegate_core.codes import EventKind

from tests.oracles.book import IOC
from tests.oracles.margin import BUY, SELL, MarginOracle
from tests.oracles.margin_accounts import (
    CLEARING,
    CROSS,
    FIRST_CLIENT,
    FUND,
    VAULT,
    Position,
    Target,
)
from tests.oracles.margin_adl import RULES, Claim, by_score
from tests.oracles.margin_contract import MILLION, collateral_covering, collateral_value, sign

if TYPE_CHECKING:
    from tidegate_core.perpetual import Collateral, Perpetual
    from tidegate_core.waterfall import Waterfall


class WaterfallOracle(MarginOracle):
    """A margin venue that liquidates."""

    def __init__(
        self,
        contracts: Sequence[Perpetual],
        collateral: Sequence[Collateral],
        accounts: int,
        policy: Waterfall,
    ) -> None:
        super().__init__(contracts, collateral, accounts)
        self.policy = policy
        self.deposit(FUND, 0, policy.fund)
        self.deposit(VAULT, 0, policy.vault_funds)
        self.queue: list[Target] = []  # FIFO
        self.cooling: list[tuple[int, Target]] = []  # (ready, target)
        self.sliced: set[Target] = set()
        self.whole_next: set[Target] = set()
        self.reference = 0
        self.reference_time: int | None = None
        self.rounds = 0  # of marks
        self.ranks: dict[tuple[int, int], tuple[int, int, list[Claim]]] = {}

    def set_marks(self, marks: Sequence[int]) -> set[Target]:
        self.rounds += 1
        return super().set_marks(marks)

    # ---- the desk's clock ------------------------------------------------------------------

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
        self.queue += [target for _, target in ready]

    def liquidate(self, now: int, budget: int | None = None) -> int:
        """Process targets in the order of the queue; how many steps."""
        self.open_desk(now)
        steps = waiting = 0
        while waiting < len(self.queue) and (budget is None or steps < budget):
            if self.step(self.queue.pop(0), now):
                steps, waiting = steps + 1, 0
            else:
                waiting += 1
        return steps

    def fund_equity(self) -> int:
        return self.cash[FUND][0] + sum(self.pnl(c, p) for c, p in self.held(FUND))

    def gross(self, exposed: Sequence[tuple[int, Position]]) -> int:
        return sum(self.notional(c, p) for c, p in exposed)

    # ---- one step --------------------------------------------------------------------------

    def step(self, target: Target, now: int) -> bool:
        """Liquidate a target as far as one step goes; False if it has to wait for a halt."""
        self.before = self.equity(target)
        if not self.due(target):
            self.recovered(target)
            return True
        if not self.tradable(target):
            self.queue.append(target)
            return False
        if self.policy.cancel_orders:
            contract = None if target.contract == CROSS else target.contract
            self.withdraw_orders(target.account, contract)
        refuge, waits = self.refuge(target), False
        if refuge == "vault":
            self.to_vault(target)
            self.dismiss(target)
            return True
        contract, position = self.largest(target)
        if refuge == "others":
            self.take_over(target, contract, abs(position.size), deleverage=True)
        else:
            waits = self.reduce(target, contract, position)
        self.conclude(target, now, waits)
        return True

    def conclude(self, target: Target, now: int, waits: bool) -> None:
        """Decide what becomes of a target after a step."""
        if not self.exposed(target):
            self.wind_up(target)
            self.dismiss(target)
        elif not self.due(target):
            self.recovered(target)
        elif waits and self.policy.cooldown_seconds:
            self.cooling.append((now + self.policy.cooldown_seconds, target))
        else:
            self.queue.append(target)

    def recovered(self, target: Target) -> None:
        self.log(EventKind.RECOVERED, target)
        self.dismiss(target)

    def tradable(self, target: Target) -> list[tuple[int, Position]]:
        """List what of a target is in contracts that are not halted."""
        return [(c, p) for c, p in self.exposed(target) if not self.halted[c]]

    def dismiss(self, target: Target) -> None:
        self.queued.discard(target)
        self.sliced.discard(target)
        self.whole_next.discard(target)

    def refuge(self, target: Target) -> str:
        """Tell who must take a target before the book is asked: nobody, the vault, the others."""
        if not self.policy.vault:
            return "book"
        equity = self.equity(target)
        if equity <= 0:
            return "others"
        if equity * MILLION >= self.policy.vault_ppm * self.maintenance(target):
            return "book"
        gross = self.gross(list(self.held(VAULT))) + self.gross(self.exposed(target))
        return "vault" if gross <= self.policy.vault_capacity else "others"

    def to_vault(self, target: Target) -> None:
        """Hand positions at the mark, and what equity there is, to the vault."""
        account, exposed = target.account, self.exposed(target)
        for contract, position in exposed:
            lots, mark, amount = position.size, self.marks[contract], 0
            self.trade(account, contract, mark, -lots, liquidated=True)
            self.trade(VAULT, contract, mark, lots)
            if position.isolated:
                amount = self.strip(position, VAULT)
            elif contract == exposed[-1][0]:
                amount = self.cash[account][0]
                self.pay(0, account, VAULT, amount)
            facts = {"quantity": -lots, "price": mark, "value": abs(self.value(contract, lots))}
            facts |= {"amount": amount, "counterparty": VAULT}
            self.log(EventKind.VAULT, target, contract=contract, **facts)
        if target.contract == CROSS:
            for asset in range(1, self.n_assets):
                self.seize(target, asset, self.cash[account][asset], 0, VAULT)
        self.enforce_reduce_only()

    def seize(self, target: Target, asset: int, amount: int, worth: int, taker: int) -> None:
        """Take collateral in kind against what is paid for it."""
        if amount:
            self.pay(asset, target.account, taker, amount)
            self.pay(0, taker, target.account, worth)
            facts = {"contract": asset, "quantity": -amount, "amount": worth}
            self.log(EventKind.SEIZE, target, **facts, counterparty=taker)

    def strip(self, position: Position, beneficiary: int) -> int:
        """Move all isolated margin to somebody's cash."""
        amount, position.margin = position.margin, 0
        self.pay(0, CLEARING, beneficiary, amount)
        return amount

    def largest(self, target: Target) -> tuple[int, Position]:
        """Choose the position with the largest maintenance margin; the first of equals."""
        return max(
            self.tradable(target),
            key=lambda held: (self.terms[held[0]].maintenance(self.notional(*held)), -held[0]),
        )

    def chosen(self, target: Target, contract: int, position: Position) -> int:
        """Give the lots of a position that go in this step."""
        size, policy, terms = abs(position.size), self.policy, self.terms[contract]
        notional = self.notional(contract, position)
        if policy.partial == "none" or target in self.whole_next:
            self.whole_next.discard(target)
            return size
        if policy.partial == "slice":
            if notional <= policy.slice_above or target in self.sliced:
                return size
            return max(1, size * policy.slice_ppm // MILLION)
        tier = terms.tier(notional)
        if tier <= policy.whole_below_tier:
            return size
        cap = terms.tiers[max(tier - policy.tiers_down, 0)].cap
        return max(1, size - terms.lots_within(cap, self.marks[contract]))

    def reduce(self, target: Target, contract: int, position: Position) -> bool:
        """Send an order to the book, then hand over the rest; whether a cool-down follows."""
        quantity = self.chosen(target, contract, position)
        whole = quantity == abs(position.size)
        filled = self.send(target, contract, position, quantity)
        if whole:
            if filled < quantity:
                self.take_over(target, contract, quantity - filled)
            return False
        self.sliced.add(target)
        if filled < quantity:
            self.whole_next.add(target)
        return True

    def cushion(self, target: Target, contract: int, position: Position) -> int:
        """Give what the target has beside the PnL of one position."""
        return self.equity(target) - self.pnl(contract, position)

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
        self.enforce_reduce_only()
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

    # ---- who takes over --------------------------------------------------------------------

    def take_over(self, target: Target, contract: int, lots: int, deleverage: bool = False) -> None:
        """Close what the book did not take, against the fund or against other traders."""
        terms, position = self.terms[contract], self.position(target.account, contract)
        signed = sign(position.size) * lots
        cushion = self.cushion(target, contract, position)
        bankrupt = terms.bankruptcy(position.size, position.entry, cushion)
        if bankrupt is None:
            bankrupt = 1 if position.size > 0 else terms.max_price
        loss = terms.value(bankrupt, signed) - self.value(contract, signed)
        if deleverage or not self.fund_bears(max(loss, 0)):
            price = bankrupt
            if self.policy.adl_price == "mark" and self.equity(target) >= 0:
                price = self.marks[contract]
            signed -= self.deleverage(target, contract, signed, price)
        if signed:
            self.hand_over(EventKind.TAKEOVER, target, contract, FUND, signed, bankrupt)
        self.enforce_reduce_only()

    def fund_bears(self, loss: int) -> bool:
        """Tell whether the fund, rather than other traders, takes a loss."""
        if self.policy.adl_trigger == "never":
            return True
        floor = 0
        if self.policy.adl_trigger == "drawdown":
            floor = self.reference * (MILLION - self.policy.drawdown_ppm) // MILLION
        return self.fund_equity() - loss >= floor

    def hand_over(
        self, kind: EventKind, target: Target, contract: int, taker: int, signed: int, price: int
    ) -> None:
        """Trade signed lots of the target's position to somebody outside the book."""
        value = abs(self.terms[contract].value(price, signed))
        self.trade(target.account, contract, price, -signed, liquidated=True)
        self.log(
            kind,
            target,
            contract=contract,
            quantity=-signed,
            price=price,
            value=value,
            counterparty=taker,
        )
        self.trade(taker, contract, price, signed)

    def claims(self, contract: int, side: int) -> list[Claim]:
        """List the clients on the side of the given sign whose equity is positive."""
        found = []
        for account in range(FIRST_CLIENT, len(self.cash)):
            position = self.position(account, contract)
            if position.size * side <= 0:
                continue
            equity = self.equity(Target(account, contract if position.isolated else CROSS))
            if equity > 0:
                found.append(
                    Claim(
                        account,
                        abs(position.size),
                        self.pnl(contract, position),
                        position.entry,
                        equity,
                        self.notional(contract, position),
                    )
                )
        return found

    def deleverage(self, target: Target, contract: int, signed: int, price: int) -> int:
        """Close lots against other clients; the signed lots that found somebody."""
        if self.policy.adl_rule == "queue":
            return self.deleverage_in_turn(target, contract, signed, price)
        done = 0
        rule = RULES[self.policy.adl_rule]
        for claim, lots in rule(abs(signed), self.claims(contract, -sign(signed))):
            done += self.close_against(target, contract, sign(signed) * lots, claim, price)
        return done

    def deleverage_in_turn(self, target: Target, contract: int, signed: int, price: int) -> int:
        """Go through the ranks made after the last marks; make them anew when they run out."""
        done, side = 0, -sign(signed)
        while done != signed:
            ranks = self.ranks_of(contract, side)
            if not ranks:
                break
            claim = ranks[0]
            position = self.position(claim.account, contract)
            own = Target(claim.account, contract if position.isolated else CROSS)
            if position.size * side <= 0 or self.equity(own) <= 0:
                ranks.pop(0)
                continue
            lots = min(abs(signed - done), abs(position.size))
            if lots == abs(position.size):
                ranks.pop(0)
            done += self.close_against(target, contract, sign(signed) * lots, claim, price)
        return done

    def ranks_of(self, contract: int, side: int) -> list[Claim]:
        """Give the ranks of a contract and side, from the first; they may be some time old."""
        traded = self.traded[contract]
        age, at, ranks = self.ranks.get((contract, side), (-1, -1, []))
        if age != self.rounds or (not ranks and at != traded):
            ranks = by_score(self.claims(contract, side))
            self.ranks[contract, side] = (self.rounds, traded, ranks)
        return ranks

    def close_against(
        self, target: Target, contract: int, signed: int, claim: Claim, price: int
    ) -> int:
        if self.policy.adl_cancels_orders:
            self.withdraw_orders(claim.account, contract)
        self.hand_over(EventKind.ADL, target, contract, claim.account, signed, price)
        return signed

    # ---- what is left at the end -----------------------------------------------------------

    def wind_up(self, target: Target) -> None:
        """Settle with a target that has no size left."""
        if target.contract == CROSS:
            self.wind_up_account(target)
            return
        position = self.position(*target)
        if position.margin < 0:
            self.cover(*target, -position.margin)
            self.pay(0, CLEARING, target.account, position.margin)
            position.margin = 0
        elif position.margin:
            to_fund = self.policy.surplus == "fund"
            amount = self.strip(position, FUND if to_fund else target.account)
            self.surplus(target, amount, FUND if to_fund else -1)

    def surplus(self, target: Target, amount: int, beneficiary: int) -> None:
        self.log(EventKind.SURPLUS, target, amount=amount, counterparty=beneficiary)

    def wind_up_account(self, target: Target) -> None:
        cash = self.cash[target.account]
        for asset, terms in enumerate(self.collateral, start=1):
            if cash[0] < 0 < cash[asset]:
                price = self.price[asset]
                amount = collateral_covering(-cash[0], cash[asset], price, terms)
                worth = collateral_value(amount, price, terms)
                if worth:
                    self.seize(target, asset, amount, worth, FUND)
        if cash[0] < 0:
            self.cover(*target, -cash[0])
        elif cash[0] > 0 and self.policy.surplus == "fund":
            amount = cash[0]
            self.pay(0, target.account, FUND, amount)
            self.surplus(target, amount, FUND)
