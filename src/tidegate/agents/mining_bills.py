"""What a day of mining costs, by host, in whole micro-USD."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.agents.hashrate import Fleet
from tidegate.agents.mining_terms import MiningTerms
from tidegate.agents.power_grid import GridDay

__all__ = ["MiningBill", "mining_bills"]

MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class MiningBill:
    """A host's bills of one day, micro-USD.

    Attributes
    ----------
    cost
        What private miners owe: power, other running costs, tax.
    tax
        The tax in it.
    state_cost
        What the state's farms cost it.
    """

    cost: int
    tax: int
    state_cost: int


def mining_bills(fleet: Fleet, terms: MiningTerms, grid: GridDay) -> list[MiningBill]:
    """Return each host's bills for the power that its miners got.

    Private miners and state farms share it by load. Running costs other than power follow power:
    the scenario says what share of them it is.
    """
    spec = fleet.spec
    bills = []
    columns = (fleet.load, fleet.state_load, grid.served, terms.tax)
    rows = zip(spec.hosts, *(column.tolist() for column in columns), strict=True)
    for host, private, state, served, tax_rate in rows:
        energy = served * private // (private + state) if private else 0
        rate = host.power_price * MICRO / spec.power_share
        tax = energy * tax_rate
        bills.append(MiningBill(int(energy * rate) + tax, tax, int((served - energy) * rate)))
    return bills
