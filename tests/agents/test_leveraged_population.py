"""The leveraged public at the start: what it adds up to, and that nobody is due."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from tidegate_core.margin_engine import MarginEngine

from tests.agents.leveraged_terms import MILLION, interest, perpetual
from tidegate.agents.leveraged_groups import GROUPS, ContractInterest, CrowdGroup, Habits, Line
from tidegate.agents.leveraged_opening import move_in
from tidegate.agents.leveraged_population import RESERVE, LeveragedPopulation, populate
from tidegate.agents.leveraged_sampling import SizeDesign, apportion, normal_cdf
from tidegate.agents.leveraged_survivors import MarginTiers, Survivors, liquidation_prices

KEY = 20_251_010


@pytest.fixture(scope="module")
def people() -> LeveragedPopulation:
    return populate(interest(), KEY, accounts=60_000)


def _usd(people: LeveragedPopulation) -> np.ndarray:
    """Notional of each row at the start prices."""
    lot_values = np.array([contract.lot_value for contract in interest()])
    return np.abs(people.size) * lot_values[people.contract] / MILLION


def test_interest_is_met_exactly_on_each_side(people: LeveragedPopulation) -> None:
    for at, contract in enumerate(interest()):
        size = people.size[people.contract == at]
        assert size[size > 0].sum() == contract.lots == -size[size < 0].sum()
        assert people.entry[people.contract == at].sum() == 0
        reserve = size[people.group[people.contract == at] == RESERVE]
        assert reserve[reserve > 0].sum() == round(contract.lots * contract.out_of_reach)
        assert -reserve[reserve < 0].sum() == round(contract.lots * contract.hedged)


def test_the_crowd_is_split_among_groups_as_stated(people: LeveragedPopulation) -> None:
    assert len(people) > people.crowd == 60_000
    assert np.all((people.group == RESERVE) == (np.arange(len(people)) >= people.crowd))
    for at in range(2):
        for sign in (1, -1):
            rows = (people.contract == at) & (np.sign(people.size) == sign)
            lots = [np.abs(people.size[rows & (people.group == g)]).sum() for g in range(3)]
            shares = np.array(lots) / sum(lots)
            assert shares == pytest.approx([group.interest for group in GROUPS], abs=1e-6)


def test_multiplicities_add_up_to_the_real_accounts(people: LeveragedPopulation) -> None:
    usd = _usd(people)
    for g, group in enumerate(GROUPS):
        rows = people.group == g
        real = people.multiplicity[rows].sum()
        assert usd[rows].sum() / real == pytest.approx(group.mean_notional, rel=0.01)
    assert people.multiplicity.min() == 1
    assert np.all(people.multiplicity[people.crowd :] == 1)


def test_sizes_of_real_accounts_are_log_normal(people: LeveragedPopulation) -> None:
    rows = people.group == 1
    one = _usd(people)[rows] / people.multiplicity[rows]
    weight = people.multiplicity[rows] / people.multiplicity[rows].sum()
    center = math.log(GROUPS[1].mean_notional) - 1.9**2 / 2
    for z in (-1.0, 0.0, 1.0, 2.0, 3.0):
        above = weight[np.log(one) > center + 1.9 * z].sum()
        assert above == pytest.approx(normal_cdf(-z), rel=0.05), z


@pytest.mark.parametrize(("accounts", "most"), [(120_000, 1.2), (240_000, 1.06)])
def test_flows_vary_hardly_more_than_those_of_the_real_population(
    accounts: int, most: float
) -> None:
    """The large stand for themselves, so the variance of flows has their scale."""
    people = populate(interest(), KEY, accounts=accounts)
    crowd = slice(0, people.crowd)
    usd, multiplicity = _usd(people)[crowd], people.multiplicity[crowd]
    assert np.all(multiplicity[usd / multiplicity > 1e6] == 1)
    assert (usd > 1e6).sum() > 500
    assert 1.0 < np.square(usd).sum() / (np.square(usd) / multiplicity).sum() < most


def test_interest_is_uniform_in_one_over_leverage(people: LeveragedPopulation) -> None:
    for g, (low, high) in enumerate([(1, 3), (3, 7)]):
        rows = people.group == g
        rate, lots = people.margin_rate[rows], _usd(people)[rows]
        order = np.argsort(rate)
        share = np.cumsum(lots[order]) / lots.sum()
        place = (rate[order] - 1 / high) / (1 / low - 1 / high)
        assert place.min() >= 0
        assert place.max() <= 1
        assert np.abs(share - place).max() < 0.03
    high = people.group == 2
    assert people.margin_rate[high].min() >= 1 / 125
    assert people.margin_rate[high].max() <= 1 / 7


def test_leverage_stays_within_the_tier_of_one_real_account(people: LeveragedPopulation) -> None:
    tiers = MarginTiers(interest()[0].terms)
    crowd = slice(0, people.crowd)
    notional = (_usd(people)[crowd] * MILLION).round().astype(np.int64)
    allowed = tiers.max_leverage(notional, people.multiplicity[crowd])
    assert np.all(people.leverage[crowd] <= allowed)
    assert np.all(people.leverage[crowd] >= 1 / people.margin_rate[crowd] - 1e-9)
    assert np.all(people.margin[crowd] >= np.abs(people.entry[crowd]) / people.leverage[crowd])


def test_everybody_moves_in_and_nobody_is_due(people: LeveragedPopulation) -> None:
    contracts = interest()
    engine = MarginEngine(contracts=[contract.terms for contract in contracts])
    first = move_in(engine, people)
    engine.set_marks([contract.price for contract in contracts])
    assert len(engine.queue()) == 0
    engine._check()
    held = np.sort(engine.positions(), order="account")
    assert np.array_equal(held["account"], first + np.arange(len(people)))
    for field in ("size", "entry", "margin"):
        assert np.array_equal(held[field], getattr(people, field))
    assert [engine.open_interest(at) for at in range(2)] == [c.lots for c in contracts]
    assert engine.balances()[first:].min() >= 0


def test_no_fall_to_nothing_and_no_doubling_takes_the_reserves(
    people: LeveragedPopulation,
) -> None:
    contracts = interest()
    for factor in (0.01, 1.9):
        engine = MarginEngine(contracts=[contract.terms for contract in contracts])
        first = move_in(engine, people)
        engine.set_marks([max(1, int(contract.price * factor)) for contract in contracts])
        due = {account for account, _ in engine.queue()}
        assert due
        assert not due & set(range(first + people.crowd, first + len(people)))


def test_lines_lie_between_price_and_liquidation(people: LeveragedPopulation) -> None:
    crowd = slice(0, people.crowd)
    price = np.array([contract.price for contract in interest()])[people.contract[crowd]]
    ahead = np.sign(people.size[crowd]) * (price - people.line[crowd])
    with_line = people.line_kind[crowd] != Line.NONE
    assert np.all(ahead[with_line] > 0)
    assert np.all(people.line[crowd][~with_line] == 0)
    stops = (people.line_kind[crowd] == Line.STOP).mean()
    assert stops == pytest.approx(0.3, abs=0.01)
    assert 0.05 < (people.line_kind[crowd] == Line.TOP_UP).mean() < 0.1


def test_few_triggers_lie_near_the_price(people: LeveragedPopulation) -> None:
    contracts = interest()
    engine = MarginEngine(contracts=[contract.terms for contract in contracts])
    move_in(engine, people)
    engine.set_marks([contract.price for contract in contracts])
    interest_due = []
    for fall in (0.005, 0.02, 0.05, 0.10):
        other = engine.copy()
        other.set_marks([int(contracts[0].price * (1 - fall)), 0])
        due = {account for account, _ in other.queue()}
        held = other.positions()
        rows = np.isin(held["account"], list(due))
        interest_due.append(np.abs(held["size"][rows]).sum() / fall)
    assert interest_due == sorted(interest_due)
    assert interest_due[0] < 0.3 * interest_due[-1]


def test_survivors_are_those_of_a_simulated_walk() -> None:
    """The bridge's formula, against paths that are followed step by step."""
    n, volatility, steps = 20_000, 0.025, 1_000
    rate, maintenance, mean_age = 1 / 20, 0.005, 0.7
    who = Survivors(
        ids=np.arange(n, dtype=np.uint64),
        side=np.ones(n, dtype=np.int64),
        margin_rate=np.full(n, rate),
        line=(np.full(n, maintenance), np.zeros(n)),
        way=np.ones(n),
        mean_age=np.full(n, mean_age),
    )
    drawn = np.log(who.entries(KEY, volatility, nearest=0.0))
    random = np.random.default_rng(5)
    age = random.exponential(mean_age, n)
    path = np.zeros(n)
    lowest = np.zeros(n)
    for _ in range(steps):
        path += volatility * np.sqrt(age / steps) * random.standard_normal(n)
        lowest = np.minimum(lowest, path)
    barrier = math.log(liquidation_prices(*_one(rate, maintenance))[0])
    # A walk seen in steps misses some touches: move the barrier in by the usual correction.
    alive = lowest > barrier + 0.5826 * volatility * np.sqrt(age / steps)
    walked = -path[alive]
    assert drawn.mean() == pytest.approx(walked.mean(), abs=4e-4)
    assert drawn.std() == pytest.approx(walked.std(), rel=0.04)
    for q in (5, 50, 95):
        assert np.percentile(drawn, q) == pytest.approx(np.percentile(walked, q), abs=4e-3)


