"""Adoption from one to the next, in columns: hazards or thresholds over a graph of peers.

The agent form of `tidegate.agents.adoption`: on a complete graph, with everybody a success, it
follows Bass's curve. Who joins and who leaves within a step is decided by one uniform per
candidate, keyed by its name and the step: a candidate that is likelier to adopt does so wherever
it would have, were it less likely, and one more candidate changes nobody's luck.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import copy
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tidegate_core import draws

from tidegate.agents.peers import Peers
from tidegate.scenario.diffusion import ImitationSpec, ThresholdSpec
from tidegate.streams import Streams, draw_key

__all__ = ["AdoptionNetwork"]

_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]
_Ints = NDArray[np.int64]

NEVER = -1


class _Rule(Protocol):
    """At which rates, 1/yr, candidates join and adopters leave."""

    def rates(
        self, pull: _Floats, drawdown: _Floats, friction: _Floats
    ) -> tuple[_Floats, _Floats]: ...


class _Imitation:
    """Bass's hazard, extended."""

    def __init__(self, spec: ImitationSpec) -> None:
        self.spec = spec

    def rates(self, pull: _Floats, drawdown: _Floats, friction: _Floats) -> tuple[_Floats, _Floats]:
        spec = self.spec
        hazard = spec.innovation + spec.imitation * pull
        hazard = hazard - spec.drawdown_aversion * drawdown - friction
        return np.maximum(hazard, 0.0), spec.retreat * np.maximum(-hazard, 0.0)


class _Thresholds:
    """Everybody's own threshold, and a lower one to leave by."""

    def __init__(self, spec: ThresholdSpec, thresholds: _Floats) -> None:
        self.spec = spec
        self.thresholds = thresholds

    def rates(self, pull: _Floats, drawdown: _Floats, friction: _Floats) -> tuple[_Floats, _Floats]:
        spec = self.spec
        pressure = pull - spec.drawdown_aversion * drawdown - friction
        rate = np.inf if spec.reaction is None else spec.reaction
        join = np.where(pressure >= self.thresholds, rate, 0.0)
        return join, np.where(pressure < self.thresholds - spec.gap, rate, 0.0)


