"""The mining network without its coins' market: a price in, hashrate, power, coins and bills out.

A day is opened at a price, under rules, with what miners have learnt of their power supply; it is
closed with the blocks that its hashrate found. Nothing here trades or keeps accounts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tidegate.agents.hashrate import Fleet
from tidegate.agents.mined_coins import MinedCoins
from tidegate.agents.mining_bills import MiningBill, mining_bills
from tidegate.agents.mining_terms import mining_terms
from tidegate.agents.power_grid import GridDay, PowerGrid
from tidegate.agents.proof_of_work import Chain
from tidegate.scenario.mining import MiningSpec
from tidegate.scenario.mining_levers import MiningLevers

__all__ = ["MinedDay", "MiningNetwork"]

DAY = 86_400


@dataclass(frozen=True, slots=True)
class MinedDay:
    """What a day of mining came to, each a list by host.

    Attributes
    ----------
    private_work, state_work
        TH/s that worked on average, of private miners and of the state's farms.
    private_lots, state_lots
        Coins that they mined.
    bills
        What it cost.
    idle
        TH/s switched off.
    """

    private_work: list[int]
    state_work: list[int]
    private_lots: list[int]
    state_lots: list[int]
    bills: list[MiningBill]
    idle: list[int]


class MiningNetwork:
    """Machines, grids and chain, day by day.

    Parameters
    ----------
    spec : MiningSpec
        Hosts, machines, protocol.
    satoshi : int
        Satoshi per lot.
    """

    def __init__(self, spec: MiningSpec, satoshi: int) -> None:
        self.spec = spec
        self.levers = MiningLevers()
        self.terms = mining_terms(spec, self.levers)
        self.fleet = Fleet(spec)
        self.power = PowerGrid(spec.hosts)
        chain = Chain(spec.protocol, int(self.fleet.running.sum() + self.fleet.state.sum()))
        self.coins = MinedCoins(chain, satoshi)
        self.grid: GridDay | None = None  # of the day that is open
        self._uptime = np.ones(len(spec.hosts))

    @property
    def chain(self) -> Chain:
        """The chain that it mines."""
        return self.coins.chain

    def open_day(self, day: int, month: int, price: float, levers: MiningLevers) -> None:
        """Switch, move and order machines, and run the grids that power them.

        Parameters
        ----------
        day
            Number of the day.
        month
            Its month; January is 1.
        price
            USD per coin.
        levers
            The levers in force.
        """
        if levers != self.levers:
            self.levers, self.terms = levers, mining_terms(self.spec, levers)
        self.fleet.adjust(day, self.terms, self.chain.revenue(price), self._uptime)
        load = self.fleet.load + self.fleet.state_load
        self.grid = served = self.power.day(month, load, self.terms.priority)
        got = np.where(served.wanted > 0, served.served / np.maximum(served.wanted, 1), 1.0)
        self._uptime = self._uptime + (got - self._uptime) / self.spec.memory_days

    def close_day(self) -> MinedDay:
        """Mine with what ran; an open day is needed."""
        assert self.grid is not None
        wanted = np.maximum(self.grid.wanted, 1)
        private, state = (
            (column * self.grid.served // wanted).tolist()
            for column in (self.fleet.running.sum(axis=1), self.fleet.state)
        )
        lots = self.coins.mine([*private, *state], DAY)
        return MinedDay(
            private_work=private,
            state_work=state,
            private_lots=lots[: len(private)],
            state_lots=lots[len(private) :],
            bills=mining_bills(self.fleet, self.terms, self.grid),
            idle=self.fleet.idle.sum(axis=1).tolist(),
        )

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.fleet._check()
        assert self.coins.lots == self.chain.issued // self.coins.satoshi
