"""Adoption over networks: Bass's law among agents, imitation of success, thresholds, hysteresis."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import diffusion as oracle
from tidegate.agents.adoption import BassCurve
from tidegate.agents.diffusion import AdoptionNetwork
from tidegate.agents.peers import similarity_weights
from tidegate.scenario.diffusion import ImitationSpec, SimilaritySpec, ThresholdSpec
from tidegate.streams import Streams, draw_key

SULTAN = BassCurve(0.03, 0.38)
MONTH = 1 / 12


def network(n: int = 40, spec: Any = None, seed: int = 1, **options: Any) -> AdoptionNetwork:
    names = [f"candidate/{i}" for i in range(n)]
    return AdoptionNetwork(
        names, spec or ImitationSpec(), streams=Streams(seed), path="test", **options
    )


def run(world: AdoptionNetwork, years: float, step: float = MONTH, **terms: Any) -> list[float]:
    path = []
    for tick in range(round(years / step)):
        world.step(tick, step, **terms)
        path.append(world.share)
    world._check()
    return path


def first(n: int) -> list[str]:
    return [f"candidate/{i}" for i in range(n)]


# -- Bass's law among agents ----------------------------------------------------------------------


def test_agents_on_a_complete_graph_follow_bass() -> None:
    """S20.2: 5,000 candidates stay within 3 points of the closed form, in 80 % of seeds."""
    worst = []
    for seed in range(50):
        path = run(network(5_000, seed=seed), 10.0, 1 / 24)
        exact = [SULTAN.share((k + 1) / 24) for k in range(len(path))]
        worst.append(max(abs(a - b) for a, b in zip(path, exact, strict=True)))
    assert np.mean(np.array(worst) < 0.03) >= 0.8
    assert np.mean(worst) < 0.03


def test_without_imitation_they_do_not() -> None:
    path = run(network(5_000, ImitationSpec(imitation=0.0)), 8.0)
    assert abs(path[-1] - SULTAN.share(8.0)) > 0.2
    assert path[-1] == pytest.approx(1.0 - np.exp(-0.24), abs=0.02)


@pytest.mark.parametrize(("step", "seeds"), [(1 / 365, 3), (1 / 12, 30)])
def test_the_step_does_not_matter(step: float, seeds: int) -> None:
    """Daily and monthly steps come to Bass's share, from a tenth of adopters on."""
    shares = [
        run(network(4_000, seed=seed, adopters=first(400)), 4.0, step)[-1] for seed in range(seeds)
    ]
    assert np.mean(shares) == pytest.approx(oracle.bass_share(0.03, 0.38, 0.1, 4.0), abs=0.015)


def test_rates_held_for_a_step_lag_by_its_length() -> None:
    """The error of a long step is of first order: a quarter of it at a quarter of the length."""
    exact = oracle.bass_share(0.03, 0.38, 0.1, 4.0)
    lag = []
    for step in (1.0, 0.25):
        runs = [run(network(4_000, seed=s, adopters=first(400)), 4.0, step) for s in range(60)]
        lag.append(exact - np.mean([path[-1] for path in runs]))
    assert 0.0 < lag[0] < 0.1
    assert lag[1] == pytest.approx(lag[0] / 4, abs=0.005)


def test_the_oracle_solves_bass() -> None:
    assert oracle.bass_share(0.03, 0.38, 0.0, 6.0) == pytest.approx(SULTAN.share(6.0), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_step_is_that_of_the_oracle(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 8))
    column = st.lists(st.floats(-1.0, 1.0), min_size=n, max_size=n)
    points = data.draw(st.lists(st.tuples(*[st.floats(-2, 2)] * 2), min_size=n, max_size=n))
    adopted = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    success, drawdown, friction = (data.draw(column) for _ in range(3))
    spec = ImitationSpec(innovation=0.3, imitation=2.0, retreat=0.7)
    weights = similarity_weights(
        {"a": [x for x, _ in points], "b": [y for _, y in points]}, {"a": 0.5, "b": 1.5}
    )
    by_hand = oracle.kernel([list(point) for point in points], [0.5, 1.5])
    assert weights == pytest.approx(np.array(by_hand), abs=1e-12)
    adopters = [name for name, yes in zip(first(n), adopted, strict=True) if yes]
    world = network(n, spec, weights=weights, adopters=adopters)
    joined, left = world.step(7, 0.8, success=success, drawdown=drawdown, friction=friction)

    def luck(i: int) -> float:
        index = draw_key(0, f"candidate/{i}", "candidate")
        return Streams(1).uniform("test", "adoption", 7, 0, index)

    terms = {"p": 0.3, "q": 2.0, "d": 0.38, "aversion": 2.25, "retreat": 0.7}
    expected = oracle.hazard_step(adopted, by_hand, success, drawdown, friction, luck, 0.8, **terms)
    assert world.adopted.tolist() == expected
    assert {*joined} == {i for i in range(n) if expected[i] and not adopted[i]}
    assert {*left} == {i for i in range(n) if adopted[i] and not expected[i]}


