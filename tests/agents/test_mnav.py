"""mNAV, dilution, covenants and conversion against what firms published, and by hand."""

from __future__ import annotations

import doctest

import pytest

from tidegate.agents import mnav as arithmetic
from tidegate.agents.mnav import (
    accretion,
    conversion_shares,
    covenant_sale,
    equity_per_share,
    interest,
    mnav,
    placement_shares,
    share_price,
)


def test_the_examples_hold() -> None:
    outcome = doctest.testmod(arithmetic)
    assert outcome.attempted >= 3
    assert outcome.failed == 0


def test_forward_paid_what_its_coins_cost() -> None:
    """6.822 M SOL at 232 USD are the 1.58 bn of the press."""
    cost = 6.822e6 * 232.0
    assert cost == pytest.approx(1.58e9, rel=0.002)


def test_a_share_below_its_coins() -> None:
    """FG Nexus bought at 3.45 USD where coins stood at 3.94; ETHZilla 600,000 at 30 % below."""
    assert 1.0 - mnav(cap=3.45, debt=0.0, cash=0.0, coins=3.94) == pytest.approx(0.124, abs=0.001)
    paid = 12e6 / 600_000
    assert paid / (1.0 - 0.30) == pytest.approx(28.57, abs=0.01)
    # 3.4 M shares were 8 %: so many there were, and buying them back below the coins adds to
    # those of every share left.
    before, coins = 3.4e6 / 0.08, 3.4e6 / 0.08 * 3.94
    after = (coins - 3.4e6 * 3.45) / (before - 3.4e6)
    assert after / 3.94 - 1.0 == pytest.approx(0.0108, abs=1e-4)


def test_a_firm_that_sells_coins_to_pay_half_its_debt() -> None:
    """Sequans: 3,234 BTC, 189 M USD; 970 sold for half of it took 55 % to 39 %."""
    price = 189e6 / 0.55 / 3_234
    assert price == pytest.approx(106_260, rel=1e-3)
    assert 970 * price == pytest.approx(189e6 / 2, rel=0.1)  # half of the debt, and fees
    assert 94.5e6 / ((3_234 - 970) * price) == pytest.approx(0.39, abs=0.005)


def test_what_a_covenant_makes_a_firm_sell() -> None:
    """At the ratio of the call, down to that of the start; exact to the unit."""
    owed, collateral = 70_000_000, 100_000_000
    sold = covenant_sale(owed, collateral, 0.5)
    assert sold == 40_000_000
    assert (owed - sold) / (collateral - sold) == 0.5
    assert covenant_sale(50_000_000, 100_000_000, 0.5) == 0
    assert covenant_sale(90, 50, 0.5) == 90  # under water: all that is owed
    for owed in (1, 7, 333, 10**15 + 1):
        x = covenant_sale(owed, owed + owed // 3, 0.6)
        assert (owed - x) <= 0.6 * (owed + owed // 3 - x) + 1
    with pytest.raises(ValueError, match=r"target is 1\.0; allowed are ratios from 0 to below 1"):
        covenant_sale(1, 1, 1.0)


def test_dilution_adds_coins_to_a_share_above_par_and_takes_them_below() -> None:
    assert accretion(1.0, 0.25) == pytest.approx(0.0, abs=1e-15)
    # Strategy sold some 25 bn USD at twice its coins or more: a quarter of its shares.
    assert accretion(2.0, 0.25) == pytest.approx(0.2)
    assert accretion(0.7, 0.25) == pytest.approx(-0.06)


def test_price_and_ratio_are_each_others_inverse() -> None:
    """Strategy on 9 October 2025: 640,031 BTC at 121,714 USD, shares at 320.29."""
    coins, debt = 640_031 * 121_714.0, 8.24e9 + 6.0e9
    price = share_price(1.35, debt, 0.0, coins, 287_000_000)
    assert mnav(price * 287e6, debt, 0.0, coins) == pytest.approx(1.35)
    assert price == pytest.approx(320.29, rel=0.02)
    with pytest.raises(ValueError, match=r"mnav is 0\.1; .* must be above 0\.183"):
        share_price(0.1, debt, 0.0, coins, 1)


def test_debt_makes_a_share_move_more_than_its_coins() -> None:
    before = equity_per_share(100.0, 0.0, 20.0, 1)
    after = equity_per_share(90.0, 0.0, 20.0, 1)
    assert after / before - 1.0 == pytest.approx(-0.125)  # -10 % x (1 + debt / equity)
    assert equity_per_share(10.0, 0.0, 20.0, 1) == pytest.approx(0.2)  # never below nothing


def test_bills_and_conversions_are_whole() -> None:
    assert interest(8_240_000_000, 0.01, 365) == 82_400_000
    assert interest(100, 0.05, 30) == 0  # rounded down
    assert conversion_shares(672_400_000_000, 672.4) == 1_000
    assert placement_shares(1.5e9, 7.5) == 200_000_000  # ALT5: half for cash, half for tokens
