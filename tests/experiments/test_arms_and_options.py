"""What users may set beside the arms of each experiment, and what arms are called."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

import experiments
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment

NAMES = sorted(
    path.stem
    for path in Path(experiments.__path__[0]).glob("*.py")
    if not path.stem.startswith("_")
)


def experiment(name: str) -> Experiment[Any]:
    found: Experiment[Any] = importlib.import_module(f"experiments.{name}").EXPERIMENT
    return found


@pytest.mark.parametrize("name", NAMES)
def test_its_command_is_that_of_its_own_module(name: str) -> None:
    """Lists, reports and the dashboard go by it, whoever else builds worlds the same way."""
    assert experiment(name).module == f"experiments.{name}"


@pytest.mark.parametrize("name", NAMES)
def test_arms_have_titles_of_their_own_also_in_a_smaller_run(name: str) -> None:
    it = experiment(name)
    for chosen in ({}, it.preview, it.quick):
        titles = [arm.title for arm in it.checked_arms(it.parameters(**chosen))]
        assert len(titles) == len(set(titles))


@pytest.mark.parametrize(
    ("name", "option", "value", "setters"),
    [
        ("leverage_cap", "leverage_cap", 1, "cap-125, cap-50, .*, placid-target"),
        ("leverage_cap", "onshore", 0.2, "domestic-new, domestic-half, domestic-moved"),
        ("policy_dial", "leverage_cap", 5, "cap-20, cap-10, cap-5"),
        ("policy_dial", "fund", 2.0, "big-fund"),
        ("credit_crash", "style", "2022", "none, unsecured, .*, unsecured-double"),
        ("visible_positions", "hunter", "off", "off, blind, .*, calm-bold"),
        ("exchange_outage", "capacity", 10, "saturates, refuses"),
        ("credit_expansion", "lenders", False, "rising-none, falling-none"),
        ("pension_entry", "matching", False, "a0-frozen, .*"),
    ],
)
def test_what_arms_set_users_may_not(name: str, option: str, value: Any, setters: str) -> None:
    it = experiment(name)
    flag = f"--{option.replace('_', '-')}"
    with pytest.raises(ValueError, match=rf"{flag} is {value}, .* themselves \({setters}\); it"):
        it.checked_arms(it.parameters(**{option: value}))


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [
        ("flash_crash", "open_interest", 100.0),  # arms take a quarter of it
        ("leverage_cap", "calm", 2.0),  # half of it
        ("credit_crash", "equity", 0.2),  # a fifth of it
        ("visible_positions", "threshold", 2.0),
        ("flash_crash", "stops", 0.5),  # an arm does without
        ("credit_expansion", "reinvested", 0.5),
        ("exchange_outage", "limit", 10),  # what arms take for their capacity
    ],
)
def test_what_arms_scale_or_take_away_users_may_set(name: str, option: str, value: Any) -> None:
    it = experiment(name)
    assert it.checked_arms(it.parameters(**{option: value}))


def test_what_an_arm_takes_away_is_there() -> None:
    it = experiment("flash_crash")
    with pytest.raises(ValueError, match=r"--stops is 0.0, .* \(no-forced\); it must stay 0.3"):
        it.checked_arms(it.parameters(stops=0.0))


@pytest.mark.parametrize(
    ("name", "chosen", "words"),
    [
        ("exchange_outage", {"after": 600.0, "hours": 0.5}, "--after is 600 .* --hours is 0.5"),
        ("exchange_outage", {"minutes": 1_440.0, "hours": 1.0}, "--minutes is 1440, .* is 1,"),
        ("exchange_outage", {"minutes": 60.0}, "ends 120 minutes after .* --hours is 2, "),
        ("exchange_outage", {"minutes": 0.5}, "--minutes is 0.5; .* --step-seconds is 60"),
        (
            "compensation",
            {"after": 0.0, "minutes": 240.0},
            "ends 240 minutes after .* --hours is 4, ",
        ),
        (
            "leverage_cap",
            {"step_seconds": 3_600, "hours": 0.5, "lead_hours": 1.0},
            "--hours is 0.5, which is 1800 seconds; .* --step-seconds is 3600",
        ),
        ("flash_crash", {"step_seconds": 3_600, "lead_hours": 0.5}, "--lead-hours is 0.5, "),
        ("credit_expansion", {"days": 0.001}, "--days is 0.001, which is 86.4 seconds; "),
    ],
)
def test_stretches_that_a_run_cannot_hold_are_refused(
    name: str, chosen: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        experiment(name).parameters(**chosen)


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        ("exchange_outage", {"minutes": 59.0}),
        ("compensation", {"after": 0.0, "minutes": 239.0}),
        ("leverage_cap", {"step_seconds": 3_600, "hours": 1.0, "lead_hours": 1.0}),
    ],
)
def test_stretches_that_just_fit_are_taken(name: str, chosen: dict[str, Any]) -> None:
    it = experiment(name)
    p = it.parameters(**chosen)
    end = it.timeline(p).end * p.step_seconds
    policies: list[Any] = [policy for arm in it.checked_arms(p) for policy in arm.policies]
    assert max(policy.effective_day for policy in policies) * 86_400 < end


def test_parameters_that_do_not_fit_together_are_told_in_one_line(capsys: Any) -> None:
    assert run_experiment(experiment("exchange_outage"), ["--after", "600", "--hours", "0.5"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: --after is 600 and --minutes is 30, so the last outage")
    assert err.count("\n") == 1
