"""The ledger of a package: every row with its claim, and how it stands.

Beside the claims of a package lie `rows.toml`, the registry, which it may lack, and the committed
results.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, computed_field

from tidegate.analysis.contrast import Direction, Verdict
from tidegate.study.claims import Claim, load_claims
from tidegate.study.committed import Experiments, Record, records
from tidegate.study.rows import Kind, Row, family_of, load_registry, own_claims


class Standing(StrEnum):
    """How a row stands."""

    MARKET = "decided by the market"
    ASSUMPTION = "follows from assumption"
    UNDECIDABLE = "not decidable"
    UNDECIDED = "ran, and is undecided"
    NONE = "no result yet"


class Entry(BaseModel):
    """A row of the ledger: a row of the registry, a claim, or the two together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: str
    kind: Kind | None  # None where there is no registry, or no row of it
    direction: Direction
    statement: str
    observed: str
    planned: str
    metric: str
    undecidable: str
    claim: Claim | None
    record: Record | None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def standing(self) -> Standing:
        """How the row stands."""
        if self.undecidable:
            return Standing.UNDECIDABLE
        if self.record is None or self.record.outdated:
            return Standing.NONE
        if self.record.verdict.verdict is Verdict.UNDECIDED:
            return Standing.UNDECIDED
        declared = self.claim is not None and self.claim.assumed
        assumed = declared or self.record.verdict.follows_from_assumption
        return Standing.ASSUMPTION if assumed else Standing.MARKET

    @property
    def uncontrolled(self) -> bool:
        """Whether the market is said to decide it though no arm held prices frozen."""
        if self.standing is not Standing.MARKET or self.record is None:
            return False
        return self.record.verdict.frozen is None

    @property
    def varied(self) -> bool:
        """Whether anything was varied in the study of a verdict of the market."""
        if self.standing is not Standing.MARKET or self.record is None:
            return False
        return self.record.robustness is not None

    @property
    def depends_on(self) -> tuple[str, ...]:
        """What overturns a verdict of the market when it is varied."""
        if self.standing is not Standing.MARKET or self.record is None:
            return ()
        return self.record.robustness.depends_on if self.record.robustness else ()


class Ledger(BaseModel):
    """All rows of a package by family, and its claims on none of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    families: dict[str, str]  # title by the letters of its rows
    rows: tuple[Entry, ...]
    own: tuple[Entry, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def counts(self) -> dict[Standing, int]:
        """How many rows stand how; claims on no row are not counted."""
        return {s: sum(entry.standing is s for entry in self.rows) for s in Standing}

    def of_family(self, letters: str) -> tuple[Entry, ...]:
        """Return the rows of one family."""
        return tuple(entry for entry in self.rows if family_of(entry.row) == letters)


def read_ledger(folder: Path, experiments: Experiments) -> Ledger:
    """Return the ledger of a package of experiments.

    Without a registry every claim counts as a row.

    Parameters
    ----------
    folder
        Where its `claims.toml` is.
    experiments
        Its experiments by name, to tell which results are out of date.
    """
    claims = load_claims(folder / "claims.toml")
    found = records(folder / "ledger", claims, experiments)
    path = folder / "rows.toml"
    if not path.exists():
        families = {family_of(claim.row): "" for claim in claims}
        return Ledger(families=families, rows=tuple(_own(c, found) for c in claims), own=())
    registry = load_registry(path)
    own = own_claims(registry.row, claims)
    decided = {claim.row: claim for claim in claims}
    return Ledger(
        families=registry.families,
        rows=tuple(_registered(r, decided.get(r.id), found.get(r.id)) for r in registry.row),
        own=tuple(_own(claim, found) for claim in own),
    )


def _registered(row: Row, claim: Claim | None, record: Record | None) -> Entry:
    return Entry(
        row=row.id,
        kind=row.kind,
        direction=row.direction,
        statement=row.statement,
        observed=row.observed or (claim.observed if claim else ""),
        planned=row.planned,
        metric=row.metric,
        undecidable=row.undecidable,
        claim=claim,
        record=record,
    )


def _own(claim: Claim, found: Mapping[str, Record]) -> Entry:
    return Entry(
        row=claim.row,
        kind=None,
        direction=claim.direction,
        statement=claim.statement,
        observed=claim.observed,
        planned="",
        metric="",
        undecidable="",
        claim=claim,
        record=found.get(claim.row),
    )
