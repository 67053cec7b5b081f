"""Portfolios in a foreign model: to the micro-USD and the lot."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.agents.conftest import MICRO, Stall
from tidegate.agents.safe_yield import CLAIM, SafeYield
from tidegate.agents.strategies import Strategies
from tidegate.books import ASSETS, BTC, USD, Books
from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.strategies import (
    BARBELL,
    DIP_BUYERS,
    ONE_SIDED,
    DipSpec,
    OutsideSpec,
    PanicSpec,
    StrategiesSpec,
    StrategySpec,
    YieldSpec,
)
from tidegate.scenario.strategy_levers import StrategyLevers

DAY = 86_400
PRICE = 100_000.0
WORK = ExecutionSpec(window_hours=1.0, participation=1.0, sweep=1.0, funding_hours=1.0)
SURE = OutsideSpec(correlation=1.0, stress_correlation=1.0, private_correlation=1.0)


class Fair(Stall):
    """A market stall at which portfolios trade with a dealer who quotes any price."""

    def __init__(
        self,
        *strategies: StrategySpec,
        rate: float = 0.0,
        fee: int = 0,
        pace: float = 1.0,
        outside: OutsideSpec = SURE,
    ):
        super().__init__(step=DAY, assets=(*ASSETS, CLAIM), taker_ppm=fee)
        self.clock.tick = -1
        self.failure = StrategyLevers()
        self.quote(self.venues[0], PRICE)
        work = WORK.model_copy(update={"window_hours": pace})
        self.people = Strategies(
            self,
            path="strategies",
            spec=StrategiesSpec(
                strategies=strategies, safe=YieldSpec(rate=rate), outside=outside, execution=work
            ),
            open_accounts=lambda: {v.name: v.open_accounts() for v in self.venues},
            books=self.books,
            price=PRICE,
            daily_volume=1e11,
            rounds=1,
            levers=lambda: self.failure,
            coins_from="network",
            **self.base,
        )

    def day(self, price: float = PRICE, half: float = 0.0) -> None:
        """Live a day in which the dealer quotes a price; decisions go by that of the day before."""
        self.clock.tick += 1
        self.books.settle(self.clock.seconds, self.venues)
        self.people.begin()
        self.quote(self.venues[0], price, 10**9, half or 1e-6)
        self.people.trade()
        self.venues[0].clear()
        self.people.end()
        self.people._check()
        self.audit()

    def days(self, *prices: float) -> None:
        for price in prices:
            self.day(price)

    @property
    def first(self) -> Any:
        return self.people.portfolios[0]


def one(spec: StrategySpec, **changes: Any) -> StrategySpec:
    return spec.model_copy(update={"portfolios": 1, "assets_usd": 10_000_000, **changes})


def usd(amount: int) -> float:
    return amount / MICRO


def test_a_mix_is_endowed_as_it_says() -> None:
    fair = Fair(one(BARBELL))
    fair.day()
    assert usd(fair.first.wealth) == pytest.approx(10e6, rel=1e-5)
    assert usd(fair.first.coins) == pytest.approx(2.5e6, rel=1e-4)
    assert usd(fair.first.claims) == pytest.approx(7.5e6, rel=1e-4)


def test_a_dip_is_bought_for_a_part_and_sold_on_recovery() -> None:
    """5 M at 80,000 are 62.5 coins, which fetch 5.625 M at 90,000: a gain of 0.625 M."""
    fair = Fair(one(DIP_BUYERS))
    fair.days(PRICE, PRICE, 80_000, 80_000, 80_000)
    assert fair.first.lots == pytest.approx(625_000, abs=2)
    fair.days(89_000, 89_000)
    assert fair.first.lots > 0
    fair.days(90_000, 90_000, 90_000, 90_000)
    assert fair.first.lots < 112  # less than a thousand dollars
    assert usd(fair.first.wealth) == pytest.approx(10.625e6, rel=1e-5)
    assert usd(fair.first.paper_got) == pytest.approx(5.625e6, rel=1e-5)
    assert fair.people.frame()["bets_sold"][-1] == pytest.approx(5.625e6, rel=1e-4)


def test_a_fee_is_paid_on_both_sides() -> None:
    """62.5 coins cost 5 M and a hundredth on top, and bring a hundredth less than 5.625 M."""
    fair = Fair(one(DIP_BUYERS), fee=10_000)
    fair.days(PRICE, PRICE, 80_000, 80_000, 80_000, 90_000, 90_000, 90_000, 90_000)
    assert usd(fair.first.wealth) == pytest.approx(10e6 - 5.05e6 + 5.625e6 * 0.99, rel=1e-5)


def test_who_panics_sells_a_share_and_buys_back_what_it_brought() -> None:
    """Half of 100 coins at 80,000 are 4 M, for which there are 40 coins at 100,000."""
    panic = PanicSpec(calm_days=5)
    fair = Fair(one(ONE_SIDED, panic=panic))
    fair.days(PRICE, PRICE, *[80_000] * 6)
    assert fair.first.lots == pytest.approx(500_000, abs=125)
    assert usd(fair.first.dollars) == pytest.approx(4e6, rel=1e-4)
    fair.days(*[PRICE] * 5)
    assert fair.first.lots == pytest.approx(900_000, rel=1e-4)
    assert usd(fair.first.dollars) < 1_000


def test_who_has_no_nerves_to_lose_does_nothing() -> None:
    fair = Fair(one(ONE_SIDED, panic=None))
    fair.days(PRICE, 50_000, 50_000, PRICE)
    assert fair.first.lots == 1_000_000
    assert fair.people.planned == 0


def test_weights_are_brought_back_when_they_are_looked_at() -> None:
    """Coins fall to half: 1.25 M of 8.75 M. A quarter of that is 2.1875 M."""
    mix = one(BARBELL, dip=None, rebalance_days=4)
    fair = Fair(mix)
    fair.days(PRICE, PRICE, 50_000, 50_000)
    assert fair.first.lots == 250_000
    fair.days(50_000, 50_000, 50_000)
    assert usd(fair.first.coins) == pytest.approx(2.1875e6, rel=1e-4)
    assert usd(fair.first.claims) == pytest.approx(6.5625e6, rel=1e-4)
    fair.days(PRICE, PRICE, PRICE, PRICE)  # and sold after a rise: 4.375 M of 10.9375 M
    assert usd(fair.first.coins) == pytest.approx(2.734e6, rel=1e-3)
    assert usd(fair.first.claims) == pytest.approx(8.203e6, rel=1e-3)


def test_bets_of_a_barbell_are_paid_for_by_what_is_lent() -> None:
    """A twentieth of what it has, 9.25 M after the fall, buys coins at 70,000."""
    fair = Fair(one(BARBELL, rebalance_days=None, dip=DipSpec(fall=0.25, spread=0.0, part=0.05)))
    fair.days(PRICE, PRICE, *[70_000] * 5)
    bets = fair.first.bets
    assert usd(bets.bought) == pytest.approx(0.05 * 9.25e6, rel=1e-3)
    assert usd(fair.first.claims) == pytest.approx(7.5e6 - 0.05 * 9.25e6, rel=1e-3)


def test_interest_is_paid_by_borrowers_and_backed() -> None:
    fair = Fair(one(StrategySpec(name="lent", yielding=1.0)), rate=0.0365)
    fair.days(*[PRICE] * 10)
    assert usd(fair.first.claims) == pytest.approx(10e6 * 1.0001**10, rel=1e-9)
    fair.people.safe.audit()


def test_a_claim_without_a_dollar_behind_it_is_found() -> None:
    fair = Fair(one(StrategySpec(name="lent", yielding=1.0)))
    fair.day()
    fair.books.move(USD, SafeYield.pool, "world", 1)
    with pytest.raises(AssertionError, match="claims"):
        fair.people.audit()


def test_a_dollar_that_is_nowhere_is_found() -> None:
    fair = Fair(one(DIP_BUYERS))
    fair.day()
    fair.first._dollars += 1
    with pytest.raises(AssertionError, match="strategies/dip/0: dollars"):
        fair.people.audit()


def test_a_failure_takes_its_shares_once_and_an_estate_keeps_them() -> None:
    """A fifth of 7.5 M lent, and a tenth of 25 coins; dip buyers lose a tenth of their dollars."""
    fair = Fair(one(BARBELL), one(DIP_BUYERS))
    fair.days(PRICE, PRICE)
    fair.failure = StrategyLevers(failed=2 * DAY, yield_lost=0.2, seized=0.1)
    fair.days(PRICE, PRICE, PRICE)
    barbell, dip = fair.people.portfolios
    assert usd(barbell.claims) == pytest.approx(6e6, rel=1e-4)
    assert barbell.lots == pytest.approx(225_000, abs=1)
    assert usd(dip.dollars) == pytest.approx(9e6, rel=1e-6)
    estate = "strategies/estate"
    assert usd(fair.books.balance(estate, USD)) == pytest.approx(2.5e6, rel=1e-4)
    assert fair.books.balance(estate, BTC) == pytest.approx(25_000, abs=1)


def test_a_failure_in_the_middle_of_a_purchase_is_borne_too() -> None:
    fair = Fair(one(DIP_BUYERS), pace=100.0)
    fair.days(PRICE, PRICE, 80_000, 80_000)
    part = fair.first.lots
    assert 0 < part < 600_000
    fair.failure = StrategyLevers(failed=4 * DAY, seized=0.5)
    fair.days(80_000)
    left = usd(fair.first.dollars)
    assert fair.first.lots >= part // 2
    fair.days(*[80_000] * 60)
    assert fair.first.dollars >= 0
    assert usd(fair.first.bets.bought) == pytest.approx(5e6, rel=1e-3)
    assert usd(fair.first.dollars) < left


def test_a_failure_in_the_middle_of_a_sale_leaves_half_of_what_was_to_be_kept() -> None:
    """Half of 100 coins are for sale; half of what is there at the failure is gone."""
    fair = Fair(one(ONE_SIDED, panic=PanicSpec(calm_days=365)), pace=100.0)
    fair.days(PRICE, PRICE, 80_000, 80_000)
    before = fair.first.lots
    assert 500_000 < before < 1_000_000
    fair.failure = StrategyLevers(failed=4 * DAY, seized=0.5)
    fair.days(*[80_000] * 60)
    assert fair.first.lots == pytest.approx(250_000, abs=125)


def test_stocks_and_private_assets_move_as_they_are_told() -> None:
    """A fall of coins by a tenth, all alike: minus 2 % and minus 4 %, and a day's growth.

    There is one day more, without a return of coins: that before the first.
    """
    mix = StrategySpec(name="mix", outside=0.9, private=0.1)
    fair = Fair(one(mix))
    fair.days(PRICE, PRICE, 0.9 * PRICE, 0.9 * PRICE)
    growth, private = 1 + 0.064 / 365, 1 + 0.099 / 365
    assert usd(fair.first.outside) == pytest.approx(9e6 * growth**4 * (growth - 0.02), rel=1e-6)
    assert usd(fair.first.private) == pytest.approx(1e6 * private**4 * (private - 0.04), rel=1e-6)


def test_a_row_has_the_days_return_of_coins_and_what_went_with_it() -> None:
    """Half a year of it: correlations are 0.54 on the day, and 0 with the day before or after.

    Their standard errors are 0.04 and 0.06.
    """
    half = one(StrategySpec(name="half", coins=0.5, outside=0.5))
    days = np.random.default_rng(5).normal(0.0, 0.5 / math.sqrt(365), size=360)
    fair = Fair(half, outside=OutsideSpec(stress_correlation=0.54))
    fair.days(*(PRICE * np.exp(np.cumsum(days))).tolist())
    rows = fair.people.frame()
    coins, outside = (np.diff(np.log(rows[leg].to_numpy())) for leg in ("coins", "outside"))
    assert np.corrcoef(coins, outside)[0, 1] == pytest.approx(0.54, abs=0.12)
    assert np.corrcoef(coins[:-1], outside[1:])[0, 1] == pytest.approx(0.0, abs=0.16)
    assert np.corrcoef(coins[1:], outside[:-1])[0, 1] == pytest.approx(0.0, abs=0.16)


def test_stress_begins_on_the_day_of_the_fall() -> None:
    """Coins lose a fifth; what is alike in stress alone falls in the same row, and not before."""
    half = one(StrategySpec(name="half", coins=0.5, outside=0.5))
    fair = Fair(half, outside=OutsideSpec(correlation=0.0, stress_correlation=1.0))
    fair.days(PRICE, PRICE, 0.8 * PRICE)
    outside = fair.people.frame()["outside"].to_numpy()
    day = 0.064 / 365 - 0.2 * 0.10 / 0.5
    assert outside[2] / outside[1] - 1.0 == pytest.approx(day, rel=1e-6)


def test_bad_mixes_are_named() -> None:
    with pytest.raises(ValidationError, match="weights of 'much' must sum to at most 1"):
        StrategySpec(name="much", coins=0.6, yielding=0.6)
    with pytest.raises(ValidationError, match="rebalance_days must be None"):
        StrategySpec(name="two", coins=1.0, panic=PanicSpec(), rebalance_days=3)
    with pytest.raises(ValidationError, match="one of them must be 0"):
        StrategySpec(name="both", yielding=0.5, outside=0.5)
    with pytest.raises(ValidationError, match="differently"):
        StrategiesSpec(strategies=(BARBELL, BARBELL))
    with pytest.raises(ValueError, match="books must keep YIELD"):
        SafeYield(YieldSpec(), Books(), borrowers="world", estate="estate")
