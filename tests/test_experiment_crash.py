"""The experiments on crashes, from their parameters to their metrics and their results."""

from __future__ import annotations

import importlib
import math
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from experiments.exchange_outage import ExchangeOutage, outage
from experiments.leverage_cap import LeverageCap
from experiments.policy_dial import PolicyDial
from tidegate.leveraged_model import LeveragedMarket
from tidegate.report.summary import Summary
from tidegate.scenario.leveraged import LeveragedScenario
from tidegate.scenario.rule_dial import RuleDial
from tidegate.setups.shock import kept_interest, under_cap
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment

NAMES = ("flash_crash", "leverage_cap", "exchange_outage", "policy_dial")
SHOCKED = NAMES[1:]
TINY: dict[str, Any] = {"accounts": 2_000, "lead_hours": 0.1, "hours": 0.1}
BRIEF = {"exchange_outage": {"minutes": 2.0}}  # outages that end before so short a run does


def experiment(name: str) -> Experiment[Any]:
    found: Experiment[Any] = importlib.import_module(f"experiments.{name}").EXPERIMENT
    return found


@pytest.mark.parametrize("name", NAMES)
def test_arms_and_claims_speak_of_each_other(name: str) -> None:
    it = experiment(name)
    arms = it.checked_arms(it.parameters())
    claims = it.family(arms)
    assert {claim.row for claim in claims} == set(it.claims)
    days = it.timeline(it.parameters()).horizon_days
    for claim in claims:
        assert math.isclose(claim.horizon_days, days, rel_tol=1e-9)
        assert claim.rival != claim.statement


@pytest.mark.parametrize("name", NAMES)
def test_every_arm_has_a_scenario_of_its_own_or_policies_of_its_own(name: str) -> None:
    it = experiment(name)
    p = it.parameters()
    seen = set()
    for arm in it.checked_arms(p):
        scenario = it.arm_parameters(p, arm).scenario()
        what = (scenario.digest, tuple(policy.model_dump_json() for policy in arm.policies))
        assert what not in seen or arm.label in ("cap-125", "own")
        seen.add(what)


@pytest.mark.parametrize("name", SHOCKED)
def test_a_run_yields_every_metric_and_the_paths(name: str) -> None:
    it = experiment(name)
    p = it.parameters(**TINY, **BRIEF.get(name, {}))
    times = it.timeline(p)
    world = it.build(p, 1)
    world.run_until(times.announcement)
    world.apply(it.checked_arms(p)[1].policies)
    world.run_until(times.end)
    frames = world.frames()
    metrics = it.measure(frames, p)
    assert set(metrics) == {metric.name for metric in it.metrics}
    assert metrics["users_loss"] > 0
    assert it.record is not None
    paths = it.record(frames, p)
    assert set(paths.columns) == {"day", *(series.name for series in it.series)}
    assert frames["accounts"]["stake"].min() >= 0  # type: ignore[operator]


def test_an_experiment_writes_all_of_its_results(tmp_path: Path) -> None:
    it = experiment("exchange_outage")
    line = ["--quick", "--seeds", "1", "--workers", "1", "--audit", "--out", str(tmp_path / "out")]
    tiny = ["--accounts", "2000", "--lead-hours", "0.1", "--hours", "0.1", "--minutes", "2"]
    assert run_experiment(it, [*line, *tiny]) == 0
    summary = Summary.model_validate_json((tmp_path / "out" / "summary.json").read_text())
    assert {verdict.row for verdict in summary.verdicts} == set(it.claims)
    runs = pl.read_parquet(tmp_path / "out" / "runs.parquet")
    assert runs["audited"].all()
    assert runs.height == len(it.checked_arms(it.parameters()))
    assert (tmp_path / "out" / "report.html").stat().st_size > 1_000


