"""Where the positions of the liquidated go: the fund, the vault, other traders.

Part of the plain margin venue: Python ints, sorted lists, a full scan for every question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tidegate_core.codes import EventKind

from tests.oracles.margin import BUY, SELL
from tests.oracles.margin_adl import RULES, Claim, by_score
from tests.oracles.margin_contract import MILLION, collateral_covering, collateral_value, sign
from tests.oracles.margin_state import (
    CLEARING,
    CROSS,
    FIRST_CLIENT,
    FUND,
    VAULT,
    VENUE,
    Event,
    Position,
    Target,
)
from tests.oracles.margin_stops import StopsOracle

if TYPE_CHECKING:
    from tidegate_core.perpetual import Collateral, Perpetual
    from tidegate_core.waterfall import Waterfall


class TakeoverOracle(StopsOracle):
    """A margin venue with a fund, a vault, and an order of deleveraging."""

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
        self.reference = 0  # equity of the fund that its drawdown is measured from
        self.before = 0  # equity of whoever is liquidated, before the step
        self.rounds = 0  # of marks
        self.ranks: dict[tuple[int, int], tuple[int, int, list[Claim]]] = {}

    def set_marks(self, marks: Sequence[int]) -> set[Target]:
        self.rounds += 1
        return super().set_marks(marks)

    def log(self, kind: EventKind, target: Target, **facts: int) -> None:
        """Add to the log; a keyword replaces what is known of the target."""
        row = {"account": target.account, "contract": target.contract, "equity": self.before}
        row["multiplicity"] = self.people[target.account]
        self.events.append(Event(kind, **{**row, **facts}))

    # ---- the fund, or others -----------------------------------------------------------------

    def fund_equity(self) -> int:
        return self.cross_equity(FUND)

    def fund_bears(self, loss: int) -> bool:
        """Tell whether the fund, rather than other traders, takes a loss."""
        if self.policy.adl_trigger == "never":
            return True
        floor = 0
        if self.policy.adl_trigger == "drawdown":
            floor = self.reference * (MILLION - self.policy.drawdown_ppm) // MILLION
        return self.fund_equity() - loss >= floor

    def cushion(self, target: Target, contract: int, position: Position) -> int:
        """Give what the target has beside the PnL of one position."""
        return self.equity(target) - self.pnl(contract, position)

    def take_over(self, target: Target, contract: int, lots: int, deleverage: bool = False) -> bool:
        """Close what the book did not take, against the fund or other traders; False if stuck."""
        terms, position = self.terms[contract], self.position(target.account, contract)
        signed = sign(position.size) * lots
        cushion = self.cushion(target, contract, position)
        bankrupt = terms.bankruptcy(position.size, position.entry, cushion)
        if bankrupt is None:
            bankrupt = self.marks[contract]  # no price makes good what is missing
        loss = terms.value(bankrupt, signed) - self.value(contract, signed)
        if deleverage or not self.fund_bears(max(loss, 0)):
            price = bankrupt
            if self.policy.adl_price == "mark" and self.equity(target) >= 0:
                price = self.marks[contract]
            signed -= self.deleverage(target, contract, signed, price)
        for taker in (FUND, VENUE):
            if signed and self.has_room(taker, contract, signed):
                self.hand_over(EventKind.TAKEOVER, target, contract, taker, signed, bankrupt)
                signed = 0
        self.after_event()
        return not signed

    def has_room(self, account: int, contract: int, signed: int) -> bool:
        """Tell whether an account can take lots within the bound of a position."""
        if self.shrinks(account, contract, signed):
            return True
        side = BUY if signed > 0 else SELL
        beside = sign(signed) * self.resting_lots(account, contract, side)
        return self.bearable(contract, self.position(account, contract).size + signed + beside)

    def hand_over(
        self, kind: EventKind, target: Target, contract: int, taker: int, signed: int, price: int
    ) -> None:
        """Trade signed lots of the target's position to somebody outside the book."""
        value = abs(self.terms[contract].value(price, signed))
        assert self.shrinks(target.account, contract, -signed)
        assert kind is not EventKind.ADL or self.shrinks(taker, contract, signed)
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

    # ---- the vault ---------------------------------------------------------------------------

    def refuge(self, target: Target) -> str:
        """Tell who must take a target before the book is asked: nobody, the vault, the others."""
        if not self.policy.vault:
            return "book"
        equity = self.equity(target)
        beyond = "others" if self.policy.beyond_vault == "adl" else "book"
        if equity <= 0:
            return beyond
        if equity * MILLION >= self.policy.vault_ppm * self.maintenance(target):
            return "book"
        exposed = self.exposed(target)
        gross = self.gross(list(self.held(VAULT))) + self.gross(exposed)
        room = all(
            self.marks[contract] and self.has_room(VAULT, contract, held.size)
            for contract, held in exposed
        )
        return "vault" if gross <= self.policy.vault_capacity and room else beyond

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
        self.after_event()

    def gross(self, exposed: Sequence[tuple[int, Position]]) -> int:
        return sum(self.notional(c, p) for c, p in exposed)

    # ---- what is left at the end -------------------------------------------------------------

    def wind_up(self, target: Target) -> None:
        """Settle with a target that has no size left."""
        if target.contract == CROSS:
            self.wind_up_account(target)
            return
        position = self.position(*target)
        if position.margin < 0:
            self.shortfall(target, -position.margin)
            self.pay(0, CLEARING, target.account, position.margin)
            position.margin = 0
        elif position.margin:
            to_fund = self.policy.surplus == "fund"
            amount = self.strip(position, FUND if to_fund else target.account)
            self.surplus(target, amount, FUND if to_fund else -1)

    def wind_up_account(self, target: Target) -> None:
        self.settle_debts(target)
        amount = self.cash[target.account][0]
        if amount and self.policy.surplus == "fund":
            self.pay(0, target.account, FUND, amount)
            self.surplus(target, amount, FUND)

    def settle_debts(self, target: Target) -> None:
        """Seize collateral for a cross account's debt; the rest is a shortfall."""
        if target.contract != CROSS:
            return
        cash = self.cash[target.account]
        for asset, terms in enumerate(self.collateral, start=1):
            if cash[0] < 0 < cash[asset]:
                price = self.price[asset]
                amount = collateral_covering(-cash[0], cash[asset], price, terms)
                worth = collateral_value(amount, price, terms)
                if worth:
                    self.seize(target, asset, amount, worth, FUND)
        if cash[0] < 0:
            self.shortfall(target, -cash[0])

    def shortfall(self, target: Target, lacking: int) -> None:
        paid = self.cover(target.account, lacking)
        self.log(EventKind.SHORTFALL, target, value=paid, amount=lacking)

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

    def surplus(self, target: Target, amount: int, beneficiary: int) -> None:
        self.log(EventKind.SURPLUS, target, amount=amount, counterparty=beneficiary)
