"""The store of a study: one parquet part a table and run.

Layout of a store, where `point=` is there in sweeps alone::

    manifest.json                                           what the parts belong to
    parts/TABLE/point=POINT/seed=SEED/arm=ARM/part.parquet  hive-partitioned tables
    parts/runs/point=POINT/seed=SEED/arm=ARM/seal.json      written last: the run is complete

A file appears under its name only when it is whole. The seal holds a checksum of every part of
the run, and one over these, the place of the run and all that decides its outcome: a part that
was torn, altered or put in the place of another is known, and its run is run again. So killing
any process at any time loses nothing that was finished, and a power cut loses at most what had
not reached the disk.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Self, TypeVar
from uuid import uuid4

import polars as pl
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

RUNS: Final = "runs"
_MANIFEST: Final = "manifest.json"
_PLACE: Final = {"seed": pl.Int64(), "arm": pl.String()}
_PART_PATH: Final = " path"  # no name of a column of ours
_HASH_LENGTH: Final = 64


class Record(BaseModel):
    """What the parts of a store belong to; studies and sweeps have a record each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def identity(self) -> dict[str, JsonValue]:
        """Return what must agree between two records of one study, mappings entry by entry."""
        entries: dict[str, JsonValue] = {}
        for name, value in self.model_dump(mode="json").items():
            entries |= value if isinstance(value, dict) else {name: value}
        return entries

    def digest(self) -> str:
        """Return the hash of the identity."""
        return checksum(json.dumps(self.identity(), sort_keys=True).encode())

    def differences(self, other: Self) -> list[str]:
        """Name the entries in which two records differ, with both values."""
        ours, theirs = self.identity(), other.identity()
        return [
            f"{name} {_shown(theirs.get(name))} here {_shown(ours.get(name))}"
            for name in sorted(ours.keys() | theirs.keys())
            if ours.get(name) != theirs.get(name)
        ]


R = TypeVar("R", bound=Record)


class Manifest(Record):
    """What the parts of a study belong to."""

    experiment: str
    version: str
    code: str  # hash of the sources that decide the outcome of a run
    scenario_digest: str
    claims_hash: str
    parameters: dict[str, JsonValue]


class StoreMismatchError(ValueError):
    """The directory holds the parts of another study."""


class StorageError(OSError):
    """A part could not be written, as on a full disk; no other run would fare better."""


def checksum(content: bytes) -> str:
    """Return the checksum of some bytes."""
    return hashlib.sha256(content).hexdigest()