def _one(rate: float, maintenance: float) -> tuple:
    return np.ones(1), np.ones(1, np.int64), np.full(1, rate), (np.full(1, maintenance), 0.0)


def test_a_key_names_one_population(people: LeveragedPopulation) -> None:
    again = populate(interest(), KEY, accounts=60_000)
    other = populate(interest(), KEY + 1, accounts=60_000)
    for name in ("size", "entry", "margin", "multiplicity", "line"):
        assert np.array_equal(getattr(people, name), getattr(again, name))
        assert not np.array_equal(getattr(people, name), getattr(other, name))


def test_more_accounts_change_nobody_elses_draws() -> None:
    fewer = populate(interest(), KEY, accounts=5_000)
    more = populate(interest(), KEY, accounts=5_003)
    for people in (fewer, more):
        starts = np.flatnonzero(np.diff(people.group[: people.crowd], prepend=-1))
        assert len(starts) == 12
    in_first = (fewer.contract == 0) & (fewer.group == 0) & (fewer.size > 0)
    count = int(in_first.sum())
    assert np.array_equal(fewer.margin_rate[:count], more.margin_rate[:count])


def test_a_contract_more_changes_no_draw_of_the_others() -> None:
    alone = populate(interest()[:1], KEY, accounts=4_000)
    beside = populate(interest(), KEY, accounts=5_000)
    rows = min(
        int(((p.group == 0) & (p.size > 0) & (p.contract == 0)).sum()) for p in (alone, beside)
    )
    assert rows > 100
    assert np.array_equal(alone.margin_rate[:rows], beside.margin_rate[:rows])


