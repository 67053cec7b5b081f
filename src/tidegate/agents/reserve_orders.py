"""How a state's decisions become orders: coins any day, securities when exchanges are open."""

from __future__ import annotations

from tidegate.agents.listed_assets import ListedAssets
from tidegate.agents.reserve_politics import split
from tidegate.agents.state_treasury import StateTreasury
from tidegate.scenario.reserve_plan import AssetMix

__all__ = ["ReserveOrders"]

MICRO = 1_000_000
DUST = 1_000 * MICRO  # what a sale may leave, micro-USD
LEFT_LOTS = 2  # what a purchase may leave on every venue
SECURITIES = ("firms", "other")


class ReserveOrders:
    """Orders of one state; all amounts in micro-USD.

    Parameters
    ----------
    treasury : StateTreasury
        Trades coins, and coins behind ETF shares.
    listed : ListedAssets
        Where it buys securities.
    """

    def __init__(self, treasury: StateTreasury, listed: ListedAssets) -> None:
        self.treasury = treasury
        self.listed = listed
        self.holder = f"{treasury.path}/fund"
        self.planned = 0  # new money for coins since the start, less sales decided
        self.securities = 0  # paid for securities less proceeds
        self._pool = dict.fromkeys(AssetMix.model_fields, 0)  # waits for an exchange to open
        listed.open(self.holder)

    @property
    def waiting(self) -> int:
        """Money that waits for an exchange to open."""
        return sum(self._pool.values())

    @property
    def backlog(self) -> int:
        """Coins and ETF shares ordered and not bought yet."""
        return max(self.treasury.desk.backlog, 0) + self.treasury.shares.backlog

    def unfinished(self, unit: float) -> bool:
        """Whether more is to be placed or bought than a desk can leave, at a value per lot."""
        return max(self.backlog, *self._pool.values()) > self.rest(unit)

    def rest(self, unit: float) -> float:
        """Return what no desk can fill: too little for a lot in a slice."""
        return LEFT_LOTS * len(self.treasury.desk.venues) * unit

    # -- buying -------------------------------------------------------------------------------

    def buy(self, amount: int, mix: AssetMix, *, business: bool) -> None:
        """Place money by a mix; securities wait for a business day."""
        pool, treasury = self._pool, self.treasury
        for name, part in split(amount, dict(mix)).items():
            pool[name] += part
        coins, etf = pool["coins"], pool["etf"] if business else 0
        if coins or etf:
            treasury.order(coins, etf)
            self.planned += coins + etf
            pool["coins"] = 0
            pool["etf"] -= etf
        for name in SECURITIES if business else ():
            if pool[name]:
                paid = self.listed.buy(self.holder, name, pool[name])
                pool[name] -= paid
                treasury.received -= paid
                self.securities += paid

    def trim(self, amount: int) -> int:
        """Cancel up to an amount of what is ordered; return how much."""
        desk = self.treasury.desk
        cut = max(0, min(amount, desk.backlog))
        desk.backlog -= cut
        cut += self.treasury.shares.trim(amount - cut)
        self.planned -= cut
        return cut

    def stop(self) -> None:
        """Cancel all purchases; the money stays in the fund."""
        self._pool = dict.fromkeys(self._pool, 0)
        self.trim(self.backlog)

    def tidy(self, unit: float) -> None:
        """Cancel what no desk can fill."""
        if self.backlog <= self.rest(unit):
            self.trim(self.backlog)

    # -- selling ------------------------------------------------------------------------------

    def sell_all(self, unit: float, *, business: bool) -> bool:
        """Go on selling everything that is not frozen; return whether it is done."""
        treasury = self.treasury
        treasury.offer(treasury.lots("coins"))
        if business:
            treasury.offer(treasury.lots("etf"), "etf")
            proceeds = self.listed.sell_all(self.holder)
            treasury.received += proceeds
            self.securities -= proceeds
        treasury.selling = True
        self._quote(unit)
        if business and treasury.shares.sell():
            return False
        free = treasury.held - treasury.lots("etf-frozen")
        if free * unit >= DUST or self.listed.value(self.holder):
            return False
        self._end()
        return True

    def go_on_selling(self, unit: float) -> None:
        """Go on selling what was offered, until only dust is left."""
        self._quote(unit)
        if not self.treasury.bound and self.treasury.at_venues * unit < DUST:
            self._end()

    def _quote(self, unit: float) -> None:
        """Offer all that rests at the venues."""
        before = self.treasury.desk.backlog
        self.treasury.quote_sale(unit)
        self.planned += min(self.treasury.desk.backlog - before, 0)

    def _end(self) -> None:
        self.treasury.desk.backlog = 0
        self.treasury.selling = False
