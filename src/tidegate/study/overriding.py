"""Parameters that do nothing, because changes of the scenario set all that they set."""

from __future__ import annotations

from typing import Any

from tidegate.scenario import flat
from tidegate.study.scenario_parameters import ScenarioParameters

__all__ = ["overriding"]


def overriding(parameters: ScenarioParameters, name: str, other: Any) -> tuple[str, ...]:
    """Return the changes that leave a parameter without effect on the scenario.

    A parameter that sets several values, of which only some are changed, has an effect still:
    pinning one of them is what changes are for.

    Parameters
    ----------
    parameters
        With their changes.
    name
        The parameter.
    other
        Another value of it, which makes another scenario when nothing is changed.

    Returns
    -------
    tuple[str, ...]
        Paths of the changes; none where the parameter has an effect, or has none without the
        changes either.
    """
    if not parameters.change:
        return ()
    try:
        pair = (parameters, parameters.overridden({name: other}))
        changed = [p.scenario() for p in pair]
        plain = [p.model_copy(update={"change": ()}).scenario() for p in pair]
    except ValueError:  # values that do not go together; this is told where they are set
        return ()
    if changed[0] != changed[1]:
        return ()
    return tuple(
        path
        for path in flat.read(parameters.change)
        if all(flat.exists(spec, path) for spec in plain)
        and flat.value_at(plain[0], path) != flat.value_at(plain[1], path)
    )
