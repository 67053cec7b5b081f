"""Funds of defined benefits: the examples of the data file, rebalancing, a stake that is lost."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from tests.agents.conftest import MICRO, Stall
from tidegate.agents.defined_benefit import DefinedBenefitFunds
from tidegate.scenario import ExecutionSpec
from tidegate.scenario.defined_benefit import DefinedBenefitSpec, examples

DAY = 86_400


class Failures:
    """Firms that have failed."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def read(self) -> list[str]:
        return self.names


class FundStall(Stall):
    """Funds in a foreign model."""

    def __init__(self, funds: tuple[DefinedBenefitSpec, ...], *, step: int = DAY, **told: Any):
        super().__init__(step=step)
        self.clock.tick = -1
        self.failures = Failures()
        self.fund_ = DefinedBenefitFunds(
            self,
            path="defined_benefit/0",
            funds=funds,
            accounts={v.name: self.fund(v) for v in self.venues},
            books=self.books,
            execution=ExecutionSpec(sweep=1.0),
            daily_volume=1e10,
            rounds=1,
            failed=self.failures.read,
            **told,
            **self.base,
        )

    def days(self, days: int, price: float = 100_000.0) -> None:
        funds = self.fund_
        for _ in range(days * DAY // self.clock.step_seconds):
            self.clock.tick += 1
            self.books.settle(self.clock.seconds, self.venues)
            self.quote(self.venues[0], price, 10**9)
            funds.step()
            self.venues[0].clear()
            self.audit()
            funds.sleeve.look()
            funds._check()


def still(name: str, **terms: Any) -> DefinedBenefitSpec:
    """Return a fund whose other money and liabilities stand still."""
    fields: dict[str, Any] = {"discount": 0.0, "benefits": 0.0, "holding": "direct", **terms}
    return DefinedBenefitSpec(name=name, assets_usd=10**9, **fields)


def test_the_examples_are_those_of_the_reports() -> None:
    by_name = {fund.name: fund for fund in examples()}
    otpp, houston = by_name["otpp"], by_name["houston_firefighters"]
    assert (otpp.assets_usd, otpp.stake_usd, otpp.firm) == (190 * 10**9, 95 * 10**6, "FTX")
    assert houston.share * houston.assets_usd == 25 * 10**6
    for name in ("fairfax_police", "fairfax_employees"):
        assert (by_name[name].low, by_name[name].high) == (0.03, 0.05)


def test_otpps_loss_is_a_twentieth_of_a_per_cent() -> None:
    """95 M of 190 bn is 0.05 % of assets, to which the news reacted."""
    stall = FundStall(examples())
    stall.failures.names.append("FTX")
    stall.days(31)
    (case,) = stall.fund_.public_cases()
    assert case.institution == "otpp"
    assert case.loss == pytest.approx(0.0005, rel=1e-3)
    assert stall.fund_.lost.tolist() == [95 * 10**6 * MICRO, 0, 0, 0]
    stall.days(31)
    assert len(stall.fund_.cases) == 1


def test_houston_buys_its_half_per_cent_and_others_trade_nothing() -> None:
    stall = FundStall(examples())
    stall.days(20)
    coins = stall.fund_.coins / MICRO
    assert coins[1] == pytest.approx(25e6, rel=1e-3)
    assert coins[[0, 2, 3]].tolist() == [0.0, 0.0, 0.0]
    assert stall.fund_.planned == pytest.approx(25e6 * MICRO, rel=1e-9)
    assert (stall.fund_.claims[2:] / stall.fund_.assets[2:]).tolist() == pytest.approx([0.04] * 2)


@pytest.mark.parametrize("holding", ["direct", "strategies"])
def test_weights_return_to_target_when_they_leave_the_band(holding: str) -> None:
    stall = FundStall((still("fund", holding=holding, share=0.04, low=0.03, high=0.05),))
    stall.days(32)
    stall.days(28, 120_000.0)
    weights = [(stall.fund_.coins + stall.fund_.claims)[0] / stall.fund_.assets[0]]
    stall.days(60, 200_000.0)
    weights.append((stall.fund_.coins + stall.fund_.claims)[0] / stall.fund_.assets[0])
    assert weights == [pytest.approx(0.04 * 1.2 / 1.008, rel=1e-3), pytest.approx(0.04, rel=0.02)]


def test_a_fund_that_lost_stays_away() -> None:
    spec = still(
        "fund",
        holding="venture",
        firm="FTX",
        stake_usd=10**6,
        abstention_months=3,
        enters_day=100.0,
    )
    stall = FundStall((spec,))
    stall.failures.names.append("FTX")
    stall.days(90)
    assert stall.fund_._away_until[0] == 4
    assert not stall.fund_._entered[0]
    stall.days(60)
    assert stall.fund_._entered[0]


def test_who_stays_away_sells_what_is_too_much_and_buys_nothing() -> None:
    spec = still("fund", share=0.04, low=0.03, high=0.05)
    stall = FundStall((spec,))
    stall.days(40)
    stall.fund_._away_until[0] = 12
    held = stall.fund_.lots
    stall.days(60, 50_000.0)
    assert stall.fund_.lots == pytest.approx(held, abs=2)  # the last slices of its purchase
    stall.days(60, 200_000.0)
    assert stall.fund_.lots < 0.8 * held


def test_a_fund_buys_no_more_than_it_can_pay() -> None:
    spec = still("fund", share=1.0, high=1.0, low=0.5)
    stall = FundStall((spec,))
    stall.fund_.liabilities[:] = 0
    stall.fund_.claims[:] = 4 * 10**8 * MICRO  # half of its assets cannot be sold
    stall.days(40)
    assert stall.fund_.other[0] == 0
    assert stall.fund_.coins[0] / MICRO == pytest.approx(1e9, rel=0.01)


def test_a_listing_elsewhere_lets_the_waiting_in() -> None:
    """PEN-H7."""
    seen = [0.0]
    waiting = still("fund", share=0.01, enters_day=None, listing_threshold=0.2)
    stall = FundStall((waiting,), listing=lambda: seen[0])
    stall.days(40)
    assert stall.fund_.lots == 0
    seen[0] = 0.25
    stall.days(10)
    assert stall.fund_.coins[0] / MICRO == pytest.approx(1e7, rel=1e-3)


def test_pensions_are_paid_out_of_assets_and_liabilities() -> None:
    """Twelve months: liabilities x (1 + 0.06/12)(1 - 0.03/12) a month."""
    stall = FundStall((still("fund", discount=0.06, benefits=0.03, funded=0.8),))
    stall.days(364)
    growth = ((1 + 0.005) * (1 - 0.0025)) ** 12
    assert stall.fund_.liabilities[0] / MICRO == pytest.approx(1.25e9 * growth, rel=1e-6)
    paid = stall.fund_.paid_benefits / MICRO
    assert paid == pytest.approx(1.25e9 * 0.03, rel=0.03)


@pytest.mark.parametrize("step", [3600, 6 * 3600])
def test_steps_of_any_length_decide_alike(step: int) -> None:
    found = []
    for seconds in (DAY, step):
        stall = FundStall(examples(), step=seconds)
        stall.days(62)
        found.append((stall.fund_.liabilities.tolist(), stall.fund_.planned))
    assert found[0] == found[1]


def test_a_fork_goes_on_like_the_original() -> None:
    stall = FundStall(examples())
    stall.days(20)
    twin = copy.deepcopy(stall)
    for each in (stall, twin):
        each.failures.names.append("FTX")
        each.days(40, 150_000.0)
    assert stall.fund_.table.digest == twin.fund_.table.digest
    assert len(twin.fund_.cases) == 1
    frame = stall.fund_.frame()
    assert frame.height == 60 * 4
    assert frame.filter(frame["fund"] == "otpp")["lost"].max() == 95e6


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"share": 0.5, "high": 0.2}, "must be in order"),
        ({"holding": "venture"}, "has a firm"),
        ({"firm": "FTX"}, "has a firm"),
        ({"stake_usd": 10**10}, "stake_usd must be"),
    ],
)
def test_what_does_not_fit_is_refused(terms: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        still("fund", **terms)


def test_money_is_conserved_when_prices_jump() -> None:
    spec = still("fund", share=0.1, low=0.05, high=0.15)
    stall = FundStall((spec, spec.model_copy(update={"name": "other", "share": 0.2, "high": 0.3})))
    for price in (100_000.0, 300_000.0, 60_000.0, 100_000.0):
        stall.days(35, price)
    funds = stall.fund_
    spent = funds.sleeve.paid_in - funds.sleeve.paid_out - funds.sleeve.owed
    assert int(funds.other.sum()) == 2 * 10**9 * MICRO - spent
    assert np.array_equal(funds.claims, [0, 0])
