"""Any value of a scenario can be changed on the command line of any experiment."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path
from typing import Any, Literal

import polars as pl
import pytest

import experiments
from experiments.credit_expansion import EXPERIMENT as CREDIT
from experiments.pension_entry import EXPERIMENT as PENSION
from experiments.policy_dial import EXPERIMENT as DIAL
from experiments.sovereign_reserve import EXPERIMENT as RESERVE
from tidegate.model import Market
from tidegate.report.summary import Metric
from tidegate.scenario import Scenario, flat
from tidegate.setups.market import MarketParameters
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, Timeline, parameter
from tidegate.study.launch import run_experiment
from tidegate.study.options import parse
from tidegate.study.overriding import overriding
from tidegate.study.scenario_parameters import ScenarioParameters

ALL = [
    importlib.import_module(f"experiments.{found.name}").EXPERIMENT
    for found in pkgutil.iter_modules(experiments.__path__)
    if not found.name.startswith("_")
]


class Doubled(MarketParameters):
    """Parameters that go on from the scenario of their parent."""

    times: float = parameter(2.0, "Makers' depth over the usual", unit="1", source="test")
    curve: Literal["bass", "logistic"] = parameter("bass", "Form", unit="", source="test")

    def scenario(self) -> Scenario:
        spec = super().scenario()
        depth = self.times * spec.makers.depth
        return flat.override(spec, {"makers.depth": depth, "pension.curve": self.curve})


def build(p: Doubled, seed: int) -> Market:
    return Market(p.scenario(), rng=seed)


def three_arms(p: Doubled) -> list[Arm]:
    return [
        Arm("plain", "Plain"),
        Arm("logistic", "Logistic", overrides={"curve": "logistic"}),
        Arm("wide", "Wide", overrides={"change": ("arbitrage.edge=0.001",)}),
    ]


def toy(arms: Any = three_arms) -> Experiment[Doubled]:
    return Experiment(
        name="doubled",
        question="Does a test pass?",
        parameters=Doubled,
        build=build,
        arms=arms,
        timeline=lambda p: Timeline(1, 2, 1.0),
        metrics=(Metric.of("price", "price", "Price", "USD"),),
        measure=lambda frames, p: {"price": frames["bars"]["close"][-1]},
        scenario=Doubled.scenario,
        quick={"accounts": 500, "step_hours": 24, "belief_warm_up_days": 5},
    )


def refused(experiment: Experiment[Any], tmp_path: Path, capsys: Any, *changes: str) -> str:
    """Return what is said when a command line is refused before anything runs."""
    out = tmp_path / "out"
    assert run_experiment(experiment, ["--quick", "--out", str(out), "--change", *changes]) == 2
    assert not out.exists()
    said: str = capsys.readouterr().err
    return said


@pytest.mark.parametrize("experiment", ALL, ids=lambda experiment: experiment.name)
def test_every_experiment_takes_changes(experiment: Experiment[Any]) -> None:
    published = experiment.parameters()
    spot = flat.exists(published.scenario(), "makers.half_spread")
    path, value = "makers.half_spread" if spot else "quotes.half_spread", 3e-5
    changed = experiment.parameters(change=(f"{path}={value}",))
    last = experiment.checked_arms(changed)[-1]
    spec = experiment.arm_parameters(changed, last).scenario()
    usual = experiment.arm_parameters(published, last).scenario()
    assert flat.override(usual, {path: value}) == spec != usual
    assert experiment.scenario is not None
    assert flat.value_at(experiment.scenario(changed), path) == value  # which the digest hashes


def test_changes_are_made_after_everything_else_and_once() -> None:
    changed = Doubled(change=("makers.depth=1e6",))
    assert changed.scenario().makers.depth == 1e6
    assert Doubled().scenario().makers.depth == 2 * Scenario().makers.depth
    assert MarketParameters(change=("makers.depth=1e6",)).scenario().makers.depth == 1e6


def test_shares_may_change_together() -> None:
    shares = ("venues.offshore.share=0.5", "venues.onshore.share=0.5")
    spec = Doubled(change=shares).scenario()
    assert [venue.share for venue in spec.venues] == [0.5, 0.5]
    with pytest.raises(ValueError, match="must sum to 1"):
        Doubled(change=shares[:1]).scenario()


def test_changes_of_arms_and_of_the_study_come_together() -> None:
    p = Doubled(change=("makers.depth=1e6",), times=3.0)
    experiment = toy()
    specs = {
        arm.label: experiment.arm_parameters(p, arm).scenario()
        for arm in experiment.checked_arms(p)
    }
    assert [spec.makers.depth for spec in specs.values()] == [1e6] * 3
    assert specs["wide"].arbitrage.edge == 1e-3
    assert specs["plain"].arbitrage.edge == Scenario().arbitrage.edge
    assert specs["logistic"].pension.curve == "logistic"


@pytest.mark.parametrize("path", ["pension.curve=bass", "arbitrage.edge=0.5"])
def test_what_makes_arms_differ_may_not_be_changed(path: str, tmp_path: Path, capsys: Any) -> None:
    said = refused(toy(), tmp_path, capsys, path)
    assert f"--change {path.partition('=')[0]}: arms set it themselves" in said


def test_an_error_shows_whole_parts_and_many_values_cut_short(tmp_path: Path, capsys: Any) -> None:
    """States that arms set are pages long, each: the error was of a hundred thousand characters."""

    def arms(p: Doubled) -> list[Arm]:
        edges = [{"change": (f"arbitrage.edge={n}e-4",)} for n in range(1, 10)]
        return [Arm(f"a{n}", "Edge", overrides=edge) for n, edge in enumerate(edges)]

    said = refused(toy(arms), tmp_path, capsys, "arbitrage.edge=0.5")
    assert "(0.0001 in a0; 0.0002 in a1; " in said
    assert said.endswith("in a5; 3 more)\n")
    said = refused(RESERVE, tmp_path, capsys, "states.states=[]")
    assert "(StateSpec(code='kz', " in said
    assert len(said) < 1000


def test_changes_must_fit_every_arm(tmp_path: Path, capsys: Any) -> None:
    def arms(p: Doubled) -> list[Arm]:
        free = {"change": ("venues.offshore.taker_ppm=0",)}
        return [Arm("plain", "Plain"), Arm("free", "No fee", overrides=free)]

    said = refused(toy(arms), tmp_path, capsys, "venues.offshore.maker_ppm=-100")
    assert "arm free: " in said
    assert "venues.offshore.maker_ppm=-100" in said


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (["holders.elastisity=0.1"], "nearest are holders.elasticity"),
        (["holders.elasticity"], "path=value"),
        (["holders.elasticity=0.1", "holders.elasticity=0.2"], "changed twice"),
        (["holders.elasticity=7"], "holders.elasticity=7: .* <= 2"),
        (["venues.offshore.share=0.7"], "must sum to 1"),
        (["step_seconds=60"], "--step-hours"),
    ],
)
def test_bad_changes_are_bad_input(
    changes: list[str], told: str, tmp_path: Path, capsys: Any
) -> None:
    said = refused(toy(), tmp_path, capsys, *changes)
    assert said.startswith("error: ")
    assert re.search(told, said)


def test_bad_changes_of_real_experiments(tmp_path: Path, capsys: Any) -> None:
    assert "arms set it" in refused(PENSION, tmp_path, capsys, "matching=true")
    assert "--leverage-cap" in refused(DIAL, tmp_path, capsys, "dial.leverage_cap=5")
    assert "lending is None" in refused(DIAL, tmp_path, capsys, "lending.loans=5")


def test_an_option_that_a_change_makes_vain_is_refused(tmp_path: Path, capsys: Any) -> None:
    line = ["holders.elasticity=0.1", "--elasticity"]
    said = refused(toy(), tmp_path, capsys, *line, "0.5")
    assert "--elasticity has no effect, as --change holders.elasticity sets the same" in said
    _, usual = parse(toy(), ["--change", *line, "0.2"])  # the default: nobody is misled
    assert usual.scenario().holders.elasticity == 0.1
    # Set by --quick, not by the user.
    parse(toy(), ["--quick", "--change", "holders.accounts=700"])


class Scaled(MarketParameters):
    """Parameters of which one sets two values."""

    scale: float = parameter(1.0, "Depth and turnover over the usual", unit="1", source="test")

    def scenario(self) -> Scenario:
        spec = super().scenario()
        depth, turnover = spec.makers.depth, spec.holders.turnover
        scaled = {"makers.depth": self.scale * depth, "holders.turnover": self.scale * turnover}
        return flat.override(spec, scaled)


def test_a_parameter_of_which_all_is_changed_is_vain_and_one_of_which_some_is_not() -> None:
    depth, turnover = "makers.depth=1e6", "holders.turnover=0.01"
    assert overriding(Scaled(change=(depth,)), "scale", 2.0) == ()
    assert overriding(Scaled(change=("arbitrage.edge=0.001",)), "scale", 2.0) == ()
    vain = Scaled(change=(depth, "arbitrage.edge=0.001", turnover))
    assert overriding(vain, "scale", 2.0) == ("makers.depth", "holders.turnover")
    assert overriding(vain, "elasticity", 0.5) == ()


def test_what_only_some_arms_have_is_changed_there() -> None:
    p = CREDIT.parameters(change=("lending.loans=77",))
    found = [CREDIT.arm_parameters(p, arm).scenario().lending for arm in CREDIT.checked_arms(p)]
    assert {None if lending is None else lending.loans for lending in found} == {None, 77}


def test_a_changed_study_runs_and_is_another_study(tmp_path: Path, capsys: Any) -> None:
    line = ["--quick", "--seeds", "1", "--workers", "1"]
    outs = [tmp_path / "plain", tmp_path / "changed"]
    assert run_experiment(toy(), [*line, "--out", str(outs[0])]) == 0
    changed = [*line, "--out", str(outs[1]), "--change", "makers.depth=1e7", "holders.shown=1e7"]
    assert run_experiment(toy(), changed) == 0
    digests = [pl.read_parquet(out / "runs.parquet")["digest"] for out in outs]
    assert not set(digests[0]) & set(digests[1])
    assert run_experiment(toy(), [*line, "--out", str(outs[1])]) == 2
    assert "another study" in capsys.readouterr().err


def test_help_says_what_a_change_is(capsys: Any) -> None:
    with pytest.raises(SystemExit):
        run_experiment(PENSION, ["--help"])
    said = capsys.readouterr().out
    assert "--change" in said
    assert "holders.elasticity=0.1" in said


def test_parameters_of_a_scenario_must_say_which() -> None:
    with pytest.raises(TypeError, match="abstract"):
        ScenarioParameters()  # type: ignore[abstract]
