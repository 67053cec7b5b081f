"""The pension plan: what a headline becomes by route, exact at any step length."""

import copy
import datetime as dt
import pickle
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.agents.business_days import DAY_SECONDS, YEAR_SECONDS, BusinessDays
from tidegate.agents.payroll import YEAR_PARTS
from tidegate.agents.pension_plan import MICRO, PensionPlan
from tidegate.scenario.levers import PensionLevers
from tidegate.scenario.pension import MenuRoute, PayMix, PensionSpec, SleeveRoute, WindowRoute

BN = 1_000_000_000 * MICRO
YEAR = YEAR_SECONDS
CENT = MICRO // 100
ROUTES = ["default", "menu", "window", "headline"]


def plan(route: str = "default", **levers: object) -> PensionPlan:
    settings: dict[str, object] = {
        "opened": 0,
        "allocation": 0.01,
        "route": route,
        "ramp_months": 24.0,
        **levers,
    }
    return PensionPlan(levers=PensionLevers.model_validate(settings))


def test_status_quo_moves_nothing() -> None:
    quo = PensionPlan()
    assert quo.flow(0, 20 * YEAR) == 0
    assert quo.target_share(YEAR) == 0.0
    assert quo.contributions(0, YEAR) > 590 * BN


def test_one_percent_of_8_7_trillion_by_route() -> None:
    in_the_end = {route: plan(route).stock_shift_flow(0, 90 * YEAR) / BN for route in ROUTES}
    assert in_the_end["headline"] == pytest.approx(87.0, rel=1e-9)
    assert in_the_end["default"] == pytest.approx(14.007, rel=1e-9)
    assert in_the_end["menu"] == pytest.approx(10.266, rel=1e-3)
    assert in_the_end["window"] == pytest.approx(2.175, rel=1e-9)
    two_years = {route: plan(route).flow(0, 2 * YEAR) for route in ROUTES}
    # Inertia: the default brings many times what the menu does, the headline more than both.
    assert two_years["default"] > 10 * two_years["menu"] > 10 * MICRO
    assert two_years["headline"] > 5 * two_years["default"]


@pytest.mark.parametrize(
    ("route", "shifted", "contributed"),
    [
        ("default", 12841731748724100, 3273453636613190),
        ("menu", 863560111586700, 37177769812305),
        ("window", 745115420463600, 33922959717759),
        ("headline", 79762308998304600, 5474002736811398),
    ],
)
def test_two_years_to_the_micro_dollar(route: str, shifted: int, contributed: int) -> None:
    """The same bits on every machine: one changed bit of exp would show here."""
    assert plan(route).stock_shift_flow(0, 2 * YEAR) == shifted
    assert plan(route).contribution_flow(0, 2 * YEAR) == contributed


def test_one_percent_of_pay_is_a_quarter_billion_a_fortnight() -> None:
    """600 bn a year at 1 % is 0.23 bn a payday if everybody were paid every other Friday."""
    headline = plan("headline", ramp_months=0.001)
    fortnight = headline.contribution_flow(5 * YEAR, 5 * YEAR + 14 * DAY_SECONDS)
    assert fortnight / BN == pytest.approx(0.23, abs=0.12)
    year = headline.contribution_flow(5 * YEAR, 6 * YEAR)
    assert year / BN == pytest.approx(6.0, rel=0.01)


@pytest.mark.parametrize("route", ROUTES)
def test_hours_days_and_weeks_sum_to_the_same_money(route: str) -> None:
    span = 26 * 7 * DAY_SECONDS
    one = plan(route, opened=40 * DAY_SECONDS + 11)
    for flow in (one.stock_shift_flow, one.contribution_flow, one.contributions, one.flow):
        whole = flow(0, span)
        for step in (3_600, DAY_SECONDS, 7 * DAY_SECONDS):
            edges = range(0, span + 1, step)
            assert sum(flow(a, b) for a, b in pairwise(edges)) == whole


@settings(max_examples=60)
@given(
    route=st.sampled_from(ROUTES),
    allocation=st.floats(0.0, 1.0),
    ramp=st.floats(1.0, 120.0),
    opened=st.integers(0, YEAR),
    curve=st.sampled_from(["bass", "logistic"]),
    cuts=st.lists(st.integers(0, 2 * YEAR), max_size=8),
)
def test_any_cut_of_time_sums_to_the_same_money(  # type: ignore[no-untyped-def]
    route, allocation, ramp, opened, curve, cuts
) -> None:
    one = plan(route, allocation=allocation, ramp_months=ramp, opened=opened)
    one = one.model_copy(update={"curve": curve})
    edges = [0, *sorted(cuts), 2 * YEAR]
    pieces = [one.flow(a, b) for a, b in pairwise(edges)]
    assert sum(pieces) == one.flow(0, 2 * YEAR)
    assert min(pieces) >= 0
    assert one.flow(0, opened) == 0


