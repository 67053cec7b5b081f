"""All plans in a market: payroll arithmetic, conservation, step length, forks, and directions."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.agents.plan_worlds import DAY, MICRO, Crowd, Dial, Everybody, PlanStall, small
from tidegate.agents.bad_case import BadCase
from tidegate.agents.plan_population import PlanPopulation
from tidegate.agents.whole_columns import total
from tidegate.scenario.pension import PayMix
from tidegate.scenario.plan_population import PlanPopulationSpec
from tidegate.scenario.plan_sponsors import FeeFriction, LitigationSpec, SponsorSpec
from tidegate.scenario.savers import BehaviourSpec, CohortSpec, GlideSpec, SaverSpec

BILLION = 10**9 * MICRO
BIWEEKLY = PayMix(weekly=0.0, biweekly=1.0, semimonthly=0.0, monthly=0.0)
NO_FEE = FeeFriction(sleeve=0.0)
AT_WORK = SaverSpec(
    cohorts=(
        CohortSpec(name="all", age=40.0, heads=1.0, balance=100_000.0, pay=70_000.0, wish=0.4),
    ),
    groups=1,
    glide=GlideSpec(sleeve="flat"),
)


def sector(**changes: Any) -> PlanPopulationSpec:
    """Return the whole 401(k) sector, in few plans of savers who all are at work."""
    fields: dict[str, Any] = {
        "growth": 0.0,
        "pay_growth": 0.0,
        "btc_share": 1.0,
        "pay": BIWEEKLY,
        "savers": AT_WORK,
        "sponsors": SponsorSpec(plans=10, fees=NO_FEE),
        **changes,
    }
    return PlanPopulationSpec(**fields)


def headline(allocation: float = 0.01, **levers: Any) -> Dial:
    return Dial(**{"opened": 0, "route": "headline", "allocation": allocation, **levers})


def planned(spec: PlanPopulationSpec, dial: Dial, days: int) -> list[int]:
    """Return what was planned by the end of each day, where no order can be filled."""
    stall = PlanStall(spec, dial, daily_volume=0.0)
    path = []
    for _ in range(days):
        stall.days(1)
        path.append(stall.plans.planned)
    return path


# ---- Payroll arithmetic of M9 -----------------------------------------------------------------


def test_one_per_cent_of_the_stock_is_87_billion() -> None:
    path = planned(sector(), headline(), 26)  # 30 January 2026 is the first month's last strike
    assert path[24] == 0
    saved = 600 * 14 / 365.2425 * 2  # four Fridays of half the employers
    assert path[25] / BILLION == pytest.approx(0.01 * (8_700 + saved), rel=1e-6)
    assert path[25] / BILLION == pytest.approx(87, rel=0.01)


def test_a_biweekly_payroll_brings_023_billion() -> None:
    """600 bn x 1 % / 26 = 0.2308 bn; two Fridays of half the employers are one payroll."""
    path = planned(sector(), headline(rebalancing="none"), 40)
    fortnight = path[39] - path[25]  # 6 and 13 February
    assert fortnight / BILLION == pytest.approx(600 * 0.01 * 14 / 365.2425, rel=1e-6)
    assert fortnight / BILLION == pytest.approx(0.23, abs=0.005)


def test_ten_per_cent_is_22_per_cent_of_the_market() -> None:
    path = planned(sector(), headline(0.1), 26)
    assert path[25] / BILLION == pytest.approx(870, rel=0.01)
    assert path[25] / (4_000 * BILLION) == pytest.approx(0.22, abs=0.005)


def test_the_default_route_reaches_what_default_funds_hold() -> None:
    """16.1 % of assets, in a year; 59.8 % of contributions (PEN-H25)."""
    spec = sector(phase_months=1)
    path = planned(spec, headline(route="default", rebalancing="none"), 40)
    in_funds = 0.161 * 8_700 + 0.598 * 600 * 28 / 365.2425
    assert path[25] / BILLION == pytest.approx(0.01 * in_funds, rel=1e-5)
    fortnight = (path[39] - path[25]) / BILLION
    assert fortnight == pytest.approx(0.598 * 600 * 0.01 * 14 / 365.2425, rel=1e-5)


def test_routes_are_ordered_by_inertia() -> None:
    """PEN-H25, over two years; in the first months the few who use a window are ahead of menus."""
    flows = {
        route: planned(sector(), headline(route=route, safe_harbour=True), 730)[-1]
        for route in ("headline", "default", "menu", "window")
    }
    assert flows["headline"] > flows["default"] > flows["menu"] > flows["window"] > 0


def test_two_fifths_of_a_flow_into_coins_buys_other_coins() -> None:
    stall = PlanStall(sector(btc_share=0.6), headline(), daily_volume=0.0)
    stall.days(40)
    assert stall.plans.held.elsewhere / stall.plans.planned == pytest.approx(0.4 / 0.6, rel=1e-6)


def test_a_share_of_btc_that_whole_parts_per_million_cannot_hold_is_refused() -> None:
    """Rounded to none it divided by nought as soon as coins were valued."""
    with pytest.raises(ValueError, match=r"btc_share\n.*greater than or equal to 0\.001"):
        PlanPopulationSpec(btc_share=1e-7)


# ---- Conservation -----------------------------------------------------------------------------


def wealth(plans: PlanPopulation) -> int:
    """Return savers' money outside coins, with what they have paid for coins, net."""
    return total(plans.savers.other) + int(plans.held.paid.sum())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(["default", "menu", "headline"]),
    st.floats(0.0, 0.3),
    st.lists(
        st.tuples(
            st.floats(0.3, 2.0),
            st.sampled_from(["", "reverse", "halve", "harbour", "route", "freeze", "thaw"]),
        ),
        min_size=2,
        max_size=6,
    ),
    st.integers(0, 5),
)
def test_units_cash_and_coins_are_conserved_at_every_step(
    route: str, allocation: float, months: list[tuple[float, str]], seed: int
) -> None:
    """`PlanStall.days` audits the books every day, and asks `_check` of fund and savers.

    Units sum, cash is backlog plus owed, savings are those of the start, plus saved, plus earned,
    less drawn.
    """
    dial = headline(allocation, route=route)
    spec = small(plans=5, sponsors=SponsorSpec(plans=5, litigation=LitigationSpec(suit_hazard=8)))
    stall = PlanStall(spec, dial, daily_volume=10.0 ** (5 + seed))
    plans, price = stall.plans, 100_000.0
    for change, turn in months:
        price = min(max(price * change, 5_000.0), 5e5)  # what the dealer can pay for
        stall.days(31, price)
        at = stall.clock.end
        if turn == "reverse":
            dial.turn(reversed_from=at)
        elif turn == "halve":
            dial.turn(allocation=dial.now.allocation / 2)
        elif turn == "harbour":
            dial.turn(safe_harbour=True)
        elif turn == "route":
            dial.turn(route="headline" if dial.now.route == "default" else "default")
        elif turn in ("freeze", "thaw"):
            dial.turn(frozen=turn == "freeze")
    frame = plans.records.frame()
    assert frame.height == 31 * len(months)
    cash = frame["paid_in"] + frame["made_good"] - frame["paid_out"] - frame["invested"]
    assert (cash - frame["cash"]).abs().max() < 1e-3
    assert (frame["cash"] - frame["backlog"] - frame["owed"]).abs().max() < 1e-3


