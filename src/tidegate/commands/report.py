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
        write_report(summary, frames, path, language)
        print(f"Report: {path}")
        if self.figures:
            drawn = figures_of(summary, frames, language)
            files = export_figures(drawn, Path(self.figures), self.kinds, self.lang)
            print(f"Figures: {len(files)} files in {self.figures}")
        return 0


def read_results(folder: Path) -> tuple[Summary, Mapping[str, pl.DataFrame]]:
    """Return what an experiment has left in a directory.

    Raises
    ------
    ValueError
        When it holds no finished study.
    """
    path = folder / "summary.json"
    try:
        summary = Summary.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ValueError(
            f"RESULTS_DIR is {str(folder)!r}, which has no summary.json; "
            "it must be the directory of a finished experiment"
        ) from error
    except ValidationError as error:
        raise ValueError(f"{path} is no summary of this version: {error}") from error
    tables = [folder / f"{name}.parquet" for name in ("paths", *VIEWS)]
    return summary, {path.stem: pl.read_parquet(path) for path in tables if path.exists()}
