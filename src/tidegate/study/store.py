"""The store of a study: one parquet part a table, seed and arm.

Layout of a store::

    manifest.json                                 what the parts belong to
    parts/TABLE/seed=SEED/arm=ARM/part.parquet    hive-partitioned tables

A part appears under its name only when it is whole and on the disk, and the part of the table
`runs` is written last, so a seed and arm whose `runs` part exists is complete. Killing any
process at any time loses nothing that was finished.
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import polars as pl
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

RUNS: Final = "runs"
_MANIFEST: Final = "manifest.json"
_HIVE: Final = {"seed": pl.Int64(), "arm": pl.String()}


class Manifest(BaseModel):
    """What the parts of a store belong to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    experiment: str
    version: str
    code: str  # hash of the sources that decide the outcome of a run
    scenario_digest: str
    claims_hash: str
    parameters: dict[str, JsonValue]

    def differences(self, other: Manifest) -> list[str]:
        """Name the fields in which two manifests differ, with both values."""
        ours, theirs = self.model_dump(mode="json"), other.model_dump(mode="json")
        parameters = sorted(ours.pop("parameters").keys() | theirs.pop("parameters").keys())
        # Twelve characters tell hashes apart.
        found = [f"{k} {theirs[k]:.12} here {ours[k]:.12}" for k in ours if ours[k] != theirs[k]]
        for name in parameters:
            pair = other.parameters.get(name), self.parameters.get(name)
            if pair[0] != pair[1]:
                found.append(f"{name} {pair[0]!r} here {pair[1]!r}")
        return found


class StoreMismatchError(ValueError):
    """The directory holds the parts of another study."""


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that it is either absent, as it was, or whole, even after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The process id keeps apart two workers that write the same part after a lost heartbeat.
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    if os.name == "posix":  # elsewhere a directory cannot be opened, and need not be
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Store:
    """The parts of one study in a directory; cheap to make, safe to share among workers."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def open(cls, root: Path, manifest: Manifest) -> Store:
        """Open or create a store for the study that `manifest` describes.

        Raises
        ------
        StoreMismatchError
            When the directory holds parts of another study; nothing is touched then.
        """
        store = cls(root)
        present = store.manifest()
        if present is None:
            write_atomically(root / _MANIFEST, manifest.model_dump_json(indent=2).encode())
        elif differences := manifest.differences(present):
            raise StoreMismatchError(
                f"{root} holds the results of another study ({'; '.join(differences)}); "
                "give another --out, or delete it"
            )
        for draft in (root / "parts").glob("**/*.tmp"):
            draft.unlink(missing_ok=True)
        return store

    def manifest(self) -> Manifest | None:
        """Return the manifest on disk, or None where there is no store yet."""
        path = self.root / _MANIFEST
        try:
            return Manifest.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError as error:
            raise StoreMismatchError(f"{path} is not a manifest of this version") from error

    def part(self, table: str, seed: int, arm: str) -> Path:
        """Return the path of one part."""
        return self.root / "parts" / table / f"seed={seed}" / f"arm={arm}" / "part.parquet"

    def write(
        self,
        seed: int,
        arm: str,
        tables: Mapping[str, pl.DataFrame],
        *,
        digest: str,
        audited: bool = False,
    ) -> None:
        """Write the tables of one run, then the `runs` part that marks it complete."""
        run = pl.DataFrame({"digest": [digest], "audited": [audited], "tables": [sorted(tables)]})
        for name, frame in [*tables.items(), (RUNS, run)]:
            buffer = io.BytesIO()
            frame.write_parquet(buffer)
            write_atomically(self.part(name, seed, arm), buffer.getvalue())

    def complete(self, seed: int, arm: str) -> bool:
        """Tell whether every part of a run is there and can be read."""
        try:
            run = pl.read_parquet(self.part(RUNS, seed, arm), hive_partitioning=False)
            for table in run["tables"].item():
                pl.read_parquet_schema(self.part(table, seed, arm))
        except (OSError, pl.exceptions.PolarsError):
            return False
        return True

    def finished(self, seed: int, arm: str) -> bool:
        """Tell whether a run is marked complete, without reading it."""
        return self.part(RUNS, seed, arm).exists()

    def table(self, name: str, seeds: Iterable[int], arms: Iterable[str]) -> pl.DataFrame:
        """Return one table of the finished runs among `seeds` and `arms`, in that order."""
        labels = list(arms)
        parts = [
            self.part(name, seed, arm)
            for seed in seeds
            for arm in labels
            if self.finished(seed, arm) and self.part(name, seed, arm).exists()
        ]
        if not parts:
            return pl.DataFrame(schema=_HIVE)
        frame = pl.scan_parquet(parts, hive_partitioning=True, hive_schema=_HIVE).collect()
        return frame.select("seed", "arm", pl.exclude("seed", "arm"))

    def set_aside(self) -> Path:
        """Rename the directory after the study it holds, and return its new path."""
        present = self.manifest()
        stamp = present.scenario_digest[:8] if present else "old"
        aside = self.root.with_name(f"{self.root.name}.{stamp}")
        number = 1
        while aside.exists():
            number += 1
            aside = self.root.with_name(f"{self.root.name}.{stamp}.{number}")
        shutil.move(self.root, aside)
        return aside
