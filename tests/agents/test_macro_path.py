"""Factors of the economy: links by hand, noise by its formula, news that adds up."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tidegate.agents.macro_path import HOUR, MacroPath, taken_up
from tidegate.scenario.macro import FACTORS, LINKS, Correlation, Link, MacroSpec
from tidegate.scenario.macro_levers import MacroLevers
from tidegate.streams import Streams

DAY = 86_400
SILENT = tuple(factor.model_copy(update={"volatility": 0.0}) for factor in FACTORS)


def path(seed: int = 1, **changes: Any) -> MacroPath:
    return MacroPath(MacroSpec(**changes), Streams(seed), "macro")


def news(**moves: Any) -> MacroLevers:
    return MacroLevers(**{"started": 10 * DAY, **moves})


def silent(until: int, *items: MacroLevers, links: tuple[Link, ...] = LINKS) -> MacroPath:
    """Return factors without noise at a second, given news."""
    made = path(factors=SILENT, links=links)
    made.advance(until, items)
    return made


def link(name: str) -> float:
    return next(each.size for each in LINKS if each.name == name)


# -- news, by hand ---------------------------------------------------------------------------------


def test_a_piece_of_news_comes_evenly_and_is_forgotten() -> None:
    item = news(ramp_days=2.0, fade_days=5.0)
    parts = [taken_up(item, round(day * DAY)) for day in (10, 11, 12, 17, 22)]
    assert parts == pytest.approx([0.0, 0.5, 1.0, math.exp(-1), math.exp(-2)], abs=1e-14)
    assert taken_up(MacroLevers(), 100 * DAY) == 0.0


def test_a_fall_of_american_shares_moves_btc_by_its_link() -> None:
    made = silent(11 * DAY, news(us_tech=-0.035))
    assert made.level("us_tech") == pytest.approx(-0.035, rel=1e-12)
    assert made.level("china_tech") == 0.0
    assert made.value == pytest.approx(-0.035 * 1.3, rel=1e-12)


def test_bills_move_yields_the_dollar_gold_and_btc_in_a_chain() -> None:
    made = silent(20 * DAY, news(bill_share=3.0))
    spread = 3.0 * link("bills-to-yields")
    dollar = spread * link("yields-to-dollar")
    gold = dollar * link("dollar-to-gold")
    assert made.level("bill_spread") == pytest.approx(spread, rel=1e-12)
    assert made.level("dollar") == pytest.approx(dollar, rel=1e-12)
    assert made.level("gold") == pytest.approx(gold, rel=1e-12)
    btc = spread * link("yields-to-btc") + dollar * link("dollar-to-btc") + gold * 0.1
    assert made.value == pytest.approx(btc, rel=1e-12)


def test_a_gap_of_output_closes_by_its_time_constant() -> None:
    made = silent(10 * DAY + HOUR, news(growth=-3.0))
    assert made.level("growth") == pytest.approx(-3.0, rel=1e-12)
    assert made.recession
    made.advance(10 * DAY + HOUR + 540 * DAY, [news(growth=-3.0)])
    assert made.level("growth") == pytest.approx(-3.0 / math.e, rel=1e-9)
    assert made.level("us_tech") == pytest.approx(0.06 * made.level("growth"), rel=1e-12)
    assert not made.recession


def test_the_same_cut_opens_a_smaller_gap_the_slower_it_is() -> None:
    """A gap that is pushed evenly over T and heals with tau stands at tau/T (1 - exp(-T/tau))."""
    for days in (30.0, 720.0):
        made = silent(round((10 + days) * DAY), news(growth=-2.0, ramp_days=days))
        by_hand = -2.0 * 540.0 / days * (1.0 - math.exp(-days / 540.0))
        assert made.level("growth") == pytest.approx(by_hand, rel=1e-4)


def test_a_premium_slows_output_with_its_lag() -> None:
    made = silent(10 * DAY + HOUR + 365 * DAY, news(term_premium=100.0))
    assert made.level("growth") == pytest.approx(-0.4 * (1.0 - math.exp(-1.0)), rel=1e-3)
    shares = 100.0 * -0.0005 + 0.06 * made.level("growth")
    assert made.level("us_tech") == pytest.approx(shares, rel=1e-12)


def test_news_of_the_same_moment_adds_up() -> None:
    one, other = news(us_tech=-0.02, dollar=0.01), news(us_tech=-0.03, ramp_days=4.0)
    both = silent(15 * DAY, one, other)
    alone = [silent(15 * DAY, item) for item in (one, other)]
    assert both.value == pytest.approx(sum(each.value for each in alone), rel=1e-12)
    assert both.level("us_tech") == pytest.approx(-0.05, rel=1e-12)


def test_an_effect_that_wears_off_does_and_a_link_can_be_off() -> None:
    def linked(**changes: Any) -> tuple[Link, ...]:
        return tuple(
            each.model_copy(update=changes) if each.name == "us-shares-to-btc" else each
            for each in LINKS
        )

    item, later = news(us_tech=-0.1), 10 * DAY + HOUR + 30 * DAY
    assert silent(later, item, links=linked(fade_days=30.0)).value == pytest.approx(-0.13 / math.e)
    assert silent(later, item, links=linked(size=0.0)).value == 0.0


def test_what_is_posted_late_is_made_up_for() -> None:
    """A tick that began before the news broke hears of it in the next."""
    item = news(dollar=-0.1)
    late = path(factors=SILENT)
    late.advance(11 * DAY, [])
    assert late.value == 0.0
    late.advance(12 * DAY, [item])
    assert late.value == silent(12 * DAY, item).value


# -- noise -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    """Daily changes of all factors, and of BTC's value, over six years."""
    spec = MacroSpec()
    made = MacroPath(spec, Streams(7), "macro")
    rows = []
    for day in range(1, 2_191):
        made.advance(day * DAY, ())
        rows.append([*(made.level(name) for name in spec.names), made.value])
    columns = np.diff(np.array(rows), axis=0).T
    return dict(zip((*spec.names, "value"), columns, strict=True))