@pytest.mark.parametrize("cap", [1, 2, 5, 10, 50, 125])
def test_interest_under_a_cap_is_that_of_a_fine_sum(cap: int) -> None:
    n = 20_000
    for part, (low, high) in zip(
        kept_interest(cap, 125, 1.0), ((1, 3), (3, 7), (7, 125)), strict=True
    ):
        nearest, width = 1 / high, 1 / low - 1 / high
        exact = sum(min(1.0, cap * (nearest + (k + 0.5) / n * width)) for k in range(n)) / n
        assert part == pytest.approx(exact, abs=1e-4)
    assert kept_interest(cap, 125, 0.0) == (1.0, 1.0, 1.0)


def test_a_cap_leaves_who_cannot_be_reached() -> None:
    before = LeveragedScenario(dial=RuleDial(leverage_cap=2))
    after = under_cap(before, 0.5)
    for old, new in zip(before.exchanges, after.exchanges, strict=True):
        was = before.interest.one_sided * old.interest_share
        now = after.interest.one_sided * new.interest_share
        assert now < was
        assert now * new.out_of_reach == pytest.approx(was * old.out_of_reach)
        kept = now * (1 - new.out_of_reach) / (was * (1 - old.out_of_reach))
        assert kept == pytest.approx(now * (1 - new.hedged) / (was * (1 - old.hedged)))
    assert under_cap(LeveragedScenario(), 1.0) == LeveragedScenario()


@pytest.mark.parametrize("moved", [0.0, 0.25, 1.0])
def test_a_domestic_venue_takes_from_the_others_what_is_moved(moved: float) -> None:
    here = LeverageCap(onshore=0.2, moved=moved).scenario()
    today = LeverageCap().scenario()
    domestic = here.exchanges[-1]
    assert domestic.name == "domestic"
    one_sided = today.interest.one_sided
    assert here.interest.one_sided == pytest.approx(one_sided * (1.2 - 0.2 * moved))
    assert here.interest.one_sided * domestic.interest_share == pytest.approx(0.2 * one_sided)
    assert here.rules(domestic).leverage_cap == 10
    depth = sum(exchange.houses for exchange in here.exchanges) / here.interest.one_sided
    assert depth == pytest.approx(15 / one_sided)


def test_half_the_volatility_is_that_of_all_news() -> None:
    usual, calm = LeverageCap().scenario(), LeverageCap(calm=0.5).scenario()
    assert calm.news.volatility == usual.news.volatility / 2
    assert [c.own_volatility for c in calm.coins] == [c.own_volatility / 2 for c in usual.coins]


def test_the_dial_of_an_experiment_is_the_exchanges_own_unless_it_is_turned() -> None:
    plain = PolicyDial().scenario()
    for exchange in plain.exchanges:
        assert plain.rules(exchange) == LeveragedScenario().rules(exchange)
    turned = PolicyDial(trigger=0.1, pause=2, engine_pauses=True, band=0.2, adl="queue").dial()
    assert turned.adl_rule == "queue"
    assert turned.breaker is not None
    assert turned.breaker.model_dump() == {
        "band_ppm": 200_000,
        "trigger_ppm": 100_000,
        "window_seconds": 120,
        "pause_seconds": 120,
        "engine_runs_during_pause": False,
    }


def test_an_outage_begins_and_ends_when_the_parameters_say() -> None:
    p = ExchangeOutage(lead_hours=0.5, after=10, minutes=20, exchange="okx")
    down, up = outage(p, after=5, length=2)
    assert (down.effective, up.effective) == (1800 + 900, 1800 + 900 + 2400)
    assert down.settings()["outage.exchange"] == "okx"


def test_caps_leave_the_public_its_groups_at_the_cap() -> None:
    world = LeveragedMarket(LeverageCap(accounts=2_000, leverage_cap=2).scenario(), rng=1)
    assert set(world.frames()["accounts"]["group"]) == {"1x+", "3x+", "7x+"}
    for exchange in world.exchanges:
        positions = exchange.margin.positions()
        assert positions["leverage"].max() <= 2
