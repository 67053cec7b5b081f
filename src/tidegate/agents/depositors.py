"""Clients of one exchange in columns: what they own, when they look, and when they leave.

Who looks compares what staying is worth with what leaving is:

    b x 1 + (1 - b) x payout < 1 - cost

b is the belief that the exchange makes good or is rescued. Alarm lowers it, which is fear of the
news, a run that others are seen to make, and a hole that is seen; the management's word raises it
again. The payout is what would be left for those who stay if all who queue were paid first, less
what a failure costs: the longer the queue at an exchange with a hole, the less there is to stay
for. The greater the alarm, the more often clients look.

An account stands for clients of one size, who look and go together. Sizes are drawn halfway
between clients and money: the larger a size is, the fewer clients and the more money an account
of it has, each by half the power. So neither is left to a few accounts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tidegate_core.draws import exp

from tidegate.agents.whole_columns import Whole, spread, total
from tidegate.scenario.deposit_terms import DepositorSpec
from tidegate.streams import Streams

__all__ = ["Depositors", "Sight", "expected_payout", "leaves"]

MOST_LOOKS = 50.0  # times the rate of the median client


@dataclass(frozen=True, slots=True)
class Sight:
    """What a client who looks can see.

    Attributes
    ----------
    fear : float
        Of this exchange's clients.
    cover : float
        Visible reserves over claims.
    queued : float
        Claims that wait to be paid, over all claims.
    leaving : float
        Claims that were asked for in the last day, over those at the start.
    calmed : float
        Part of all alarm that the management's word takes away.
    """

    fear: float
    cover: float = 1.0
    queued: float = 0.0
    leaving: float = 0.0
    calmed: float = 0.0


def expected_payout(cover: float, queued: float, discount: float) -> float:
    """Return what a claim that stays brings if the exchange fails, of 1.

    Parameters
    ----------
    cover
        Reserves over claims.
    queued
        Share of claims that are paid first.
    discount
        What a failure costs besides.
    """
    left = (cover - queued) / (1.0 - queued) if queued < 1.0 else 0.0
    return (1.0 - discount) * min(max(left, 0.0), 1.0)


def alarm(sight: Sight, terms: DepositorSpec) -> float:
    """Return how alarming what there is to see is, in units of fear."""
    missing = max(0.0, 1.0 - sight.cover)
    return sight.fear + terms.run_alarm * sight.leaving + terms.hole_alarm * missing


def leaves(doubt: NDArray[np.float64], sight: Sight, terms: DepositorSpec) -> NDArray[np.bool_]:
    """Return who of some clients would leave, by their doubt."""
    disbelief = np.minimum(doubt * (1.0 - sight.calmed) * alarm(sight, terms), 1.0)
    payout = expected_payout(sight.cover, sight.queued, terms.failed_discount)
    left: NDArray[np.bool_] = (1.0 - disbelief) + disbelief * payout < 1.0 - terms.cost
    return left


class Depositors:
    """Accounts of one exchange.

    Parameters
    ----------
    spec : DepositorSpec
        Who they are.
    cash, coins : int
        What all of them own, micro-USD and lots; each has the same mix.
    clients : int
        How many they are.
    path : str
        Key of their draws.
    streams : Streams
        Keyed random numbers.

    Attributes
    ----------
    cash, coins : column of int64
        What each owns.
    native : column of bool
        Who is at home in crypto.
    size : column of float
        Balance of a client, over that of the median client.
    clients : column of float
        How many an account stands for.
    """

    def __init__(
        self,
        spec: DepositorSpec,
        *,
        cash: int,
        coins: int,
        clients: int,
        path: str,
        streams: Streams,
    ) -> None:
        self.spec = spec
        self.path = path
        self.streams = streams
        n = spec.accounts
        normal = np.empty(n)
        streams.fill_normal(normal, path, "balance")
        half = 0.5 * spec.spread
        weights = exp(half * normal)
        fewer = exp(-half * normal)
        self.clients: NDArray[np.float64] = clients * fewer / math.fsum(fewer)
        self.size: NDArray[np.float64] = exp(2.0 * half * (half + normal))
        self.cash, self.coins = (spread(np.array([whole]), weights)[0] for whole in (cash, coins))
        streams.fill_normal(normal_doubt := np.empty(n), path, "doubt")
        self.native = self._uniforms("native", 0) < spec.native
        scale = np.where(self.native, spec.native_doubt, 1.0)
        self.doubt = spec.doubt * scale * exp(spec.doubt_spread * normal_doubt)
        quicker = exp(spec.large_look * 2.0 * half * (half + normal))
        self._looks: NDArray[np.float64] = np.minimum(quicker, MOST_LOOKS)
        self._quickest = float(self._looks.max(initial=0.0))
        self.waiting = np.zeros(n, dtype=np.bool_)

    def _uniforms(self, stream: str, moment: int) -> NDArray[np.float64]:
        column = np.empty(self.spec.accounts)
        self.streams.fill_uniform(column, self.path, stream, moment)
        return column

    def asking(self, moment: int, seconds: int, sight: Sight) -> list[int]:
        """Return the accounts that ask for all they have in a moment, the quickest first.

        Parameters
        ----------
        moment : int
            Number of the moment: key of its draws.
        seconds : int
            Its length.
        sight : Sight
            What there is to see.
        """
        spec = self.spec
        rate = spec.looks * alarm(sight, spec)
        if rate <= 0.0:
            return []
        luck = self._uniforms("look", moment)
        # Few look in a moment. Nobody does whose luck is beyond that of the quickest (with a
        # margin for rounding), and only the others are asked what they see.
        bound = -math.expm1(-rate * self._quickest * seconds / 3600.0) + 1e-9
        some = np.flatnonzero(luck < bound)
        looks = luck[some] < 1.0 - exp(-rate * self._looks[some] * seconds / 3600.0)
        some = some[looks]
        some = some[~self.waiting[some] & ((self.cash[some] > 0) | (self.coins[some] > 0))]
        found = some[leaves(self.doubt[some], sight, spec)]
        # The luck of who looks at a higher rate is less by as much: the order is that of looks.
        order = found[np.argsort(luck[found] / self._looks[found], kind="stable")]
        self.waiting[order] = True
        return [int(account) for account in order]

    def staying_on(self, accounts: list[int], sight: Sight) -> list[int]:
        """Return who of those who wait still wants to go; the others stop waiting."""
        column = np.array(accounts, dtype=np.int64)
        going = self._would_leave(sight)[column]
        self.waiting[column[~going]] = False
        return [int(account) for account in column[going]]

    def _would_leave(self, sight: Sight) -> NDArray[np.bool_]:
        return leaves(self.doubt, sight, self.spec)

    def paid(self, account: int, cash: int, lots: int) -> bool:
        """Book a payment; return whether the account has nothing left."""
        self.cash[account] -= cash
        self.coins[account] -= lots
        done = not (self.cash[account] or self.coins[account])
        if done:
            self.waiting[account] = False
        return done

    def value(self, unit: float) -> Whole:
        """Return what each owns, micro-USD."""
        column: Whole = self.cash + (self.coins * unit).astype(np.int64)
        return column

    def worth(self, account: int, unit: float) -> int:
        """Return what one account owns, micro-USD."""
        return int(self.cash[account]) + int(self.coins[account] * unit)

    def waiting_worth(self, unit: float) -> int:
        """Return what those who wait own, micro-USD."""
        return total(self.cash[self.waiting]) + int(total(self.coins[self.waiting]) * unit)

    def totals(self) -> tuple[int, int]:
        """Return what all own: micro-USD and lots."""
        return total(self.cash), total(self.coins)

    def close(self) -> None:
        """Strike out all claims: they have been settled."""
        self.cash[:] = 0
        self.coins[:] = 0
        self.waiting[:] = False

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        assert (self.cash >= 0).all()
        assert (self.coins >= 0).all()
        owning = (self.cash > 0) | (self.coins > 0)
        assert not (self.waiting & ~owning).any()
