"""What users lost who were liquidated while they could not reach their exchange."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tidegate_core.codes import EventKind

__all__ = ["CLOSING", "Lockout", "LockoutLoss", "Settlement"]

CLOSING = (EventKind.BOOK, EventKind.TAKEOVER, EventKind.ADL, EventKind.VAULT)
PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class LockoutLoss:
    """One account's loss in an outage and what of it is to be paid, micro-USD."""

    account: int
    loss: int
    paid: int


class Lockout:
    """Keeps what liquidation took from an exchange's users during an outage.

    A user's loss is what the closed lots would be worth at the price of the settlement, less what
    they were closed for; losses that the exchange bore itself are none.
    """

    def __init__(self) -> None:
        self._closed: dict[tuple[int, int], list[int]] = {}  # account, contract: lots, micro-USD
        self._borne: defaultdict[int, int] = defaultdict(int)

    def record(self, events: NDArray[Any]) -> None:
        """Add events of liquidation."""
        closing = events[np.isin(events["kind"], CLOSING) & (events["quantity"] != 0)]
        columns = ("account", "contract", "quantity", "value")
        for account, contract, lots, value in zip(
            *(closing[column].tolist() for column in columns), strict=True
        ):
            row = self._closed.setdefault((account, contract), [0, 0])
            row[0] -= lots  # as it was: long > 0
            row[1] += value if lots < 0 else -value
        borne = events[events["kind"] == EventKind.SHORTFALL]
        for account, amount in zip(
            borne["account"].tolist(), borne["amount"].tolist(), strict=True
        ):
            self._borne[account] += amount

    def settle(
        self,
        marks: Sequence[int],
        units: Sequence[int],
        share: float,
        but: Set[int] = frozenset(),
    ) -> list[LockoutLoss]:
        """Say who lost what at the prices of the settlement, and forget it.

        Parameters
        ----------
        marks : sequence of int
            Price of each contract, ticks.
        units : sequence of int
            Micro-USD of a tick on a lot of each contract.
        share : float
            Part of every loss that is to be paid, rounded down to the micro-USD.
        but : set of int, optional
            Accounts that are not settled yet.
        """
        lost: defaultdict[int, int] = defaultdict(int)
        for account, contract in [key for key in self._closed if key[0] not in but]:
            lots, received = self._closed.pop((account, contract))
            lost[account] += lots * marks[contract] * units[contract] - received
        ppm = round(share * PPM)
        found = []
        for account in sorted(lost):
            loss = lost[account] - self._borne.pop(account, 0)
            if loss > 0:
                found.append(LockoutLoss(account, loss, loss * ppm // PPM))
        return found


@dataclass(slots=True)
class Settlement:
    """What is still to be settled of an outage that is over for its users.

    All are settled at the prices of one moment. Who became due while locked out and is closed
    only later, as the engine was down too or had not come to them, is paid once it has.

    Attributes
    ----------
    due
        Second of the run whose prices hold.
    share
        Part of every loss that is to be paid.
    lockout
        What liquidation took in the outage.
    late : set of int
        Accounts that became due while locked out and that the engine has not dealt with yet.
    marks : tuple of int
        The prices that hold, ticks; empty until then.
    """

    due: int
    share: float
    lockout: Lockout
    late: set[int] = field(default_factory=set)
    marks: tuple[int, ...] = ()

    def record(self, events: NDArray[Any]) -> NDArray[Any]:
        """Add the events of who is late, and return the others."""
        if not self.late:
            return events
        own = np.isin(events["account"], np.array(sorted(self.late), dtype=np.int64))
        self.lockout.record(events[own])
        return events[~own]

    def settle(
        self, now: int, waiting: Set[int], marks: Sequence[int], units: Sequence[int]
    ) -> list[LockoutLoss]:
        """Say who lost what of those that can be settled now, and forget them.

        Parameters
        ----------
        now : int
            Second of the run.
        waiting : set of int
            Accounts that wait for liquidation.
        marks, units : sequence of int
            Price of each contract, ticks, and micro-USD of a tick on a lot of it.
        """
        self.late &= waiting
        if now < self.due:
            return []
        self.marks = self.marks or tuple(marks)
        return self.lockout.settle(self.marks, units, self.share, but=self.late)

    @property
    def done(self) -> bool:
        """Whether all have been settled."""
        return bool(self.marks) and not self.late
