"""Sponsors: fees, suits, a bad case, and a rule that is reversed."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from tests.agents.plan_worlds import Crowd
from tidegate.agents.plan_sponsors import PlanSponsors, plan_sizes
from tidegate.scenario.plan_levers import PlansLevers
from tidegate.scenario.plan_sponsors import (
    FeeFriction,
    LitigationSpec,
    PrecedentSpec,
    SponsorSpec,
)
from tidegate.streams import Streams

MICRO = 1_000_000
PAR = 100 * MICRO
PLANS = 300


def sponsors(seed: int = 1, plans: int = PLANS, **spec: Any) -> PlanSponsors:
    fields: dict[str, Any] = {"plans": plans, **spec}
    terms = SponsorSpec(**fields)
    return PlanSponsors(
        terms,
        sizes=plan_sizes(10**15, plans, terms.tail),
        peers=Crowd(plans),
        streams=Streams(seed),
        path="plans/0",
    )


def run(
    of: PlanSponsors,
    months: int,
    *,
    start: int = 1,
    price: float = 1.0,
    fall: float = 0.0,
    loss: float = 0.005,
    **levers: Any,
) -> list[int]:
    """Let months pass; return how many offered at the end of each."""
    board = PlansLevers(**{"opened": 0, "allocation": 0.01, **levers})
    path = []
    for month in range(start, start + months):
        of.decide(
            month,
            levers=board,
            second=month * 2_630_000,
            price=int(price * PAR),
            fall=fall,
            loss=loss,
        )
        path.append(int(of.offers.sum()))
    return path


FREE = {"litigation": LitigationSpec(dread=0.0), "fees": FeeFriction(weight=0.0)}


def test_sizes_are_heavy_tailed_and_whole() -> None:
    sizes = plan_sizes(8_700_000_000_000 * MICRO, 700, 2.0)
    assert sum(sizes.tolist()) == 8_700_000_000_000 * MICRO
    assert sorted(sizes.tolist(), reverse=True) == sizes.tolist()
    assert 0.02 < sizes[0] / 8.7e18 < 0.04
    # Pareto: the size exceeded by a quarter is twice that exceeded by all.
    assert sizes[174] / sizes[699] == pytest.approx(2.0, rel=0.01)


def test_fees_average_to_the_sectors_by_assets() -> None:
    of = sponsors()
    sizes = plan_sizes(10**15, PLANS, 2.0)
    assert (of.fees * sizes).sum() / sizes.sum() == pytest.approx(0.0026)
    assert of.fees[-1] > of.fees[0]


def test_without_frictions_sponsors_follow_bass() -> None:
    """S20's closed form, within three standard errors of 2,000 sponsors."""
    of = sponsors(plans=2000, **FREE)
    share = np.array(run(of, 120)) / 2000
    p, q = 0.03, 0.38
    for years in (2, 5, 10):
        left = math.exp(-(p + q) * years)
        bass = (1 - left) / (1 + q / p * left)
        assert share[12 * years - 1] == pytest.approx(bass, abs=3 * math.sqrt(0.25 / 2000))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_higher_fee_never_speeds_adoption(seed: int) -> None:
    """PEN-H11, sponsor by sponsor, with common draws."""
    offers = []
    for fee in (0.0005, 0.0025, 0.005, 0.01, 0.03):
        of = sponsors(seed, litigation=LitigationSpec(dread=0.02))
        run(of, 96, fee=fee)
        offers.append(of.offers.copy())
    for cheap, dear in itertools.pairwise(offers):
        assert not (dear & ~cheap).any()
    assert offers[0].sum() > offers[-1].sum()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_safe_harbour_never_slows_adoption(seed: int) -> None:
    bare, shielded = sponsors(seed), sponsors(seed)
    run(bare, 96)
    run(shielded, 96, safe_harbour=True)
    assert not (bare.offers & ~shielded.offers).any()
    assert shielded.offers.sum() > 1.5 * bare.offers.sum()


def test_friction_by_hand() -> None:
    of = sponsors(fees=FeeFriction(size_elasticity=0.0))
    assert of.friction(PlansLevers(safe_harbour=True, fee=0.0126)) == pytest.approx(0.1)
    bare = of.friction(PlansLevers(fee=0.001))
    assert bare.tolist() == of.dread.tolist()
    assert 0.0 < bare.min() < bare.max() < 0.30
    assert bare.mean() == pytest.approx(0.15, abs=0.02)