def test_savings_come_from_paydays_alone_and_go_with_retirement_alone() -> None:
    stall = PlanStall(small(), headline(0.05), daily_volume=0.0)
    plans = stall.plans
    start = wealth(plans)
    stall.days(364)
    assert wealth(plans) == start + plans.held.saved - plans.held.drawn
    # 51 Fridays at least, 24 half-months, 12 months; savers age, and pay a little more.
    assert plans.held.saved / MICRO == pytest.approx(10**9, rel=0.03)
    assert plans.held.drawn > 0 == plans.held.earned


def test_records_of_plans_sum_to_the_sectors() -> None:
    stall = PlanStall(small(), headline(0.02))
    stall.days(59)
    month = stall.plans.records.plan_frame()
    by_class = stall.plans.records.saver_frame()
    for number in (1, 2):
        units = [f.filter(f["month"] == number)["units"].sum() for f in (month, by_class)]
        assert units[0] == pytest.approx(units[1], rel=1e-12)
    assert units[0] * MICRO == pytest.approx(stall.plans.sleeve.trust.outstanding, rel=1e-12)
    assert month["offers"].all()
    assert set(by_class["cohort"]) == {c.name for c in SaverSpec().cohorts}


# ---- The same at any step length, again, and in a copy -----------------------------------------


