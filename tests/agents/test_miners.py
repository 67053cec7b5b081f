"""Miners in a market: every coin mined is sold, held or with a state; bills, taxes, hoards."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

import polars as pl
import pytest

from tests.agents.conftest import MICRO, Stall
from tests.market.conftest import small_spec
from tidegate.agents.miners import Miners
from tidegate.books import BTC, USD
from tidegate.model import Market
from tidegate.scenario import ExecutionSpec, HolderSpec
from tidegate.scenario.mining import HardwareSpec, HostSpec, MiningSpec, RigSpec
from tidegate.scenario.mining_hosts import MAY_2021, YEAR_2026
from tidegate.scenario.mining_levers import MiningLevers

DAY = 86_400
PRICE = 100_000.0
LOTS_A_DAY = 4_500_000
EASY = ExecutionSpec(participation=1.0, window_hours=0.1, sweep=1.0, funding_hours=0.0)


def host(name: str, share: float, **fields: Any) -> HostSpec:
    base = {"power_price": 0.05, "grid_mw": 1e6, "other_mw": 0.0}
    return HostSpec(name=name, share=share, **{**base, **fields})


def plain(*hosts: HostSpec, **fields: Any) -> MiningSpec:
    """Return miners who neither buy machines nor wait for their coins."""
    base: dict[str, Any] = {
        "hosts": hosts or (host("east", 0.75), host("west", 0.25)),
        "rigs": (RigSpec(name="only", joules=20.0, share=1.0),),
        "hardware": HardwareSpec(supply=0.0),
        "hashrate": 1_000.0,
        "overhead": 0.0,
        "power_share": 1.0,
        "deposit_hours": 0.0,
        "hoard": 0.0,
    }
    return MiningSpec(**{**base, **fields})


class Rules:
    """A board of one group, whose method the miners read."""

    def __init__(self) -> None:
        self.now = MiningLevers()

    def mining(self) -> MiningLevers:
        return self.now


class Fair(Stall):
    """A stall with miners in it."""

    def __init__(self, spec: MiningSpec, *, step: int = DAY, **more: Any) -> None:
        super().__init__(step=step)
        self.clock.tick = -1
        self.rules = Rules()
        self.miners = Miners(
            self,
            path="miners/0",
            spec=spec,
            accounts={v.name: self.fund(v) for v in self.venues},
            books=self.books,
            execution=EASY,
            daily_volume=1e12,
            rounds=1,
            levers=self.rules.mining,
            **more,
            **self.base,
        )
        self.endowed = self.dealt

    @property
    def dealt(self) -> int:
        """Lots that the dealer holds: what miners sold, from the buyer's side."""
        venue = self.venues[0]
        account = self.dealers[venue.name]
        return venue.coins(account) + venue.engine.reserved(account, BTC)

    def run(self, ticks: int, price: float = PRICE) -> None:
        for _ in range(ticks):
            self.clock.tick += 1
            self.books.settle(self.clock.seconds, self.venues)
            self.quote(self.venues[0], price, lots=10**8)
            self.miners.begin()
            self.miners.trade()
            self.venues[0].clear()
            self.miners.end()
            self.check()

    def check(self) -> None:
        """Coins: issued = sold, as the buyer sees it, + held + with states."""
        self.audit()
        miners = self.miners
        miners._check()
        with_states = sum(self.books.balance(party, BTC) for party in miners.parties)
        assert with_states == miners.kept
        sold = self.dealt - self.endowed
        assert sold == miners.treasury.sold
        assert miners.network.coins.lots == sold + miners.lots + with_states

    @property
    def rows(self) -> pl.DataFrame:
        table = self.miners.table
        return pl.DataFrame(table.rows, schema=list(table.columns), orient="row")

    def column(self, name: str, host: int = 0) -> list[int]:
        return self.rows.filter(pl.col("host") == host)[name].to_list()


# ---- Coins ------------------------------------------------------------------------------------


