"""Bands in which the stylised facts of BTC lie, by length of the bars."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

__all__ = ["BANDS", "DAILY_BANDS", "HOURLY_BANDS", "MINUTE_BANDS", "Band", "compare"]


@dataclass(frozen=True, slots=True)
class Band:
    """Where a fact is expected to lie.

    Attributes
    ----------
    fact : str
        Name of a figure of `tidegate.analysis.facts.stylised_facts`.
    low, high : float
        Allowed values, both included.
    about : str
        What it is, in words.
    source : str
        What the band rests on.
    """

    fact: str
    low: float
    high: float
    about: str
    source: str

    def holds(self, value: float) -> bool:
        """Whether a value lies inside; NaN does not."""
        return self.low <= value <= self.high


DAY, HOUR, MINUTE = 86_400, 3_600, 60
CLOSES: Final = "BTC, 730 daily closes February 2024 to February 2026"
HOURS: Final = "BTC spot, hours to December 2023 and from then to September 2025"
MINUTES: Final = "BTC perpetual, minutes of June 2025"
CONT: Final = "Cont 2001, stylised facts; width from BTC"

DAILY_BANDS: Final = (
    Band("annual_volatility", 0.35, 0.75, "annual volatility", f"S1.1; {CLOSES}: 0.49"),
    Band("kurtosis_1", 2.5, 12.0, "excess kurtosis, 1 day", f"S1.2; {CLOSES}: 3.6"),
    Band("kurtosis_ratio_20", -math.inf, 0.5, "kurtosis, 20 days to 1 day", f"S1.2; {CLOSES}: 0.3"),
    Band("skewness", -1.0, 0.6, "skewness", f"S1.3; {CLOSES}: 0.09"),
    Band("hill_5", 2.5, 4.0, "tail exponent, top 5 %", f"S1.4; {CLOSES}: 3.2"),
    Band("acf_return_short", 0.0, 0.10, "largest |ACF| of returns, lags 1-5", f"S1.5; {CONT}"),
    Band("acf_size_1", 0.10, 0.30, "ACF of |return|, lag 1", f"S1.6; {CLOSES}: 0.175"),
    Band("acf_size_short", 0.07, 1.0, "mean ACF of |return|, lags 1-5", f"S1.6; {CLOSES}: 0.12"),
    Band(
        "leverage_effect", -0.25, 0.05, "return and next squared return", f"S1.7; {CLOSES}: -0.11"
    ),
    Band("drawdown_years", 0.80, 1.0, "years with a drawdown of 15-60 %", f"S1.8; {CLOSES}"),
    Band("volume_volatility", 0.30, 1.0, "log volume and |return|", f"S1.11; {CONT}"),
)


HOURLY_BANDS: Final = (
    Band("kurtosis_1", 6.0, 25.0, "excess kurtosis, 1 hour", f"S1; {HOURS}: 18.5, 9.9"),
    Band("hill_5", 2.2, 3.0, "tail exponent, top 5 %", f"S1; {HOURS}: 2.2, 2.6"),
    Band("acf_return_short", 0.0, 0.03, "largest |ACF| of returns, lags 1-5", f"S1; {CONT}"),
    Band("acf_size_1", 0.20, 0.35, "ACF of |return|, lag 1", f"S1; {HOURS}: 0.28, 0.28"),
    Band("acf_size_100", 0.02, 0.12, "ACF of |return|, lag 100", f"S1; {HOURS}: 0.09, 0.06"),
)

MINUTE_BANDS: Final = (
    Band("kurtosis_1", 6.0, 60.0, "excess kurtosis, 1 minute", f"S1; {MINUTES}: 9.1"),
    Band("hill_5", 2.5, 3.3, "tail exponent, top 5 %", f"S1; {MINUTES}: 3.0"),
    Band("acf_size_1", 0.22, 0.40, "ACF of |return|, lag 1", f"S1; {MINUTES}: 0.29"),
    Band("acf_size_100", 0.06, 0.16, "ACF of |return|, lag 100", f"S1; {MINUTES}: 0.10"),
)

# By seconds to a bar; bars of other lengths have none.
BANDS: Final = {DAY: DAILY_BANDS, HOUR: HOURLY_BANDS, MINUTE: MINUTE_BANDS}


def compare(facts: Mapping[str, float], bands: Iterable[Band] = DAILY_BANDS) -> pl.DataFrame:
    """Put facts beside the bands that they have.

    Parameters
    ----------
    facts : mapping of str to float
        Result of `tidegate.analysis.facts.stylised_facts`.
    bands : iterable of Band, default DAILY_BANDS
        Reference; bands of facts that were not measured are left out.

    Returns
    -------
    polars.DataFrame
        Columns fact, about, value, low, high, inside, source.
    """
    rows = [
        {
            "fact": band.fact,
            "about": band.about,
            "value": facts[band.fact],
            "low": band.low,
            "high": band.high,
            "inside": band.holds(facts[band.fact]),
            "source": band.source,
        }
        for band in bands
        if band.fact in facts
    ]
    text, number = pl.String(), pl.Float64()
    schema = {"fact": text, "about": text, "value": number, "low": number, "high": number}
    return pl.DataFrame(rows, schema=schema | {"inside": pl.Boolean(), "source": text})
