"""Figures of a study in words: values, effects and intervals with their units."""

from __future__ import annotations

import math

from tidegate.analysis.contrast import Direction
from tidegate.analysis.scales import Scale
from tidegate.report.summary import Metric, Summary, VerdictRow

MINUS = "\N{MINUS SIGN}"
ABSENT = "\N{EN DASH}"

GRADE_MEANING = {
    "preview": "A preview of few pairs: it shows the shape of an answer and decides no row.",
    "ledger": "Ledger grade: the pairs, horizon and seeds that the claims were committed to.",
}
DIRECTION_WORDS = {
    Direction.INCREASE: "rises",
    Direction.DECREASE: "falls",
    Direction.NONE: "does not change",
}


def _digits(value: float) -> str:
    """Return about three significant digits without an exponent."""
    size = abs(value)
    for scale, name in ((1e12, "T"), (1e9, "bn"), (1e6, "M")):
        if size >= scale:
            return f"{_digits(value / scale)} {name}"
    if size >= 1000:
        text = f"{size:,.0f}"
    elif size == 0:
        text = "0"
    else:
        decimals = min(max(2 - math.floor(math.log10(size)), 0), 4)
        text = f"{size:.{decimals}f}"
    return MINUS + text if value < 0 else text


def value_text(metric: Metric, value: float | None, unit: bool = True) -> str:
    """Return a mean value and, if wanted, its unit."""
    if value is None:
        return ABSENT
    text = _digits(100 * value if metric.unit == "%" else value)
    return f"{text} {metric.unit}".rstrip() if unit else text


def units_text(metric: Metric) -> str:
    """Return the unit of a metric, and that of effects on it where it is another; "" for none."""
    own = "" if metric.unit == "1" else metric.unit
    other = effect_unit(metric)
    return own if other == metric.unit else f"{own}; effects in {other}".removeprefix("; ")


def effect_number(metric: Metric, effect: float) -> float:
    """Return an effect in the unit readers see: percent of change, points, or the metric's."""
    if metric.scale is Scale.LOG:
        return 100 * math.expm1(effect)
    return 100 * effect if metric.unit == "%" else effect


def effect_unit(metric: Metric) -> str:
    """Return the unit of an effect on this metric."""
    if metric.scale is Scale.LOG:
        return "%"
    return "points" if metric.unit == "%" else metric.unit


def effect_text(metric: Metric, effect: float | None, unit: bool = True) -> str:
    """Return an effect with its sign and, if wanted, its unit."""
    if effect is None:
        return ABSENT
    text = _rounded(effect_number(metric, effect))
    return f"{text} {effect_unit(metric)}".rstrip() if unit else text


def _rounded(number: float) -> str:
    """Return a signed number with no more decimals than an interval deserves."""
    if abs(number) < 0.005:
        return "0.00"
    decimals = 0 if abs(number) >= 100 else 1 if abs(number) >= 10 else 2
    sign = MINUS if number < 0 else "+"
    return f"{sign}{abs(number):,.{decimals}f}"


def interval_text(metric: Metric, low: float | None, high: float | None) -> str:
    """Return an interval without its unit; an open end has no bound from so few pairs."""
    if low is None and high is None:
        return "open"
    low_text = "open" if low is None else effect_text(metric, low, unit=False)
    high_text = "open" if high is None else effect_text(metric, high, unit=False)
    return f"{low_text} to {high_text}"


def shown_delta(metric: Metric, delta: float) -> float:
    """Return the smallest effect that matters in the unit readers see."""
    return 100 * delta if metric.scale is Scale.LOG or metric.unit == "%" else delta


def delta_text(metric: Metric, delta: float) -> str:
    """Return the smallest effect that matters in words."""
    return f"{shown_delta(metric, delta):,.4g} {effect_unit(metric)}".rstrip()


def p_text(p: float) -> str:
    """Return a p value."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def level_text(level: float) -> str:
    """Return a confidence level."""
    return f"{100 * level:.3g} %"


def count_text(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def verdict_phrase(row: VerdictRow) -> str:
    """Return the verdict, with its qualification where it is not the market's own."""
    if row.follows_from_assumption:
        return f"{row.verdict.value} (follows from assumption)"
    return row.verdict.value


def answer(summary: Summary) -> list[str]:
    """Return the answer to the question in three sentences with numbers."""
    return [_headline(summary), _tally(summary), _caution(summary)]


def _headline(summary: Summary) -> str:
    rows = [e for e in summary.effects if e.arm != summary.baseline and e.effect is not None]
    rows = [e for e in rows if summary.arm(e.arm).frozen_twin_of is None]
    if not rows:
        return f"No pair of runs was finished, so {summary.experiment} has no effect to report."
    claimed = [(v.treated, v.metric) for v in summary.verdicts if v.control == summary.baseline]
    chosen = next((e for key in claimed for e in rows if (e.arm, e.metric) == key), rows[0])
    metric = summary.metric(chosen.metric)
    span = interval_text(metric, chosen.low, chosen.high)
    return (
        f"Over {summary.horizon_days:g} days, \N{LEFT DOUBLE QUOTATION MARK}"
        f"{summary.arm(chosen.arm).title}\N{RIGHT DOUBLE QUOTATION MARK} changed "
        f"{_inside_sentence(metric.title)} by {effect_text(metric, chosen.effect)} against "
        f"\N{LEFT DOUBLE QUOTATION MARK}{summary.arm(summary.baseline).title}"
        f"\N{RIGHT DOUBLE QUOTATION MARK} (95 % interval {span}, "
        f"{count_text(chosen.pairs, 'pair')})."
    )


def _inside_sentence(title: str) -> str:
    """Return a title without its capital, unless that belongs to the word."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _tally(summary: Summary) -> str:
    """Count the verdicts; those that follow from an assumption are not the market's."""
    rows = summary.verdicts
    if not rows:
        return f"The study was asked to decide 0 claims; it compares {len(summary.arms)} arms."
    counts: dict[str, int] = {}
    for row in rows:
        kind = "settled by assumption" if row.follows_from_assumption else row.verdict.value
        counts[kind] = counts.get(kind, 0) + 1
    parts = [f"{n} {'with ' * kind.startswith('no ')}{kind}" for kind, n in counts.items()]
    return f"Of {count_text(len(rows), 'claim')} put to it: {', '.join(parts)}."


def _caution(summary: Summary) -> str:
    assumed = sum(row.follows_from_assumption for row in summary.verdicts)
    if assumed:
        return (
            f"{count_text(assumed, 'verdict')} would be the same with prices frozen and "
            f"{'says' if assumed == 1 else 'say'} nothing about the market."
        )
    if summary.failures:
        return f"{count_text(len(summary.failures), 'run')} failed and left pairs incomplete."
    seeds = count_text(len(summary.seeds), "seed")
    if summary.effects and all(e.low is None or e.high is None for e in summary.effects):
        return f"From {seeds} no interval can be drawn: this shows a market, and proves nothing."
    if summary.grade == "preview":
        return (
            f"This is a preview on {seeds}: an effect smaller "
            "than the width of its interval cannot be told from none."
        )
    return f"All {seeds} committed beforehand were run."
