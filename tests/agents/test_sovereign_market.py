"""All states of a market as one agent: the table, the audit, and peers who watch each other."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from tests.agents.state_worlds import FIRM, LOT, MICRO, StateStall, funding, plan, state
from tests.market.conftest import small_spec
from tidegate.agents.reserve_phase import Phase
from tidegate.agents.sovereign_market import COLUMNS, Sovereigns
from tidegate.model import Market
from tidegate.scenario import HolderSpec
from tidegate.scenario.reserve_levers import ReserveLevers
from tidegate.scenario.reserve_plan import AssetMix
from tidegate.scenario.sovereign import SeizureSpec, StateMiningSpec, StateSpec, StatesSpec
from tidegate.scenario.state_perils import CustodySpec, PoliticsSpec
from tidegate.scenario.state_presets import PEERS, load_state

FLAT = [100_000.0]
SELLER = state(
    code="xx",
    fx_usd=0.0,
    set_aside_usd=200e6,
    funding=funding("budget"),
    politics=PoliticsSpec(tolerance=0.001, patience_days=1),
    plan=plan(days=5, **FIRM),
)
BUYER = state(
    mix=AssetMix(coins=0.4, etf=0.4, firms=0.1, other=0.1),
    seizures=SeizureSpec(per_year=100.0, mean_usd=5e6),
    custody=CustodySpec(direct_rate=2.0, etf_rate=2.0),
    plan=plan(days=20, **FIRM),
)
MINER = state(
    code="bt",
    plan=plan(size_usd=0.0),
    mining=StateMiningSpec(coins_per_day=20.0, sell_fraction=0.5, block_coins=50.0),
)
ALL = (BUYER, SELLER, MINER)


def in_market(
    *specs: StateSpec, step_seconds: int = 14_400, **changes: Any
) -> tuple[Market, Sovereigns]:
    """Put states into tidegate's own market, as its wiring does."""
    world = Market(
        small_spec(holders=HolderSpec(accounts=300), step_seconds=step_seconds, **changes), rng=1
    )
    states = Sovereigns(
        world,
        path="states",
        venues=world.venues,
        streams=world.streams,
        clock=world.clock,
        spec=StatesSpec(states=specs),
        accounts=[{v.name: v.open_accounts() for v in world.venues} for _ in specs],
        books=world.books,
        daily_volume=world.spec.asset.daily_volume,
        rounds=world.rounds,
    )
    world.takers.append(states)
    world.funds.append(states)
    return world, states


# ---- Balance sheets -----------------------------------------------------------------------------


def test_balance_sheets_add_up_at_every_tick_of_a_market() -> None:
    world, states = in_market(*ALL)
    for _ in range(45 * 6):
        world.step()
        states._check()
        world.audit()
    frame = states.frame()
    assert frame.height == 3 * 45
    assert {"buying", "holding"} <= set(frame["phase"].unique())
    assert frame.filter(pl.col("state") == "xx")["sold"].max() > 0.0  # type: ignore[operator]


def test_conservation_is_provable_from_the_table() -> None:
    world, states = in_market(*ALL)
    world.run_days(40)
    row = {name: states.table.rows[:, n] for n, name in enumerate(COLUMNS)}
    owned = row["fx"] + row["frozen_fx"] + row["cash"]
    assert (owned == row["received"] - row["invested"]).all()
    coins = row["coins"] + row["etf"] + row["frozen_etf"] + row["outside"]
    assert (coins == row["gathered"] + row["bought"] - row["sold"]).all()
    assert (row["loss"] == np.maximum(row["cost"] - row["value"], 0)).all()
    assert (row["outside"] >= 0).all()
    assert row["bought"].max() > 0
    assert row["sold"].max() > 0
    assert (np.diff(row["day"].reshape(-1, 3), axis=0) == 1).all()


def test_what_states_bought_is_what_the_market_lacks() -> None:
    world, states = in_market(*ALL)
    start = Market(world.spec, rng=1).books.balance("others", 1)
    world.run_days(20)
    states._check()
    lots = sum(state.treasury.held for state in states.states)
    assert states.lots == lots
    gathered = sum(state.treasury.gathered for state in states.states)
    assert start - world.books.balance("others", 1) == gathered


@pytest.mark.parametrize("hours", [1, 24])
def test_decisions_do_not_depend_on_the_step(hours: int) -> None:
    columns = ["day", "state", "phase", "size", "deployed", "seized", "gathered"]
    frames = []
    for step in (4, hours):
        world, states = in_market(BUYER, MINER, step_seconds=3600 * step, matching=False)
        world.run_days(25)
        frames.append(states.frame().select(columns))
    # Prices are frozen, so that only the states speak; coins are lost as they are held.
    assert frames[0].drop("gathered").equals(frames[1].drop("gathered"))


