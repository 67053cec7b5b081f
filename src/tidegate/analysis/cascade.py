"""Cascades: how much selling a fall sets off, and how far that carries the price.

A fall of 1 % releases liquidations of notional l; selling D moves the price by 1 %. Their ratio
g = l / D is the gain of the loop. Below 1 a shock s ends as a fall of s / (1 - g); from 1 on it
runs until the ladder of liquidation prices thins out. As events, liquidations that cause
liquidations are a branching process, whose ratio n should agree with g.

Percentages are shares of 1: a fall of 2 % is 0.02.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "amplification",
    "branching_ratio",
    "cascade_gain",
    "critical_leverage",
    "depth_per_percent",
    "kyle_equilibrium",
    "released_per_percent",
    "steepest_gain",
    "total_fall",
]

Floats = NDArray[np.float64]


def _columns(**arrays: ArrayLike) -> list[Floats]:
    """Give one-dimensional float columns of one length, or name the one that is not."""
    columns = {name: np.asarray(values, dtype=np.float64) for name, values in arrays.items()}
    rows = len(next(iter(columns.values())))
    for name, column in columns.items():
        if column.shape != (rows,):
            raise ValueError(f"{name} has shape {column.shape}; ({rows},) is needed")
    return list(columns.values())


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not 0 < value < math.inf:
            raise ValueError(f"{name} is {value}; allowed are finite values above 0")


# ---- gain -------------------------------------------------------------------------------------


def released_per_percent(
    triggers: ArrayLike, notionals: ArrayLike, price: float, span: float
) -> float:
    """Measure l: notional of longs due per 1 % fall, over the next `span` below a price.

    Parameters
    ----------
    triggers : array
        Prices at which positions are due.
    notionals : array
        What each of them would sell.
    price : float
        From where the fall starts; a trigger there counts.
    span : float
        How deep to look, as a share of the price, e.g. 0.05.
    """
    _positive(price=price, span=span)
    at, size = _columns(triggers=triggers, notionals=notionals)
    near = (at <= price) & (at > price * (1 - span))
    return float(size[near].sum()) / (span * 100)


def depth_per_percent(prices: ArrayLike, quantities: ArrayLike, price: float, span: float) -> float:
    """Measure D: notional bid per 1 % of price, over the next `span` below a price."""
    _positive(price=price, span=span)
    at, lots = _columns(prices=prices, quantities=quantities)
    near = (at <= price) & (at > price * (1 - span))
    return float((at * lots)[near].sum()) / (span * 100)


def cascade_gain(released: float, depth: float) -> float:
    """Give g = l / D, from notional released and notional needed per 1 %."""
    _positive(depth=depth)
    if not 0 <= released < math.inf:
        raise ValueError(f"released is {released}; allowed are finite values of 0 and more")
    return released / depth


def total_fall(shock: float, gain: float) -> float:
    """Predict where a shock ends while the loop is linear; infinite for a gain of 1 and more.

    Examples
    --------
    >>> total_fall(0.02, 0.5)
    0.04
    """
    return shock / (1 - gain) if gain < 1 else math.inf


def amplification(fall: float, shock: float) -> float:
    """Give how many times its shock a fall is: 1 without liquidations."""
    _positive(shock=shock)
    return fall / shock


def steepest_gain(gains: ArrayLike, falls: ArrayLike) -> float:
    """Find the gain at which falls rise fastest: the middle of the steepest step of the curve."""
    gain, fall = _columns(gains=gains, falls=falls)
    if len(gain) < 2 or np.any(np.diff(gain) <= 0):
        raise ValueError(f"gains are {gain.tolist()}; at least two, ascending, are needed")
    step = int(np.argmax(np.diff(fall) / np.diff(gain)))
    return float(gain[step] + gain[step + 1]) / 2


# ---- self-excitation --------------------------------------------------------------------------


def branching_ratio(times: ArrayLike, start: float, end: float, window: float) -> float:
    """Estimate the share of events that other events caused: n = 1 - sqrt(mean / variance).

    Parameters
    ----------
    times : array
        When events happened, in any order.
    start, end : float
        The stretch to look at; what does not fill a window at its end is left out.
    window : float
        Length over which events are counted. It should be long against the time in which one
        event sets off the next, and there should be hundreds of windows.

    Returns
    -------
    float
        0 for independent events and for counts less variable than those, towards 1 when nearly
        all events are caused; NaN without events or with fewer than two windows.
    """
    _positive(window=window)
    (at,) = _columns(times=times)
    windows = math.floor((end - start) / window)
    if windows < 2:
        return math.nan
    place = np.floor((at - start) / window)
    inside = place[(place >= 0) & (place < windows)].astype(np.int64)
    counts = np.bincount(inside, minlength=windows)
    mean, variance = float(counts.mean()), float(counts.var(ddof=1))
    if mean == 0:
        return math.nan
    return 1 - math.sqrt(mean / variance) if variance > mean else 0.0


# ---- theory to compare with -------------------------------------------------------------------


def critical_leverage(impact: float) -> float:
    """Give the leverage above which closing a position bankrupts it: 3 / (2 I).

    `impact` is the fall I that closing all of it makes. Impact grows with the square root of
    what is sold, so the average lot loses 2 I / 3 of what it was worth.

    Examples
    --------
    >>> critical_leverage(0.25)
    6.0
    """
    _positive(impact=impact)
    return 3 / (2 * impact)


def kyle_equilibrium(sigma_v: float, sigma_u: float) -> tuple[float, float]:
    """Solve the single auction of Kyle (1985): price impact and what stays unknown.

    Parameters
    ----------
    sigma_v : float
        Standard deviation of the value, price units.
    sigma_u : float
        Standard deviation of uninformed flow, quantity units.

    Returns
    -------
    tuple of float
        lambda = sigma_v / (2 sigma_u), and the variance of the value once the price is known.

    Examples
    --------
    >>> kyle_equilibrium(2.0, 1.0)
    (1.0, 2.0)
    """
    _positive(sigma_v=sigma_v, sigma_u=sigma_u)
    return sigma_v / (2 * sigma_u), sigma_v**2 / 2
