"""The exact market core: order books, ledger, engine and keyed draws.

Knows orders and accounts only: no agents, no frames, no clock, no random state.
"""

from tidegate_core.book import OrderBook
from tidegate_core.codes import Kind, Op, Reject, SelfTrade, Side
from tidegate_core.ledger import Ledger

__all__ = ["Kind", "Ledger", "Op", "OrderBook", "Reject", "SelfTrade", "Side"]
