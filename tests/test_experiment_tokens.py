"""The experiments on tokenised stocks, from their parameters to their metrics and claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import pytest

from experiments import tokenised_stocks, weekend_tokens
from experiments.tokenised_stocks import TokenisedStocks
from experiments.weekend_tokens import WeekendTokens
from tidegate.policies.trading_halt import TradingHalt
from tidegate.study.experiment import Experiment, Parameters
from tidegate.study.world import Auditable

P = TypeVar("P", bound=Parameters)
SMALL = {"warm_up_days": 7, "days": 5, "step_hours": 2, "belief_warm_up_days": 0}


@pytest.mark.parametrize(
    ("experiment", "p"),
    [
        (tokenised_stocks.EXPERIMENT, TokenisedStocks()),
        (weekend_tokens.EXPERIMENT, WeekendTokens()),
    ],
)
def test_arms_and_claims_speak_of_each_other(experiment: Experiment[P], p: P) -> None:
    claims = experiment.family(experiment.checked_arms(p))
    assert {claim.row for claim in claims} == set(experiment.claims)
    days = experiment.timeline(p).horizon_days
    assert all(claim.horizon_days == days for claim in claims)


def metrics(experiment: Experiment[P], p: P, label: str) -> Mapping[str, float]:
    """Run one arm, fork where arms part, and measure it, having proved that all adds up."""
    arm = next(arm for arm in experiment.arms(p) if arm.label == label)
    world = experiment.build(experiment.arm_parameters(p, arm), 1)
    world.run_until(experiment.timeline(p).announcement)
    world.apply(arm.policies)
    world.run_until(experiment.timeline(p).end)
    assert isinstance(world, Auditable)
    world.audit()
    found = experiment.measure(world.frames(), p)
    assert set(found) == {metric.name for metric in experiment.metrics}
    return found


def test_stress_passes_by_lenders_alone() -> None:
    p = TokenisedStocks(**SMALL)
    loans, without, frozen = (
        metrics(tokenised_stocks.EXPERIMENT, p, label)
        for label in ("tokens", "no-loans", "tokens-frozen")
    )
    assert loans["called_tokens"] > 1.0
    assert loans["token_fall"] > without["token_fall"]
    assert without["called_tokens"] == without["called_coins"] == 0.0
    assert frozen["called_tokens"] == 0.0
    assert frozen["coin_fall"] == pytest.approx(0.259, abs=1e-3)


def test_halts_bind_whom_they_name() -> None:
    p = TokenisedStocks(**SMALL)
    stock, both = (
        metrics(tokenised_stocks.EXPERIMENT, p, label) for label in ("halt-stock", "halt-both")
    )
    assert stock["called_tokens"] > both["called_tokens"]
    assert stock["stock_fall"] > 0.05


def test_a_weekend() -> None:
    p = WeekendTokens(**SMALL)
    friday, open_, calm, frozen = (
        metrics(weekend_tokens.EXPERIMENT, p, label)
        for label in ("friday", "open", "no-raisers", "sunday-frozen")
    )
    assert friday["crypto_share"] == 1.0  # the stock stands still
    assert open_["crypto_share"] < 0.9
    assert friday["raised_coins"] > 5.0
    assert open_["raised_coins"] == calm["raised_coins"] == 0.0
    assert -0.06 < friday["gap"] < -0.01
    assert frozen["gap"] == pytest.approx(0.37 * 0.04, abs=0.012)
    assert 24.0 <= frozen["lead"] <= 60.0


def test_a_halt_is_posted() -> None:
    halt = TradingHalt(announcement_day=2, effective_day=2, binds="both", hours=6.0)
    assert halt.settings() == {
        "tokens.halt": "both", "tokens.halt_from": 2 * 86_400, "tokens.halt_hours": 6.0,
    }  # fmt: skip
    with pytest.raises(ValueError, match="hours"):
        TradingHalt(hours=0.0)
