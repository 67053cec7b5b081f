"""The page: complete, self-contained, readable by machines and by those who cannot see it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import polars as pl
import pytest

from tidegate.analysis.contrast import Direction, Verdict
from tidegate.analysis.scales import Scale
from tidegate.report import wording
from tidegate.report.figures import PALETTE, arm_colours, axis_reach, quantile_bands
from tidegate.report.page import write_report
from tidegate.report.summary import (
    ArmRow,
    EffectRow,
    FailureRow,
    FrozenEffect,
    Metric,
    ParameterRow,
    Series,
    Summary,
    VerdictRow,
)

VOID = {"meta", "br", "line", "path", "rect", "circle", "use", "stop"}
PRICE = Metric.of("price", "price", "Price", "USD")
DRAWDOWN = Metric.of("drawdown", "drawdown", "Worst drawdown", "%")


def effect(arm, metric, size, width, control="none"):
    return EffectRow(
        arm=arm,
        control=control,
        metric=metric,
        mean=1.25,
        pairs=8,
        missing=0,
        effect=size,
        low=size - width,
        high=size + width,
        p=0.0004,
    )


def verdict(row, outcome, **changes):
    values = {
        "row": row,
        "statement": f"Statement of {row} <&>.",
        "rival": f"Rival of {row}.",
        "metric": "price",
        "treated": "open",
        "control": "none",
        "direction": Direction.INCREASE,
        "delta": 0.01,
        "horizon_days": 30,
        "observed": "",
        "pairs": 8,
        "missing": 0,
        "effect": 0.05,
        "low": 0.02,
        "high": 0.08,
        "level": 0.975,
        "p": 0.008,
        "p_holm": 0.016,
        "verdict": outcome,
        "frozen": None,
        "follows_from_assumption": False,
        "grade": "preview",
        "notes": ("8 of the 64 pairs committed to",),
    }
    return VerdictRow(**{**values, **changes})


@pytest.fixture(scope="module")
def summary():
    arms = [("none", "Closed", None), ("open", "Open", None), ("open.frozen", "Frozen", "open")]
    frozen = FrozenEffect(effect=0.05, low=0.03, high=0.07, verdict=Verdict.SUPPORTED)
    return Summary(
        experiment="toy",
        question="Does opening the gate lift the tide?",
        grade="preview",
        version="1.2.3",
        code="c" * 64,
        scenario_digest="d" * 64,
        claims_hash="e" * 64,
        command="python -m experiments.toy --seeds 8",
        baseline="none",
        horizon_days=30,
        seeds=tuple(range(8)),
        arms=tuple(
            ArmRow(label=label, title=title, frozen_twin_of=twin, runs=8, audited=8)
            for label, title, twin in arms
        ),
        metrics=(PRICE, DRAWDOWN),
        series=(
            Series(name="price", title="Price", unit="USD"),
            Series(name="depth", title="Depth", unit="USD"),
        ),
        effects=(
            effect("none", "price", 0.0, 0.0),
            effect("open", "price", 0.05, 0.03),
            effect("none", "drawdown", 0.0, 0.0),
            effect("open", "drawdown", -0.04, 0.01),
        ),
        verdicts=(
            verdict("TOY-H1", Verdict.SUPPORTED, frozen=frozen, follows_from_assumption=True),
            verdict("TOY-H2", Verdict.CONTRADICTED, effect=-0.05, low=-0.08, high=-0.02),
            verdict("TOY-H3", Verdict.NO_EFFECT, effect=0.001, low=-0.002, high=0.004),
            verdict("TOY-H4", Verdict.UNDECIDED, effect=0.001, low=None, high=None),
        ),
        parameters=(
            ParameterRow(
                name="allocation",
                description="Share of assets.",
                value=0.02,
                default=0.01,
                unit="share",
                source="A survey, 2025",
            ),
        ),
        failures=(
            FailureRow(
                seed=3, arm="open", where="run", type="ValueError", message="<b>", traceback="t"
            ),
        ),
        runs=(),
        results_digest="f" * 64,
    )


@pytest.fixture(scope="module")
def frames():
    rng = np.random.default_rng(1)
    parts = [
        pl.DataFrame(
            {
                "seed": seed,
                "arm": arm,
                "day": np.arange(-5.0, 31.0),
                "price": 100 * np.exp(np.cumsum(rng.normal(0, 0.02, 36))),
                "depth": rng.uniform(1e6, 2e6, 36),
            }
        )
        for seed in range(8)
        for arm in ("none", "open", "open.frozen")
    ]
    return {"paths": pl.concat(parts)}


@pytest.fixture(scope="module")
def page(tmp_path_factory, summary, frames):
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(summary, frames, path)
    return path.read_text(encoding="utf-8")


class Balanced(HTMLParser):
    """Asserts that every element is closed where it should be, and gathers what is said."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.attributes, self.words = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def parsed(page):
    parser = Balanced()
    parser.feed(page)
    parser.close()
    return parser