def test_a_day_issues_450_coins_shared_by_hashrate() -> None:
    fair = Fair(plain())
    fair.run(20)
    assert fair.miners.network.coins.lots == 20 * LOTS_A_DAY
    assert fair.column("mined") == [LOTS_A_DAY * 3 // 4] * 20
    assert fair.column("mined", 1) == [LOTS_A_DAY // 4] * 20
    assert fair.books.balance("network", BTC) == -(10**11) - 20 * LOTS_A_DAY


def test_miners_who_do_not_hoard_sell_a_day_after() -> None:
    fair = Fair(plain())
    fair.run(30)
    assert fair.miners.treasury.sold == pytest.approx(29 * LOTS_A_DAY, rel=2e-3)
    assert fair.miners.planned == pytest.approx(-30 * 450 * PRICE * MICRO, rel=2e-4)


def test_hoarders_sell_what_their_bills_ask_for() -> None:
    """1,000 EH/s at 20 J/TH draw 20 GW: at 0.05 USD 24 M a day, of 45 M mined."""
    fair = Fair(plain(hoard=1.0))
    fair.run(30)
    assert fair.column("cost") == [18_000_000 * MICRO] * 30
    assert fair.column("cost", 1) == [6_000_000 * MICRO] * 30
    assert fair.miners.treasury.sold * 1e-4 == pytest.approx(29 * 240, rel=2e-3)
    fair.run(30, price=0.9 * PRICE)
    assert fair.miners.treasury.sold * 1e-4 == pytest.approx(30 * 240 + 29 * 240 / 0.9, rel=5e-3)


def test_uncertainty_makes_miners_hoard() -> None:
    held = []
    for uncertainty in (0.0, 0.5, 1.0):
        fair = Fair(plain(hoard=0.2, hoard_response=0.6))
        fair.rules.now = MiningLevers(uncertainty=uncertainty)
        fair.run(31)
        # The last day's coins wait for the morning; 21 M of 45 M a day are left after bills.
        held.append((fair.miners.lots - LOTS_A_DAY) * 1e-4 / 30)
    expected = [450 * 21 / 45 * share for share in (0.2, 0.5, 0.8)]
    assert held == pytest.approx(expected, rel=0.02)


def test_bills_that_coins_do_not_cover_are_the_owners_loss() -> None:
    fair = Fair(plain(hoard=0.0, exit_speed=1e-6))
    fair.run(10, price=30_000.0)  # 13.5 M a day against bills of 24 M
    assert fair.miners.uncovered == pytest.approx(10 * 10_500_000 * MICRO, rel=0.01)
    assert fair.miners.lots <= 2 * LOTS_A_DAY


def test_a_halving_halves_what_is_mined() -> None:
    spec = plain(host("east", 0.75, power_price=0.02), host("west", 0.25, power_price=0.02))
    spec = spec.model_copy(
        update={"protocol": spec.protocol.model_copy(update={"height": 1_050_000 - 144 * 3})}
    )
    fair = Fair(spec)
    fair.run(6)
    assert [a + b for a, b in zip(fair.column("mined"), fair.column("mined", 1), strict=True)] == (
        [LOTS_A_DAY] * 3 + [LOTS_A_DAY // 2] * 3
    )


def test_a_fall_of_hashrate_delays_coins_until_difficulty_follows() -> None:
    fair = Fair(plain(host("east", 0.5), host("west", 0.5)))
    fair.run(1)
    fair.rules.now = MiningLevers(banned="east")
    fair.run(40)
    mined = fair.rows.group_by("day", maintain_order=True).agg(pl.col("mined").sum())["mined"]
    assert mined[1] == LOTS_A_DAY // 2
    assert mined[40] == pytest.approx(LOTS_A_DAY, rel=0.1)
    difficulty = fair.column("difficulty")
    assert 0.45 < difficulty[40] / difficulty[0] < 0.65


# ---- States -----------------------------------------------------------------------------------


def test_a_tax_by_hand() -> None:
    """East's 750 EH/s draw 15 GW: 360 M kWh a day, at 0.0023 USD 828,000 USD."""
    fair = Fair(plain())
    fair.rules.now = MiningLevers(host="east", tax=0.0023)
    fair.run(10)
    assert fair.column("tax") == [828_000 * MICRO] * 10
    assert fair.column("tax", 1) == [0] * 10
    assert fair.column("cost")[0] == 18_828_000 * MICRO
    assert fair.books.balance("state/east", USD) == 8_280_000 * MICRO


@pytest.mark.parametrize("fraction", [0.0, 0.3, 1.0])
def test_a_state_keeps_its_farms_coins_or_sells_them(fraction: float) -> None:
    fair = Fair(plain(host("east", 1.0)))
    fair.run(1)
    fair.rules.now = MiningLevers(host="east", state_mw=1000.0, sell_fraction=fraction)
    fair.run(10)
    ours = sum(fair.column("state_mined"))
    # 50 EH/s beside 1,000; blocks come faster until the retarget.
    assert ours == pytest.approx(10 * LOTS_A_DAY * 0.05, rel=0.02)
    assert fair.books.balance("state/east", BTC) == pytest.approx((1 - fraction) * ours, abs=10)
    income = fair.books.balance("state/east", USD) / MICRO
    assert income == pytest.approx(fraction * ours * 1e-4 * PRICE, rel=1e-3)
    assert fair.column("state_cost")[1:] == [1_200_000 * MICRO] * 10


def test_a_party_of_the_books_can_stand_for_the_state() -> None:
    spec = plain(host("east", 1.0, state_mw=500.0))
    with pytest.raises(ValueError, match="'treasury' has none"):
        Fair(spec, parties={"east": "treasury"})
    with pytest.raises(ValueError, match=r"parties must be of hosts among \['east'\]"):
        Fair(spec, parties={"south": "world"})
    fair = Fair(spec, parties={"east": "network"})
    assert fair.miners.parties == ("network",)


def test_power_cuts_stop_machines_and_their_coins() -> None:
    """Half the power that miners want is there, and they are last in line."""
    flat = {"hourly": (1.0,) * 24, "monthly": (1.0,) * 12}
    east = host("east", 0.5, grid_mw=25_000.0, other_mw=20_000.0, priority="last", **flat)
    fair = Fair(plain(east, host("west", 0.5)))
    fair.run(2)
    assert fair.column("rationed_hours") == [24, 24]
    assert fair.column("deficit_hours") == [0, 0]
    assert fair.column("hashrate")[0] == 250_000_000
    assert fair.column("energy")[0] == 5_000_000 * 24
    equal = Fair(plain(east.model_copy(update={"priority": "equal"}), host("west", 0.5)))
    equal.run(1)
    assert equal.column("deficit_hours") == [24]
    assert equal.column("unserved")[0] == pytest.approx(5_000_000 * 24 * 2 / 3, rel=1e-5)


def test_five_years_with_bans_farms_crashes_and_a_halving_lose_no_coin() -> None:
    """`Fair.run` compares every lot with the buyer's account and the books at every tick."""
    fair = Fair(YEAR_2026)
    prices = (110_000.0, 60_000.0, 35_000.0, 90_000.0, 160_000.0)
    rules = (
        MiningLevers(),
        MiningLevers(banned="china", uncertainty=1.0),
        MiningLevers(host="kazakhstan", state_mw=300.0, sell_fraction=0.4, tax=0.0023),
        MiningLevers(host="kazakhstan", state_mw=300.0, banned="kazakhstan"),
        MiningLevers(hardware_supply=0.1),
    )
    for price, now in zip(prices, rules, strict=True):
        fair.rules.now = now
        fair.run(365, price)
    miners = fair.miners
    assert miners.kept > 0
    assert miners.treasury.sold > 0
    assert miners.network.chain.height > 1_050_000
    assert len(miners.table) == 5 * 365 * len(YEAR_2026.hosts)
    assert sum(fair.rows["mined"].to_list()) == miners.network.coins.lots
    assert sum(fair.rows["kept"].to_list()) == miners.kept
    assert sum(fair.rows["sold"].to_list()) + sum(miners._held) + miners.kept == (
        miners.network.coins.lots
    )


def test_nobody_decides_before_there_is_a_price() -> None:
    fair = Fair(plain())
    fair.clock.tick += 1
    fair.miners.step()
    assert len(fair.miners.table) == 0
    fair.run(1)
    assert fair.column("mined") == [LOTS_A_DAY * 3 // 4]


# ---- Runs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [1, 6, 24])
def test_a_day_is_the_same_at_any_step(hours: int) -> None:
    """What does not depend on fills: machines, grids, coins, bills, decided sales."""
    results = []
    for step in (DAY, 3600 * hours):
        fair = Fair(MAY_2021, step=step)
        fair.rules.now = MiningLevers(banned="china")
        fair.run(12 * DAY // step, price=57_000.0)
        rows = fair.rows.drop("sold", "held")
        results.append((rows, fair.miners.planned, fair.miners.network.coins.lots))
    assert results[0][0].equals(results[1][0])
    assert results[0][1:] == results[1][1:]


def test_a_copy_goes_on_as_the_original_and_reads_its_own_levers() -> None:
    fair = Fair(YEAR_2026)
    fair.run(20)
    twin = copy.deepcopy(fair)
    fair.run(20)
    twin.run(20)
    assert fair.miners.table.digest == twin.miners.table.digest
    twin.rules.now = MiningLevers(banned="united_states")
    fair.run(1)
    twin.run(1)
    assert fair.column("hashrate")[-1] > 0
    assert twin.column("hashrate")[-1] == 0


def test_in_a_market_they_join_the_takers_and_all_is_accounted_for() -> None:
    def world(days: float, seed: int = 1) -> tuple[Market, Miners]:
        market = Market(small_spec(holders=HolderSpec(accounts=500)), rng=seed)
        miners = Miners(
            market,
            path="miners/0",
            venues=market.venues,
            streams=market.streams,
            clock=market.clock,
            spec=YEAR_2026,
            accounts={venue.name: venue.open_accounts() for venue in market.venues},
            books=market.books,
            execution=market.spec.execution,
            daily_volume=market.spec.asset.daily_volume,
            rounds=market.rounds,
        )
        market.takers.append(miners)
        market.funds.append(miners)
        market.run_days(days)
        return market, miners

    market, miners = world(0)
    ticks = market.spec.ticks_per_day
    for _ in range(10 * ticks):
        market.step()
        market.audit()
        miners._check()
    assert len(miners.table) == 10 * len(YEAR_2026.hosts)
    # About 70 % of 450 coins less bills, and the bills, are sold; a day's coins are still to go.
    assert 0.5 < miners.treasury.sold / (9 * LOTS_A_DAY) < 1.0
    assert miners.planned < 0
    twin = copy.deepcopy(market)
    market.run_days(3)
    twin.run_days(3)
    assert market.tape.digest == twin.tape.digest
    again, same = world(13)
    assert again.tape.digest == market.tape.digest
    assert same.table.digest == miners.table.digest


def test_the_frame_has_units() -> None:
    fair = Fair(plain(host("east", 0.75), host("west", 0.25, tax=0.001)))
    fair.run(2)
    frame = fair.miners.frame()
    first = frame.filter(pl.col("day") == 0)
    assert first["host"].to_list() == ["east", "west"]
    assert first["hashrate"].to_list() == pytest.approx([750.0, 250.0])
    assert first["share"].to_list() == pytest.approx([0.75, 0.25])
    assert first["power"].to_list() == pytest.approx([15_000.0, 5_000.0])
    assert first["energy"].to_list() == pytest.approx([360_000.0, 120_000.0])
    assert first["mined"].to_list() == pytest.approx([337.5, 112.5])
    assert first["tax"].to_list() == pytest.approx([0.0, 120_000.0])


def test_the_calendar_month_sets_others_load() -> None:
    east = host("east", 1.0, grid_mw=100_000.0, other_mw=99_000.0)
    winter, summer = Fair(plain(east)), Fair(plain(east))
    summer.clock.start = dt.date(2026, 7, 1)
    winter.run(1)
    summer.run(1)
    assert winter.column("deficit_hours")[0] > summer.column("deficit_hours")[0]
