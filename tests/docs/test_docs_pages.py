"""Pages whose tables repeat what stands elsewhere: extras, evidence, resolutions."""

from __future__ import annotations

import re

from experiments.flash_crash import EXPERIMENT as FLASH_CRASH
from experiments.pension_entry import EXPERIMENT as PENSION_ENTRY
from tests.docs.commands import EXTRAS, SETTINGS
from tests.docs.pages import ROOT
from tidegate.scenario import Scenario
from tidegate.scenario.leveraged import LeveragedScenario

INSTALL = (ROOT / "docs/install.md").read_text()
STUDIES = (ROOT / "docs/studies.md").read_text()
EVIDENCE = ROOT / "docs/evidence"
LISTED = re.compile(r"^\| \[(\w+)\]\((\w+\.txt)\) \| .+ \| `(.+)` \| ([0-9a-f]{7})\b.* \|$", re.M)


def test_the_page_on_installing_lists_every_extra_and_the_oldest_python() -> None:
    extras = INSTALL.partition("## Extras")[2].partition("##")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", extras, re.M)) == sorted(EXTRAS)
    oldest = SETTINGS["project"]["requires-python"].removeprefix(">=")
    assert f"Python {oldest} or later" in INSTALL


def test_every_file_of_evidence_is_listed_with_its_command_and_commit() -> None:
    listed = {
        file: command
        for _, file, command, _ in LISTED.findall((EVIDENCE / "README.md").read_text())
    }
    files = {path.name: path.read_text() for path in EVIDENCE.glob("*.txt")}
    assert listed.keys() == files.keys(), "list it in docs/evidence/README.md"
    for name, text in files.items():
        first = next(line for line in text.splitlines() if line.startswith("$ "))
        assert listed[name] == first.removeprefix("$ "), name


def test_the_sizes_of_worlds_are_those_of_the_code() -> None:
    usual, published = Scenario(), PENSION_ENTRY.parameters()
    worlds = {
        "`Scenario()`": (usual.holders.accounts, usual.step_seconds // 3600),
        "as published": (published.accounts, published.step_hours),
        "its preview": (PENSION_ENTRY.preview["accounts"], PENSION_ENTRY.preview["step_hours"]),
        "its `--quick`": (PENSION_ENTRY.quick["accounts"], PENSION_ENTRY.quick["step_hours"]),
    }
    for name, (accounts, hours) in worlds.items():
        assert re.search(
            rf"^\| .*{re.escape(name)}.* \| {accounts:,} \| {hours} h \|$", STUDIES, re.M
        )
    leveraged = LeveragedScenario()
    assert (leveraged.crowd.accounts, leveraged.step_seconds) == (100_000, 60)
    assert FLASH_CRASH.parameters().accounts == 100_000
    assert "`LeveragedScenario()` has 100,000 accounts in all and ticks of a minute" in STUDIES
