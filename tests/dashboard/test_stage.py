"""The stage: an experiment's own market, forks that equal fresh runs, errors in words."""

import re
from dataclasses import replace

import pytest

from experiments import flash_crash, pension_entry
from tidegate.dashboard.levers import inputs
from tidegate.dashboard.stage import Stage, seconds_of

SMALL = {"accounts": 500, "belief_warm_up_days": 0}
CRASH = {"accounts": 2000, "lead_hours": 1}
NEWS = 60  # tick of the first post


def stepped(stage, ticks):
    for _ in range(ticks):
        stage.step()
    return stage


def test_is_the_experiments_own_market():
    stage = stepped(Stage(experiment="pension_entry", seed="7", **SMALL), 6)
    parameters = pension_entry.EXPERIMENT.parameters(**SMALL)
    world = pension_entry.EXPERIMENT.build(parameters, 7)
    world.run_until(6)
    assert stage.world.digest() == world.digest()
    assert stage.day == pytest.approx(6 * 6 / 24 - parameters.warm_up_days)
    assert stage.changed == SMALL


def test_a_fork_is_a_fresh_run_with_the_arms_policies():
    stage = stepped(Stage(experiment="flash_crash", seed=3, **CRASH), 58)
    stage.fork_arm("crash")
    stepped(stage, 10)
    arm = next(a for a in flash_crash.EXPERIMENT.arms(stage.parameters) if a.label == "crash")
    fresh = flash_crash.EXPERIMENT.build(stage.parameters, 3)
    fresh.apply(arm.policies)
    fresh.run_until(68)
    assert [future.title for future in stage.futures] == ["No news", arm.title]
    assert stage.futures[1].world.digest() == fresh.digest()
    assert stage.futures[0].world.digest() != fresh.digest()
    assert stage.forked_at == 58 * 60


def test_a_policy_whose_day_has_passed_is_announced_at_the_fork():
    stage = stepped(Stage(experiment="flash_crash", seed=3, **CRASH), NEWS + 5)
    assert stage.day > 0
    stage.fork_arm("crash")
    arm = next(a for a in stage.arms if a.label == "crash")
    moved = stage.futures[1].world.agenda.policies
    now = seconds_of(stage.world)
    assert all(policy.announcement >= now for policy in moved)
    for policy, before in zip(moved, arm.policies, strict=True):
        late = max(0, now - before.announcement)
        assert policy.effective == before.effective + late


def test_a_lever_counts_from_the_fork_on():
    stage = stepped(Stage(experiment="flash_crash", seed=3, **CRASH), 2)
    stage.fork_lever("shock.size", -0.1)
    stepped(stage, 8)
    calm, shocked = (future.world.ticks()["price_btc"][-1] for future in stage.futures)
    assert shocked < 0.97 * calm
    stage.join()
    assert len(stage.futures) == 1
    assert stage.forked_at is None


def test_arms_that_need_another_start_are_not_offered():
    stage = Stage(experiment="flash_crash", **CRASH)
    offered = [arm.label for arm in stage.treatments]
    assert "crash" in offered
    assert "low-leverage" not in offered  # other open interest
    with pytest.raises(ValueError, match=r"arm is 'low-leverage'; .*crash"):
        stage.fork_arm("low-leverage")


def test_a_taken_arm_is_not_offered_again():
    stage = Stage(experiment="flash_crash", arm="crash", **CRASH)
    assert "crash" not in [arm.label for arm in stage.treatments]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"accounts": "many"}, r"accounts: .*got 'many'"),
        ({"accounts": -3}, r"accounts: .*got -3"),
        ({"seed": "x"}, "seed is 'x'; it must be a whole number"),
        ({"arm": "nobody"}, "arm is 'nobody'; flash_crash has calm"),
        ({"wrong": 1}, "wrong"),
        ({"step_seconds": 73}, "^step_seconds 73 must divide a day"),
    ],
)
def test_what_is_typed_wrong_is_told_and_nothing_runs(values, told):
    stage = Stage(experiment="flash_crash", **values)
    assert not stage.running
    assert stage.treatments == ()
    stage.step()
    assert re.search(told, stage.problem), stage.problem


def test_stops_at_the_experiments_end():
    stage = Stage(experiment="flash_crash", **CRASH)
    stage.timeline = replace(stage.timeline, announcement=1, end=3)
    stepped(stage, 5)
    assert stage.world.tick == 3
    assert not stage.running


def test_every_input_of_every_experiment_is_one_that_the_page_can_show():
    kinds = {"SliderInt", "SliderFloat", "Select", "Checkbox", "InputText"}
    for experiment in (flash_crash.EXPERIMENT, pension_entry.EXPERIMENT):
        arms = {arm.label: arm.title for arm in experiment.arms(experiment.parameters())}
        shown = inputs(experiment, arms)
        assert {entry["type"] for entry in shown.values()} <= kinds
        defaults = {name: entry["value"] for name, entry in shown.items()}
        stage = Stage(experiment=experiment.module.rpartition(".")[2], **defaults)
        assert stage.problem == ""
        assert stage.changed == {}
        for entry in shown.values():
            if entry["type"].startswith("Slider"):
                assert entry["min"] <= entry["value"] <= entry["max"]
                places = (entry["value"] - entry["min"]) / entry["step"]
                assert places == pytest.approx(round(places))  # else the page would move it
