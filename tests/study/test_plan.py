"""The plan of a sweep: names and values are checked against the experiment."""

from __future__ import annotations

import polars as pl
import pytest
from sweeping import plan, study, sweep

from experiments import pension_entry
from tidegate.study.plan import Plan


def pension(**changes):
    content = {"experiment": "pension_entry", "arms": ["a0", "a10-default"], **changes}
    return Plan.made(study(**{"parameters": {}, **content}), pension_entry.EXPERIMENT)


def test_points_are_numbered_and_of_the_parameters_kind():
    found = plan(parameters={}, vary={"drift": [0, 0.1], "days": [4, 5]})
    assert found.points.schema == {"point": pl.Int64, "drift": pl.Float64, "days": pl.Int64}
    assert found.points.rows() == [(0, 0.0, 4), (1, 0.0, 5), (2, 0.1, 4), (3, 0.1, 5)]
    assert len(found) == 4
    assert found.runs == 4 * 2 * 2
    assert found.values(2) == {"drift": 0.1, "days": 4}


def test_ranges_of_integers_yield_integers():
    vary = {"days": {"low": 3, "high": 9}, "drift": {"low": 0, "high": 1e-1}}
    found = plan(parameters={}, vary=vary, design={"kind": "latin-hypercube", "points": 7})
    assert sorted(found.points["days"].to_list()) == [3, 4, 5, 6, 7, 8, 9]
    assert found.points["drift"].dtype == pl.Float64


def test_a_point_has_fixed_and_varied_parameters():
    parameters = plan().parameters(1)
    assert (parameters.days, parameters.drift, parameters.sigma) == (4, 0.01, 0.02)


def test_arms_run_in_the_order_named_and_metrics_are_those_named():
    found = plan(arms=["subsidy", "none"], metrics=["drawdown"])
    assert [arm.label for arm in found.arms(0)] == ["subsidy", "none"]
    assert found.metrics == ("drawdown",)
    everything = plan(arms=None)
    assert set(everything.labels) == {
        ("none", "placebo", "subsidy", "none.frozen", "subsidy.frozen")
    }
    assert everything.metrics == ("price", "volatility", "drawdown")


def test_the_digest_is_that_of_the_points():
    assert plan().digest == plan(seeds=5, arms=None).digest
    assert plan().digest != plan(vary={"drift": [0.0, 0.01, 0.03]}).digest
    assert plan().digest != plan(parameters={}, vary={"sigma": [0.02]}).digest


def test_paths_of_the_scenario_can_be_fixed_and_varied():
    found = pension(
        parameters={"holders.turnover": 0.01},
        vary={"arbitrage.capital": [1e8, 2e8], "pension.routes.default.rebalancing": ["none"]},
    )
    scenario = found.parameters(1).scenario()
    assert scenario.holders.turnover == 0.01
    assert scenario.arbitrage.capital == 2e8
    assert found.points.columns[1:] == ["arbitrage.capital", "pension.routes.default.rebalancing"]


def test_a_range_over_a_path_is_of_its_kind():
    vary = {"makers.levels": {"low": 3, "high": 5}, "holders.turnover": {"low": 0.01, "high": 0.02}}
    found = pension(vary=vary, design={"kind": "latin-hypercube", "points": 3})
    assert sorted(found.points["makers.levels"].to_list()) == [3, 4, 5]
    assert found.points["holders.turnover"].dtype == pl.Float64


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"vary": {"drfit": [0.1]}}, ("'drfit' is unknown to walk", "nearest: drift")),
        ({"parameters": {"day": 3}}, ("'day' is unknown to walk", "nearest: days")),
        ({"vary": {"a.b": [1]}}, ("'a.b' is unknown to walk", "it has days, drift")),
        ({"arms": ["none", "subsidies"]}, ("arm 'subsidies' is unknown", "nearest: subsidy")),
        ({"metrics": ["prise"]}, ("metric 'prise' is unknown", "nearest: price")),
        ({"vary": {"drift": [0.1, 3]}}, ("vary.drift: drift is 3", ">= 0 and <= 0.1")),
        ({"vary": {"drift": ["up"]}}, ("vary.drift: drift is 'up'",)),
        ({"parameters": {"days": 1}}, ("days is 1; it must be >= 2",)),
        (
            {
                "vary": {"drift": {"low": 0, "high": 0.2}},
                "design": {"kind": "latin-hypercube", "points": 2},
            },
            ("vary.drift: drift is 0.2", "<= 0.1"),
        ),
        (
            {
                "vary": {"days": {"low": 2.5, "high": 4}},
                "parameters": {},
                "design": {"kind": "latin-hypercube", "points": 2},
            },
            ("vary.days: days is 2.5",),
        ),
        (
            {"vary": {"sigma": [0.1]}, "arms": None},
            ("point 0 (sigma=0.1) cannot be built: sigma is 0.1, but arms set", "none.frozen"),
        ),
        (
            {"vary": {"days": [4, 2.5]}, "parameters": {}},
            ("days is 2.5; it must be a whole number >= 2 and <= 10000",),
        ),
        ({"vary": {"crash_seed": [2, True]}}, ("crash_seed is True; it must be a number",)),
        ({"parameters": {"days": "4"}}, ("days is '4'; it must be a number",)),
        ({"vary": {"drift": [[0.1]]}}, ("drift is [0.1]; it must be a number >= 0 and <= 0.1",)),
        ({"arms": ["subsidies"]}, ("arm 'subsidies' is unknown", "nearest: subsidy")),
        ({"vary": {"seed": [1]}}, ("vary.seed: a column of the results has that name",)),
    ],
)
def test_what_the_experiment_lacks_is_named_with_the_nearest(changes, words):
    with pytest.raises(ValueError, match=r"\w") as caught:
        plan(**changes)
    assert all(word in str(caught.value) for word in words), caught.value


