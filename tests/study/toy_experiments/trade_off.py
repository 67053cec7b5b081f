"""Two aims that cannot be had together: the frontier is known in closed form."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Literal, Self

import polars as pl
from pydantic import BaseModel

from tidegate.report.summary import Metric
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, Parameters, Timeline, parameter
from tidegate.study.world import Frames


class TradeOffParameters(Parameters):
    """Cost is x + y and harm (1 - x)^2 + y, so y = 0 is best; a poor rule costs half more."""

    x: float = parameter(0.5, "Trades one for the other.", unit="1", source="test", ge=0, le=1)
    y: float = parameter(0.5, "Serves neither.", unit="1", source="test", ge=0, le=1)
    rule: Literal["poor", "good"] = parameter("poor", "Rule.", unit="", source="test")
    fails_above: float = parameter(2.0, "Runs fail where x is greater.", unit="1", source="test")


class TradeOffWorld:
    """Takes no time."""

    def __init__(self, parameters: TradeOffParameters) -> None:
        self.parameters = parameters
        self.tick = 0

    def run_until(self, tick: int) -> None:
        self.tick = tick

    def fork(self) -> Self:
        return type(self)(self.parameters)

    def apply(self, policies: Sequence[BaseModel]) -> None:
        pass

    def frames(self) -> Frames:
        p = self.parameters
        if p.x > p.fails_above:
            raise ArithmeticError("x is too great")
        poor = 0.5 * (p.rule == "poor")
        aims = {"cost": [p.x + p.y + poor], "harm": [(1 - p.x) ** 2 + p.y + poor]}
        return {"aims": pl.DataFrame(aims)}

    def digest(self) -> str:
        return hashlib.sha256(repr(self.frames()["aims"].row(0)).encode()).hexdigest()


def build(parameters: TradeOffParameters, seed: int) -> TradeOffWorld:
    return TradeOffWorld(parameters)


def arms(parameters: TradeOffParameters) -> list[Arm]:
    return [Arm("only", "The only arm")]


def timeline(parameters: TradeOffParameters) -> Timeline:
    return Timeline(1, 2, 1.0)


def measure(frames: Frames, parameters: TradeOffParameters) -> Mapping[str, float]:
    return frames["aims"].row(0, named=True)


EXPERIMENT = Experiment(
    name="trade_off",
    question="Which settings are beaten by no other?",
    parameters=TradeOffParameters,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=(
        Metric.level("cost", "Cost", "", delta=0.1),
        Metric.level("harm", "Harm", "", delta=0.1),
    ),
    measure=measure,
)
