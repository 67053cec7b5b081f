"""The experiments on treasury companies, from parameters to metrics and claims."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from experiments import dat_cycle, dat_second_round, dat_unwind, regime
from tidegate.agents.treasury_company import TreasuryCompany
from tidegate.policies.base import Policy
from tidegate.scenario.easing import EasingSpec
from tidegate.setups.company import CompanyParameters, fall, news, sector
from tidegate.study.rows import load_registry

ROWS = Path(dat_unwind.__file__).with_name("rows.toml")
EXPERIMENTS: dict[str, Any] = {
    "unwind": dat_unwind.EXPERIMENT,
    "cycle": dat_cycle.EXPERIMENT,
    "second": dat_second_round.EXPERIMENT,
    "regime": regime.EXPERIMENT,
}
NAMED = ("Strategy", "Miner", "Forward Industries", "ALT5 Sigma")
BTC_USD = dat_unwind.DatUnwind().scenario().asset.price
TINY = {"warm_up_days": 7, "belief_warm_up_days": 0, "firms": 5}
SHORT: dict[str, dict[str, Any]] = {
    "unwind": {**TINY, "days": 56, "fall_days": 28},
    "cycle": {**TINY, "days": 120, "fall_days": 60, "step_hours": 24, "candidates": 4},
    "second": {**TINY, "days": 35},
    # The rules change on a Wednesday: nobody is founded before them and listed after.
    "regime": {
        **TINY,
        "warm_up_days": 9,
        "days": 120,
        "fall_days": 60,
        "step_hours": 24,
        "candidates": 4,
        "strict": 1.0,
        "loosened_after": 30,
    },
}


@cache
def outcome(name: str, label: str, seed: int = 1_000) -> Mapping[str, float]:
    """Return the metrics of an arm of a short run, whose books were audited."""
    experiment = EXPERIMENTS[name]
    p = experiment.parameters.model_validate(SHORT[name])
    arm = next(arm for arm in experiment.checked_arms(p) if arm.label == label)
    own = experiment.arm_parameters(p, arm)
    world = experiment.build(own, seed)
    world.apply([policy for policy in arm.policies if isinstance(policy, Policy)])
    world.run_until(experiment.timeline(own).end)
    world.audit()
    found: Mapping[str, float] = experiment.measure(world.frames(), own)
    return found


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_arms_and_claims_speak_of_each_other(name: str) -> None:
    experiment = EXPERIMENTS[name]
    p = experiment.parameters()
    claims = experiment.family(experiment.checked_arms(p))
    assert {claim.row for claim in claims} == set(experiment.claims)
    assert all(c.horizon_days == experiment.timeline(p).horizon_days for c in claims)


@pytest.mark.parametrize(
    ("name", "label"),
    [("unwind", "fall"), ("cycle", "cycle"), ("second", "both"), ("regime", "strict")],
)
def test_a_run_yields_every_metric(name: str, label: str) -> None:
    found = outcome(name, label)
    assert set(found) == {metric.name for metric in EXPERIMENTS[name].metrics}
    assert [key for key, value in found.items() if math.isnan(value)] == []


def test_a_scandal_is_beyond_what_coins_explain() -> None:
    calm, scandal = outcome("unwind", "none"), outcome("unwind", "scandal")
    assert scandal["excess"] > calm["excess"] + 0.1
    assert scandal["coin_fall"] == pytest.approx(calm["coin_fall"], abs=0.02)


def test_a_buyback_is_told_by_firms_that_can_pay_one_and_would_sell_no_shares() -> None:
    """Those below their coins, in both arms; of the claim on cash each has a little of it."""
    experiment = dat_unwind.EXPERIMENT
    p = experiment.parameters()
    arms = {arm.label: arm for arm in experiment.checked_arms(p)}
    claims = {claim.row: claim for claim in experiment.family(list(arms.values()))}
    for row, sells in (("LEV-H6", False), ("LEV-H6k", True)):
        treated, control = (arms[label] for label in claims[row].compared)
        assert treated.overrides == control.overrides
        own = experiment.arm_parameters(p, treated)
        levers = treated.policies[-1].settings()
        assert levers == {"companies.buyback": 0.5, "companies.buyback_below": 1.0}
        for firm in own.scenario().companies.companies:
            assert firm.issuance.above > 1.0
            assert firm.buyback.sells_coins is sells
            if firm.name not in NAMED:
                has = 0.0 if sells else 0.04
                assert firm.cash == pytest.approx(has * own.coins_usd(firm, BTC_USD), abs=1.0)
            assert firm.cash >= 0.0 if sells else firm.cash > 0.0


@pytest.mark.slow
def test_coins_pay_for_more_than_cash_does() -> None:
    cash, coins = outcome("unwind", "cash"), outcome("unwind", "coins")
    assert 0.0 < cash["returned"] < coins["returned"]


def test_with_prices_frozen_shares_follow_coins_and_debts_alone() -> None:
    frozen = outcome("unwind", "fall-frozen")
    assert frozen["share_fall"] > 0.05  # coins fall by news
    assert abs(frozen["excess"]) < 0.05
    assert outcome("unwind", "scandal-frozen")["excess"] == pytest.approx(
        outcome("unwind", "none-frozen")["excess"]
    )


@pytest.mark.slow
def test_barred_firms_are_not_founded() -> None:
    assert outcome("cycle", "idle")["founded"] <= outcome("cycle", "cycle")["founded"]
    assert outcome("cycle", "closed")["losers"] == 0.0


def test_a_lock_up_is_asked_of_the_same_firms_over_the_same_days() -> None:
    """Who is founded heeds no price there, and both arms count the same days from it."""
    experiment = dat_cycle.EXPERIMENT
    p = experiment.parameters()
    arms = {arm.label: arm for arm in experiment.checked_arms(p)}
    lock_up = {c.row: c for c in experiment.family(list(arms.values()))}["LEV-H23l"]
    own = [experiment.arm_parameters(p, arms[label]) for label in lock_up.compared]
    locks = [made.scenario().companies.founding.locked_days for made in own]
    assert locks == [p.locked_days, 0.0]
    assert [made.locked_days for made in own] == [p.locked_days] * 2
    founded = [outcome("cycle", label, 1_001)["founded"] for label in lock_up.compared]
    assert founded[0] == founded[1] > 0


def test_what_placements_and_households_lose_has_frozen_twins() -> None:
    experiment = dat_cycle.EXPERIMENT
    arms = experiment.checked_arms(experiment.parameters())
    twins = {arm.frozen_twin_of for arm in arms}
    assert all(set(claim.compared) <= twins for claim in experiment.family(arms))


def test_who_places_nothing_loses_nothing() -> None:
    """No firm is founded: what the losses of placements are held against."""
    assert outcome("cycle", "idle")["placement"] == outcome("cycle", "idle")["heavy"] == 0.0


def test_rules_that_prevent_all_foundings_leave_none() -> None:
    assert outcome("regime", "strict")["formed"] == 0.0
    assert outcome("regime", "strict-frozen")["formed"] == 0.0
    assert outcome("regime", "friendly-frozen")["formed"] > 0.0


def test_prices_frozen_rules_do_nothing_to_the_price_of_btc() -> None:
    strict, friendly = outcome("regime", "strict-frozen"), outcome("regime", "friendly-frozen")
    assert (strict["high"], strict["fall"]) == (friendly["high"], friendly["fall"])
    assert strict["fall"] > 0.1


def test_lobbying_brings_deregulation_sooner() -> None:
    p = regime.Regime()
    agendas = {arm.label: arm.policies for arm in regime.arms(p)}
    mid, lobbied = agendas["mid"][-1], agendas["lobbied"][-1]
    assert isinstance(mid, Policy)
    assert isinstance(lobbied, Policy)
    start = p.warm_up_days * 86_400
    assert mid.effective - start == p.loosened_after * 86_400
    assert lobbied.effective - start == (mid.effective - start) / 2


def test_lenders_sell_where_there_are_loans() -> None:
    none, both = outcome("second", "none"), outcome("second", "both")
    assert none["sold"] == none["forced"] == none["returned"] == 0.0
    assert both["sold"] > 0.0


def test_the_sector_is_as_large_as_it_was() -> None:
    firms = sector(121_714.0)
    assert len({firm.ticker for firm in firms}) == len(firms) == 16
    held = sum(firm.coins for firm in firms if firm.coin == "BTC")
    assert 0.85e6 < held < 1.06e6  # M8: companies held 1.06 M BTC
    below = [firm for firm in firms if firm.mnav < 1.0]
    assert len(below) / len(firms) == pytest.approx(0.15, abs=0.05)


def test_a_second_fall_is_what_both_do_beyond_each_alone() -> None:
    """The row is on their meeting; what either does by itself is another claim's."""
    experiment = dat_second_round.EXPERIMENT
    arms = experiment.checked_arms(experiment.parameters())
    claims = {claim.row: claim for claim in experiment.family(arms)}
    met, total = claims["X5"], claims["X5-H1"]
    assert (met.treated, met.control, met.beyond) == ("both", "loans", (("discount", "none"),))
    assert (total.treated, total.control, total.beyond) == ("both", "none", ())


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_buyback_is_a_part_of_what_shares_are_worth(name: str) -> None:
    """Debts come off it and cash is added, at the mNAV that a firm has here."""
    experiment = EXPERIMENTS[name]
    p = experiment.parameters().overridden({"accounts": 500, "buyback": 0.3, "buyback_rate": 0.01})
    world = experiment.build(p, 1)
    firms = [agent for agent in world.institutions.agents if isinstance(agent, TreasuryCompany)]
    rules = {firm.spec.name: firm.spec.buyback.authorised_usd for firm in firms if firm.active}
    assert rules == pytest.approx({f.spec.name: 0.3 * f.cap for f in firms if f.active}, rel=1e-4)
    assert {firm.spec.buyback.rate for firm in firms if firm.active} == {0.01}


def test_what_no_share_can_carry_is_asked_of_no_run() -> None:
    """All firms together are a quarter of a per cent of US shares, some 60 tn USD."""
    price = 121_714.0
    worth = sum(
        firm.mnav
        * firm.coins
        * (price if firm.coin == "BTC" else CompanyParameters.price_of(firm.coin))
        for firm in sector(price)
    )
    assert worth / 60e12 < 0.005
    row = next(r for r in load_registry(ROWS).row if r.id == "LEV-H11")
    assert "LEV-H16" in row.undecidable
    assert "index_fall" not in {metric.name for metric in dat_unwind.METRICS}


def test_news_adds_up_to_what_is_assumed() -> None:
    p = CompanyParameters()
    easing = EasingSpec()
    moved = 0.0
    for policy in fall(p):
        values = policy.settings()
        moved += easing.response * (1.0 + easing.drift) * -float(values["rates.cut_bp"] or 0.0)
    assert moved == pytest.approx(math.log(0.7))
    assert len({policy.name for policy in (*fall(p), *news(0.1, 300, 28))}) == 8 + 4
    with pytest.raises(ValidationError, match="fall_days is 100; the run ends 68 days"):
        CompanyParameters(fall_days=100)
