"""The core's integer codes, as Python enums (value for value those of ``types.pxd``)."""

from enum import IntEnum

__all__ = ["EventKind", "Kind", "Op", "Reject", "SelfTrade", "Side"]


class Side(IntEnum):
    """Side of an order."""

    BUY = 0
    SELL = 1


class Kind(IntEnum):
    """What an order does with what it cannot match at once."""

    LIMIT = 0
    MARKET = 1
    IOC = 2
    FOK = 3
    POST_ONLY = 4


class SelfTrade(IntEnum):
    """Self-trade prevention; the incoming order's mode decides."""

    NONE = 0
    EXPIRE_TAKER = 1
    EXPIRE_MAKER = 2
    EXPIRE_BOTH = 3


class Op(IntEnum):
    """Row type of a column batch."""

    SUBMIT = 0
    CANCEL = 1
    REPLACE = 2
    CANCEL_SUBMIT = 3


class Reject(IntEnum):
    """Why the core refused an instruction; a refusal leaves the state unchanged."""

    OK = 0
    QUANTITY = 1
    PRICE = 2
    CODE = 3
    UNKNOWN_ORDER = 4
    WOULD_TAKE = 5
    NOT_FILLABLE = 6
    FUNDS = 7
    ACCOUNT = 8
    HALTED = 9
    INSTRUMENT = 10
    OVERFLOW = 11
    MEMORY = 12
    SELF_TRADE = 13
    MARGIN = 14
    LEVERAGE = 15
    REDUCE = 16
    BAND = 17


class EventKind(IntEnum):
    """What a row of the log of liquidations tells."""

    RECOVERED = 0
    BOOK = 1
    TAKEOVER = 2
    ADL = 3
    VAULT = 4
    SEIZE = 5
    SHORTFALL = 6
    SURPLUS = 7
    CLEARANCE = 8
