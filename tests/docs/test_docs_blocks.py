"""Every block of code in the README and in docs is run, read or parsed by something here."""

from __future__ import annotations

import doctest
import importlib
import io
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs import results
from tests.docs.commands import check
from tests.docs.pages import ROOT, SHELL, Block, blocks, blocks_of, commands, pages, save
from tidegate.scenario import Scenario
from tidegate.study.claims import load_claims
from tidegate.study.packages import experiment_named
from tidegate.study.plan import Plan
from tidegate.study.search_file import SearchFile
from tidegate.study.study_file import StudyFile

EVERY = [block for page in pages() for block in blocks(page)]
KINDS = {*SHELL, "python", "toml", "text"}
# Pages whose blocks stand alone; those of another follow on one another.
ALONE = {"README.md"}
# Pages that speak of results, and what makes them.
MADE: dict[str, Callable[[Path], None]] = {
    "docs/studies.md": results.sweep,
    "docs/howto/read_the_results.md": results.both,
}
# Those that take more than a few seconds.
SLOW = {"docs/howto/read_the_results.md"}
# Python that is compiled and not run, by page and first two words, and why.
NOT_RUN = {
    ("docs/studies.md", "from distributed"): "asks a scheduler with certificates",
}
# What is shown and never run, by page and first two words, and what prints it.
PRINTED = {
    ("docs/calibration.md", "parameter fitted"): "tidegate calibrate, as the page says",
    ("docs/facts.md", "btc_1h.parquet, BTCUSDT:"): "tidegate facts, of a file that is not ours",
    ("docs/facts.md", "error: btc_1h.parquet,"): "the same; tests/commands/test_facts_command.py",
    ("docs/ledger.md", "135 rows"): "tidegate claims; tests/study/test_claims_page.py",
    ("docs/validation.md", "S24.2 PASS"): "tidegate validate --only S24.2",
}


@pytest.fixture(scope="module", autouse=True)
def own_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the files that pages write where they can be imported from."""
    home, before = tmp_path_factory.mktemp("own"), set(sys.modules)
    saved = save(home)
    assert len(saved) == len(set(saved)), "two blocks write the same file"
    sys.path.insert(0, str(home))
    yield home
    sys.path.remove(str(home))
    packages = {path.parent.name for path in saved}
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in packages:
            del sys.modules[name]


def of(*languages: str) -> list[Block]:
    return [block for block in EVERY if block.language in languages]


def opening(block: Block) -> tuple[str, str]:
    """Return what a block that is not run goes by: its page and its first two words."""
    return block.page, " ".join(block.text.split()[:2])


def marked(page: str) -> Any:
    return pytest.param(page, marks=[pytest.mark.slow] if page in SLOW else [])


@pytest.mark.parametrize("page", [marked(p) for p in sorted({b.page for b in of("python")})])
def test_python_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if page in MADE:
        MADE[page](tmp_path)
    names: dict[str, Any] = {"__name__": "docs"}
    for block in blocks(page):
        if block.language == "python":
            run(block, {"__name__": "docs"} if page in ALONE else names)


def run(block: Block, names: dict[str, Any]) -> None:
    """Run a block among the names that those before it left."""
    if ">>>" in block.text:
        test = doctest.DocTestParser().get_doctest(
            block.text, names, block.place, block.page, block.line - 1
        )
        told = io.StringIO()
        outcome = doctest.DocTestRunner(verbose=False).run(test, out=told.write, clear_globs=False)
        names.update(test.globs)
        assert outcome.failed == 0, told.getvalue()
        return
    if block.file is not None:
        importlib.import_module(block.file.removesuffix(".py").replace("/", "."))
        return
    code = compile("\n" * (block.line - 1) + block.text, str(ROOT / block.page), "exec")
    if opening(block) not in NOT_RUN:
        exec(code, names)


@pytest.mark.parametrize("block", of(*SHELL), ids=str)
def test_commands_are_commands(block: Block) -> None:
    words = commands(block)
    assert words, f"{block.place} holds no command; label what a command printed ```text"
    for command in words:
        check(command)


@pytest.mark.parametrize("block", of("toml"), ids=str)
def test_files_are_read(block: Block, own_files: Path) -> None:
    content = tomllib.loads(block.text)
    if "claim" in content:
        assert block.file is not None
        load_claims(own_files / block.file)
    elif "search" in content:
        base = tomllib.loads((ROOT / "experiments/sweeps/policy_frontier.toml").read_text())
        plan_of(SearchFile.model_validate({**base, **content}))
    elif "experiment" in content:
        plan_of(StudyFile.model_validate(content))
    else:
        Scenario.model_validate(content)


def plan_of(study: StudyFile) -> Plan:
    return Plan.made(study, experiment_named(study.package, study.experiment))


@pytest.mark.parametrize("block", of("text"), ids=str)
def test_what_is_shown_is_known_to_come_from_somewhere(block: Block) -> None:
    assert opening(block) in PRINTED, (
        f"{block.place}: say in PRINTED what prints it; a block without a label is a command's"
    )


def test_every_block_is_of_a_kind_that_something_here_runs() -> None:
    strange = [f"{block.place} {block.language}" for block in EVERY if block.language not in KINDS]
    assert not strange, f"label them one of {', '.join(sorted(KINDS))}, or teach this file theirs"


def test_exceptions_are_of_blocks_that_are_there() -> None:
    assert set(NOT_RUN) <= {opening(block) for block in of("python")}
    assert set(PRINTED) <= {opening(block) for block in of("text")}
    assert set(MADE) | ALONE | SLOW <= {block.page for block in of("python")}


BROKEN = """\
# A page

```
tidegate fact prices.csv
```

    python -m experiments.pension_entry --alocations 0.1

```python
assert 1 + 1 == 3
```

```python
>>> 1 + 1
3
```

```cobol
DISPLAY 'HELLO'.
```
"""


def test_a_broken_page_is_noticed() -> None:
    found = blocks_of("page.md", BROKEN)
    assert [block.language for block in found] == ["", "", "python", "python", "cobol"]
    assert [block.line for block in found] == [4, 7, 10, 14, 19]
    for block in found[:2]:
        with pytest.raises(SystemExit):
            check(commands(block)[0])
    for block in found[2:4]:
        with pytest.raises(AssertionError):
            run(block, {})
    assert found[4].language not in KINDS


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("kubectl apply", "no test knows the command 'kubectl'"),
        ("tidegate sweep experiments/sweeps/nothing.toml", "does not exist"),
        ("pip install tidegate[everything]", "no extra"),
        ("pytest tests/test_layers.py::test_nothing", "has no test"),
        ("pytest -m leisurely", "no such marker"),
        ("make tea", "make tea: there are"),
        ("python -m experimentation", "no such module"),
    ],
)
def test_a_command_that_is_none_is_named(line: str, error: str) -> None:
    with pytest.raises((AssertionError, ValueError), match=error):
        check(line.split())
