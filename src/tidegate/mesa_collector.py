"""Mesa's data collector, filled from the tape: whoever does not ask for it pays nothing."""

from __future__ import annotations

from typing import Any

import mesa

__all__ = ["TapeCollector"]


class TapeCollector(mesa.DataCollector):  # type: ignore[misc]
    """The model variables of a market, one value per tick and name.

    Variables are the columns of the market's `ticks`, and ``seed``, by which a run can be had
    again. They are up to date whenever they are read through `model.datacollector`; `collect`
    brings them up to date too, and can be called at any time and as often as one likes.
    """

    def __init__(self) -> None:
        super().__init__()
        self._held = -1

    def collect(self, model: Any) -> None:
        """Take over what the tape of a model holds."""
        if self._held == model.tick:
            return
        self._held = model.tick
        frame = model.ticks()
        self.model_vars = {name: frame[name].to_list() for name in frame.columns}
        self.model_vars["seed"] = [model.seed] * frame.height
        self.model_reporters = dict.fromkeys(self.model_vars, "tape")
        self._collection_steps = list(range(1, frame.height + 1))  # Mesa 3.5 reads by it
