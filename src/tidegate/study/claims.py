"""Claims: what a study is asked to decide, committed before it runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt

from tidegate.analysis.contrast import LEDGER_PAIRS, Direction
from tidegate.study.tables import read_tables

Text = Annotated[str, Field(min_length=1)]
RowId = Annotated[str, Field(pattern=r"^[A-Z]+[0-9]*(-[A-Z]+[0-9]+[a-z]?)?$")]


class Claim(BaseModel):
    """One statement about a policy, with all that its verdict depends on.

    The claims of one experiment form the family within which Holm's correction is made, so
    each carries one primary metric.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: RowId
    experiment: Text
    statement: Text
    rival: Text
    metric: Text
    horizon_days: PositiveFloat
    treated: Text
    control: Text
    direction: Direction
    delta: PositiveFloat
    pairs: PositiveInt = LEDGER_PAIRS
    observed: str = ""  # what reality has since answered, shown beside the model
    assumed: str = ""  # why its verdict follows from assumption, where no twin could tell
    # Of an interaction: (treated, control) of the effects that this one is held beyond.
    beyond: tuple[tuple[Text, Text], ...] = ()
    recorded_as: RowId | None = None  # id under which results of it were committed, if another

    @property
    def compared(self) -> tuple[str, ...]:
        """Labels of all arms that it compares."""
        return (self.treated, self.control, *(arm for pair in self.beyond for arm in pair))


class _ClaimsFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: tuple[Claim, ...]


def load_claims(path: Path) -> tuple[Claim, ...]:
    """Return the claims of a TOML file, refusing rows that are malformed or repeat."""
    try:
        claims = read_tables(path, _ClaimsFile, "row").claim
    except FileNotFoundError as error:
        raise ValueError(f"there is no {path}; claims are kept there") from error
    rows = [claim.row for claim in claims]
    repeated = sorted({row for row in rows if rows.count(row) > 1})
    if repeated:
        raise ValueError(f"{path}: rows repeat: {', '.join(repeated)}")
    held = {(claim.experiment, claim.row) for claim in claims}
    for claim in claims:
        if (claim.experiment, claim.recorded_as) in held:
            raise ValueError(
                f"{path}: {claim.row} is recorded_as {claim.recorded_as!r}, a claim of "
                f"{claim.experiment} itself"
            )
    return claims


def family(claims: Iterable[Claim], experiment: str, rows: Sequence[str]) -> tuple[Claim, ...]:
    """Return the claims of one experiment, which must be exactly those it names.

    A row on file that an experiment leaves out would shrink its family and so loosen the
    correction of the others.
    """
    found = {claim.row: claim for claim in claims if claim.experiment == experiment}
    if set(found) != set(rows):
        missing, extra = sorted(set(rows) - set(found)), sorted(set(found) - set(rows))
        raise ValueError(
            f"claims of {experiment} differ from those on file: "
            f"not on file {missing or 'none'}, not named by the experiment {extra or 'none'}"
        )
    return tuple(found[row] for row in rows)


def claims_hash(claims: Sequence[Claim]) -> str:
    """Return the hash of a family: any change to a claim, or to their number, changes it."""
    content = sorted((_content(claim) for claim in claims), key=lambda c: str(c["row"]))
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _content(claim: Claim) -> dict[str, object]:
    """Return what decides a claim, as data, under the id that it was recorded as.

    Of what is not an interaction nothing is said of one. Why a verdict follows from assumption is
    part of reading it, not of reaching it.
    """
    left_out = {"assumed", "recorded_as"} | (set() if claim.beyond else {"beyond"})
    content = claim.model_dump(mode="json", exclude=left_out)
    return {**content, "row": claim.recorded_as or claim.row}
