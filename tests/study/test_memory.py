"""Worlds that have ended give their memory back while a study goes on."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from tests.study.toy_experiments import walk
from tidegate.study import seed as unit
from tidegate.study.memory import WorldCollector
from tidegate.study.seed import Job, run_seed
from tidegate.study.store import Store


class LoopedWorld(walk.ToyWorld):
    """A world that holds itself, as a Mesa model and its agents do."""

    alive: ClassVar[weakref.WeakSet[LoopedWorld]] = weakref.WeakSet()
    most: ClassVar = 0

    def __init__(self, seed: int) -> None:
        super().__init__(seed, 0.02, 0.0)
        self._enter()

    def _enter(self) -> None:
        self.me = self
        LoopedWorld.alive.add(self)
        LoopedWorld.most = max(LoopedWorld.most, len(LoopedWorld.alive))

    def fork(self) -> LoopedWorld:
        twin = super().fork()
        twin._enter()
        return twin


def test_worlds_held_in_cycles_do_not_pile_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit, "_worlds", WorldCollector(share=1e9))
    experiment = replace(walk.EXPERIMENT, build=lambda p, seed: LoopedWorld(seed))
    p = walk.WalkParameters()
    arms = experiment.checked_arms(p)
    gc.disable()
    gc.freeze()  # what the tests hold need not be gone through
    try:
        for seed in range(6):
            assert run_seed(Job(experiment, p, seed, arms, Store(tmp_path))) == []
    finally:
        gc.unfreeze()
        gc.enable()
    # The one that was forked, the copy that runs, and one of the seed before.
    assert 1 < LoopedWorld.most <= 3


def test_collecting_takes_no_more_than_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 10.5, 12.0, 20.4, 20.5, 20.7, 22.0])
    monkeypatch.setattr("tidegate.study.memory.time.perf_counter", lambda: next(clock))
    monkeypatch.setattr("tidegate.study.memory.gc.collect", lambda: 0)
    collector = WorldCollector(share=0.05)
    assert collector.collect()  # from 10.0 to 10.5: not again before 20.5
    assert not collector.collect()
    assert not collector.collect()
    assert collector.collect()
    assert not collector.collect()
