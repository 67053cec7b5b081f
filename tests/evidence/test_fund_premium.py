"""Premium of the listed fund: in calm, over years, and with a door shut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from tidegate.model import Market
from tidegate.policies.base import LeverPolicy
from tidegate.scenario import HolderSpec, Scenario
from tidegate.scenario.etf import EtfSpec
from tidegate.scenario.share_holders import FlowSpec, ShareHolderSpec

SEEDS = (1, 2, 3)
STEPS = (4, 12, 24)  # hours
BASIS_POINT = 1e4


def fund(seed: int, flow: FlowSpec | None = None, *, hours: int = 4) -> Market:
    spec = EtfSpec() if flow is None else EtfSpec(holders=ShareHolderSpec(flow=flow))
    holders = HolderSpec(accounts=1_000)
    return Market(Scenario(step_seconds=hours * 3_600, holders=holders, etf=spec), rng=seed)


def sessions(market: Market) -> pl.DataFrame:
    return market.frames()["etf_market"]


def premiums(market: Market) -> Any:
    return BASIS_POINT * sessions(market)["premium"].abs().to_numpy()


def shut(market: Market, door: str, *, open_again: bool = False) -> None:
    day = market.tick / market.spec.ticks_per_day
    policy = LeverPolicy(
        name=f"{door} on day {day:g}",
        announcement_day=day,
        effective_day=day,
        levers={f"etf.{door}": open_again},
    )
    market.apply([policy])


def calm(seed: int, days: int, hours: int) -> Any:
    """Return the premium of each session, and whether it leaves the band of its flow."""
    market = fund(seed, hours=hours)
    market.run_days(days)
    market.audit()
    etf = market.institutions.etf
    assert etf is not None
    done = etf.holders.table.frame()["done"].abs() / market.spec.asset.daily_volume
    value = sessions(market)["value"]
    terms = market.spec.etf
    assert terms is not None
    taker = max(venue.taker_ppm for venue in market.spec.venues)
    band = [terms.band(taker, *row) for row in zip(value, done, strict=True)]
    found = premiums(market)
    return found, found > BASIS_POINT * np.array(band) + BASIS_POINT * 0.01 / value.to_numpy()


def doors(seed: int) -> tuple[float, float, float]:
    """Return the premium with creation shut a week, open again, and the exchange shut a week."""
    market = fund(seed, FlowSpec(drift=1.5e-4, persistence=0.0, chase=0.0, noise=0.0))
    market.run_days(7)
    shut(market, "creations")
    market.run_days(7)
    without = premiums(market)[-5:].max()
    shut(market, "creations", open_again=True)
    market.run_days(7)
    after = premiums(market)[-1]
    shut(market, "listed")
    market.run_days(7)
    stale = sessions(market).filter(pl.col("shut"))["premium"].abs().max()
    assert isinstance(stale, float)
    return float(without), float(after), BASIS_POINT * stale


@pytest.mark.evidence
def test_what_the_premium_does(commit_figures: Callable[..., Any]) -> None:
    lines = ["basis points; 1,000 holders' accounts a venue, ticks of 4 h if not said", ""]
    lives = [(365, hours, f"a year, ticks of {hours} h") for hours in STEPS]
    for days, hours, name in (*lives, (1_825, 4, "five years")):
        for seed in SEEDS:
            found, outside = calm(seed, days, hours)
            middle, high = np.quantile(found, [0.5, 0.95])
            lines.append(
                f"{name}, seed {seed}: median {middle:.0f}, 95 % {high:.0f}, "
                f"most {found.max():.0f}; outside in {outside.mean():.1%} of {len(found)} sessions"
            )
            assert np.median(found) < 50
            assert outside.mean() < 0.05
    for seed in SEEDS:
        without, after, stale = doors(seed)
        lines.append(
            f"inflow of 300 M USD a session, seed {seed}: creation shut five sessions "
            f"{without:.0f}, open again for a week {after:.0f}; exchange shut a week {stale:.0f}"
        )
        assert without > 300.0
        assert after < 50.0
    commit_figures("fund_premium", "\n".join(lines))
