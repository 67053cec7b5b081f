"""Which parameter matters: sensitivity indices of an outcome over the points of a design.

Indices of Sobol' and PAWN come from SALib, but for PAWN's of parameters with few levels, which are
cut at these, and those of Morris from the steps that points really take; points that failed are
taken out, and intervals are drawn by resampling what a design repeats (its blocks). All points are
run on the same seeds, so an outcome is a mean over these seeds, and indices are of that mean: what
seeds add to it is not among the causes they share out.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

if TYPE_CHECKING:
    from types import ModuleType

__all__ = [
    "DUMMY",
    "MAIN_INDEX",
    "Design",
    "Indices",
    "Method",
    "NoIndicesError",
    "check_size",
    "measure",
]

Method = Literal["sobol", "morris", "pawn"]
Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Estimate = dict[tuple[str, str, str], float]  # (index, parameter, other parameter) -> value

MAIN_INDEX: Final[Mapping[str, str]] = {"sobol": "total", "morris": "mu_star", "pawn": "median"}
DUMMY: Final = "(chance)"
LEVEL: Final = 0.95

_RESAMPLES: Final[Mapping[str, int]] = {"sobol": 500, "morris": 500, "pawn": 100}
_SEED: Final = 1  # SALib takes 0 for none
_LEAST_BLOCKS: Final[Mapping[str, int]] = {"sobol": 2, "morris": 2, "pawn": 16}
_SLIDES: Final = (4, 10)  # of a parameter's range, by PAWN: the fewest and the most
_SLIDE_POINTS: Final = 20  # which a slide should have at least


class NoIndicesError(ValueError):
    """The outcomes of points allow no indices: too few have one, or all have the same."""


@dataclass(frozen=True, slots=True)
class Design:
    """How the points of a design hang together.

    Parameters
    ----------
    names
        The parameters that are varied, in the order of the design.
    method
        Whose indices are asked for. Those of Sobol' and Morris need the design of the same name,
        with its points in order; PAWN takes any.
    second_order
        Whether a Sobol' design has the points for indices of pairs.
    block
        Points that a design draws together. PAWN resamples them together; 1 where each is drawn
        for itself.
    """

    names: tuple[str, ...]
    method: Method
    second_order: bool = False
    block: int = 1

    @property
    def block_size(self) -> int:
        """How many points are of use only together."""
        if self.method == "morris":
            return len(self.names) + 1
        if self.method == "sobol":
            return (2 if self.second_order else 1) * len(self.names) + 2
        return self.block


@dataclass(frozen=True, slots=True)
class Indices:
    """The indices of one outcome.

    Parameters
    ----------
    method
        Whose they are.
    table
        A row an index: `index`, `parameter`, `other` (of a pair, else ""), `value`, and `low` and
        `high`, the ends of its interval: 1.96 standard errors on either side, as resamples of
        the blocks show them. The parameter that matters most comes first.
    points, failed
        Points with and without an outcome.
    blocks, dropped
        Blocks of the design that were used, and those left out because a point of theirs failed.
    """

    method: Method
    table: pl.DataFrame
    points: int
    failed: int
    blocks: int
    dropped: int

    def main(self) -> pl.DataFrame:
        """Return the index by which parameters are ranked, the greatest first."""
        return self.table.filter(pl.col("index") == MAIN_INDEX[self.method])

    def ranking(self) -> list[str]:
        """Return the parameters, the one that matters most first."""
        return [name for name in self.main()["parameter"] if name != DUMMY]


def measure(
    points: pl.DataFrame, outcome: pl.DataFrame, design: Design, *, resamples: int | None = None
) -> Indices:
    """Return the indices of an outcome, with 95 % bootstrap intervals.

    Parameters
    ----------
    points
        Columns `point`, counted on in the order of the design, and one a parameter. Indices of
        Sobol' and PAWN go by the order of values alone. For Morris they are places in the
        parameter's own range, 0 to 1, so that a step through all of it is 1.
    outcome
        Columns `point` and `value`; a point that is not there, or has no finite value, failed.
    design
        How the points hang together.
    resamples
        Of the bootstrap.

    Raises
    ------
    NoIndicesError
        When too few blocks are whole, or the outcome is the same at every point.
    ValueError
        When the design itself has too few points, or they are no whole blocks.
    """
    check_size(points.height, design)
    x, y = _columns(points, outcome, design.names)
    blocks, dropped = _whole_blocks(y, design)
    used = y[blocks]
    if np.ptp(used) <= 1e-12 * np.abs(used).max():
        raise NoIndicesError(f"the outcome is {used.flat[0]:g} at every point: nothing varies it")
    estimate = _ESTIMATORS[design.method]
    best = estimate(x, y, blocks, design)
    number = _RESAMPLES[design.method] if resamples is None else resamples
    rng = np.random.default_rng(_SEED)
    drawn = [
        estimate(x, y, blocks[rng.integers(0, len(blocks), len(blocks))], design)
        for _ in range(number)
    ]
    return Indices(
        method=design.method,
        table=_table(best, drawn, MAIN_INDEX[design.method]),
        points=int(np.isfinite(y).sum()),
        failed=int((~np.isfinite(y)).sum()),
        blocks=len(blocks),
        dropped=dropped,
    )


def check_size(points: int, design: Design) -> None:
    """Refuse, with a `ValueError`, a design of which no outcomes could give indices."""
    size, least = design.block_size, _LEAST_BLOCKS[design.method]
    if points % size:
        raise ValueError(
            f"the design has {points} points, which are no whole blocks of {size}; "
            f"{design.method} of {len(design.names)} parameters needs whole ones"
        )
    if points // size < least:
        raise ValueError(
            f"the design has {_counted(points // size, size)}; {design.method} needs {least} or "
            "more"
        )
    if design.method != "morris":
        _salib(design.method)


def _counted(number: int, size: int) -> str:
    """Return a number of blocks in words."""
    plural = "" if number == 1 else "s"
    return f"{number} point{plural}" if size == 1 else f"{number} block{plural} of {size} points"


def _columns(
    points: pl.DataFrame, outcome: pl.DataFrame, names: Sequence[str]
) -> tuple[Floats, Floats]:
    """Return the parameters and the outcome of each point, in the order of points."""
    ordered = points.sort("point").join(
        outcome.select("point", "value"), on="point", how="left", maintain_order="left"
    )
    x = ordered.select(pl.col(names).cast(pl.Float64)).to_numpy()
    return x, ordered["value"].cast(pl.Float64).fill_null(np.nan).to_numpy()


def _whole_blocks(y: Floats, design: Design) -> tuple[Places, int]:
    """Return the places of the points of each whole block, and how many are not whole."""
    size, least = design.block_size, _LEAST_BLOCKS[design.method]
    if size == 1:
        places, dropped = np.flatnonzero(np.isfinite(y))[:, None], 0
    else:
        places = np.arange(y.size).reshape(-1, size)
        whole = np.isfinite(y[places]).all(axis=1)
        places, dropped = places[whole], int((~whole).sum())
    if len(places) < least:
        verb = "has" if len(places) == 1 else "have"
        lost = (
            f", and {dropped} lost theirs to runs that failed or gave no number" if dropped else ""
        )
        raise NoIndicesError(
            f"{_counted(len(places), size)} {verb} an outcome{lost}; {design.method} needs {least} "
            "or more"
        )
    return places, dropped


def _problem(design: Design) -> dict[str, Any]:
    """Return the design as SALib describes one; bounds are asked for, and not used."""
    number = len(design.names)
    return {"num_vars": number, "names": list(design.names), "bounds": [[0.0, 1.0]] * number}


def _sobol(x: Floats, y: Floats, blocks: Places, design: Design) -> Estimate:
    found = _salib("sobol").analyze(
        _problem(design),
        y[blocks].ravel(),
        calc_second_order=design.second_order,
        num_resamples=2,
        seed=_SEED,
    )
    values: Estimate = {}
    for place, name in enumerate(design.names):
        values["total", name, ""] = float(found["ST"][place])
        values["first", name, ""] = float(found["S1"][place])
    if design.second_order:
        for first, name in enumerate(design.names):
            for second, other in enumerate(design.names[first + 1 :], first + 1):
                values["second", name, other] = float(found["S2"][first, second])
    return values


def _morris(x: Floats, y: Floats, blocks: Places, design: Design) -> Estimate:
    """Return mean size, mean and spread of the changes a step makes, over the step it really was.

    A parameter of few levels cannot take the steps of the grid that the design was drawn on, and
    where it stays put for a step, that tells nothing of it.
    """
    moves, rises = np.diff(x[blocks], axis=1), np.diff(y[blocks], axis=1)
    values: Estimate = {}
    for place, name in enumerate(design.names):
        steps = moves[:, :, place]
        moved = steps != 0.0  # at one place of a block at most
        effects = rises[moved] / steps[moved]
        values["mu_star", name, ""] = float(np.abs(effects).mean()) if effects.size else 0.0
        values["mu", name, ""] = float(effects.mean()) if effects.size else 0.0
        values["sigma", name, ""] = float(effects.std(ddof=1)) if effects.size > 1 else 0.0
    return values


def _pawn(x: Floats, y: Floats, blocks: Places, design: Design) -> Estimate:
    """Return PAWN's indices, and those of a parameter that does nothing: what chance alone gives.

    A parameter of few levels is cut at its levels, all others by their ranks. The idle one is cut
    as finely as any of them, and keeps blocks together, as the others nearly do: chance deals with
    blocks, not points.
    """
    order, rng = blocks.ravel(), np.random.default_rng(_SEED)
    slides, outcome = _slides(order.size), y[order]
    idle = _dealt(blocks, rng)
    apart: dict[str, list[float]] = {}
    ranked: dict[str, Floats] = {}
    for name, column in zip(design.names, x.T, strict=True):
        if np.unique(column).size <= slides:  # of all points, so that resamples do the same
            apart[name] = _distances(column[order], outcome)
        else:
            ranked[name] = _ranks(column[order], _dealt(blocks, rng))
    finest = slides if ranked else max(2, *map(len, apart.values()))
    found = _salib_pawn({**ranked, DUMMY: idle.astype(np.float64)}, outcome, finest)
    found |= {name: (float(np.median(ds)), max(ds)) for name, ds in apart.items()}
    return {
        (index, name, ""): found[name][place]
        for place, index in enumerate(("median", "maximum"))
        for name in (*design.names, DUMMY)
    }


def _slides(points: int) -> int:
    """Return into how many slides the range of a parameter is cut."""
    fewest, most = _SLIDES
    return max(fewest, min(most, points // _SLIDE_POINTS))


def _dealt(blocks: Places, rng: np.random.Generator) -> Places:
    """Return the places of points after blocks have been shuffled, each whole and in order."""
    number, size = blocks.shape
    dealt: Places = (rng.permutation(number)[:, None] * size + np.arange(size)).ravel()
    return dealt


def _ranks(column: Floats, dealt: Places) -> Floats:
    """Return ranks, equal values in the order of a deal.

    In that of points they would go by the slower factors of a factorial, and a slide of one
    parameter would hold a level of another.
    """
    from scipy.stats import rankdata  # slow to import, and no other command needs it

    ranks = np.empty(column.size)
    ranks[dealt] = rankdata(column[dealt], method="ordinal")
    return ranks


def _distances(column: Floats, y: Floats) -> list[float]:
    """Return how far the outcomes at each level are from all, as Kolmogorov and Smirnov have it."""
    from scipy.stats import ks_2samp  # slow to import, and no other command needs it

    return [
        float(ks_2samp(y[column == level], y, method="asymp").statistic)
        for level in np.unique(column)
    ]


def _salib_pawn(
    columns: Mapping[str, Floats], y: Floats, slides: int
) -> dict[str, tuple[float, float]]:
    """Return the median and the maximum of each column."""
    if np.arange(0, 1 + 1 / slides, 1 / slides)[-1] > 1:
        slides -= 1  # 6 and 9, whose quantiles SALib rounds to more than 1, and fails
    names = list(columns)
    found = _salib("pawn").analyze(
        {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)},
        np.column_stack(list(columns.values())),
        y,
        S=slides,
    )
    values = zip(found["median"], found["maximum"], strict=True)
    return {
        name: (float(median), float(most))
        for name, (median, most) in zip(names, values, strict=True)
    }


_ESTIMATORS: Final[Mapping[str, Callable[[Floats, Floats, Places, Design], Estimate]]] = {
    "sobol": _sobol,
    "morris": _morris,
    "pawn": _pawn,
}


def _table(best: Estimate, drawn: Sequence[Estimate], main: str) -> pl.DataFrame:
    """Return estimates with their intervals, parameters in the order of the main index."""
    rank = {name: value for (index, name, _), value in best.items() if index == main}
    reach = NormalDist().inv_cdf((1 + LEVEL) / 2)
    rows = []
    for key in sorted(best, key=lambda key: (_INDICES.index(key[0]), -rank[key[1]])):
        error = reach * float(np.std([values[key] for values in drawn], ddof=1))
        rows.append((*key, best[key], best[key] - error, best[key] + error))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


_INDICES: Final = ("total", "first", "second", "mu_star", "mu", "sigma", "median", "maximum")
_SCHEMA: Final = {
    "index": pl.String,
    "parameter": pl.String,
    "other": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}


def _salib(name: str) -> ModuleType:
    """Return a module of SALib, or say how to get it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return importlib.import_module(f"SALib.analyze.{name}")
    except ImportError as error:
        raise ValueError(
            f'sensitivity indices need SALib ({error}): pip install "tidegate[calibrate]"'
        ) from error
