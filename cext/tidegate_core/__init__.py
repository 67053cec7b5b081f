"""The exact market core: order books, ledger, engine and keyed draws.

Knows orders and accounts only: no agents, no frames, no clock, no random state. A class is loaded
when it is first asked for, and NumPy with it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tidegate_core.codes import Kind, Op, Reject, SelfTrade, Side

if TYPE_CHECKING:
    from tidegate_core.book import OrderBook
    from tidegate_core.ledger import Ledger

__all__ = ["Kind", "Ledger", "Op", "OrderBook", "Reject", "SelfTrade", "Side"]


_HOMES = {"Ledger": "ledger", "OrderBook": "book"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found  # asked for once
    return found
