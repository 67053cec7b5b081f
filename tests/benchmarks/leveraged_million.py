"""A million leveraged accounts on four exchanges, second by second: a quiet minute, then a crash.

Run with ``python -m tests.benchmarks.leveraged_million``. It prints milliseconds of the thread's
processor and what the world holds of this process's memory. A scan is what looking once at all
positions costs, as an engine without triggers does at every mark.
"""

from pathlib import Path
from resource import getpagesize
from time import thread_time_ns

import numpy as np

from tests.benchmarks.margin_runs import scan, table_of
from tests.benchmarks.margin_worlds import positions
from tidegate.leveraged_model import LeveragedMarket
from tidegate.policies.trade_shock import TradeShock
from tidegate.scenario.leveraged import LeveragedCrowdSpec, LeveragedScenario

ACCOUNTS = 1_000_000
SETTLING, QUIET, CRASH = 60, 60, 180  # steps of a second
SHOCK = TradeShock(
    effective_day=(SETTLING + QUIET) / 86_400, size=-0.25, ramp_minutes=0.5, burst=5.0
)


def resident() -> int:
    """Return the bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * getpagesize()


def step(market: LeveragedMarket) -> float:
    """Take a step; milliseconds."""
    start = thread_time_ns()
    market.step()
    return (thread_time_ns() - start) / 1e6


def main() -> None:
    """Print what was found, a figure a line."""
    before = resident()
    spec = LeveragedScenario(crowd=LeveragedCrowdSpec(accounts=ACCOUNTS), step_seconds=1)
    market = LeveragedMarket(spec, policies=[SHOCK])
    for _ in range(SETTLING):
        market.step()
    quiet = [step(market) for _ in range(QUIET)]
    held = resident() - before
    crash = [step(market) for _ in range(CRASH)]
    liquidated = market.frames()["liquidations"].select("exchange", "target").n_unique()
    table = table_of(positions(ACCOUNTS, 0))
    figures = {
        "accounts": sum(exchange.margin.accounts for exchange in market.exchanges),
        "liquidated": liquidated,
        "resident, MiB": round(held / 2**20),
        "median step, ms": round(float(np.median(quiet)), 3),
        "median step in a crash, ms": round(float(np.median(crash)), 3),
        "worst step in a crash, ms": round(max(crash), 3),
        "scan, ms": round(min(scan(table) for _ in range(10)) / 1e6, 3),
    }
    for name, figure in figures.items():
        print(f"{name}: {figure}")


if __name__ == "__main__":
    main()
