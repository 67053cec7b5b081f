"""What users may set beside the arms of each experiment, and what arms are called."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

import experiments
from tidegate.study.experiment import Experiment

NAMES = sorted(
    path.stem
    for path in Path(experiments.__path__[0]).glob("*.py")
    if not path.stem.startswith("_")
)


def experiment(name: str) -> Experiment[Any]:
    found: Experiment[Any] = importlib.import_module(f"experiments.{name}").EXPERIMENT
    return found


@pytest.mark.parametrize("name", NAMES)
def test_arms_have_titles_of_their_own_also_in_a_quick_run(name: str) -> None:
    it = experiment(name)
    for chosen in ({}, it.quick):
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