class AdoptionNetwork:
    """Candidates who adopt, and may leave, as their peers do and fare.

    Parameters
    ----------
    names : sequence of str
        Stable and different names of the candidates: the keys of their draws.
    spec : ImitationSpec or ThresholdSpec
        What moves them.
    streams : Streams
        Keyed random numbers.
    path : str
        Stable name of the network.
    weights : array_like, optional
        Row i: the weights of i's peers, as of `similarity_weights`; None: a complete graph.
    influence : array_like, optional
        On a complete graph, how much each is looked at.
    thresholds : array_like, optional
        Threshold of each, in place of those drawn (normal, by name).
    adopters : collection of str
        Those who have adopted before the start.

    Attributes
    ----------
    adopted : ndarray of bool
        Who has adopted.
    since : ndarray of int64
        ``tick_key`` of the step in which they did; -1 of those who have not, 0 of first adopters.

    Examples
    --------
    >>> from tidegate.streams import Streams
    >>> states = AdoptionNetwork(
    ...     ["Kazakhstan", "Bhutan"], ImitationSpec(), streams=Streams(1), path="states"
    ... )
    >>> joined, left = states.step(0, 1 / 12, success=1.0)
    """

    def __init__(
        self,
        names: Sequence[str],
        spec: ImitationSpec | ThresholdSpec,
        *,
        streams: Streams,
        path: str,
        weights: ArrayLike | None = None,
        influence: ArrayLike | None = None,
        thresholds: ArrayLike | None = None,
        adopters: Collection[str] = (),
    ) -> None:
        self.names = tuple(names)
        if len(set(self.names)) != len(self.names):
            raise ValueError(f"names must be different, got {self.names}")
        if unknown := set(adopters).difference(self.names):
            raise ValueError(f"adopters must be among the names, got {sorted(unknown)}")
        n = len(self.names)
        self.spec = spec
        self.peers = Peers(n, weights, influence)
        self._index = np.array([draw_key(0, name, "candidate") for name in names], dtype=np.uint64)
        self._key = streams.key(path, "adoption")
        self._rule: _Rule
        if isinstance(spec, ThresholdSpec):
            if thresholds is None:
                luck = np.empty(n)
                draws.fill_normal(luck, streams.key(path, "thresholds"), 0, 0, self._index)
                thresholds = spec.mean + spec.sd * luck
            self._rule = _Thresholds(spec, self._column("thresholds", thresholds))
        elif thresholds is None:
            self._rule = _Imitation(spec)
        else:
            raise ValueError("thresholds are those of a ThresholdSpec; this is an ImitationSpec")
        self.adopted: _Bools = np.array([name in adopters for name in self.names], dtype=np.bool_)
        self.since: _Ints = np.where(self.adopted, 0, NEVER).astype(np.int64)

    def __copy__(self) -> Self:
        """Return a network of its own; what never changes is shared."""
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.adopted, twin.since = self.adopted.copy(), self.since.copy()
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return a network of its own."""
        return copy(self)

    # -- reading ------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """Number of adopters."""
        return int(np.count_nonzero(self.adopted))

    @property
    def share(self) -> float:
        """Share of candidates that have adopted; 0 where there is none."""
        return self.count / len(self.names) if self.names else 0.0

    def pull(self, success: ArrayLike = 1.0) -> _Floats:
        """Return the pull of everybody's peers: sum_j w_ij A_j success_j, failures felt more."""
        worth = self._column("success", success)
        worth = np.where(worth >= 0.0, worth, self.spec.loss_aversion * worth)
        return self.peers.pull(self.adopted, worth)

    def rates(
        self, *, success: ArrayLike = 1.0, drawdown: ArrayLike = 0.0, friction: ArrayLike = 0.0
    ) -> tuple[_Floats, _Floats]:
        """Return the rates, 1/yr, at which each would join if out, and leave if in."""
        return self._rule.rates(
            self.pull(success),
            self._column("drawdown", drawdown),
            self._column("friction", friction),
        )

    # -- a step -------------------------------------------------------------------------------

    def step(
        self,
        tick_key: int,
        years: float,
        *,
        success: ArrayLike = 1.0,
        drawdown: ArrayLike = 0.0,
        friction: ArrayLike = 0.0,
        open: ArrayLike = True,
    ) -> tuple[_Ints, _Ints]:
        """Let a stretch of time pass; rates are those of its beginning.

        Parameters
        ----------
        tick_key : int
            Number of the step: the key of its draws, another at every step.
        years : float
            Its length, >= 0.
        success : array_like
            Visible success of each adopter; 1 is the average product's, < 0 a failure.
        drawdown : array_like
            Loss from the peak, 0 to 1, that each candidate sees.
        friction : array_like
            What holds each back, in the unit of the pull's effect: 1/yr for imitation, share of
            peers for thresholds. Below 0 it pushes.
        open : array_like of bool
            Whether each may join at all; who is in may always leave.

        Returns
        -------
        joined, left : ndarray of int64
            Indices of the names, in order.
        """
        if not 0.0 <= years < np.inf:
            raise ValueError(f"years must be >= 0 and finite, got {years!r}")
        join, leave = self.rates(success=success, drawdown=drawdown, friction=friction)
        may = np.broadcast_to(np.asarray(open, dtype=np.bool_), self.adopted.shape)
        luck = np.empty(len(self.names))
        draws.fill_uniform(luck, self._key, tick_key, 0, self._index)
        # Opposite ends of the same luck: who leaves when things are better also does when worse.
        joined = np.flatnonzero(~self.adopted & may & (luck < _chance(join, years)))
        left = np.flatnonzero(self.adopted & (luck > 1.0 - _chance(leave, years)))
        self.move(tick_key, joined, left)
        return joined, left

    def move(self, tick_key: int, joined: _Ints, left: _Ints) -> None:
        """Book adoptions and departures, be they decided here or elsewhere."""
        self.adopted[joined] = True
        self.since[joined] = tick_key
        self.adopted[left] = False
        self.since[left] = NEVER

    def _column(self, name: str, value: ArrayLike) -> _Floats:
        """Return a number per candidate."""
        column = np.asarray(value, dtype=np.float64)
        if column.shape not in ((), (len(self.names),)) or not np.isfinite(column).all():
            raise ValueError(
                f"{name} must be a finite number, or one for each of {len(self.names)} names, "
                f"got {value!r}"
            )
        return np.broadcast_to(column, (len(self.names),))

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        assert (self.adopted == (self.since != NEVER)).all()


def _chance(rate: _Floats, years: float) -> _Floats:
    """Return the chance that something of a rate happens within a time."""
    if years == 0.0:
        return np.zeros(len(rate))
    at_once = np.isinf(rate)
    chance: _Floats = 1.0 - draws.exp(-np.where(at_once, 0.0, rate) * years)
    return np.where(at_once, 1.0, chance)
