"""Rows: all that the studies of a package are asked to decide, planned or not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tidegate.analysis.contrast import Direction
from tidegate.study.claims import Claim, RowId, Text
from tidegate.study.tables import read_tables


class Kind(StrEnum):
    """Where a row comes from."""

    STATED = "stated"
    IMPLIED = "implied"  # by the reasoning of the source
    RIVAL = "rival"  # an honest test must be able to return it


class Row(BaseModel):
    """A question with a direction, and how it is decided: by one of three ways."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: RowId
    kind: Kind
    direction: Direction
    statement: Text
    observed: str = ""  # what reality has answered
    experiment: str = ""  # the claim on file tells the rest
    planned: str = ""  # the experiment to come, and what it will measure
    metric: str = ""
    undecidable: str = ""  # why no run can decide it

    @model_validator(mode="after")
    def _is_decided_one_way(self) -> Self:
        ways = [name for name in ("experiment", "planned", "undecidable") if getattr(self, name)]
        if len(ways) != 1:
            raise ValueError(
                f"{self.id} has {' and '.join(ways) or 'none'} "
                "of experiment, planned and undecidable; it must have one"
            )
        if bool(self.planned) != bool(self.metric):
            raise ValueError(f"{self.id}: planned and metric go together; one of them is missing")
        return self

    @property
    def family(self) -> str:
        """The letters that its id begins with."""
        return family_of(self.id)


class Registry(BaseModel):
    """The rows of a package in their order, and the families they belong to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    families: dict[Annotated[str, Field(pattern=r"^[A-Z]+$")], Text]
    row: tuple[Row, ...]

    @model_validator(mode="after")
    def _rows_are_of_the_families(self) -> Self:
        ids = [row.id for row in self.row]
        if repeated := sorted({row for row in ids if ids.count(row) > 1}):
            raise ValueError(f"rows repeat: {', '.join(repeated)}")
        order = list(dict.fromkeys(row.family for row in self.row))
        if order != list(self.families):
            raise ValueError(
                f"families are {', '.join(self.families)}; those of the rows are "
                f"{', '.join(order)}, and the two must be the same in the same order"
            )
        return self


def family_of(row: str) -> str:
    """Return the letters that the id of a row begins with."""
    letters = re.match(r"[A-Z]+", row)
    if letters is None:
        raise ValueError(f"row is {row!r}; an id begins with capital letters")
    return letters.group()


def load_registry(path: Path) -> Registry:
    """Return the rows of a TOML file, refusing what is malformed."""
    return read_tables(path, Registry, "id")


def own_claims(rows: Iterable[Row], claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Return the claims on no row of the registry, having checked that the others agree with it.

    Raises
    ------
    ValueError
        When a row names an experiment that holds no claim on it, or is said to be planned or
        undecidable while a claim on it is on file.
    """
    decided = {claim.row: claim for claim in claims}
    lines = []
    for row in rows:
        claim = decided.pop(row.id, None)
        found = claim.experiment if claim is not None else ""
        if found != row.experiment:
            lines.append(
                f"experiment of row {row.id} is {row.experiment or 'none'!r}; "
                f"by claims.toml it is {found or 'none'!r}"
            )
        elif claim is not None and claim.direction is not row.direction:
            lines.append(
                f"direction of row {row.id} is {row.direction.value!r}; "
                f"by claims.toml it is {claim.direction.value!r}"
            )
    if lines:
        raise ValueError("\n".join(lines))
    return tuple(claim for claim in claims if claim.row in decided)
