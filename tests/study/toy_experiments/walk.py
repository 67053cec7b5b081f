"""A seeded random walk with a drift policy: the smallest world a study can run."""

from __future__ import annotations

import copy
import hashlib
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from tidegate.report.summary import Metric, Series
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, Parameters, Timeline, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

WARM_UP = 10


class Subsidy(BaseModel):
    """Lifts the drift from its announcement on."""

    model_config = ConfigDict(frozen=True)

    drift: float
    crash_seed: int = -1
    kill_seed: int = -1


class WalkParameters(Parameters):
    days: int = parameter(20, "Length of the run.", unit="d", source="test", ge=2, le=10_000)
    drift: float = parameter(
        0.01, "Daily drift under the subsidy.", unit="1/d", source="test", ge=0, le=0.1
    )
    sigma: float = parameter(0.02, "Daily volatility.", unit="1/sqrt(d)", source="test", gt=0)
    pause: float = parameter(0.0, "Real time spent on a day.", unit="s", source="test", ge=0)
    crash_seed: int = parameter(-1, "Seed that raises.", unit="", source="test")
    kill_seed: int = parameter(-1, "Seed that ends its worker.", unit="", source="test")


class ToyWorld:
    """A geometric random walk, one step a tick."""

    def __init__(self, seed: int, sigma: float, pause: float) -> None:
        self.seed = seed
        self.sigma = sigma
        self.pause = pause
        self.tick = 0
        self.prices = [100.0]
        self.policies: tuple[Subsidy, ...] = ()

    def run_until(self, tick: int) -> None:
        while self.tick < tick:
            time.sleep(self.pause)
            shock = np.random.default_rng([self.seed, self.tick]).normal()
            drift = 0.0
            for policy in self.policies:
                if policy.kill_seed == self.seed:
                    os.kill(os.getpid(), signal.SIGKILL)
                if policy.crash_seed == self.seed:
                    raise ArithmeticError("the walk fell off the page")
                drift += policy.drift
            self.prices.append(self.prices[-1] * float(np.exp(drift + self.sigma * shock)))
            self.tick += 1

    def fork(self) -> Self:
        return copy.deepcopy(self)

    def apply(self, policies: Sequence[BaseModel]) -> None:
        self.policies += tuple(p for p in policies if isinstance(p, Subsidy))

    def frames(self) -> Frames:
        return {"bars": pl.DataFrame({"close": self.prices})}

    def digest(self) -> str:
        return hashlib.sha256(np.array(self.prices).tobytes()).hexdigest()

    def audit(self) -> None:
        assert len(self.prices) == self.tick + 1


def build(parameters: WalkParameters, seed: int) -> ToyWorld:
    return ToyWorld(seed, parameters.sigma, parameters.pause)


def arms(parameters: WalkParameters) -> list[Arm]:
    subsidy = Subsidy(
        drift=parameters.drift, crash_seed=parameters.crash_seed, kill_seed=parameters.kill_seed
    )
    return [
        Arm("none", "No subsidy"),
        Arm("placebo", "A subsidy of nothing", policies=(Subsidy(drift=0.0),)),
        Arm("subsidy", "Subsidy", policies=(subsidy,)),
        Arm("none.frozen", "No subsidy, calm", overrides={"sigma": 0.001}, frozen_twin_of="none"),
        Arm(
            "subsidy.frozen",
            "Subsidy, calm",
            policies=(subsidy,),
            overrides={"sigma": 0.001},
            frozen_twin_of="subsidy",
        ),
    ]


def timeline(parameters: WalkParameters) -> Timeline:
    return Timeline(WARM_UP, WARM_UP + parameters.days, float(parameters.days))


def measure(frames: Frames, parameters: WalkParameters) -> Mapping[str, float]:
    prices = frames["bars"]["close"].to_numpy()[WARM_UP:]
    returns = np.diff(np.log(prices))
    return {
        "price": float(prices[-1]),
        "volatility": float(returns.std() * np.sqrt(365)),
        "drawdown": float((1 - prices / np.maximum.accumulate(prices)).max()),
    }


def record(frames: Frames, parameters: WalkParameters) -> pl.DataFrame:
    prices = frames["bars"]["close"]
    days = pl.Series("day", np.arange(len(prices)) - WARM_UP, dtype=pl.Float64)
    return pl.DataFrame({"day": days, "price": prices})


EXPERIMENT = Experiment(
    name="walk",
    question="Does a subsidy lift the price of a random walk?",
    parameters=WalkParameters,
    build=build,
    arms=arms,
    timeline=timeline,
    metrics=(
        Metric.of("price", "price", "Price", "USD"),
        Metric.of("volatility", "volatility", "Volatility, annualised", "%"),
        Metric.of("drawdown", "drawdown", "Worst drawdown", "%"),
    ),
    measure=measure,
    series=(Series(name="price", title="Price", unit="USD"),),
    record=record,
    claims=("TOY-H1", "TOY-H2", "TOY-H3"),
    claims_file=Path(__file__).with_name("claims.toml"),
    seeds=8,
    quick={"days": 5},
)

if __name__ == "__main__":
    raise SystemExit(run_experiment(EXPERIMENT, sys.argv[1:]))
