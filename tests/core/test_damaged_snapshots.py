"""Damaged snapshots: refused, and nothing has changed, or of a sound state; nothing ever crashes.

What no invariant ties to anything else, such as a clock or a counter, may come out different.
"""

import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from tidegate_core import Kind, OrderBook, Side
from tidegate_core.engine import Engine
from tidegate_core.frames import unpack
from tidegate_core.instrument import Instrument
from tidegate_core.ladder import PriceLadder
from tidegate_core.ledger import Ledger
from tidegate_core.liquidation import LiquidationDesk
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.mark import FundingClock, MarkPrice
from tidegate_core.slab import OrderSlab
from tidegate_core.waterfall import Waterfall

from tests.core.test_margin_engine import lively as lively_margin
from tests.margin_venue import ANN, linear, venue

DAMAGES = 600  # of a kind of snapshot: half of them are one bit turned over
WILD = (-1, 0, 1, 7, 255, 2**31 - 1, -(2**31))


# ---- what is restored, and what it is used for afterwards ----------------------------------------


def lively_book() -> OrderBook:
    book, draw = OrderBook(), random.Random(1)
    for step in range(60):
        price = draw.choice([draw.randint(90, 110), draw.randint(-(10**6), 10**6)])
        book.submit(draw.randrange(2), price, 1 + step, step % 5, int(step % 9 == 0), step % 4)
    return book


def use_book(book: OrderBook) -> None:
    book.submit(0, 0, 2**40, kind=Kind.MARKET)
    book.submit(1, 0, 2**40, kind=Kind.MARKET)
    assert len(book) == 0


def lively_slab() -> OrderSlab:
    slab = OrderSlab()
    ids = [slab.allocate(1 + n) for n in range(30)]
    for order in ids[::3]:
        slab.free(order)
    return slab


def use_slab(slab: OrderSlab) -> None:
    for _ in range(40):
        slab.allocate(3)


def lively_ladder() -> PriceLadder:
    ladder, draw = PriceLadder(), random.Random(2)
    for _ in range(40):
        ladder.put(draw.choice([draw.randrange(100), draw.randrange(10**9)]), 1, 1)
    return ladder


def use_ladder(ladder: PriceLadder) -> None:
    for price in ladder.prices():
        ladder.drop(price)
    assert len(ladder) == 0


def lively_ledger() -> Ledger:
    ledger = Ledger(["USD", "BTC", "ETH"], 9)
    ledger.add_accounts(1, issuer=True)
    for account in range(9):
        ledger.deposit(account, account % 3, 1_000 + account)
        ledger.reserve(account, account % 3, account)
        ledger.transfer(account % 3, 9, account, 77)
    return ledger


def use_ledger(ledger: Ledger) -> None:
    for account in range(9):
        for asset in range(3):
            ledger.withdraw(account, asset, ledger.free(account, asset))


def lively_spot() -> Engine:
    listing = [Instrument("X", "C", "USD", 7, -100, 500), Instrument("Y", "C", "USD")]
    engine, draw = Engine(listing, 5, ["USD", "C"]), random.Random(3)
    for account in range(1, 6):
        engine.deposit(account, 0, 10**6)
        engine.deposit(account, 1, 10**4)
    for _ in range(80):
        row = draw.randrange(2), draw.randint(1, 5), draw.randrange(2)
        engine.submit(*row, draw.randint(90, 110), draw.randint(1, 20), 0, draw.randrange(4))
    return engine


def use_spot(engine: Engine) -> None:
    for instrument in range(2):
        engine.resume(instrument)
        for account in range(1, engine.accounts + 1):
            for side in Side:
                engine.submit(instrument, account, side, 100, 40)
    engine._check()
    for account in range(1, engine.accounts + 1):
        engine.cancel_all(account)
    assert engine.balances()[1].sum() == 0
    for at, found in enumerate(engine.audit().values()):
        assert found["free"] == found["inflow"], at


