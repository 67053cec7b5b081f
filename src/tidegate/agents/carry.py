"""What a perpetual is worth over spot to those who are short what the public is long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tidegate_core.draws import exp
from tidegate_crowd.places import Places

from tidegate.scenario.appetite import AppetiteSpec

__all__ = ["Carry"]

DAY = 86_400
MOST = 0.05  # log price


@dataclass
class Carry:
    """The premium over spot that professionals ask for as long as capital is scarce.

    Makers, value traders and basis traders together are the other side of the public: short
    perpetuals against coins. That ties up balance sheet. The more of it they carry beyond what
    capital has come in for, the more a perpetual must cost over spot for them to carry on.

    Parameters
    ----------
    spec : AppetiteSpec
        What they ask, and how fast capital comes.
    interest : column of float
        By place: lots of open interest at the start; 0 on spot.
    accounts : sequence of columns of int
        By place: an account of each kind of professional.
    """

    spec: AppetiteSpec
    interest: NDArray[np.float64]
    accounts: Sequence[NDArray[np.int32]]

    def __post_init__(self) -> None:
        self.funded = np.zeros(len(self.interest))  # lots that capital has come in for, by place

    def advance(self, places: Places, seconds: int) -> NDArray[np.float64]:
        """Let capital come in for some seconds; return every place's premium, log price.

        Parameters
        ----------
        places : Places
            Where they trade.
        seconds : int
            Since the last round.
        """
        short = -np.sum([places.inventories(column) for column in self.accounts], axis=0)
        scarce = np.where(self.interest > 0.0, short - self.funded, 0.0)
        come = 1.0 - exp(-seconds / (DAY * self.spec.capital_days))
        self.funded = self.funded + come * scarce
        return self._asked(places.coin, scarce)

    def _asked(self, coin: NDArray[np.int32], scarce: NDArray[np.float64]) -> NDArray[np.float64]:
        pooled = np.bincount(coin, scarce) / np.bincount(coin, self.interest)
        own = scarce / np.maximum(self.interest, 1.0)
        share = self.spec.pooled * pooled[coin] + (1.0 - self.spec.pooled) * own
        asked = np.clip(self.spec.carry * share, -MOST, MOST)
        return np.where(self.interest > 0.0, asked, 0.0)

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        assert np.isfinite(self.funded).all(), f"capital came in for {self.funded} lots"
        assert not self.funded[self.interest == 0.0].any(), "capital came in for spot"