# -- success and failure --------------------------------------------------------------------------


def adopters_after(success: float, years: float = 5.0, **terms: Any) -> float:
    """Return the mean number of adopters of 20 states whose leader fares like that."""
    counts = []
    for seed in range(60):
        world = network(20, seed=seed, adopters=first(1))
        worth = np.zeros(20)
        worth[0] = success
        for tick in range(round(years * 12)):
            world.step(tick, MONTH, success=np.where(world.since == 0, worth, 0.0), **terms)
        counts.append(world.count)
    return float(np.mean(counts))


def test_hazards_react_more_to_a_loss_than_to_a_gain() -> None:
    world = network(10, adopters=first(1))
    calm, good, bad = (world.pull(success)[5] for success in (0.0, 0.6, -0.6))
    assert calm == 0.0
    assert good == pytest.approx(0.06, rel=1e-12)
    assert bad == pytest.approx(-2.25 * 0.06, rel=1e-12)
    even = network(10, ImitationSpec(loss_aversion=1.0), adopters=first(1))
    assert even.pull(-0.6)[5] == -even.pull(0.6)[5]


def test_a_record_is_a_success_or_a_failure_by_its_sign() -> None:
    spec = ImitationSpec(success_return=0.4)
    assert [spec.success(r) for r in (0.4, 0.0, -0.2)] == [1.0, 0.0, -0.5]


def test_a_leaders_record_moves_the_number_of_adopters() -> None:
    neutral = adopters_after(0.0)
    assert adopters_after(3.0) - neutral > 0.5
    assert adopters_after(-3.0) - neutral < -0.5


def test_a_failure_makes_adopters_leave_unless_adoption_is_for_good() -> None:
    for retreat, fewer in ((0.5, True), (0.0, False)):
        world = network(50, ImitationSpec(retreat=retreat), adopters=first(40))
        run(world, 3.0, success=-1.0)
        assert (world.count < 20) is fewer
        assert world.count >= 40 or fewer


def test_drawdown_and_friction_hold_back_and_closed_doors_keep_out() -> None:
    start = {"adopters": first(100)}
    free = run(network(500, **start), 3.0)[-1]
    assert run(network(500, **start), 3.0, drawdown=0.5)[-1] < free
    assert run(network(500, **start), 3.0, friction=0.05)[-1] < free
    assert run(network(500, **start), 3.0, friction=-0.05)[-1] > free
    assert run(network(500, **start), 3.0, open=False)[-1] == 0.2
    doors = np.arange(500) % 2 == 0
    world = network(500, **start)
    run(world, 3.0, open=doors)
    assert not world.adopted[100:][~doors[100:]].any()
    assert world.adopted[100:][doors[100:]].any()


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    better=st.floats(0.0, 2.0),
    worse=st.floats(0.0, 2.0),
    aversion=st.floats(1.0, 4.0),
)
def test_who_adopts_when_it_pays_less_also_does_when_it_pays_more(
    seed: int, better: float, worse: float, aversion: float
) -> None:
    spec = ImitationSpec(loss_aversion=aversion)
    low, high = (network(30, spec, seed, adopters=first(6)) for _ in range(2))
    for tick in range(60):
        low.step(tick, MONTH, success=-worse, drawdown=0.2)
        high.step(tick, MONTH, success=better)
        assert not (low.adopted & ~high.adopted).any()


# -- names, draws and copies ----------------------------------------------------------------------


@pytest.mark.parametrize("kernel", [False, True])
@pytest.mark.parametrize("spec", [ImitationSpec(imitation=3.0), ThresholdSpec(mean=0.1, sd=0.2)])
def test_a_candidate_nobody_looks_at_changes_nothing(kernel: bool, spec: Any) -> None:
    """Neither a sum nor a draw of the others moves by a bit, wherever it stands."""

    def history(names: Sequence[str]) -> list[list[str]]:
        seen = [0.0 if name == "silent" else 1.0 for name in names]
        if kernel:
            exports = [0.0 if name == "silent" else float(name[-1]) for name in names]
            graph = {"weights": similarity_weights({"exports": exports}, {"exports": 2.0}, seen)}
        else:
            graph = {"influence": seen}
        world = AdoptionNetwork(
            names, spec, streams=Streams(3), path="test", adopters=["state/4"], **graph
        )
        success = [0.3 if name == "silent" else 1.0 + 0.1 * float(name[-1]) for name in names]
        steps = []
        for tick in range(40):
            joined, _ = world.step(tick, 0.25, success=success)
            steps.append([names[i] for i in joined if names[i] != "silent"])
        return steps

    states = [f"state/{i}" for i in range(8)]
    plain = history(states)
    assert sum(map(len, plain)) >= 4
    assert history([*states[:3], "silent", *states[3:]]) == plain
    assert history([*states, "silent"]) == plain


