"""The stage: an experiment's own market, forks that equal fresh runs, errors in words."""

import re
from dataclasses import replace

import pytest

from experiments import flash_crash, pension_entry
from tidegate.dashboard.levers import inputs, parameters_of
from tidegate.dashboard.stage import Stage, seconds_of
from tidegate.study.packages import experiments_in

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
        (
            {"accounts": "many"},
            r"^accounts is 'many'; it must be a whole number >= \d+ and <= \d+$",
        ),
        ({"accounts": "1e9"}, r"^accounts is '1e9'; it must be a whole number >= \d+ and <= \d+$"),
        ({"accounts": -3}, r"^accounts is -3; it must be >= \d+ and <= \d+$"),
        ({"lead_hours": "nan"}, r"^lead_hours is 'nan'; it must be a finite number >= "),
        ({"seed": "x"}, "seed is 'x'; it must be a whole number >= 0 and <= "),
        ({"seed": "-1"}, "seed is '-1'; it must be a whole number >= 0 and <= "),
        ({"arm": "nobody"}, "arm is 'nobody'; flash_crash has calm"),
        ({"wrong": 1}, "^there is no parameter 'wrong'$"),
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


SIZE = r"it must be (a |a finite |)(number |)>= -2 and <= 2"
CAP = "it must be (a whole number |)>= 1 and <= 125"


@pytest.mark.parametrize(
    ("lever", "value", "told"),
    [
        ("shock.size", "abc", f"shock.size is 'abc'; {SIZE}"),
        ("shock.size", 5, f"shock.size is 5; {SIZE}"),
        ("shock.size", float("nan"), f"shock.size is nan; {SIZE}"),
        ("shock.size", float("inf"), f"shock.size is inf; {SIZE}"),
        ("shock.size", None, f"shock.size is None; {SIZE}"),
        ("shock.size", True, f"shock.size is True; {SIZE}"),
        ("leverage.cap", 200, f"leverage.cap is 200; {CAP}"),
        ("leverage.cap", 2.5, f"leverage.cap is 2.5; {CAP}"),
        ("leverage.cap", True, f"leverage.cap is True; {CAP}"),
        ("leverage.frozen", "maybe", "leverage.frozen is 'maybe'; it must be true or false"),
        ("outage.exchange", 7, "outage.exchange is 7; it must be a text"),
        ("shock.sighs", 1, r"lever is 'shock.sighs'; there are .*shock.size.*"),
    ],
)
def test_a_lever_set_wrong_is_told_in_one_sentence_and_nothing_forks(lever, value, told):
    stage = Stage(experiment="flash_crash", **CRASH)
    with pytest.raises(ValueError, match=f"^{told}$") as refused:
        stage.fork_lever(lever, value)
    assert type(refused.value) is ValueError  # pydantic's prints an essay
    assert len(stage.futures) == 1


def test_lists_are_split_at_spaces():
    stage = Stage(experiment="pension_entry", allocations="0.02 0.05", routes="menu", **SMALL)
    assert stage.parameters.allocations == (0.02, 0.05)
    assert stage.parameters.routes == ("menu",)
    wrong = Stage(experiment="pension_entry", allocations="0.02 2", **SMALL)
    assert wrong.problem == "allocations is '2'; it must be >= 0 and <= 1"


@pytest.mark.parametrize("experiment", [*experiments_in("experiments")], ids=lambda e: e.name)
def test_the_page_shows_every_parameter_and_gives_back_the_published_ones(experiment):
    published = experiment.parameters()
    arms = {arm.label: arm.title for arm in experiment.arms(published)}
    shown = inputs(experiment, arms)
    assert set(shown) == {"seed", "arm", *experiment.parameters.model_fields}
    assert {entry["type"] for entry in shown.values()} <= {"Select", "Checkbox", "InputText"}
    typed = {name: shown[name]["value"] for name in experiment.parameters.model_fields}
    assert parameters_of(experiment.parameters, typed) == published
