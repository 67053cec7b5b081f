"""The store: whole parts or none, and never the parts of another study."""

from __future__ import annotations

import polars as pl
import pytest

from tidegate.study.store import Manifest, Store, StoreMismatchError, write_atomically

MANIFEST = Manifest(
    experiment="walk",
    version="1",
    code="c",
    scenario_digest="abcdef0123456789",
    claims_hash="h",
    parameters={"days": 20},
)
METRICS = pl.DataFrame({"metric": ["price"], "value": [1.5]})


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


def test_an_atomic_write_replaces_or_leaves(tmp_path, monkeypatch):
    path = tmp_path / "deep" / "file"
    write_atomically(path, b"one")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, b"two")
    assert path.read_bytes() == b"one"
