"""Coins fall, and treasury companies' shares with them: how much further, and what stops it.

The fall of coins is news of an assumed size. That households chase returns, that a part of the
institutions leaves after a scandal and what other coins' betas are is assumed too; arms without it,
at half and at double stand beside. In frozen twins coins move by news alone and a share keeps its
premium: what debt and betas do by themselves shows there.

Buybacks are announced by firms that are worth less than their coins, as those of autumn 2025 were,
and told by these firms' shares. Such firms sell no shares for coins, so that what is announced does
not end sales that would have gone on.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from tidegate.analysis import companies, market
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.setups.company import PATHS, company_market, fall, paths, timeline
from tidegate.setups.company_unwind import AFTER, PAR, DatUnwind, event
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

POINTS = (
    ("excess", "Fall of shares beyond their coins, median", 0.05),
    ("share_fall", "Fall of shares, median", 0.05),
    ("coin_fall", "Fall of their coins, median", 0.02),
    ("fell_more", "Firms that fell more than their coin", 0.05),
    ("gap", "Fall of firms with other coins beyond those with BTC", 0.05),
    ("gap_beyond", "The same, beyond each coin", 0.05),
    ("after", "Change of shares below their coins, 30 days after an announcement, median", 0.05),
)
METRICS = (
    *(Metric.level(name, title, "%", delta=delta) for name, title, delta in POINTS),
    Metric.level("mnav", "mNAV at the end, median", "", delta=0.05),
    Metric.level("strategy", "mNAV of Strategy at the end", "", delta=0.05),
    Metric.level("returned", "Spent on buybacks", "bn USD", delta=0.5),
    Metric.level("lender_loss", "Written off by lenders", "bn USD", delta=0.5),
    Metric.of("price", "price", "Price of BTC at the end", "USD"),
)


def arms(p: DatUnwind) -> list[Arm]:
    """Return falls, buybacks and scandals, each beside what it is to be compared with."""
    down, mild = fall(p), fall(p, p.mild / p.fall)
    back = event(p, buyback=p.authorised, buyback_below=PAR)
    scandal = event(p, scandal=(p.warm_up_days + p.announced) * 86_400)
    still = {"chase": 0.0}
    led = [
        Arm("none", "No news"),
        Arm("mild", f"Coins fall by {p.mild:.0%}", mild),
        Arm("fall", f"Coins fall by {p.fall:.0%}", down),
        Arm("cash", "The same, firms have some cash and pay buybacks with it", (*down, back),
            {"sells": False}),
        Arm("fall-cash", "The same, and they buy nothing back", down, {"sells": False}),
        Arm("coins", "The fall, buybacks paid with coins", (*down, back)),
        Arm("scandal", "No news, management of all firms fails", (scandal,)),
    ]  # fmt: skip
    beside = [
        Arm("none-still", "No news, households chase nothing", (), still),
        Arm("mild-still", f"Coins fall by {p.mild:.0%}, households chase nothing", mild, still),
        Arm("scandal-half", "Half as many leave", (scandal,), {"exit": p.exit / 2}),
        Arm("scandal-double", "Twice as many leave", (scandal,), {"exit": min(1.0, p.exit * 2)}),
    ]
    compared = [*led, *(arm for arm in beside if arm.label in ("none-still", "mild-still"))]
    return [*led, *beside, *(arm.frozen_twin({"matching": False}) for arm in compared)]


def measure(frames: Frames, p: DatUnwind) -> Mapping[str, float]:
    """Return the metrics of one run."""
    table, told = frames["companies"], p.warm_up_days + p.announced
    first, last = companies.eve(table, p.warm_up_days), p.warm_up_days + p.days - 1
    found = companies.falls(table, first, last)
    called = companies.lenders(table, first, last)
    eve = companies.eve(table, told)
    cheap = table.filter((pl.col("day") == eve) & (pl.col("mnav") < PAR))["company"]
    after = companies.falls(
        table.filter(pl.col("company").is_in(cheap.implode())), eve, told + AFTER
    )
    return {
        **{name: found[name] for name in ("excess", "share_fall", "coin_fall", "fell_more")},
        **{name: found[name] for name in ("gap", "mnav")},
        "gap_beyond": found["beyond_other"] - found["beyond"],
        "after": -after["share_fall"],
        "lender_loss": called["lender_loss"],
        "strategy": companies.end_mnav(table, "Strategy"),
        "returned": companies.spent_on_buybacks(table) / 1e9,
        "price": market.price_at(market.daily(frames["bars"]), last),
    }


def build(p: DatUnwind, seed: int) -> Market:
    """Return a world at tick 0."""
    return company_market(p, seed)


EXPERIMENT = Experiment(
    name="dat_unwind",
    question="Do treasury companies' shares fall further than their coins, and what stops them?",
    parameters=DatUnwind,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(
        title="Shares and coins",
        metrics=("share_fall", "coin_fall", "excess", "fell_more", "mnav", "after"),
    ),
    series=PATHS,
    record=paths,
    claims=(*("LEV-H5", "LEV-H5s", "LEV-H6", "LEV-H6k", "LEV-H9", "LEV-H10", "LEV-H10x"),),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=DatUnwind.scenario,
    quick={"days": 60},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
