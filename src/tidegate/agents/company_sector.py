"""All treasury companies together: who is founded next, and what is recorded of each.

A shell becomes a treasury company by a placement whose money buys coins. How likely that is
depends on how dear the shares of those are that exist: a wave that feeds on its success.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from tidegate_core.draws import exp, log

from tidegate.agents.base import MarketAgent
from tidegate.agents.company_holders import CompanyHolders, Institutions
from tidegate.agents.listed_market import ListedMarket
from tidegate.agents.mnav import placement_shares
from tidegate.agents.mnav_arbitrageur import MnavArbitrageur
from tidegate.agents.other_coins import OtherCoins
from tidegate.agents.share_attention import RetailShares
from tidegate.agents.treasury_company import TreasuryCompany
from tidegate.books import USD, Books
from tidegate.int_table import IntTable
from tidegate.scenario.companies import CompanyLevers, FoundingSpec

__all__ = ["CompanySector", "Membership", "mean_log_mnav"]

MICRO = 1_000_000
DAY = 86_400
YEAR_DAYS = 365.0
WORLD = "world"
EPOCH = dt.date(1970, 1, 1)
FACE = 10.0  # USD a share in a founding's placement

COLUMNS = (
    "date",  # days since 1970-01-01
    "company",  # its number
    "price",  # micro-USD a share
    "shares",  # outstanding
    "locked",  # shares under lock-up
    "lots",
    "pledged",  # lots
    "coin_price",  # micro-USD a coin
    "value",  # micro-USD a share: coins and cash less debts
    "mnav",  # 1e-6
    "cash",  # micro-USD
    "debt",  # micro-USD, bills included
    "raised",  # micro-USD from shareholders since the start
    "returned",  # micro-USD to shareholders since the start
    "bought",  # micro-USD spent on coins since the start
    "sold_for",  # micro-USD of coins sold since the start
    "forced",  # micro-USD of sales for a lender since the start
    "retail_shares",
    "retail_bought",  # micro-USD since the start
    "retail_sold",  # micro-USD since the start
    "short",  # shares that the arbitrageur is short
    "placed_at",  # micro-USD a share in the placement
    "placed_on",  # day of the run; of one before it, -1
    "placed",  # shares of the placement
    "unsold",  # of these, shares that its investors still have
    "placed_got",  # micro-USD that they got for the others
    "scandals",
    "written_off",  # micro-USD
    "failed",
)
MONEY = (
    *("price", "coin_price", "value", "mnav", "cash", "debt", "raised", "returned", "bought"),
    *("sold_for", "forced", "retail_bought", "retail_sold", "placed_at", "placed_got"),
    "written_off",
)


@dataclass(slots=True)
class Membership:
    """A firm and all who belong to it."""

    company: TreasuryCompany
    market: ListedMarket
    institutions: Institutions
    retail: RetailShares
    holders: CompanyHolders
    arbitrageur: MnavArbitrageur


def mean_log_mnav(firms: Sequence[TreasuryCompany]) -> float:
    """Return the mean log mNAV of the firms that are listed; 0 if there is none."""
    ratios = [firm.mnav for firm in firms if firm.active and not firm.failed]
    logs = [log(ratio) for ratio in ratios if ratio > 0.0]
    return sum(logs) / len(logs) if logs else 0.0


class CompanySector(MarketAgent):
    """Founds firms and keeps their table; comes after them.

    Parameters
    ----------
    members : sequence of Membership
        Firms in the order of their numbers, shells at the end.
    coins : OtherCoins
        Coins other than BTC.
    founding : FoundingSpec, optional
        How shells become firms.
    books : Books
        Bring the money of placements.
    levers : callable, optional
        Returns the levers in force.
    """

    def __init__(
        self,
        model: Any,
        *,
        members: Sequence[Membership],
        coins: OtherCoins,
        founding: FoundingSpec | None,
        books: Books,
        levers: Callable[[], CompanyLevers] = CompanyLevers,
        **base: Any,
    ) -> None:
        super().__init__(model, **base)
        self.members = tuple(members)
        self.coins = coins
        self.founding = founding
        self.books = books
        self.levers = levers
        self.table = IntTable(COLUMNS)
        self._recorded: dt.date | None = None
        self._drawn: dt.date | None = None

    @property
    def companies(self) -> list[TreasuryCompany]:
        """All firms, shells included."""
        return [member.company for member in self.members]

    # -- founding -----------------------------------------------------------------------------

    @property
    def hazard(self) -> float:
        """Rate at which a shell is founded now, 1/yr."""
        if self.founding is None:
            return 0.0
        success = max(0.0, mean_log_mnav(self.companies))
        rate = self.founding.hazard + self.founding.imitation * success
        return rate * (1.0 - self.levers().friction)

    def begin(self) -> None:
        """Draw, once a day, which shells are founded."""
        day = self.clock.start + dt.timedelta(days=self.clock.seconds // DAY)
        if self.founding is None or day == self._drawn:
            return
        self._drawn = day
        chance = 1.0 - exp(-self.hazard / YEAR_DAYS)
        for member in self.members:
            path = member.company.path
            if member.company.active:
                continue
            if self.streams.uniform(path, "founding", day.toordinal()) < chance:
                self._found(member)

    def _found(self, member: Membership) -> None:
        """Turn a shell into a firm: a placement, a small float, and money for coins."""
        terms, company = self.founding, member.company
        assert terms is not None
        premium = exp(mean_log_mnav(self.companies))
        placed = placement_shares(terms.raised, FACE)
        loose = round(placed * terms.shell / (1.0 - terms.shell))
        company.active = True
        company.shares.place(placed)
        company.shares.issue(member.retail.desk.account, loose // 2)
        company.shares.issue(member.institutions.account, loose - loose // 2)
        money = round(terms.raised * MICRO)
        self.books.move(USD, WORLD, company.bank, money)
        company.offers.take_placement(money)
        company.premium = max(premium, 1.0)
        member.institutions.start()
        lendable = member.institutions.spec.lendable
        member.institutions.loans.limit = int(lendable * member.institutions.shares)
        holders = member.holders
        holders.unlocks = self.clock.seconds + round(terms.locked_days * DAY)
        holders.placed_at, holders.sells = FACE, terms.sells
        holders.placed_on, holders.placed = self.clock.seconds // DAY, placed

    # -- the table ----------------------------------------------------------------------------

    def end(self) -> None:
        """Record a session that has closed in this tick, a row a firm."""
        calendar = self.members[0].market.calendar
        session = calendar.overlapping(self.clock.seconds, self.clock.end)
        if session is None or session.closes > self.clock.end or session.day == self._recorded:
            return
        self._recorded = session.day
        rows = [
            self._row(number, member, (session.day - EPOCH).days)
            for number, member in enumerate(self.members)
            if member.company.active
        ]
        self.table.extend(np.array(rows, dtype=np.int64))

    def _row(self, number: int, member: Membership, day: int) -> list[int]:
        company, retail, coins = member.company, member.retail, member.company.coins
        holders, investors = member.holders, member.holders.placement.desk
        values = {
            "date": day,
            "company": number,
            "price": round(company.price * MICRO),
            "shares": company.shares.outstanding,
            "locked": company.shares.locked,
            "lots": coins.lots,
            "pledged": coins.pledged,
            "coin_price": round(coins.unit / coins.lot),
            "value": round(company.value * MICRO),
            "mnav": round(company.mnav * MICRO),
            "cash": company.cash,
            "debt": company.debt.total,
            "raised": company.offers.raised,
            "returned": company.offers.returned,
            "bought": coins.bought,
            "sold_for": coins.sold_for,
            "forced": company.covenant.forced,
            "retail_shares": retail.desk.shares,
            "retail_bought": retail.bought,
            "retail_sold": retail.sold,
            "short": max(0, -member.arbitrageur.position),
            "placed_at": round(holders.placed_at * MICRO),
            "placed_on": holders.placed_on,
            "placed": holders.placed,
            "unsold": company.shares.locked + investors.shares,
            "placed_got": -investors.invested,
            "scandals": company.scandals,
            "written_off": company.debt.written_off,
            "failed": int(company.failed),
        }
        return [values[name] for name in COLUMNS]

    def frame(self) -> pl.DataFrame:
        """Return a row a session and firm, in units: USD, coins, shares.

        ``day`` counts from the start of the run; ``coin`` is what it holds; ``mnav`` is (market cap
        + debt - cash) over coins.
        """
        frame = pl.DataFrame(self.table.rows, schema=list(COLUMNS), orient="row")
        specs = [company.spec for company in self.companies]
        lots = [company.coins.lot for company in self.companies]
        number = pl.col("company")
        start = (self.clock.start - EPOCH).days
        return frame.with_columns(
            (pl.lit(EPOCH) + pl.duration(days=pl.col("date"))).alias("date"),
            (pl.col("date") - start).alias("day"),
            *[pl.col(name) / MICRO for name in MONEY],
            number.replace_strict(dict(enumerate(s.name for s in specs)), return_dtype=pl.Utf8),
            number.replace_strict(
                dict(enumerate(s.coin for s in specs)), return_dtype=pl.Utf8
            ).alias("coin"),
            number.replace_strict(dict(enumerate(lots)), return_dtype=pl.Float64).alias("lot"),
            pl.col("failed").cast(pl.Boolean),
        ).with_columns(
            (pl.col("lots") * pl.col("lot")).alias("coins"),
            (pl.col("pledged") * pl.col("lot")).alias("pledged"),
        ).drop("lots", "lot")  # fmt: skip

    # -- proof --------------------------------------------------------------------------------

    def audit(self) -> None:
        """Assert that shares, debts and coins of all firms are in order."""
        found = [*self.coins.differences()]
        for company in self.companies:
            found.extend(company.differences())
        assert not found, "; ".join(found)
