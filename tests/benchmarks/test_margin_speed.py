"""How fast a venue on margin is, as ratios to others measured in the same minute.

Run with ``pytest -m bench -s tests/benchmarks/test_margin_speed.py``; add ``--benchmark-enable``
for tables of all contenders. Times are of the thread's processor and are printed as they are.
What is guarded is how often a message to the bare book fits into them (20 ns where the
targets below were set), a scan of the same positions, or another engine: so it means the same on
any machine.
"""

import subprocess
import sys
from functools import cache
from importlib.util import find_spec

import numpy as np
import pytest
from tidegate_core.codes import EventKind

from tests.benchmarks import margin_runs as runs
from tests.benchmarks import margin_worlds as worlds
from tests.benchmarks import peers
from tests.benchmarks.streams import stream

pytestmark = pytest.mark.bench
SMALL, LARGE = 100_000, 1_000_000
MOST_MESSAGES = 15.0  # 0.3 microseconds

needs_lrvx = pytest.mark.skipif(find_spec("lrvx") is None, reason="needs the bench extra")
isolated_or_cross = pytest.mark.parametrize("isolated", [True, False], ids=["isolated", "cross"])


@cache
def message() -> float:
    """Nanoseconds of a message to the book alone, in batches."""
    drawn = stream("normal", 200_000)
    return min(peers.columns(drawn) for _ in range(7))


# ---- a quiet mark -----------------------------------------------------------------------------


@isolated_or_cross
def test_a_quiet_mark_does_not_look_at_positions(isolated: bool) -> None:
    """The call from Python and all that it does; the scan is what others do at each mark."""
    few = worlds.venue(worlds.positions(1_000, 100), isolated=isolated)
    drawn = worlds.positions(LARGE, 100)
    many, table = worlds.venue(drawn, isolated=isolated), runs.table_of(drawn)
    taken = np.array([(runs.quiet(few), runs.quiet(many), runs.scan(table)) for _ in range(7)])
    small, large, scan = taken.min(axis=0)
    print(f"\n1,000: {small:.0f} ns; {LARGE:,}: {large:.0f} ns; a scan {scan / 1e6:.2f} ms")
    assert large <= 1.5 * small
    assert large <= 4 * message()
    assert scan >= 10_000 * large


# ---- liquidation ------------------------------------------------------------------------------


@isolated_or_cross
def test_the_cost_of_a_liquidation_is_that_of_few_messages(isolated: bool) -> None:
    """The fund takes over, so it is the engine alone: mark, queue, steps, settlement, log."""
    due = (1_000, 10_000, 30_000)
    costs = {
        (n, k): runs.liquidation(worlds.positions(n, k), isolated=isolated)
        for n in (SMALL, LARGE)
        for k in due
    }
    print(f"\nmessage {message():.0f} ns")
    for (n, k), cost in costs.items():
        print(f"{k:,} of {n:,}: {cost:.0f} ns each")
    for n, most in ((SMALL, MOST_MESSAGES), (LARGE, 1.5 * MOST_MESSAGES)):
        assert costs[n, 10_000] <= most * message()
        assert costs[n, 30_000] <= 1.5 * costs[n, 1_000], "not linear"
    assert costs[LARGE, 10_000] <= 2 * costs[SMALL, 10_000]


@isolated_or_cross
@pytest.mark.parametrize("n", [SMALL, LARGE])
def test_through_the_book_it_costs_matching_and_little_more(n: int, isolated: bool) -> None:
    """Both sides of each fill are settled; the bare book is sent the very same orders."""
    drawn = worlds.positions(n, 10_000)
    orders = worlds.bids(drawn.due_lots)
    cost, sent = runs.liquidation_by_book(drawn, orders, isolated=isolated)
    matching, fills = runs.matching(orders, sent)
    print(
        f"\nmessage {message():.0f} ns; {n:,}: {cost:.0f} ns each, "
        f"of it {matching:.0f} ns matching ({fills:.1f} fills)"
    )
    assert cost - matching <= (1 if n == SMALL else 1.5) * MOST_MESSAGES * message()


def test_ten_thousand_through_book_fund_and_others() -> None:
    """Bids for a third of the lots, then a fund that bears a third, then deleveraging."""
    taken, kinds = runs.waterfall(worlds.positions(SMALL, 10_000))
    shares = {kind.name: int(kinds[kind]) for kind in EventKind if kinds[kind]}
    print(f"\nmessage {message():.0f} ns; {taken * 10_000 / 1e6:.1f} ms, {taken:.0f} ns each")
    print(shares)
    assert min(kinds[[EventKind.BOOK, EventKind.TAKEOVER, EventKind.ADL]]) >= 2_000
    assert taken <= 60 * message()  # 50 ms would be 250 messages each


@needs_lrvx
def test_against_another_engine() -> None:
    """Isolated positions, one mark, the fund takes over: the same accounts are liquidated."""
    drawn = worlds.positions(SMALL, 10_000)
    theirs, liquidated = runs.lrvx_liquidation(drawn)
    ours = runs.liquidation(drawn, isolated=True)
    assert liquidated == runs.liquidated(drawn)
    print(
        f"\nours {ours:.0f} ns, lrvx {theirs:,.0f} ns a liquidated position: {theirs / ours:.0f}x"
    )
    assert theirs >= 60 * ours
    quiet, theirs = runs.quiet(worlds.venue(drawn, isolated=True)), runs.lrvx_quiet(drawn)
    print(f"a quiet mark: ours {quiet:.0f} ns, lrvx {theirs:,.0f} ns: {theirs / quiet:,.0f}x")
    assert theirs >= 1_000 * quiet


# ---- a market ---------------------------------------------------------------------------------


def test_a_step_of_a_million_leveraged_accounts() -> None:
    """In a process of its own, for what it holds; a scan is one look at a million positions."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.leveraged_million"],
        capture_output=True,
        text=True,
        check=True,
    )
    print("\n" + run.stdout)
    found = dict(line.split(": ") for line in run.stdout.splitlines())
    quiet, worst = float(found["median step, ms"]), float(found["worst step in a crash, ms"])
    scan = float(found["scan, ms"])
    assert quiet <= scan
    assert worst <= 50 * scan
    assert int(found["liquidated"]) >= 10_000
    assert float(found["resident, MiB"]) <= 500


@pytest.mark.parametrize("n", [SMALL, LARGE])
@pytest.mark.parametrize("contender", [runs.isolated, runs.cross])
def test_table(benchmark, contender: runs.Run, n: int) -> None:
    if not benchmark.enabled:
        pytest.skip("only for the tables of --benchmark-enable")
    benchmark.group = f"10,000 of {n:,} positions liquidated"
    drawn = worlds.positions(n, 10_000)
    benchmark.extra_info["cpu_ns_a_position"] = contender(drawn)
    benchmark.pedantic(contender, args=(drawn,), rounds=3)