def test_a_fork_of_the_market_goes_on_like_the_original() -> None:
    world, states = in_market(*ALL)
    world.run_days(8)
    twin = copy.deepcopy(world)
    for each in (world, twin):
        each.run_days(8)
    other = twin.takers[-1]
    assert isinstance(other, Sovereigns)
    assert other is not states
    assert other.table.digest == states.table.digest
    assert twin.tape.digest == world.tape.digest


def test_states_that_want_nothing_leave_the_market_as_it_is() -> None:
    world, states = in_market(
        state(plan=plan(size_usd=0.0)), state(code="zz", plan=plan(size_usd=0))
    )
    bare = Market(world.spec, rng=1)
    for each in (world, bare):
        each.run_days(5)
    assert world.tape.digest == bare.tape.digest
    assert states.frame().height == 10


def test_as_many_accounts_as_states() -> None:
    world = StateStall()
    with pytest.raises(ValueError, match="one mapping for each of 1 states, got 0"):
        Sovereigns(
            world,
            path="states",
            spec=StatesSpec(states=(BUYER,)),
            accounts=[],
            books=world.books,
            daily_volume=1e9,
            **world.base,
        )


# ---- ETF shares ---------------------------------------------------------------------------------


class Counter:
    """A desk for ETF shares and its exchange in one: fills all of a backlog when asked to."""

    def __init__(self, world: StateStall, payer: str) -> None:
        self.books, self.payer = world.books, payer
        self.backlog = self.invested = self.account = 0
        self.shares, self.price = 0, 100 * MICRO

    @property
    def listed(self) -> Counter:
        return self

    @property
    def value(self) -> int:
        return self.shares * self.price

    def cash(self, account: int) -> int:
        return 0  # all cash goes home at once

    def open_for_a_session(self) -> None:
        shares = self.backlog // self.price if self.backlog > 0 else -(-self.backlog // self.price)
        paid = shares * self.price
        if paid:
            source, target = (self.payer, "world") if paid > 0 else ("world", self.payer)
            self.books.move(0, source, target, abs(paid))
        self.shares += shares
        self.invested += paid
        self.backlog -= paid


def test_etf_money_goes_to_a_desk_for_shares_where_there_is_one() -> None:
    world = StateStall(hours=24)
    spec = SELLER.model_copy(update={"mix": AssetMix(coins=0.25, etf=0.75)})
    states = world.states(spec)
    desk = Counter(world, "state/xx/fund")
    states.attach_shares("xx", desk)
    state = states.states[0]
    for _ in range(10):
        world.run(FLAT, world.prove)
        desk.open_for_a_session()
        world.prove()
    assert desk.invested == 75_000_000 * MICRO
    assert state.treasury.lots("etf") == 0
    assert state.treasury.invested == pytest.approx(100_000_000 * MICRO, rel=1e-5)
    assert state.value == pytest.approx(100_000_000 * MICRO, rel=1e-3)
    desk.price //= 2
    for _ in range(10):
        world.run([50_000.0], world.prove)
        desk.open_for_a_session()
    world.prove()
    assert desk.shares == 0
    assert state.phase is Phase.CLOSED
    frame = states.frame()
    assert frame["shares"].max() == pytest.approx(75e6)
    assert frame["cash"][-1] == pytest.approx(150e6, rel=1e-3)


def test_frozen_shares_cannot_be_sold() -> None:
    world = StateStall(hours=24)
    states = world.states(SELLER.model_copy(update={"mix": AssetMix(coins=0.0, etf=1.0)}))
    desk = Counter(world, "state/xx/fund")
    states.attach_shares("xx", desk)
    for _ in range(7):
        world.run(FLAT, world.prove)
        desk.open_for_a_session()
    world.card.now = ReserveLevers(frozen="xx", frozen_share=0.4)
    desk.price //= 2
    for _ in range(7):
        world.run([50_000.0], world.prove)
        desk.open_for_a_session()
    assert desk.shares == 400_000
    assert states.states[0].phase is Phase.CLOSED


def test_shares_are_attached_to_a_state_there_is() -> None:
    world = StateStall()
    states = world.states(BUYER)
    with pytest.raises(ValueError, match=r"code is 'zz'; it must be one of \['kz'\]"):
        states.attach_shares("zz", Counter(world, "world"))


