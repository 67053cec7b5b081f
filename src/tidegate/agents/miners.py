"""The world's miners: machines that run by profit, coins that pay bills, and states' own farms.

Once a day, at midnight UTC, machines are switched, moved and ordered and the grids serve them;
at the end of the day its coins are issued and its bills and taxes fall due. Private miners sell
what their bills ask for and, of what is left, all but the share they hoard. States' farms hand
their coins to their state, which keeps them or sells some to the miners' desk at the day's price.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from tidegate.agents.coin_treasury import CoinTreasury
from tidegate.agents.desk_agent import DeskAgent
from tidegate.agents.mined_coins import satoshi_per_lot, split
from tidegate.agents.mining_network import MiningNetwork
from tidegate.agents.mining_table import MiningRow, MiningTable
from tidegate.agents.power_grid import GridDay
from tidegate.agents.trading_desk import TradingDesk
from tidegate.books import BTC, USD, Books
from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.mining import MiningSpec
from tidegate.scenario.mining_levers import MiningLevers

__all__ = ["Miners"]

MICRO = 1_000_000
DAY = 86_400
NETWORK, WORLD = "network", "world"


class Miners(DeskAgent):
    """All miners as one trader with columns by host and class of machine.

    Parameters
    ----------
    spec : MiningSpec
        Hosts, machines, protocol and habits.
    accounts : mapping of venue name to account
        Client account at each venue.
    books : Books
        Carries custody, taxes and transfers; ``network`` issues the coins.
    execution : ExecutionSpec
        How the desk sells.
    daily_volume : float
        Calm volume of the whole market, USD per day: the base of the participation cap.
    rounds : int
        Rounds of a tick over which a slice is spread.
    levers : callable, optional
        Returns the levers in force. A method of a board, not a lambda: copies of a model must
        read their own board.
    parties : mapping of host to party, optional
        Who in the books receives a host's taxes and its state farms' coins. A host that is not
        named gets a party ``state/<host>``.

    Notes
    -----
    Proceeds go to ``world``, which has paid power bills and taxes: owners outside the model
    bridge the days between. What the coins held do not cover is their loss, `uncovered`.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: MiningSpec,
        accounts: Mapping[str, int],
        books: Books,
        execution: ExecutionSpec,
        daily_volume: float,
        rounds: int,
        levers: Callable[[], MiningLevers] = MiningLevers,
        parties: Mapping[str, str] | None = None,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.books = books
        self.levers = levers
        self.hosts = tuple(host.name for host in spec.hosts)
        self.parties = self._open_parties(dict(parties or {}))
        self.treasury = self._open_treasury(accounts, execution, daily_volume, rounds)
        self.desk = self.treasury.desk
        satoshi = satoshi_per_lot(venue.lot for venue in self.venues)
        self.network = MiningNetwork(spec, satoshi)
        self.table = MiningTable()
        self.kept = 0  # lots that states kept
        self.uncovered = 0  # micro-USD of bills that no coins covered
        self._sold = 0  # of the treasury's, already attributed to hosts
        self._held = [0] * len(self.hosts)  # lots in the treasury by host

    def _open_parties(self, parties: dict[str, str]) -> tuple[str, ...]:
        unknown = sorted(set(parties) - set(self.hosts))
        if unknown:
            raise ValueError(f"parties must be of hosts among {list(self.hosts)}, got {unknown}")
        for party in parties.values():
            _demand_account(self.books, party)
        for host in self.hosts:
            if host not in parties:
                parties[host] = f"state/{host}"
                self.books.open(parties[host])
        return tuple(parties[host] for host in self.hosts)

    def _open_treasury(
        self,
        accounts: Mapping[str, int],
        execution: ExecutionSpec,
        daily_volume: float,
        rounds: int,
    ) -> CoinTreasury:
        desk = TradingDesk(
            path=self.path,
            venues=self.venues,
            accounts=accounts,
            books=self.books,
            streams=self.streams,
            clock=self.clock,
            execution=execution,
            daily_volume=daily_volume,
            rounds=rounds,
        )
        party = f"custody/{self.path}"
        self.books.open(party)
        return CoinTreasury(
            party=party,
            desk=desk,
            books=self.books,
            clock=self.clock,
            deposit_seconds=round(3600 * self.spec.deposit_hours),
        )

    # -- position -----------------------------------------------------------------------------

    @property
    def lots(self) -> int:
        """Lots that private miners hold."""
        return self.treasury.held

    @property
    def planned(self) -> int:
        """Micro-USD that they have decided to put into coins since the start: less than none."""
        return -self.treasury.ordered

    @property
    def price(self) -> float:
        """USD per coin at the venues' indicative prices."""
        return self.treasury.unit / self.venues[0].lot / MICRO

    # -- a tick -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Open a day if one begins here, and give the desk its slice."""
        self.treasury.look()
        if self.clock.seconds % DAY == 0 and self.price > 0.0:
            self._open_day(self.clock.seconds // DAY)
        self.treasury.work()

    def end(self) -> None:
        """Close the day if it ends here."""
        if self.clock.end % DAY == 0 and self.network.grid is not None:
            self._close_day(self.clock.end // DAY - 1, self.network.grid)

    # -- a day --------------------------------------------------------------------------------

    def _open_day(self, day: int) -> None:
        month = (self.clock.start + dt.timedelta(days=day)).month
        self.network.open_day(day, month, self.price, self.levers())

    def _close_day(self, day: int, grid: GridDay) -> None:
        """Issue the day's coins, pay its taxes, decide what to sell, write it down."""
        mined = self.network.close_day()
        sold = self._attribute_sales()
        due = 0
        for host, bill in enumerate(mined.bills):
            self._receive(host, mined.private_lots[host])
            due += self._to_raise(mined.private_lots[host], bill.cost)
            if bill.tax:
                self.books.move(USD, WORLD, self.parties[host], bill.tax)
        kept = [self._hand_over(host, lots) for host, lots in enumerate(mined.state_lots)]
        due += int((sum(mined.state_lots) - sum(kept)) * self.treasury.unit)
        self.uncovered += self.treasury.order(due)
        self.treasury.send(self.clock.end)
        self.table.append(
            [
                MiningRow(
                    day=day,
                    host=host,
                    hashrate=mined.private_work[host] + mined.state_work[host],
                    idle=mined.idle[host],
                    energy=int(grid.served[host]),
                    deficit_hours=int(grid.deficit_hours[host]),
                    rationed_hours=int(grid.rationed_hours[host]),
                    unserved=int(grid.unserved[host]),
                    tax=bill.tax,
                    cost=bill.cost,
                    state_cost=bill.state_cost,
                    mined=mined.private_lots[host] + mined.state_lots[host],
                    state_mined=mined.state_lots[host],
                    kept=kept[host],
                    sold=sold[host],
                    held=self._held[host],
                    difficulty=self.network.chain.difficulty,
                )
                for host, bill in enumerate(mined.bills)
            ]
        )

    def _receive(self, host: int, lots: int) -> None:
        """Put newly issued coins into the miners' treasury."""
        self.treasury.receive(NETWORK, lots)
        self._held[host] += lots

    def _to_raise(self, lots: int, bill: int) -> int:
        """Return what a host's private miners sell for a day: bills, and what is not hoarded."""
        spec, uncertainty = self.spec, self.network.levers.uncertainty
        hoard = round(min(1.0, spec.hoard + spec.hoard_response * uncertainty) * MICRO)
        surplus = max(int(lots * self.treasury.unit) - bill, 0)
        return bill + surplus * (MICRO - hoard) // MICRO

    def _hand_over(self, host: int, lots: int) -> int:
        """Give a state its farms' coins, or the price of those it sells; return what it kept."""
        sold = lots * int(self.network.terms.sell_ppm[host]) // MICRO
        if sold:
            self._receive(host, sold)
            price = int(sold * self.treasury.unit)
            self.books.move(USD, WORLD, self.parties[host], price)
        kept = lots - sold
        if kept:
            self.books.move(BTC, NETWORK, self.parties[host], kept)
            self.kept += kept
        return kept

    def _attribute_sales(self) -> list[int]:
        """Return lots sold since yesterday, by host: in proportion to what each holds."""
        parts = split(self.treasury.sold - self._sold, self._held)
        self._sold = self.treasury.sold
        self._held = [held - part for held, part in zip(self._held, parts, strict=True)]
        return parts

    def frame(self) -> pl.DataFrame:
        """Return the table ``mining`` in units, a row per day and host."""
        return self.table.frame(self.hosts, self.venues[0].lot)

    def _check(self) -> None:
        """Assert that all that was mined is sold, held or with a state (our bug if not)."""
        self.network._check()
        assert self.network.coins.lots == self.treasury.received + self.kept
        assert self.treasury.held == sum(self._held) - (self.treasury.sold - self._sold)


def _demand_account(books: Books, party: str) -> None:
    try:
        books.balance(party, USD)
    except KeyError:
        raise ValueError(f"parties must have accounts in the books; {party!r} has none") from None