def fingerprint(plans: PlanPopulation) -> tuple[Any, ...]:
    return (
        plans.planned,
        plans.held.elsewhere,
        plans.held.drawn,
        total(plans.savers.other),
        plans.sleeve.trust.units.tobytes(),
        plans.savers.other.tobytes(),
        plans.savers.uptake.tobytes(),
        plans.sponsors.offers.tobytes(),
        plans.sleeve.paid_in,
        plans.sleeve.owed + plans.sleeve.paid_out,
    )


@pytest.mark.parametrize("hours", [1, 6])
def test_steps_of_any_length_bring_the_same_money(hours: int) -> None:
    """Decisions go by date; where nothing trades and prices stand still, all bits agree."""
    spec = small(sponsors=SponsorSpec(plans=12, litigation=LitigationSpec(dread=0.0)))
    prints = []
    for step in (DAY, 3600 * hours):
        stall = PlanStall(spec, headline(route="menu"), peers=Crowd(12, p=1.0), daily_volume=0.0)
        if step != DAY:
            stall = PlanStall(
                spec, headline(route="menu"), peers=Crowd(12, p=1.0), daily_volume=0.0, step=step
            )
        stall.days(100)
        prints.append(fingerprint(stall.plans))
    assert prints[0] == prints[1]
    assert prints[0][0] > 0


def test_a_run_is_the_same_twice_and_a_fork_goes_on_like_the_original() -> None:
    stalls = [PlanStall(small(), headline(), peers=Crowd(12, p=0.5)) for _ in range(2)]
    for stall in stalls:
        stall.days(70)
    fork = copy.deepcopy(stalls[0])
    for stall in (*stalls, fork):
        stall.dial.turn(allocation=0.02)
        stall.days(70, 80_000.0)
    prints = [fingerprint(stall.plans) for stall in (*stalls, fork)]
    assert prints[0] == prints[1] == prints[2]
    digests = {s.plans.records.sector.digest for s in (*stalls, fork)}
    assert len(digests) == 1


def test_a_fork_leaves_its_original_alone() -> None:
    stall = PlanStall(small(), headline())
    stall.days(40)
    before = fingerprint(stall.plans)
    fork = copy.deepcopy(stall)
    fork.dial.turn(allocation=0.2)
    fork.days(60)
    assert fingerprint(stall.plans) == before
    assert fork.plans.planned > stall.plans.planned


# ---- Levers and mechanisms --------------------------------------------------------------------


def test_closed_plans_buy_nothing_and_still_save() -> None:
    stall = PlanStall(small(), Dial())
    start = total(stall.plans.savers.other)
    stall.days(70)
    assert (stall.plans.planned, stall.plans.lots, stall.plans.sleeve.idle) == (0, 0, True)
    assert total(stall.plans.savers.other) > start


def test_a_freeze_stops_everything() -> None:
    dial = headline(0.05)
    stall = PlanStall(small(), dial, daily_volume=1e7)
    stall.days(40)
    dial.turn(frozen=True)
    before = (stall.plans.lots, stall.plans.sleeve.desk.backlog, stall.plans.planned)
    assert before[1] > 0
    stall.days(40)
    assert (stall.plans.lots, stall.plans.sleeve.desk.backlog, stall.plans.planned) == before


def test_a_lower_allocation_sells_and_none_sells_all() -> None:
    dial = headline(0.04)
    stall = PlanStall(small(), dial)
    stall.days(70)
    full = stall.plans.lots
    dial.turn(allocation=0.02)
    stall.days(60)
    assert stall.plans.lots == pytest.approx(full / 2, rel=0.05)
    dial.turn(allocation=0.0)
    stall.days(60)
    assert stall.plans.lots < 0.001 * full


def test_a_closed_menu_is_sold_within_a_year() -> None:
    stall = PlanStall(small(), headline(0.04, route="menu"))
    stall.days(200)
    held = stall.plans.sleeve.trust.outstanding
    stall.plans.sponsors.peers.move(0, np.empty(0, dtype=np.int64), np.arange(12))
    stall.plans.sponsors.unwinding[:] = 13  # as `_enter` would have set them at the month's end
    stall.dial.turn(opened=None)
    stall.days(190)
    assert 0.3 * held < stall.plans.sleeve.trust.outstanding < 0.7 * held
    stall.days(220)
    assert stall.plans.sleeve.trust.outstanding == 0
    assert stall.plans.lots * 10.0 < 20.0  # a lot is worth 10 USD


