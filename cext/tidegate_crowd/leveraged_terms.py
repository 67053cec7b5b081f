"""What all members of a leveraged crowd share, and what a column of members may hold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CrowdTerms", "GroupTerms", "require_columns"]

_LINE_KINDS = 2


def _require(name: str, value: float, sound: bool, allowed: str) -> None:
    if not sound:
        raise ValueError(f"{name} is {value}; allowed are {allowed}")


@dataclass(frozen=True, slots=True)
class GroupTerms:
    """Members of similar leverage.

    Parameters
    ----------
    low, high : float
        Lowest and highest leverage; infinite: what the contract allows.
    turn : float
        Mean seconds between renewals of a position in calm.
    trend : float
        How far momentum can move the chance that a new position is long from 1/2.
    """

    low: float
    high: float
    turn: float
    trend: float = 0.0

    def __post_init__(self) -> None:
        _require("low", self.low, self.low >= 1.0, "numbers >= 1")
        _require("high", self.high, self.high > self.low, f"numbers above {self.low}")
        _require("turn", self.turn, 0.0 < self.turn < math.inf, "positive finite seconds")
        _require("trend", self.trend, 0.0 <= self.trend <= 0.5, "0 to 0.5")


@dataclass(frozen=True, slots=True)
class CrowdTerms:
    """What all members share.

    Parameters
    ----------
    groups : tuple of GroupTerms
        Members name theirs by its place.
    stop_share : float
        Share of new positions with a stop.
    stop_low, stop_high : float
        Where it lies on the way from entry to liquidation, uniformly.
    top_up_share : float
        Share of new positions, all without a stop, whose owner adds margin once.
    top_up_way : float
        Where on the way.
    top_up : float
        How much, over initial margin.
    mean_return : float
        Mean seconds until a member that was stopped or wiped out trades again.
    max_stress : float
        Highest factor by which stress speeds renewals up.
    slippage : float
        How far, in log price, an order of a renewal walks through the book; what finds no taker
        waits for the next round. 0: any distance.
    work : float
        Seconds in which an order of a renewal is worked, in equal parts: a member stands for many
        accounts, who do not all come at once. 0: at once.
    meets : bool
        Whether buyers and sellers of a round first trade with each other in the middle of the
        spread.
    """

    groups: tuple[GroupTerms, ...]
    stop_share: float = 0.0
    stop_low: float = 0.35
    stop_high: float = 0.95
    top_up_share: float = 0.0
    top_up_way: float = 0.6
    top_up: float = 0.6
    mean_return: float = 14_400.0
    max_stress: float = 12.0
    slippage: float = 0.0
    work: float = 0.0
    meets: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", tuple(self.groups))
        if not 1 <= len(self.groups) <= 255:
            raise ValueError(f"groups has {len(self.groups)} rows; allowed are 1 to 255")
        share, rest = self.stop_share, 1.0 - self.stop_share
        _require("stop_share", share, 0.0 <= share <= 1.0, "0 to 1")
        _require("stop_low", self.stop_low, 0.0 < self.stop_low < 1.0, "numbers within 0 and 1")
        _require(
            "stop_high",
            self.stop_high,
            self.stop_low <= self.stop_high < 1.0,
            f"{self.stop_low} to less than 1",
        )
        _require(
            "top_up_share", self.top_up_share, 0.0 <= self.top_up_share <= rest, f"0 to {rest}"
        )
        _require("top_up_way", self.top_up_way, 0.0 < self.top_up_way < 1.0, "within 0 and 1")
        for name in ("top_up", "mean_return", "max_stress", "slippage", "work"):
            value = getattr(self, name)
            _require(name, value, 0.0 <= value < math.inf, "finite numbers >= 0")


def require_columns(
    terms: CrowdTerms, columns: dict[str, NDArray[Any]], marks: NDArray[np.int64]
) -> None:
    """Refuse columns of members that cannot be, by name.

    Parameters
    ----------
    terms : CrowdTerms
        What they share.
    columns : dict of columns
        `contract`, `group`, `size`, `margin_rate`, `line_kind` and `line`.
    marks : column of int64
        Marks of the contracts, ticks.
    """
    shape = columns["contract"].shape
    for name, column in columns.items():
        if column.ndim != 1 or column.shape != shape or not column.size:
            raise ValueError(f"{name} has shape {column.shape}; allowed are columns of one length")
    if marks.ndim != 1 or not 1 <= marks.size <= 255 or marks.min() < 1:
        raise ValueError(f"marks is {marks}; allowed are 1 to 255 prices of at least 1")
    for name, high in (
        ("contract", marks.size - 1),
        ("group", len(terms.groups) - 1),
        ("line_kind", _LINE_KINDS),
    ):
        if columns[name].min() < 0 or columns[name].max() > high:
            raise ValueError(f"{name} must be within 0 and {high}")
    if not np.all(columns["size"]):
        raise ValueError("size must not be 0: every member has a position")
    rate = columns["margin_rate"]
    if not np.all((rate > 0.0) & (rate <= 1.0)):
        raise ValueError("margin_rate must be above 0 and at most 1")
    if np.any((columns["line_kind"] > 0) & (columns["line"] < 1)):
        raise ValueError("line must be a price of at least 1 tick")
