"""The store: whole parts or none, and never the parts of another study."""

from __future__ import annotations

import polars as pl
import pytest
from sweeping import assert_same, sweep, tables
from toy_experiments import walk

from tidegate.study.launch import run_experiment
from tidegate.study.store import Manifest, Store, StoreMismatchError, write_atomically
from tidegate.study.sweep_results import read_results

MANIFEST = Manifest(
    experiment="walk",
    version="1",
    code="c",
    scenario_digest="abcdef0123456789",
    claims_hash="h",
    parameters={"days": 20},
)
METRICS = pl.DataFrame({"metric": ["price"], "value": [1.5]})
ODD_FOLDERS = (
    "elasticity=0.24",
    "seed=7",
    "run[1]",
    "arm=x/point=3/seed=1",
    "a*?[!b]/out",
    "50%20",
)


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path / "study", MANIFEST)


def test_parts_come_back_in_the_order_asked_for(store):
    for seed in (11, 2):
        for arm in ("b", "a"):
            store.write(seed, arm, {"metrics": METRICS}, digest=f"{seed}{arm}")
    table = store.table("metrics", [2, 11, 30], ["b", "a"])
    assert table.columns == ["seed", "arm", "metric", "value"]
    assert table["seed"].to_list() == [2, 2, 11, 11]
    assert table["arm"].to_list() == ["b", "a", "b", "a"]


def test_parts_are_a_hive_data_set(store):
    store.write(7, "none", {"metrics": METRICS}, digest="d")
    table = pl.read_parquet(store.root / "parts/metrics/**/*.parquet", hive_partitioning=True)
    assert table.row(0, named=True) == {"metric": "price", "value": 1.5, "seed": 7, "arm": "none"}


@pytest.mark.parametrize("folder", ODD_FOLDERS)
def test_folders_above_the_store_are_never_read_as_places(tmp_path, folder):
    written = []
    for root in (tmp_path / "plain", tmp_path / folder):
        store = Store.open(root, MANIFEST)
        for seed in (11, 2):
            store.write(seed, "a", {"metrics": METRICS}, digest="d")
        store.table("metrics", [2, 11], ["a"]).write_parquet(tmp_path / "table.parquet")
        written.append((tmp_path / "table.parquet").read_bytes())
    assert written[0] == written[1]


def test_a_table_of_many_parts_is_one_piece(store):
    for seed in range(40):
        rows = METRICS.clear() if seed % 3 == 0 else pl.concat([METRICS] * 30)
        store.write(seed, "a", {"metrics": rows}, digest="d")
    table = store.table("metrics", range(40), ["a"])
    assert table.schema == {
        "seed": pl.Int64,
        "arm": pl.String,
        "metric": pl.String,
        "value": pl.Float64,
    }
    assert table["seed"].to_list() == [seed for seed in range(40) if seed % 3 for _ in range(30)]
    assert table.n_chunks() == 1


@pytest.mark.parametrize("folder", ["elasticity=0.24", "run[1]/seed=7"])
def test_an_experiment_has_results_in_a_folder_of_any_name(tmp_path, monkeypatch, folder):
    monkeypatch.setattr("tidegate.report.page.write_report", lambda *_: None)
    args = ["--seeds", "2", "--days", "4", "--workers", "1", "--out"]
    assert run_experiment(walk.EXPERIMENT, [*args, str(tmp_path / "plain")]) == 0
    assert run_experiment(walk.EXPERIMENT, [*args, str(tmp_path / folder)]) == 0
    for name in ("runs.parquet", "metrics.parquet"):
        found = (tmp_path / folder / name).read_bytes()
        assert found == (tmp_path / "plain" / name).read_bytes()


@pytest.mark.parametrize("folder", ["elasticity=0.24", "run[1]/seed=7"])
def test_a_sweep_has_results_in_a_folder_of_any_name(tmp_path, folder):
    sweep(tmp_path / "plain")
    sweep(tmp_path / folder)
    assert_same(tmp_path / folder, tables(tmp_path / "plain"))
    assert read_results(tmp_path / folder).equals(read_results(tmp_path / "plain"))


@pytest.mark.parametrize("damage", ["truncate", "remove", "unmarked"])
def test_a_damaged_run_is_not_complete(store, damage):
    store.write(1, "a", {"metrics": METRICS}, digest="d")
    assert store.complete(1, "a")
    part = store.part("metrics", 1, "a")
    if damage == "truncate":
        part.write_bytes(part.read_bytes()[:-20])
    elif damage == "remove":
        part.unlink()
    else:
        store.discard(1, "a")
    assert not store.complete(1, "a")


def test_opening_resumes_the_same_study_and_clears_drafts(store):
    store.write(1, "a", {"metrics": METRICS}, digest="d")
    draft = store.part("metrics", 1, "a").with_name("part.parquet.99.tmp")
    draft.write_bytes(b"half")
    again = Store.open(store.root, MANIFEST)
    assert again.complete(1, "a")
    assert not draft.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"scenario_digest": "0" * 16},
        {"version": "2"},
        {"claims_hash": "other"},
        {"code": "other"},
        {"parameters": {"days": 21}},
    ],
)
def test_another_study_is_refused_by_name_and_nothing_touched(store, change):
    before = (store.root / "manifest.json").read_bytes()
    with pytest.raises(StoreMismatchError) as caught:
        Store.open(store.root, MANIFEST.model_copy(update=change))
    field = "days" if "parameters" in change else next(iter(change))
    assert field in str(caught.value)
    assert "--out" in str(caught.value)
    assert (store.root / "manifest.json").read_bytes() == before


def test_a_foreign_manifest_is_refused(tmp_path):
    (tmp_path / "manifest.json").write_text('{"name": "something else"}')
    with pytest.raises(StoreMismatchError, match="not a manifest"):
        Store.open(tmp_path, MANIFEST)


def test_setting_aside_never_overwrites(store):
    first = store.set_aside()
    second = Store.open(store.root, MANIFEST).set_aside()
    assert first.name == "study.abcdef01"
    assert second.name == "study.abcdef01.2"
    assert first.exists()
    assert not store.root.exists()


@pytest.mark.parametrize("manifest", ['{"name": "something else"}', "{torn"])
def test_what_cannot_be_read_is_set_aside_as_old(tmp_path, manifest):
    root = tmp_path / "study"
    for name in ("study.old", "study.old.2"):
        root.mkdir()
        (root / "manifest.json").write_text(manifest)
        assert Store(root).set_aside().name == name


def test_an_experiment_starts_where_a_manifest_of_another_version_was(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("tidegate.report.page.write_report", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "results" / walk.EXPERIMENT.name
    root.mkdir(parents=True)
    (root / "manifest.json").write_text('{"scenario_digest": "of an earlier version"}')
    args = ["--seeds", "1", "--days", "4", "--workers", "1"]
    assert run_experiment(walk.EXPERIMENT, args) == 0
    assert f"moved to results/{root.name}.old" in capsys.readouterr().err
    assert root.with_name(f"{root.name}.old").exists()


def test_an_atomic_write_replaces_or_leaves(tmp_path, monkeypatch):
    path = tmp_path / "deep" / "file"
    write_atomically(path, b"one")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, b"two")
    assert path.read_bytes() == b"one"
