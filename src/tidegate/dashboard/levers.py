"""An experiment's parameters as Mesa's inputs: boxes, choices, fields; and what is typed there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from tidegate.scenario.levers import Levers, LeverValue
from tidegate.study.experiment import Experiment, Parameters
from tidegate.study.ranges import allowed_range, what_is_wrong

__all__ = ["check_lever", "inputs", "parameters_of"]


def inputs(experiment: Experiment[Any], arms: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return the inputs of an experiment in the form of SolaraViz's ``model_params``.

    Parameters
    ----------
    experiment
        Whose parameters.
    arms
        Titles by label: the market starts in one of these.
    """
    found: dict[str, dict[str, Any]] = {
        "seed": {"type": "InputText", "value": "1", "label": "seed"},
        "arm": {
            "type": "Select",
            "value": next(iter(arms)),
            "values": list(arms),
            "label": "arm at the start",
        },
    }
    model, published = experiment.parameters, experiment.parameters()
    inherited = set(model.__mro__[1].model_fields)  # type: ignore[attr-defined]
    for name in sorted(model.model_fields, key=lambda name: name in inherited):
        found[name] = _input(name, model.model_fields[name], getattr(published, name))
    return found


def _input(name: str, field: FieldInfo, value: Any) -> dict[str, Any]:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    unit = str(extra.get("unit") or "")
    label = f"{name.replace('_', ' ')}{f' ({unit})' if unit not in ('', '1', name) else ''}"
    kind = field.annotation
    if kind is bool:
        return {"type": "Checkbox", "value": value, "label": label}
    if get_origin(kind) is Literal:
        return {"type": "Select", "value": value, "values": list(get_args(kind)), "label": label}
    # Not Mesa's sliders: they do not show where they stand, and round to a grid of their own.
    listed = value if isinstance(value, tuple) else (value,)
    return {"type": "InputText", "value": " ".join(map(_text, listed)), "label": label}


def _text(value: Any) -> str:
    """Return the shortest text that is read as the same value."""
    if not isinstance(value, float):
        return str(value)
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def parameters_of(model: type[Parameters], typed: Mapping[str, Any]) -> Parameters:
    """Return the parameters that were typed; texts of lists are split at spaces.

    Raises
    ------
    ValueError
        Naming every value that cannot be, and what is allowed.
    """
    unknown = [name for name in typed if name not in model.model_fields]
    if unknown:
        raise ValueError(f"there is no parameter {unknown[0]!r}")
    listed = {name for name in typed if get_origin(model.model_fields[name].annotation) is tuple}
    values = {
        name: value.split() if name in listed and isinstance(value, str) else value
        for name, value in typed.items()
    }
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ValueError(_told(model, error)) from None


def check_lever(lever: str, value: LeverValue) -> None:
    """Refuse a value that a lever cannot have.

    Raises
    ------
    ValueError
        Naming the lever, the value and what is allowed.
    """
    group, _, name = lever.partition(".")
    if lever not in Levers.names():
        raise ValueError(f"lever is {lever!r}; there are {', '.join(Levers.names())}")
    model: Any = Levers.model_fields[group].annotation
    try:
        read = getattr(model.model_validate({name: value}), name)
    except ValidationError as error:
        raise ValueError(_told(model, error, f"{group}.")) from None
    if isinstance(value, bool) and not isinstance(read, bool):  # read as 1, but hardly meant so
        asked = f"a number {allowed_range(model, name)}".strip()
        raise ValueError(f"{lever} is {value}; it must be {asked}")


def _told(model: type[BaseModel], error: ValidationError, group: str = "") -> str:
    """Return what is wrong with values of a model, in words."""
    told = [
        f"{group}{problem['loc'][0]} is {what_is_wrong(model, problem)}"
        if problem["loc"]
        else problem["msg"].removeprefix("Value error, ")  # of several together: says which
        for problem in error.errors()
    ]
    return "; ".join(dict.fromkeys(told))
