"""Figures in words: their units, their signs, and the answer they add up to."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tidegate.analysis.scales import Scale
from tidegate.report import wording
from tidegate.report.answer import answer
from tidegate.report.summary import Metric

PRICE = Metric.of("price", "price", "Price", "USD")
DRAWDOWN = Metric.of("drawdown", "drawdown", "Worst drawdown", "%")


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
    sentences = answer(summary)
    assert len(sentences) == 3
    assert all(re.search(r"\d", sentence) for sentence in sentences)
    assert summary.metric("price").scale is Scale.LOG
    assert "+5.13 %" in sentences[0]


def test_the_answer_says_what_weakens_it(summary):
    plain = summary.model_copy(update={"failures": (), "verdicts": summary.verdicts[1:]})
    assert "preview on 8 seeds" in answer(plain)[2]
    assert "1 run failed" in answer(summary.model_copy(update={"verdicts": ()}))[2]
    assert "1 verdict would be the same with prices frozen" in answer(summary)[2]
    open_ends = tuple(e.model_copy(update={"low": None}) for e in summary.effects)
    few = plain.model_copy(update={"effects": open_ends})
    assert "no interval can be drawn" in answer(few)[2]
    assert "All 8 seeds" in answer(plain.model_copy(update={"grade": "ledger"}))[2]
