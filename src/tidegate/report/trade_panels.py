"""Who bought from whom, and who ended with more coins: trade by kind of trader."""

from __future__ import annotations

from typing import Final

import polars as pl

from tidegate.report.answer import leading_effect
from tidegate.report.bars import named_bars
from tidegate.report.drawing import PALETTE, Panel, shown_arms
from tidegate.report.language import ENGLISH, Language
from tidegate.report.summary import Summary
from tidegate.report.wording import digits, joined, shown

__all__ = ["net_panels", "trade_panels"]

_PAIRS: Final = 9  # of kinds, drawn in a panel
_TOLD: Final = 5  # and told in its words
_MARGIN: Final = 1.08  # of an axis over what is on it
_UNIT: Final = "million USD"


def trade_panels(
    summary: Summary, trades: pl.DataFrame, language: Language = ENGLISH
) -> list[Panel]:
    """Draw who bought from whom, in the baseline and in the arm that the answer begins with.

    Trade among one kind is left out: fast traders make most of the volume with each other.
    """
    leading = leading_effect(summary)
    chosen = dict.fromkeys([summary.baseline, *([leading.arm] if leading else [])])
    tables = {arm: _a_day(trades.filter(pl.col("arm") == arm), summary, language) for arm in chosen}
    tables = {arm: rows for arm, rows in tables.items() if rows.height}
    reach = _MARGIN * max((_largest(rows["value"]) for rows in tables.values()), default=1.0)
    unit = language.unit(_UNIT).text
    panels = []
    for arm, rows in tables.items():
        title = language("figure.a_day", unit=unit)
        chart = named_bars(rows, colours={"": PALETTE[0]}, domain=(0.0, reach), title=title)
        told = language("semicolon").join(rows["told"].head(_TOLD))
        name = language.text(summary.arm(arm).title)
        panels.append(Panel(name, chart, language("figure.trades_alt", arm=name, rows=told)))
    return panels


def _largest(values: pl.Series) -> float:
    return float(values.abs().max() or 1.0)  # type: ignore[arg-type]


def _a_day(trades: pl.DataFrame, summary: Summary, language: Language) -> pl.DataFrame:
    """Return what was bought a day by pair of kinds, a mean over seeds, the largest first."""
    days = max(summary.horizon_days, 1.0) * max(trades["seed"].n_unique(), 1)
    unit = language.unit(_UNIT).text
    rows = (
        trades.filter(pl.col("buyer") != pl.col("seller"))
        .group_by("buyer", "seller", maintain_order=True)
        .agg((pl.col("notional").sum() * shown(_UNIT, 1e-6, language) / days).alias("value"))
        .sort("value", descending=True)
        .head(_PAIRS)
    )
    pairs = [(language.kind(a), language.kind(b)) for a, b in rows["buyer", "seller"].iter_rows()]
    told = [joined(digits(value, language), unit) for value in rows["value"]]
    return rows.select(
        "value",
        pl.lit("").alias("part"),
        pl.Series("name", [language("figure.pair", buyer=a, seller=b) for a, b in pairs], pl.Utf8),
        pl.Series(
            "told",
            [
                language("figure.trades_row", buyer=a, seller=b, value=value)
                for (a, b), value in zip(pairs, told, strict=True)
            ],
            pl.Utf8,
        ),
    )


def net_panels(summary: Summary, trades: pl.DataFrame, language: Language = ENGLISH) -> list[Panel]:
    """Draw coins bought less coins sold by kind, an arm a panel, beside the baseline's."""
    arms = shown_arms(summary)
    net = _net(trades).filter(pl.col("arm").is_in(arms))
    reach = _MARGIN * _largest(net["value"])
    before = net.filter(pl.col("arm") == summary.baseline).select("kind", before="value")
    colours = {"bought": PALETTE[0], "sold": PALETTE[1]}
    panels = []
    for arm in arms:
        rows = net.filter(pl.col("arm") == arm).join(before, on="kind", how="left")
        if not rows.height:
            continue
        rows = rows.with_columns(
            pl.Series("name", [language.kind(kind) for kind in rows["kind"]]),
            pl.col("before").fill_null(0.0),
            pl.when(pl.col("value") < 0)
            .then(pl.lit("sold"))
            .otherwise(pl.lit("bought"))
            .alias("part"),
        )
        title = language("figure.coins")
        domain = (-reach, reach)
        chart = named_bars(rows, colours=colours, domain=domain, title=title, signed=True)
        told = language("semicolon").join(
            f"{kind} {coins:+,.0f}" for kind, coins in rows["name", "value"].iter_rows()
        )
        name = language.text(summary.arm(arm).title)
        panels.append(Panel(name, chart, language("figure.net_alt", arm=name, rows=told)))
    return panels


def _net(trades: pl.DataFrame) -> pl.DataFrame:
    """Return coins bought less coins sold by arm and kind, a mean over seeds."""
    bought = trades.select("arm", "coins", kind="buyer")
    sold = trades.select("arm", -pl.col("coins"), kind="seller")
    seeds = trades.group_by("arm").agg(pl.col("seed").n_unique().alias("seeds"))
    return (
        pl.concat([bought, sold])
        .group_by("arm", "kind", maintain_order=True)
        .agg(pl.col("coins").sum())
        .join(seeds, on="arm")
        .select("arm", "kind", value=pl.col("coins") / pl.col("seeds"))
        .sort("arm", "kind")
    )