@pytest.mark.parametrize(
    ("vary", "words"),
    [
        ({"holders.turnovr": [0.1]}, ("'holders.turnovr' is unknown", "holders.turnover")),
        ({"holders.turnover": [-1]}, ("vary.holders.turnover:", "-1", "greater than 0")),
        ({"elasticty": [0.1]}, ("'elasticty' is unknown", "elasticity")),
        ({"holders": [1]}, ("vary.holders:",)),
        ({"change": [["holders.turnover=1"]]}, ("vary.change: paths", "[parameters] or [vary]")),
    ],
)
def test_paths_that_are_none_are_named_with_the_nearest(vary, words):
    with pytest.raises(ValueError, match=r"\w") as caught:
        pension(vary=vary)
    assert all(word in str(caught.value) for word in words), caught.value


def test_a_range_of_what_is_no_number_is_refused():
    with pytest.raises(ValueError, match=r"vary\.matching is a range, but matching is no number"):
        pension(
            vary={"matching": {"low": 0, "high": 1}},
            design={"kind": "latin-hypercube", "points": 2},
        )


def test_an_arm_that_a_point_lacks_is_named_with_the_point():
    vary = {"allocations": [[0.05, 0.2], [0.05]]}
    with pytest.raises(ValueError, match=r"'a20-default' .* at point 1 \(allocations=\[0\.05\]\)"):
        pension(vary=vary, arms=["a5-default", "a20-default"])


def test_an_arm_that_only_varied_values_bring_is_no_stranger():
    found = pension(vary={"allocations": [[0.05], [0.05, 0.2]]}, arms=["a0", "a5-default"])
    assert found.values(1) == {"allocations": [0.05, 0.2]}
    assert found.labels == (("a0", "a5-default"),) * 2


def test_where_many_names_are_and_none_is_near_their_list_is_told():
    with pytest.raises(ValueError, match="'zzzzzz' is unknown") as caught:
        pension(vary={"zzzzzz": [1]})
    assert "python -m experiments.pension_entry --help" in str(caught.value)
    assert "flat.paths" in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("parameters", "vary", "words"),
    [
        (
            {},
            {"elasticity": [0.1, 0.2], "holders.elasticity": [0.3, 0.4]},
            "vary.elasticity has no effect, as vary.holders.elasticity sets the same value",
        ),
        (
            {"holders.elasticity": 0.3},
            {"elasticity": [0.1]},
            "vary.elasticity has no effect, as parameters.holders.elasticity sets",
        ),
        (
            {"elasticity": 0.5},
            {"holders.elasticity": [0.3, 0.4]},
            "parameters.elasticity has no effect, as vary.holders.elasticity sets",
        ),
    ],
)
def test_a_parameter_that_a_path_makes_vain_is_refused(parameters, vary, words):
    with pytest.raises(ValueError, match=words):
        pension(parameters=parameters, vary=vary)


def test_a_range_that_a_path_makes_vain_is_refused():
    with pytest.raises(ValueError, match=r"vary\.elasticity has no effect"):
        pension(
            vary={"elasticity": {"low": 0.1, "high": 0.2}, "holders.elasticity": [0.3]},
            design={"kind": "latin-hypercube", "points": 2},
        )


def test_parameters_beside_paths_of_other_values_are_no_matter():
    found = pension(
        parameters={"accounts": 600, "elasticity": 0.2},
        vary={"holders.turnover": [0.01, 0.02], "step_hours": [12, 24], "ramps": [[1.0], [3.0]]},
    )
    assert len(found) == 8


@pytest.mark.parametrize("table", ["results", "runs"])
def test_names_of_columns_are_refused(table, tmp_path):
    sweep(tmp_path)
    columns = set(pl.read_parquet(tmp_path / f"{table}.parquet").columns) - {"drift"}
    for name in columns:
        with pytest.raises(ValueError, match=rf"vary\.{name}: a column of the results has"):
            plan(vary={name: [1]})


def test_only_arms_that_run_are_checked():
    found = plan(vary={"sigma": [0.1, 0.2]}, arms=["none", "subsidy"])
    assert found.parameters(1).sigma == 0.2
    assert [arm.label for arm in plan(arms=["none.frozen"]).arms(0)] == ["none.frozen"]
    with pytest.raises(ValueError, match=r"none\.frozen") as caught:
        plan(vary={"sigma": [0.1]}, arms=["none", "none.frozen"])
    assert "--" not in str(caught.value)


def test_which_arms_run_is_no_part_of_what_decides_a_run():
    assert plan(arms=["none"]).digest_at(1) == plan(arms=None).digest_at(1)
    assert plan().digest_at(0) != plan().digest_at(1)
