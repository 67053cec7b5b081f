"""The margin engine against the plain-Python venue, event by event, to the last unit."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tidegate_core.codes import EventKind, Reject
from tidegate_core.perpetual import Perpetual, Tier
from tidegate_core.waterfall import Waterfall

from tests.oracles.margin_pair import MarginPair
from tests.oracles.margin_state import DUST, FIRST_CLIENT, VAULT, Target
from tests.oracles.margin_waterfall import WaterfallOracle
from tests.oracles.margin_worlds import MAX_PRICE, MILLION, Row, Story, World, random_world
from tests.strategies import kinds, self_trade_modes, sides

CHUNKS, WORLDS, EVENTS = 50, 25, 400


def run(seed: int, events: int, oracle: type[WaterfallOracle] = WaterfallOracle) -> MarginPair:
    """Live through one random world."""
    world = random_world(seed)
    pair, story = MarginPair(world, oracle), Story(world, seed)
    for row in story.opening():
        pair.do(row)
        pair.compare()
    for _ in range(events):
        pair.do(story.next())
        pair.compare()
    pair.engine._check()
    return pair


@pytest.mark.parametrize("seed", range(20))
def test_every_event_leaves_the_same_venue(seed: int) -> None:
    run(seed, events=250)


def test_the_worlds_meet_everything_that_a_waterfall_does() -> None:
    met = dict.fromkeys(EventKind, 0)
    for seed in range(100, 125):
        for kind, count in run(seed, events=250).kinds.items():
            met[kind] += count
    assert all(met.values()), met


def test_settings_wait_until_a_queued_target_has_had_its_turn() -> None:
    tiers = [Tier(10**15, 50_000, 10)]
    contract = Perpetual("X", tiers=tiers, tick_value=MILLION, max_price=MAX_PRICE)
    pair = MarginPair(World((contract,), (), Waterfall(), (1, 1, 1), 10, 10**9))
    clients = ann, ben, cat = range(FIRST_CLIENT, FIRST_CLIENT + 3)
    rows: list[Row] = [("deposit", account, 0, 10**10) for account in clients]
    rows += [("marks", 1_000), ("isolate", ann, 0, True)]
    rows += [("submit", 0, ben, 1, 1_000, 10), ("submit", 0, ann, 0, 1_000, 10)]
    rows += [("marks", 940), ("submit", 0, cat, 0, 960, 10), ("submit", 0, ann, 1, 960, 10)]
    for row in rows:
        assert pair.do(row) >= 0
        pair.compare()
    assert pair.oracle.queued == {Target(ann, 0)}
    assert pair.do(("isolate", ann, 0, False)) == -Reject.LEVERAGE
    assert pair.do(("leverage", ann, 0, 5)) == -Reject.LEVERAGE
    assert pair.do(("liquidate", 1, None)) == 1
    pair.compare()
    assert pair.do(("isolate", ann, 0, False)) == 0


@pytest.mark.parametrize("held", [50, 100])
def test_the_vault_takes_a_target_whole_or_not_at_all(held: int) -> None:
    unit = 2**57 // (MAX_PRICE * 150)  # nobody may hold 150 lots
    tiers = [Tier(10**15, 50_000, 10)]
    contracts = [
        Perpetual(name, tiers=tiers, tick_value=unit, max_price=MAX_PRICE) for name in "XY"
    ]
    policy = Waterfall(vault=True, vault_capacity=2**60)
    pair = MarginPair(World(tuple(contracts), (), policy, (1, 1, 1), 10, 10**9))
    ann, ben, cat = range(FIRST_CLIENT, FIRST_CLIENT + 3)
    rows: list[Row] = [("deposit", account, 0, 10**17) for account in (ben, cat, VAULT)]
    rows += [("deposit", ann, 0, 12_000 * unit), ("marks", 1_000, 1_000)]
    rows += [("submit", 1, cat, 1, 1_000, held), ("submit", 1, VAULT, 0, 1_000, held)]
    for contract in (0, 1):
        rows += [("submit", contract, ben, 1, 1_000, 60), ("submit", contract, ann, 0, 1_000, 60)]
    rows += [("marks", 920, 920), ("liquidate", 1, None)]
    for row in rows:
        assert pair.do(row) >= 0
        pair.compare()
    taken = {0: 60, 1: held + 60} if held == 50 else {0: 0, 1: held}
    assert {c: pair.oracle.position(VAULT, c).size for c in (0, 1)} == taken
    assert not any(pair.oracle.position(ann, c).size for c in (0, 1))


class Careless(WaterfallOracle):
    """A copy with one line too many: a micro-unit of funding goes to the wrong account."""

    def fund(self, contract: int, rate_ppb: int) -> int:
        self.pay(0, DUST, FIRST_CLIENT, 1)
        return super().fund(contract, rate_ppb)


class Hasty(WaterfallOracle):
    """A copy that liquidates one micro-unit too early."""

    def maintenance(self, target: Target) -> int:
        return super().maintenance(target) + bool(self.exposed(target))


@pytest.mark.parametrize("broken", [Careless, Hasty])
def test_the_comparison_finds_a_broken_rule(broken: type[WaterfallOracle]) -> None:
    with pytest.raises(AssertionError):
        run(3, 300, broken)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_half_a_million_events_leave_the_same_venue(chunk: int) -> None:
    for k in range(WORLDS):
        run(1_000 + WORLDS * chunk + k, EVENTS)


CLIENTS = st.integers(FIRST_CLIENT, FIRST_CLIENT + 2)
PRICES = st.integers(900, 1_100)
ORDERS = st.integers(0, 30)


class MarginMachine(RuleBasedStateMachine):
    """Anything at any moment, in a form that shrinks."""

    pair: MarginPair

    @initialize(seed=st.integers(0, 400))
    def open(self, seed: int) -> None:
        self.pair = MarginPair(random_world(seed))
        self.now = 0
        for account in range(FIRST_CLIENT, self.world.accounts):
            self.pair.do(("deposit", account, 0, self.world.wealth))
        self.pair.do(("marks", *[1_000 for _ in self.world.contracts]))

    @property
    def world(self) -> World:
        return self.pair.world

    def contract(self, which: int) -> int:
        return which % len(self.world.contracts)

    def tell(self, *row: Any) -> None:
        self.pair.do(row)

    @rule(
        which=st.integers(0, 2),
        account=CLIENTS | st.integers(0, FIRST_CLIENT),
        side=sides,
        price=PRICES,
        lots=st.integers(1, 200),
        kind=kinds,
        stp=self_trade_modes,
        reduce_only=st.booleans(),
    )
    def submit(self, which: int, account: int, side: int, price: int, **order: Any) -> None:
        facts = [order[name] for name in ("lots", "kind", "stp", "reduce_only")]
        self.tell("submit", self.contract(which), account, side, price, *facts)

    @rule(which=ORDERS)
    def cancel(self, which: int) -> None:
        self.tell("cancel", which)

    @rule(which=ORDERS, price=PRICES, lots=st.integers(1, 200))
    def replace(self, which: int, price: int, lots: int) -> None:
        self.tell("replace", which, price, lots)

    @rule(which=ORDERS)
    def shrink(self, which: int) -> None:
        self.tell("shrink", which)

    @rule(
        which=st.integers(0, 2),
        account=CLIENTS,
        side=sides,
        price=PRICES,
        lots=st.integers(1, 200),
        on=st.sampled_from(["mark", "last"]),
    )
    def place_stop(self, which: int, account: int, side: int, **stop: Any) -> None:
        facts = [stop[name] for name in ("price", "lots", "on")]
        self.tell("stop", self.contract(which), account, side, *facts)

    @rule(which=ORDERS)
    def cancel_stop(self, which: int) -> None:
        self.tell("cancel_stop", which)

    @rule(account=CLIENTS)
    def cancel_all(self, account: int) -> None:
        self.tell("cancel_all", account, None)

    @rule(marks=st.lists(st.integers(0, MAX_PRICE) | PRICES, min_size=3, max_size=3))
    def set_marks(self, marks: list[int]) -> None:
        self.tell("marks", *marks[: len(self.world.contracts)])

    @rule(later=st.integers(0, 40), budget=st.none() | st.integers(0, 2))
    def liquidate(self, later: int, budget: int | None) -> None:
        self.now += later
        self.tell("liquidate", self.now, budget)

    @rule(account=CLIENTS, asset=st.integers(0, 2), percent=st.integers(0, 300))
    def deposit(self, account: int, asset: int, percent: int) -> None:
        asset = asset % (1 + len(self.world.collateral))
        self.tell("deposit", account, asset, self.world.wealth * percent // 100)

    @rule(account=CLIENTS, asset=st.integers(0, 2), percent=st.integers(0, 300))
    def withdraw(self, account: int, asset: int, percent: int) -> None:
        asset = asset % (1 + len(self.world.collateral))
        self.tell("withdraw", account, asset, self.world.wealth * percent // 100)

    @rule(account=CLIENTS, which=st.integers(0, 2), percent=st.integers(-50, 50))
    def add_margin(self, account: int, which: int, percent: int) -> None:
        amount = self.world.wealth * percent // 100
        self.tell("add_margin", account, self.contract(which), amount)

    @rule(account=CLIENTS, which=st.integers(0, 2), isolated=st.booleans())
    def isolate(self, account: int, which: int, isolated: bool) -> None:
        self.tell("isolate", account, self.contract(which), isolated)

    @rule(account=CLIENTS, which=st.integers(0, 2), leverage=st.integers(0, 51))
    def leverage(self, account: int, which: int, leverage: int) -> None:
        self.tell("leverage", account, self.contract(which), leverage)

    @rule(which=st.integers(0, 2), rate=st.integers(-(10**9), 10**9))
    def fund(self, which: int, rate: int) -> None:
        self.tell("fund", self.contract(which), rate)

    @rule(which=st.integers(0, 1), price=st.integers(0, 3 * MILLION))
    def collateral_price(self, which: int, price: int) -> None:
        if self.world.collateral:
            self.tell("collateral_price", 1 + which % len(self.world.collateral), price)

    @rule(what=st.sampled_from(["accepting", "liquidating"]), on=st.booleans())
    def switch(self, what: str, on: bool) -> None:
        self.tell(what, on)

    @rule(what=st.sampled_from(["halt", "resume"]), which=st.integers(0, 2))
    def halt(self, what: str, which: int) -> None:
        self.tell(what, self.contract(which))

    @rule(how=st.sampled_from(["copy", "deepcopy", "pickle", "restore"]))
    def go_on_with_a_copy(self, how: str) -> None:
        self.tell("copy", how)

    @invariant()
    def same(self) -> None:
        if hasattr(self, "pair"):
            self.pair.compare()
            self.pair.engine._check()


MarginMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestMarginMachine = MarginMachine.TestCase
