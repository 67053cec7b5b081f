"""What a lockout cost its users, event by event."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tidegate_core.codes import EventKind
from tidegate_core.liquidation import LIQUIDATION_DTYPE

from tidegate.agents.lockout import Lockout, LockoutLoss, Settlement


def events(*rows: dict[str, int]) -> NDArray[Any]:
    table = np.zeros(len(rows), dtype=LIQUIDATION_DTYPE)
    for at, row in enumerate(rows):
        for field, value in row.items():
            table[field][at] = value
    return table


def closed(account: int, lots: int, price: int, kind: EventKind = EventKind.BOOK) -> dict[str, int]:
    """Return an event of contract 1, in which a tick on a lot is worth 3 micro-USD."""
    return {
        "kind": kind,
        "account": account,
        "contract": 1,
        "quantity": lots,
        "value": abs(lots) * price * 3,
    }


def settled(*rows: dict[str, int], share: float = 1.0, mark: int = 120) -> list[LockoutLoss]:
    lockout = Lockout()
    lockout.record(events(*rows))
    return lockout.settle([7, mark], [5, 3], share)


def test_a_long_lost_what_the_price_came_back_by() -> None:
    assert settled(closed(9, -10, 100), share=0.5) == [LockoutLoss(9, 600, 300)]


def test_a_short_lost_what_the_price_fell_back_by() -> None:
    assert settled(closed(9, 10, 150)) == [LockoutLoss(9, 900, 900)]


def test_who_would_have_lost_more_by_holding_on_lost_nothing() -> None:
    assert settled(closed(9, -10, 130)) == []


def test_steps_of_an_account_are_added_up_and_accounts_are_not() -> None:
    rows = [closed(9, -10, 100), closed(9, -10, 130, EventKind.TAKEOVER), closed(8, -1, 119)]
    assert settled(*rows) == [LockoutLoss(8, 3, 3), LockoutLoss(9, 300, 300)]


def test_what_the_exchange_bore_is_no_loss_of_the_user() -> None:
    borne = {"kind": EventKind.SHORTFALL, "account": 9, "contract": 1, "amount": 599}
    assert settled(closed(9, -10, 100), borne) == [LockoutLoss(9, 1, 1)]


@pytest.mark.parametrize("kind", [EventKind.RECOVERED, EventKind.CLEARANCE, EventKind.SURPLUS])
def test_other_events_close_nothing(kind: EventKind) -> None:
    assert settled(closed(9, -10, 100, kind)) == []


def test_a_payment_is_rounded_down() -> None:
    assert settled(closed(9, -1, 119), share=0.5) == [LockoutLoss(9, 3, 1)]


def test_what_is_settled_is_forgotten() -> None:
    lockout = Lockout()
    lockout.record(events(closed(9, -10, 100)))
    assert lockout.settle([7, 120], [5, 3], 1.0)
    assert lockout.settle([7, 120], [5, 3], 1.0) == []


def test_nothing_is_settled_before_its_time_and_then_all_at_the_prices_of_one_moment() -> None:
    entry = Settlement(due=100, share=0.5, lockout=Lockout(), late={9})
    entry.lockout.record(events(closed(8, -1, 100)))
    assert entry.settle(99, {9}, [7, 200], [5, 3]) == []
    assert not entry.done
    assert entry.settle(100, {9}, [7, 120], [5, 3]) == [LockoutLoss(8, 60, 30)]
    others = entry.record(events(closed(9, -2, 110), closed(7, -2, 110)))
    assert others["account"].tolist() == [7]
    assert entry.settle(160, {9}, [7, 300], [5, 3]) == []
    assert not entry.done
    assert entry.settle(161, set(), [7, 300], [5, 3]) == [LockoutLoss(9, 60, 30)]
    assert entry.done
    assert entry.record(events(closed(9, -2, 110)))["account"].tolist() == [9]
