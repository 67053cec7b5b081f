"""Positions on margin for measuring a venue: who falls below maintenance, and at which mark.

Nine of ten positions are long, the others short, one an account, all entered at `OPEN`. Two
batches of longs fall due, one between `OPEN` and `FIRST_MARK`, which serves to bring a venue's
buffers to size, and one between there and `CRASH`, which is measured; everybody else stands both.
Accounts come in random order, so that positions which fall due together lie apart in memory.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tidegate_core.codes import Side
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Perpetual, Tier
from tidegate_core.waterfall import Waterfall

Column = NDArray[np.int64]
FIRST_CLIENT = 5
OPEN, FIRST_MARK, CRASH = 500_000, 475_000, 450_000  # ticks
TICK_VALUE = 100  # micro-units: a lot is a thousandth of a coin, a tick a tenth of a dollar
MAINTENANCE_PPM = 5_000
RICH = 10**15  # of the fund: it bears any loss here
MAKERS = 1_000
TERMS = Perpetual(
    "BTC-PERP",
    tiers=[Tier(10**16, maintenance_ppm=MAINTENANCE_PPM, max_leverage=125)],
    tick_value=TICK_VALUE,
    max_price=10**7,
    maker_ppm=200,
    taker_ppm=500,
)


@dataclass(frozen=True, eq=False)
class Positions:
    """Columns of positions, a row an account; money in micro-units."""

    size: Column
    margin: Column
    trigger: Column  # the mark at which it falls due, about

    def __len__(self) -> int:
        return len(self.size)

    @property
    def due_lots(self) -> int:
        """Lots of all who fall due."""
        return int(self.size[(self.size > 0) & (self.trigger > CRASH)].sum())


def positions(n: int, due: int, seed: int = 1) -> Positions:
    """Draw positions of which `due` fall due at `FIRST_MARK` and as many more at `CRASH`."""
    rng = np.random.default_rng(seed)
    shorts = n // 10
    longs = 9 * shorts
    trigger = np.concatenate(
        [
            rng.integers(FIRST_MARK + 100, OPEN - 100, due),
            rng.integers(CRASH + 100, FIRST_MARK - 100, due),
            rng.integers(200_000, CRASH - 100, longs - 2 * due),
            rng.integers(560_000, 900_000, shorts),
        ]
    )
    lots = rng.integers(10, 201, longs)
    size = np.concatenate([lots, -rng.permutation(lots).reshape(9, shorts).sum(axis=0)])
    maintenance = np.where(size > 0, 1 - MAINTENANCE_PPM / 1e6, 1 + MAINTENANCE_PPM / 1e6)
    margin = (size * TICK_VALUE * (OPEN - trigger * maintenance)).astype(np.int64)
    order = rng.permutation(longs + shorts)
    return Positions(size[order], margin[order], trigger[order])


def venue(drawn: Positions, *, isolated: bool, **policy: object) -> MarginEngine:
    """Open a venue with these positions, marked at `OPEN` with all triggers in place."""
    n = len(drawn)
    engine = MarginEngine(
        contracts=[TERMS],
        accounts=n,
        waterfall=Waterfall(**{"order": "none", "fund": RICH, **policy}),  # type: ignore[arg-type]
    )
    engine.endow(
        0,
        account=np.arange(FIRST_CLIENT, FIRST_CLIENT + n),
        size=drawn.size,
        entry=drawn.size * OPEN * TICK_VALUE,
        margin=drawn.margin if isolated else np.zeros(n, dtype=np.int64),
        deposit=drawn.margin,
    )
    engine.set_marks([OPEN])
    return engine


def bids(lots: int, seed: int = 2) -> dict[str, Column]:
    """Draw a deep book as columns of orders: `lots` and more on 200 levels below `OPEN`."""
    rng = np.random.default_rng(seed)
    n = lots // 100
    return {
        "side": np.full(n, int(Side.BUY), dtype=np.int64),
        "price": OPEN - rng.integers(1, 201, n),
        "quantity": rng.integers(60, 181, n),
        "account": rng.integers(0, MAKERS, n),
    }


def quote(engine: MarginEngine, orders: dict[str, Column]) -> None:
    """Let new accounts with plenty of cash put these orders into the book."""
    first = engine.add_accounts(MAKERS)
    for account in range(first, first + MAKERS):
        engine.deposit(account, 0, RICH)
    placed = engine.submit_many(**orders | {"account": orders["account"] + first})
    assert (placed > 0).all()
