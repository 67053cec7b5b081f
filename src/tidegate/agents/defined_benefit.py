"""Defined-benefit funds: some own coins, some claims on managers, one a stake in an exchange.

They look at their weights at the last strike of a month. A loss on a failed firm is public: it is
a bad case that others hear of, and its owner stays away for years.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
import polars as pl

from tidegate.agents.bad_case import BadCase
from tidegate.agents.business_days import DAY_SECONDS
from tidegate.agents.sleeve_agent import SleeveAgent
from tidegate.agents.whole_columns import PPB, Whole, scaled, total
from tidegate.int_table import IntTable
from tidegate.scenario.defined_benefit import DefinedBenefitSpec

__all__ = ["DefinedBenefitFunds"]

MICRO = 1_000_000
COLUMNS = ("day", "fund", "units", "coins", "claims", "other", "liabilities", "lost")


class DefinedBenefitFunds(SleeveAgent):
    """Funds in columns; those who hold coins directly share a sleeve's accounts, not its fate.

    Parameters
    ----------
    funds : sequence of DefinedBenefitSpec
        The funds.
    base
        As for `tidegate.agents.sleeve_agent.SleeveAgent`.
    failed : callable, optional
        Returns the names of the firms that have failed.
    listing : callable, optional
        Returns the share of pension assets whose plans list coins.

    Attributes
    ----------
    cases : list of BadCase
        Their public losses so far, in order.
    """

    def __init__(
        self,
        model: Any,
        *,
        funds: Sequence[DefinedBenefitSpec],
        failed: Callable[[], Collection[str]] | None = None,
        listing: Callable[[], float] | None = None,
        **base: Any,
    ) -> None:
        super().__init__(model, holders=(len(funds),), **base)
        self.funds = tuple(funds)
        self.failed, self.listing = failed, listing
        n = len(self.funds)
        self.planned = 0
        self.cases: list[BadCase] = []
        assets = np.array([f.assets_usd * MICRO for f in self.funds], dtype=np.int64)
        self.claims: Whole = np.array([f.stake_usd * MICRO for f in self.funds], dtype=np.int64)
        self.other: Whole = assets - self.claims
        self.liabilities: Whole = np.array(
            [round(f.assets_usd / f.funded) * MICRO for f in self.funds], dtype=np.int64
        )
        self.lost: Whole = np.zeros(n, dtype=np.int64)
        self.paid_benefits = 0
        self.table = IntTable(COLUMNS)
        self._entered = np.zeros(n, dtype=np.bool_)
        self._away_until: Whole = np.zeros(n, dtype=np.int64)
        self._direct = np.array([f.holding == "direct" for f in self.funds])
        self._price = 0
        self._looked = -1

    # -- position -----------------------------------------------------------------------------

    @property
    def coins(self) -> Whole:
        """Value of each fund's coins, micro-USD."""
        return self.sleeve.trust.value(self.sleeve.assets)

    @property
    def assets(self) -> Whole:
        """All assets of each fund, micro-USD."""
        return self.other + self.claims + self.coins

    def public_cases(self) -> Sequence[BadCase]:
        """Return their public losses so far, in order: what others hear of."""
        return self.cases

    # -- decisions ----------------------------------------------------------------------------

    def _look(self) -> None:
        self._enter()

    def _enter(self) -> None:
        """Let those enter whose day has come, or who have seen enough others."""
        now = self.clock.seconds
        if self._entered.all() or now // DAY_SECONDS == self._looked:
            return
        self._looked = now // DAY_SECONDS
        listed = self.listing() if self.listing is not None else 0.0
        for i, fund in enumerate(self.funds):
            dated = fund.enters_day is not None and fund.enters_day * DAY_SECONDS <= now
            seen = fund.listing_threshold is not None and listed >= fund.listing_threshold
            may = not self._entered[i] and self._months.passed >= self._away_until[i]
            if may and (dated or seen):
                self._entered[i] = True
                self._trade_to_target(np.arange(len(self.funds)) == i, new=True)

    def _month(self) -> None:
        """Let a month pass: claims follow coins, pensions are paid, firms fail, weights return."""
        self._revalue()
        self._pay_benefits()
        self._write_off()
        weights = self.assets
        held = self.coins + self.claims
        low = scaled(weights, self._ppb("low"), PPB)
        high = scaled(weights, self._ppb("high"), PPB)
        venture = np.array([f.holding == "venture" for f in self.funds])
        outside = self._entered & ~venture & ((held < low) | (held > high))
        outside &= (held > high) | (self._months.passed >= self._away_until)
        self._trade_to_target(outside, new=False)

    def _ppb(self, name: str) -> Whole:
        return np.array([round(getattr(f, name) * PPB) for f in self.funds], dtype=np.int64)

    def _trade_to_target(self, who: Any, *, new: bool) -> None:
        """Return some funds' coins or claims to their targets."""
        gap = scaled(self.assets, self._ppb("share"), PPB) - self.coins - self.claims
        gap = np.where(who & np.array([f.holding != "venture" for f in self.funds]), gap, 0)
        gap = np.minimum(gap, self.other)
        claims = np.where(self._direct, 0, gap)
        self.claims += claims
        self.other -= claims
        buys = np.where(self._direct, np.maximum(gap, 0), 0)
        self.sleeve.subscribe(buys)
        self.other -= buys
        sells = np.where(self._direct, np.maximum(-gap, 0), 0)
        units = self.sleeve.trust.units_for(sells, self.sleeve.assets)
        proceeds = self.sleeve.redeem(units)
        self.other += proceeds
        if new:
            self.planned += total(buys) - total(proceeds)

    def _revalue(self) -> None:
        """Let claims on managers move with coins."""
        before, self._price = self._price, int(self.price)
        if before > 0:
            change = (self._price - before) / before
            factors = [
                PPB if f.holding == "venture" else round(max(0.0, 1.0 + f.beta * change) * PPB)
                for f in self.funds
            ]
            self.claims = scaled(self.claims, np.array(factors, dtype=np.int64), PPB)

    def _pay_benefits(self) -> None:
        """Let assets and liabilities earn their rate, and pay a month's pensions out of both."""
        for column in (self.other, self.liabilities):
            column += scaled(column, self._ppb("discount") // 12, PPB)
        paid = np.minimum(scaled(self.liabilities, self._ppb("benefits") // 12, PPB), self.other)
        self.other -= paid
        self.liabilities -= paid
        self.paid_benefits += total(paid)

    def _write_off(self) -> None:
        """Write off stakes in firms that have failed; the loss is public."""
        failed = self.failed() if self.failed is not None else ()
        for i, fund in enumerate(self.funds):
            if fund.firm in failed and self.claims[i] > 0:
                loss = int(self.claims[i])
                share = loss / int(self.assets[i])
                self.cases.append(BadCase(self.clock.seconds, fund.name, share))
                self.claims[i] = 0
                self.lost[i] += loss
                self._away_until[i] = self._months.passed + fund.abstention_months

    # -- records ------------------------------------------------------------------------------

    def _day(self, day: int) -> None:
        n = len(self.funds)
        columns = (
            np.full(n, day),
            np.arange(n),
            self.sleeve.trust.units,
            self.coins,
            self.claims,
            self.other,
            self.liabilities,
            self.lost,
        )
        self.table.extend(np.column_stack(columns).astype(np.int64))

    def frame(self) -> pl.DataFrame:
        """Return the funds by day, USD and units."""
        rows = self.table.rows
        frame = pl.DataFrame({name: rows[:, i] for i, name in enumerate(COLUMNS)})
        names = dict(enumerate(f.name for f in self.funds))
        return frame.with_columns(
            *[pl.col(name) * 1e-6 for name in COLUMNS[2:]],
            pl.col("fund").replace_strict(names, return_dtype=pl.Utf8),
        )

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.sleeve._check()
        for column in (self.other, self.claims, self.liabilities, self.lost):
            assert (column >= 0).all()
