"""An experiment as data: a question, what may be set, the arms, the metrics and the claims."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

import polars as pl
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticUndefined

from tidegate.report.summary import Lead, Metric, Series
from tidegate.study.arms import Arm, check_arms
from tidegate.study.claims import Claim, family, load_claims
from tidegate.study.world import Frames, World


class Parameters(BaseModel):
    """Base of the parameters of an experiment: every field is made with `parameter`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    # Parameters to which arms add rather than replace what the user has set.
    added_up: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        for name, info in cls.model_fields.items():
            extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
            stated = info.description and extra.get("unit") is not None and extra.get("source")
            if not stated or info.default is PydanticUndefined:
                raise TypeError(
                    f"{cls.__name__}.{name} lacks a default, unit, source or description; "
                    "make it with tidegate.study.experiment.parameter"
                )

    def overridden(self, values: Mapping[str, Any]) -> Self:
        """Return the parameters with some replaced."""
        return type(self).model_validate({**self.model_dump(), **values})

    @classmethod
    def check_together(cls, arms: Mapping[str, Self], common: Self) -> None:
        """Refuse, with a `ValueError`, what shows only where all arms are seen together.

        Parameters
        ----------
        arms
            Parameters by label of the arm.
        common
            Those of the study, before arms override any.
        """


def parameter(
    default: object, description: str, *, unit: str, source: str, **constraints: Any
) -> Any:
    """Return the field of a parameter.

    Parameters
    ----------
    default
        Value when the user gives none.
    description
        What the parameter is, for readers.
    unit
        Its unit; "" for a pure number.
    source
        Where the default comes from.
    **constraints
        Bounds as of `pydantic.Field`: `ge`, `gt`, `le`, `lt`.
    """
    extra: dict[str, Any] = {"unit": unit, "source": source}
    field_info: Any = Field(
        default, description=description, json_schema_extra=extra, **constraints
    )
    return field_info


P = TypeVar("P", bound=Parameters)


@dataclass(frozen=True, slots=True)
class Timeline:
    """When arms part and when they end."""

    announcement: int  # tick before which no policy may change anything; arms fork here
    end: int  # tick at which metrics are taken
    horizon_days: float  # from the announcement to the end

    def __post_init__(self) -> None:
        if not 0 <= self.announcement < self.end:
            raise ValueError(
                f"announcement is tick {self.announcement} and end tick {self.end}; "
                "they must be 0 or more and in that order"
            )