def test_order_of_names_does_not_matter() -> None:
    names = [f"plan/{i}" for i in range(50)]
    spec = ThresholdSpec(reaction=0.1)
    forth = AdoptionNetwork(names, spec, streams=Streams(5), path="plans")
    back = AdoptionNetwork(names[::-1], spec, streams=Streams(5), path="plans")
    for tick in range(60):
        forth.step(tick, MONTH, friction=-0.15)
        back.step(tick, MONTH, friction=-0.15)
    assert 0 < forth.count < 50
    assert forth.adopted.tolist() == back.adopted[::-1].tolist()


def test_a_copy_goes_on_by_itself_and_alike() -> None:
    world = network(200, weights=similarity_weights({"x": range(200)}, {"x": 5.0}))
    run(world, 2.0)
    for duplicate in (copy.copy, copy.deepcopy):
        twin, before = duplicate(world), world.adopted.copy()
        twin_path = [twin.step(tick, MONTH)[0].tolist() for tick in range(24, 60)]
        assert (world.adopted == before).all()
        other = copy.deepcopy(world)
        assert [other.step(tick, MONTH)[0].tolist() for tick in range(24, 60)] == twin_path
        assert (twin.since == other.since).all()
        assert twin.peers is world.peers


def test_when_they_joined_is_kept() -> None:
    world = network(30, adopters=first(2))
    assert world.since.tolist() == [0, 0] + [-1] * 28
    joined, left = world.step(5, 10.0)
    assert len(joined) > 0 == len(left)
    assert (world.since[joined] == 5).all()
    world.move(6, joined[:0], joined[:1])
    assert world.since[joined[0]] == -1
    world._check()


def test_no_time_moves_nobody_and_no_candidates_are_no_trouble() -> None:
    world = network(30, ThresholdSpec(mean=-1.0, reaction=None))
    assert [len(moved) for moved in world.step(0, 0.0)] == [0, 0]
    assert len(world.step(1, 0.1)[0]) == 30
    nobody = network(0)
    assert [len(moved) for moved in nobody.step(0, 1.0)] == [0, 0]
    assert nobody.share == 0.0


# -- similarity -----------------------------------------------------------------------------------

CENTRAL_ASIA, GULF, FAR = range(6), range(6, 12), range(12, 18)
ENDOWMENT = {
    "region": ["Central Asia"] * 6 + ["Gulf"] * 6 + ["elsewhere"] * 6,
    "energy_exports": [0.20] * 6 + [0.25] * 6 + [0.02] * 6,
    "dollar_stress": [0.6] * 6 + [0.3] * 6 + [0.1] * 6,
}
WIDTHS = {"region": 1.0, "energy_exports": 0.1, "dollar_stress": 0.3}


def mean_times(weights: Any) -> list[float]:
    """Return the mean years until a group's members join; candidate 0 leads."""
    years = np.zeros(18)
    for seed in range(80):
        spec = ImitationSpec(innovation=0.003, imitation=1.0)
        world = network(18, spec, seed, weights=weights, adopters=first(1))
        run(world, 15.0, 0.25)
        years += np.where(world.adopted, world.since * 0.25, 15.0)
    groups = (CENTRAL_ASIA[1:], GULF, FAR)
    return [float(np.mean(years[list(group)])) / 80 for group in groups]


def test_similarity_orders_adoption() -> None:
    """S20.4: who resembles the leader comes first; on a complete graph nobody does."""
    near, middle, far = mean_times(similarity_weights(ENDOWMENT, WIDTHS))
    assert near + 0.5 < middle
    assert middle + 0.5 < far
    even = mean_times(None)
    assert max(even) - min(even) < 0.5


def test_weights_by_hand() -> None:
    weights = similarity_weights({"x": [0.0, 1.0, 3.0]}, {"x": 1.0})
    near, far, across = np.exp([-0.5, -4.5, -2.0])
    assert weights[0] == pytest.approx([0.0, near / (near + far), far / (near + far)], rel=1e-12)
    assert weights[1, 2] == pytest.approx(across / (across + near), rel=1e-12)
    named = similarity_weights(
        {"region": ["a", "a", "b"]}, SimilaritySpec(bandwidths={"region": 1})
    )
    assert named[0] == pytest.approx([0.0, 1 / (1 + near), near / (1 + near)], rel=1e-12)
    alone = similarity_weights({"x": [0.0, 1e6]}, {"x": 1.0})
    assert alone.tolist() == [[0.0, 0.0], [0.0, 0.0]]