def write_atomically(path: Path, content: bytes, *, durably: bool = True) -> None:
    """Write a file so that it is either absent, as it was, or whole.

    Parameters
    ----------
    path, content
        The file; missing folders are made.
    durably
        Wait until it would survive a power cut, which can take longer than a small run.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own keeps apart two workers that write the same part after a lost heartbeat.
    draft = path.with_name(f"{path.name}.{uuid4().hex}.tmp")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            if durably:
                os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    if durably and os.name == "posix":  # elsewhere a directory cannot be opened, and need not be
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Store:
    """The parts of one study in a directory; cheap to make, safe to share among workers.

    Parameters
    ----------
    root
        The directory.
    owner
        Hash of what decides the outcome of the runs, besides seed and arm.
    point
        Of a sweep: the point whose runs these are.
    """

    def __init__(self, root: Path, owner: str = "", point: int | None = None) -> None:
        self.root = root
        self.owner = owner
        self.point = point

    @classmethod
    def open(cls, root: Path, record: Record) -> Store:
        """Open or create a store for the study that `record` describes.

        Raises
        ------
        StoreMismatchError
            When the directory holds parts of another study; nothing is touched then.
        """
        store = cls(root, record.digest())
        present = store.record(type(record))
        if present is not None and (differences := record.differences(present)):
            raise StoreMismatchError(
                f"{root} holds the results of another study ({'; '.join(differences)}); "
                "give another --out, or delete it"
            )
        if present != record:
            write_atomically(root / _MANIFEST, record.model_dump_json(indent=2).encode())
        for draft in (root / "parts").glob("**/*.tmp"):
            draft.unlink(missing_ok=True)
        return store

    def at(self, point: int, owner: str) -> Store:
        """Return the store of the runs of one point of a sweep."""
        return Store(self.root, owner, point)

    def record(self, kind: type[R]) -> R | None:
        """Return the manifest on disk, or None where there is no store yet."""
        path = self.root / _MANIFEST
        try:
            return kind.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError as error:
            raise StoreMismatchError(f"{path} is not a manifest of this version") from error

    def part(self, table: str, seed: int, arm: str) -> Path:
        """Return the path of one part."""
        point = "" if self.point is None else f"point={self.point}"
        return self.root / "parts" / table / point / f"seed={seed}" / f"arm={arm}" / "part.parquet"

    def write(
        self,
        seed: int,
        arm: str,
        tables: Mapping[str, pl.DataFrame],
        *,
        digest: str,
        audited: bool = False,
    ) -> None:
        """Write the tables of one run, then the seal that marks it complete.

        Raises
        ------
        StorageError
            When the disk is full or cannot be written.
        """
        run = pl.DataFrame({"digest": [digest], "audited": [audited], "tables": [sorted(tables)]})
        parts = {name: _parquet(frame) for name, frame in [*tables.items(), (RUNS, run)]}
        sums = {name: checksum(part) for name, part in parts.items()}
        seal = self._seal(seed, arm, sums, audited)
        try:
            # Seals tell what did not reach the disk, so nothing waits for it.
            for name, part in parts.items():
                write_atomically(self.part(name, seed, arm), part, durably=False)
            write_atomically(self._seal_path(seed, arm), seal, durably=False)
        except OSError as error:
            raise StorageError(error.errno, error.strerror, error.filename) from error

    def complete(self, seed: int, arm: str, *, audited: bool = False) -> bool:
        """Tell whether every part of a run is there, as it was written and in its place.

        Parameters
        ----------
        seed, arm
            The run.
        audited
            Whether it must have been audited.
        """
        try:
            present = self._seal_path(seed, arm).read_bytes()
            content = json.loads(present)
            sums = {
                name: checksum(self.part(name, seed, arm).read_bytes()) for name in content["parts"]
            }
            whole = present == self._seal(seed, arm, sums, content["audited"])
        except (OSError, ValueError, TypeError, KeyError):
            return False
        return whole and (content["audited"] or not audited)

    def finished(self, seed: int, arm: str) -> bool:
        """Tell whether a run is marked complete, without reading it."""
        return self._seal_path(seed, arm).exists()

    def discard(self, seed: int, arm: str) -> None:
        """Break the seal of a run, if it has one."""
        self._seal_path(seed, arm).unlink(missing_ok=True)

    def table(self, name: str, seeds: Iterable[int], arms: Iterable[str]) -> pl.DataFrame:
        """Return one table of the finished runs among `seeds` and `arms`, in that order."""
        labels = list(arms)
        parts = [
            self.part(name, seed, arm)
            for seed in seeds
            for arm in labels
            if self.finished(seed, arm) and self.part(name, seed, arm).exists()
        ]
        return read_parts(parts, _PLACE)

    def set_aside(self) -> Path:
        """Rename the directory after the study it holds, and return its new path."""
        try:
            present = self.record(Manifest)
        except StoreMismatchError:  # of another kind or version: in the way all the same
            present = None
        stamp = present.scenario_digest[:8] if present else "old"
        aside = self.root.with_name(f"{self.root.name}.{stamp}")
        number = 1
        while aside.exists():
            number += 1
            aside = self.root.with_name(f"{self.root.name}.{stamp}.{number}")
        shutil.move(self.root, aside)
        return aside

    def _seal_path(self, seed: int, arm: str) -> Path:
        return self.part(RUNS, seed, arm).with_name("seal.json")

    def _seal(self, seed: int, arm: str, sums: Mapping[str, str], audited: bool) -> bytes:
        """Return the seal of the run whose parts have these checksums."""
        whole = json.dumps([self.owner, self.point, seed, arm, sorted(sums.items()), audited])
        content = {"parts": dict(sums), "audited": audited, "seal": checksum(whole.encode())}
        return json.dumps(content).encode()


def read_parts(parts: Iterable[Path], place: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Return some parts of one table as one, the columns of their place first."""
    paths = list(parts)
    if not paths:
        return pl.DataFrame(schema=place)
    # Folders above the store may be called anything: patterns and places too.
    scan = pl.scan_parquet(
        paths, glob=False, hive_partitioning=False, include_file_paths=_PART_PATH
    )
    frame = scan.select(*_placed(place), pl.exclude(_PART_PATH)).collect()
    return frame.rechunk()  # how many pieces a table is in would show in the bytes of its file


def _placed(place: Mapping[str, pl.DataType]) -> list[pl.Expr]:
    """Return the columns of a place as the folders right above a part tell them."""
    separator = r"[/\\]"
    folders = [rf"{name}=([^/\\]*)" for name in place]
    pattern = separator.join(["", *folders, r"[^/\\]*$"])
    return [
        pl.col(_PART_PATH).str.extract(pattern, group).cast(kind).alias(name)
        for group, (name, kind) in enumerate(place.items(), start=1)
    ]


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def _shown(value: JsonValue) -> str:
    """Return a value as errors show it; twelve characters tell hashes apart."""
    is_hash = isinstance(value, str) and len(value) == _HASH_LENGTH
    return f"{value:.12}" if is_hash else repr(value)
