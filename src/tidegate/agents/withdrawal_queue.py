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
    short_since : int or None
        Second since which the first in the queue waits for money; None: nobody does.
    """

    capacity: float
    short_since: int | None = None
    _waiting: list[Request] = field(default_factory=list)
    _budget: float = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def accounts(self) -> list[int]:
        """Accounts that wait, in order."""
        return [request.account for request in self._waiting]

    def join(self, accounts: Iterable[int], second: int) -> None:
        """Let accounts queue up, in their order."""
        self._waiting += [Request(account, second) for account in accounts]

    def keep(self, accounts: Iterable[int]) -> None:
        """Strike out all but some accounts."""
        kept = set(accounts)
        self._waiting = [request for request in self._waiting if request.account in kept]

    def serve(self, second: int, seconds: int, requests: Counts, pay: Pay) -> None:
        """Serve as many as time and money allow.

        Parameters
        ----------
        second : int
            Now.
        seconds : int
            Since the last call.
        requests : sequence of float
            By account: how many requests it is.
        pay : callable
            Pays an account and tells whether it has got all it has; where it has not, the money
            is gone and it goes on waiting.
        """
        if not self._waiting:
            self._budget, self.short_since = 0.0, None
            return
        self._budget += self.capacity * seconds / 3600.0
        served = 0
        while served < len(self._waiting) and self._budget > 0.0:
            account = self._waiting[served].account
            if not pay(account):
                self.short_since = second if self.short_since is None else self.short_since
                break
            self._budget -= requests[account]  # what it lacks is worked off before the next
            served += 1
            self.short_since = None
        else:
            self.short_since = None
        del self._waiting[:served]
        if self.short_since is not None:
            self._budget = min(self._budget, 0.0)  # who waits for money saves up no time

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        accounts = self.accounts
        assert len(set(accounts)) == len(accounts), "an account queues twice"
        seconds = [request.second for request in self._waiting]
        assert seconds == sorted(seconds), "somebody jumped the queue"
