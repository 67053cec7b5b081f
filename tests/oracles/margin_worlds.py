"""Random margin venues and random things that happen to them, made to meet each other often.

Positions are large against cash and marks move a lot, so that most worlds liquidate somebody every
few events. A row is a tuple: what happens, then its arguments.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from tidegate_core.perpetual import MAX_CAP, Collateral, Perpetual, Tier
from tidegate_core.waterfall import (
    ADL_PRICES,
    ADL_RULES,
    ADL_TRIGGERS,
    ORDERS,
    PARTIALS,
    SURPLUSES,
    Waterfall,
)

from tests.oracles.margin_state import FIRST_CLIENT, FUND, VAULT, VENUE

Row = tuple[Any, ...]

MILLION = 1_000_000
MAX_PRICE = 4_000
PRICE = 1_000  # around which marks begin
LOTS = 60  # of a typical position, in a small world
# Places of a submit row, and what none of them allows (but for 2**40 lots, which are only many).
WRONG = [(0, 9), (0, -1), (1, -1), (1, 1), (1, 99), (2, 2), (3, 0), (3, MAX_PRICE + 1)]
WRONG += [(4, 0), (4, 2**40), (4, 2**40 + 1), (5, 5), (6, 4), (6, -1)]


@dataclass(frozen=True)
class World:
    """What a venue is made of, and the cash of a typical client."""

    contracts: tuple[Perpetual, ...]
    collateral: tuple[Collateral, ...]
    waterfall: Waterfall
    people: tuple[int, ...]  # that each client account stands for
    lots: int  # of a typical position
    wealth: int

    @property
    def accounts(self) -> int:
        return FIRST_CLIENT + len(self.people)


def random_tiers(draw: random.Random, notional: int) -> tuple[Tier, ...]:
    """Draw a table whose tiers meet typical positions."""
    leverages = sorted(draw.sample([2, 3, 5, 10, 20, 50], draw.randint(1, 4)), reverse=True)
    caps, rates = [], []
    cap, rate = notional // MILLION // 2, 0
    for leverage in leverages:
        cap = cap * draw.randint(2, 4) + 1
        rate = draw.randint(max(rate, MILLION // leverage // 4) + 1, MILLION // leverage - 1)
        caps.append(cap * MILLION)
        rates.append(rate)
    rows = zip(caps, rates, leverages, strict=True)
    return tuple(Tier(*row) for row in rows if row[1] * row[2] < MILLION and row[0] <= MAX_CAP)


def random_contract(draw: random.Random, name: str, unit: int, lots: int) -> Perpetual:
    """Draw a contract on which a lot gains about `unit` a tick."""
    maker = draw.choice([-100, 0, 0, 200, 3_000])
    facts: dict[str, Any] = {"tick_value": unit}
    if draw.random() < 0.4:
        value = unit * draw.choice([PRICE**2, 1 if unit > 1 else PRICE, PRICE**2])
        facts = {"inverse": True, "contract_value": value}
    return Perpetual(
        name,
        tiers=random_tiers(draw, lots * PRICE * unit),
        max_price=MAX_PRICE,
        maker_ppm=maker,
        taker_ppm=max(-maker, 0) + draw.choice([0, 300, 7_777]),
        band_ppm=draw.choice([0, 0, 50_000, 200_000]),
        **facts,
    )


def random_waterfall(draw: random.Random, wealth: int) -> Waterfall:
    notional = wealth * 10
    return Waterfall(
        cancel_orders=draw.random() < 0.8,
        partial=draw.choice(PARTIALS),
        slice_ppm=draw.choice([1, 200_000, 500_000, MILLION]),
        slice_above=draw.choice([0, notional // 10]),
        cooldown_seconds=draw.choice([0, 0, 3, 30]),
        tiers_down=draw.randint(1, 2),
        whole_below_tier=draw.randint(0, 1),
        order=draw.choice(ORDERS),
        clearance_ppm=draw.choice([0, 12_345, 100_000]),
        surplus=draw.choice(SURPLUSES),
        adl_rule=draw.choice(ADL_RULES),
        adl_trigger=draw.choice(ADL_TRIGGERS),
        drawdown_ppm=draw.choice([0, 300_000, MILLION]),
        drawdown_seconds=draw.choice([0, 20, 10_000]),
        adl_price=draw.choice(ADL_PRICES),
        adl_cancels_orders=draw.random() < 0.5,
        vault=draw.random() < 0.4,
        vault_ppm=draw.choice([333_333, 666_667, MILLION]),
        vault_capacity=min(draw.choice([0, notional, 100 * notional]), 2**60),
        fund=draw.choice([0, wealth // 100, wealth, 100 * wealth]),
        beyond_vault=draw.choice(["adl", "adl", "book"]),
        vault_funds=draw.choice([0, wealth]),
    )


def random_world(seed: int) -> World:
    draw = random.Random(seed)
    unit = draw.choice([1, 7, 333, 1_000, 12_345])
    lots = LOTS * draw.choice([1, 1, 1, 1, 5_000, 40_000_000])
    wealth = lots * PRICE * unit // draw.choice([5, 12])
    haircuts = [draw.choice([0, 100_000, 333_333]) for _ in range(draw.randint(0, 2))]
    many = draw.random() < 0.3
    return World(
        tuple(
            random_contract(draw, f"C{k}", unit * draw.randint(1, 3), lots)
            for k in range(draw.randint(1, 3))
        ),
        tuple(Collateral(f"A{k}", haircut) for k, haircut in enumerate(haircuts)),
        random_waterfall(draw, wealth),
        tuple(draw.choice([1, 3, 10]) if many else 1 for _ in range(draw.randint(3, 6))),
        lots,
        wealth,
    )


class Story:
    """Draws what happens next in a world, around prices that it remembers."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.draw = random.Random(seed)
        self.prices = [PRICE for _ in world.contracts]
        self.now = 0
        self.moved = False  # since the last liquidation
        self.off: list[Row] = []  # what turns it on again
        self.kinds = [
            (self.submit, 44),
            (self.cancel, 6),
            (self.replace, 6),
            (self.marks, 18),
            (self.liquidate, 4),
            (self.deposit, 5),
            (self.withdraw, 2),
            (self.add_margin, 4),
            (self.settings, 3),
            (self.fund, 1.5),
            (self.collateral_price, 1.5),
            (self.cancel_all, 1),
            (self.switch, 0.6),
            (self.copy, 0.3),
            (self.stop, 5),
            (self.cancel_stop, 1),
            (self.batch, 2),
        ]

    def opening(self) -> list[Row]:
        """Give everybody cash, and contracts their first marks, some of them late."""
        rows: list[Row] = []
        for account in range(FIRST_CLIENT, self.world.accounts):
            rows.append(("deposit", account, 0, self.amount()))
            rows += [self.settings() for _ in self.world.contracts]
        rows += [
            ("collateral_price", asset, self.draw.randint(1, 3 * MILLION))
            for asset in range(1, 1 + len(self.world.collateral))
        ]
        if self.draw.random() < 0.3:
            rows += [self.submit() for _ in range(5)]
        elif self.draw.random() < 0.6:
            for contract in range(len(self.world.contracts)):
                rows += self.endow(contract)
        return [*rows, ("marks", *self.prices)]

    def endow(self, contract: int) -> list[Row]:
        """Give two clients opposite positions, one of them isolated perhaps."""
        first, second = self.draw.sample(range(FIRST_CLIENT, self.world.accounts), 2)
        terms = self.world.contracts[contract]
        most = (2**57 - 1) // (terms.unit if terms.inverse else terms.unit * MAX_PRICE)
        size = self.draw.choice([-1, 1]) * min(self.lots(), most)
        price = self.draw.randint(PRICE * 9 // 10, PRICE * 11 // 10)
        entry = -size * terms.unit // price if terms.inverse else size * terms.unit * price
        margin = self.draw.choice([0, 0, self.amount() // 4])
        columns = [[first, second], [size, -size], [entry, -entry], [margin, 0]]
        return [("deposit", first, 0, margin), ("endow", contract, *columns)]

    def next(self) -> Row:
        makers, weights = zip(*self.kinds, strict=True)
        if self.off and self.draw.random() < 0.1:
            return self.off.pop()
        if self.moved and self.draw.random() < 0.6:
            self.moved = False
            return self.liquidate()
        row: Row = self.draw.choices(makers, weights)[0]()
        return row

    def client(self) -> int:
        return self.draw.randrange(FIRST_CLIENT, self.world.accounts)

    def contract(self) -> int:
        return self.draw.randrange(len(self.world.contracts))

    def asset(self) -> int:
        if self.draw.random() < 0.5:
            return 0
        return self.draw.randint(0, len(self.world.collateral))

    def amount(self) -> int:
        return int(self.world.wealth * self.draw.random() ** 2 * 2)

    def price(self, contract: int) -> int:
        spread = self.draw.choice([5, 20, 60])
        price = self.prices[contract] * (1000 + self.draw.randint(-spread, spread)) // 1000
        return min(max(price, 1), MAX_PRICE) if self.draw.random() < 0.99 else price - PRICE

    def lots(self) -> int:
        return int(self.draw.random() ** 2 * self.world.lots * self.draw.choice([0.3, 1, 3])) + 1

    def submit(self) -> Row:
        contract, account, kind = self.contract(), self.client(), 0
        if self.draw.random() < 0.1:  # the house unwinds, and makes a market
            account = self.draw.choice([VENUE, FUND, VAULT])
        if self.draw.random() < 0.3:
            kind = self.draw.randint(1, 4)
        side, price, lots = self.draw.randint(0, 1), self.price(contract), self.lots()
        stp = self.draw.choice([0, 0, 1, 2, 3])
        reduce_only = self.draw.random() < 0.15
        row = [contract, account, side, price, lots, kind, stp]
        if self.draw.random() < 0.01:  # one thing is wrong
            at, wrong = self.draw.choice(WRONG)
            row[at] = wrong
        return ("submit", *row, reduce_only)

    def cancel(self) -> Row:
        return ("cancel", self.draw.randrange(10**6))

    def cancel_all(self) -> Row:
        contract = self.draw.choice([None, self.contract()])
        return ("cancel_all", self.client(), contract)

    def replace(self) -> Row:
        which = self.draw.randrange(10**6)
        if self.draw.random() < 0.3:
            return ("shrink", which)
        return ("replace", which, self.price(self.contract()), self.lots())

    def stop(self) -> Row:
        contract = self.contract()
        row = [contract, self.client(), self.draw.randint(0, 1), self.price(contract), self.lots()]
        if self.draw.random() < 0.02:
            at, wrong = self.draw.choice([bad for bad in WRONG if bad[0] < len(row)])
            row[at] = wrong
        return ("stop", *row, self.draw.choice(["mark", "last"]))

    def cancel_stop(self) -> Row:
        return ("cancel_stop", self.draw.randrange(10**6))

    def batch(self) -> Row:
        """Draw rows of a column batch; what follows an op names an order, for what needs one."""
        rows = []
        for _ in range(self.draw.randint(1, 6)):
            op = self.draw.choice([0, 0, 0, 1, 2, 3, 3])
            rows.append((op, self.draw.randrange(10**6), *self.submit()[1:]))
        return ("batch", *rows)

    def marks(self) -> Row:
        marks = []
        for k, price in enumerate(self.prices):
            if self.draw.random() < 0.25:
                marks.append(0)
                continue
            step = self.draw.choice([0, 5, 20, 60, 120, 250])
            price = price * (1000 + self.draw.randint(-step, step)) // 1000
            price += (PRICE - price) // 50  # back towards where it began
            self.prices[k] = min(max(price, 20), MAX_PRICE)
            marks.append(self.prices[k])
        self.moved = True
        return ("marks", *marks)

    def liquidate(self) -> Row:
        self.now += self.draw.choice([0, 1, 10])
        return ("liquidate", self.now, self.draw.choice([None, None, 1, 2, 0]))

    def deposit(self) -> Row:
        account = self.client() if self.draw.random() < 0.95 else self.draw.randrange(FIRST_CLIENT)
        return ("deposit", account, self.asset(), self.amount() // 2)

    def withdraw(self) -> Row:
        return ("withdraw", self.client(), self.asset(), self.amount())

    def add_margin(self) -> Row:
        sign = self.draw.choice([1, 1, -1])
        return ("add_margin", self.client(), self.contract(), sign * self.amount() // 10)

    def settings(self) -> Row:
        account, contract = self.client(), self.contract()
        if self.draw.random() < 0.5:
            return ("isolate", account, contract, self.draw.random() < 0.5)
        most = self.world.contracts[contract].tiers[0].max_leverage
        return ("leverage", account, contract, self.draw.choice([most, self.draw.randint(0, 51)]))

    def fund(self) -> Row:
        rate = self.draw.choice([1, 10_000, 1_000_000, 20_000_000])
        return ("fund", self.contract(), self.draw.choice([-1, 1]) * rate)

    def collateral_price(self) -> Row:
        if not self.world.collateral:
            return self.marks()
        asset = self.draw.randint(1, len(self.world.collateral))
        return ("collateral_price", asset, self.draw.randint(0, 3 * MILLION))

    def switch(self) -> Row:
        """Turn something off; it will be on again soon."""
        contract = self.contract()
        off, on = self.draw.choice(
            [
                (("halt", contract), ("resume", contract)),
                (("accepting", False), ("accepting", True)),
                (("liquidating", False), ("liquidating", True)),
            ]
        )
        self.off.append(on)
        return off

    def copy(self) -> Row:
        return ("copy", self.draw.choice(["copy", "deepcopy", "pickle", "restore"]))
