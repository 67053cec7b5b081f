"""The experiments on robberies, from their parameters to their metrics and claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from experiments import exchange_hack, macro_hack
from experiments.exchange_hack import ExchangeHackParameters
from experiments.macro_hack import MacroHack
from tidegate.hack_study import METRICS, HackParameters
from tidegate.study.experiment import Experiment

TINY: dict[str, Any] = {"clients": 200, "days": 22, "belief_warm_up_days": 0, "warm_up_days": 5}


@pytest.mark.parametrize(
    ("experiment", "p"),
    [
        (exchange_hack.EXPERIMENT, ExchangeHackParameters()),
        (macro_hack.EXPERIMENT, MacroHack()),
    ],
)
def test_arms_and_claims_speak_of_each_other(experiment: Experiment[Any], p: Any) -> None:
    arms = experiment.checked_arms(p)
    claims = experiment.family(arms)
    assert {claim.row for claim in claims} == set(experiment.claims)
    assert all(claim.horizon_days == experiment.timeline(p).horizon_days for claim in claims)
    # Every arm that a claim compares has a twin with prices frozen.
    twins = {arm.frozen_twin_of for arm in arms}
    assert {label for claim in claims for label in claim.compared} <= twins


def metrics(experiment: Experiment[Any], p: HackParameters, label: str) -> Mapping[str, float]:
    """Run one arm from the robbery on and measure it, having proved that all adds up."""
    arm = next(arm for arm in experiment.arms(p) if arm.label == label)
    world: Any = experiment.build(experiment.arm_parameters(p, arm), 1)
    world.apply(arm.policies)
    world.run_until(experiment.timeline(p).end)
    world.audit()
    found = experiment.measure(world.frames(), p)
    assert list(found) == [metric.name for metric in METRICS]
    return found


def test_help_shows_and_so_does_who_needs_it() -> None:
    p = ExchangeHackParameters(**TINY)
    hack, silent, small = (
        metrics(exchange_hack.EXPERIMENT, p, label) for label in ("hack", "silent", "infini")
    )
    assert 0.0 < hack["asked"] < silent["asked"]
    assert hack["outside"] == small["outside"] == 1.0  # lenders; a founder
    assert silent["outside"] == 0.0
    assert silent["kept"] < hack["kept"] < small["kept"]
    assert hack["feared"] > 0.0
    assert hack["group_gap"] > 0.0


def test_news_makes_the_coin_fall_and_basis_traders_leave() -> None:
    p = MacroHack(**TINY, macro=0.2, news_days=1.0)
    none, news = (metrics(macro_hack.EXPERIMENT, p, label) for label in ("none", "macro"))
    assert none["fall"] + 0.05 < news["fall"] < none["fall"] + 0.25
    assert news["carried"] > none["carried"]
    assert none["asked"] <= news["asked"]
