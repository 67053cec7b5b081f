"""The file of a sweep: which experiment, what is fixed, what is varied and how."""

from __future__ import annotations

import datetime as dt
import difflib
import math
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from tidegate.study.options import LAST_SEED, MOST_SEEDS

__all__ = ["Design", "DesignKind", "Level", "Range", "Scalar", "StudyFile", "read_as", "read_study"]

DesignKind = Literal["factorial", "latin-hypercube", "sobol", "morris"]
Scalar = bool | int | float | str
Level = Scalar | tuple[Scalar, ...]
Whole = Annotated[int, Field(strict=True)]  # true, "2" and 2.0 are no whole numbers
_KIND: Final = "kind"  # the problem of a value of the wrong kind
_A_LEVEL: Final = "a finite number, a text, true or false, or a list of these"
_WHOLE: Final = range(-(2**63), 2**63)  # what a column of a table can hold
_VARIED: Final = "a list of levels or {low = ..., high = ...}"


def _wrong_kind(value: object, asked: str, verb: str = "is") -> PydanticCustomError:
    words = {"verb": verb, "value": _shown(value), "asked": asked}
    return PydanticCustomError(_KIND, "{verb} {value}; it must be {asked}", words)


def _checked_number(value: object) -> object:
    if isinstance(value, bool | str) or not _is_scalar(value):
        raise _wrong_kind(value, "a finite number")
    return _sized(value)


def _checked_level(value: object) -> object:
    if not _is_level(value):
        raise _wrong_kind(value, _A_LEVEL)
    return _sized(value)


def _checked_varied(value: object) -> object:
    if isinstance(value, list | tuple):
        for level in value:
            if not _is_level(level):
                raise _wrong_kind(level, f"{_VARIED}, where a level is {_A_LEVEL}", "holds")
            _sized(level, "holds")
    elif not isinstance(value, dict | Range):
        raise _wrong_kind(value, _VARIED)
    return value


def _sized(value: object, verb: str = "is") -> object:
    """Return a level unless it holds a whole number that no column of a table can hold."""
    for item in value if isinstance(value, list | tuple) else [value]:
        if isinstance(item, int) and item not in _WHOLE:
            asked = f"at least {_WHOLE.start} and at most {_WHOLE.stop - 1}"
            raise _wrong_kind(item, asked, verb)
    return value


def _is_level(value: object) -> bool:
    return all(map(_is_scalar, value if isinstance(value, list | tuple) else [value]))


def _is_scalar(value: object) -> bool:
    return math.isfinite(value) if isinstance(value, float) else isinstance(value, int | str)


def _shown(value: object) -> str:
    """Return a value as the file has it, or nearly so."""
    return str(value) if isinstance(value, dt.date | dt.time) else repr(value)


Number = Annotated[int | float, BeforeValidator(_checked_number)]


class _Section(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )


class Range(_Section):
    """Values between two ends, both included."""

    low: Number
    high: Number
    scale: Literal["linear", "log"] = "linear"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"low is {self.low} and high {self.high}; low must be below high")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"low is {self.low}; on the log scale it must be above 0")
        return self


def _form(varied: object) -> str:
    return "range" if isinstance(varied, dict | Range) else "levels"


Varied = Annotated[
    Annotated[Range, Tag("range")] | Annotated[tuple[Level, ...], Tag("levels")],
    Discriminator(_form),
    BeforeValidator(_checked_varied),
]


class Design(_Section):
    """Which points of what is varied are run.

    Parameters
    ----------
    kind
        All combinations of levels (``factorial``), or a sample of the ranges.
    points
        Size of the sample: points of a Latin hypercube; base points of Sobol', of which each
        makes several; trajectories of Morris.
    seed
        Of the sample.
    second_order
        Sobol' alone: also the points that second-order indices need.
    """

    kind: DesignKind = "factorial"
    points: Whole | None = Field(default=None, ge=1, le=10_000_000)
    seed: Whole = Field(default=1, ge=0, le=2**32 - 1)
    second_order: bool = Field(default=False, strict=True)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.kind == "factorial") != (self.points is None):
            raise ValueError(
                "points is set, but a factorial design has as many as there are combinations"
                if self.kind == "factorial"
                else f"points is missing; a design of kind {self.kind!r} needs it"
            )
        if self.second_order and self.kind != "sobol":
            raise ValueError(f"second_order is true; it is for kind 'sobol', not {self.kind!r}")
        if self.kind == "sobol" and self.points and self.points & (self.points - 1):
            raise ValueError(f"points is {self.points}; for kind 'sobol' it must be a power of two")
        return self


