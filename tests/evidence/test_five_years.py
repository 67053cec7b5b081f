"""Five years of all slow money at full size: what they cost, and that everything adds up."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tidegate.model import Market
from tidegate.policies.base import Policy
from tidegate.policies.plan_rules import PlanOpening, SafeHarbour
from tidegate.policies.sovereign_reserve import SovereignReserve
from tidegate.scenario import HolderSpec, Scenario
from tidegate.scenario.defined_benefit import examples
from tidegate.scenario.diffusion import ImitationSpec
from tidegate.scenario.etf import EtfSpec
from tidegate.scenario.foreign_systems import ForeignSpec
from tidegate.scenario.mining_hosts import YEAR_2026
from tidegate.scenario.plan_population import PlanPopulationSpec
from tidegate.scenario.plan_sponsors import SponsorSpec
from tidegate.scenario.sovereign import StatesSpec
from tidegate.scenario.state_peers import StatePeers
from tidegate.scenario.state_presets import PEERS, load_state

YEARS, WARM_UP = 5, 60
ACCOUNTS, PLANS, STATES = 100_000, 700, 30


def world() -> Scenario:
    """Return a market with every kind of slow money, in ticks of a day."""
    states = [load_state("kazakhstan-announced")]
    while len(states) < STATES:
        peer = load_state(PEERS[len(states) % len(PEERS)])
        # Reserves of a small state: no ledger counts those of thirty large ones.
        changes = {"code": f"{peer.code}{len(states)}", "fx_usd": 10e9}
        states.append(peer.model_copy(update=changes))
    return Scenario(
        step_seconds=86_400,
        holders=HolderSpec(accounts=ACCOUNTS // 2),  # on each of two venues
        states=StatesSpec(states=tuple(states)),
        state_peers=StatePeers(),
        plans=PlanPopulationSpec(sponsors=SponsorSpec(plans=PLANS, imitation=ImitationSpec())),
        foreign=ForeignSpec(),
        defined_benefit=examples(),
        etf=EtfSpec(),
        mining=YEAR_2026,
    )


def gates() -> list[Policy]:
    """Return a reserve and plans that open, on the day that the warm-up ends."""
    return [
        SovereignReserve(
            announcement_day=WARM_UP,
            effective_day=WARM_UP,
            state="kz",
            size_usd=750e6,
            source="seizures",
        ),
        PlanOpening(announcement_day=WARM_UP, effective_day=WARM_UP, allocation=0.01),
        SafeHarbour(announcement_day=WARM_UP, effective_day=WARM_UP),
    ]


def lived(*, audited: bool) -> tuple[Market, float]:
    """Return a market after its years, and the seconds of a processor that they took."""
    begun = time.process_time()
    market = Market(world(), rng=10_000)
    market.run_days(WARM_UP)
    market.apply(gates())
    for _ in range(YEARS * 365):
        market.run_days(1)
        if audited:
            market.audit()
    return market, time.process_time() - begun


@pytest.mark.evidence
def test_five_years_at_full_size(commit_figures: Callable[[str, str], None]) -> None:
    plain, seconds = lived(audited=False)
    audited, with_audits = lived(audited=True)
    assert audited.digest() == plain.digest()
    assert plain.frames()["states"]["state"].n_unique() == STATES
    audit = audited.audit()
    commit_figures(
        "five_years",
        f"{YEARS} years after {WARM_UP} days, ticks of a day: {ACCOUNTS:,} accounts of holders, "
        f"{PLANS} plans, {STATES} states,\nsystems abroad, funds that promise benefits, a listed "
        "fund, miners\n\n"
        f"{seconds:.0f} seconds of a processor; {with_audits:.0f} with everything counted after "
        f"each of {YEARS * 365:,} ticks:\nevery count agreed, the last at tick {audit.tick:,}",
    )
