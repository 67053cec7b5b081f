"""A circuit breaker: trading in a contract pauses after its mark has moved far in little time."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from tidegate.scenario.venue_parts import BreakerRule

__all__ = ["CircuitBreaker"]

PPM = 1_000_000


class _Window:
    """Highest and lowest of the last seconds; a sample costs the same however long the window."""

    def __init__(self) -> None:
        self.highs: deque[tuple[int, int]] = deque()  # later ones are lower
        self.lows: deque[tuple[int, int]] = deque()  # later ones are higher

    def add(self, now: int, mark: int, oldest: int) -> None:
        while self.highs and self.highs[-1][1] <= mark:
            self.highs.pop()
        while self.lows and self.lows[-1][1] >= mark:
            self.lows.pop()
        for extremes in (self.highs, self.lows):
            extremes.append((now, mark))
            while extremes[0][0] < oldest:
                extremes.popleft()

    def clear(self) -> None:
        self.highs.clear()
        self.lows.clear()


class CircuitBreaker:
    """Watches the marks of an exchange's contracts.

    Parameters
    ----------
    rule : BreakerRule
        Trigger, window and pause; without a trigger it never pauses anything.
    contracts : int
        How many there are.

    Examples
    --------
    >>> rule = BreakerRule(trigger_ppm=50_000, window_seconds=300, pause_seconds=60)
    >>> breaker = CircuitBreaker(rule, contracts=1)
    >>> [breaker.watch(now, [mark]) for now, mark in [(0, 1000), (60, 980), (120, 949)]]
    [(), (), (0,)]
    >>> breaker.watch(180, [900])
    ()
    """

    def __init__(self, rule: BreakerRule, contracts: int) -> None:
        self.rule = rule
        self.paused: tuple[int, ...] = ()
        self.trips = 0
        self._windows = [_Window() for _ in range(contracts)]
        self._until: list[int | None] = [None] * contracts

    def watch(self, now: int, marks: Sequence[int]) -> tuple[int, ...]:
        """Take note of the marks of a second; return the contracts that are paused from now on.

        A pause ends by itself; what happened before and during it counts no more.
        """
        if not self.rule.trigger_ppm:
            return ()
        for contract, mark in enumerate(marks):
            self._watch(contract, now, mark)
        self.paused = tuple(c for c, until in enumerate(self._until) if until is not None)
        return self.paused

    def _watch(self, contract: int, now: int, mark: int) -> None:
        until, window = self._until[contract], self._windows[contract]
        if until is not None and now < until:
            return
        self._until[contract] = None
        window.add(now, mark, now - self.rule.window_seconds)
        fallen = (PPM - self.rule.trigger_ppm) * window.highs[0][1]
        risen = (PPM + self.rule.trigger_ppm) * window.lows[0][1]
        if not fallen < PPM * mark < risen:
            self._until[contract] = now + self.rule.pause_seconds
            self.trips += 1
            window.clear()
