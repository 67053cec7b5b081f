"""Issuance and difficulty: Bitcoin's own schedule, hand arithmetic, a second-by-second oracle."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.agents.mined_coins import MinedCoins, satoshi_per_lot, split
from tidegate.agents.proof_of_work import Chain
from tidegate.scenario.mining import ProtocolSpec

DAY = 86_400
BTC = 100_000_000
EXAHASH = 1_000_000  # TH
NETWORK = 1_050 * EXAHASH
SMALL = ProtocolSpec(
    first_subsidy=1000, halving_blocks=7, block_seconds=10, retarget_blocks=5, height=3
)


def chain(height: int = 931_000, hashrate: int = NETWORK) -> Chain:
    return Chain(ProtocolSpec(height=height), hashrate)


# ---- Issuance ---------------------------------------------------------------------------------


def test_a_day_issues_450_coins() -> None:
    network = chain()
    for day in range(1, 101):
        assert network.mine(NETWORK, DAY) == 144
        assert network.issued == day * 450 * BTC == day * 144 * 3_125 * BTC // 1000


@pytest.mark.parametrize(
    ("height", "subsidy"),
    [
        (0, 50 * BTC),
        (209_999, 50 * BTC),
        (210_000, 25 * BTC),
        (681_000, 625_000_000),
        (840_000, 312_500_000),
        (1_050_000, 156_250_000),
        (1_260_000, 78_125_000),
        (2_100_000, 4_882_812),  # half of 9,765,625 satoshi, rounded down
        (6_929_999, 1),
        (6_930_000, 0),
    ],
)
def test_subsidies_are_bitcoins(height: int, subsidy: int) -> None:
    assert chain().subsidy(height) == subsidy


def test_all_coins_that_will_ever_be_are_just_short_of_21_million() -> None:
    network = chain()
    total = sum(210_000 * network.subsidy(era * 210_000) for era in range(34))
    assert total == 2_099_999_997_690_000


def test_a_halving_in_the_middle_of_a_day_is_exact() -> None:
    network = chain(height=1_050_000 - 100)
    network.mine(NETWORK, DAY)
    assert network.issued == 100 * 312_500_000 + 44 * 156_250_000
    network.mine(NETWORK, DAY)
    assert network.issued == 100 * 312_500_000 + 188 * 156_250_000


def test_lots_follow_satoshi_over_three_halvings() -> None:
    """After the third, a block is 3906.25 lots: quarters wait until they make a lot."""
    coins = MinedCoins(chain(height=1_470_000 - 73), satoshi_per_lot([1e-4]))
    before = 73 * 7812.5 + 71 * 3906.25
    assert before != int(before)
    assert sum(coins.mine([NETWORK // 3, NETWORK - NETWORK // 3], DAY)) == int(before)
    for _ in range(9):
        coins.mine([NETWORK], DAY)
    assert coins.lots == int(before + 9 * 144 * 3906.25)
    assert 0 <= coins.chain.issued - coins.lots * 10_000 < 10_000


# ---- Difficulty -------------------------------------------------------------------------------


def test_twice_the_hashrate_finds_a_period_in_a_week_and_doubles_difficulty() -> None:
    network = chain(height=2016 * 400)
    first = network.difficulty
    assert first == NETWORK * 600
    assert network.mine(2 * NETWORK, 7 * DAY - 1) == 2015
    assert network.difficulty == first
    assert network.mine(2 * NETWORK, 1) == 1
    assert network.difficulty == 2 * first
    assert network.mine(2 * NETWORK, 14 * DAY) == 2016
    assert network.difficulty == 2 * first


def test_a_retarget_changes_difficulty_fourfold_at_most() -> None:
    network = chain(height=2016 * 400)
    first = network.difficulty
    network.mine(10 * NETWORK, 14 * DAY // 10)
    assert network.difficulty == 4 * first
    # Now at 10 times the hashrate against 4 times the difficulty: done in 14 / 2.5 days.
    network.mine(10 * NETWORK, 14 * DAY * 10 // 25)
    assert network.difficulty == 10 * first
    network.mine(NETWORK, 140 * DAY)
    assert network.difficulty == 10 * first // 4


def test_half_the_miners_gone_means_half_the_blocks_until_the_retarget() -> None:
    network = chain(height=2016 * 400)
    first = network.difficulty
    assert [network.mine(NETWORK // 2, DAY) for _ in range(28)] == [72] * 28
    assert network.difficulty == first // 2
    assert network.mine(NETWORK // 2, DAY) == 144


def test_no_hashrate_finds_no_blocks() -> None:
    network = chain()
    assert network.mine(0, 1000 * DAY) == 0
    assert network.issued == 0


class SecondBySecond:
    """The oracle: one second at a time, one block at a time."""

    def __init__(self, spec: ProtocolSpec, hashrate: int) -> None:
        self.spec, self.height, self.issued, self.work = spec, spec.height, 0, 0
        self.difficulty = hashrate * spec.block_seconds
        self.period = spec.height % spec.retarget_blocks * spec.block_seconds

    def mine(self, hashrate: int, seconds: int) -> None:
        spec = self.spec
        target = spec.retarget_blocks * spec.block_seconds
        for _ in range(seconds):
            self.work += hashrate
            self.period += 1
            while self.work >= self.difficulty:
                self.work -= self.difficulty
                self.issued += spec.first_subsidy // 2 ** (self.height // spec.halving_blocks)
                self.height += 1
                if self.height % spec.retarget_blocks == 0:
                    took = min(max(self.period, target // spec.clamp), target * spec.clamp)
                    self.difficulty = max(1, self.difficulty * target // took)
                    self.period = 0


@settings(max_examples=60, deadline=None)
@given(
    plan=st.lists(st.tuples(st.integers(0, 90), st.integers(0, 120)), min_size=1, max_size=8),
    start=st.integers(1, 40),
)
def test_it_agrees_with_the_oracle(plan: list[tuple[int, int]], start: int) -> None:
    network, oracle = Chain(SMALL, start), SecondBySecond(SMALL, start)
    for hashrate, seconds in plan:
        network.mine(hashrate, seconds)
        oracle.mine(hashrate, seconds)
        ours = (network.height, network.issued, network.difficulty, network._work)
        assert ours == (oracle.height, oracle.issued, oracle.difficulty, oracle.work)


def test_a_chain_needs_hashrate_to_start_from() -> None:
    with pytest.raises(ValueError, match="hashrate must be at least 1 TH/s, got 0"):
        Chain(ProtocolSpec(), 0)


# ---- Whole lots -------------------------------------------------------------------------------


@given(amount=st.integers(0, 10**9), weights=st.lists(st.integers(0, 10**9), max_size=30))
def test_a_split_is_exact_and_fair(amount: int, weights: list[int]) -> None:
    parts = split(amount, weights)
    total = sum(weights)
    assert sum(parts) == (amount if total else 0)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * total - amount * weight) < max(total, 1)
        if amount <= total:
            assert 0 <= part <= weight


@pytest.mark.parametrize("lots", [[1e-4, 1e-3], [1e-9], [1.5e-8]])
def test_lots_must_be_whole_satoshi(lots: list[float]) -> None:
    with pytest.raises(ValueError, match="lots must be one whole number of satoshi"):
        satoshi_per_lot(lots)