@dataclass(frozen=True)
class Experiment(Generic[P]):
    """A question that many runs can answer.

    Its functions must be defined at the top of a module, so that workers can import them.

    Parameters
    ----------
    name, question
        How it is called and what it asks.
    parameters
        Model of what a user may set; its defaults are the experiment as published.
    build
        Makes the world of some parameters and a seed, at tick 0.
    arms
        The treatments; the first is the baseline.
    timeline
        When arms part and end.
    metrics, measure
        The numbers of a run, and the function that takes them from its tape.
    lead
        Metrics that the report shows together before all others, and their heading.
    series, record
        Columns drawn over time, and the function that makes them: a column `day`, counted
        from the announcement, and one column a series.
    claims, claims_file
        Rows that the experiment decides, and the file that holds them.
    scenario
        The full scenario behind the parameters, hashed into the digest of the study.
    seeds, preview
        Size of a run without `--seeds`, a preview; parameters in which its world is smaller
        than the published one.
    quick_seeds, quick
        Size and parameters of `--quick`.
    """

    name: str
    question: str
    parameters: type[P]
    build: Callable[[P, int], World]
    arms: Callable[[P], Sequence[Arm]]
    timeline: Callable[[P], Timeline]
    metrics: tuple[Metric, ...]
    measure: Callable[[Frames, P], Mapping[str, float]]
    lead: Lead | None = None
    series: tuple[Series, ...] = ()
    record: Callable[[Frames, P], pl.DataFrame] | None = None
    claims: tuple[str, ...] = ()
    claims_file: Path | None = None
    scenario: Callable[[P], BaseModel] | None = None
    seeds: int = 8
    preview: Mapping[str, Any] = field(default_factory=dict)
    quick_seeds: int = 2
    quick: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.claims and self.claims_file is None:
            raise ValueError(f"{self.name} names claims but no claims_file")
        if bool(self.series) != (self.record is not None):
            raise ValueError(f"{self.name}: series and record go together; one of them is missing")
        known = [metric.name for metric in self.metrics]
        for kind in ("preview", "quick"):
            strange = sorted(set(getattr(self, kind)) - set(self.parameters.model_fields))
            if strange:
                raise ValueError(
                    f"{self.name}: {kind} sets {', '.join(strange)}, which are no parameters"
                )
        unknown = [name for name in (self.lead.metrics if self.lead else ()) if name not in known]
        if unknown:
            raise ValueError(
                f"{self.name}: lead names {', '.join(unknown)}; its metrics are {', '.join(known)}"
            )

    @property
    def module(self) -> str:
        """The module that defines the experiment, as given to ``python -m``.

        That of its arms: several experiments may share how their worlds are built.
        """
        return self.arms.__module__

    def checked_arms(self, parameters: P) -> tuple[Arm, ...]:
        """Return the arms, having checked labels and that every override is a valid parameter.

        Raises
        ------
        ValueError
            When arms repeat, or when they set what the user has set too: the value would reach
            some arms only, and the names of all would say what is no longer so.
        """
        arms = tuple(self.arms(parameters))
        check_arms(arms)
        by_arm = {arm.label: self.arm_parameters(parameters, arm) for arm in arms}
        self._check_options(parameters, arms)
        self.parameters.check_together(by_arm, parameters)
        return arms

    def _check_options(self, parameters: P, arms: Sequence[Arm]) -> None:
        """Refuse options away from their defaults that arms set to values of their own."""
        published, lines = self.parameters(), []
        set_by_arms = {name for arm in arms for name in arm.overrides}
        for name in sorted(set_by_arms - self.parameters.added_up):
            chosen, default = getattr(parameters, name), getattr(published, name)
            if chosen == default:
                continue
            usual = {
                arm.label: arm.overrides.get(name)
                for arm in self.arms(parameters.model_copy(update={name: default}))
            }
            setters = [
                arm.label
                for arm in arms
                if name in arm.overrides
                and usual.get(arm.label) == arm.overrides[name]  # it does not scale it
                and not (chosen and not arm.overrides[name])  # nor take away what there is
            ]
            if setters:
                lines.append(
                    f"--{name.replace('_', '-')} is {chosen}, but arms set it themselves "
                    f"({', '.join(setters)}); it must stay {default}"
                )
        if lines:
            raise ValueError("\n".join(lines))

    def arm_parameters(self, parameters: P, arm: Arm) -> P:
        """Return the parameters of one arm."""
        return parameters.overridden(arm.overrides)

    def family(self, arms: Sequence[Arm]) -> tuple[Claim, ...]:
        """Return the claims, having checked that they speak of these arms and metrics."""
        if self.claims_file is None:
            return ()
        claims = family(load_claims(self.claims_file), self.name, self.claims)
        labels, names = [arm.label for arm in arms], [metric.name for metric in self.metrics]
        for claim in claims:
            for what, value, allowed in (
                ("treated", claim.treated, labels),
                ("control", claim.control, labels),
                *(("beyond", arm, labels) for pair in claim.beyond for arm in pair),
                ("metric", claim.metric, names),
            ):
                if value not in allowed:
                    raise ValueError(
                        f"{what} of claim {claim.row} is {value!r}; {self.name} has "
                        f"{', '.join(allowed)}"
                    )
        return claims

    def digest(self, parameters: P) -> str:
        """Return the hash of everything but the code and the seed that decides a run."""
        timeline = self.timeline(parameters)
        content: dict[str, Any] = {
            "experiment": self.name,
            "parameters": parameters.model_dump(mode="json"),
            "arms": [arm.identity() for arm in self.checked_arms(parameters)],
            "timeline": [timeline.announcement, timeline.end],
        }
        if self.scenario is not None:
            content["scenario"] = self.scenario(parameters).model_dump(mode="json")
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
