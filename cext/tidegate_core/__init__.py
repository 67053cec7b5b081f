"""The exact market core: order books, ledger, engine and keyed draws.

Knows orders and accounts only: no agents, no frames, no clock, no random state.
"""

from tidegate_core.codes import Kind, Op, Reject, SelfTrade, Side

__all__ = ["Kind", "Op", "Reject", "SelfTrade", "Side"]
