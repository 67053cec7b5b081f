"""The file of a search: a study whose points are chosen as it goes, by what it shall reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tidegate.study.study_file import Design, Range, StudyFile

__all__ = ["Objective", "SearchFile", "SearchOptions"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


_NO_DESIGN: Final = Design(kind="latin-hypercube", points=1)


class Objective(_Section):
    """A number to be made small or large.

    Parameters
    ----------
    metric, arm
        The metric of an arm, by default of the first; its mean over the seeds.
    control
        Arm from which the effect is measured; without one the metric itself is meant.
    direction
        Whether less of it is better, or more.
    """

    metric: str
    arm: str | None = None
    control: str | None = None
    direction: Literal["minimize", "maximize"] = "minimize"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.arm is not None and self.control == self.arm:
            raise ValueError(f"control is {self.control!r}, the arm itself; give another arm")
        return self

    @property
    def name(self) -> str:
        """The column of the objective in tables."""
        arm = f":{self.arm}" if self.arm else ""
        return self.metric + arm + (f"-{self.control}" if self.control else "")


class SearchOptions(_Section):
    """How long to search.

    Parameters
    ----------
    trials
        Points to try; it can be raised later, and the search goes on.
    batch
        Points that are chosen together, from what all batches before have shown. `trials` is a
        multiple of it.
    seed
        Of the choice of points.
    """

    trials: int = Field(default=64, ge=1, le=100_000)
    batch: int = Field(default=8, ge=1, le=1_000)
    seed: int = Field(default=1, ge=0, le=2**31 - 1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.trials % self.batch:
            raise ValueError(
                f"trials is {self.trials}; it must be a multiple of batch, which is {self.batch}"
            )
        return self


class SearchFile(StudyFile):
    """A search as its file describes it: a study file with objectives in place of a design.

    Parameters
    ----------
    search
        How long to search.
    objective
        What is wanted, two numbers or more.
    """

    sections: ClassVar[Mapping[str, type[BaseModel]]] = {
        "search": SearchOptions,
        "objective": Objective,
        "vary": Range,
    }

    design: Design = _NO_DESIGN
    search: SearchOptions = Field(default_factory=SearchOptions)
    objective: tuple[Objective, ...]

    @model_validator(mode="after")
    def _check_objectives(self) -> Self:
        if self.design != _NO_DESIGN:
            raise ValueError("design is given, but a search chooses its points; give search")
        # Counted here, for a limit of the field would count only those that are right.
        if len(self.objective) < 2:
            raise ValueError(f"objective is there {len(self.objective)} times; it needs 2 or more")
        names = [objective.name for objective in self.objective]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two objectives are {name}")
            if name in self.vary or name == "trial":
                raise ValueError(f"the objective {name} has the name of another column")
        return self

    def study(self) -> StudyFile:
        """Return the study of one batch, without its points."""
        return StudyFile(**{name: getattr(self, name) for name in StudyFile.model_fields})
