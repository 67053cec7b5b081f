"""Those who follow strategies, as one agent: many portfolios that trade in the same market.

At the start of a day every portfolio looks at the close of the day before and decides; what it
decides its desks trade over the day, at venues, against everybody else and each other. At the end
of a day markets outside have returned what the day's own return of coins has a part in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl

from tidegate.agents.base import MarketAgent
from tidegate.agents.outside_returns import OutsideReturns
from tidegate.agents.portfolio import Portfolio
from tidegate.agents.portfolio_desk import PortfolioDesk
from tidegate.agents.safe_yield import SafeYield
from tidegate.agents.strategy_rules import Closes
from tidegate.agents.whole_columns import PPB
from tidegate.books import Books
from tidegate.int_table import IntTable
from tidegate.scenario.strategies import StrategiesSpec
from tidegate.scenario.strategy_levers import StrategyLevers

__all__ = ["Strategies"]

DAY = 86_400
MICRO = 1_000_000
STRESS_DAYS = 30
MONEY = (
    *("coins", "claims", "outside", "private", "dollars", "wealth"),
    *("bets", "bets_bought", "bets_sold", "paper", "paper_bought", "paper_sold"),
)
COLUMNS = ("day", "row", "lots", *MONEY)

Accounts = Mapping[str, int]


class Strategies(MarketAgent):
    """Portfolios by strategy.

    Parameters
    ----------
    spec : StrategiesSpec
        The strategies.
    open_accounts : callable
        Opens an account at every venue and returns them by name.
    books : Books
        Keeps dollars and claims; gets a party for every portfolio, and an estate.
    price : float
        Price at the start, USD: what coins are endowed at.
    daily_volume : float
        Calm volume of the whole market, USD per day.
    rounds : int
        Rounds of a tick.
    levers : callable
        Returns the group `strategies` of the board of levers.
    world, coins_from : str
        Parties that give dollars and coins at the start.

    Attributes
    ----------
    portfolios : list of Portfolio
        All of them, in the order of the strategies.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: StrategiesSpec,
        open_accounts: Callable[[], Accounts],
        books: Books,
        price: float,
        daily_volume: float,
        rounds: int,
        levers: Callable[[], StrategyLevers] = StrategyLevers,
        world: str = "world",
        coins_from: str = "others",
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec, self.levers = spec, levers
        estate = f"{self.path}/estate"
        books.open(estate)
        self.safe = SafeYield(spec.safe, books, borrowers=world, estate=estate)
        self.outside = OutsideReturns(
            spec.outside, streams=self.streams, path=f"{self.path}/outside"
        )
        terms: dict[str, Any] = {
            "books": books,
            "safe": self.safe,
            "world": world,
            "estate": estate,
            "venues": self.venues,
            "streams": self.streams,
            "clock": self.clock,
            "execution": spec.execution,
            "daily_volume": daily_volume,
            "rounds": rounds,
        }
        self.portfolios = [
            Portfolio(
                strategy,
                number,
                path=f"{self.path}/{strategy.name}/{number}",
                accounts={leg: open_accounts() for leg in ("core", "bets")},
                **terms,
            )
            for strategy in spec.strategies
            for number in range(strategy.portfolios)
        ]
        for portfolio in self.portfolios:
            assets = portfolio.spec.assets_usd * MICRO // portfolio.spec.portfolios
            portfolio.found(assets, round(price * MICRO), coins_from)
        self.closes = Closes()
        self.table = IntTable(COLUMNS)
        self._active: list[PortfolioDesk] = []
        self._decided = -1  # last day on which they decided
        self._recorded = 0  # days
        self._failed: int | None = None  # second of the failure that they have borne

    # -- what they have -----------------------------------------------------------------------

    @property
    def lots(self) -> int:
        """Lots they hold on all venues."""
        return sum(portfolio.lots for portfolio in self.portfolios)

    @property
    def planned(self) -> int:
        """What they have decided to put into coins since the start, micro-USD."""
        return sum(portfolio.planned for portfolio in self.portfolios)

    @property
    def price(self) -> float:
        """The coins' price on all venues by their share, USD."""
        price = 0.0
        for venue in self.venues:
            price += venue.share * venue.price(venue.indicative)
        return price

    @property
    def pending(self) -> bool:
        """Whether a desk could fill more of its slice in this tick."""
        return any(desk.pending for desk in self._active)

    def _desks(self) -> Iterator[PortfolioDesk]:
        for portfolio in self.portfolios:
            yield from portfolio.desks

    # -- a tick -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Bear what has failed, decide once a day, and set the desks to work."""
        for desk in self._desks():
            if not desk.idle:
                desk.look()
        self._bear()
        day = self.clock.seconds // DAY
        if day > self._decided:
            self._decided = day
            self._decide()
        self._active = [desk for desk in self._desks() if not desk.idle]
        for desk in self._active:
            desk.work()

    def _bear(self) -> None:
        """Let a failure take its part, once."""
        levers = self.levers()
        if levers.failed is None or levers.failed == self._failed:
            return
        self._failed = levers.failed
        for portfolio in self.portfolios:
            portfolio.lose(round(levers.yield_lost * PPB), round(levers.seized * PPB))

    def _decide(self) -> None:
        if self.closes.today < 0:
            # Before the first day coins stand still; markets outside have had a day.
            self._close()
        for portfolio in self.portfolios:
            portfolio.accrue()
            portfolio.decide(self.closes)

    def _close(self) -> None:
        """Take the close, and let markets outside return what goes with it."""
        self.closes.close(round(self.price * MICRO))
        coins = self.closes.last / self.closes.before - 1.0
        stress = self.closes.fall(STRESS_DAYS) >= self.spec.outside.stress_fall
        returns = self.outside.of_day(self.closes.today, coins, stress=stress)
        for portfolio in self.portfolios:
            portfolio.earn(*returns)

    def trade(self) -> None:
        """Send this round's orders."""
        for desk in self._active:
            desk.trade()

    def end(self) -> None:
        """Take the close once the day is over, and write the day down."""
        for desk in self._active:
            desk.book_trades()
        days = self.clock.end // DAY
        if days > self._recorded:
            self._recorded = days
            self._close()
            self._record(days - 1)

    # -- records ------------------------------------------------------------------------------

    def _record(self, day: int) -> None:
        price = self.closes.last
        rows = [self._row(day, row, of, price) for row, of in enumerate(self.portfolios)]
        self.table.extend(np.array(rows, dtype=np.int64))

    def _row(self, day: int, row: int, of: Portfolio, price: int) -> tuple[int, ...]:
        bets, coins = of.bets, of.coins
        safe = (of.claims, of.outside, of.private, of.dollars)
        made = (0, 0, 0) if bets is None else (bets.value, bets.bought, bets.sold)
        paper = (of.paper_value(price), of.paper_paid, of.paper_got)
        return (day, row, of.lots, coins, *safe, coins + sum(safe), *made, *paper)

    def frame(self) -> pl.DataFrame:
        """Return a row a day and portfolio, in USD, as of the day's end.

        ``strategy``, ``portfolio``, ``lots``; value of ``coins``, ``claims`` (lent on chain),
        ``outside``, ``private``, ``dollars`` and all of it, ``wealth``; of bets on falls the value
        (``bets``) and what was paid and got since the start (``bets_bought``, ``bets_sold``), and
        the same had they been made at the closes that decided them (``paper`` and so on).
        """
        rows = self.table.rows
        frame = pl.DataFrame({name: rows[:, at] for at, name in enumerate(COLUMNS)})
        names = dict(enumerate(portfolio.spec.name for portfolio in self.portfolios))
        numbers = dict(enumerate(portfolio.number for portfolio in self.portfolios))
        return frame.select(
            "day",
            pl.col("row").replace_strict(names, return_dtype=pl.Utf8).alias("strategy"),
            pl.col("row").replace_strict(numbers, return_dtype=pl.Int64).alias("portfolio"),
            "lots",
            *[pl.col(name) * 1e-6 for name in MONEY],
        )

    def audit(self) -> None:
        """Prove that dollars and claims are where portfolios have them."""
        self.safe.audit()
        for portfolio in self.portfolios:
            portfolio.audit()

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.audit()
        for portfolio in self.portfolios:
            portfolio._check()
