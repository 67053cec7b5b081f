"""Experiments on credit, visible positions and compensation, from parameters to results."""

from __future__ import annotations

import importlib
import math
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from experiments.compensation import Compensation
from experiments.credit_crash import CreditCrash
from experiments.credit_expansion import CreditExpansion
from experiments.visible_positions import VisiblePositions
from tidegate.report.summary import Summary
from tidegate.scenario.credit_makes import DESKS, make_2022, make_2025
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

NAMES = ("credit_crash", "visible_positions", "credit_expansion", "compensation")
SHORT: dict[str, Any] = {"accounts": 2_000, "lead_hours": 0.1, "hours": 0.1}
TINY: dict[str, dict[str, Any]] = {
    "credit_crash": {**SHORT, "grace": 0.02, "shock": -0.2},
    "visible_positions": {**SHORT, "shock": -0.2},
    "credit_expansion": {"lead_hours": 1 / 6, "days": 1 / 72, "move": 0.005},
    "compensation": {
        **SHORT,
        "after": 0.0,
        "minutes": 3.0,
        "settled": 0.05,
        "shock": -0.2,
        "tolerance": 1.0,
    },
}


def experiment(name: str) -> Experiment[Any]:
    found: Experiment[Any] = importlib.import_module(f"experiments.{name}").EXPERIMENT
    return found


def run(it: Experiment[Any], p: Any, arm: Arm) -> tuple[dict[str, float], Frames]:
    """Run one arm; return its metrics and its tables."""
    own, times = it.arm_parameters(p, arm), it.timeline(p)
    world: Any = it.build(own, 1)
    world.run_until(times.announcement)
    world.apply(arm.policies)
    world.run_until(times.end)
    world._check()
    frames = world.frames()
    return dict(it.measure(frames, own)), frames


@pytest.mark.parametrize("name", NAMES)
def test_arms_claims_and_scenarios_speak_of_each_other(name: str) -> None:
    it = experiment(name)
    p = it.parameters()
    arms = it.checked_arms(p)
    claims = it.family(arms)
    assert {claim.row for claim in claims} == set(it.claims)
    for claim in claims:
        assert math.isclose(claim.horizon_days, it.timeline(p).horizon_days, rel_tol=1e-9)
        assert claim.rival != claim.statement
    what = [
        (it.arm_parameters(p, arm).scenario().digest, *(q.model_dump_json() for q in arm.policies))
        for arm in arms
    ]
    assert len(set(what)) == len(arms)


@pytest.mark.parametrize("name", NAMES)
def test_a_run_yields_every_metric_and_the_paths(name: str) -> None:
    it = experiment(name)
    p = it.parameters(**TINY[name])
    metrics, frames = run(it, p, it.checked_arms(p)[1])
    assert set(metrics) == {metric.name for metric in it.metrics}
    assert it.record is not None
    paths = it.record(frames, p)
    assert set(paths.columns) == {"day", *(series.name for series in it.series)}
    assert paths.height > 1


def test_an_experiment_on_credit_writes_all_of_its_results(tmp_path: Path) -> None:
    it = experiment("credit_expansion")
    line = ["--quick", "--seeds", "1", "--workers", "1", "--audit", "--out", str(tmp_path / "out")]
    tiny = ["--lead-hours", "0.17", "--days", "0.0139", "--move", "0.005"]
    assert run_experiment(it, [*line, *tiny]) == 0
    summary = Summary.model_validate_json((tmp_path / "out" / "summary.json").read_text())
    assert {verdict.row for verdict in summary.verdicts} == set(it.claims)
    runs = pl.read_parquet(tmp_path / "out" / "runs.parquet")
    assert runs["audited"].all()
    assert runs.height == len(it.checked_arms(it.parameters()))
    assert (tmp_path / "out" / "report.html").stat().st_size > 1_000


# ---- credit -----------------------------------------------------------------------------------


def test_makes_of_credit_have_the_reported_shares() -> None:
    modern, old = make_2025(70e9), make_2022(70e9, unsecured=0.5, thin=0.85)
    for spec, on_chain, coins in ((modern, 0.669, 0.16), (old, 0.486, 0.53)):
        assert spec.stock == pytest.approx(70e9)
        assert spec.on_chain_share == pytest.approx(on_chain)
        stock = {kind.name: kind.stock for kind in spec.lenders()}
        assert stock["stablecoins"] / (stock["stablecoins"] + stock["apps"]) == pytest.approx(coins)
    assert not [kind for kind in modern.lenders() if kind.threshold == 1.0]
    desks = [kind for kind in old.lenders() if not kind.on_chain]
    bare = [kind for kind in desks if kind.threshold == 1.0]
    share = sum(kind.stock for kind in bare) / sum(kind.stock for kind in desks)
    assert share == pytest.approx(0.5, abs=0.01)
    assert len({kind.lender for kind in desks}) == len(DESKS)
    assert {kind.mean_ltv for kind in bare} == {0.85}


