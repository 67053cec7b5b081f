"""A queue of withdrawals: first come, first served, so many requests an hour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Request", "WithdrawalQueue"]

Counts = Sequence[float] | NDArray[np.float64]
Pay = Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants all it has, and since when."""

    account: int
    second: int


@dataclass(slots=True)
class WithdrawalQueue:
    """Requests that wait for their turn, and the first of them perhaps for money.

    Attributes
    ----------
    capacity : float
        Requests that can be served in an hour.
    short : bool
        Whether the first in the queue had its turn and there was not the money.
    """

    capacity: float
    short: bool = False
    _waiting: list[Request] = field(default_factory=list)
    _budget: float = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def accounts(self) -> list[int]:
        """Accounts that wait, in order."""
        return [request.account for request in self._waiting]

    def waited_for_money(self, now: int) -> int:
        """Return for how many seconds the first has waited, if it waits for money."""
        return now - self._waiting[0].second if self.short else 0

    def join(self, accounts: Iterable[int], second: int) -> None:
        """Let accounts queue up, in their order."""
        self._waiting += [Request(account, second) for account in accounts]

    def keep(self, accounts: Iterable[int]) -> None:
        """Strike out all but some accounts."""
        kept = set(accounts)
        self._waiting = [request for request in self._waiting if request.account in kept]
        self.short = False

    def renew(self, second: int) -> None:
        """Let all who wait begin to wait anew, as after a suspension."""
        self._waiting = [Request(request.account, second) for request in self._waiting]
        self.short = False

    def serve(self, seconds: int, requests: Counts, pay: Pay) -> None:
        """Serve as many as time and money allow.

        Parameters
        ----------
        seconds : int
            Since the last call.
        requests : sequence of float
            By account: how many requests it is.
        pay : callable
            Pays an account and tells whether it has got all it has; where it has not, the money
            is gone and it goes on waiting.
        """
        if not self._waiting:
            self._budget, self.short = 0.0, False
            return
        self._budget += self.capacity * seconds / 3600.0
        self.short = False
        served = 0
        while served < len(self._waiting) and self._budget > 0.0:
            account = self._waiting[served].account
            if not pay(account):
                self.short = True
                break
            self._budget -= requests[account]  # what it lacks is worked off before the next
            served += 1
        del self._waiting[:served]
        if self.short:
            self._budget = min(self._budget, 0.0)  # who waits for money saves up no time

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        accounts = self.accounts
        assert len(set(accounts)) == len(accounts), "an account queues twice"
        seconds = [request.second for request in self._waiting]
        assert seconds == sorted(seconds), "somebody jumped the queue"