def test_gross_contributions_are_exact_to_the_micro_unit() -> None:
    one = PensionPlan()
    parts = sum(payday.parts for payday in one.paydays(0, 3 * YEAR))
    assert one.contributions(0, 3 * YEAR) == 600 * BN * parts // YEAR_PARTS


def test_sleeve_contributions_are_the_share_of_each_payday() -> None:
    one = plan(ramp_months=36.0)
    expected = sum(
        600 * BN * payday.parts / YEAR_PARTS * one.contribution_share(payday.second)
        for payday in one.paydays(0, 3 * YEAR)
    )
    assert one.contribution_flow(0, 3 * YEAR) == pytest.approx(expected, rel=1e-12)


def test_target_share_follows_the_sponsors() -> None:
    one = plan(opened=YEAR)
    assert one.target_share(YEAR) == 0.0
    shares = [one.target_share(YEAR + n * YEAR // 12) for n in range(120)]
    assert shares == sorted(shares)
    assert one.target_share(90 * YEAR) == pytest.approx(0.01 * 0.161, rel=1e-12)
    assert one.sleeve_share(90 * YEAR) == pytest.approx(0.01, rel=1e-12)
    assert one.contribution_share(90 * YEAR) == pytest.approx(0.01 * 0.598, rel=1e-12)
    held = one.assets_usd * MICRO * one.target_share(3 * YEAR)
    assert one.stock_shift_flow(0, 3 * YEAR) == pytest.approx(held, abs=2 * CENT)


def test_new_levers_go_on_from_where_the_plan_stands() -> None:
    first = plan()
    turn = 2 * YEAR
    second = first.with_levers(
        PensionLevers(opened=turn, allocation=0.05, route="default", ramp_months=12.0), turn
    )
    assert second.target_share(turn) == first.target_share(turn)
    assert second.contribution_share(turn) == first.contribution_share(turn)
    total = first.stock_shift_flow(0, turn) + second.stock_shift_flow(turn, 60 * YEAR)
    assert total / BN == pytest.approx(0.05 * 0.161 * 8_700, rel=1e-9)


def test_reversal_unwinds_what_was_built() -> None:
    first, turn = plan(ramp_months=6.0), 3 * YEAR
    closed = first.with_levers(PensionLevers(opened=turn, allocation=0.0, ramp_months=6.0), turn)
    built = first.stock_shift_flow(0, turn)
    unwound = closed.stock_shift_flow(turn, 60 * YEAR)
    assert abs(built + unwound) <= CENT
    assert closed.contribution_flow(59 * YEAR, 60 * YEAR) == 0


def test_another_route_goes_on_from_where_the_last_one_stands() -> None:
    turn = 4 * YEAR
    wide = plan("headline", allocation=0.1)
    narrow = wide.with_levers(
        PensionLevers(opened=turn, allocation=0.1, route="window", ramp_months=24.0), turn
    )
    assert narrow.target_share(turn) == wide.target_share(turn)
    assert narrow.sleeve_share(turn) == 1.0
    assert narrow.stock_shift_flow(turn, turn + YEAR) < 0
    assert narrow.target_share(60 * YEAR) == pytest.approx(0.1 * 0.025, rel=1e-6)


def test_closing_access_freezes_the_shares() -> None:
    frozen = plan().with_levers(PensionLevers(), YEAR)
    assert frozen.target_share(9 * YEAR) == plan().target_share(YEAR) > 0.0
    assert frozen.stock_shift_flow(YEAR, 9 * YEAR) == 0
    assert frozen.contribution_flow(YEAR, 2 * YEAR) > 0


def test_levers_read_late_lose_nothing() -> None:
    levers = PensionLevers(opened=100, allocation=0.01, ramp_months=12.0)
    late = PensionPlan().with_levers(levers, DAY_SECONDS)
    assert late.adoption_start == DAY_SECONDS
    assert late.stock_shift_flow(DAY_SECONDS, 60 * YEAR) / BN == pytest.approx(14.007, rel=1e-9)
    # Reading the same board again, or another rebalancing rule, does not restart adoption.
    again = late.with_levers(levers, 9 * DAY_SECONDS)
    assert again == late
    ruled = late.with_levers(levers.model_copy(update={"rebalancing": "none"}), YEAR)
    assert ruled.target_share(2 * YEAR) == late.target_share(2 * YEAR) > 0.0


def test_moving_assets_scale_the_shift() -> None:
    one = plan()
    doubled = one.stock_shift_flow(0, YEAR, assets=2 * one.assets_usd * MICRO)
    assert doubled == pytest.approx(2 * one.stock_shift_flow(0, YEAR), abs=2)


@given(flow=st.integers(-(10**19), 10**19), share=st.floats(0.0, 1.0))
def test_a_flow_splits_without_remainder(flow: int, share: float) -> None:
    one = PensionPlan(btc_share=share)
    btc, rest = one.split(flow)
    assert btc + rest == flow
    assert abs(btc - flow * round(share * 1e9) / 1e9) <= max(1, abs(flow) * 1e-15)
    assert one.split(-flow) == (-btc, -rest)


def test_btc_takes_55_percent_of_a_flow() -> None:
    assert PensionPlan().split(100 * BN) == (55 * BN, 45 * BN)


def test_fee_accrues_the_same_at_any_step() -> None:
    one, sleeve = PensionPlan(), 87 * BN + 1
    assert one.fee(sleeve, 0, YEAR) == sleeve * 25 // 10_000
    hours = sum(one.fee(sleeve, t, t + 3_600) for t in range(0, 100 * DAY_SECONDS, 3_600))
    assert hours == one.fee(sleeve, 0, 100 * DAY_SECONDS)
    assert one.fee_gap == pytest.approx(-0.0001)


def test_rebalancing_sells_rallies_and_buys_dips() -> None:
    one = plan(rebalancing="calendar", ramp_months=0.001)
    days = BusinessDays()
    quarter_end = days.strike_of(dt.date(2026, 3, 31))
    day = (quarter_end, quarter_end + DAY_SECONDS)
    reached = 1_400 * BN
    assert one.rebalancing_flow(*day, 14 * BN, reached) == 0
    assert one.rebalancing_flow(*day, 20 * BN, reached) == -6 * BN
    assert one.rebalancing_flow(*day, 10 * BN, reached) == 4 * BN
    assert one.rebalancing_flow(quarter_end + 1, quarter_end + 2, 20 * BN, reached) == 0


def test_rebalancing_is_the_routes_unless_the_lever_says() -> None:
    strike = BusinessDays().strike_of(dt.date(2026, 1, 6))
    doubled = (strike, strike + 1, 56 * BN, 1_400 * BN)
    assert plan(ramp_months=0.001).rebalancing_flow(*doubled) < 0
    assert plan("menu").rebalancing_flow(*doubled) == 0
    assert plan("menu", rebalancing="band").rebalancing_flow(*doubled) < 0
    assert plan(rebalancing="none").rebalancing_flow(*doubled) == 0


def test_a_plan_is_made_of_a_scenarios_sector() -> None:
    sector = PensionSpec(assets_usd=1_000_000, contributions_usd=0)
    one = PensionPlan(**dict(sector), levers=plan("headline").levers)
    assert one.flow(0, 60 * YEAR) == 10_000 * MICRO


def test_plans_copy_and_pickle() -> None:
    one = plan("menu")
    assert pickle.loads(pickle.dumps(one)) == one
    assert copy.deepcopy(one) is one
    assert hash(one) == hash(plan("menu"))


def test_every_default_has_a_unit_and_a_source() -> None:
    models = (PensionPlan, PensionLevers, BusinessDays, PayMix, SleeveRoute, MenuRoute, WindowRoute)
    for model in models:
        for name, field in model.model_fields.items():
            if field.annotation in (int, float, bool, float | None):
                extra = field.json_schema_extra
                assert isinstance(extra, dict), name
                assert extra["unit"], name
                assert extra["source"], name


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: plan().stock_shift_flow(5, 4), "0 <= start <= end, got 5, 4"),
        (lambda: plan().contribution_flow(-1, 4), "0 <= start <= end, got -1, 4"),
        (lambda: plan().contributions(-1, 4), "0 <= start <= end, got -1, 4"),
        (lambda: plan().stock_shift_flow(0, 4, -1), "assets must be >= 0 micro-USD, got -1"),
        (lambda: plan().fee(-1, 0, 1), "sleeve must be >= 0 micro-USD, got -1"),
        (lambda: PensionPlan(assets_usd=0), r"assets_usd\n.*greater than 0.*input_value=0"),
        (lambda: PensionPlan(btc_share=1.1), r"btc_share\n.*less than or equal to 1.*1\.1"),
        (lambda: plan("lottery"), r"route\n.*'default', 'menu', 'window' or 'headline'.*lottery"),
        (lambda: plan(ramp_months=0), r"ramp_months\n.*greater than 0.*input_value=0"),
    ],
)
def test_errors_name_argument_value_and_rule(call, told) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=told):
        call()
