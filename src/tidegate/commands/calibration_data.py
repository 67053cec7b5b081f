"""What `tidegate calibrate` reads: all of it, before anything is fitted."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from tidegate.commands.price_rows import TooFewBarsError
from tidegate.commands.prices import PriceSeries, Selection, read_prices

if TYPE_CHECKING:
    from tidegate.analysis.moments import Targets
    from tidegate.analysis.shape import Shape

__all__ = ["CalibrationData", "PriceFiles"]

_SECONDS: Final = {"daily": 86_400, "hourly": 3_600, "minutes": 60}
_BARS: Final = {"day": "daily", "hour": "hourly"}


@dataclass(frozen=True, slots=True)
class PriceFiles:
    """Files of prices, and which of them to use.

    Attributes
    ----------
    daily, hourly, minutes
        The files; None for those that are not given.
    symbol
        Their series.
    until
        First day not to fit to.
    """

    daily: Path | None
    hourly: Path | None
    minutes: Path | None
    symbol: str
    until: dt.date

    @property
    def fitted(self) -> bool:
        """Whether there is what a fit needs."""
        return self.daily is not None and self.hourly is not None

    @property
    def options(self) -> dict[str, str]:
        """What the command was told of them, by option; nothing where no file was given."""
        files = {name: getattr(self, name) for name in _SECONDS}
        given = {name: str(path) for name, path in files.items() if path is not None}
        return given | {"symbol": self.symbol, "until": str(self.until)} if given else {}

    def both(
        self, *, since: dt.date | None = None, until: dt.date | None = None
    ) -> dict[str, PriceSeries]:
        """Return the days and hours from a day on and before another."""
        return {bar: self.series(name, since=since, until=until) for bar, name in _BARS.items()}

    def series(
        self, name: str, *, since: dt.date | None = None, until: dt.date | None = None
    ) -> PriceSeries:
        """Return the one series of a file, which must be of the bars that its option wants."""
        path: Path = getattr(self, name)
        wanted = Selection(symbols=(self.symbol,), since=since, until=until, keep_gaps=True)
        series, *others = read_prices(path, wanted)
        if others:
            raise ValueError(f"--{name} {path} has {1 + len(others)} series {self.symbol}")
        if series.bar_seconds != _SECONDS[name]:
            raise ValueError(
                f"--{name} is {path}, whose bars last {series.bar_seconds:g} s; they must last "
                f"{_SECONDS[name]} s"
            )
        return series


@dataclass(frozen=True, slots=True)
class CalibrationData:
    """What is fitted to, and what the fit is held against.

    Attributes
    ----------
    targets
        Moments to fit to.
    later
        Those of the prices that came after; None for no check.
    unchecked
        Why files give no check, "" where they give one or there are none.
    shape
        Curves of all three bars, with the returns that each is of, and their source; None for
        the committed ones.
    minute_facts
        Facts of the minutes, None without a file of them.
    """

    targets: Targets
    later: Targets | None
    unchecked: str
    shape: tuple[Shape, dict[str, int], str] | None
    minute_facts: dict[str, float] | None

    @classmethod
    def read(cls, files: PriceFiles) -> Self:
        """Read and measure all files; without any, take the committed moments.

        Raises
        ------
        ValueError
            For what a file may not hold, wherever in the fit or after it that is needed.
        """
        from tidegate.analysis.facts import stylised_facts
        from tidegate.analysis.moments import committed_targets

        minutes = files.series("minutes") if files.minutes is not None else None
        facts = None
        if minutes is not None:
            facts = stylised_facts(minutes.prices, bars_per_year=minutes.bars_per_year)
        if not files.fitted:
            return cls(committed_targets(), None, "", None, facts)
        fitted = _fitted(files)
        later, unchecked = _later(files)
        shape = _shape(files, fitted | {"minute": minutes}) if minutes is not None else None
        return cls(_targets(files, fitted, digest=True), later, unchecked, shape, facts)


def _fitted(files: PriceFiles) -> dict[str, PriceSeries]:
    try:
        return files.both(until=files.until)
    except TooFewBarsError as error:
        raise TooFewBarsError(f"{error} before {files.until} (--until)") from None


def _later(files: PriceFiles) -> tuple[Targets | None, str]:
    """Measure what came after the fit; or say why that cannot be, which is no reason not to fit."""
    try:
        series = files.both(since=files.until)
    except TooFewBarsError as error:
        return None, f"{error} from {files.until} (--until) on"
    try:
        return _targets(files, series), ""
    except ValueError as error:
        return None, f"from {files.until} (--until) on, {error}"


def _targets(
    files: PriceFiles, series: Mapping[str, PriceSeries], *, digest: bool = False
) -> Targets:
    from tidegate.analysis.moments import measure_targets

    source = f"{files.symbol}: days {_span(series['day'])}, hours {_span(series['hour'])}"
    if digest:
        source += f"; sha256 of the prices {_digest(*series.values())}"
    return measure_targets({bar: one.prices for bar, one in series.items()}, source)


def _shape(
    files: PriceFiles, series: Mapping[str, PriceSeries]
) -> tuple[Shape, dict[str, int], str]:
    """Measure the curves of days, hours and minutes."""
    from tidegate.analysis.shape import shape

    spans = ", ".join(f"{bar}s {_span(one)}" for bar, one in series.items())
    return (
        {bar: shape(one.prices, bar) for bar, one in series.items()},
        {bar: len(one.prices) - 1 for bar, one in series.items()},
        f"{files.symbol}: {spans}",
    )


def _span(series: PriceSeries) -> str:
    return f"{series.first} to {series.last} ({len(series.prices):,})"


def _digest(*series: PriceSeries) -> str:
    """Return a hash of prices."""
    return hashlib.sha256(b"".join(one.prices.tobytes() for one in series)).hexdigest()[:16]
