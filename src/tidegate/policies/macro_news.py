"""What all news of the economy has in common: it moves factors from its effective day on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from tidegate.policies.base import Policy
from tidegate.scenario.frozen import quantity
from tidegate.scenario.levers import LeverValue

__all__ = ["MacroNews"]


class MacroNews(Policy):
    """News that moves factors of the scenario's part `macro`; what breaks together adds up.

    What it does to factors is an assumption. What they do to the value of BTC is the scenario's.
    """

    fade_days: float | None = quantity(
        None,
        unit="days",
        source="scenario",
        about="Time constant in which it is forgotten; None: never.",
        gt=0,
    )

    @abstractmethod
    def moves(self) -> Mapping[str, LeverValue]:
        """Return what it does: a value per lever of the group `macro`, without the group."""

    def settings(self) -> Mapping[str, LeverValue]:
        """Return the levers that post the news on the effective day."""
        moves: dict[str, LeverValue] = {"started": self.effective, "fade_days": self.fade_days}
        return {f"macro.{name}": value for name, value in {**moves, **self.moves()}.items()}
