"""The first experiment from its command line to its report."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from experiments.pension_entry import (
    EXPERIMENT,
    HEADLINE,
    PensionEntry,
    arms,
    stretch,
    timeline,
)
from tidegate.analysis import market
from tidegate.model import Market
from tidegate.report.summary import Summary
from tidegate.study.launch import run_experiment

TINY = {
    "accounts": 500,
    "step_hours": 24,
    "ramps": (0.5,),
    "warm_up_days": 5,
    "hold_days": 30,
    "belief_warm_up_days": 0,
}
LINE = [
    *("--quick", "--seeds", "2", "--workers", "1", "--accounts", "500", "--ramps", "0.5"),
    *("--warm-up-days", "5", "--hold-days", "30", "--belief-warm-up-days", "0"),
]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pension") / "out"
    assert run_experiment(EXPERIMENT, [*LINE, "--out", str(root)]) == 0
    return root


def test_it_writes_all_of_its_results(results: Path) -> None:
    for name in ("summary.json", "report.html", "runs.parquet", "metrics.parquet", "paths.parquet"):
        assert (results / name).stat().st_size > 100, name
    page = (results / "report.html").read_text()
    assert EXPERIMENT.question.partition(":")[0] in page
    runs = pl.read_parquet(results / "runs.parquet")
    assert runs.height == 2 * len(arms(PensionEntry(**TINY)))


def test_every_claim_has_its_verdict(results: Path) -> None:
    summary = Summary.model_validate_json((results / "summary.json").read_text())
    assert {verdict.row for verdict in summary.verdicts} == set(EXPERIMENT.claims)


def test_a_metric_of_the_summary_is_that_of_the_runs(results: Path) -> None:
    """Run one pair by hand: the mean and the effect on the price must come out the same."""
    summary = Summary.model_validate_json((results / "summary.json").read_text())
    p = PensionEntry(**TINY)
    times = timeline(p)
    policies = {arm.label: arm.policies for arm in arms(p)}
    prices: dict[str, list[float]] = {"a0": [], "a10-default": []}
    for seed in sorted({run.seed for run in summary.runs}):
        trunk = Market(p.scenario(), rng=seed)
        trunk.run_until(times.announcement)
        for label, found in prices.items():
            world = trunk.fork()
            world.apply(policies[label])
            world.run_until(times.end)
            days = market.daily(world.frames()["bars"])
            found.append(float(np.mean(days["price"].to_numpy()[-5:])))
            assert world.digest() == next(
                run.digest for run in summary.runs if (run.seed, run.arm) == (seed, label)
            )
    row = next(
        e for e in summary.effects if (e.arm, e.control, e.metric) == ("a10-default", "a0", "price")
    )
    assert row.pairs == 2
    assert row.mean == pytest.approx(np.mean(prices["a10-default"]), rel=1e-12)
    logs = np.log(prices["a10-default"]) - np.log(prices["a0"])
    assert row.effect == pytest.approx(float(logs.mean()), rel=1e-9)
    assert row.effect > 0


def test_frozen_twins_never_trade(results: Path) -> None:
    paths = pl.read_parquet(results / "paths.parquet")
    frozen = paths.filter(pl.col("arm").str.ends_with("-frozen"))
    assert frozen.height > 0
    assert frozen["price"].to_list() == pytest.approx([109_560.0] * frozen.height)
    assert frozen["outside"].sum() == 0.0


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--elasticity", "0"], "--elasticity"),
        (["--accounts", "10"], "--accounts"),
        (["--hold-days", "5"], "--hold-days"),
        (["--step-hours", "25"], "--step-hours"),
        (["--step-hours", "5"], "--step-hours"),
        (["--elasticity", "-1"], "--elasticity is -1.0; it must be >= 0.01 and <= 2"),
        (["--ramps", "-1"], "--ramps is -1.0; it must be > 0 and <= 120"),
        (["--allocations", "2"], "--allocations is 2.0; it must be >= 0 and <= 1"),
        (["--routes", "foo"], "--routes"),
    ],
)
def test_bad_input_exits_with_2_and_names_the_field(
    flags: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "out"
    try:
        code = run_experiment(EXPERIMENT, [*flags, "--out", str(root)])
    except SystemExit as left:  # what the parser refuses by itself
        code = left.code
    assert code == 2
    assert named in capsys.readouterr().err
    assert not (root / "runs.parquet").exists()


def test_the_headline_is_that_of_the_article() -> None:
    """10 % of all 401(k) assets over crypto's capitalisation, of which BTC gets its share."""
    table = pl.DataFrame({"lever": ["pension.allocation"], "value": ["0.1"]})
    assert HEADLINE.flow(table) == pytest.approx(0.1 * 8.7e12 * 0.55)
    assert HEADLINE.over_cap(table) == pytest.approx(0.22, abs=0.005)


def test_the_grid_is_crossed_and_every_arm_has_its_frozen_twin() -> None:
    p = PensionEntry(allocations=(0.01, 0.05), routes=("default", "menu"), ramps=(3.0, 12.0))
    labels = {arm.label for arm in arms(p)}
    assert {"a1-default", "a5-menu", "a5-menu-12m", "a10-default-calendar", "a0"} <= labels
    assert {f"{label}-frozen" for label in labels if not label.endswith("-frozen")} <= labels
    on = stretch(p)
    assert on.start == p.warm_up_days - 1
    assert on.stop - on.start == math.ceil(1.25 * 30.4375 * 12)
    assert on.end - on.stop == p.hold_days
    assert timeline(p).horizon_days == on.end - on.start
