"""Reports in a browser without network: drawn, quiet, and readable at any width.

The screenshots go to the folder that TIDEGATE_SCREENSHOTS names, where they can be looked at.
"""

from __future__ import annotations

import base64
import importlib
import os
from pathlib import Path

import pytest

from tests.browser import browser, errors, requested
from tidegate.cli import main
from tidegate.study.launch import run_experiment

pytestmark = pytest.mark.slow

# Institutions, leverage and a policy, as small as they go.
DAY = ("--accounts", "2000", "--lead-hours", "0.2", "--hours", "6", "--step-seconds", "600")
STUDIES = {
    "etf_route": ("--days", "56", "--warm-up-days", "7", "--rows", "KZ-H14"),
    "flash_crash": DAY,
    "pension_entry": ("--quick",),
}
FIGURES = {
    "etf_route": {"fan", "effects", "around", "liquidity", "trades", "net"},
    "flash_crash": {"fan", "effects", "around", "liquidations", "waterfall", "liquidity"},
    "pension_entry": {"fan", "effects", "around", "liquidity", "trades", "net"},
}
WIDTHS = (1280, 390)
PAPER = {"light": "rgb(251, 250, 247)", "dark": "rgb(21, 24, 27)"}

# Drawings whose marks have no size, by caption. A panel that is folded away has none either.
EMPTY = """
const marks = "path, rect, line, circle, text";
return [...document.querySelectorAll("figure.panel svg")].filter(svg => {
  const box = svg.getBoundingClientRect();
  const drawn = [...svg.querySelectorAll(marks)].filter(mark => {
    const size = mark.getBoundingClientRect();
    return size.width + size.height > 1;
  });
  return box.width < 100 || box.height < 50 || drawn.length < 5;
}).map(svg => svg.closest("figure").querySelector("figcaption").textContent);
"""
# What reaches beyond the right edge, apart from what scrolls by itself.
BEYOND = """
const edge = document.documentElement.clientWidth + 1;
return [...document.querySelectorAll("main *")].filter(element =>
  element.getBoundingClientRect().right > edge && !element.closest(".scroll, pre, svg")
).map(element => `${element.tagName} ${element.className} ${element.textContent.slice(0, 40)}`);
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Return the reports of all studies, by study and language."""
    found = {}
    for name, options in STUDIES.items():
        folder = tmp_path_factory.mktemp(name)
        experiment = importlib.import_module(f"experiments.{name}").EXPERIMENT
        asked = ["--seeds", "1", "--workers", "1", "--audit", "--json", "--out", str(folder)]
        assert run_experiment(experiment, [*options, *asked]) == 0
        assert main(["report", str(folder), "--lang", "ja"]) == 0
        found[name, "en"] = folder / "report.html"
        found[name, "ja"] = folder / "report.ja.html"
    return found


def looked_at(page, name):
    """Keep a picture of the whole page, in parts that can be looked at."""
    folder = os.environ.get("TIDEGATE_SCREENSHOTS")
    if not folder:
        return
    size = page.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
    for part, top in enumerate(range(0, int(size["height"]), 2400)):
        height = min(2400, size["height"] - top)
        clip = {"x": 0, "y": top, "width": size["width"], "height": height, "scale": 1}
        shot = page.execute_cdp_cmd(
            "Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip}
        )
        Path(folder, f"{name}-{part}.png").write_bytes(base64.b64decode(shot["data"]))


def prefer(page, theme):
    wish = [{"name": "prefers-color-scheme", "value": theme}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wish})


def paper(page):
    return page.execute_script("return getComputedStyle(document.body).backgroundColor")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", STUDIES)
def test_a_report_is_drawn_without_network_at_any_width(pages, name, width):
    """In both languages and both colours: all figures drawn, nothing asked for, nothing cut."""
    with browser(width=width) as page:
        for language in ("en", "ja"):
            address = pages[name, language].as_uri()
            for theme in ("light", "dark"):
                prefer(page, theme)
                page.get(address)
                assert paper(page) == PAPER[theme]
                named = page.execute_script(
                    "return [...document.querySelectorAll('section > h2')].map(h => h.id)"
                )
                assert set(named) == FIGURES[name]
                page.execute_script(
                    "document.querySelectorAll('details').forEach(d => { d.open = true })"
                )
                assert page.execute_script(EMPTY) == []
                assert page.execute_script(BEYOND) == []
                scroll = "return document.documentElement.scrollWidth"
                assert page.execute_script(scroll) <= width
                looked_at(page, f"{name}-{language}-{theme}-{width}")
        assert errors(page) == []
        assert requested(page) == {pages[name, code].as_uri() for code in ("en", "ja")}


def test_readers_choose_the_colours_and_reach_them_by_keyboard(pages):
    """The system's wish holds until one is chosen; the first stop is the way to the answer."""
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    with browser() as page:
        prefer(page, "dark")
        page.get(pages["etf_route", "en"].as_uri())
        ActionChains(page).send_keys(Keys.TAB).perform()
        assert page.switch_to.active_element.get_attribute("href").endswith("#answer")
        ActionChains(page).send_keys(Keys.TAB).perform()
        assert page.switch_to.active_element.get_attribute("id") == "theme-auto"
        assert paper(page) == PAPER["dark"]
        ActionChains(page).send_keys(Keys.ARROW_RIGHT).perform()
        assert page.switch_to.active_element.get_attribute("id") == "theme-light"
        assert paper(page) == PAPER["light"]
        ActionChains(page).send_keys(Keys.ARROW_RIGHT).perform()
        prefer(page, "light")
        assert paper(page) == PAPER["dark"]


def test_paper_is_light_and_shows_what_is_folded_away(pages):
    with browser() as page:
        page.get(pages["flash_crash", "en"].as_uri())
        page.find_element("css selector", "label:has(#theme-dark)").click()
        shown = "return document.querySelector('details figure').checkVisibility()"
        assert not page.execute_script(shown)
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": []})
        assert paper(page) == "rgb(255, 255, 255)"
        assert page.execute_script(shown)