class StudyFile(_Section):
    """A sweep as its file describes it.

    Parameters
    ----------
    experiment, package
        Module of an experiment, and the package that holds it (``from`` in the file).
    seeds, first_seed
        Seeds of every point.
    arms, metrics
        Those to run and to keep; all when not given.
    parameters
        Fixed values of parameters and of paths in the scenario.
    design, vary
        Which points, of levels or ranges by the name of a parameter or path.
    """

    sections: ClassVar[Mapping[str, type[BaseModel]]] = {"design": Design, "vary": Range}

    experiment: str
    package: str = Field("experiments", alias="from")
    seeds: Whole = Field(8, ge=1, le=MOST_SEEDS)
    first_seed: Whole = Field(0, ge=0)
    arms: tuple[str, ...] | None = Field(None, min_length=1)
    metrics: tuple[str, ...] | None = Field(None, min_length=1)
    parameters: dict[str, Annotated[Level, BeforeValidator(_checked_level)]] = {}
    design: Design = Field(default_factory=Design)
    vary: dict[str, Varied] = Field(min_length=1)

    @field_validator("parameters", "vary", mode="before")
    @classmethod
    def _flatten(cls, section: object) -> object:
        return _flat(section) if isinstance(section, dict) else section

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.first_seed + self.seeds > LAST_SEED:
            raise ValueError(
                f"first_seed is {self.first_seed}, which is too large; with {self.seeds} seeds it "
                f"must be {LAST_SEED - self.seeds} or less"
            )
        for name in ("arms", "metrics"):
            _refuse_repeated(name, getattr(self, name) or ())
        for name, varied in self.vary.items():
            _check_varied(name, varied, self.design.kind)
            if name in self.parameters:
                raise ValueError(f"{name} is both in parameters and in vary; it must be in one")
        return self


S = TypeVar("S", bound=StudyFile)


def _flat(section: Mapping[str, Any]) -> dict[str, object]:
    """Return a section with the names that TOML makes of a bare ``a.b = 1`` joined again."""
    entries: dict[str, Any] = {}
    for name, value in section.items():
        nested = isinstance(value, dict) and value and not value.keys() & Range.model_fields.keys()
        below = _flat(value) if nested else None
        found = {name: value} if below is None else {f"{name}.{k}": v for k, v in below.items()}
        for path in found.keys() & entries.keys():
            raise ValueError(f"{path} is there twice")
        entries |= found
    return entries


def _check_varied(name: str, varied: Range | tuple[Level, ...], kind: DesignKind) -> None:
    if isinstance(varied, Range):
        if kind == "factorial":
            raise ValueError(
                f"vary.{name} is a range; a factorial design needs levels, {name} = [...]"
            )
        return
    _refuse_repeated(f"vary.{name}", varied)
    if not varied:
        raise ValueError(f"vary.{name} is []; it needs 1 level or more")


def _refuse_repeated(name: str, values: tuple[Level, ...]) -> None:
    for place, value in enumerate(values):
        if value in values[:place]:
            raise ValueError(f"{name} holds {value!r} twice")


def read_study(path: Path) -> StudyFile:
    """Return what the file of a sweep says, each value in its range.

    Raises
    ------
    ValueError
        When the file cannot be read or holds what it may not; each problem names its field.
    """
    return read_as(StudyFile, path)


def read_as(kind: type[S], path: Path) -> S:
    """Return what a file says, as `read_study` does, for a kind of study that holds more."""
    try:
        return kind.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise ValueError(f"the study is {path}, which cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is not TOML: {error}") from error
    except ValidationError as error:
        raise ValueError("\n".join(dict.fromkeys(_problems(kind, path, error)))) from error


def _problems(kind: type[StudyFile], path: Path, error: ValidationError) -> Iterator[str]:
    """Yield what is wrong with the file, a line a field."""
    problems = error.errors()
    for problem in problems:
        inside = [p for p in problems if p["loc"][:-1] == problem["loc"]]
        if inside and problem["type"] == "too_short":
            continue  # a list that is short of what is wrong in it
        place = _place(problem["loc"])
        where = ".".join(map(str, place))
        if problem["type"] == "missing":
            yield f"{path}: {where} is missing"
        elif problem["type"] == "extra_forbidden":
            yield f"{path}: {where} is unknown; {_nearest(kind, place)}"
        elif problem["type"] == "value_error":
            message = problem["msg"].removeprefix("Value error, ")
            yield f"{path}: {where}{': ' * bool(where)}{message}"
        elif problem["type"] == _KIND:
            yield f"{path}: {where} {problem['msg']}"
        else:
            yield f"{path}: {where} is {_shown(problem['input'])}: {problem['msg']}"


def _place(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Return where a problem is in the file, without the kinds that were tried there."""
    in_list = len(location) > 1 and isinstance(location[1], int)
    depth = 3 if in_list or "range" in location else 2
    return tuple(part for part in location if part != "range")[:depth]


def _nearest(kind: type[StudyFile], place: tuple[int | str, ...]) -> str:
    section = kind.sections.get(str(place[0]), kind) if len(place) > 1 else kind
    known = [info.alias or name for name, info in section.model_fields.items()]
    near = difflib.get_close_matches(str(place[-1]), known, n=1)
    return f"nearest: {near[0]}" if near else f"known are {', '.join(known)}"