# -- thresholds -----------------------------------------------------------------------------------


def granovetter(thresholds: Sequence[float]) -> int:
    spec = ThresholdSpec(reaction=None)
    world = network(len(thresholds), spec, thresholds=thresholds)
    run(world, 15.0, 0.1)
    return world.count


def test_granovetters_crowds() -> None:
    """His two crowds of 100 that differ in one threshold: a riot of all, and a single rioter."""
    uniform = [k / 100 for k in range(100)]
    assert granovetter(uniform) == 100
    assert granovetter([0.0, 0.02, *uniform[2:]]) == 1


def test_granovetters_normal_crowd_tips_between_spreads_of_012_and_013() -> None:
    """Thresholds at the quantiles of a normal of mean 25: few riot at sd 12, nearly all at 13."""
    from scipy.stats import norm

    quantiles = norm.ppf((np.arange(100) + 0.5) / 100)
    assert granovetter(0.25 + 0.12 * quantiles) < 10
    assert granovetter(0.25 + 0.13 * quantiles) > 90


def opened_and_reversed(spec: ThresholdSpec, **graph: Any) -> tuple[float, float, float]:
    """Return the share before a rule that encourages adoption, under it, and after its repeal."""
    world = network(1_000, spec, **graph)
    shares, tick = [], 0
    for friction in (0.05, -0.15, 0.05):
        for _ in range(60):
            world.step(tick, MONTH, friction=friction)
            tick += 1
        shares.append(world.share)
    return shares[0], shares[1], shares[2]


def test_taking_a_rule_back_does_not_take_the_share_back() -> None:
    """S20.5, and its ablation: who looks at nobody and has one threshold goes back."""
    before, under, after = opened_and_reversed(ThresholdSpec())
    assert before < 0.05
    assert under > 0.95
    assert after > 0.9
    # The lower threshold alone: those above it stay though they look at nobody.
    nobody = np.zeros((1_000, 1_000))
    before, under, after = opened_and_reversed(ThresholdSpec(), weights=nobody)
    assert before < 0.05 < 0.1 < under
    assert after > before + 0.05
    before, under, after = opened_and_reversed(ThresholdSpec(gap=0.0), weights=nobody)
    assert before < 0.05 < 0.1 < under
    assert after == pytest.approx(before, abs=0.005)


def test_a_failure_empties_the_pool_at_once() -> None:
    world = network(50, ThresholdSpec(reaction=None), adopters=first(50))
    assert len(world.step(0, MONTH)[1]) == 0
    assert len(world.step(1, MONTH, success=-0.2)[1]) == 50


# -- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: network(3, adopters=["x"]), r"adopters must be among the names, got \['x'\]"),
        (lambda: network(2, thresholds=[1, 2]), "thresholds are those of a ThresholdSpec"),
        (
            lambda: network(2, ThresholdSpec(), thresholds=[1, 2, 3]),
            "thresholds must be a finite number, or one for each of 2 names",
        ),
        (lambda: network(2).step(0, -1.0), "years must be >= 0 and finite, got -1.0"),
        (lambda: network(2).step(0, 1.0, success=[1.0]), "success must be a finite number"),
        (lambda: network(2).step(0, 1.0, drawdown=np.nan), "drawdown must be a finite number"),
        (lambda: network(2, weights=np.eye(3)), r"shape \(2, 2\), got \(3, 3\)"),
        (lambda: network(2, weights=[[0, 0.5], [1, 0]]), "rows of weights must sum to 1 or be 0"),
        (lambda: network(2, weights=[[0, -1], [1, 0]]), "weights must be finite and >= 0"),
        (lambda: network(2, influence=[1, -1]), "influence must be 2 numbers >= 0"),
        (lambda: network(2, weights=np.eye(2), influence=[1, 1]), "give one of them"),
        (lambda: similarity_weights({"x": [1.0]}, {"y": 1.0}), "must name the same"),
        (lambda: similarity_weights({"x": [1.0]}, {"x": 0.0}), r"bandwidths\['x'\] must be > 0"),
        (lambda: similarity_weights({"x": [1.0, np.inf]}, {"x": 1.0}), "must be finite numbers"),
        (
            lambda: similarity_weights({"x": [1.0], "y": [1.0, 2.0]}, {"x": 1.0, "y": 1.0}),
            "attributes must be of the same length",
        ),
        (
            lambda: AdoptionNetwork(["a", "a"], ImitationSpec(), streams=Streams(1), path="t"),
            "names must be different",
        ),
    ],
)
def test_errors_name_argument_value_and_rule(call: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        call()