def test_collateral_is_sold_unless_nobody_sells_any() -> None:
    it = experiment("credit_crash")
    usual = CreditCrash(**TINY["credit_crash"])
    arms = {arm.label: arm for arm in it.checked_arms(usual)}
    p = usual.model_copy(update={"cover": 0.2})
    secured, _ = run(it, p, arms["secured"])
    waiting, _ = run(it, p, arms["wait"])
    none, frames = run(it, p, arms["none"])
    assert secured["sold"] > 0.1
    assert secured["lent"] < 0
    assert waiting["sold"] == waiting["losses"] == 0
    assert secured["fall_btc"] > waiting["fall_btc"]
    assert frames["credit"].is_empty()
    assert none["sold"] == none["failed"] == 0
    assert math.isnan(none["lent"])


def test_unsecured_loans_are_lost_and_their_lenders_drag_others_along() -> None:
    it = experiment("credit_crash")
    p = CreditCrash(**TINY["credit_crash"])
    arms = {arm.label: arm for arm in it.checked_arms(p)}
    weak, frames = run(it, p, arms["weak"])
    alone, _ = run(it, p, arms["weak-alone"])
    backed, _ = run(it, p, arms["backed"])
    assert weak["losses"] > 0.1 > backed["losses"]
    assert weak["contagion"] > 0 == alone["contagion"]
    assert weak["failed"] >= alone["failed"] > 0
    last = frames["credit"].filter(pl.col("seconds") == pl.col("seconds").max())
    assert weak["losses"] == pytest.approx(float(last["bad_debt"].sum()) / 1e9)


def test_news_of_a_trend_adds_up_to_the_move() -> None:
    p = CreditExpansion(days=2.0, post_hours=3.0, move=0.12)
    posts = p.news(p.move)
    assert len(posts) == 16
    assert sum(post.size for post in posts) == pytest.approx(0.12)
    assert posts[0].effective == p.first
    assert posts[-1].effective < p.end
    assert len({post.name for post in posts}) == 16


def test_loans_follow_a_price_that_rises_if_lenders_have_cash() -> None:
    it = experiment("credit_expansion")
    p = CreditExpansion(lead_hours=1 / 6, days=1 / 24, move=0.04)
    arms = {arm.label: arm for arm in it.checked_arms(p)}
    rising, _ = run(it, p, arms["rising"])
    dry, _ = run(it, p, arms["rising-dry"])
    assert rising["price"] > 0.005
    assert rising["stock"] > 0
    assert rising["drawn"] > 0
    assert dry["stock"] == dry["drawn"] == 0


# ---- hunters and users --------------------------------------------------------------------------


def test_who_hunts_is_as_the_arm_says() -> None:
    it = experiment("visible_positions")
    eager = {"shock": -0.02, "hours": 0.2, "threshold": 0.0, "capital": 5_000.0}
    p = VisiblePositions(**{**TINY["visible_positions"], **eager})
    arms = {arm.label: arm for arm in it.checked_arms(p)}
    specs = {label: it.arm_parameters(p, arm).predator() for label, arm in arms.items()}
    assert specs["off"] is None
    assert (specs["blind"].visible, specs["sees"].visible) == (False, True)
    assert specs["bold"].linked == 0
    bold, frames = run(it, p, arms["bold"])
    hunts = frames["hunts"]
    assert hunts["hunts"][-1] >= 1
    assert hunts["short"].max() > 0
    before = hunts.filter(pl.col("seconds") <= p.first)["profit"][-1]
    assert bold["profit"] == pytest.approx((hunts["profit"][-1] - before) / 1e6)
    off, _ = run(it, p, arms["off"])
    assert off["hunts"] == off["profit"] == 0
    frozen, _ = run(it, p, arms["sees-frozen"])
    assert frozen["liquidated_there"] == 0


def test_who_is_paid_has_no_reason_to_leave() -> None:
    it = experiment("compensation")
    terms = {"hours": 1.5, "minutes": 60.0, "shock": -0.1, "tolerance": 0.0}
    p = Compensation(**{**TINY["compensation"], **terms})
    arms = {arm.label: arm for arm in it.checked_arms(p)}
    rows = {label: run(it, p, arms[label])[0] for label in ("unpaid", "paid", "unpaid-stay")}
    assert (
        rows["unpaid"]["leavers"] == rows["unpaid-stay"]["leavers"] > 0 == rows["paid"]["leavers"]
    )
    assert rows["paid"]["unpaid"] == pytest.approx(0, abs=1e-9)
    assert rows["unpaid"]["paid"] == 0
    scenarios = [it.arm_parameters(p, arms[label]).scenario() for label in rows]
    assert [scenario.crowd.tolerance for scenario in scenarios] == [0.0, 0.0, None]
    assert 0 < rows["paid"]["volume_share"] < 1
