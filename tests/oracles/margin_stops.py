"""Stop orders of the plain margin venue: one list, looked through after every round of marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate_core.codes import Reject

from tests.oracles.book import MARKET
from tests.oracles.margin import MAX_LOTS, SELL, MarginOracle
from tests.oracles.margin_state import Target

if TYPE_CHECKING:
    from tidegate_core.perpetual import Collateral, Perpetual


@dataclass(frozen=True)
class Stop:
    """Lots of a position that are to be closed once a price is reached."""

    number: int
    contract: int
    account: int
    side: int
    trigger: int
    quantity: int
    on: str

    @property
    def rank(self) -> tuple[int, bool, bool, int, int]:
        """Give its place among all that are reached together."""
        nearest = -self.trigger if self.side == SELL else self.trigger
        return self.contract, self.on == "last", self.side != SELL, nearest, self.number

    def reached(self, price: int) -> bool:
        return price <= self.trigger if self.side == SELL else price >= self.trigger


class StopsOracle(MarginOracle):
    """A margin venue that keeps stop orders."""

    def __init__(
        self, contracts: Sequence[Perpetual], collateral: Sequence[Collateral], accounts: int
    ) -> None:
        super().__init__(contracts, collateral, accounts)
        self.stops: dict[int, Stop] = {}
        self.stops_ever = 0

    def place_stop(
        self, contract: int, account: int, side: int, trigger: int, quantity: int, on: str
    ) -> int:
        """Keep a stop order: its number, or minus a `Reject`."""
        if not 0 <= contract < self.n_contracts:
            return -Reject.INSTRUMENT
        if not self.known(account):
            return -Reject.ACCOUNT
        if side not in (0, 1):
            return -Reject.CODE
        if self.halted[contract] or self.silenced(account):
            return -Reject.HALTED
        if not 1 <= quantity <= MAX_LOTS:
            return -Reject.QUANTITY
        if not 1 <= trigger <= self.terms[contract].max_price:
            return -Reject.PRICE
        if not self.closes(account, contract, side):
            return -Reject.REDUCE
        self.stops_ever += 1
        stop = Stop(self.stops_ever, contract, account, side, trigger, quantity, on)
        self.stops[stop.number] = stop
        return stop.number

    def closes(self, account: int, contract: int, side: int) -> bool:
        size = self.position(account, contract).size
        return size > 0 if side == SELL else size < 0

    def cancel_stop(self, number: int) -> int:
        stop = self.stops.get(number)
        if stop is None:
            return -Reject.UNKNOWN_ORDER
        if self.silenced(stop.account):
            return -Reject.HALTED
        del self.stops[number]
        return 0

    def after_event(self) -> None:
        """Cancel the stops of positions that are gone or turned."""
        super().after_event()
        for stop in list(self.stops.values()):
            if not self.closes(stop.account, stop.contract, stop.side):
                del self.stops[stop.number]

    def set_marks(self, marks: Sequence[int]) -> set[Target]:
        due = super().set_marks(marks)
        if self.liquidating:
            self.send_stops()
        return due

    def send_stops(self) -> None:
        """Send what is reached, in the order of triggers, as reduce-only market orders."""
        reached = [
            stop
            for stop in self.stops.values()
            for price in [self.marks if stop.on == "mark" else self.last]
            if not self.halted[stop.contract] and price[stop.contract]
            if stop.reached(price[stop.contract])
        ]
        accepting, self.accepting = self.accepting, True
        for stop in sorted(reached, key=lambda stop: stop.rank):
            if self.stops.pop(stop.number, None):
                order = (stop.contract, stop.account, stop.side, 0, stop.quantity)
                self.submit(*order, kind=MARKET, reduce_only=True, ahead=True)
        self.accepting = accepting
