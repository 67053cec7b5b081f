"""All exchanges that keep clients' coins, and the fear that joins them.

One agent lives through every exchange's moments of ten minutes, tells of thefts as they become
public, and sells the coins that clients took home to sell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
from tidegate_core.draws import log

from tidegate.agents.base import MarketAgent
from tidegate.agents.client_reserves import ClientReserves
from tidegate.agents.coin_treasury import CoinTreasury
from tidegate.agents.custodial_exchange import MOMENT, CustodialExchange, Happened
from tidegate.agents.deposit_tables import DepositTable, RequestTable
from tidegate.agents.depositors import Depositors
from tidegate.agents.hack_fear import Fear
from tidegate.agents.trading_desk import TradingDesk
from tidegate.books import Books
from tidegate.scenario.deposits import CustodialExchangeSpec, DepositsSpec
from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.hack_levers import HackLevers

__all__ = ["DepositExchanges"]

MICRO = 1_000_000
HOUR, DAY = 3_600, 86_400
GLOOM_DAYS = 7


def no_hacks() -> tuple[HackLevers, ...]:
    """Return that nobody has been robbed."""
    return ()


class DepositExchanges(MarketAgent):
    """Exchanges, their clients and their robbers.

    Parameters
    ----------
    spec : DepositsSpec
        All of it.
    accounts : mapping of venue name to account
        Client account at each venue, through which withdrawn coins are sold.
    books : Books
        Keep the exchanges' claims among their assets (`client_reserves.claim_assets`).
    execution, daily_volume, rounds
        As of a `TradingDesk`.
    hacks : callable, optional
        Returns the robberies posted so far; a bound method, so that a fork reads its own.
    coins_from : str, optional
        Party in the books that gives up the clients' coins.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: DepositsSpec,
        accounts: Mapping[str, int],
        books: Books,
        execution: ExecutionSpec,
        daily_volume: float,
        rounds: int,
        hacks: Callable[[], tuple[HackLevers, ...]] = no_hacks,
        coins_from: str = "others",
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.spec = spec
        self.books = books
        self.hacks = hacks
        who = spec.depositors
        self.fear = Fear(who.half_life_days, who.contagion)
        desk = TradingDesk(
            path=f"{self.path}/sales",
            venues=self.venues,
            accounts=accounts,
            books=books,
            streams=self.streams,
            clock=self.clock,
            execution=execution,
            daily_volume=daily_volume,
            rounds=rounds,
        )
        wallet = f"{self.path}/wallets"
        books.open(wallet)
        self.wallets = CoinTreasury(
            party=wallet, desk=desk, books=books, clock=self.clock, deposit_seconds=HOUR
        )
        self.exchanges = tuple(self._found(one, coins_from) for one in spec.exchanges)
        self.table, self.requests = DepositTable(), RequestTable()
        self.gloom = 0.0
        self._robbed = 0  # robberies that have happened
        self._hushed: list[tuple[int, HackLevers]] = []  # and those not public yet, by when
        self._prices: list[tuple[int, float]] = []
        self._to_sell = 0  # micro-USD
        self.asked = np.zeros((len(self.exchanges), 2), dtype=np.int64)  # traditional, native

    def _found(self, one: CustodialExchangeSpec, coins_from: str) -> CustodialExchange:
        path = f"{self.path}/{one.name}"
        sheet = ClientReserves(
            one, path=path, books=self.books, unit=self.unit, coins_from=coins_from
        )
        clients = Depositors(
            self.spec.depositors,
            cash=sheet.cash_claims,
            coins=sheet.coin_claims,
            clients=one.clients,
            path=path,
            streams=self.streams,
        )
        return CustodialExchange(
            one, self.spec, sheet=sheet, depositors=clients, wallets=self.wallets
        )

    @property
    def unit(self) -> float:
        """Micro-USD per lot at the venues' indicative prices."""
        return self.wallets.unit

    def named(self, name: str) -> CustodialExchange:
        """Return the exchange of a name; raises ValueError if there is none."""
        for exchange in self.exchanges:
            if exchange.spec.name == name:
                return exchange
        known = ", ".join(exchange.spec.name for exchange in self.exchanges)
        raise ValueError(f"hack.exchange is {name!r}; the scenario's exchanges are {known}")

    def fund_outflow(self) -> float:
        """Return the share of a listed fund that fear drives out in a session, now."""
        return self.spec.fund_fear * self.fear.of_public(self.clock.seconds)

    # -- a tick -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Live through the tick's moments, and set what of withdrawn coins is to be sold."""
        unit = self.unit
        self._note_price(unit)
        self.wallets.look()
        for moment in range(-(-self.clock.seconds // MOMENT), -(-self.clock.end // MOMENT)):
            self._moment(moment * MOMENT, unit)
        if self._to_sell:
            self.wallets.order(self._to_sell)
            self._to_sell = 0
        self.wallets.work()

    def _note_price(self, unit: float) -> None:
        """Remember prices of some days, and how far the coin has fallen from their highest."""
        now = self.clock.seconds
        self._prices = [(at, u) for at, u in self._prices if at > now - GLOOM_DAYS * DAY]
        self._prices.append((now, unit))
        highest = max(u for _, u in self._prices)
        self.gloom = log(highest / unit) if unit > 0.0 else 0.0

    def _moment(self, now: int, unit: float) -> None:
        self._hear(now, unit)
        for number, exchange in enumerate(self.exchanges):
            fear = self.fear.of_clients(exchange.spec.name, now)
            fear += self.spec.depositors.gloom * self.gloom
            happened = exchange.live(now, unit, fear)
            self._book(number, exchange, happened, unit)

    def _book(
        self, number: int, exchange: CustodialExchange, happened: Happened, unit: float
    ) -> None:
        """Note who asked, and what of the coins that were paid out will be sold."""
        who, native = self.spec.depositors, exchange.depositors.native
        for account, second, worth in happened.asked:
            self.asked[number, int(native[account])] += worth
            self.requests.record(second, number, account, worth)
        for account, lots in happened.paid:
            share = who.sold_native if native[account] else who.sold_traditional
            self._to_sell += int(lots * unit * share)

    def _hear(self, now: int, unit: float) -> None:
        """Let thefts happen, and become public."""
        for hack in self.hacks()[self._robbed :]:
            assert hack.started is not None
            if hack.started >= now + MOMENT:
                break
            self.named(hack.exchange).rob(hack, unit)
            self._hushed.append((hack.started + round(hack.disclosed_hours * HOUR), hack))
            self._robbed += 1
        for public, hack in [entry for entry in self._hushed if entry[0] < now + MOMENT]:
            self._hushed.remove((public, hack))
            self.fear.hear(now, hack.exchange, hack.publicity)
            self.named(hack.exchange).learn(hack, now)

    @property
    def pending(self) -> bool:
        """Whether more of the coins to be sold could be sold in this tick."""
        return self.wallets.desk.backlog != 0 and self.wallets.desk.pending

    def trade(self) -> None:
        """Sell."""
        if self.wallets.desk.backlog:
            self.wallets.desk.trade()

    def end(self) -> None:
        """Record every exchange."""
        unit = self.unit
        for number, exchange in enumerate(self.exchanges):
            fear = self.fear.of_clients(exchange.spec.name, self.clock.end)
            fear += self.spec.depositors.gloom * self.gloom
            self.table.record(self.clock.end, number, exchange, unit, fear, self.asked[number])

    # -- reading ------------------------------------------------------------------------------

    def frame(self) -> pl.DataFrame:
        """Return the table ``deposits``: a row per tick and exchange."""
        return self.table.frame([e.spec.name for e in self.exchanges])

    def request_frame(self) -> pl.DataFrame:
        """Return the table ``withdrawals``: a row per request."""
        return self.requests.frame([e.spec.name for e in self.exchanges])

    def audit(self) -> None:
        """Prove that every claim is owed and owned; raises AssertionError with what is not."""
        found = [line for exchange in self.exchanges for line in exchange.differences()]
        assert not found, "; ".join(found)

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        for exchange in self.exchanges:
            exchange._check()
