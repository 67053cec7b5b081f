"""Global allocators: risky money that moves between themes, of which crypto is one.

What they take out of crypto or bring to it are orders on the venues. Their shares of technology and
their safe money are columns of whole micro-USD, revalued by the factors; nobody here trades those.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import polars as pl
from tidegate_core.draws import exp, log

from tidegate.agents.macro_economy import MacroEconomy
from tidegate.agents.sleeve_agent import SleeveAgent
from tidegate.agents.theme_wishes import looks_back, wishes
from tidegate.agents.whole_columns import PPB, Whole, scaled, total
from tidegate.books import BTC
from tidegate.int_table import IntTable
from tidegate.scenario.allocators import AllocatorSpec
from tidegate.scenario.macro_levers import RISKY_THEMES, RiskyTheme

__all__ = ["GlobalAllocators"]

DAY = 86_400
MICRO = 1_000_000
SHARES: Final[tuple[RiskyTheme, ...]] = ("us_tech", "china_tech")
COLUMNS = ("day", "crypto", *SHARES, "safe", "flow")


class GlobalAllocators(SleeveAgent):
    """Members in columns, with units of one sleeve of coins.

    Parameters
    ----------
    spec : AllocatorSpec
        Who they are.
    economy : MacroEconomy
        What shares do, which themes are open, and whether there is a recession.
    coins_from : str
        Party in the books that gives up the coins they own at the start.
    price : float
        Price of a coin at the start, USD.
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
        spec: AllocatorSpec,
        economy: MacroEconomy,
        coins_from: str,
        price: float,
        **base: Any,
    ) -> None:
        super().__init__(model, holders=(spec.members,), **base)
        self.spec, self.economy = spec, economy
        self.planned = 0
        self.table = IntTable(COLUMNS)
        assets = self._assets()
        self.holdings: dict[str, Whole] = {
            name: scaled(assets, round(getattr(spec, name) * PPB), PPB)
            for name in (*SHARES, "safe")
        }
        self._looks = looks_back(spec, self.streams, self.path)
        self._turns = [
            self.streams.integer(self.path, "turn", 0, 0, member, n=spec.decide_days)
            for member in range(spec.members)
        ]
        self._past: dict[RiskyTheme, list[float]] = {theme: [] for theme in RISKY_THEMES}
        self._endow(scaled(assets, round(spec.crypto * PPB), PPB), coins_from, price)

    def _assets(self) -> Whole:
        """Return members' assets at the start: log-normal by a draw each."""
        draws = np.empty(self.spec.members)
        self.streams.fill_normal(draws, self.path, "wealth")
        weights = [exp(self.spec.wealth_sigma * float(x)) for x in draws]
        whole = 0.0
        for weight in weights:
            whole += weight
        each = [int(self.spec.assets_usd * weight / whole) * MICRO for weight in weights]
        return np.array(each, dtype=np.int64)

    def _endow(self, amounts: Whole, coins_from: str, price: float) -> None:
        """Give them coins for these amounts, out of what nobody here holds, and units for these."""
        books = self.sleeve.books
        for venue in self.venues:
            lots = int(total(amounts) / MICRO * venue.share / (price * venue.lot))
            if lots:
                books.move(BTC, coins_from, venue.name, lots)
                venue.credit(self.desk.accounts[venue.name], BTC, lots)
        self.sleeve.trust.issue(amounts, 0)

    # -- decisions ----------------------------------------------------------------------------

    def _month(self) -> None:
        """Do nothing: each member has a day of its own."""

    def _look(self) -> None:
        """On a new day mark what they hold, and let those whose turn it is decide."""
        day = self.clock.seconds // DAY
        if day < len(self._past["crypto"]):
            return
        self._mark()
        self._decide(day)

    def _mark(self) -> None:
        """Write down where themes stand, and let shares move as their factors did."""
        levels: dict[RiskyTheme, float] = {"crypto": log(self.price)}
        levels |= {name: self.economy.factors.level(name) for name in SHARES}
        for name in SHARES:
            past = self._past[name]
            change = levels[name] - (past[-1] if past else 0.0)
            self.holdings[name] = scaled(self.holdings[name], round(exp(change) * PPB), PPB)
        for theme, level in levels.items():
            self._past[theme].append(level)

    def _decide(self, day: int) -> None:
        turn = day % self.spec.decide_days
        acting = [member for member, due in enumerate(self._turns) if due == turn]
        if not acting:
            return
        odds = {theme: self.economy.odds(theme) for theme in RISKY_THEMES}
        fearful = self.economy.recession
        coins = self.sleeve.trust.value(self.sleeve.assets)
        flows = np.zeros_like(coins)
        for member in acting:
            share = wishes(self.spec, self._returns(self._looks[member]), odds, fearful)
            flows[member] = self._move(member, int(coins[member]), share)
        self._trade(flows)

    def _returns(self, days: int) -> dict[RiskyTheme, float]:
        """Return what themes did over some days, or since the start."""
        return {theme: past[-1] - past[-1 - min(days, len(past) - 1)]
                for theme, past in self._past.items()}  # fmt: skip

    def _move(self, member: int, coins: int, share: Mapping[RiskyTheme, float]) -> int:
        """Bring a member's shares nearer to its wish, and return what goes into coins."""
        held = {name: int(column[member]) for name, column in self.holdings.items()}
        assets = coins + sum(held.values())
        moved = {
            name: int(self.spec.haste * (share[name] * assets - held[name])) for name in SHARES
        }
        flow = int(self.spec.haste * (share["crypto"] * assets - coins))
        spent = flow + sum(moved.values())
        flow -= max(0, spent - held["safe"])  # by roundings of a few millionths: nobody borrows
        for name in SHARES:
            self.holdings[name][member] += moved[name]
        self.holdings["safe"][member] -= sum(moved.values())
        return flow

    def _trade(self, flows: Whole) -> None:
        """Buy and redeem units; what comes and goes is safe money."""
        buys = np.maximum(flows, 0)
        self.sleeve.subscribe(buys)
        units = self.sleeve.trust.units_for(np.maximum(-flows, 0), self.sleeve.assets)
        proceeds = self.sleeve.redeem(units)
        self.holdings["safe"] += proceeds - buys
        self.planned += total(buys) - total(proceeds)

    # -- records ------------------------------------------------------------------------------

    def _day(self, day: int) -> None:
        coins = total(self.sleeve.trust.value(self.sleeve.assets))
        shares = (total(self.holdings[name]) for name in (*SHARES, "safe"))
        row = (day, coins, *shares, self.planned)
        # Totals of up to 20 T USD leave 63 bits in micro-USD: the table keeps whole USD.
        self.table.extend(np.array([[day, *(v // MICRO for v in row[1:])]], dtype=np.int64))

    def frame(self) -> pl.DataFrame:
        """Return a row a day: USD in each theme, and the money that went into coins so far."""
        return pl.DataFrame(self.table.rows, schema=list(COLUMNS), orient="row")

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.sleeve._check()
        for name, column in self.holdings.items():
            assert (column >= 0).all(), f"{self.path} owes {name}"
