"""How fast recorded days are replayed, as ratios to others measured in the same minute.

Run with ``pytest -m bench -s tests/benchmarks/test_replay_speed.py``.
"""

from time import thread_time_ns

import numpy as np
import pytest
from tidegate_core.order_replay import OrderReplay
from tidegate_core.replay import LobsterReplay

from tests.benchmarks import peers
from tests.benchmarks.streams import stream
from tests.replay.l3_days import recording
from tests.replay.lobster_days import lobster_day

pytestmark = pytest.mark.bench
EVENTS = 200_000
ROUNDS = 5


def plain() -> float:
    """Measure CPU nanoseconds a message of a book in plain Python, about 1,100 on a quiet core."""
    drawn = stream("normal", 50_000)
    return min(peers.plain(drawn) for _ in range(3))


def timed(run) -> float:
    """Measure CPU nanoseconds an event, the best of some rounds."""
    taken = []
    for _ in range(ROUNDS):
        start = thread_time_ns()
        run()
        taken.append((thread_time_ns() - start) / EVENTS)
    return min(taken)


@pytest.mark.parametrize(("levels", "faster"), [(1, 4.0), (10, 1.8), (50, 1.2)])
def test_lobster(levels: int, faster: float) -> None:
    day = lobster_day(EVENTS, levels=levels, resting=30 * levels + 100)

    def run() -> None:
        engine = LobsterReplay(levels, 100)
        assert engine.replay(day.messages, day.rows) == 0
        assert engine.counts["mismatches"] == 0

    ours, other = timed(run), plain()
    print(
        f"{levels} levels: {ours:.0f} ns, {1e3 / ours:.2f} M events a second; plain {other:.0f} ns"
    )
    assert other >= faster * ours


def test_order_events() -> None:
    events = np.array(
        [
            (time, ("created", "changed", "deleted").index(action), number, price, volume, side < 0)
            for number, time, price, volume, action, side in recording(EVENTS, unseen=0).events
        ],
        np.int64,
    )[:EVENTS]

    def run() -> None:
        engine = OrderReplay(5_000, True)
        engine.replay(events)
        assert engine.counts["mismatches"] == 0

    ours, other = timed(run), plain()
    print(f"order events: {ours:.0f} ns, {1e3 / ours:.2f} M a second; plain {other:.0f} ns")
    assert other >= 8 * ours
