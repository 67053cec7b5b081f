"""People who buy when they hear and sell when they lose interest: a memecoin's public, or BTC's.

Each has a purse, drawn once, and spends it within the tick in which it hears. Who loses interest
sells all, or is one of those who hold on. What prices do changes nobody's interest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
from tidegate_core.draws import exp

from tidegate.agents.attention import Attention
from tidegate.agents.desk_agent import DeskAgent
from tidegate.agents.liquidity_pool import LiquidityPool
from tidegate.agents.trading_desk import TradingDesk
from tidegate.books import Books
from tidegate.int_table import IntTable
from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.hype import HypeLevers, HypeSpec

__all__ = ["HypeCrowd"]

MICRO = 1_000_000
DAY = 86_400
WORLD = "world"
DESK = ExecutionSpec(window_hours=4.0, participation=0.25, funding_hours=0.0)
COLUMNS = (
    "seconds",  # end of the tick
    "attentive",  # accounts that are interested
    "heard",  # accounts that have heard, ever
    "price",  # micro-USD per million tokens, of the pool
    "volume",  # micro-USD traded at the pool since the start
    "income",  # micro-USD of fees to related parties
    "spent",  # micro-USD spent at the pool by the later half of all who bought so far
    "worth",  # micro-USD: what they have got for it, and still have at the pool's price
    "lots",  # of coins held
)


class HypeCrowd(DeskAgent):
    """All who may hear, in columns.

    Parameters
    ----------
    spec : HypeSpec
        Attention, purses, and who leaves.
    pool : LiquidityPool
        Where the memecoin trades; a fixed price there follows attention (control).
    levers : callable
        Returns the levers in force; a bound method, so that a fork reads its own.
    accounts : mapping of venue name to account
        Their account at each venue of coins, empty.
    books, daily_volume, rounds
        As of a `TradingDesk`.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: HypeSpec,
        pool: LiquidityPool,
        accounts: Mapping[str, int],
        books: Books,
        daily_volume: float,
        rounds: int,
        levers: Callable[[], HypeLevers] = HypeLevers,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.pool = pool
        self.books = books
        self.levers = levers
        self.party = f"{self.path}/holders"
        books.open(self.party)
        self.attention = Attention(spec.attention, self.streams, self.path)
        self.desk = TradingDesk(
            path=self.path,
            venues=self.venues,
            accounts=accounts,
            books=books,
            streams=self.streams,
            clock=self.clock,
            execution=DESK,
            daily_volume=daily_volume,
            rounds=rounds,
        )
        n = spec.attention.accounts
        stands_for = spec.attention.people / n
        draws = [self.streams.normal(self.path, "purse", 0, 0, i) for i in range(n)]
        sizes = np.array([exp(spec.spread * z - 0.5 * spec.spread**2) for z in draws])
        self.purse = np.array([int(s * stands_for * spec.budget * MICRO) for s in sizes])
        leaves = [self.streams.uniform(self.path, "leaves", 0, 0, i) for i in range(n)]
        self.leaves = np.array(leaves) < spec.leaving
        self.tokens = np.zeros(n, dtype=np.int64)
        self.paid = np.zeros(n, dtype=np.int64)  # micro-USD at the pool
        self.got = np.zeros(n, dtype=np.int64)
        self.in_coins = np.zeros(n, dtype=np.int64)  # micro-USD meant for coins, not left again
        self.buyers: list[int] = []  # in the order in which they bought at the pool
        self.first = pool.marginal
        self._spoken: int | None = None
        self.table = IntTable(COLUMNS)

    # -- a tick -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Hear, buy; lose interest, sell."""
        self.desk.look()
        levers = self.levers()
        if levers.spoken is not None and levers.spoken != self._spoken:
            self._spoken = levers.spoken
            self.attention.speak(levers.reach)
        hears, loses = self.attention.advance(self.clock.end, self.clock.step_seconds)
        if self.pool.fixed:
            self.pool.price = self.first * (1.0 + self.attention.share)
        acts = [(self._key(int(who)), int(who), True) for who in hears]
        acts += [(self._key(int(who)), int(who), False) for who in loses if self.leaves[who]]
        for _, who, buys in sorted(acts):
            if buys:
                self._buy(who)
            else:
                self._sell(who)
        self.desk.work()

    def _key(self, who: int) -> int:
        return self.streams.integer(self.path, "arrival", self.clock.tick, 0, who, n=2**62)

    def _buy(self, who: int) -> None:
        coins = int(int(self.purse[who]) * self.spec.coins)
        cash = int(self.purse[who]) - coins
        number = self.pool.buy(WORLD, self.party, cash) if cash > 0 else 0
        if number:
            self.tokens[who] = number
            self.paid[who] = cash
            self.buyers.append(who)
        self.in_coins[who] = coins
        self.desk.backlog += coins

    def _sell(self, who: int) -> None:
        got = self.pool.sell(self.party, WORLD, int(self.tokens[who]))
        if got:
            self.got[who] += got
            self.tokens[who] = 0
        held = int(self.in_coins.sum())
        if held:
            part = int(self.in_coins[who]) / held
            waiting = max(0, self.desk.backlog)
            self.desk.backlog -= int(part * (self.desk.value + waiting))
            self.in_coins[who] = 0

    # -- the record ---------------------------------------------------------------------------

    def _late(self) -> tuple[int, int]:
        """Return what the later half of the buyers paid, and what they have of it."""
        late = self.buyers[len(self.buyers) // 2 :]
        worth = int(self.got[late].sum() + int(self.tokens[late].sum() * self.pool.marginal))
        return int(self.paid[late].sum()), worth

    def end(self) -> None:
        """Record the tick."""
        paid, worth = self._late()
        row = (
            self.clock.end,
            round(self.attention.share * len(self.purse)),
            int(np.count_nonzero(self.attention.since >= 0)),
            round(self.pool.marginal * MICRO),
            self.pool.volume,
            self.pool.income,
            paid,
            worth,
            self.desk.lots,
        )
        self.table.extend(np.array([row], dtype=np.int64))

    def frame(self) -> pl.DataFrame:
        """Return the table in units: USD, parts of the public, coins."""
        n = len(self.purse)
        return pl.DataFrame(self.table.rows, schema=list(COLUMNS), orient="row").with_columns(
            pl.col("attentive", "heard") / n,
            pl.col("price") * 1e-12,
            pl.col("volume", "income", "spent", "worth") * 1e-6,
            (pl.col("lots") * self.venues[0].lot).alias("coins"),
        )

    def audit(self) -> None:
        """Prove that every token bought is somebody's; raises AssertionError if not."""
        held = self.books.balance(self.party, self.pool.asset)
        assert held == int(self.tokens.sum()), f"{self.party}: {held} tokens, not as recorded"
