"""What trades and liquidation bring to each of a row of accounts, booked into a column of cash.

Micro-units are booked into a column of int64 with a row an account from `first` on; other accounts
are passed over.
"""

from tidegate_core.contract cimport Contract, value_of
from tidegate_core.margin cimport MarginHouse
from tidegate_core.settlement cimport fee_of
from tidegate_core.takeover cimport Event
from tidegate_core.types cimport (
    BUY,
    EVENT_ADL,
    EVENT_CLEARANCE,
    EVENT_SHORTFALL,
    EVENT_SURPLUS,
    EVENT_TAKEOVER,
    EVENT_VAULT,
    Fill,
    i64,
)

__all__ = ["book_events", "book_fills"]


cdef inline void _add(i64[::1] cash, i64 row, i64 amount) noexcept nogil:
    if 0 <= row < cash.shape[0]:
        cash[row] += amount


def book_fills(
    i64[::1] cash not None, i64 first, MarginHouse house not None, bint liquidation=False
):
    """Book the fills that a venue has not handed out yet, at their prices and less their fees.

    Parameters
    ----------
    cash : column of int64
        Of the accounts from `first` on.
    first : int
        Account of its first row.
    house : MarginHouse
        The venue; linear contracts.
    liquidation : bool
        Are the takers' orders a liquidation engine's? These pay no fee.
    """
    cdef const Fill* fill
    cdef const Contract* terms
    cdef i64 at, value, bought, fee
    with nogil:
        for at in range(house.n_log):
            fill = house.log + at
            terms = house.contracts + fill.instrument
            value = value_of(terms, fill.price, fill.quantity)
            bought = value if fill.taker_side == BUY else -value
            fee = 0 if liquidation else fee_of(value, terms.taker_ppm)
            _add(cash, fill.taker - first, -bought - fee)
            _add(cash, fill.maker - first, bought - fee_of(value, terms.maker_ppm))


def book_events(
    i64[::1] cash not None, i64 first, const Event[::1] events not None, bint surplus=True
):
    """Book what a liquidation desk did away from the books.

    Parameters
    ----------
    cash : column of int64
        Of the accounts from `first` on.
    first : int
        Account of its first row.
    events : structured array
        Of `LIQUIDATION_DTYPE`.
    surplus : bool
        Does the fund keep what is left over? Else it stays with the account.
    """
    cdef i64 at
    with nogil:
        for at in range(events.shape[0]):
            _book(cash, first, &events[at], surplus)


cdef void _book(i64[::1] cash, i64 first, const Event* event, bint surplus) noexcept nogil:
    cdef i64 row = event.account - first, value
    if event.kind == EVENT_SHORTFALL:
        _add(cash, row, event.amount)
    elif event.kind == EVENT_CLEARANCE or (event.kind == EVENT_SURPLUS and surplus):
        _add(cash, row, -event.amount)
    elif event.kind == EVENT_TAKEOVER or event.kind == EVENT_ADL or event.kind == EVENT_VAULT:
        value = event.value if event.quantity < 0 else -event.value
        _add(cash, row, value)
        _add(cash, event.counterparty - first, -value)
        if event.kind == EVENT_VAULT:            # it takes the margin with the position
            _add(cash, row, -event.amount)