def test_suits_after_a_fall_close_menus_unless_there_is_a_safe_harbour() -> None:
    """PEN-H12."""
    bare, shielded = sponsors(**FREE), sponsors(**FREE)
    for of in (bare, shielded):
        of.peers.adopted[:] = True
    run(bare, 24, fall=0.8)
    run(shielded, 24, fall=0.8, safe_harbour=True)
    chance = 1.0 - math.exp(-0.5 * 0.4 * 2)
    assert bare.suits == pytest.approx(PLANS * chance, abs=3 * math.sqrt(PLANS * 0.25))
    assert int(bare.offers.sum()) == PLANS - bare.suits
    assert shielded.suits == 0
    assert shielded.offers.all()
    assert bare.chill > 0.1 > shielded.chill == 0.0
    assert bare.unwinding.max() == 12


def test_who_was_sued_stays_away() -> None:
    of = sponsors(**FREE)
    of.peers.adopted[:] = True
    run(of, 1, fall=1.0)
    sued = ~of.offers
    assert sued.any()
    of.chill = 0.0
    run(of, 59, start=2)
    assert not (of.offers & sued).any()
    run(of, 60, start=61)
    assert (of.offers & sued).any()


def test_one_bad_case_chills_the_sector_whatever_its_size() -> None:
    """PEN-H13: 95 M of 190 bn is 0.05 %, and chills as much as a loss of everything."""
    small, large, rival = sponsors(), sponsors(), sponsors(precedent=PrecedentSpec(loss_exponent=1))
    for of, loss in ((small, 95e6 / 190e9), (large, 1.0), (rival, 95e6 / 190e9)):
        of.report(loss)
    assert small.chill == large.chill == pytest.approx(0.1)
    assert rival.chill == pytest.approx(0.1 * 0.0005)
    run(small, 18)
    assert small.chill == pytest.approx(0.05)


def test_a_bad_case_delays_adoption() -> None:
    calm, chilled = sponsors(**FREE), sponsors(**FREE)
    chilled.report(0.0005)
    paths = run(calm, 120), run(chilled, 120)
    assert all(a >= b for a, b in zip(*paths, strict=True))
    tenth = [next(m for m, n in enumerate(path) if n >= PLANS // 10) for path in paths]
    assert tenth[1] > tenth[0] + 12


def test_a_loss_is_a_share() -> None:
    with pytest.raises(ValueError, match="share of assets"):
        sponsors().report(1.5)


def test_publicity_is_a_rate_that_records_can_hold() -> None:
    """The chill is written down in billionths a year: 1e12 overflowed within a run."""
    assert PrecedentSpec(publicity=1e6).publicity == 1e6
    with pytest.raises(ValueError, match=r"publicity\n.*less than or equal to 1000000"):
        PrecedentSpec(publicity=1e12)


def test_success_is_what_a_plan_has_gained_since_it_joined() -> None:
    of = sponsors(**FREE)
    of.peers.adopted[:] = False
    run(of, 12)
    early = of.offers.copy()
    run(of, 1, start=13, price=2.0)
    assert of.success[early] == pytest.approx(1.0 + math.log(2.0))
    assert of.success[~early] == pytest.approx(1.0)
    run(of, 30, start=14, price=2.0)  # two years on the doubling is no news any more
    assert of.success == pytest.approx(1.0)


def test_opening_is_a_ratchet() -> None:
    """S20.5, PEN-H22: a reversal does not return the share to where it started."""
    of = sponsors(**FREE)
    before = run(of, 60)
    after = run(of, 60, start=61, price=1.0, reversed_from=0)
    assert 0.3 * before[-1] < after[-1] < 0.7 * before[-1]
    assert after[-1] > 10 * 0.01 * PLANS > 0  # it started from none
    assert all(a >= b for a, b in itertools.pairwise(after))


def test_who_has_gained_stays_after_a_reversal_and_who_has_lost_goes() -> None:
    stay = {}
    for price in (0.5, 1.0, 2.0):
        of = sponsors(**FREE)
        of.peers.adopted[:] = True
        of._joined[:] = 0
        of._prices[0] = PAR
        run(of, 23, price=price, reversed_from=0)
        stay[price] = int(of.offers.sum())
    assert stay[0.5] < stay[1.0] < stay[2.0]


def test_nobody_joins_before_the_opening() -> None:
    assert run(sponsors(**FREE), 12, opened=None)[-1] == 0
    assert run(sponsors(**FREE), 12, opened=10**9)[-1] == 0


def test_the_network_has_a_member_per_plan() -> None:
    with pytest.raises(ValueError, match="must have 3 members"):
        PlanSponsors(
            SponsorSpec(plans=3),
            sizes=plan_sizes(10, 3, 2.0),
            peers=Crowd(4),
            streams=Streams(1),
            path="plans/0",
        )
