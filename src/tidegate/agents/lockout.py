"""What users lost who were liquidated while they could not reach their exchange."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tidegate_core.codes import EventKind

__all__ = ["CLOSING", "Lockout", "LockoutLoss"]

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

    A user's loss is what the closed lots would be worth at the price of the recovery, less what
    they were closed for; losses that the exchange bore itself are none.
    """

    def __init__(self) -> None:
        self._closed: dict[tuple[int, int], list[int]] = {}  # account, contract: lots, micro-USD
        self._borne: defaultdict[int, int] = defaultdict(int)

    def record(self, events: NDArray[Any]) -> None:
        """Add events of liquidation."""
        closing = events[np.isin(events["kind"], CLOSING) & (events["quantity"] != 0)]
        fields = ("account", "contract", "quantity", "value")
        for account, contract, lots, value in zip(
            *(closing[field].tolist() for field in fields), strict=True
        ):
            row = self._closed.setdefault((account, contract), [0, 0])
            row[0] -= lots  # as it was: long > 0
            row[1] += value if lots < 0 else -value
        borne = events[events["kind"] == EventKind.SHORTFALL]
        for account, amount in zip(
            borne["account"].tolist(), borne["amount"].tolist(), strict=True
        ):
            self._borne[account] += amount

    def settle(self, marks: Sequence[int], units: Sequence[int], share: float) -> list[LockoutLoss]:
        """Say who lost what at the prices of the recovery, and forget it.

        Parameters
        ----------
        marks : sequence of int
            Price of each contract, ticks.
        units : sequence of int
            Micro-USD of a tick on a lot of each contract.
        share : float
            Part of every loss that is to be paid, rounded down to the micro-USD.
        """
        lost: defaultdict[int, int] = defaultdict(int)
        for (account, contract), (lots, received) in self._closed.items():
            lost[account] += lots * marks[contract] * units[contract] - received
        ppm = round(share * PPM)
        found = []
        for account in sorted(lost):
            loss = lost[account] - self._borne.get(account, 0)
            if loss > 0:
                found.append(LockoutLoss(account, loss, loss * ppm // PPM))
        self._closed.clear()
        self._borne.clear()
        return found
