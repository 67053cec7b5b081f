"""A class of those who wait and watch: they take coins up as their peers do and fare, and buy.

Members decide at the last strike of a month, on a network of their own. Who takes coins up builds
up a weight over some months; who gives them up sells.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from tidegate.agents.coin_history import CoinHistory
from tidegate.agents.diffusion import AdoptionNetwork
from tidegate.agents.sleeve_agent import SleeveAgent
from tidegate.agents.whole_columns import PPB, Whole, total
from tidegate.int_table import IntTable
from tidegate.scenario.followers import FollowersSpec

__all__ = ["Followers"]

MICRO = 1_000_000
MONTHS = 12
COLUMNS = ("day", "holding", "joined", "value", "paid_in", "paid_out")
MONEY = COLUMNS[3:]


class Followers(SleeveAgent):
    """Members in columns, each with units of one sleeve.

    Parameters
    ----------
    spec : FollowersSpec
        Who they are.
    network : AdoptionNetwork
        On which they decide; a candidate per member.
    base
        As for `tidegate.agents.sleeve_agent.SleeveAgent`.

    Attributes
    ----------
    planned : int
        Money for coins decided since the start less what was redeemed, micro-USD.
    """

    def __init__(
        self,
        model: Any,
        *,
        spec: FollowersSpec,
        network: AdoptionNetwork,
        **base: Any,
    ) -> None:
        if len(network.names) != spec.members:
            raise ValueError(
                f"network must have {spec.members} candidates, a member each, "
                f"got {len(network.names)}"
            )
        super().__init__(model, holders=(spec.members,), **base)
        self.spec, self.network = spec, network
        each = spec.assets_usd * MICRO // spec.members
        self._monthly = each * round(spec.allocation * PPB) // PPB // spec.ramp_months
        self.coins = CoinHistory()
        self.planned = 0
        self.paid_in = 0
        self.paid_out = 0
        self.joined = 0  # times a member has taken coins up
        self.table = IntTable(COLUMNS)
        self._bought: Whole = np.zeros(spec.members, dtype=np.int64)  # months' parts

    # -- decisions ----------------------------------------------------------------------------

    def _month(self) -> None:
        self._decide()
        self._invest()

    def _decide(self) -> None:
        """Let a month of watching pass; who gives coins up sells them."""
        example = 1.0 + self.spec.success_weight * self.coins.gain
        joined, left = self.network.step(
            self._months.passed,
            1.0 / MONTHS,
            success=min(max(example, -1.0), 3.0),
            drawdown=self.coins.fall,
            friction=self.spec.friction,
        )
        self.joined += len(joined)
        self._bought[joined] = 0
        units = np.zeros_like(self._bought)
        units[left] = self.sleeve.trust.units[left]
        owed = total(self.sleeve.redeem(units))
        self.paid_out += owed
        self.planned -= owed

    def _invest(self) -> None:
        """Buy a month's part for those who are building up their weight."""
        building = self.network.adopted & (self._bought < self.spec.ramp_months)
        self._bought += building
        flow: Whole = np.where(building, self._monthly, 0)
        self.sleeve.subscribe(flow)
        self.paid_in += total(flow)
        self.planned += total(flow)

    # -- records ------------------------------------------------------------------------------

    def _day(self, day: int) -> None:
        self.coins.close(int(self.price * MICRO))
        value = total(self.sleeve.trust.value(self.sleeve.assets))
        row = (day, self.network.count, self.joined, value, self.paid_in, self.paid_out)
        self.table.extend(np.array([row], dtype=np.int64))

    def frame(self) -> pl.DataFrame:
        """Return a row a day: who holds, how often one joined, and USD held, put in, taken out."""
        frame = pl.DataFrame(self.table.rows, schema=list(COLUMNS), orient="row")
        return frame.with_columns([(pl.col(name) * 1e-6).alias(name) for name in MONEY])

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.sleeve._check()
        self.network._check()
        assert self.paid_in >= self.sleeve.paid_in
        assert (self._bought >= 0).all()