def test_the_page_parses_and_its_ids_are_unique(parsed):
    assert parsed.open == []
    assert len(parsed.ids) == len(set(parsed.ids))


def test_nothing_is_loaded_from_anywhere(page, parsed):
    assert "://" not in page
    assert "<script" not in page
    assert "@import" not in page
    for name, value in parsed.attributes:
        if name in ("src", "href", "xlink:href", "srcset", "data", "action"):
            assert value.startswith("#")
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", page))


def test_every_reference_inside_a_drawing_is_answered(page, parsed):
    assert set(re.findall(r"url\(#([^)]*)\)", page)) <= set(parsed.ids)


def test_everything_promised_is_said(parsed, summary):
    text = " ".join(" ".join(parsed.words).split())
    for words in (
        summary.question,
        "of 4 claims put to it",
        "Supported",
        "Contradicted",
        "No effect that matters",
        "Undecided",
        "Rival of TOY-H2.",
        "Statement of TOY-H1 <&>.",
        "Follows from assumption",
        "Assumed and found",
        "8 of the 64 pairs committed to",
        "A survey, 2025",
        "(default 0.01)",
        "24 of 24 runs finished",
        "ValueError: <b>",
        summary.command,
        summary.scenario_digest,
        summary.results_digest,
        summary.claims_hash,
        "95 % interval",
    ):
        assert words.lower() in text.lower(), words


def test_every_figure_has_words_with_numbers(parsed):
    labels = [value for name, value in parsed.attributes if name == "aria-label"]
    figures = [label for label in labels if "median" in label.lower() or "Effect on" in label]
    assert len(figures) == 2 + 2 + 1  # a fan an arm, a forest a metric, one more series
    assert all(re.search(r"\d", label) for label in figures)


def test_light_dark_and_print_are_provided(page):
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
    assert "width=device-width" in page


def test_colours_drawn_are_those_the_style_sheet_maps(page):
    mapped = {shade.lower() for shade in re.findall(r'svg \[fill="(#\w{6})" i\]', page)}
    drawings = "".join(re.findall(r"<figure.*?</figure>", page, flags=re.S))
    drawn = {shade.lower() for shade in re.findall(r'(?:fill|stroke)="(#\w{3,6})"', drawings)}
    assert drawn
    assert drawn <= mapped
    assert {colour.lower() for colour in PALETTE} <= mapped


def test_a_study_without_paths_claims_or_pairs_still_has_a_page(tmp_path, summary):
    bare = summary.model_copy(update={"verdicts": (), "effects": (), "series": ()})
    write_report(bare, {}, tmp_path / "bare.html")
    text = (tmp_path / "bare.html").read_text()
    assert "no effect to report" in text
    assert "Verdicts" not in text


