"""Lenders who lent to each other: what the failure of one costs the next."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.agents.leveraged_sampling import split
from tidegate.scenario.lending import LoanKind

__all__ = ["Houses", "pass_on"]

MICRO = 1_000_000


def pass_on(
    lost: Sequence[int], equity: Sequence[int], owed: Sequence[int], weights: Sequence[int]
) -> list[int]:
    """Return what each lender loses through others that failed, micro-USD.

    Sequential default: who has lost more than its equity fails, and what it owes to other lenders
    is paid the less by that excess. That may make others fail, and so on, wave after wave; each
    fails once, on what it has lost by then.

    Parameters
    ----------
    lost : sequence of int
        What each lost by itself.
    equity : sequence of int
        What each can lose.
    owed : sequence of int
        What each owes to the others.
    weights : sequence of int
        What others owe is owed to each in proportion to this; 0: it lends to none.

    Examples
    --------
    >>> pass_on([30, 0, 0], equity=[10, 9, 9], owed=[15, 50, 50], weights=[1, 2, 1])
    [0, 10, 6]
    """
    passed = [0] * len(lost)
    failed: set[int] = set()
    while wave := [
        at for at in range(len(lost)) if at not in failed and lost[at] + passed[at] > equity[at]
    ]:
        failed.update(wave)
        excess = {at: min(owed[at], lost[at] + passed[at] - equity[at]) for at in wave}
        for at, amount in excess.items():
            creditors = [0 if other == at else weight for other, weight in enumerate(weights)]
            for other, part in enumerate(split(amount, creditors).tolist()):
                passed[other] += part
    return passed


class Houses:
    """Lenders by whose equity bears their losses.

    Parameters
    ----------
    kinds : sequence of LoanKind
        The lenders, each with the name of its house.
    interlent : float
        What a house owes to others, over its loans; on-chain ones owe and lend nothing.
    """

    def __init__(self, kinds: Sequence[LoanKind], interlent: float) -> None:
        self.names = tuple(dict.fromkeys(kind.lender for kind in kinds))
        self._of = [self.names.index(kind.lender) for kind in kinds]
        self.equity = self._sums([int(kind.equity * kind.stock * MICRO) for kind in kinds])
        self.owed = self._sums(
            [0 if kind.on_chain else int(interlent * kind.stock * MICRO) for kind in kinds]
        )

    def _sums(self, column: Sequence[int]) -> list[int]:
        sums = [0] * len(self.names)
        for house, value in zip(self._of, column, strict=True):
            sums[house] += value
        return sums

    def _passed(self, lost: Sequence[int]) -> list[int]:
        return pass_on(lost, self.equity, self.owed, self.owed)

    def passed_on(self, lost: Sequence[int]) -> list[int]:
        """Return what each house loses through others, in the row of its first lender."""
        passed = self._passed(self._sums(lost))
        first = {house: at for at, house in reversed(list(enumerate(self._of)))}
        return [passed[house] * (first[house] == at) for at, house in enumerate(self._of)]

    def failed(self, lost: Sequence[int]) -> list[bool]:
        """Return whether the house of each lender has lost more than its equity.

        Parameters
        ----------
        lost : sequence of int
            By lender, micro-USD.
        """
        own = self._sums(lost)
        passed = self._passed(own)
        gone = [a + b > c for a, b, c in zip(own, passed, self.equity, strict=True)]
        return [gone[house] for house in self._of]
