"""How fast the book is, as ratios to others measured in the same minute on the same stream.

Run with ``pytest -m bench -s tests/benchmarks/test_book_speed.py``; add ``--benchmark-enable``
for tables of all contenders.
"""

import threading
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from time import perf_counter_ns

import pytest

from tests.benchmarks import floor, peers
from tests.benchmarks.streams import Stream, stream

pytestmark = pytest.mark.bench
CALLED = 100_000
BATCHED = 1_000_000

needs_peers = pytest.mark.skipif(
    find_spec("bourse") is None or find_spec("limit_order_book") is None,
    reason="needs the bench extra",
)
needs_compiler = pytest.mark.skipif(not floor.available(), reason="needs a C compiler")

drawn: Callable[[str, int], Stream] = cache(stream)


def best(rounds: int, drawn: Stream, **contenders: peers.Replay) -> dict[str, float]:
    """Best CPU nanoseconds a message of each contender; they take turns."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, replay in contenders.items():
            taken[name].append(replay(drawn))
    found = {name: min(times) for name, times in taken.items()}
    print("  ".join(f"{name} {time:.1f} ns" for name, time in found.items()))
    return found


@needs_peers
@pytest.mark.parametrize("name", ["normal", "sweep"])
def test_one_call_per_order(name: str) -> None:
    ns = best(
        7,
        drawn(name, CALLED),
        ours=peers.per_call,
        plain=peers.plain,
        bourse=peers.bourse,
        limit_order_book=peers.limit_order_book,
    )
    assert ns["plain"] >= 8 * ns["ours"]
    assert ns["bourse"] >= 3 * ns["ours"]
    assert ns["limit_order_book"] >= 3 * ns["ours"]


@pytest.mark.parametrize("name", ["normal", "sweep"])
def test_columns_against_plain_python(name: str) -> None:
    columns = best(7, drawn(name, BATCHED), columns=peers.columns)["columns"]
    plain = best(3, drawn(name, CALLED), plain=peers.plain)["plain"]
    assert plain >= 40 * columns


@needs_compiler
@pytest.mark.parametrize(("name", "most"), [("normal", 3.0), ("deep", 2.5)])
def test_columns_against_the_least_memory_work(name: str, most: float) -> None:
    ns = best(7, drawn(name, BATCHED), columns=peers.columns, floor=floor.floor)
    assert ns["columns"] <= most * ns["floor"]


def test_two_books_in_two_threads() -> None:
    """The clock on the wall, because it is threads that are measured; short runs, the best."""
    orders = drawn("normal", CALLED)
    batch = peers.batch_of(orders)

    def run(n_threads: int) -> float:
        books = [peers.filled(orders) for _ in range(n_threads)]
        threads = [threading.Thread(target=b.submit_many, kwargs=batch) for b in books]
        start = perf_counter_ns()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return (perf_counter_ns() - start) / n_threads / len(orders)

    one, two = zip(*((run(1), run(2)) for _ in range(60)), strict=True)
    print(f"one thread {min(one):.1f} ns, two threads {min(two):.1f} ns a message")
    assert min(one) >= 1.4 * min(two)


@pytest.mark.parametrize("name", ["normal", "sweep", "deep"])
@pytest.mark.parametrize(
    "contender",
    [
        peers.columns,
        peers.per_call,
        peers.plain,
        pytest.param(peers.bourse, marks=needs_peers),
        pytest.param(peers.limit_order_book, marks=needs_peers),
    ],
)
def test_table(benchmark, contender: peers.Replay, name: str) -> None:
    if not benchmark.enabled:
        pytest.skip("only for the tables of --benchmark-enable")
    benchmark.group = name
    messages = BATCHED if contender is peers.columns else CALLED
    orders = drawn(name, messages)
    times = [contender(orders) for _ in range(3)]
    benchmark.extra_info["cpu_ns_a_message"] = min(times)
    benchmark.pedantic(contender, args=(orders,), rounds=3)
