"""Policies: data that, from a date and with some probability, sets levers. They call nobody.

A policy is announced, then decided: at its effective day it either sets its levers or lapses.
Before the announcement it leaves no trace anywhere, so runs that differ in it agree until then.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

from pydantic import Field, model_validator

from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.levers import Announcement, Levers, LeverValue

__all__ = ["Agenda", "LeverPolicy", "Policy", "UniformSource"]

DAY_SECONDS = 86_400
STATUS_QUO = Levers()


class UniformSource(Protocol):
    """What an agenda needs of a run's keyed streams."""

    def uniform(self, path: str, stream: str, tick: int) -> float:
        """Return the uniform in (0, 1) of a key."""
        ...


class Policy(Frozen):
    """What is announced, when it is decided, and how likely it is to take effect."""

    name: str = Field(description="Name, unique in a run; the key of its decision.", min_length=1)
    announcement_day: float = quantity(
        0.0, unit="days", source="scenario", about="Days into the run when it is public.", ge=0
    )
    effective_day: float = quantity(
        0.0, unit="days", source="scenario", about="Days into the run when it is decided.", ge=0
    )
    success_probability: float = quantity(
        1.0,
        unit="1",
        source="scenario; an order to review a rule is not the rule (PEN-H26)",
        about="Chance that it takes effect on its effective day rather than lapses.",
        ge=0,
        le=1,
    )

    @model_validator(mode="after")
    def _can_happen(self) -> Self:
        if self.effective_day < self.announcement_day:
            raise ValueError(
                f"effective_day must be >= announcement_day ({self.announcement_day:g}), "
                f"got {self.effective_day:g}"
            )
        STATUS_QUO.updated(self.settings())
        return self

    @property
    def announcement(self) -> int:
        """Second of the run from which it is public."""
        return round(self.announcement_day * DAY_SECONDS)

    @property
    def effective(self) -> int:
        """Second of the run at which it is decided."""
        return round(self.effective_day * DAY_SECONDS)

    @property
    def chance(self) -> float:
        """Chance that it takes effect."""
        return self.success_probability

    @abstractmethod
    def settings(self) -> Mapping[str, LeverValue]:
        """Return the value per lever that it sets, ``{"pension.allocation": 0.01}``."""

    def as_announced(self) -> Announcement:
        """Return what the public knows of it before it is decided."""
        return Announcement(
            name=self.name,
            announced=self.announcement,
            effective=self.effective,
            probability=self.chance,
            levers=tuple(self.settings().items()),
        )


class LeverPolicy(Policy):
    """A policy written out lever by lever, as a scenario file does."""

    levers: Mapping[str, LeverValue] = Field(
        description="Value per lever, a table of group.name = value."
    )

    def __hash__(self) -> int:
        """Return a hash of name and levers; the rest seldom tells policies apart."""
        return hash((self.name, *sorted(self.levers)))

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers as given."""
        return dict(self.levers)


@dataclass(frozen=True, slots=True)
class Agenda:
    """The policies of a run and which of them take effect.

    Parameters
    ----------
    policies
        Policies with different names. Those decided at the same second are applied in order.
    taking_effect
        Names of the policies that take effect; the others lapse on their effective day.
    start
        Levers before any policy.
    """

    policies: tuple[Policy, ...] = ()
    taking_effect: frozenset[str] = frozenset()
    start: Levers = STATUS_QUO
    _boards: tuple[tuple[int, Levers], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = [policy.name for policy in self.policies]
        if len(set(names)) != len(names):
            raise ValueError(f"policies must have different names, got {names}")
        unknown = self.taking_effect.difference(names)
        if unknown:
            raise ValueError(
                f"taking_effect must name policies among {names}, got {sorted(unknown)}"
            )
        times = {policy.announcement for policy in self.policies}
        times |= {policy.effective for policy in self.policies}
        boards = tuple((time, _board(self, time)) for time in sorted(times))
        object.__setattr__(self, "_boards", boards)

    @classmethod
    def decide(
        cls, policies: Sequence[Policy], streams: UniformSource, start: Levers = STATUS_QUO
    ) -> Self:
        """Return the agenda on which each policy was decided by one uniform of its own.

        The uniform's key is the policy's name: the decision is the same whatever else is on the
        agenda, and a likelier policy takes effect wherever a less likely one did.
        """
        effective = frozenset(
            policy.name
            for policy in policies
            if streams.uniform(f"policy/{policy.name}", "takes_effect", 0) < policy.chance
        )
        return cls(tuple(policies), effective, start)

    def levers_at(self, second: int) -> Levers:
        """Return the board in force at ``second``: the same object until something changes."""
        board = self.start
        for time, levers in self._boards:
            if time > second:
                break
            board = levers
        return board

    def changes(self) -> tuple[int, ...]:
        """Return the seconds at which the board changes, in order."""
        return tuple(time for time, _ in self._boards)


def _board(agenda: Agenda, second: int) -> Levers:
    board = agenda.start
    for policy in sorted(agenda.policies, key=lambda policy: policy.effective):
        if policy.effective <= second and policy.name in agenda.taking_effect:
            board = board.updated(policy.settings())
    pending = (
        policy.as_announced()
        for policy in sorted(agenda.policies, key=lambda policy: policy.announcement)
        if policy.announcement <= second < policy.effective
    )
    return board.model_copy(update={"pending": board.pending + tuple(pending)})
