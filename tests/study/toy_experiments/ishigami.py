"""Ishigami's function as an experiment: its sensitivity indices are known in closed form."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from tidegate.report.summary import Metric
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, Parameters, Timeline, parameter
from tidegate.study.world import Frames

A, B = 7.0, 0.1  # the values in which the indices are usually given


class Lift(BaseModel):
    """Adds a parameter to the outcome, from which a claim may hold or not."""

    model_config = ConfigDict(frozen=True)

    by: float


class IshigamiParameters(Parameters):
    x1: float = parameter(0.0, "First.", unit="1", source="test", ge=-math.pi, le=math.pi)
    x2: float = parameter(0.0, "Second.", unit="1", source="test", ge=-math.pi, le=math.pi)
    x3: float = parameter(0.0, "Third.", unit="1", source="test", ge=-math.pi, le=math.pi)
    lift: float = parameter(0.0, "What the lift adds.", unit="1", source="test")
    half: bool = parameter(False, "Whether the lift is halved.", unit="", source="test")
    noise: float = parameter(0.0, "What a seed adds to the lift.", unit="1", source="test", ge=0)
    chaos: float = parameter(0.0, "What a seed adds, anew for each x1.", unit="1", source="test")
    fails_above: float = parameter(9.0, "Runs fail where x1 is greater.", unit="1", source="test")


class IshigamiWorld:
    """Computes the function; time passes for the study's sake."""

    def __init__(self, parameters: IshigamiParameters, seed: int) -> None:
        self.parameters = parameters
        self.seed = seed
        self.tick = 0
        self.lift = 0.0

    def run_until(self, tick: int) -> None:
        self.tick = tick

    def fork(self) -> Self:
        twin = type(self)(self.parameters, self.seed)
        twin.tick = self.tick
        return twin

    def apply(self, policies: tuple[BaseModel, ...]) -> None:
        p = self.parameters
        here = np.random.default_rng([self.seed, int((p.x1 + 4) * 1e9)])
        luck = p.noise * np.random.default_rng(self.seed).normal() + p.chaos * here.normal()
        self.lift += sum(policy.by + float(luck) for policy in policies if isinstance(policy, Lift))

    def frames(self) -> Frames:
        p = self.parameters
        if p.x1 > p.fails_above:
            raise ArithmeticError("x1 is too great")
        value = math.sin(p.x1) + A * math.sin(p.x2) ** 2 + B * p.x3**4 * math.sin(p.x1)
        return {"value": pl.DataFrame({"value": [value + self.lift]})}

    def digest(self) -> str:
        return hashlib.sha256(repr(self.frames()["value"].item()).encode()).hexdigest()


def build(parameters: IshigamiParameters, seed: int) -> IshigamiWorld:
    return IshigamiWorld(parameters, seed)


def arms(parameters: IshigamiParameters) -> list[Arm]:
    by = parameters.lift * (0.5 if parameters.half else 1.0)
    return [Arm("plain", "The function"), Arm("lifted", "Lifted", policies=(Lift(by=by),))]


def timeline(parameters: IshigamiParameters) -> Timeline:
    return Timeline(1, 2, 1.0)


def measure(frames: Frames, parameters: IshigamiParameters) -> Mapping[str, float]:
    return {"value": float(frames["value"].item())}


EXPERIMENT = Experiment(
    name="ishigami",
    question="What is the value of Ishigami's function?",
    parameters=IshigamiParameters,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=(Metric.level("value", "Value", "", delta=1.0),),
    measure=measure,
    claims=("TOY-H9",),
    claims_file=Path(__file__).with_name("ishigami_claims.toml"),
)
