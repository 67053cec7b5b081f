"""An institution that trades coins through a desk of its own."""

from __future__ import annotations

from tidegate.agents.base import MarketAgent
from tidegate.agents.trading_desk import TradingDesk

__all__ = ["DeskAgent"]


class DeskAgent(MarketAgent):
    """Decides what to trade; its desk trades it.

    Attributes
    ----------
    desk : TradingDesk
        Works its backlog. A subclass makes it, and calls `look` and `work` in `begin`.
    """

    desk: TradingDesk

    @property
    def lots(self) -> int:
        """Lots it holds on all venues."""
        return self.desk.lots

    @property
    def pending(self) -> bool:
        """Whether its desk could fill more of its slice in this tick."""
        return self.desk.pending

    def trade(self) -> None:
        """Send this round's part of the slice to the venues."""
        self.desk.trade()
