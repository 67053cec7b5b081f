"""`tidegate report`: the report of a study, drawn again from what it left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
import tyro
from pydantic import ValidationError

from tidegate.analysis.views import VIEWS
from tidegate.report.summary import Summary
from tidegate.study.directory_kind import RUNS_OF_EXPERIMENT, kind_of
from tidegate.study.packages import PackageName, import_package
from tidegate.study.translation import package_language

__all__ = ["Report", "read_results"]


@dataclass(frozen=True)
class Report:
    """Draw the report of a finished study again, in another language or as single figures."""

    results: Annotated[
        tyro.conf.Positional[Path],
        tyro.conf.arg(metavar="RESULTS_DIR", help="Directory that an experiment has written."),
    ]
    lang: Annotated[Literal["en", "ja"], tyro.conf.arg(help="Language of the report.")] = "en"
    out: Annotated[
        str,
        tyro.conf.arg(
            metavar="FILE",
            help="The page; by default report.html in the directory, in Japanese report.ja.html.",
        ),
    ] = ""
    figures: Annotated[
        str, tyro.conf.arg(metavar="DIR", help="Write every figure to this directory too.")
    ] = ""
    kinds: Annotated[
        tuple[Literal["svg", "png"], ...],
        tyro.conf.arg(metavar="{svg,png} ...", help="Kinds of files for figures."),
    ] = ("svg", "png")
    package: PackageName = "experiments"

    def run(self) -> int:
        """Write the page, and the figures if asked."""
        # Drawing libraries are slow to import.
        from tidegate.report.figures import figures_of
        from tidegate.report.page import report_name, write_report
        from tidegate.report.plots import export_figures

        summary, frames = read_results(self.results)
        language = package_language(import_package(self.package), self.lang)
        path = Path(self.out) if self.out else self.results / report_name(self.lang)
        if not path.parent.is_dir():
            raise ValueError(f"--out is {self.out!r}; there is no directory {path.parent}")
        if path.is_dir():
            raise ValueError(f"--out is {self.out!r}, a directory; it must be a file")
        if self.figures:
            _made(self.figures)
        write_report(summary, frames, path, language)
        print(f"Report: {path}")
        if self.figures:
            drawn = figures_of(summary, frames, language)
            files = export_figures(drawn, Path(self.figures), self.kinds, self.lang)
            print(f"Figures: {len(files)} files in {self.figures}")
        return 0


def _made(folder: str) -> None:
    """Make the directory of figures, before anything is drawn."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"--figures is {folder!r}; no such directory can be made: {error.strerror}"
        ) from error


def read_results(folder: Path) -> tuple[Summary, Mapping[str, pl.DataFrame]]:
    """Return what an experiment has left in a directory.

    Raises
    ------
    ValueError
        When it holds no finished study, or what it holds does not belong together.
    """
    path = folder / "summary.json"
    try:
        summary = Summary.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ValueError(f"RESULTS_DIR is {str(folder)!r}, which {_instead(folder)}") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        told = f"{field}: {first['msg']}".removeprefix(": ")
        raise ValueError(f"{path} is no summary of this version: {told}") from error
    tables = [folder / f"{name}.parquet" for name in ("paths", *VIEWS)]
    frames = {path.stem: _table(path) for path in tables if path.exists()}
    if "paths" in frames:
        lacking = [s.name for s in summary.series if s.name not in frames["paths"].columns]
        if lacking:
            raise ValueError(
                f"{folder / 'paths.parquet'} has no column {lacking[0]!r}, which summary.json "
                "names: they are of different studies"
            )
    return summary, frames


def _table(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ValueError(f"{path} cannot be read as parquet: {error}") from error


def _instead(folder: Path) -> str:
    """Return what a directory without a summary is, and what to do."""
    held = kind_of(folder)
    if held == RUNS_OF_EXPERIMENT:
        return "has no summary.json yet: the command that made it finishes it"
    wanted = "it must be the directory of a finished experiment"
    return f"holds {held}; {wanted}" if held else f"has no summary.json; {wanted}"
