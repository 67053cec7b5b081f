"""A study that was never run, for pages and figures."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tidegate.analysis.contrast import Direction, Verdict
from tidegate.report.page import write_report
from tidegate.report.summary import (
    ArmRow,
    EffectRow,
    FailureRow,
    FrozenEffect,
    Lead,
    Metric,
    ParameterRow,
    Series,
    Summary,
    VerdictRow,
)

PRICE = Metric.of("price", "price", "Price", "USD")
DRAWDOWN = Metric.of("drawdown", "drawdown", "Worst drawdown", "%")


def effect(arm, metric, size, width, control="none"):
    return EffectRow(
        arm=arm,
        control=control,
        metric=metric,
        mean=1.25,
        pairs=8,
        missing=0,
        effect=size,
        low=size - width,
        high=size + width,
        p=0.0004,
    )


def verdict(row, outcome, **changes):
    values = {
        "row": row,
        "statement": f"Statement of {row} <&>.",
        "rival": f"Rival of {row}.",
        "metric": "price",
        "treated": "open",
        "control": "none",
        "direction": Direction.INCREASE,
        "delta": 0.01,
        "horizon_days": 30,
        "observed": "",
        "pairs": 8,
        "missing": 0,
        "effect": 0.05,
        "low": 0.02,
        "high": 0.08,
        "level": 0.975,
        "p": 0.008,
        "p_holm": 0.016,
        "verdict": outcome,
        "frozen": None,
        "follows_from_assumption": False,
        "grade": "preview",
        "notes": ("8 of the 64 pairs committed to",),
    }
    return VerdictRow(**{**values, **changes})


@pytest.fixture(scope="session")
def summary():
    arms = [("none", "Closed", None), ("open", "Open", None), ("open.frozen", "Frozen", "open")]
    frozen = FrozenEffect(effect=0.05, low=0.03, high=0.07, verdict=Verdict.SUPPORTED)
    return Summary(
        experiment="toy",
        question="Does opening the gate lift the tide?",
        grade="preview",
        version="1.2.3",
        code="c" * 64,
        scenario_digest="d" * 64,
        claims_hash="e" * 64,
        command="python -m experiments.toy --seeds 8",
        baseline="none",
        horizon_days=30,
        seeds=tuple(range(8)),
        arms=tuple(
            ArmRow(label=label, title=title, frozen_twin_of=twin, runs=8, audited=8)
            for label, title, twin in arms
        ),
        metrics=(PRICE, DRAWDOWN),
        lead=Lead(title="Promised and found", metrics=("drawdown", "price")),
        series=(
            Series(name="price", title="Price", unit="USD"),
            Series(name="depth", title="Depth", unit="USD"),
        ),
        effects=(
            effect("none", "price", 0.0, 0.0),
            effect("open", "price", 0.05, 0.03),
            effect("none", "drawdown", 0.0, 0.0),
            effect("open", "drawdown", -0.04, 0.01),
        ),
        verdicts=(
            verdict("TOY-H1", Verdict.SUPPORTED, frozen=frozen, follows_from_assumption=True),
            verdict("TOY-H2", Verdict.CONTRADICTED, effect=-0.05, low=-0.08, high=-0.02),
            verdict("TOY-H3", Verdict.NO_EFFECT, effect=0.001, low=-0.002, high=0.004),
            verdict("TOY-H4", Verdict.UNDECIDED, effect=0.001, low=None, high=None),
        ),
        parameters=(
            ParameterRow(
                name="allocation",
                description="Share of assets.",
                value=0.02,
                default=0.01,
                unit="share",
                source="A survey, 2025",
            ),
        ),
        failures=(
            FailureRow(
                seed=3, arm="open", where="run", type="ValueError", message="<b>", traceback="t"
            ),
        ),
        runs=(),
        results_digest="f" * 64,
    )


@pytest.fixture(scope="session")
def frames():
    rng = np.random.default_rng(1)
    parts = [
        pl.DataFrame(
            {
                "seed": seed,
                "arm": arm,
                "day": np.arange(-5.0, 31.0),
                "price": 100 * np.exp(np.cumsum(rng.normal(0, 0.02, 36))),
                "depth": rng.uniform(1e6, 2e6, 36),
            }
        )
        for seed in range(8)
        for arm in ("none", "open", "open.frozen")
    ]
    return {"paths": pl.concat(parts), **_views(rng)}


def _views(rng):
    """Return a market with two venues, three kinds of traders and one exchange that liquidates."""
    runs = [(seed, arm) for seed in range(8) for arm in ("none", "open", "open.frozen")]
    liquidity = [
        (seed, arm, float(day), place, rng.uniform(1e8, 2e8), rng.uniform(1, 3))
        for seed, arm in runs
        for day in range(30)
        for place in ("onshore", "offshore")
    ]
    trades = [
        (seed, arm, 0.0, buyer, seller, 300.0 + 30 * (buyer == "pension"), 3e7)
        for seed, arm in runs
        for buyer in ("holders", "pension", "makers")
        for seller in ("holders", "makers")
    ]
    forced = [
        (seed, "open", float(day), place, "BTC", stage, 1e6 * (day + 1))
        for seed in range(8)
        for day in range(4)
        for place, stage in (("x", "book"), ("x", "adl"), ("binance", "book"))
    ]
    names = {
        "liquidity": ["seed", "arm", "day", "place", "depth", "spread"],
        "trades": ["seed", "arm", "day", "buyer", "seller", "coins", "notional"],
        "forced": ["seed", "arm", "day", "exchange", "coin", "stage", "notional"],
    }
    rows = {"liquidity": liquidity, "trades": trades, "forced": forced}
    return {k: pl.DataFrame(v, schema=names[k], orient="row") for k, v in rows.items()}


@pytest.fixture(scope="session")
def page(tmp_path_factory, summary, frames):
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(summary, frames, path)
    return path.read_text(encoding="utf-8")