def test_equal_studies_have_equal_pages(tmp_path, summary, frames, page):
    write_report(summary, frames, tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == page


def test_frozen_twins_share_the_colour_of_their_arm(summary):
    colours = arm_colours(summary)
    assert colours["open.frozen"] == colours["open"] == PALETTE[0]


def test_bands_are_quantiles_and_keep_the_last_day(frames):
    days = np.arange(1000.0)
    paths = pl.concat(
        pl.DataFrame({"arm": "a", "day": days, "price": days + seed}) for seed in range(11)
    )
    bands = quantile_bands(paths, Series(name="price", title="Price", unit="USD"))
    assert bands.height < 200
    last = bands.row(-1, named=True)
    assert last == {
        "arm": "a",
        "day": 999.0,
        "q10": 1000.0,
        "q25": 1001.5,
        "q50": 1004.0,
        "q75": 1006.5,
        "q90": 1008.0,
    }


def test_an_axis_of_effects_is_not_stretched_by_one_endless_interval():
    assert axis_reach(1.0, [(0.5, -0.2, 0.9)]) == 1.4
    assert axis_reach(1.0, [(5.0, 2.0, 9.0), (1.0, None, 4.0)]) == 9.0
    assert axis_reach(1.0, [(5.0, 2.0, 4_000.0)]) == 15.0


def test_fractions_are_drawn_in_percent():
    paths = pl.DataFrame({"arm": ["a"], "day": [0.0], "held": [0.25]})
    bands = quantile_bands(paths, Series(name="held", title="Held", unit="%"))
    assert bands["q50"].item() == 25.0


@pytest.mark.parametrize(
    ("metric", "size", "words"),
    [
        (PRICE, np.log(1.1), "+10.0 %"),
        (PRICE, -np.log(2), "−50.0 %"),
        (DRAWDOWN, -0.034, "−3.40 points"),
        (Metric.of("kurtosis", "k", "Kurtosis", ""), 0.5, "+0.50"),
        (PRICE, None, "–"),
        (PRICE, 1e-9, "0.00 %"),
    ],
)
def test_effects_are_worded_in_their_units(metric, size, words):
    assert wording.effect_text(metric, size) == words


def test_values_and_deltas_are_worded_in_their_units():
    assert wording.value_text(PRICE, 104_561.4) == "104,561 USD"
    assert wording.value_text(DRAWDOWN, 0.0741) == "7.41 %"
    assert wording.value_text(DRAWDOWN, None) == "–"
    assert wording.delta_text(PRICE, 0.01) == "1 %"
    assert wording.delta_text(DRAWDOWN, 0.02) == "2 points"
    assert wording.delta_text(Metric.of("adopters", "a", "Adopters", "states"), 1) == "1 states"
    assert wording.value_text(PRICE, 277_956_861) == "278 M USD"
    assert wording.interval_text(PRICE, None, 0.0) == "open to 0.00"
    assert wording.interval_text(PRICE, None, None) == "open"


def test_the_answer_is_three_sentences_with_numbers(summary):
    sentences = wording.answer(summary)
    assert len(sentences) == 3
    assert all(re.search(r"\d", sentence) for sentence in sentences)
    assert summary.metric("price").scale is Scale.LOG
    assert "+5.13 %" in sentences[0]


def test_the_answer_says_what_weakens_it(summary):
    plain = summary.model_copy(update={"failures": (), "verdicts": summary.verdicts[1:]})
    assert "preview on 8 seeds" in wording.answer(plain)[2]
    assert "1 run failed" in wording.answer(summary.model_copy(update={"verdicts": ()}))[2]
    assert "1 verdict would be the same with prices frozen" in wording.answer(summary)[2]
    open_ends = tuple(e.model_copy(update={"low": None}) for e in summary.effects)
    few = plain.model_copy(update={"effects": open_ends})
    assert "no interval can be drawn" in wording.answer(few)[2]
    assert "All 8 seeds" in wording.answer(plain.model_copy(update={"grade": "ledger"}))[2]
