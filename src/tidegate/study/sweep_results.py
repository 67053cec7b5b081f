"""The tables of a sweep, put together from its parts on memory that does not grow with them."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from tidegate.study.plan import Plan
from tidegate.study.store import RUNS, StorageError, Store, read_parts

__all__ = ["METRICS", "RESULTS", "collect", "read_results"]

METRICS: Final = "metrics"
RESULTS: Final = "results"  # what the table `metrics` of a sweep is called
_PLACE: Final = {"point": pl.Int64(), "seed": pl.Int64(), "arm": pl.String()}
_TOGETHER: Final = 1_000  # parts in memory at a time
_ROW_GROUP: Final = 65_536  # fixed, so that equal tables are equal files


def collect(plan: Plan, store: Store) -> None:
    """Write ``results.parquet`` and ``runs.parquet`` from the parts of finished runs.

    Rows are in the order of points, seeds and arms, whoever ran them and when.
    """
    _write(plan, store, METRICS, RESULTS)
    _write(plan, store, RUNS, RUNS)


def discard(store: Store) -> None:
    """Remove the tables, which are of a sweep that has not ended any more."""
    for name in (RESULTS, RUNS):
        (store.root / f"{name}.parquet").unlink(missing_ok=True)


def read_results(folder: Path) -> pl.DataFrame:
    """Return the results of a finished sweep.

    Parameters
    ----------
    folder
        Directory of the sweep.

    Returns
    -------
    pl.DataFrame
        A row a point, seed, arm and metric: columns `point`, one a varied name, `seed`, `arm`,
        `metric`, `value`.
    """
    path = folder / f"{RESULTS}.parquet"
    if not path.exists():
        raise ValueError(f"{folder} holds no results; its sweep has not ended, or never began")
    return pl.read_parquet(path, glob=False, hive_partitioning=False)


def finished_runs(plan: Plan, store: Store) -> Iterator[tuple[Store, int, str]]:
    """Yield the runs of a plan that are marked complete, in their order."""
    for point, labels in enumerate(plan.labels):
        here = store.at(point, "")
        for seed, label in itertools.product(plan.seeds, labels):
            if here.finished(seed, label):
                yield here, seed, label


def _write(plan: Plan, store: Store, table: str, name: str) -> None:
    """Write one table, so that it is absent or whole.

    Raises
    ------
    StorageError
        When a part cannot be read or the table not be written, as on a full disk.
    """
    draft = store.root / f".{name}.draft"
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir()
        whole = _draft(plan, store, table, draft)
        with whole.open("rb+") as file:
            os.fsync(file.fileno())
        whole.replace(store.root / f"{name}.parquet")
    except pl.exceptions.PolarsError as error:
        raise StorageError(f"{name}.parquet cannot be put together: {error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _draft(plan: Plan, store: Store, table: str, folder: Path) -> Path:
    """Write one table into a folder: some parts at a time to files, then these to one."""
    parts = (here.part(table, seed, label) for here, seed, label in finished_runs(plan, store))
    chunks: list[Path] = []
    while some := list(itertools.islice(parts, _TOGETHER)):
        chunks.append(folder / f"{len(chunks)}.parquet")
        _completed(plan, read_parts(some, _PLACE)).write_parquet(chunks[-1])
    if not chunks:
        chunks.append(folder / "none.parquet")
        _completed(plan, pl.DataFrame(schema=_PLACE | _NO_ROWS[table])).write_parquet(chunks[-1])
    whole = folder / "whole.parquet"
    scan = pl.scan_parquet(chunks, glob=False, hive_partitioning=False)
    scan.sink_parquet(whole, row_group_size=_ROW_GROUP, maintain_order=True)
    return whole


def _completed(plan: Plan, frame: pl.DataFrame) -> pl.DataFrame:
    """Return some rows with what is varied at their points, of the metrics that are kept."""
    joined = frame.join(plan.points, on="point", how="left", maintain_order="left")
    if "metric" in frame.columns:
        joined = joined.filter(pl.col("metric").is_in(plan.metrics))
    return joined.select(*plan.points.columns, pl.exclude(plan.points.columns))


_NO_ROWS: Final = {
    METRICS: {"metric": pl.String(), "value": pl.Float64()},
    RUNS: {"digest": pl.String(), "audited": pl.Boolean(), "tables": pl.List(pl.String())},
}