# ---- Peers --------------------------------------------------------------------------------------


class Scripted:
    """A network that does what it is told, and notes what it was told."""

    def __init__(self, states: int, joins: dict[int, list[int]], leaves: dict[int, list[int]]):
        self.adopted: NDArray[np.bool_] = np.zeros(states, dtype=np.bool_)
        self.joins, self.leaves = joins, leaves
        self.seen: list[dict[str, Any]] = []

    def step(
        self, tick_key: int, years: float, **seen: Any
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        self.seen.append({"period": tick_key, "years": years, **seen})
        joined = np.array(self.joins.get(tick_key, []), dtype=np.int64)
        left = np.array(self.leaves.get(tick_key, []), dtype=np.int64)
        self.move(tick_key, joined, left)
        return joined, left

    def move(self, tick_key: int, joined: NDArray[np.int64], left: NDArray[np.int64]) -> None:
        self.adopted[joined] = True
        self.adopted[left] = False


LEADER = state(plan=plan(days=5, **FIRM), politics=PoliticsSpec(never_sells=True))
FOLLOWER = state(
    code="uz",
    plan=plan(announced=None, start=None, lead_days=15, days=5, **FIRM),
    mix=AssetMix(coins=0.0, etf=1.0),
)


def test_peers_follow_and_retreat() -> None:
    network = Scripted(2, joins={2: [1]}, leaves={5: [1]})
    world = StateStall(hours=24)
    states = world.states(LEADER, FOLLOWER, network=network)
    follower = states.states[1]
    world.run(FLAT * 60, world.prove)
    assert (follower.latent, follower.phase) == (True, Phase.IDLE)
    world.run(FLAT * 16, world.prove)
    assert follower.started == 75  # told on day 60, due 15 days later
    assert not follower.latent
    world.run(FLAT * 60, world.prove)
    assert follower.deployed == 100_000_000 * MICRO
    world.run(FLAT * 40, world.prove)
    assert follower.phase is Phase.CLOSED
    assert not network.adopted[1]
    assert network.adopted[0]


def test_what_peers_see_of_a_leader() -> None:
    network = Scripted(2, {}, {})
    world = StateStall(hours=24)
    world.terms = world.terms.model_copy(update={"visible_days": 100, "return_scale": 0.5})
    world.states(LEADER, FOLLOWER, network=network)
    world.run(FLAT * 20 + [125_000.0] * 50 + [110_000.0] * 60)
    first, last = network.seen[0], network.seen[-1]
    assert [seen["period"] for seen in network.seen] == [0, 1, 2, 3, 4]
    assert first["years"] == pytest.approx(30 / 365.2425)
    assert first["open"].tolist() == [False, True]
    assert network.seen[2]["success"].tolist() == [0.0, 0.0]  # too early to judge
    # Bought at 100,010 and worth 110,000: a gain of 9.99 % on a scale of 50 %.
    assert last["success"].tolist() == pytest.approx([0.1998, 0.0], abs=1e-3)
    assert last["drawdown"] == pytest.approx(1 - 110 / 125)
    assert last["friction"].tolist() == [0.05, 0.0]


def test_a_failed_leader_is_a_failure_to_see() -> None:
    network = Scripted(1, {}, {})
    world = StateStall(hours=24)
    world.terms = world.terms.model_copy(update={"visible_days": 30})
    world.states(LEADER, network=network)
    world.run(FLAT * 20 + [20_000.0] * 50)
    assert network.seen[-1]["success"][0] == pytest.approx(-1.6, abs=1e-3)


def test_who_never_sells_only_stops() -> None:
    network = Scripted(1, {}, leaves={2: [0]})
    world = StateStall(hours=24)
    states = world.states(LEADER, network=network)
    world.run(FLAT * 70, world.prove)
    assert states.states[0].phase is Phase.CLOSED
    assert states.lots * LOT * 100_010.0 == pytest.approx(100e6, rel=1e-4)


def test_presets_run_together() -> None:
    names = ("kazakhstan-announced", "el-salvador", "bhutan", "us-seized", "us-gold", *PEERS)
    world, states = in_market(*(load_state(name) for name in names))
    world.run_days(12)
    states._check()
    world.audit()
    frame = states.frame().filter(pl.col("day") == 11)
    held = dict(zip(frame["state"], frame["coins"] + frame["outside"], strict=True))
    assert held["us"] >= 200_000.0
    assert held["sv"] == pytest.approx(6_313 + 11, abs=1.0)
    assert held["az"] == 0.0
