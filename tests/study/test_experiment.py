"""What an experiment declares, and how its lists and arms are told to a user."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError
from toy_experiments.walk import EXPERIMENT

from tidegate.report.summary import Lead
from tidegate.study.arms import Arm
from tidegate.study.experiment import Parameters, parameter
from tidegate.study.ranges import allowed_range, what_is_wrong


class Lists(Parameters):
    shares: tuple[Annotated[float, Field(ge=0, lt=1)], ...] = parameter(
        (0.5,), "Shares", unit="1", source="test", min_length=1
    )
    kinds: tuple[Literal["a", "b"], ...] = parameter(("a",), "Kinds", unit="", source="test")
    on: bool = parameter(True, "Switch", unit="", source="test")
    size: int = parameter(1, "Size", unit="1", source="test", le=1_000_000)


def test_the_range_of_a_list_is_that_of_its_values() -> None:
    assert allowed_range(Lists, "shares") == "one or more values, each >= 0 and < 1"
    assert allowed_range(Lists, "shares", item=True) == ">= 0 and < 1"
    assert allowed_range(Lists, "kinds") == "each one of a, b"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"shares": 0.5}, "0.5; it must be a list of one or more values, each >= 0 and < 1"),
        ({"shares": (0.5, "x")}, "'x'; it must be a number >= 0 and < 1"),
        ({"shares": (float("inf"),)}, "inf; it must be a finite number >= 0 and < 1"),
        ({"shares": ()}, "[]; it must be one or more values, each >= 0 and < 1"),
        ({"kinds": "a"}, "'a'; it must be a list, each one of a, b"),
        ({"kinds": ("c",)}, "'c'; it must be one of a, b"),
        ({"on": "perhaps"}, "'perhaps'; it must be true or false"),
        ({"size": 1.5}, "1.5; it must be a whole number <= 1000000"),
        ({"size": 2_000_000}, "2000000; it must be <= 1000000"),
    ],
)
def test_what_is_wrong_with_a_value_is_said_in_words(values: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Lists.model_validate(values)
    assert what_is_wrong(Lists, caught.value.errors()[0]) == words


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
