"""The experiment on strategies, from its parameters to its metrics and claims."""

from __future__ import annotations

import math

import polars as pl
import pytest

from experiments.barbell import EXPERIMENT, arms, measure
from tidegate.analysis.portfolio import CoinMix
from tidegate.setups.strategy import StrategyParameters, strategy_market, timeline

TINY = StrategyParameters(
    accounts=500, warm_up_days=20, belief_warm_up_days=0, days=60, portfolios=2
)


def lived(label: str, seed: int = 3, **changes: object) -> dict[str, float]:
    """Live through an arm, audited, and return its metrics."""
    base = TINY.overridden(changes)
    arm = next(a for a in arms(base) if a.label == label)
    p = base.overridden(arm.overrides)
    world = strategy_market(p, seed)
    world.run_until(timeline(p).announcement)
    world.apply(arm.policies)
    world.run_until(timeline(p).end)
    world.audit()
    frames = world.frames()
    assert EXPERIMENT.record(frames, p).height == p.days + p.warm_up_days
    return dict(measure(frames, p))


@pytest.fixture(scope="module")
def frozen() -> dict[str, dict[str, float]]:
    labels = ("fall", "damage", "barbell-fall", "barbell-rise", "half", "balanced")
    return {label: lived(f"{label}-frozen") for label in labels}


def test_arms_and_claims_speak_of_each_other() -> None:
    p = StrategyParameters()
    claims = EXPERIMENT.family(EXPERIMENT.checked_arms(p))
    assert [claim.row for claim in claims] == list(EXPERIMENT.claims)
    assert {claim.horizon_days for claim in claims} == {timeline(p).horizon_days}
    known = {metric.name: metric.delta for metric in EXPERIMENT.metrics}
    assert {claim.metric for claim in claims} <= set(known)


def test_what_alternatives_earn_is_asked_without_an_assumed_crash() -> None:
    """The row is on plans as they are; through a fall that is put in it is another claim's."""
    p = StrategyParameters()
    listed = {arm.label: arm for arm in EXPERIMENT.checked_arms(p)}
    claims = {claim.row: claim for claim in EXPERIMENT.family(list(listed.values()))}
    own, crash = claims["PEN-H15"], claims["PEN-H15c"]
    for label in own.compared:
        assert not listed[label].policies
        assert f"{label}-frozen" in listed
    assert all(listed[label].policies for label in crash.compared)
    assert (own.direction, crash.direction) == ("increase", "decrease")
    watched = [listed[label].overrides["watched"] for label in own.compared]
    assert watched == ["alternatives", "balanced"]


def test_a_run_yields_every_metric_and_strategies_trade() -> None:
    found = lived("fall")
    assert list(found) == [metric.name for metric in EXPERIMENT.metrics]
    assert found["growth"] < 0.0 < found["loss"] < 1.0
    assert math.isfinite(found["dip_return"])


@pytest.mark.parametrize("seed", [5, 16])
def test_dip_buyers_wait_for_the_news(seed: int) -> None:
    """Coins of these seeds fall far in the weeks before; none of that is bought."""
    p = StrategyParameters(accounts=500, days=60)
    world = strategy_market(p, seed)
    world.run_until(timeline(p).announcement)
    world.apply((p.moved(-p.news),))
    world.run_until(timeline(p).announcement + 30)
    bets = world.frames()["portfolios"].filter(pl.col("strategy") == "dip")
    assert bets.filter(pl.col("day") < p.warm_up_days)["bets_bought"].max() == 0.0
    assert bets.filter(pl.col("day") > p.warm_up_days + 5)["bets_bought"].max() > 0.0


def test_with_prices_frozen_news_alone_moves_wealth(frozen: dict[str, dict[str, float]]) -> None:
    """All in coins lose exp(-0.3), and the tenth that is seized, and exp(-0.2) on top."""
    assert frozen["fall"]["growth"] == pytest.approx(-0.3, abs=1e-6)
    damaged = -0.5 + math.log(0.9)
    assert frozen["damage"]["growth"] == pytest.approx(damaged, abs=1e-6)
    assert frozen["fall"]["regained"] == 0.0


def test_a_barbell_that_cannot_trade_is_what_its_mix_says(
    frozen: dict[str, dict[str, float]],
) -> None:
    """A quarter in coins and interest of 4.5 % a year on the rest, over 20 days and 60 more.

    Dollars that wait at venues in vain earn none: at most a tenth of all for 60 days.
    """
    for label, news in (("barbell-fall", -0.3), ("barbell-rise", 0.3)):
        daily = 0.045 / 365
        lent = [0.75 * (1.0 + daily) ** days for days in (20, 80)]
        ratio = (lent[1] + 0.25 * math.exp(news)) / (lent[0] + 0.25)
        assert frozen[label]["growth"] == pytest.approx(math.log(ratio), abs=8e-4)


def test_half_a_per_cent_of_coins_follows_the_closed_form(
    frozen: dict[str, dict[str, float]],
) -> None:
    """One day's fall of 26 % at 0.5 % of coins: the closed form with that volatility, to 2 %."""
    crash = (1.0 - math.exp(-0.3)) / math.sqrt(60) * math.sqrt(365)
    alone, mixed = (
        CoinMix(weight, base_volatility=frozen["balanced"]["risk"], coin_volatility=crash)
        for weight in (0.0, 0.005)
    )
    # On the day of the fall the rest falls with coins: the correlation of that day is 0.8 at most.
    most = CoinMix(
        0.005,
        base_volatility=alone.volatility,
        coin_volatility=crash,
        correlation=0.8,
    )
    ratio = frozen["half"]["risk"] / frozen["balanced"]["risk"]
    assert mixed.volatility / alone.volatility * 0.98 < ratio
    assert ratio < most.volatility / alone.volatility * 1.02


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="watched"):
        TINY.overridden({"watched": "everybody"})
    with pytest.raises(ValueError, match="less than or equal to 1"):
        TINY.overridden({"seized": 2.0})
