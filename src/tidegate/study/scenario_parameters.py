"""Parameters that make a scenario: besides them, any value of the scenario can be changed."""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self

from pydantic import BaseModel

from tidegate.scenario import flat
from tidegate.study.experiment import Parameters, parameter

__all__ = ["ScenarioParameters"]

LONGEST_VALUE, MOST_VALUES = 60, 6  # that an error shows: an option may be a whole country


class ScenarioParameters(Parameters):
    """Base of parameters with a method `scenario`; what it returns has every change made last.

    A subclass may define `scenario` anew and build on ``super().scenario()``. Whatever it does,
    `change` holds in the end. Only changes below an optional part that is None are passed over:
    where arms have or lack a part, they are of those that have it. `check_together` sees to it
    that some do.
    """

    change: tuple[str, ...] = parameter(
        (),
        "Changes to the scenario that the parameters make, after all of them: path=value, as in "
        "holders.elasticity=0.1 or exchanges.binance.hedged=0.7; several after one --change",
        unit="",
        source="tidegate.scenario.flat",
    )

    # Values of the scenario that more than the scenario goes by, and the options that set them.
    options_instead: ClassVar[Mapping[str, str]] = {}
    added_up: ClassVar[frozenset[str]] = frozenset({"change"})

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "scenario" in cls.__dict__:
            cls.scenario = _changed_last(cls.scenario)  # type: ignore[assignment,method-assign]

    @abstractmethod
    def scenario(self) -> BaseModel:
        """Return the scenario of these parameters."""

    def overridden(self, values: Mapping[str, Any]) -> Self:
        """Return the parameters with some replaced, and changes added to those there are."""
        return super().overridden({**values, "change": (*self.change, *values.get("change", ()))})

    @classmethod
    def check_together(cls, arms: Mapping[str, Self], common: Self) -> None:
        """Refuse changes that no arm has room for, or that would undo what makes arms differ.

        Raises
        ------
        ValueError
            Naming the change.
        """
        if not common.change:
            return
        alike: dict[str, list[str]] = {}  # arms that differ in policies have one scenario
        for label, p in arms.items():
            alike.setdefault(p.model_dump_json(), []).append(label)
        added = len(common.change)
        plain = [(labels, _without(arms[labels[0]], added).scenario()) for labels in alike.values()]
        for path in flat.read(common.change):
            cls._check_path(path, plain)
        common.scenario()
        for labels in alike.values():
            try:
                arms[labels[0]].scenario()
            except ValueError as error:
                raise ValueError(f"arm {labels[0]}: {error}") from error

    @classmethod
    def _check_path(cls, path: str, by_arms: Sequence[tuple[list[str], BaseModel]]) -> None:
        """Refuse a path that is nowhere, that an option sets, or that arms set."""
        if path in cls.options_instead:
            raise ValueError(f"--change {path}: set it with {cls.options_instead[path]}")
        having = [arms for arms in by_arms if flat.left_out(arms[1], path) is None]
        found: dict[str, list[str]] = {}
        for labels, spec in having or by_arms:
            found.setdefault(repr(flat.value_at(spec, path)), []).extend(labels)
        if len(found) > 1:
            raise ValueError(f"--change {path}: arms set it themselves ({_listed(found)})")


def _without(p: ScenarioParameters, first: int) -> ScenarioParameters:
    """Return parameters without their first changes: those of the study, before an arm's own."""
    return p.model_copy(update={"change": p.change[first:]})


def _listed(found: Mapping[str, Sequence[str]]) -> str:
    """Return values and the arms that have them; whole parts, and many, are cut short."""
    shown = [f"{_cut(value)} in {_some(labels)}" for value, labels in found.items()]
    more = [f"{len(shown) - MOST_VALUES} more"] if len(shown) > MOST_VALUES else []
    return "; ".join([*shown[:MOST_VALUES], *more])


def _cut(value: str) -> str:
    """Return a value as written, of a whole part its beginning."""
    return value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 3]}..."


def _some(names: Sequence[str]) -> str:
    """Return a list of names, a long one cut short."""
    more = f" and {len(names) - 1} more" if len(names) > 2 else ""
    return f"{names[0]}{more}" if more else ", ".join(names)


def _changed_last(method: Callable[[Any], BaseModel]) -> Callable[[Any], BaseModel]:
    """Return a method `scenario` that makes the changes, if it is the one that was asked.

    One that is called through ``super()`` makes none: they would come before what the caller does.
    """

    @functools.wraps(method)
    def scenario(self: ScenarioParameters) -> BaseModel:
        spec = method(self)
        if type(self).scenario is not scenario:
            return spec
        changes = flat.read(self.change)
        # What an arm leaves out altogether stays out; that some arm has it is checked before.
        kept = {path: v for path, v in changes.items() if flat.left_out(spec, path) is None}
        return flat.override(spec, kept)

    return scenario
