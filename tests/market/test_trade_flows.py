"""Who bought from whom: complete, told by kind, and no part of what a run is."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tidegate.model import Market
from tidegate.trade_flows import AccountKinds, TradeFlows

SMALL = {"holders.accounts": 500, "belief.warm_up_days": 5, "step_seconds": 43_200}
FILL = [("price", "i8"), ("quantity", "i8"), ("maker", "i4"), ("taker", "i4"), ("taker_side", "i4")]
BUY, SELL = 0, 1


@pytest.fixture(scope="module")
def kinds():
    found = AccountKinds()
    found.name(0, "crowd", count=2)
    found.name(3, "fund")
    return found


@pytest.fixture(scope="module")
def market():
    made = Market(rng=3, **SMALL, **{"pension.route": "headline", "pension.allocation": 0.1})
    made.run_days(4)
    return made


def test_fills_are_told_by_buyer_and_seller(kinds):
    """Account 2 was never named; a taker who sells is the seller."""
    flows = TradeFlows()
    first = np.array([(100, 5, 0, 3, BUY), (101, 2, 1, 3, BUY), (99, 4, 2, 3, SELL)], dtype=FILL)
    flows.record(0, 0, first, kinds, 10, BUY)
    flows.record(0, 0, first[:1], kinds, 10, BUY)
    flows.record(2, 0, np.array([(200, 1, 3, 0, BUY)], dtype=FILL), kinds, 10, BUY)
    assert flows.frame(0.5).rows() == [
        (0, "fund", "crowd", 6.0, (2 * 500 + 202) * 10 / 1e6),
        (0, "others", "fund", 2.0, 396 * 10 / 1e6),
        (2, "crowd", "fund", 0.5, 200 * 10 / 1e6),
    ]


def test_every_coin_and_dollar_of_the_tape_is_told(market):
    """At every day: what was traded is what was bought by all kinds, and sold by all."""
    frames = market.frames()
    bars = frames["bars"].with_columns(day=pl.col("tick") * 43_200 // 86_400)
    by_day = bars.group_by("day").agg(pl.col("volume", "notional").sum()).sort("day")
    told = frames["trades"].group_by("day").agg(pl.col("coins", "notional").sum()).sort("day")
    assert told["coins"].to_list() == pytest.approx(by_day["volume"].to_list())
    assert told["notional"].to_list() == pytest.approx(by_day["notional"].to_list())


def test_what_a_fund_holds_is_what_it_bought_less_what_it_sold(market):
    trades = market.frames()["trades"]
    bought = trades.filter(pl.col("buyer") == "pension")["coins"].sum()
    sold = trades.filter(pl.col("seller") == "pension")["coins"].sum()
    lot = market.spec.asset.lot
    assert bought > 0
    assert bought - sold == pytest.approx(market.funds[0].lots * lot)


def test_a_fork_tells_what_a_fresh_run_does(market):
    fork = market.fork()
    before = market.frames()["trades"]
    fork.run_days(1)
    fresh = Market(rng=3, **SMALL, **{"pension.route": "headline", "pension.allocation": 0.1})
    fresh.run_days(5)
    assert fork.frames()["trades"].equals(fresh.frames()["trades"])
    assert market.frames()["trades"].equals(before)
    assert fork.digest() == fresh.digest()
