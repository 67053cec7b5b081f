"""The dashboard in a browser without network: its buttons do what they say to the market."""

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress

import pytest

from tests.browser import browser, errors, requested
from tidegate.dashboard import readings
from tidegate.dashboard.stage import Stage
from tidegate.study.packages import experiments_in

pytestmark = pytest.mark.slow
pytest.importorskip("solara", reason="needs the viz extra")
exceptions = pytest.importorskip("selenium.common.exceptions", reason="needs a browser's driver")

PATIENCE = 60  # seconds


@contextmanager
def serving():
    """Yield a server and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tidegate", "dashboard", "--experiment", "flash_crash"]
    server = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.PIPE)
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(url), "the server answers")
        yield server, url
    finally:
        server.kill()
        server.wait(20)


@pytest.fixture(scope="module")
def address():
    with serving() as (_, url):
        yield url


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as page:
            return page.status == 200
    except OSError:
        return False


def until(holds, what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with suppress(exceptions.StaleElementReferenceException):  # redrawn before it was read
            found = holds()
            if found:
                return found
        time.sleep(0.2)
    pytest.fail(f"not within {PATIENCE} s: {what}")


def click(page, label):
    def clicked():
        for button in page.find_elements("tag name", "button"):
            if button.text.strip().upper() == label and button.is_enabled():
                page.execute_script("arguments[0].click()", button)
                return True
        return False

    until(clicked, f"a button {label}")


def numbers(page):
    return page.execute_script(
        "const e = document.querySelector('.tidegate-numbers'); return e ? e.innerText : ''"
    )


def waits_for(page, pattern):
    return until(lambda: re.search(pattern, numbers(page)), f"{pattern} in {numbers(page)!r}")


def prices(page):
    return [float(text.replace(",", "")) for text in re.findall(r"price ([\d,.]+)", numbers(page))]


def choose(page, label, value):
    """Choose from a Vuetify select by its label."""
    script = """
        const [label, value] = arguments;
        const box = [...document.querySelectorAll('.v-select')].find(
            e => e.querySelector('label')?.innerText === label);
        if (!box) return 'no box';
        const items = [...document.querySelectorAll('.v-menu__content.menuable__content__active'
            + ' .v-list-item')];
        const item = items.find(e => e.innerText.trim() === value);
        if (item) { item.click(); return 'done'; }
        if (!items.length) box.querySelector('.v-select__slot').click();
        return 'opened';
    """
    until(lambda: page.execute_script(script, label, value) == "done", f"{label}: {value}")


def type_in(page, label, text):
    field = until(
        lambda: next(
            (
                entry
                for entry in page.find_elements("css selector", ".v-text-field input[type=text]")
                if entry.find_element("xpath", "./..").text.strip() == label
            ),
            None,
        ),
        f"a field {label}",
    )
    page.execute_script("arguments[0].focus(); arguments[0].select()", field)
    field.send_keys(text)
    time.sleep(0.5)  # as a hand would: Enter at once overtakes what was typed on its way
    field.send_keys("\n")


def alerts(page):
    return " ".join(alert.text for alert in page.find_elements("css selector", ".v-alert"))


def test_choose_change_step_fork_reset(address):
    with browser() as page:
        page.get(address)
        waits_for(page, "tick 0")
        assert page.title == "tidegate"
        assert page.find_element("tag name", "body").text.count("nothing yet") == 7

        choose(page, "or a lever", "shock.size")
        type_in(page, "its value", "much")
        click(page, "FORK HERE")
        until(lambda: "shock.size is 'much'; it must be a number" in alerts(page), "a refusal")
        choose(page, "or a lever", "")

        click(page, "STEP")
        waits_for(page, "tick 1,")
        stage = Stage(experiment="flash_crash")
        stage.step()
        assert prices(page) == [round(float(readings.paths(stage.world)["price"][-1]), 2)]

        click(page, "FORK HERE")
        waits_for(page, "Both posts")
        click(page, "STEP")
        waits_for(page, "tick 2,")
        assert len(prices(page)) == 2
        click(page, "DROP THE FORK")
        until(lambda: len(prices(page)) == 1, "one future")

        type_in(page, "seed", "5")
        click(page, "RESET")
        waits_for(page, "tick 0")
        click(page, "STEP")
        waits_for(page, "tick 1,")
        other = Stage(experiment="flash_crash", seed=5)
        other.step()
        assert prices(page) == [round(float(readings.paths(other.world)["price"][-1]), 2)]
        assert prices(page) != [round(float(readings.paths(stage.world)["price"][-1]), 2)]

        click(page, "▶")
        waits_for(page, r"tick ([5-9]|\d\d)")
        click(page, "❚❚")

        first = next(experiments_in("experiments"))  # long lists are drawn as they are scrolled
        choose(page, "experiment", first.name)
        until(lambda: page.find_element("tag name", "h2").text == first.question, "the question")
        click(page, "STEP")
        waits_for(page, "tick 1,")
        pictures = page.find_elements("css selector", "svg[role=img]")
        assert len(pictures) >= 3
        assert all(picture.size["width"] > 100 for picture in pictures)

        assert errors(page) == []
        assert {url for url in requested(page) if not url.startswith(address)} == set()


def test_ctrl_c_ends_a_market_that_plays():
    with serving() as (server, url), browser() as page:
        page.get(url)
        waits_for(page, "tick 0")
        click(page, "▶")
        waits_for(page, r"tick [1-9]")
        server.send_signal(signal.SIGINT)
        server.wait(20)


@pytest.mark.parametrize("width", [1280, 390])
def test_fits_the_screen(address, width, tmp_path):
    with browser(width, 1400) as page:
        page.get(address)
        waits_for(page, "tick 0")
        time.sleep(1.0)
        page.save_screenshot(str(tmp_path / f"dashboard-{width}.png"))
        overflow = page.execute_script(
            "return document.documentElement.scrollWidth - window.innerWidth"
        )
        assert overflow <= 0
