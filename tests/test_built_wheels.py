"""What is built runs where there is no repository and no compiler."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest

from tests.docs.pages import ROOT, blocks
from tests.docs.results import SHORT, SMALL

PACKAGES = {"tidegate": "src", "tidegate_core": "cext", "tidegate_crowd": "cext"}
SHIPPED = (".pyi", ".pxd", ".pyx", ".h", ".toml", ".j2", ".js", ".css")
Run = Callable[..., str]


def sources() -> list[str]:
    """Return the files of the repository, as git knows them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = listed.stdout.decode().split("\0")
    return [name for name in names if name and (ROOT / name).is_file()]


def outside() -> dict[str, str]:
    """Return an environment that leads to no repository."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the repository without anything that was made in it."""
    tree = tmp_path_factory.mktemp("tree")
    for name in sources():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name)
    return tree


@pytest.fixture(scope="module")
def dist(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a source distribution, and the wheel that was built from it.

    One that was made by ``python -m build`` just before can be named by TIDEGATE_DIST.
    """
    if made := os.environ.get("TIDEGATE_DIST"):
        return Path(made)
    pytest.importorskip("build")
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--outdir", str(out), str(tree)]
    built = subprocess.run(
        command, check=False, env=outside(), capture_output=True, text=True, cwd=out
    )
    assert built.returncode == 0, built.stdout[-3000:] + built.stderr[-3000:]
    return out


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (path,) = dist.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def run(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Return what runs a program of a fresh environment in a directory of its own."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    scratch = tmp_path_factory.mktemp("scratch")
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    bin_ = venv / ("Scripts" if os.name == "nt" else "bin")
    # No directory of the system's: whatever looks for a compiler finds none.
    bare = {**outside(), "PATH": str(bin_), "CC": "/bin/false", "CXX": "/bin/false"}

    def ran(program: str, *words: str) -> str:
        command = [str(bin_ / program), *words]
        done = subprocess.run(
            command, check=False, cwd=scratch, env=bare, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    ran("python", "-m", "pip", "install", "--quiet", str(wheel))
    yield ran
    shutil.rmtree(venv)


@pytest.mark.slow
def test_the_source_distribution_builds_and_holds_tests_and_docs(dist: Path, tree: Path) -> None:
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        held = {str(PurePosixPath(*PurePosixPath(n).parts[1:])) for n in archive.getnames()}
    copied = {str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file()}
    written = {name for name in copied if name.startswith("cext/") and name.endswith(".c")}
    assert copied - written - held <= {".gitignore"}
    made = [n for n in held if n.endswith((".so", ".pyc")) or (n[:5], n[-2:]) == ("cext/", ".c")]
    assert made == []


@pytest.mark.slow
def test_the_wheel_ships_types_and_declarations(wheel: Path, tree: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    for package, root in PACKAGES.items():
        assert f"{package}/py.typed" in held
        home = tree / root
        expected = {
            str(path.relative_to(home))
            for path in (home / package).rglob("*")
            if path.suffix in SHIPPED or path.suffix == ".py"
        }
        assert expected
        assert expected - held == set()
    compiled = {name.partition(".")[0] for name in held if name.endswith((".so", ".pyd"))}
    pyx = {str(p.relative_to(tree / "cext").with_suffix("")) for p in tree.glob("cext/**/*.pyx")}
    assert pyx <= compiled
    assert not [name for name in held if name.endswith(".c") or name.startswith("tests")]


@pytest.mark.slow
def test_it_runs_without_a_compiler_and_without_the_repository(run: Run) -> None:
    code = "import experiments, tidegate, tidegate_core, tidegate_crowd as t; import sys; print(*("
    code += "m.__file__ for m in (experiments, tidegate, tidegate_core, t)), *sys.path)"
    assert str(ROOT) not in run("python", "-c", code)
    assert "pension_entry" in run("python", "-m", "experiments")


@pytest.mark.slow
def test_facts_of_a_file_of_prices(run: Run, tmp_path: Path) -> None:
    prices = (100.0 * math.exp(0.02 * math.sin(day * day)) for day in range(400))
    path = tmp_path / "prices.csv"
    path.write_text("close\n" + "\n".join(f"{price:.6f}" for price in prices))
    told = run("tidegate", "facts", str(path), "--bars-per-year", "365")
    assert "Hill 5 %" in told
    assert "vol/yr" in told


@pytest.mark.slow
def test_agents_in_a_model_of_ones_own(run: Run) -> None:
    (block,) = blocks("docs/agents.md")
    run("python", "-c", block.text)


@pytest.mark.slow
def test_an_experiment_with_its_report(run: Run, tmp_path: Path) -> None:
    options = [
        f"--{name.replace('_', '-')}={value[0] if isinstance(value, list) else value}"
        for name, value in {**SMALL, **SHORT}.items()
    ]
    words = ["--seeds=2", "--workers=1", f"--out={tmp_path / 'out'}", *options]
    assert "Report" in run("python", "-m", "experiments.pension_entry", *words)
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000


def test_the_citation_is_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = (ROOT / "CITATION.cff").read_text()
    assert f"version: {project['version']}\n" in citation
    assert f"license: {project['license']}\n" in citation
    assert f'title: "tidegate: {project["description"][0].lower()}' in citation
    assert project["version"] in (ROOT / "src/tidegate/__init__.py").read_text()
