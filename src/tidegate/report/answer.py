"""The answer to the question of a study, in three sentences with numbers."""

from __future__ import annotations

from collections import Counter

from tidegate.analysis.contrast import Verdict
from tidegate.report.language import ENGLISH, Language
from tidegate.report.summary import EffectRow, Summary
from tidegate.report.wording import duration_text, effect_text, interval_text

__all__ = ["answer", "leading_effect", "verdict_key"]


def answer(summary: Summary, language: Language = ENGLISH) -> list[str]:
    """Return what was found, what became of the claims, and what weakens both."""
    return [_headline(summary, language), _tally(summary, language), _caution(summary, language)]


def verdict_key(verdict: Verdict) -> str:
    """Return the last part of a verdict's keys in the catalogues."""
    return verdict.name.lower()


def leading_effect(summary: Summary) -> EffectRow | None:
    """Return the effect that the answer begins with: of the first claim against the baseline."""
    rows = [e for e in summary.effects if e.arm != summary.baseline and e.effect is not None]
    rows = [e for e in rows if summary.arm(e.arm).frozen_twin_of is None]
    claimed = [(v.treated, v.metric) for v in summary.verdicts if v.control == summary.baseline]
    found = (e for key in claimed for e in rows if (e.arm, e.metric) == key)
    return next(found, rows[0] if rows else None)


def _headline(summary: Summary, language: Language) -> str:
    chosen = leading_effect(summary)
    if chosen is None:
        return language("answer.nothing", experiment=summary.experiment)
    metric = summary.metric(chosen.metric)
    return language(
        "answer.headline",
        time=duration_text(summary.horizon_days, language),
        arm=language.text(summary.arm(chosen.arm).title),
        metric=_inside_sentence(language.text(metric.title)),
        effect=effect_text(metric, chosen.effect, True, language),
        baseline=language.text(summary.arm(summary.baseline).title),
        span=interval_text(metric, chosen.low, chosen.high, language),
        pairs=language.count("pairs", chosen.pairs),
    )


def _inside_sentence(title: str) -> str:
    """Return a title without its capital, unless that belongs to the word."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _tally(summary: Summary, language: Language) -> str:
    """Count the verdicts; those that follow from an assumption are not the market's."""
    rows = summary.verdicts
    if not rows:
        return language("answer.no_claims", arms=language.count("arms", len(summary.arms)))
    counts = Counter(
        "assumed" if row.follows_from_assumption else verdict_key(row.verdict) for row in rows
    )
    parts = [language(f"answer.tally.{kind}", n=n) for kind, n in counts.items()]
    return language(
        "answer.tally.all",
        claims=language.count("claims", len(rows)),
        parts=language("comma").join(parts),
    )


def _caution(summary: Summary, language: Language) -> str:
    assumed = sum(row.follows_from_assumption for row in summary.verdicts)
    if assumed:
        return language.count("answer.assumed", assumed)
    if summary.failures:
        return language.count("answer.failed", len(summary.failures))
    seeds = language.count("seeds", len(summary.seeds))
    if summary.effects and all(e.low is None or e.high is None for e in summary.effects):
        return language("answer.no_interval", seeds=seeds)
    if summary.grade == "preview":
        return language("answer.preview", seeds=seeds)
    return language("answer.ledger", seeds=seeds)