def test_every_account_can_be_simulated() -> None:
    real = [
        ContractInterest(
            perpetual("BTC-PERP", 1_200_000), 1_200_000, 30e6, 0.025, out_of_reach=0.5, hedged=0.5
        )
    ]
    everyone = populate(real, KEY, accounts=1_900)
    assert np.mean(everyone.multiplicity) < 1.2
    with pytest.raises(ValueError, match=r"accounts is 2500; allowed are 6 to 19\d\d"):
        populate(real, KEY, accounts=2_500)


@pytest.mark.parametrize("tilt", [0.3, 0.6, 1.0])
def test_thinning_keeps_counts_and_sums(tilt: float) -> None:
    (design,) = SizeDesign.for_accounts(20_000, [15_000.0], [300_000.0], sigma=1.9, tilt=tilt)
    assert design.share * 300_000 == pytest.approx(20_000, rel=1e-6)
    notional, weight = design.sample((np.arange(20_000) + 0.5) / 20_000)
    assert np.all(np.diff(notional) > 0)
    assert weight.min() >= 1.0
    assert weight.sum() == pytest.approx(300_000, rel=1e-2)
    assert (weight * notional).sum() / weight.sum() == pytest.approx(15_000, rel=1e-2)
    whole = notional >= design.whole_above
    assert np.all(weight[whole] == 1.0)
    if tilt == 1.0:
        assert (weight * notional)[~whole] == pytest.approx(design.whole_above)


def test_apportions_exactly() -> None:
    assert apportion(10, [1.0, 1.0, 1.0]).tolist() == [3, 4, 3]
    assert apportion(10, [0.0, 5.0, 1.0], least=1).tolist() == [1, 7, 2]
    assert apportion(10**15 + 1, np.ones(7)).sum() == 10**15 + 1
    with pytest.raises(ValueError, match="total is 2"):
        apportion(2, [1.0, 1.0, 1.0], least=1)


def test_refuses_what_cannot_be() -> None:
    with pytest.raises(ValueError, match="stop_share"):
        Habits(stop_share=0.8, top_up_share=0.3)
    with pytest.raises(ValueError, match="leverage"):
        CrowdGroup(0.5, (7.0, 3.0), 1e4, 1.0, 1.0)
    with pytest.raises(ValueError, match=r"trend is 0\.6"):
        CrowdGroup(0.5, (3.0, 7.0), 1e4, 1.0, 1.0, trend=0.6)
    with pytest.raises(ValueError, match="hedged is 0"):
        ContractInterest(perpetual("A", 100), 100, 1e9, 0.02, hedged=0.0)
    with pytest.raises(ValueError, match="price is 900"):
        ContractInterest(perpetual("A", 100), 900, 1e9, 0.02)
    few = ContractInterest(perpetual("A", 10**6), 10**6, 1e9, 0.05, hedged=0.0001)
    with pytest.raises(ValueError, match="too little short"):
        populate([few], KEY, accounts=2_000)
    with pytest.raises(ValueError, match="0 contracts"):
        populate([], KEY, accounts=10)


@pytest.mark.bench
def test_the_whole_market_is_drawn_in_two_seconds() -> None:
    venues = [interest(190.0 / 25.7 / 4 * 1.0) for _ in range(4)]
    start = time.perf_counter()
    for at, contracts in enumerate(venues):
        populate(contracts, KEY + at, accounts=400_000)
    assert time.perf_counter() - start < 2.0
