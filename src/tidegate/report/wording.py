"""Figures of a study in words: values, effects and intervals with their units.

Everything takes a `Language`, English where none is given.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from tidegate.analysis.contrast import Direction, Verdict
from tidegate.analysis.scales import Scale
from tidegate.report.language import ENGLISH, Language
from tidegate.report.summary import Metric, VerdictRow

MINUS = "\N{MINUS SIGN}"
ABSENT = "\N{EN DASH}"

GRADE_MEANING = {grade: ENGLISH(f"grade.{grade}.meaning") for grade in ("preview", "ledger")}
DIRECTION_WORDS = {
    Direction.INCREASE: "rises",
    Direction.DECREASE: "falls",
    Direction.NONE: "does not change",
}
_FIRST_WIDE: Final = "\u2e80"  # characters from here on are Chinese, Japanese or Korean
_HOURS_BELOW: Final = 3.0  # days; shorter runs are told in hours


def digits(value: float, language: Language = ENGLISH) -> str:
    """Return about three significant digits without an exponent."""
    size = abs(value)
    for least, divisor, name in language.scales:
        if size >= least:
            return joined(digits(value / divisor, language), name)
    if size >= 1000:
        text = f"{size:,.0f}"
    elif size == 0:
        text = "0"
    else:
        decimals = min(max(2 - math.floor(math.log10(size)), 0), 4)
        text = f"{size:.{decimals}f}"
    return MINUS + text if value < 0 else text


def joined(number: str, unit: str) -> str:
    """Return a number with its unit; scripts that have no spaces have none here either."""
    gap = "" if unit[:1] >= _FIRST_WIDE else " "
    return f"{number}{gap}{unit}".rstrip()


def shown(unit: str, value: float, language: Language = ENGLISH) -> float:
    """Return a value in the unit that readers see: fractions carry the unit "%"."""
    return value * (100.0 if unit == "%" else language.unit(unit).factor)


def value_text(
    metric: Metric, value: float | None, unit: bool = True, language: Language = ENGLISH
) -> str:
    """Return a mean value and, if wanted, its unit."""
    if value is None:
        return ABSENT
    text = digits(shown(metric.unit, value, language), language)
    return joined(text, language.unit(metric.unit).text) if unit else text


def units_text(metric: Metric) -> str:
    """Return the unit of a metric, and that of effects on it where it is another; "" for none."""
    own = "" if metric.unit == "1" else metric.unit
    other = effect_unit(metric)
    return own if other in (own, metric.unit) else f"{own}; effects in {other}".removeprefix("; ")


def effect_number(metric: Metric, effect: float, language: Language = ENGLISH) -> float:
    """Return an effect in the unit readers see: percent of change, points, or the metric's."""
    if metric.scale is Scale.LOG:
        return 100 * math.expm1(effect)
    return shown(metric.unit, effect, language)


def effect_unit(metric: Metric, language: Language = ENGLISH) -> str:
    """Return the unit of an effect on this metric."""
    if metric.scale is Scale.LOG:
        return "%"
    return language("points") if metric.unit == "%" else language.unit(metric.unit).text


def effect_text(
    metric: Metric, effect: float | None, unit: bool = True, language: Language = ENGLISH
) -> str:
    """Return an effect with its sign and, if wanted, its unit."""
    if effect is None:
        return ABSENT
    text = _rounded(effect_number(metric, effect, language))
    return joined(text, effect_unit(metric, language)) if unit else text


def _rounded(number: float) -> str:
    """Return a signed number with no more decimals than an interval deserves."""
    if abs(number) < 0.005:
        return "0.00"
    decimals = 0 if abs(number) >= 100 else 1 if abs(number) >= 10 else 2
    sign = MINUS if number < 0 else "+"
    return f"{sign}{abs(number):,.{decimals}f}"


def interval_text(
    metric: Metric, low: float | None, high: float | None, language: Language = ENGLISH
) -> str:
    """Return an interval without its unit; an open end has no bound from so few pairs."""
    if low is None and high is None:
        return language("interval.open")
    return language(
        "interval.span",
        low=_end(metric, low, language("interval.no_low"), language),
        high=_end(metric, high, language("interval.no_high"), language),
    )


def _end(metric: Metric, value: float | None, absent: str, language: Language) -> str:
    return absent if value is None else effect_text(metric, value, False, language)


def shown_delta(metric: Metric, delta: float, language: Language = ENGLISH) -> float:
    """Return the smallest effect that matters in the unit readers see."""
    return 100 * delta if metric.scale is Scale.LOG else shown(metric.unit, delta, language)


def delta_text(metric: Metric, delta: float, language: Language = ENGLISH) -> str:
    """Return the smallest effect that matters in words."""
    number = f"{shown_delta(metric, delta, language):,.4g}"
    unit = effect_unit(metric, language)
    one = number == "1" and unit == language("points")
    return joined(number, language("point") if one else unit)


def p_text(p: float) -> str:
    """Return a p value."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def level_text(level: float) -> str:
    """Return a confidence level."""
    return f"{100 * level:.3g} %"


def count_text(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun, in English."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def duration_text(days: float, language: Language = ENGLISH) -> str:
    """Return how long something took, in days or hours."""
    if days < _HOURS_BELOW:
        return language("duration.hours", n=f"{24 * days:.3g}")
    return language("duration.days", n=f"{days:,.4g}")


def in_hours(days: Iterable[float]) -> bool:
    """Tell whether a time axis of days should be told in hours."""
    ends = list(days)
    return bool(ends) and max(ends) - min(ends) < _HOURS_BELOW


def verdict_phrase(row: VerdictRow) -> str:
    """Return the verdict, with its qualification where it is not the market's own, in English."""
    if row.follows_from_assumption:
        return f"{row.verdict.value} (follows from assumption)"
    if never_happened(row):
        return f"{row.verdict.value} (what it speaks of did not happen in any run)"
    return row.verdict.value


def never_happened(row: VerdictRow) -> bool:
    """Tell whether a claim is undecided because nothing that it speaks of ever took place."""
    return row.verdict is Verdict.UNDECIDED and row.happened is False
