"""What the experiments on treasury companies measure, and from which day on: tables made by hand.

News of a day is in that day's close: what it does is measured from the close before. Shares have
none on weekends and holidays; theirs is that of the last session.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
import pytest

from experiments import dat_cycle, dat_second_round, dat_unwind, regime

HOLIDAY = 14  # Monday, 19 January 2026, is the default day of the first news
COUNTS = ("raised", "returned", "bought", "sold_for", "forced", "retail_bought", "retail_sold",
          "placed_at", "placed_got", "placed", "unsold", "written_off", "scandals")  # fmt: skip

Path = Callable[[int], float]


def frames(p: Any, path: Path, **firms: Mapping[str, Path]) -> dict[str, pl.DataFrame]:
    """Return the tables of a run in which coins follow a path by day, and firms columns."""
    days = range(p.warm_up_days + p.days)
    bars = pl.DataFrame(
        {
            "venue": ["one"] * len(days),
            "seconds": [86_400 * (day + 1) for day in days],
            "close": [path(day) for day in days],
            **{
                name: [1.0] * len(days)
                for name in ("volume", "bid_depth", "ask_depth", "float_coins", "outside_coins",
                             "outside_flow", "consensus")
            },
        }
    )  # fmt: skip
    sessions = [day for day in days if day % 7 < 5 and day != HOLIDAY]
    rows = [
        {
            "company": name,
            "coin": "BTC",
            "day": day,
            "failed": False,
            "mnav": 1.0,
            "coins": 1.0,
            "price": path(day),
            "coin_price": path(day),
            "placed_on": -1,
            **dict.fromkeys(COUNTS, 0.0),
            **{column: float(value(day)) for column, value in columns.items()},
        }
        for name, columns in {"Strategy": {}, **firms}.items()
        for day in sessions
    ]
    return {"bars": bars, "companies": pl.DataFrame(rows)}


def steps(*moves: tuple[int, float]) -> Path:
    """Return a path that is 100 and is multiplied on some days."""
    return lambda day: 100.0 * math.prod(factor for at, factor in moves if day >= at)


def test_a_fall_is_measured_from_the_session_before_the_first_news() -> None:
    """The first news is on a holiday: Tuesday's close has it, and that of Friday has not."""
    p = dat_unwind.DatUnwind()
    assert p.warm_up_days == HOLIDAY
    found = dat_unwind.measure(frames(p, steps((HOLIDAY, 0.9))), p)
    assert found["coin_fall"] == pytest.approx(0.1)
    assert found["share_fall"] == pytest.approx(0.1)


def test_a_second_round_is_measured_from_there_too() -> None:
    p = dat_second_round.DatSecondRound()
    found = dat_second_round.measure(frames(p, steps((HOLIDAY, 0.9))), p)
    assert found["lowest"] == pytest.approx(0.1)
    assert found["share_fall"] == pytest.approx(0.1)


@pytest.mark.parametrize("announced", range(22, 29))
def test_what_an_announcement_does_is_measured_from_the_session_before_it(announced: int) -> None:
    """Shares fall by a tenth at the first session that may know of it, whatever its weekday."""
    p = dat_unwind.DatUnwind(announced=announced)
    path = steps((p.warm_up_days + announced, 0.9))
    found = dat_unwind.measure(frames(p, path, a={"mnav": lambda day: 0.9}), p)
    assert found["after"] == pytest.approx(-0.1)


def test_a_buyback_is_told_by_shares_below_their_coins_on_the_eve() -> None:
    """One of them rises by a fifth; two that were not, or came to be only then, say nothing."""
    p = dat_unwind.DatUnwind()
    told = p.warm_up_days + p.announced
    firms: dict[str, dict[str, Path]] = {
        "a": {"mnav": lambda day: 0.9 + 0.5 * (day >= told), "price": steps((told, 1.2))},
        "b": {"mnav": lambda day: 1.1 - 0.5 * (day >= told), "price": steps((told, 0.5))},
        "c": {"mnav": lambda day: 1.5, "price": steps((told, 0.5))},
    }
    found = dat_unwind.measure(frames(p, steps(), **firms), p)
    assert found["after"] == pytest.approx(0.2)
    none = dat_unwind.measure(frames(p, steps()), p)
    assert math.isnan(none["after"])


def test_a_cycle_begins_before_its_first_news_and_turns_before_that_of_the_fall() -> None:
    p = dat_cycle.DatCycle()
    path = steps((p.warm_up_days, 1.2), (p.turn, 0.5))
    dear = steps((p.turn, 0.5))
    held: dict[str, Path] = {"mnav": dear, "price": lambda day: path(day) * dear(day)}
    found = dat_cycle.measure(frames(p, path, a=held, b=held, c=held), p)
    assert found["high"] == pytest.approx(math.log(1.2))
    assert found["swing"] == pytest.approx(math.log(2.0))
    assert found["fell_more"] == 0.75  # all but Strategy
    assert (found["mnav_turn"], found["mnav"]) == (100.0, 50.0)


def test_households_of_the_first_session_after_the_news_count() -> None:
    p = dat_cycle.DatCycle()
    bought: dict[str, Path] = {"retail_bought": lambda day: 1e12 * (day > p.warm_up_days)}
    for experiment, own in ((dat_cycle, p), (regime, regime.Regime())):
        made = frames(own, steps((own.turn, 0.9)), a=bought)
        assert experiment.measure(made, own)["losers"] > 1.0


def test_rules_are_judged_by_the_whole_rise_and_the_whole_fall() -> None:
    """What is raised on the day of the turn is raised after it."""
    p = regime.Regime()
    path = steps((p.warm_up_days, 1.2), (p.turn, 0.5))
    raised: dict[str, Path] = {"raised": lambda day: 5e9 * (day >= p.turn)}
    found = regime.measure(frames(p, path, a=raised), p)
    assert found["high"] == pytest.approx(math.log(1.2))
    assert found["fall"] == pytest.approx(0.5)
    assert found["share_fall"] == pytest.approx(0.5)
    assert found["money"] == 0.0
    assert found["coins"] == pytest.approx(2e-3)
