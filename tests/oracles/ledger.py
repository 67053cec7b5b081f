"""A venue that is obviously right: one instrument after another, Python ints, lists and loops.

It shares no code with the core. Money is held as total balances; what is reserved is never stored
but summed from the resting orders each time it is asked for.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from tidegate_core.codes import Kind, Reject, SelfTrade, Side
from tidegate_core.instrument import Instrument

FEE_ACCOUNT = 0
LIMIT_INT = 2**63 - 1


@dataclass
class Resting:
    """An order in a queue; `number` is its place in time."""

    number: int
    account: int
    side: Side
    price: int
    quantity: int
    stp: SelfTrade
    post_only: bool


@dataclass(frozen=True)
class Trade:
    """One fill, with order numbers of the oracle."""

    price: int
    quantity: int
    maker_order: int
    taker_order: int
    maker: int
    taker: int
    taker_side: Side
    instrument: int


def fee(notional: int, ppm: int) -> int:
    """Round a fee down and a rebate down: in favour of whoever pays."""
    exact = Fraction(notional * abs(ppm), 1_000_000)
    return floor(exact) if ppm >= 0 else -floor(exact)


class VenueOracle:
    """Books, balances and fees of one venue, in plain Python."""

    def __init__(self, instruments: list[Instrument], assets: list[str], accounts: int) -> None:
        self.instruments = instruments
        self.assets = assets
        self.total = [[0] * len(assets) for _ in range(accounts + 1)]
        self.inflow = [0] * len(assets)
        self.orders: list[list[Resting]] = [[] for _ in instruments]  # in order of time
        self.halted = [False] * len(instruments)
        self.matching = True
        self.trades: list[Trade] = []
        self.number = 0

    # ---- money ----------------------------------------------------------------------------

    def need(self, instrument: int, side: Side, price: int, quantity: int) -> int:
        """Give what an order may cost, in quote for a buy and in base for a sell."""
        if side is Side.SELL:
            return quantity
        terms = self.instruments[instrument]
        notional = price * quantity * terms.tick_value
        return notional + fee(notional, max(terms.maker_ppm, terms.taker_ppm))

    def asset(self, instrument: int, side: Side) -> int:
        terms = self.instruments[instrument]
        return self.assets.index(terms.quote if side is Side.BUY else terms.base)

    def reserved(self, account: int, asset: int) -> int:
        return sum(
            self.need(i, order.side, order.price, order.quantity)
            for i, orders in enumerate(self.orders)
            for order in orders
            if order.account == account and self.asset(i, order.side) == asset
        )

    def free(self, account: int, asset: int) -> int:
        return self.total[account][asset] - self.reserved(account, asset)

    def deposit(self, account: int, asset: int, amount: int) -> Reject:
        if self.inflow[asset] + amount > LIMIT_INT:
            return Reject.OVERFLOW
        self.total[account][asset] += amount
        self.inflow[asset] += amount
        return Reject.OK

    def withdraw(self, account: int, asset: int, amount: int) -> Reject:
        if self.free(account, asset) < amount:
            return Reject.FUNDS
        self.total[account][asset] -= amount
        self.inflow[asset] -= amount
        return Reject.OK

    def settle(self, trade: Trade) -> None:
        terms = self.instruments[trade.instrument]
        base, quote = self.assets.index(terms.base), self.assets.index(terms.quote)
        notional = trade.price * trade.quantity * terms.tick_value
        fees = {
            "maker": fee(notional, terms.maker_ppm),
            "taker": fee(notional, terms.taker_ppm),
        }
        buyer, seller = (
            (trade.taker, trade.maker)
            if trade.taker_side is Side.BUY
            else (trade.maker, trade.taker)
        )
        self.total[buyer][base] += trade.quantity
        self.total[seller][base] -= trade.quantity
        self.total[buyer][quote] -= notional
        self.total[seller][quote] += notional
        self.total[trade.maker][quote] -= fees["maker"]
        self.total[trade.taker][quote] -= fees["taker"]
        self.total[FEE_ACCOUNT][quote] += fees["maker"] + fees["taker"]

    def audit(self) -> None:
        """Assert that nobody overdraws and that every asset is accounted for."""
        for asset in range(len(self.assets)):
            held = sum(row[asset] for row in self.total)
            assert held == self.inflow[asset], f"{self.assets[asset]}: {held}"
            for account in range(len(self.total)):
                assert self.free(account, asset) >= 0

    # ---- the book -------------------------------------------------------------------------

    def queue(self, instrument: int, taker_side: Side) -> list[Resting]:
        """List the orders that a taker meets, best price first, then first come."""
        makers = [o for o in self.orders[instrument] if o.side is not taker_side]
        sign = 1 if taker_side is Side.BUY else -1
        return sorted(makers, key=lambda o: (sign * o.price, o.number))

    def find(self, number: int) -> tuple[int, Resting] | None:
        for i, orders in enumerate(self.orders):
            for order in orders:
                if order.number == number:
                    return i, order
        return None

    @staticmethod
    def reaches(side: Side, kind: Kind, price: int, maker: Resting) -> bool:
        if kind is Kind.MARKET:
            return True
        return maker.price <= price if side is Side.BUY else maker.price >= price

    def affordable(
        self, instrument: int, account: int, budget: int, quantity: int, stp: SelfTrade
    ) -> int:
        """Give the lots of a market buy that a budget pays for, one price level at a time.

        Own lots that it cancels on its way are not among those that it buys.
        """
        levels: dict[int, int] = {}
        for maker in self.queue(instrument, Side.BUY):
            if maker.account != account or stp is not SelfTrade.EXPIRE_MAKER:
                levels[maker.price] = levels.get(maker.price, 0) + maker.quantity
        taken = 0
        for price, offered in levels.items():
            lots = min(offered, quantity - taken)
            low, high = 0, lots  # the most lots whose cost is within the budget
            while low < high:
                middle = (low + high + 1) // 2
                if self.need(instrument, Side.BUY, price, middle) <= budget:
                    low = middle
                else:
                    high = middle - 1
            taken += low
            if low < lots or taken == quantity:
                return taken
            budget -= self.need(instrument, Side.BUY, price, lots)
        return quantity

    def plan(
        self,
        instrument: int,
        account: int,
        side: Side,
        price: int,
        quantity: int,
        kind: Kind,
        stp: SelfTrade,
    ) -> tuple[list[tuple[Resting, int]], list[Resting], bool]:
        """List what an order would trade, whom it would expire, and whether it stops there."""
        trades: list[tuple[Resting, int]] = []
        expired: list[Resting] = []
        for maker in self.queue(instrument, side):
            if quantity == 0 or not self.reaches(side, kind, price, maker):
                break
            if maker.account == account and stp is not SelfTrade.NONE:
                if stp is not SelfTrade.EXPIRE_TAKER:
                    expired.append(maker)
                if stp is not SelfTrade.EXPIRE_MAKER:
                    return trades, expired, True
                continue
            lots = min(quantity, maker.quantity)
            trades.append((maker, lots))
            quantity -= lots
        return trades, expired, False

    # ---- instructions ---------------------------------------------------------------------

    def refusal(
        self, instrument: int, account: int, side: Side, price: int, quantity: int, kind: Kind
    ) -> Reject:
        if not 0 <= instrument < len(self.instruments):
            return Reject.INSTRUMENT
        if not 0 < account < len(self.total):
            return Reject.ACCOUNT
        if self.halted[instrument]:
            return Reject.HALTED
        if not 1 <= quantity <= 2**62:
            return Reject.QUANTITY
        if kind is not Kind.MARKET and price < 1:
            return Reject.PRICE
        if not self.matching:
            taking = kind not in (Kind.LIMIT, Kind.POST_ONLY)
            queue = self.queue(instrument, side)
            if taking or (queue and self.reaches(side, kind, price, queue[0])):
                return Reject.HALTED
        if kind is not Kind.MARKET and self.need(instrument, Side.BUY, price, quantity) > LIMIT_INT:
            return Reject.OVERFLOW
        return Reject.OK

    def submit(
        self,
        instrument: int,
        account: int,
        side: Side,
        price: int,
        quantity: int,
        kind: Kind = Kind.LIMIT,
        stp: SelfTrade = SelfTrade.NONE,
    ) -> int:
        """Carry out an order: its number, or minus a `Reject`."""
        code = self.refusal(instrument, account, side, price, quantity, kind)
        if code:
            return -code
        free = self.free(account, self.asset(instrument, side))
        if kind is Kind.MARKET and side is Side.BUY:
            quantity = self.affordable(instrument, account, free, quantity, stp)
            if quantity == 0:
                return -Reject.FUNDS
        elif self.need(instrument, side, price, quantity) > free:
            return -Reject.FUNDS
        return self.place(instrument, account, side, price, quantity, kind, stp)

    def place(
        self,
        instrument: int,
        account: int,
        side: Side,
        price: int,
        quantity: int,
        kind: Kind,
        stp: SelfTrade,
        replaces: Resting | None = None,
    ) -> int:
        """Match an order that its account can pay for, in place of another where one is given."""
        trades, expired, stopped = self.plan(instrument, account, side, price, quantity, kind, stp)
        filled = sum(lots for _, lots in trades)
        if kind is Kind.POST_ONLY and (trades or expired or stopped):
            return -Reject.WOULD_TAKE
        if kind is Kind.FOK and filled < quantity:
            return -Reject.NOT_FILLABLE
        if stopped and stp is SelfTrade.EXPIRE_TAKER and filled == 0:
            return -Reject.SELF_TRADE
        orders = self.orders[instrument]
        for gone in expired if replaces is None else [*expired, replaces]:
            orders.remove(gone)
        self.number += 1
        for maker, lots in trades:
            maker.quantity -= lots
            if maker.quantity == 0:
                orders.remove(maker)
            trade = Trade(
                maker.price,
                lots,
                maker.number,
                self.number,
                maker.account,
                account,
                side,
                instrument,
            )
            self.trades.append(trade)
            self.settle(trade)
        left = quantity - filled
        if left and not stopped and kind in (Kind.LIMIT, Kind.POST_ONLY):
            post_only = kind is Kind.POST_ONLY
            orders.append(Resting(self.number, account, side, price, left, stp, post_only))
        return self.number

    def cancel(self, number: int) -> Reject:
        found = self.find(number)
        if found is None:
            return Reject.UNKNOWN_ORDER
        self.orders[found[0]].remove(found[1])
        return Reject.OK

    def replace(self, number: int, price: int, quantity: int) -> int:
        """Change an order: its number from now on, or minus a `Reject`."""
        found = self.find(number)
        if found is None:
            return -Reject.UNKNOWN_ORDER
        instrument, old = found
        code = self.refusal(instrument, old.account, old.side, price, quantity, Kind.LIMIT)
        if code:
            return -code
        free = self.free(old.account, self.asset(instrument, old.side))
        free += self.need(instrument, old.side, old.price, old.quantity)
        if self.need(instrument, old.side, price, quantity) > free:
            return -Reject.FUNDS
        if price == old.price and quantity <= old.quantity:
            old.quantity = quantity
            return number
        kind = Kind.POST_ONLY if old.post_only else Kind.LIMIT
        return self.place(
            instrument, old.account, old.side, price, quantity, kind, old.stp, replaces=old
        )

    def cancel_all(self, account: int) -> int:
        mine = [o.number for orders in self.orders for o in orders if o.account == account]
        for number in mine:
            self.cancel(number)
        return len(mine)
