"""Languages of a report: catalogues with the same keys, and nothing said in another language."""

from __future__ import annotations

import re
import string
from html.parser import HTMLParser

import pytest

from tidegate.report.language import ENGLISH, LANGUAGES, Language, read_texts
from tidegate.report.page import write_report
from tidegate.report.summary import Metric
from tidegate.report.wording import delta_text, effect_text, interval_text, value_text

JAPANESE = Language.load("ja")
# What stays as it is in any language: names, ids, units, and what is data.
PROPER = {
    "tidegate", "toy", "BTC", "ADL", "Binance", "x", "p", "summary", "json", "TOY-H1", "TOY-H2",
    "TOY-H3", "TOY-H4",
}  # fmt: skip


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_language_has_the_same_words():
    """A language without a plural has no form for one."""
    for code in LANGUAGES:
        words = Language.load(code).words
        assert {key for key in words if not key.endswith(".one")} == {
            key for key in ENGLISH.words if not key.endswith(".one")
        }
        for key, text in words.items():
            assert text.strip(), key
            assert fields(text) == fields(ENGLISH.words[key]), key


def test_another_language_is_refused_by_name():
    with pytest.raises(ValueError, match="language is 'fr'; there are en, ja"):
        Language.load("fr")


def test_numbers_are_told_in_the_scales_and_units_of_the_language():
    bn = Metric.level("liquidated", "Liquidated", "bn USD", delta=1.9)
    assert value_text(bn, 15.44, True, JAPANESE) == "154億ドル"
    assert effect_text(bn, -1.5, True, JAPANESE) == "−15.0億ドル"
    assert delta_text(bn, 1.9, JAPANESE) == "19億ドル"
    usd = Metric.of("price", "price", "Price", "USD")
    assert value_text(usd, 277_956_861, True, JAPANESE) == "2.78億ドル"
    assert value_text(usd, 104_561.4, True, JAPANESE) == "104,561ドル"
    share = Metric.of("drawdown", "drawdown", "Worst drawdown", "%")
    assert effect_text(share, 0.034, True, JAPANESE) == "+3.40ポイント"
    assert interval_text(share, None, 0.02, JAPANESE) == "下限なし〜+2.00"


def test_texts_are_found_whole_or_by_pattern():
    """A pattern's field may be a text that is translated itself."""
    texts = {"Closed": "閉鎖", "{n} bn bought": "{n}×10億ドル購入"}
    language = Language.load("ja", texts)
    assert language.text("Closed") == "閉鎖"
    assert language.text("0.5 bn bought") == "0.5×10億ドル購入"
    assert language.text("Closed, prices frozen") == "閉鎖(価格固定)"
    assert language.text("3 pairs have no value") == "3組に値がない"
    assert language.translated("Never said") is None
    assert language.text("Never said") == "Never said"


def test_what_has_no_translation_is_marked_as_english():
    assert JAPANESE.tagged("Open <&>") == '<span lang="en">Open &lt;&amp;&gt;</span>'
    assert JAPANESE.tagged("BTC") == '<span lang="en">BTC</span>'
    assert JAPANESE.tagged("10x") == "10x"
    assert ENGLISH.tagged("Open <&>") == "Open &lt;&amp;&gt;"


def test_a_file_that_contradicts_itself_is_refused(tmp_path):
    path = tmp_path / "ja.toml"
    assert read_texts(path) == {}
    path.write_text('[common]\n"A" = "あ"\n[row.X-1]\n"A" = "い"\n', "utf-8")
    with pytest.raises(ValueError, match=r"translates 'A' as 'あ' and 'い'"):
        read_texts(path)
    path.write_text('[common]\n"A" = "あ"\n[row.X-1]\n"A" = "あ"\n"B" = "い"\n', "utf-8")
    assert read_texts(path) == {"A": "あ", "B": "い"}
    path.write_text("[common\n", "utf-8")
    with pytest.raises(ValueError, match="is not TOML"):
        read_texts(path)


class Visible(HTMLParser):
    """Gathers what a reader of the page's language reads or hears."""

    def __init__(self):
        super().__init__()
        self.said, self.foreign = [], []

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        if tag in ("style", "code", "pre") or known.get("lang") == "en":
            self.foreign.append(tag)
        elif not self.foreign:
            self.said += [known[name] for name in ("aria-label", "data-name") if name in known]

    def handle_endtag(self, tag):
        if self.foreign and self.foreign[-1] == tag:
            self.foreign.pop()

    def handle_data(self, data):
        if not self.foreign:
            self.said.append(data)


@pytest.fixture(scope="module")
def japanese(tmp_path_factory, summary, frames):
    texts = {
        summary.question: "門を開けば潮は満ちるか。",
        **{f"Statement of TOY-H{n} <&>.": f"主張{n}。" for n in range(1, 5)},
        **{f"Rival of TOY-H{n}.": f"対立{n}。" for n in range(1, 5)},
        "Closed": "閉鎖",
        "Open": "開放",
        "Frozen": "固定",
        "Price": "価格",
        "Depth": "厚み",
        "Worst drawdown": "最大下落",
        "Promised and found": "約束と発見",
        "Share of assets.": "資産の割合。",
        "A survey, 2025": "調査、2025年",
    }
    path = tmp_path_factory.mktemp("ja") / "report.html"
    write_report(summary, frames, path, Language.load("ja", texts))
    return path.read_text("utf-8")


def test_no_english_is_left_where_all_is_translated(japanese):
    """Names, ids and units aside, in what is read, heard or drawn."""
    assert '<html lang="ja">' in japanese
    assert '<span lang="en">' not in japanese
    reader = Visible()
    reader.feed(japanese)
    # Numbers of an axis have the letters of the decimal system, such as 50k.
    said = re.sub(r"(?<=\d)[kMG]\b", "", " ".join(reader.said))
    assert set(re.findall(r"[A-Za-z][A-Za-z0-9-]*", said)) <= PROPER


def test_what_studies_say_is_marked_where_it_has_no_translation(tmp_path, summary, frames):
    path = tmp_path / "report.html"
    write_report(summary, {}, path, JAPANESE)
    page = path.read_text("utf-8")
    assert f'<span lang="en">{summary.question}</span>' in page
    assert "判定" in page