def use_margin(engine: MarginEngine) -> None:
    engine.accepting = engine.liquidating = True
    for account in range(engine.accounts):
        engine.cancel_all(account)
    assert sum(map(engine.resting, range(2))) == 0
    for marks in ([1, 300], [300, 1], [99, 101]):
        engine.set_marks(marks)
        engine.liquidate(2**62 - 1)
        engine._check()
    for account in range(ANN, engine.accounts):
        for contract in range(2):
            engine.submit(contract, account, account % 2, 100, 3)


def due_margin() -> MarginEngine:
    """Open a venue on which most are due or cool down, and others are ranked to be deleveraged."""
    engine = venue(
        linear(),
        linear(),
        cash=(1_000,) * 8,
        waterfall=Waterfall(order="none", partial="slice", slice_above=1, cooldown_seconds=9),
    )
    ids = []
    for account in range(ANN, ANN + 8):
        engine.set_mode(account, 0, account % 3 == 0)
        engine.submit(0, account, account % 2, 100, 40)
        engine.submit(1, account, account % 2, 100 - account % 2, 20 + account)
        ids += [engine.submit(1, account, account % 2, 90 + 20 * (account % 2), n) for n in (1, 2)]
    for order in ids[::3]:
        engine.cancel(order)
    engine.set_marks([80, 100])
    engine.liquidate(5, 3)
    engine.set_marks([80, 90])
    engine.liquidate(14, 4)
    engine.set_marks([125, 90])
    assert engine.waiting > 2
    return engine


def due_desk() -> LiquidationDesk:
    """Give the desk of a venue by way of its bytes: nobody else hands it out."""
    engine = due_margin()
    desk = LiquidationDesk(engine.waterfall)
    desk.restore(unpack("margin engine", engine.snapshot(), 3)[2])
    return desk


def use_desk(desk: LiquidationDesk) -> None:
    assert len(desk.targets()) + len(desk.cooling_down()) == len(desk)


def lively_mark() -> MarkPrice:
    mark = MarkPrice("median", 30, 8)
    for second in range(0, 90, 3):
        mark.update(second, 1_000 + second % 7, 1_003, 999)
    return mark


def lively_clock() -> FundingClock:
    clock = FundingClock()
    for second in range(0, 40_000, 900):
        clock.update(second, second % 77)
    return clock


KINDS: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    "book": (lively_book, use_book),
    "slab": (lively_slab, use_slab),
    "ladder": (lively_ladder, use_ladder),
    "ledger": (lively_ledger, use_ledger),
    "spot": (lively_spot, use_spot),
    "margin": (lively_margin, use_margin),
    "due": (due_margin, use_margin),
    "desk": (due_desk, use_desk),
    "mark": (lively_mark, lambda mark: mark.mark),
    "clock": (lively_clock, lambda clock: clock.rate_ppb),
}


# ---- damage --------------------------------------------------------------------------------------


def damaged(data: bytes, draw: random.Random, wild: bool) -> bytes:
    """Turn one bit over, or write over four bytes a number that means trouble as an index."""
    found = bytearray(data)
    if wild:
        at = draw.randrange(len(data) // 4) * 4
        found[at : at + 4] = draw.choice(WILD).to_bytes(4, "little", signed=True)
    else:
        found[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(found)


def survive(kind: str, damages: int = DAMAGES) -> None:
    """Restore many damaged snapshots; what is printed last is what was under way."""
    make, use = KINDS[kind]
    data, victim = make().snapshot(), make()
    refused = 0
    for number in range(damages):
        print(f"damage {number} of a snapshot of kind {kind}", flush=True)
        before = victim.snapshot()
        try:
            victim.restore(damaged(data, random.Random(number), number % 2 == 1))
        except ValueError:
            assert victim.snapshot() == before
            refused += 1
        else:
            victim._check()
            use(victim)
            victim._check()
    print(f"{refused} refused")


@pytest.mark.parametrize("kind", KINDS)
def test_no_damage_breaks_what_is_restored(kind: str) -> None:
    """In a process of its own, so that a crash is a failure of this test alone."""
    script = f"from tests.core.test_damaged_snapshots import survive; survive({kind!r})"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=600
    )
    last = done.stdout.splitlines()[-1:]
    assert done.returncode == 0, f"{last}, code {done.returncode}: {done.stderr[-2000:]}"
    assert int(last[0].split()[0]) > DAMAGES // 20