def test_noise_has_the_volatilities_and_correlations_stated(changes: dict[str, Any]) -> None:
    spec = MacroSpec()
    for factor in spec.factors:
        measured = float(np.std(changes[factor.name])) * math.sqrt(365.0)
        assert measured == pytest.approx(factor.volatility, rel=0.05)
    for pair in spec.correlations:
        measured = float(np.corrcoef(changes[pair.first], changes[pair.second])[0, 1])
        assert measured == pytest.approx(pair.value, abs=0.06)


def test_what_btc_shares_with_factors_is_as_the_links_imply(changes: dict[str, Any]) -> None:
    spec = MacroSpec()
    assert np.var(changes["value"]) * 365.0 == pytest.approx(spec.btc_variance, rel=0.08)
    for name in ("us_tech", "dollar"):
        measured = np.cov(changes["value"], changes[name])[0, 1] * 365.0
        assert measured == pytest.approx(spec.covariance_with_btc(name), rel=0.1)


def test_steps_of_any_length_see_the_same_path() -> None:
    item = news(growth=-2.0, ramp_days=20.0)
    ends = []
    for step in (900, 3_600, 21_600, DAY):
        made = path(seed=3)
        for tick in range(25 * DAY // step):
            begun = tick * step
            posted = [item] if item.started is not None and begun >= item.started else []
            made.advance(begun + step, posted)
        ends.append([made.value, *made.noise, *made.news])
    assert all(end == ends[0] for end in ends)


def test_a_factors_draws_are_its_own() -> None:
    """News moves no noise, and other correlations only that of whom they name."""
    quiet, loud = path(seed=5), path(seed=5)
    quiet.advance(30 * DAY, ())
    loud.advance(30 * DAY, [news(us_tech=0.2)])
    assert quiet.noise == loud.noise
    other = path(seed=5, correlations=())
    other.advance(30 * DAY, ())
    names = MacroSpec().names
    same = [n for n, a, b in zip(names, quiet.noise, other.noise, strict=True) if a == b]
    assert {"us_tech", "term_premium"} <= set(same)
    assert "gold" not in same


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"factors": FACTORS[1:]}, "each once"),
        ({"factors": FACTORS[::-1]}, "after its cause"),
        ({"links": (*LINKS, LINKS[0])}, "different names"),
        (
            {"correlations": (Correlation(first="gold", second="gold", value=0.5),)},
            "different factors once",
        ),
        (
            {
                "correlations": tuple(
                    Correlation(first=a, second=b, value=value)
                    for a, b, value in (
                        ("us_tech", "gold", 0.9),
                        ("us_tech", "dollar", 0.9),
                        ("dollar", "gold", -0.9),
                    )
                )
            },
            "contradict each other",
        ),
        ({"recession_pp": 0.0}, "recession_pp"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        MacroSpec(**changes)


def test_a_link_has_one_shape_in_time() -> None:
    with pytest.raises(ValidationError, match="one of them"):
        Link(
            name="x",
            cause="gold",
            effect="btc",
            size=1.0,
            lag_days=1.0,
            fade_days=1.0,
            source="test",
        )