@pytest.mark.parametrize("rule", ["none", "calendar", "band"])
def test_rebalancing_sells_after_a_rise(rule: str) -> None:
    stall = PlanStall(small(btc_share=1.0), headline(0.05, rebalancing=rule))
    stall.days(60)
    before = stall.plans.lots
    stall.days(40, 300_000.0)  # over a quarter's end
    if rule == "none":
        assert stall.plans.lots >= 0.98 * before
        return
    assert stall.plans.lots < 0.5 * before
    share = stall.plans.sleeve.assets / (
        stall.plans.sleeve.assets + total(stall.plans.savers.other)
    )
    assert share == pytest.approx(0.05, abs=0.005)


def test_education_tames_panic() -> None:
    """PEN-H17: after a fall of four fifths fewer of the taught have sold."""
    left = {}
    for education in (None, 1.0):
        stall = PlanStall(small(), headline(0.04, route="menu", education=education))
        stall.days(400)
        stall.days(100, 20_000.0)
        left[education] = float(stall.plans.savers.regret.sum())
    assert left[None] > 0.0 == left[1.0]


def test_a_dearer_sleeve_leaves_less_to_savers() -> None:
    """PEN-H11's other half: participants' wealth falls with the fee, sponsors aside."""
    values = []
    for fee in (0.0, 0.02):
        spec = small(sponsors=SponsorSpec(plans=12, fees=FeeFriction(sleeve=fee)))
        stall = PlanStall(spec, headline(0.05, rebalancing="none"))
        stall.days(365)
        values.append(int(stall.plans.held.coins.sum() - stall.plans.held.paid.sum()))
    held = 0.05 * 10**10 * MICRO
    assert values[0] - values[1] == pytest.approx(0.02 * 335 / 365 * held, rel=0.1)


def test_a_bad_case_elsewhere_is_heard_of_once() -> None:
    cases = [BadCase(0, "otpp", 0.0005)]
    stall = PlanStall(small(), headline())
    stall.plans.cases = lambda: cases
    stall.days(31)
    chill = stall.plans.sponsors.chill
    assert chill == pytest.approx(0.1 * 2 ** (-1 / 18))
    assert stall.plans.records.frame()["chill"][-1] == pytest.approx(chill, abs=1e-9)
    stall.days(31)
    assert stall.plans.sponsors.chill == pytest.approx(chill * 2 ** (-1 / 18))


def test_listing_share_is_that_of_assets() -> None:
    stall = PlanStall(small(), headline())
    assert stall.plans.listing_share() == 0.0
    stall.plans.sponsors.peers.adopted[0] = True
    first = total(stall.plans.savers.other[0]) / total(stall.plans.savers.other)
    assert stall.plans.listing_share() == pytest.approx(first)
    assert stall.plans.headline == 10**8 * MICRO


def test_a_silent_plan_more_changes_nobodys_luck() -> None:
    """Draws go by a plan's number: of 12 plans and of 13, the first 12 have the same."""
    a, b = (PlanStall(small(n), headline()).plans for n in (12, 13))
    assert a.sponsors.dread.tolist() == b.sponsors.dread[:12].tolist()
    assert a.savers.education.tolist() == b.savers.education[:12].tolist()


def test_everybody_offers_where_all_may() -> None:
    stall = PlanStall(small(), headline(), peers=Everybody(12))
    stall.days(31)
    assert stall.plans.sponsors.offers.all()


def test_panic_sells_each_share_once() -> None:
    """A quarter's fall beyond the threshold: 0.2 x 0.25 x 0.5 of the units go; nobody comes."""
    behaviour = BehaviourSpec(chase=20.0, education_spread=0.0)
    spec = sector(
        assets_usd=10**10,
        contributions_usd=0,
        savers=AT_WORK.model_copy(update={"behaviour": behaviour}),
    )
    stall = PlanStall(spec, headline(0.05, route="menu"), daily_volume=1e11)
    stall.days(175)  # to 28 June
    before = stall.plans.sleeve.trust.units.copy()
    stall.days(4, 45_000.0)
    assert (stall.plans.sleeve.trust.units / before) == pytest.approx(0.975, rel=1e-3)


def test_a_closed_default_sleeve_is_unwound_not_dumped() -> None:
    stall = PlanStall(small(phase_months=1), headline(0.05, route="default"))
    stall.days(70)
    held = stall.plans.sleeve.trust.outstanding
    stall.plans.sponsors.peers.move(0, np.empty(0, dtype=np.int64), np.arange(12))
    stall.plans.sponsors.unwinding[:] = 13
    stall.dial.turn(opened=None)
    stall.days(90)
    assert 0.65 * held < stall.plans.sleeve.trust.outstanding < 0.85 * held
