"""Tables for terminals: 80 columns in which nothing is cut."""

from __future__ import annotations

from tidegate.report.summary import ArmRow, EffectRow, Metric, Summary
from tidegate.study.console import render

LONG = "a12.5-default-12.5m-calendar"
METRICS = (
    Metric.level("profit", "The hunter's profit", "million USD", delta=5.0),
    Metric.level("accounts", "Liquidated", "thousand", delta=5.0),
    Metric.level("fall", "Fall", "%", delta=0.01),
    Metric.level("part", "Of the stock", "1", delta=0.1),
    Metric.of("price", "price", "Price", "USD"),
)


def _summary(size: float) -> Summary:
    arms = [ArmRow(label=x, title=x, frozen_twin_of=None, runs=8, audited=0) for x in ("no", LONG)]
    effects = [
        EffectRow(
            arm=arm.label,
            control="no",
            metric=metric.name,
            mean=size,
            pairs=8,
            missing=0,
            effect=0.11 if metric.name == "price" else size,
            low=0.1 if metric.name == "price" else -size,
            high=0.12 if metric.name == "price" else 2 * size,
            p=0.0004,
        )
        for metric in METRICS
        for arm in arms
    ]
    return Summary(
        experiment="toy",
        question="What?",
        grade="preview",
        version="1",
        code="c",
        scenario_digest="s",
        claims_hash="h",
        command="python",
        baseline="no",
        horizon_days=1.0,
        seeds=(0,),
        arms=tuple(arms),
        metrics=METRICS,
        series=(),
        effects=tuple(effects),
        verdicts=(),
        parameters=(),
        failures=(),
        runs=(),
        results_digest="r",
    )


def test_units_stand_in_headings_and_numbers_are_whole() -> None:
    lines = render(_summary(94_710.0)).splitlines()
    assert max(map(len, lines)) <= 80
    headings = [line for line in lines[1:] if line and not line.startswith(" ")]
    assert headings == [
        "The hunter's profit (million USD)",
        "Liquidated (thousand)",
        "Fall (%; effects in points)",
        "Of the stock",
        "Price (USD; effects in %)",
    ]
    profit = lines.index(headings[0])
    assert lines[profit + 2].split() == ["no", "94,710", "baseline"]
    assert lines[profit + 3].strip() == LONG
    row = "94,710 +94,710 \N{MINUS SIGN}94,710 to +189,420 < 0.001"
    assert " ".join(lines[profit + 4].split()) == row


def test_columns_stand_below_each_other() -> None:
    lines = render(_summary(0.11)).splitlines()
    head = next(line for line in lines if line.startswith("  arm "))
    row = next(line for line in lines if "< 0.001" in line)
    assert len(head) == len(row) == 80
    assert head.index("mean") + len("mean") == row.index("0.110") + len("0.110")
