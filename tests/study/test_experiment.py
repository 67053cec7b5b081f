"""What an experiment declares, and how its lists and arms are told to a user."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import pytest
from pydantic import Field
from toy_experiments.walk import EXPERIMENT

from tidegate.report.summary import Lead
from tidegate.study.arms import Arm
from tidegate.study.experiment import Parameters, parameter
from tidegate.study.options import allowed_range


class Lists(Parameters):
    shares: tuple[Annotated[float, Field(ge=0, lt=1)], ...] = parameter(
        (0.5,), "Shares", unit="1", source="test", min_length=1
    )
    kinds: tuple[Literal["a", "b"], ...] = parameter(("a",), "Kinds", unit="", source="test")


def test_the_range_of_a_list_is_that_of_its_values() -> None:
    assert allowed_range(Lists, "shares") == "1 or more, each >= 0 and < 1"
    assert allowed_range(Lists, "shares", item=True) == ">= 0 and < 1"
    assert allowed_range(Lists, "kinds") == "each one of a, b"


def test_a_lead_names_metrics_of_the_experiment() -> None:
    lead = Lead(title="Lead", metrics=("price", "tide"))
    with pytest.raises(ValueError, match="walk: lead names tide; its metrics are price, vol"):
        replace(EXPERIMENT, lead=lead)
    assert replace(EXPERIMENT, lead=Lead(title="Lead", metrics=("price",))).lead is not None


def test_a_frozen_twin_is_the_arm_but_for_its_overrides() -> None:
    arm = Arm("open", "Open", overrides={"size": 2, "matching": True})
    twin = arm.frozen_twin({"matching": False})
    assert twin == Arm(
        "open-frozen",
        "Open, prices frozen",
        overrides={"size": 2, "matching": False},
        frozen_twin_of="open",
    )
