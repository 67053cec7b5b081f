"""Machines: break-even by hand, entry and exit, bans, taxes, caps; none appears or vanishes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.agents.hashrate import Fleet, break_even
from tidegate.agents.mining_terms import mining_terms
from tidegate.agents.proof_of_work import Chain
from tidegate.scenario.mining import (
    HardwareSpec,
    HostSpec,
    MiningSpec,
    MovingSpec,
    ProtocolSpec,
    RigSpec,
)
from tidegate.scenario.mining_levers import MiningLevers

DAY = 86_400
EXA = 1_000_000  # TH in an EH
NO_ORDERS = HardwareSpec(supply=0.0)
RICH = 0.1  # USD per TH and day: every machine earns
NAMES = ("east", "west", "north")


def host(name: str, share: float, price: float = 0.05, **fields: Any) -> HostSpec:
    big = {"grid_mw": 1e6, "other_mw": 0.0}
    return HostSpec(name=name, share=share, power_price=price, **{**big, **fields})


def make(*hosts: HostSpec, **fields: Any) -> MiningSpec:
    rigs = (
        RigSpec(name="new", joules=20.0, share=0.5),
        RigSpec(name="old", joules=40.0, share=0.5),
    )
    base: dict[str, Any] = {
        "hosts": hosts or (host("east", 0.5), host("west", 0.3), host("north", 0.2)),
        "rigs": rigs,
        "hardware": NO_ORDERS,
        "hashrate": 100.0,
        "overhead": 0.0,
    }
    return MiningSpec(**{**base, **fields})


def run(
    fleet: Fleet,
    days: int,
    levers: MiningLevers | None = None,
    revenue: float = RICH,
    start: int = 0,
) -> None:
    terms = mining_terms(fleet.spec, levers or MiningLevers())
    full = np.ones(len(fleet.spec.hosts))
    for day in range(start, start + days):
        fleet.adjust(day, terms, revenue, full)
        fleet._check()


def network(fleet: Fleet) -> int:
    return int(fleet.running.sum() + fleet.state.sum())


# ---- Economics --------------------------------------------------------------------------------


def test_break_even_by_hand() -> None:
    """50 USD per PH and day is 0.05 per TH; 25 J/TH take 0.6 kWh a day."""
    assert break_even(50.0, 25.0) == pytest.approx(0.05 / 0.6)
    assert break_even(50.0, 25.0) == pytest.approx(0.0833, abs=5e-5)
    assert break_even(50.0, 25.0, overhead=0.1) == pytest.approx(0.0833 / 1.1, abs=5e-5)


def test_hashprice_by_hand() -> None:
    """450 coins at 109,560 USD over 1,050,000 PH/s: 46.95 USD per PH and day."""
    chain = Chain(ProtocolSpec(), 1_050 * EXA)
    assert 1000 * chain.revenue(109_560.0) == pytest.approx(450 * 109_560 / 1_050_000)


@pytest.mark.parametrize(("price", "runs"), [(0.0832, True), (0.0834, False)])
def test_machines_run_below_their_break_even_and_not_above(price: float, runs: bool) -> None:
    rigs = (RigSpec(name="only", joules=25.0, share=1.0),)
    fleet = Fleet(make(host("only", 1.0, price), rigs=rigs))
    run(fleet, 90, revenue=0.05)
    assert network(fleet) == (100 * EXA if runs else 0)
    run(fleet, 250, revenue=0.06, start=90)
    assert network(fleet) == 100 * EXA


def test_a_quarter_of_the_losers_stops_each_day_the_inefficient_first() -> None:
    fleet = Fleet(make())
    run(fleet, 1, revenue=0.03)  # 40 J/TH cost 0.048, 20 J/TH 0.024
    assert fleet.running[:, 0].tolist() == [25 * EXA, 15 * EXA, 10 * EXA]
    assert fleet.running[:, 1].tolist() == [18_750_000, 11_250_000, 7_500_000]


@settings(max_examples=25, deadline=None)
@given(
    taxes=st.lists(st.floats(0.0, 0.2), min_size=2, max_size=5),
    revenue=st.floats(0.02, 0.2),
    days=st.integers(1, 40),
)
def test_a_higher_tax_leaves_no_more_machines(
    taxes: list[float], revenue: float, days: int
) -> None:
    left = []
    for tax in sorted(taxes):
        fleet = Fleet(make())
        run(fleet, days, MiningLevers(host="east", tax=tax), revenue)
        left.append(int(fleet.running[0].sum()))
    assert left == sorted(left, reverse=True)


def test_a_tax_drives_machines_out_and_to_other_hosts() -> None:
    roomy = (host("east", 0.5), host("west", 0.5, sites_slack=3.0))
    before, after = Fleet(make(*roomy)), Fleet(make(*roomy))
    run(before, 300, MiningLevers(host="east", tax=0.0))
    run(after, 300, MiningLevers(host="east", tax=0.2))
    assert before.running[0].sum() == before.running[1].sum()
    assert after.running[0].sum() < 0.1 * before.running[0].sum()
    assert after.running[1].sum() > 1.8 * before.running[1].sum()


def test_hashrate_grows_until_new_machines_do_not_pay_back() -> None:
    """Free entry: revenue ends at power plus price over payback, whatever it began at."""
    spec = make(
        host("only", 1.0, build_mw=1e4),
        rigs=(RigSpec(name="new", joules=20.0, share=1.0),),
        hardware=HardwareSpec(price=15.0, supply=2.0, lead_days=30, payback_days=500.0),
        hashrate=400.0,
    )
    fleet, chain = Fleet(spec), Chain(ProtocolSpec(height=840_000), 400 * EXA)
    terms = mining_terms(spec, MiningLevers())
    for day in range(900):
        fleet.adjust(day, terms, chain.revenue(100_000.0), np.ones(1))
        chain.mine(network(fleet), DAY)
    rest = 0.024 * 20.0 * 0.05 + 15.0 / 500.0  # 0.054 USD per TH and day
    assert network(fleet) / EXA == pytest.approx(450 * 100_000.0 / rest / EXA, rel=0.05)


# ---- Bans -------------------------------------------------------------------------------------


def test_a_ban_moves_hashrate_rather_than_removing_it() -> None:
    moving = MovingSpec(speed=0.1, delay_days=60, loss=0.05)
    hosts = (
        host("east", 0.5),
        host("west", 0.3, sites_slack=2.0),
        host("north", 0.2, sites_slack=2.0),
    )
    fleet = Fleet(make(*hosts, moving=moving))
    run(fleet, 10)
    assert network(fleet) == 100 * EXA
    ban = MiningLevers(banned="east")
    run(fleet, 1, ban, start=10)
    assert fleet.running[0].sum() == 0  # its share is nil at once
    assert network(fleet) == 50 * EXA
    run(fleet, 59, ban, start=11)
    assert network(fleet) == 50 * EXA  # all the rest is on its way
    run(fleet, 120, ban, start=70)
    assert fleet.running[0].sum() == 0
    assert network(fleet) == pytest.approx(97.5 * EXA, rel=0.005)  # 5 % of 50 was lost
    assert fleet.lost == pytest.approx(2.5 * EXA, rel=0.01)


def test_without_room_elsewhere_banned_machines_stay_off() -> None:
    full = [host(name, 1 / 3, sites_slack=0.0, build_mw=0.0) for name in NAMES[:2]]
    fleet = Fleet(make(*full, host("north", 1 / 3, sites_slack=0.0, build_mw=0.0)))
    before = network(fleet)
    run(fleet, 400, MiningLevers(banned="east"))
    assert network(fleet) == pytest.approx(before * 2 / 3, rel=1e-6)
    assert fleet.lost == 0


def test_two_bans_at_once_and_the_end_of_one() -> None:
    fleet = Fleet(make(moving=MovingSpec(speed=0.0)))
    run(fleet, 1, MiningLevers(banned="east, west"))
    assert fleet.running.sum(axis=1).tolist() == [0, 0, 20 * EXA]
    run(fleet, 250, MiningLevers(banned="west"), start=1)
    assert fleet.running.sum(axis=1).tolist() == [50 * EXA, 0, 20 * EXA]


# ---- Caps, sites, farms, machines -------------------------------------------------------------


def test_a_cap_keeps_the_most_efficient_machines() -> None:
    fleet = Fleet(make(moving=MovingSpec(speed=0.0)))
    assert fleet.load.tolist() == [1_500_000, 900_000, 600_000]  # kW: 25 EH at 20 J, 25 at 40
    run(fleet, 1, MiningLevers(host="east", cap_mw=700.0))
    assert fleet.load[0] == 700_000
    assert fleet.running[0].tolist() == [25 * EXA, 5 * EXA]
    assert fleet.load[1:].tolist() == [900_000, 600_000]


def test_state_farms_pay_no_tax_and_know_no_ban() -> None:
    fleet = Fleet(make())
    levers = MiningLevers(host="east", state_mw=100.0, tax=1.0, cap_mw=0.0, banned="east")
    run(fleet, 1, levers)
    assert fleet.state.tolist() == [5 * EXA, 0, 0]  # 100 MW at 20 J/TH
    assert fleet.state_load.tolist() == [100_000, 0, 0]
    run(fleet, 1, levers, revenue=0.01, start=1)  # power alone costs 0.024
    assert fleet.state.sum() == 0


def test_sites_are_built_no_faster_than_they_can_be() -> None:
    spec = make(host("only", 1.0, build_mw=5.0), hardware=HardwareSpec(supply=1.0, lead_days=0))
    fleet = Fleet(spec)
    before = int(fleet.sites[0])
    run(fleet, 200)
    built = int(fleet.sites[0]) - before
    assert 0 < built <= 200 * 5000
    assert fleet.load[0] <= fleet.sites[0]


def test_a_hardware_shock_slows_growth_and_keeps_what_runs() -> None:
    hardware = HardwareSpec(price=15.0, supply=1.0, lead_days=10, payback_days=500.0)
    grown = []
    for levers in (
        MiningLevers(),
        MiningLevers(hardware_price=1.5),
        MiningLevers(hardware_supply=0.25),
        MiningLevers(hardware_price=3.0),
    ):
        fleet = Fleet(make(host("only", 1.0, build_mw=1e3), hardware=hardware))
        run(fleet, 100, levers, revenue=0.09)  # margin 0.066: repaid in 227 days
        grown.append(network(fleet) / EXA - 100.0)
        assert fleet.bought - int(fleet.incoming.sum()) >= grown[-1] * EXA
    calm, dear, scarce, dearest = grown
    assert 75 < calm <= 90  # 1 EH a day, ten days on the way, then racked
    assert dear == pytest.approx((0.066 * 500 / 22.5 - 1.0) * calm, rel=0.05)
    assert scarce == pytest.approx(0.25 * calm, rel=0.05)
    assert dearest == 0.0


levers_of_hosts = st.builds(
    MiningLevers,
    host=st.sampled_from(NAMES),
    tax=st.none() | st.floats(0.0, 0.1),
    cap_mw=st.none() | st.floats(0.0, 3000.0),
    state_mw=st.none() | st.floats(0.0, 500.0),
    banned=st.sampled_from(["", "east", "west,north"]),
    hardware_supply=st.sampled_from([0.0, 1.0, 5.0]),
)
eras = st.lists(
    st.tuples(levers_of_hosts, st.floats(0.0, 0.2), st.integers(1, 12)), min_size=1, max_size=6
)


@settings(max_examples=40, deadline=None)
@given(eras=eras, uptime=st.floats(0.0, 1.0))
def test_machines_are_bought_lost_or_somewhere(
    eras: list[tuple[MiningLevers, float, int]], uptime: float
) -> None:
    spec = make(hardware=HardwareSpec(lead_days=3), moving=MovingSpec(delay_days=4))
    fleet = Fleet(spec)
    first, day = fleet.machines, 0
    for levers, revenue, days in eras:
        terms = mining_terms(spec, levers)
        for _ in range(days):
            fleet.adjust(day, terms, revenue, np.array([uptime, 1.0, 1.0]))
            fleet._check()
            day += 1
            assert fleet.machines == first + fleet.bought - fleet.lost
            assert (fleet.load <= np.minimum(terms.cap_kw, fleet.sites)).all()


def test_levers_name_hosts_that_exist() -> None:
    with pytest.raises(ValueError, match=r"must name hosts among .*got \['south'\]"):
        mining_terms(make(), MiningLevers(host="south"))
    with pytest.raises(ValueError, match=r"got \['atlantis'\]"):
        mining_terms(make(), MiningLevers(banned="east,atlantis"))
