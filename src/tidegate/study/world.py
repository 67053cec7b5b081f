"""What a study needs of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self, runtime_checkable

import polars as pl

Frames = Mapping[str, pl.DataFrame]


class World(Protocol):
    """A running market that can be copied and treated.

    The market of `tidegate.model` is one; any seeded simulation with these six members can
    be studied with the same tools.
    """

    @property
    def tick(self) -> int:
        """The number of ticks that have passed."""
        ...

    def run_until(self, tick: int) -> None:
        """Advance until `tick` ticks have passed."""
        ...

    def fork(self) -> Self:
        """Return a copy that continues bit for bit as this world would."""
        ...

    # Any: a world names the kind of policy it understands.
    def apply(self, policies: Sequence[Any]) -> None:
        """Take up policies; before its announcement a policy changes nothing."""
        ...

    def frames(self) -> Frames:
        """Return the tape so far, by table name."""
        ...

    def digest(self) -> str:
        """Return a hash of the tape so far."""
        ...


@runtime_checkable
class Auditable(Protocol):
    """A world that can prove that nothing was created or lost."""

    def audit(self) -> object:
        """Raise `AssertionError` where the accounts of the world do not add up."""
        ...
