"""An experiment's parameters as Mesa's inputs: sliders, boxes, choices, fields."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from tidegate.study.experiment import Experiment

__all__ = ["inputs"]

STEPS: Final = 100  # of a slider
WIDEST: Final = 20.0  # range over default; in wider ones values are typed
HIDDEN: Final = frozenset({"change"})  # lists of texts, for the command line


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
    own = [name for name in experiment.parameters.model_fields if name not in HIDDEN]
    inherited = set(experiment.parameters.__mro__[1].model_fields)  # type: ignore[attr-defined]
    for name in sorted(own, key=lambda name: name in inherited):
        shown = _input(name, experiment.parameters.model_fields[name])
        if shown is not None:
            found[name] = shown
    return found


def _input(name: str, field: FieldInfo) -> dict[str, Any] | None:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    unit = str(extra.get("unit") or "")
    label = f"{name.replace('_', ' ')}{f' ({unit})' if unit not in ('', '1', name) else ''}"
    default, kind = field.default, field.annotation
    if kind is bool:
        return {"type": "Checkbox", "value": default, "label": label}
    if get_origin(kind) is Literal:
        return {"type": "Select", "value": default, "values": list(get_args(kind)), "label": label}
    if kind not in (int, float):
        return {"type": "InputText", "value": str(default), "label": label} if kind is str else None
    grid = _grid(default, *_bounds(field), whole=kind is int)
    if grid is None:
        return {"type": "InputText", "value": f"{default:g}", "label": label}
    low, high, step = grid
    slider = {"value": default, "min": low, "max": high, "step": step, "label": label}
    return {"type": "SliderInt" if kind is int else "SliderFloat", **slider}


def _grid(
    default: float, low: float | None, high: float | None, *, whole: bool
) -> tuple[Any, Any, Any] | None:
    """Return least, most and step of a slider; None where a value is better typed.

    The default must lie on its grid: a slider moves what does not to the next place that does.
    """
    if low is None or high is None or high - low > max(1.0, WIDEST * abs(default)):
        return None
    for steps in range(STEPS, 4 * STEPS):
        step = (high - low) / steps
        if whole:
            step = max(1.0, float(round(step)))
        places = (default - low) / step
        if abs(places - round(places)) < 1e-9:
            return (int(low), int(high), int(step)) if whole else (low, high, step)
    return None


def _bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    """Return the least and the most that are allowed; None where there is no bound."""
    low: float | None = None
    high: float | None = None
    for rule in field.metadata:
        if isinstance(rule, Ge | Gt):
            low = float(rule.ge if isinstance(rule, Ge) else rule.gt)  # type: ignore[arg-type]
        elif isinstance(rule, Le | Lt):
            high = float(rule.le if isinstance(rule, Le) else rule.lt)  # type: ignore[arg-type]
    return low, high
