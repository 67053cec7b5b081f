"""The page: complete, self-contained, readable by machines and by those who cannot see it."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest

from tidegate.analysis.verdicts import Verdict
from tidegate.report.drawing import PALETTE
from tidegate.report.language import Language
from tidegate.report.page import write_report
from tidegate.report.summary import Lead, Metric

VOID = {"meta", "br", "line", "path", "rect", "circle", "use", "stop", "input"}


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
        "24 of 25 runs finished",
        "ValueError: <b>",
        summary.command,
        summary.scenario_digest,
        summary.results_digest,
        summary.claims_hash,
        "95 % interval",
    ):
        assert words.lower() in text.lower(), words


def table_after(page, heading):
    """Return the rows of the first table after a heading, cells as text."""
    table = re.search(rf"<h2[^>]*>{heading}</h2>.*?</table>", page, flags=re.S)
    rows = re.findall(r"<tr>(.*?)</tr>", table.group(), flags=re.S)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.S) for row in rows]
    return [[" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in row] for row in cells]


def test_the_leading_table_has_an_arm_a_row(page):
    """Levels as means, log ratios as effects with their interval; before the verdicts."""
    assert table_after(page, "Promised and found") == [
        ["Arm", "Worst drawdown", "Price"],
        ["Open", "125 %", "+5.13 % +2.02 to +8.33"],
    ]
    assert page.index("Promised and found") < page.index('<h2 id="verdicts">')


def test_the_leading_table_says_what_there_is_not(tmp_path, summary):
    """A metric without a baseline keeps its mean; one without a run has none."""
    plain = [e for e in summary.effects if e.arm == "open"]
    lonely = plain[0].model_copy(
        update={"pairs": 0, "mean": 4.2, "effect": None, "low": None, "high": None}
    )
    open_end = plain[0].model_copy(update={"low": None, "high": None})
    ratio = Metric.level("ratio", "Multiplier", "", delta=0.5)
    changes = {
        "metrics": (*summary.metrics, ratio),
        "lead": Lead(title="Lead", metrics=("price", "drawdown", "ratio")),
        "effects": (open_end, lonely.model_copy(update={"metric": "ratio"})),
    }
    write_report(summary.model_copy(update=changes), {}, tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert table_after(text, "Lead")[1] == ["Open", "+5.13 % interval open", "–", "4.20"]
    every = table_after(text, "Every arm")
    assert every[-1] == ["Open", "4.20", "–", "–", "–"]


def test_every_figure_has_words_with_numbers(parsed, page):
    labels = [value for name, value in parsed.attributes if name == "aria-label"]
    drawings = re.findall(r'<figure class="panel" role="img" aria-label="([^"]*)">', page)
    # A fan an arm, a forest a metric, one more series; what is left of the views.
    assert len(drawings) == 2 + 2 + 1 + 1 + 1 + 4 + 2 + 2
    assert set(drawings) <= {html.escape(label, quote=False) for label in labels}
    assert all(re.search(r"\d", label) for label in drawings)


def test_readers_choose_the_colours_without_a_script(page, parsed):
    chosen = [value for name, value in parsed.attributes if name == "id" and "theme-" in value]
    assert chosen == ["theme-auto", "theme-light", "theme-dark"]
    for name in ("light", "dark"):
        assert f":root:has(#theme-{name}:checked)" in page


def test_keys_reach_everything(page):
    """A link to the answer comes first; what scrolls can be reached, and has a name."""
    assert page.index('<a class="skip" href="#answer">') < page.index("<main>")
    scrolling = re.findall(r'<div class="scroll"([^>]*)>', page)
    assert scrolling
    assert all('tabindex="0"' in a and re.search(r'aria-label="[^"]+"', a) for a in scrolling)


def test_every_link_of_the_page_has_its_place(parsed):
    links = [value[1:] for name, value in parsed.attributes if name == "href"]
    assert len(links) > 5
    assert set(links) <= set(parsed.ids)


def test_assumptions_stand_apart_from_what_describes_the_run(tmp_path, summary):
    own = summary.parameters[0].model_copy(
        update={"name": "accounts", "source": "resolution", "value": 1, "default": 1}
    )
    both = summary.model_copy(update={"parameters": (*summary.parameters, own)})
    write_report(both, {}, tmp_path / "p.html")
    text = (tmp_path / "p.html").read_text(encoding="utf-8")
    assumed = table_after(text, "Assumptions and their sources")
    assert [row[0] for row in assumed[1:]] == ["allocation"]
    assert [row[0] for row in table_after(text, "Parameters of the run")[1:]] == ["accounts"]


def test_the_audit_is_told_arm_by_arm(page):
    rows = table_after(page, "Audit")
    assert rows[0] == ["Arm", "Finished", "Audited", "Failed"]
    assert rows[1:] == [
        ["Closed", "8", "8", "0"],
        ["Open", "8", "8", "1"],
        ["Frozen", "8", "8", "0"],
    ]


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
    bare = summary.model_copy(update={"verdicts": (), "effects": (), "series": (), "lead": None})
    write_report(bare, {}, tmp_path / "bare.html")
    text = (tmp_path / "bare.html").read_text()
    assert "no effect to report" in text
    assert "Verdicts" not in text
    assert "With an interval" not in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "What it speaks of did not happen in any run."),
        ("ja", "主張の対象は、どの実行でも起こらなかった。"),
    ],
)
def test_a_claim_on_what_never_happened_says_so(tmp_path, summary, frames, language, words):
    *others, last = summary.verdicts
    assert last.verdict is Verdict.UNDECIDED
    told = {}
    for happened in (True, False):
        row = last.model_copy(update={"happened": happened})
        it = summary.model_copy(update={"verdicts": (*others, row)})
        write_report(it, frames, tmp_path / "page.html", Language.load(language))
        told[happened] = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert words in told[False]
    assert words not in told[True]


def test_equal_studies_have_equal_pages(tmp_path, summary, frames, page):
    write_report(summary, frames, tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == page
