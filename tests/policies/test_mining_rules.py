"""Regimes of mining and shocks to it: what each sets on the board, and what follows."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from tidegate.agents.hashrate import Fleet
from tidegate.agents.mining_terms import UNCAPPED, mining_terms
from tidegate.policies.base import Agenda, Policy
from tidegate.policies.mining_rules import (
    HardwareShock,
    LaissezFaire,
    ManagedMining,
    MinersUncertainty,
    MiningBan,
    StateFarms,
)
from tidegate.scenario.mining_hosts import MAY_2021, YEAR_2026
from tidegate.scenario.mining_levers import MiningLevers
from tidegate.streams import Streams

DAY = 86_400
HOSTS = [host.name for host in MAY_2021.hosts]
KAZAKHSTAN = HOSTS.index("kazakhstan")
POLICIES: tuple[type[Policy], ...] = (
    LaissezFaire,
    ManagedMining,
    MiningBan,
    StateFarms,
    HardwareShock,
    MinersUncertainty,
)


def mining_at(second: int, *policies: Policy) -> MiningLevers:
    board = Agenda.decide(policies, Streams(1)).levers_at(second)
    return board.mining


@pytest.mark.parametrize("kind", POLICIES)
def test_a_policy_sets_what_it_says_from_its_effective_moment_on(kind: type[Policy]) -> None:
    policy = kind.model_validate({"announcement_day": 1, "effective_day": 1.5})
    assert mining_at(DAY, policy) == MiningLevers()
    assert mining_at(DAY + DAY // 2, policy) != MiningLevers()
    again = kind.model_validate_json(policy.model_dump_json())
    assert again.settings() == policy.settings()


def test_regimes_differ_as_they_say() -> None:
    free = mining_terms(YEAR_2026, mining_at(0, LaissezFaire()))
    managed = mining_terms(YEAR_2026, mining_at(0, ManagedMining(tax=0.023, cap_mw=300.0)))
    banned = mining_terms(YEAR_2026, mining_at(0, MiningBan(hosts="kazakhstan")))
    host = [host.name for host in YEAR_2026.hosts].index("kazakhstan")
    assert [int(terms.tax[host]) for terms in (free, managed, banned)] == [0, 23_000, 2_300]
    assert [int(terms.cap_kw[host]) for terms in (free, managed, banned)] == [UNCAPPED, 300_000, 0]
    assert [int(terms.priority[host]) for terms in (free, managed, banned)] == [1, 2, 2]
    others = np.arange(len(YEAR_2026.hosts)) != host
    for column in ("tax", "priority", "cap_kw", "state_kw", "sell_ppm"):
        assert (getattr(free, column)[others] == getattr(managed, column)[others]).all()


def test_a_ban_abroad_stands_beside_rules_at_home() -> None:
    levers = mining_at(5 * DAY, MiningBan(effective_day=1), ManagedMining(effective_day=2))
    terms = mining_terms(MAY_2021, levers)
    assert terms.cap_kw[HOSTS.index("china")] == 0
    assert terms.cap_kw[KAZAKHSTAN] == 400_000
    assert terms.tax[KAZAKHSTAN] == 2_300


def test_farms_and_regime_of_a_host_add_up() -> None:
    levers = mining_at(0, ManagedMining(), StateFarms(state_mw=50.0, sell_fraction=0.25))
    terms = mining_terms(MAY_2021, levers)
    assert terms.state_kw[KAZAKHSTAN] == 50_000
    assert terms.sell_ppm[KAZAKHSTAN] == 250_000
    assert terms.tax[KAZAKHSTAN] == 2_300


def test_an_end_of_management_lifts_the_cap() -> None:
    levers = mining_at(9 * DAY, ManagedMining(effective_day=1), LaissezFaire(effective_day=5))
    terms = mining_terms(MAY_2021, levers)
    assert terms.cap_kw[KAZAKHSTAN] == UNCAPPED
    fleet = Fleet(MAY_2021)
    for day in range(3):
        fleet.adjust(day, terms, 0.3, np.ones(len(HOSTS)))
    assert fleet.load[KAZAKHSTAN] > 500_000


def test_shocks_scale_machines_and_hoards() -> None:
    levers = mining_at(0, HardwareShock(price=1.5, supply=0.5), MinersUncertainty(uncertainty=0.4))
    terms = mining_terms(YEAR_2026, levers)
    assert terms.hardware_price == pytest.approx(24.0)
    assert terms.hardware_supply == 500_000
    assert levers.uncertainty == 0.4


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (ManagedMining, "tax", -0.01),
        (ManagedMining, "priority", "never"),
        (StateFarms, "sell_fraction", 1.1),
        (HardwareShock, "price", 0.0),
        (MinersUncertainty, "uncertainty", 2.0),
    ],
)
def test_nonsense_is_refused_by_name(kind: type[Policy], field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        kind.model_validate({field: value})
