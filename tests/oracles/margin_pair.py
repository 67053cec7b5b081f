"""A compiled margin engine and its oracle, told the same things and compared after each."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
from tidegate_core.codes import EventKind, Op, Reject
from tidegate_core.margin_engine import MarginEngine

from tests.oracles.margin import OrderId
from tests.oracles.margin_difference import first_difference, in_order, name, same
from tests.oracles.margin_state import CROSS, FIRST_CLIENT, Event, Target
from tests.oracles.margin_waterfall import WaterfallOracle
from tests.oracles.margin_worlds import Row, World

RECENT = 24  # orders that a cancel may name
CLOCK = 10**6  # beyond any time of a liquidation
COPIES: dict[str, Callable[[MarginEngine], MarginEngine]] = {
    "copy": MarginEngine.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda engine: pickle.loads(pickle.dumps(engine)),
}


class MarginPair:
    """Speaks in rows (see `margin_worlds`); fails on the first difference."""

    def __init__(self, world: World, oracle: type[WaterfallOracle] = WaterfallOracle) -> None:
        self.world = world
        self.engine = self.new_engine()
        facts = (world.contracts, world.collateral, world.accounts, world.waterfall)
        self.oracle = oracle(*facts)
        self.oracle.people[FIRST_CLIENT:] = world.people
        self.numbers: dict[int, OrderId] = {}
        self.ids: dict[OrderId, int] = {}
        self.stops: dict[int, int] = {}  # the oracle's number -> id
        self.recent: list[int] = [0, 12345]
        self.kinds: dict[EventKind, int] = dict.fromkeys(EventKind, 0)
        self.events = 0
        self.now = 0  # of the last liquidation

    def new_engine(self) -> MarginEngine:
        world = self.world
        engine = MarginEngine(
            settlement="USD",
            contracts=list(world.contracts),
            collateral=list(world.collateral),
            waterfall=world.waterfall,
        )
        engine.add_accounts(len(world.people), np.array(world.people, np.int64))
        return engine

    # ---- what happens ----------------------------------------------------------------------

    def do(self, row: Row) -> int:
        """Tell both; give the code."""
        what, *rest = row
        self.events += 1
        self.engine.time = CLOCK + self.events
        code: int = getattr(self, "do_" + what)(*rest)
        return code

    def do_submit(self, *order: Any) -> int:
        number = self.oracle.submit(*order)
        return self.learn(self.engine.submit(*order), (order[0], number), number)

    def learn(self, found: int, order: OrderId, code: int) -> int:
        if code < 0 or found < 0:
            assert found == code, f"{name(found)} instead of {name(code)}"
            return code
        assert self.numbers.setdefault(found, order) == order
        self.ids[order] = found
        if self.recent[-1] != found:
            self.recent = [*self.recent[:2], *self.recent[2:][-RECENT:], found]
        return code

    def pick(self, which: int) -> tuple[int, OrderId]:
        """Choose an order issued of late, live or stale, or one that never was."""
        order = self.recent[which % len(self.recent)]
        return order, self.numbers.get(order, (0, -1))

    def do_cancel(self, which: int) -> int:
        order, number = self.pick(which)
        return same(self.engine.cancel(order), self.oracle.cancel(number))

    def do_stop(self, *stop: Any) -> int:
        code = self.oracle.place_stop(*stop)
        found = self.engine.place_stop(*stop)
        if code < 0 or found < 0:
            return same(found, code)
        self.stops[code] = found
        return code

    def do_cancel_stop(self, which: int) -> int:
        number = (0, 0, *self.stops)[which % (2 + len(self.stops))]
        expected = self.oracle.cancel_stop(number)
        return same(self.engine.cancel_stop(self.stops.get(number, 12345)), expected)

    def do_batch(self, *rows: Any) -> int:
        """Carry out a column batch; the oracle does it row by row."""
        picked = [self.pick(which) for _, which, *_ in rows]
        columns = zip(*(row[2:] for row in rows), strict=True)
        names = ["contract", "account", "side", "price", "quantity", "kind", "stp", "reduce_only"]
        results = self.engine.submit_many(
            op=np.array([row[0] for row in rows], np.int64),
            order_id=np.array([order for order, _ in picked], np.int64),
            **{
                name: np.array(column, np.int64)
                for name, column in zip(names, columns, strict=True)
            },
        )
        for (op, _, *order), (_, old), found in zip(rows, picked, results.tolist(), strict=True):
            expected = self.in_batch(op, old, order)
            if op == Op.CANCEL:
                same(found, expected)
            else:
                contract = old[0] if op == Op.REPLACE else order[0]
                self.learn(found, (contract, expected), expected)
        return 0

    def in_batch(self, op: int, old: OrderId, order: list[Any]) -> int:
        """Let the oracle carry out one row."""
        oracle = self.oracle
        resting = oracle.resting[old[0]].get(old[1])
        if op != Op.SUBMIT and resting is not None and resting.account != order[1]:
            return -Reject.ACCOUNT
        if op == Op.CANCEL:
            return oracle.cancel(old)
        if op == Op.REPLACE:
            return oracle.replace(old, order[3], order[4])
        if op == Op.CANCEL_SUBMIT and resting is not None:
            oracle.cancel(old)
        return oracle.submit(*order)

    def do_cancel_all(self, account: int, contract: int | None) -> int:
        expected = self.oracle.cancel_all(account, contract)
        return same(self.engine.cancel_all(account, contract), expected)

    def do_replace(self, which: int, price: int, quantity: int) -> int:
        order, number = self.pick(which)
        code = self.oracle.replace(number, price, quantity)
        return self.learn(self.engine.replace(order, price, quantity), (number[0], code), code)

    def do_shrink(self, which: int) -> int:
        """Replace an order by a smaller one at its price."""
        _, (contract, number) = self.pick(which)
        found = self.oracle.resting[contract].get(number)
        if found is None:
            return self.do_replace(which, 1, 1)
        return self.do_replace(which, found.price, found.left // 2 + 1)

    def do_deposit(self, account: int, asset: int, amount: int) -> int:
        expected = self.oracle.deposit(account, asset, amount)
        return same(self.engine.deposit(account, asset, amount), -expected)

    def do_withdraw(self, account: int, asset: int, amount: int) -> int:
        expected = self.oracle.withdraw(account, asset, amount)
        return same(self.engine.withdraw(account, asset, amount), -expected)

    def do_add_margin(self, account: int, contract: int, amount: int) -> int:
        expected = self.oracle.add_margin(account, contract, amount)
        return same(self.engine.add_margin(account, contract, amount), -expected)

    def do_isolate(self, account: int, contract: int, isolated: bool) -> int:
        expected = self.oracle.set_mode(account, contract, isolated)
        return same(self.engine.set_mode(account, contract, isolated), -expected)

    def do_leverage(self, account: int, contract: int, leverage: int) -> int:
        expected = self.oracle.set_leverage(account, contract, leverage)
        return same(self.engine.set_leverage(account, contract, leverage), -expected)

    def do_endow(self, contract: int, *columns: list[int]) -> int:
        self.oracle.endow(contract, *columns)
        self.engine.endow(contract, *(np.array(column, np.int64) for column in columns))
        return 0

    def do_marks(self, *marks: int) -> int:
        self.oracle.set_marks(marks)
        self.engine.set_marks(list(marks))
        return 0

    def do_collateral_price(self, asset: int, price: int) -> int:
        expected = self.oracle.set_collateral_price(asset, price)
        return same(self.engine.set_collateral_price(asset, price), -expected)

    def do_fund(self, contract: int, rate_ppb: int) -> int:
        expected = self.oracle.fund(contract, rate_ppb)
        return same(self.engine.fund(contract, rate_ppb), -expected)

    def do_liquidate(self, now: int, budget: int | None) -> int:
        self.now = now
        steps = self.oracle.liquidate(now, budget)
        found = self.engine.liquidate(now, budget)
        self.compare_logs()  # which says more than a number
        return same(found, steps)

    def do_halt(self, contract: int) -> int:
        self.oracle.halted[contract] = True
        self.engine.halt(contract)
        return 0

    def do_resume(self, contract: int) -> int:
        self.oracle.halted[contract] = False
        self.engine.resume(contract)
        return 0

    def do_accepting(self, on: bool) -> int:
        self.oracle.accepting = self.engine.accepting = on
        return 0

    def do_liquidating(self, on: bool) -> int:
        self.oracle.liquidating = self.engine.liquidating = on
        return 0

    def do_copy(self, how: str) -> int:
        """Go on with a copy; the snapshot is the same to the byte."""
        data = self.engine.snapshot()
        if how == "restore":
            self.engine = self.new_engine()
            self.engine.restore(data)
        else:
            self.engine = COPIES[how](self.engine)
        assert self.engine.snapshot() == data
        return 0

    # ---- comparing -------------------------------------------------------------------------

    def compare(self) -> None:
        """Compare everything that a venue can be asked for."""
        self.compare_queue()
        self.compare_logs()
        self.compare_cash()
        self.compare_positions()
        self.compare_accounts()
        self.compare_stops()
        self.compare_books()
        self.oracle.audit()

    def compare_queue(self) -> None:
        """Compare who is due; the order among those who became so together is the core's."""
        found = [Target(*target) for target in self.engine.queue()]
        waiting = [*self.oracle.queue, *self.oracle.fresh]
        cooling = [target for _, target in self.oracle.cooling]
        assert set(found) == self.oracle.queued
        assert len(found) == len(self.oracle.queued)
        first, last = len(waiting), len(found) - len(cooling)
        assert found[:first] == waiting
        assert found[last:] == cooling
        self.oracle.fresh += found[first:last]

    def compare_logs(self) -> None:
        self.compare_fills()
        self.compare_events()

    def compare_fills(self) -> None:
        fills = self.engine.take_fills()
        names = ["instrument", "maker_order", "taker_order", "price", "quantity", "maker", "taker"]
        found = list(zip(*(fills[name].tolist() for name in names), strict=True))
        expected = self.oracle.fills
        assert len(found) == len(expected)
        assert set(fills["time"].tolist()) <= {self.engine.time}
        for (where, maker_order, taker_order, *facts), (c, m, t, *rest) in zip(
            found, expected, strict=True
        ):
            known = self.ids.setdefault((c, t), taker_order)  # the desk's orders are new here
            assert (where, maker_order, taker_order) == (c, self.ids[c, m], known)
            assert facts == rest
        expected.clear()

    def compare_events(self) -> None:
        rows = self.engine.take_events()
        events = [
            Event(EventKind(kind), *facts)
            for kind, *facts in zip(*(rows[name].tolist() for name in Event._fields), strict=True)
        ]
        events = in_order(events)
        expected = in_order(self.oracle.events) + self.oracle.shortfalls
        assert events == expected, first_difference(events, expected)
        own = [self.engine.time for _ in self.oracle.shortfalls]
        assert rows["time"].tolist() == [self.now for _ in self.oracle.events] + own
        for event in events:
            self.kinds[event.kind] += 1
        self.oracle.events.clear()
        self.oracle.shortfalls.clear()

    def compare_cash(self) -> None:
        assert self.engine.balances().tolist() == self.oracle.cash

    def compare_positions(self) -> None:
        rows = self.engine.positions()
        names = ["account", "contract", "size", "entry", "margin"]
        found = {
            (account, contract): rest
            for account, contract, *rest in zip(
                *(rows[name].tolist() for name in names), strict=True
            )
            if rest != [0, 0, 0]
        }
        assert found == {
            key: [p.size, p.entry, p.margin]
            for key, p in self.oracle.positions.items()
            if p.size or p.entry or p.margin
        }

    def compare_accounts(self) -> None:
        engine, oracle = self.engine, self.oracle
        for account in range(FIRST_CLIENT, self.world.accounts):
            target = Target(account, CROSS)
            assert engine.order_margin(account) == oracle.order_margin(account)
            assert engine.available(account) == oracle.available(account)
            assert engine.equity(account) == oracle.equity(target)
            assert engine.maintenance(account) == oracle.maintenance(target)

    def compare_stops(self) -> None:
        self.stops = {number: self.stops[number] for number in self.oracle.stops}
        for account, contract in self.oracle.positions:
            found = [(stop, *facts) for stop, *facts in self.engine.stops(account, contract)]
            assert found == [
                (self.stops[stop.number], stop.trigger, stop.quantity, stop.on)
                for stop in reversed(self.oracle.stops.values())
                if (stop.account, stop.contract) == (account, contract)
            ]

    def compare_books(self) -> None:
        for contract, book in enumerate(self.oracle.books):
            queues = book.queues()
            for side in (0, 1):
                prices, quantities = self.engine.depth(contract, side, 1_000)
                found = list(zip(prices.tolist(), quantities.tolist(), strict=True))
                assert found == [
                    (price, sum(lots for *_, lots in queue))
                    for where, price, queue in queues
                    if where == side
                ]
