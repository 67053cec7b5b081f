"""The week of a market: how volatility and volume follow the hour of the day and the week-end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidegate.analysis.facts import Floats

__all__ = ["Week", "season_toml", "shares", "weekly_profile"]

HOUR: Final = 3_600
WEEK_HOURS: Final = 168
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FEWEST_HOURS: Final = 160  # of a week that counts
EPOCH: Final = 4 * 86_400  # 1970 began on a Thursday: its first Monday
KERNEL: Final = (0.25, 0.5, 0.25)
BUSY: Final = range(13, 17)  # UTC: New York and London are both awake
QUIET: Final = range(3, 7)


@dataclass(frozen=True, slots=True)
class Week:
    """Profiles over the 168 hours of a week from Monday midnight UTC, each with mean 1.

    Attributes
    ----------
    size
        Mean absolute hourly return.
    volume
        Mean volume.
    weeks
        Weeks they are measured on.
    """

    size: Floats
    volume: Floats
    weeks: int


def weekly_profile(bars: pl.DataFrame) -> Week:
    """Measure the week of a series of hours.

    Every hour is taken relative to the mean of its own week, so that a year of turmoil counts no
    more than one of calm; then means are taken over weeks.

    Parameters
    ----------
    bars : polars.DataFrame
        ``time`` (begin of the hour), ``close`` and ``volume`` of hours in order; hours after a
        gap and weeks of fewer than 160 hours are left out.
    """
    seconds = bars["time"].cast(pl.Datetime("us")).cast(pl.Int64).to_numpy() // 1_000_000
    returns = np.diff(np.log(bars["close"].to_numpy()))
    whole = np.diff(seconds) == HOUR
    hours = (seconds[1:][whole] - EPOCH) // HOUR
    table = pl.DataFrame(
        {
            "week": hours // WEEK_HOURS,
            "hour": hours % WEEK_HOURS,
            "size": np.abs(returns[whole]),
            "volume": bars["volume"].to_numpy()[1:][whole],
        }
    ).filter(pl.len().over("week") >= FEWEST_HOURS)
    names = ("size", "volume")
    relative = table.with_columns(
        [pl.col(name) / pl.col(name).mean().over("week") for name in names]
    )
    means = relative.group_by("hour").agg(pl.col(names).mean()).sort("hour")
    if means.height < WEEK_HOURS:
        raise ValueError(f"bars cover {means.height} of the {WEEK_HOURS} hours of a week")
    size, volume = (means[name].to_numpy() for name in names)
    return Week(size / size.mean(), volume / volume.mean(), table["week"].n_unique())


def shares(profile: Floats) -> dict[str, float]:
    """Return a week in two figures: a day of the week-end over one of the others; busy over quiet.

    Busy hours are 13 to 17 UTC of Monday to Friday, quiet ones 3 to 7.
    """
    days = profile.reshape(7, 24)
    working = days[:5]
    return {
        "week-end": float(days[5:].mean() / working.mean()),
        "busy hours": float(working[:, BUSY].mean() / working[:, QUIET].mean()),
    }


def season_toml(week: Week, source: str) -> str:
    """Return the file of a week: minutes that each hour stands for, of variance and of volume.

    The profiles are smoothed over neighbouring hours; variance is the square of size. Minutes are
    whole, and those of a week sum to those of a week: the mean is exactly 1.
    """
    size, volume = (_smooth(profile) for profile in (week.size, week.volume))
    lines = [f"# {source}, {week.weeks} weeks", "# Rows are days, columns the hours of UTC.", ""]
    for name, profile in (("variance", size**2), ("volume", volume)):
        lines.append(f"[{name}]")
        minutes = _minutes(profile).reshape(7, 24)
        lines += [f"{day} = {row.tolist()}" for day, row in zip(DAYS, minutes, strict=True)]
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


def _smooth(profile: Floats) -> Floats:
    """Return the weighted mean of each hour and its neighbours, Sunday's last by Monday's first."""
    wrapped = np.concatenate([profile[-1:], profile, profile[:1]])
    return np.convolve(wrapped, KERNEL, mode="valid")


def _minutes(profile: Floats) -> NDArray[np.int64]:
    """Return whole minutes of an hour, in proportion to a profile; the largest rests round up."""
    exact = profile / profile.mean() * 60.0
    minutes: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    short = 60 * len(profile) - int(minutes.sum())
    minutes[np.argsort(minutes - exact, kind="stable")[:short]] += 1
    return minutes
