"""Headless Chromium with the network cut, for tests of pages; skipped where it is absent.

With TIDEGATE_REQUIRE_BROWSER=1 (as in `.ci/run`) its absence is a failure.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)


def _missing(what: str) -> None:
    told = f"{what} is missing: apt-get install chromium chromium-driver; pip install selenium"
    if os.environ.get("TIDEGATE_REQUIRE_BROWSER") == "1":
        pytest.fail(told)
    pytest.skip(told)


@contextmanager
def browser(width: int = 1280, height: int = 1000) -> Iterator:
    """Yield a Selenium driver whose window has a size in pixels."""
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        _missing("selenium")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        _missing("chromium or chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--window-size={width},{height}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    page = webdriver.Chrome(options=options, service=Service(driver))
    try:
        # Headless Chromium makes no window narrower than some 500 pixels by itself.
        page.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
        )
        yield page
    finally:
        page.quit()


def errors(page) -> list[str]:
    """Return what the console has complained of."""
    return [entry["message"] for entry in page.get_log("browser") if entry["level"] == "SEVERE"]


def requested(page) -> set[str]:
    """Return the addresses that were asked for, but for data written into the page."""
    asked = set()
    for entry in page.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked.add(message["params"]["request"]["url"])
    return {url for url in asked if not url.startswith(("data:", "blob:"))}
