"""The network over years: a ban, halvings, rules; a silent host changes nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tidegate.agents.mining_network import MiningNetwork
from tidegate.scenario.mining import HostSpec, MiningSpec
from tidegate.scenario.mining_hosts import MAY_2021, YEAR_2026
from tidegate.scenario.mining_levers import MiningLevers

SATOSHI = 10_000  # in a lot of 1e-4 coins
PRICE = 50_000.0


def run(
    spec: MiningSpec,
    days: int,
    levers: dict[int, MiningLevers] | None = None,
    price: float = PRICE,
    network: MiningNetwork | None = None,
    start: int = 0,
) -> tuple[MiningNetwork, list[list[int]], list[list[int]]]:
    """Return the network, and by day the work and the coins of each host."""
    network = network or MiningNetwork(spec, SATOSHI)
    work, coins, now = [], [], MiningLevers()
    for day in range(start, start + days):
        now = (levers or {}).get(day, now)
        network.open_day(day, day // 30 % 12 + 1, price, now)
        mined = network.close_day()
        network._check()
        work.append([a + b for a, b in zip(mined.private_work, mined.state_work, strict=True)])
        coins.append([a + b for a, b in zip(mined.private_lots, mined.state_lots, strict=True)])
    return network, work, coins


def test_five_years_issue_what_the_protocol_says() -> None:
    network, _, coins = run(YEAR_2026, 5 * 365, price=110_000.0)
    chain = network.chain
    first, halving = YEAR_2026.protocol.height, 1_050_000
    assert halving < chain.height < 1_260_000
    satoshi = (halving - first) * 312_500_000 + (chain.height - halving) * 156_250_000
    assert chain.issued == satoshi
    assert sum(map(sum, coins)) == satoshi // SATOSHI
    # Growth finds blocks early, by a few per cent at most between retargets.
    assert chain.height - first == pytest.approx(5 * 365 * 144, rel=0.02)


def test_chinas_ban_moves_its_hashrate_to_other_hosts() -> None:
    """The mechanism of KZ-H7 on the map of 2021; new machines are not to be had."""
    hardware = MAY_2021.hardware.model_copy(update={"supply": 0.0})
    spec = MAY_2021.model_copy(update={"hardware": hardware})
    ban = {30: MiningLevers(banned="china")}
    fleet, work, _ = run(spec, 600, ban)
    total = [sum(day) for day in work]
    china, kazakhstan = 0, [host.name for host in spec.hosts].index("kazakhstan")
    assert work[29][china] / total[29] == pytest.approx(0.44, abs=0.01)
    assert all(day[china] == 0 for day in work[30:])
    assert total[30] == pytest.approx(0.56 * total[29], rel=0.01)
    assert total[599] > 0.9 * total[29]
    assert work[599][kazakhstan] > 1.5 * work[29][kazakhstan]
    assert fleet.fleet.machines > 0.96 * sum(work[0])


def test_a_host_without_machines_sites_or_builders_changes_nothing() -> None:
    silent = HostSpec(
        name="silent", share=0.0, power_price=0.01, grid_mw=1e5, other_mw=1e4, build_mw=0.0
    )
    spec = MAY_2021.model_copy(update={"hosts": (*MAY_2021.hosts, silent)})
    ban = {30: MiningLevers(banned="china")}
    _, work, coins = run(MAY_2021, 200, ban)
    _, more_work, more_coins = run(spec, 200, ban)
    assert [day[:-1] for day in more_work] == work
    assert [day[:-1] for day in more_coins] == coins
    assert all(day[-1] == 0 for day in more_work)


def test_a_copy_goes_on_as_the_original() -> None:
    levers = {20: MiningLevers(banned="china")}
    network, *_ = run(MAY_2021, 60, levers)
    twin = copy.deepcopy(network)
    _, *ours = run(MAY_2021, 60, levers | {60: levers[20]}, network=network, start=60)
    _, *theirs = run(MAY_2021, 60, levers | {60: levers[20]}, network=twin, start=60)
    assert ours == theirs
    assert network.chain.issued == twin.chain.issued


def test_rationed_miners_look_for_power_elsewhere() -> None:
    """East's grid has nothing left for miners who are last in line; west has room."""
    full: dict[str, Any] = {"hourly": (1.0,) * 24, "monthly": (1.0,) * 12, "power_price": 0.03}
    east = HostSpec(
        name="east", share=0.5, grid_mw=1e4, other_mw=1e4, priority="last", build_mw=0.0, **full
    )
    west = HostSpec(name="west", share=0.5, grid_mw=1e6, other_mw=0.0, sites_slack=2.0, **full)
    hardware = MAY_2021.hardware.model_copy(update={"supply": 0.0})
    spec = MAY_2021.model_copy(update={"hosts": (east, west), "hardware": hardware})
    network, work, _ = run(spec, 400)
    assert work[0][0] == 0
    assert network.fleet.running[0].sum() < 0.05 * sum(work[0])
    assert work[-1][1] > 1.8 * work[0][1]
