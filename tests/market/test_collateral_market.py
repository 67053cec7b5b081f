"""Coins that back positions in a leveraged market: pinned in calm, breakable, and conserved."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tidegate_core import Kind, Side
from tidegate_core.codes import EventKind

from tests.market.crash_worlds import MINUTE, NEWS, at, crash_spec, crash_world, shock
from tidegate.agents.leveraged_exchange import FUND
from tidegate.leveraged_houses import NETWORK
from tidegate.leveraged_model import LeveragedMarket
from tidegate.policies.outage import Outage, Recovery
from tidegate.scenario.collateral_coins import DEFAULT_COLLATERAL, CollateralSpec
from tidegate.scenario.lending import LendingSpec

RULES = ("own_book", "external_index", "redemption_value")
FREEZE = (
    Outage(users=False, **at(NEWS + 120)),
    Recovery(**at(NEWS + 600)),
)
SPEC = CollateralSpec(accounts=20)


def backed_world(*policies: Any, rng: int = 1, **changes: Any) -> LeveragedMarket:
    spec = CollateralSpec(**{"accounts": 20, **changes})
    return crash_world(*policies, rng=rng, collateral=spec)


def test_a_market_without_such_coins_has_empty_tables_and_no_agent() -> None:
    world = crash_world()
    world.step()
    assert world.collateral is None
    frames = world.frames()
    for name in ("collateral", "seizures", "holders"):
        assert frames[name].height == 0
    assert "coin" in frames["seizures"].columns


@pytest.mark.parametrize("rule", [None, *RULES])
def test_every_tick_is_audited_and_every_invariant_holds(rule: str | None) -> None:
    world = backed_world(*FREEZE, valued_by=rule)
    for tick in range(NEWS // MINUTE + 14):
        world.step()
        world.audit()
        if tick % 3 == 2:
            world._check()
    frames = world.frames()
    assert "seize" in set(frames["liquidations"]["kind"])
    assert frames["collateral"].null_count().sum_horizontal().item() == 0
    for column in ("own", "lowest", "value", "redemption", "ratio"):
        assert (frames["collateral"][column] > 0).all()
        assert frames["collateral"][column].is_finite().all()


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**40),
    size=st.floats(-0.4, 0.4),
    step=st.sampled_from([15, 60, 300]),
    rule=st.sampled_from(RULES),
    price=st.sampled_from(["mid", "last"]),
    engine=st.booleans(),
)
def test_any_shock_and_outage_conserve_everything(
    seed: int, size: float, step: int, rule: str, price: str, engine: bool
) -> None:
    coins = CollateralSpec(accounts=8, valued_by=rule, own_price=price)  # type: ignore[arg-type]
    world = LeveragedMarket(
        crash_spec(step_seconds=step, collateral=coins),
        rng=seed,
        policies=[
            shock(NEWS, size),
            Outage(engine=engine, **at(NEWS + 60)),
            Recovery(**at(NEWS + 180)),
        ],
    )
    while world.now < NEWS + 300:
        world.step()
        world.audit()
    world._check()


def test_a_fork_and_a_fresh_run_are_the_same_as_the_trunk() -> None:
    trunk, fresh = backed_world(*FREEZE), backed_world(*FREEZE)
    trunk.run_until(NEWS // MINUTE + 6)
    twin = trunk.fork()
    for world in (trunk, twin, fresh):
        world.run_until(NEWS // MINUTE + 10)
    assert trunk.digest() == twin.digest() == fresh.digest()
    trunk.run_until(NEWS // MINUTE + 12)  # leaves the other two alone
    for world in (twin, fresh):
        world._check()
    twin.run_until(NEWS // MINUTE + 12)
    assert trunk.digest() == twin.digest() != fresh.digest()


def test_what_the_tape_says_of_coins_is_in_the_digest() -> None:
    one, other = backed_world(), backed_world(own_price="last", sale_seconds=30.0)
    for world in (one, other):
        world.run_until(NEWS // MINUTE + 8)
    assert one.digest() != other.digest()


def test_a_unit_off_fails_the_audit() -> None:
    world = backed_world()
    world.run_until(2)
    world.audit()
    number = 1 + len(world.spec.coins)
    world.exchanges[0].credit(1, number, 1)
    with pytest.raises(AssertionError, match="binance: USDe held"):
        world.audit()
    world.books.move(number, NETWORK, "binance", 1)
    world.audit()
    assert world.exchanges[1].margin.deposit(FUND, 1, 1) == 0
    with pytest.raises(AssertionError, match="bybit: USDe held"):
        world.audit()


def calm(**changes: Any) -> LeveragedMarket:
    return LeveragedMarket(crash_spec(collateral=CollateralSpec(accounts=8, **changes)), rng=1)


def own(world: LeveragedMarket, coin: str, exchange: str = "binance") -> float:
    rows = world.frames()["collateral"].filter(
        (pl.col("coin") == coin) & (pl.col("exchange") == exchange)
    )
    return float(rows["own"][-1] / rows["redemption"][-1])


def dump(world: LeveragedMarket, coin: int, usd: float) -> None:
    """Let somebody sell a coin for whatever it brings, in the book of the first exchange."""
    assert world.collateral is not None
    row = next(row for row in world.collateral.listed if row.coin == coin)
    exchange = world.exchanges[row.venue]
    account = exchange.spot.add_accounts(1)
    lots = int(usd / (world.collateral.redemption[coin] / 1e12))
    world.books.move(row.asset, NETWORK, exchange.name, lots)
    exchange.credit(account, row.asset, lots)
    exchange.spot.submit(row.instrument, account, Side.SELL, 1, lots, Kind.IOC)


def test_in_calm_the_price_is_pinned_and_a_small_sale_is_undone() -> None:
    world = calm()
    world.run_until(5)
    for coin in ("USDe", "wBETH", "BNSOL"):
        assert own(world, coin) == pytest.approx(1.0, abs=2e-3)
    dump(world, 0, 20e6)
    assert (world.exchanges[0].spot.best_bid(4) or 0) < 9_900
    world.run_until(8)
    assert own(world, "USDe") == pytest.approx(1.0, abs=2e-3)
    assert own(world, "USDe", "bybit") == pytest.approx(1.0, abs=2e-3)
    world._check()


def test_rounds_are_short_while_coins_wait_to_be_sold() -> None:
    world = calm()
    world.run_until(5)
    assert world._pace(60) == 60
    world.books.move(1 + len(world.spec.coins), NETWORK, "bybit", 10**6)
    assert world.exchanges[1].margin.deposit(FUND, 1, 10**6) == 0
    assert world._pace(60) == 1
    world.run_until(25)
    assert world.exchanges[1].margin.balance(FUND, 1) == 0
    assert world._pace(60) > 1


def test_books_in_which_nobody_owes_change_nobody_else_s_trades() -> None:
    worlds = crash_world(), crash_world(collateral=SPEC.backing(0.0))
    for world in worlds:
        world.run_until(NEWS // MINUTE + 8)
    without, idle = (world.frames() for world in worlds)
    for name in ("bars", "liquidations", "accounts", "exchanges"):
        assert without[name].equals(idle[name]), name
    assert idle["collateral"].height > 0


def test_without_redemption_the_same_sale_is_felt_longer() -> None:
    coins = tuple(coin.model_copy(update={"capital": 0.0}) for coin in DEFAULT_COLLATERAL)
    found = []
    for world in (calm(), calm(coins=coins)):
        world.run_until(5)
        dump(world, 0, 20e6)
        world.run_until(6)
        found.append(own(world, "USDe"))
    assert found[1] < found[0]


@pytest.mark.parametrize(("rule", "due"), [("own_book", True), ("redemption_value", False)])
def test_loops_are_due_by_the_value_that_the_exchange_gives(rule: str, due: bool) -> None:
    world = calm(valued_by=rule, loop_ltv=(0.8, 0.9))
    for tick in range(3, 9):
        world.run_until(tick)
        dump(world, 0, 40e6)
    world.run_until(10)
    world._check()
    last = world.frames()["collateral"].filter(pl.col("seconds") == 10 * MINUTE)
    usde = last.filter((pl.col("coin") == "USDe") & (pl.col("exchange") == "binance"))
    assert (usde["sold"].item() > 0) == due
    assert (last.filter(pl.col("coin") != "USDe")["debt"] == 0).all()


def test_who_has_a_coin_as_collateral_is_due_when_it_is_worth_little() -> None:
    world = calm()
    world.run_until(2)
    assert world.collateral is not None
    margin, found = world.exchanges[0].margin, world.collateral.holders[0]
    own = set(found.account.tolist())

    def open_positions() -> set[int]:
        rows = margin.positions()
        return own & set(rows["account"][rows["size"] != 0].tolist())

    assert open_positions() == own
    assert margin.set_collateral_price(1, 10**9) == 0  # a thousandth of a dollar
    margin.liquidate(world.now)
    assert open_positions() == set()
    world.audit()
    events = margin.take_events()
    seized = events[events["kind"] == EventKind.SEIZE]
    assert own >= set(seized["account"].tolist())
    assert -int(seized["quantity"].sum()) == margin.balance(FUND, 1) > 0


def test_each_exchange_values_by_its_rule() -> None:
    world = backed_world()  # Binance by its own book, Bybit by an index
    world.run_until(NEWS // MINUTE + 10)
    rows = world.frames()["collateral"]
    here, there = (rows.filter(pl.col("exchange") == name) for name in ("binance", "bybit"))
    assert here["value"].equals(here["own"])
    assert (there["value"] - there["redemption"]).abs().max() < 0.06  # type: ignore[operator]
    redeemed = backed_world(valued_by="redemption_value")
    redeemed.run_until(NEWS // MINUTE + 10)
    rows = redeemed.frames()["collateral"]
    assert rows["value"].equals(rows["redemption"])


def test_a_fund_sells_its_coins_in_the_book_and_only_while_its_engine_is_up() -> None:
    down = (Outage(engine=True, **at(2 * MINUTE)), Recovery(**at(4 * MINUTE)))
    world = calm()
    world.apply(down)
    world.run_until(1)
    exchange, number = world.exchanges[0], 1 + len(world.spec.coins)
    world.books.move(number, NETWORK, exchange.name, 1_000_000)
    assert exchange.margin.deposit(FUND, 1, 1_000_000) == 0
    cash, seen = exchange.margin.balance(FUND), []
    for tick in (2, 4, 5, 30):
        world.run_until(tick)
        world._check()
        seen.append(exchange.margin.balance(FUND, 1))
    assert 0 < seen[0] < 1_000_000
    assert seen[1] == seen[0]  # nothing while it is down
    assert seen[2] < seen[1]
    assert seen[3] == 0
    # What it brought: a dollar a coin, less the fee and what the book took.
    assert exchange.margin.balance(FUND) - cash == pytest.approx(1e12, rel=5e-3)


def test_what_was_seized_is_what_the_events_say() -> None:
    world = backed_world()
    world.run_until(NEWS // MINUTE + 10)
    frames = world.frames()
    events = frames["liquidations"].filter(pl.col("kind") == "seize")
    taken = frames["seizures"]
    assert taken.height == events.height > 0
    assert taken["credited"].sum() == pytest.approx(events["amount"].sum())
    assert events["coin"].null_count() == events.height  # it names no perpetual
    assert (taken["price"] > 0).all()
    keys = ["exchange", "target"]
    ours = frames["holders"].select("exchange", "coin", target="account")
    found = taken.cast({"target": pl.Int64}).join(ours, on=[*keys, "coin"], how="inner")
    assert found.height == taken.height


def test_coins_and_lenders_live_side_by_side() -> None:
    world = crash_world(collateral=SPEC, lending=LendingSpec(loans=300))
    world.run_until(NEWS // MINUTE + 5)
    world._check()
