"""States that come with the package: every value with its source, and what is known of them."""

from __future__ import annotations

import datetime as dt

import pytest
from pydantic import ValidationError

from tidegate.scenario.reserve_levers import ReserveTerms
from tidegate.scenario.reserve_plan import AssetMix, FundingMix
from tidegate.scenario.sovereign import StateSpec, StatesSpec
from tidegate.scenario.state_presets import PEERS, load_state, state_presets, state_sources


@pytest.mark.parametrize("name", state_presets())
def test_every_value_of_a_preset_has_a_source(name: str) -> None:
    spec, sources = load_state(name), state_sources(name)
    assert {"code", "name", "region", "energy_exports", "income_usd"} <= set(sources)
    assert all(source.strip() for source in sources.values())
    for path in sources:
        value: object = spec
        for part in path.split("."):
            value = getattr(value, part)


def test_kazakhstan_as_announced_and_as_it_turned_out() -> None:
    planned, real = load_state("kazakhstan-announced"), load_state("kazakhstan-realised")
    assert planned.code == real.code == "kz"
    assert 500e6 <= planned.plan.size_usd <= 1e9
    assert real.plan.size_usd == 350e6
    # At most 350 M of 69.4 bn: half a percent.
    assert real.plan.size_usd / 69.4e9 == pytest.approx(0.005, abs=1e-4)
    assert planned.funding.seizures > 0.5
    assert real.funding.fx == 1.0
    assert real.mix.coins == 0.0
    assert (planned.plan.start, real.plan.start) == (dt.date(2026, 2, 15), dt.date(2026, 4, 15))
    # Several hundred million a year.
    assert 200e6 <= planned.seizures.yearly_usd <= 900e6
    assert real.plan.credibility > planned.plan.credibility


def test_the_us_owns_gold_whose_revaluation_brings_about_752_bn() -> None:
    gold = load_state("us-gold")
    assert gold.gold_gain_usd == pytest.approx(752.49e9, rel=1e-4)
    assert gold.plan.size_usd < gold.gold_gain_usd
    reserve = load_state("us-seized")
    assert reserve.held_coins == 200_000
    assert reserve.politics.never_sells


def test_bhutan_mines_about_what_it_sells() -> None:
    mining = load_state("bhutan").mining
    assert mining.coins_per_day * mining.sell_fraction * 365 == pytest.approx(2_100, rel=0.02)


def test_peers_have_plans_without_a_date_and_can_be_compared() -> None:
    states = StatesSpec(states=tuple(load_state(name) for name in ("kazakhstan-realised", *PEERS)))
    assert all(state.plan.present and state.plan.start is None for state in states.states[1:])
    columns = states.attributes
    assert set(columns) == {"region", "energy_exports", "dollar_share", "imf_programme", "income"}
    assert {len(column) for column in columns.values()} == {6}
    assert columns["region"].count("Gulf") == 2


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="state is 'atlantis'; known are azerbaijan"):
        load_state("atlantis")
    with pytest.raises(ValidationError, match=r"must sum to 1, got 1\.5"):
        AssetMix(coins=1.0, etf=0.5)
    with pytest.raises(ValidationError, match="must sum to 1, got 0"):
        FundingMix(budget=0.0)
    with pytest.raises(ValidationError, match="without '/'"):
        StateSpec(code="a/b", name="x")
    with pytest.raises(ValidationError, match="different codes"):
        StatesSpec(states=(StateSpec(code="a", name="x"), StateSpec(code="a", name="y")))
    with pytest.raises(ValidationError, match=r"sum to at most 1, got 1\.2"):
        ReserveTerms(coins=0.6, etf=0.6)
