"""What a treasury company does: issue, buy back, pay, pledge, convert, sell. To the unit."""

from __future__ import annotations

import pytest

from tests.agents.company_worlds import CALM, PRICE, CompanyWorld, firm
from tidegate.agents.company_debt import BILLS, LOAN
from tidegate.scenario.companies import FoundingSpec
from tidegate.scenario.company_holders import ArbitrageurSpec, RetailShareSpec
from tidegate.scenario.company_terms import (
    BuybackSpec,
    CoinLoanSpec,
    ConvertibleSpec,
    IssuanceSpec,
    PlacementSpec,
    PreferredSpec,
)

MICRO = 1_000_000


def falls_to(level: float, day: int) -> object:
    return lambda second: PRICE if second < day * 86_400 else PRICE * level


def test_a_firm_that_does_nothing_stays_as_it_is() -> None:
    world = CompanyWorld([firm()])
    company = world[0].company
    lots, price = company.coins.lots, company.price
    world.run(5)
    assert company.coins.lots == lots == 10**8  # 10,000 coins
    assert company.price == pytest.approx(price) == pytest.approx(10.0)
    assert company.mnav == pytest.approx(1.0)
    assert company.shares.outstanding == 100_000_000
    frame = world.companies.sector.frame()
    assert frame.height == 5
    assert frame["coins"].to_list() == [10_000.0] * 5


def test_above_its_threshold_it_sells_shares_and_buys_coins() -> None:
    spec = firm(mnav=2.0, issuance=IssuanceSpec(above=1.5, rate=0.002))
    world = CompanyWorld([spec])
    company = world[0].company
    world.run(5)
    frame = world.companies.sector.frame()
    # A thousandth of the coins a session at twice their price: 4 M USD of 2 bn.
    assert frame["raised"][0] == pytest.approx(4e6, rel=0.05)
    assert company.coins.bought > 0.6 * company.offers.raised
    assert frame["shares"].diff().drop_nulls().min() > 0
    per_share = frame["coins"] / frame["shares"]
    assert per_share[-1] > per_share[0]  # above par, selling shares adds coins to each
    assert frame["mnav"].diff().drop_nulls().max() < 0.0  # and who takes them wants a lower price
    assert company.shares.listed.shares_held(company.shares.own) == 0


def test_no_firm_issues_below_a_floor_set_by_law() -> None:
    world = CompanyWorld([firm(mnav=2.0, issuance=IssuanceSpec(above=1.5, rate=0.002))])
    world.board.set(issue_floor=2.5)
    world.run(3)
    assert world[0].company.offers.raised == 0


@pytest.mark.parametrize("coin", ["BTC", "SOL"])
def test_below_its_coins_it_buys_back_with_coins_if_cash_is_short(coin: str) -> None:
    rule = BuybackSpec(authorised_usd=5e6, rate=0.002)
    world = CompanyWorld([firm(coin, mnav=0.7, buyback=rule)])
    company = world[0].company
    world.run(14)
    frame = world.companies.sector.frame()
    assert company.coins.sold_for > 0
    assert 4.5e6 < company.offers.returned / MICRO <= 5e6  # and no more than was authorised
    retired = 100_000_000 - company.shares.outstanding
    assert retired == company.shares.retired > 0
    per_share = frame["coins"] / frame["shares"]
    assert per_share[-1] > per_share[0]
    assert frame["price"][-1] > 7.0  # who sells to it asks for more


def test_a_buyback_without_cash_or_coins_is_words() -> None:
    rule = BuybackSpec(authorised_usd=5e6, rate=0.002, sells_coins=False)
    world = CompanyWorld([firm(mnav=0.7, buyback=rule)])
    world.run(5)
    assert world[0].company.offers.returned == 0


def test_an_announced_buyback_is_carried_out_at_any_mnav() -> None:
    world = CompanyWorld([firm(mnav=1.2, cash=30e6)])
    world.board.set(buyback=0.01)
    world.run(10)
    company = world[0].company
    assert company.offers.returned / MICRO == pytest.approx(12e6, rel=0.1)
    assert company.coins.sold_for == 0  # cash sufficed


def test_bills_are_paid_in_cash_then_shares_then_coins() -> None:
    preferred = (PreferredSpec(usd=100e6, dividend=0.10),)
    paid = {}
    for name, mnav, cash in (("cash", 0.9, 50e6), ("shares", 1.3, 0.0), ("coins", 0.9, 0.0)):
        world = CompanyWorld([firm(mnav=mnav, cash=cash, preferreds=preferred)])
        world.run(30)
        company = world[0].company
        paid[name] = company.debt.paid / MICRO
        used = (company.offers.raised > 0, company.coins.sold_for > 0)
        assert (
            used == {"cash": (False, False), "shares": (True, False), "coins": (False, True)}[name]
        )
    # 10 M USD a year: 0.82 M in thirty days; the last days' bills may wait for the next session.
    assert paid == pytest.approx(dict.fromkeys(paid, 10e6 * 29 / 365 / 1e6 * MICRO), rel=0.15)


def test_a_margin_call_pledges_more_then_sells() -> None:
    loan = CoinLoanSpec(usd=450e6, rate=0.0)
    world = CompanyWorld([firm(loan=loan, mnav=1.2)], price=falls_to(0.7, 2))  # type: ignore[arg-type]
    company = world[0].company
    assert company.coins.pledged == pytest.approx(9_000 / company.coins.lot, abs=2)
    world.run(2)
    assert company.covenant.calls == 0
    world.run(5)
    # 450 M against 9,000 coins at 70,000: 0.714, above the call. 3,857 more would be needed; there
    # are 1,000. Then 450 against 700: 0.643, within the call: nothing is sold.
    assert company.covenant.calls == 1
    assert company.covenant.forced == 0
    assert company.covenant.ltv == pytest.approx(0.643, abs=0.002)
    assert company.coins.pledged == company.coins.lots


def test_below_that_the_lender_is_paid_out_of_coins() -> None:
    loan = CoinLoanSpec(usd=450e6, rate=0.0)
    world = CompanyWorld([firm(loan=loan, mnav=1.2)], price=falls_to(0.6, 2))  # type: ignore[arg-type]
    company = world[0].company
    world.run(20)
    # 450 against 600 with all coins pledged: 0.75, between call and sale: (450 - x) / (600 - x) =
    # 0.5 gives 300.
    assert company.covenant.forced / MICRO == pytest.approx(300e6, rel=0.01)
    assert company.debt.owed(LOAN) / MICRO == pytest.approx(150e6, rel=0.01)
    assert company.covenant.ltv == pytest.approx(0.5, abs=0.01)
    assert company.coins.lots == pytest.approx(5_000 / company.coins.lot, rel=0.01)


def test_at_the_last_threshold_the_lender_sells_all_it_is_owed() -> None:
    loan = CoinLoanSpec(usd=450e6, rate=0.0)
    world = CompanyWorld([firm("SOL", loan=loan, mnav=1.2)], price=falls_to(0.55, 2))  # type: ignore[arg-type]
    company = world[0].company
    world.run(6)
    # 450 against 550 is 0.82: all of it, but for what sales cost.
    assert company.covenant.forced / MICRO == pytest.approx(450e6, rel=0.015)
    assert company.debt.owed(LOAN) / MICRO < 0.015 * 450e6  # what the sale cost is owed still
    assert company.coins.lots * company.coins.unit / MICRO == pytest.approx(100e6, rel=0.15)


def test_bonds_convert_above_their_price_and_are_paid_below() -> None:
    for conversion, converted in ((8.0, True), (20.0, False)):
        bond = ConvertibleSpec(usd=80e6, coupon=0.0, conversion_price=conversion, maturity_days=3)
        world = CompanyWorld([firm(mnav=1.2, convertibles=(bond,))])
        company = world[0].company
        world.run(12)
        assert company.debt.owed(2) == 0
        more = company.shares.outstanding - 100_000_000
        if converted:
            assert more == 10_000_000
            assert company.debt.paid == 0
        else:
            # Above par shares are sold for what falls due.
            assert company.offers.raised / MICRO + company.debt.owed(BILLS) / MICRO >= 79e6


def test_holders_of_bonds_may_ask_for_their_money_early() -> None:
    bond = ConvertibleSpec(usd=80e6, coupon=0.0, conversion_price=20.0, put_days=3.0)
    world = CompanyWorld([firm(mnav=0.95, convertibles=(bond,))])
    company = world[0].company
    world.run(2)
    assert company.debt.owed(2) == 80_000_000 * MICRO
    world.run(6)
    assert company.debt.owed(2) == 0
    assert company.coins.sold_for > 0  # below par its coins pay
    assert company.debt.paid / MICRO == pytest.approx(80e6, rel=0.02)


def test_a_firm_that_cannot_pay_fails_and_its_shares_are_frozen() -> None:
    spec = firm("SOL", usd=10e6, costs=900e6, mnav=0.9)
    world = CompanyWorld([spec])
    company = world[0].company
    world.run(20)
    assert company.failed
    assert company.coins.lots * company.coins.unit < MICRO
    assert company.debt.written_off > 0
    assert company.debt.total == 0
    assert company.in_force().frozen


def test_staking_adds_coins_without_money() -> None:
    world = CompanyWorld([firm("SOL", staking=0.10)])
    company = world[0].company
    before = company.coins.lots
    world.run(15)
    grown = company.coins.lots / before - 1.0
    assert grown == pytest.approx(0.10 * 11 / 365, rel=0.2)
    assert company.cash == 0


def test_a_lock_up_ends_and_what_is_sold_presses_the_premium() -> None:
    placement = PlacementSpec(share=0.6, price=8.0, locked_days=4.0, sells=0.5, sessions=5)
    world = CompanyWorld([firm(mnav=1.5, placement=placement)])
    member = world[0]
    world.run(4)
    company = member.company
    assert company.shares.locked == 60_000_000
    before = company.mnav
    assert before == pytest.approx(1.5, rel=1e-3)
    world.run(12)
    assert company.shares.locked == 0
    assert member.holders.placement.desk.shares == pytest.approx(30_000_000, rel=0.02)
    # Institutions take 30 of 100 M shares: 0.3 / 0.5 of log premium.
    assert company.mnav / before == pytest.approx(0.55, abs=0.03)


def test_an_index_that_drops_it_sells_and_a_scandal_drives_holders_away() -> None:
    few = CALM.model_copy(update={"retail": RetailShareSpec(chase=0.0, noise=0.001)})
    firms = [firm(mnav=1.2, index_share=0.1), firm(mnav=1.2, number=1)]
    world = CompanyWorld(firms, holders=few)
    world.run(2)
    world.board.set(index_excluded=True)
    world.run(16)
    first, second = world[0], world[1]
    assert first.holders.index.desk.shares <= 10
    assert first.company.mnav / second.company.mnav == pytest.approx(0.819, abs=0.02)  # exp(-0.2)
    calm = second.company.mnav
    world.board.set(scandal=world.clock.end)
    world.run(10)
    assert second.company.scandals == 1
    # They hold half of the float and 30 % of them leave: 0.15 / 0.5 of log premium.
    assert second.company.mnav / calm == pytest.approx(0.741, abs=0.02)


def test_a_wave_feeds_on_the_premium_and_rules_can_stop_it() -> None:
    wave = FoundingSpec(candidates=6, hazard=0.0, imitation=30.0, raised=1e8, locked_days=2.0)
    founded = {}
    for name, mnav, friction in (("dear", 2.0, 0.0), ("par", 1.0, 0.0), ("barred", 2.0, 1.0)):
        world = CompanyWorld([firm(mnav=mnav)], founding=wave)
        world.board.set(friction=friction)
        world.run(20)
        firms = world.companies.sector.companies[1:]
        founded[name] = sum(company.active for company in firms)
        for company in firms:
            if company.active:
                assert company.offers.raised >= 100e6 * MICRO
                assert company.coins.bought > 0
    assert founded["dear"] >= 3
    assert founded["par"] == founded["barred"] == 0


def test_a_share_without_trades_follows_its_coins() -> None:
    world = CompanyWorld([firm(mnav=1.3)], price=falls_to(0.8, 2), holders=CALM)  # type: ignore[arg-type]
    world.run(2)
    before = world[0].company.price
    world.run(2)
    assert world[0].company.price / before == pytest.approx(0.8, rel=1e-3)


def test_who_is_worth_its_coins_announces_nothing_and_goes_on_selling_shares() -> None:
    """An event of firms below their coins: one is, and buys; the other is not, and does not."""
    sells = IssuanceSpec(above=1.2, rate=0.002)
    world = CompanyWorld(
        [firm(mnav=0.9, cash=20e6), firm(mnav=1.4, number=1, cash=20e6, issuance=sells)]
    )
    world.board.set(buyback=0.1, buyback_below=1.0)
    world.run(8)
    cheap, dear = (world[number].company for number in (0, 1))
    # 20 M USD are left for a share beside the coins, which costs nine tenths of what it holds.
    assert cheap.offers.announced / MICRO == pytest.approx(0.1 * 0.92e9, rel=0.01)
    assert cheap.offers.returned > 0 < dear.offers.raised
    assert dear.offers.announced == dear.offers.returned == 0


def test_an_announcement_does_not_keep_bills_from_being_paid() -> None:
    """Shares are still sold for them, and the buyback goes on with what cash there is."""
    preferred = (PreferredSpec(usd=100e6, dividend=0.10),)
    world = CompanyWorld([firm(mnav=1.3, preferreds=preferred)])
    world.board.set(buyback=0.5)
    world.run(30)
    company = world[0].company
    assert company.debt.owed(BILLS) / MICRO < 0.2e6
    assert company.debt.paid / MICRO > 0.6e6


def test_pledged_coins_come_back_when_the_loan_has_fallen() -> None:
    """A rise of the coin leaves more pledged than the terms ask for; bills may use the rest."""
    loan = CoinLoanSpec(usd=450e6, rate=0.05)
    world = CompanyWorld(
        [firm(loan=loan, mnav=0.9)],
        price=lambda second: PRICE * (1.0 if second < 2 * 86_400 else 2.0),
    )
    company = world[0].company
    pledged = company.coins.pledged
    world.run(10)
    assert company.debt.paid > 0
    assert company.coins.pledged < 0.6 * pledged
    assert company.covenant.forced == 0


def test_who_arbitrages_sells_a_dear_share_and_hedges_with_coins() -> None:
    some = CALM.model_copy(
        update={
            "arbitrage": ArbitrageurSpec(capital=0.05, entry=0.1, full=0.5),
            "retail": RetailShareSpec(chase=0.0, noise=0.001),
        }
    )
    worlds = [CompanyWorld([firm(mnav=1.8)], holders=h) for h in (some, CALM)]
    for world in worlds:
        world.run(15)
    arbitraged, left = (world[0] for world in worlds)
    trader = arbitraged.arbitrageur
    assert trader.position < 0
    assert trader.owed >= -trader.position
    value = -trader.position * arbitraged.company.price
    assert trader.futures.lots * 1e-4 * PRICE == pytest.approx(value, rel=0.1)
    assert arbitraged.company.mnav < left.company.mnav
    assert trader.equity > 0.0


def test_cheap_shares_are_bought_against_coins() -> None:
    some = CALM.model_copy(
        update={
            "arbitrage": ArbitrageurSpec(capital=0.05, entry=0.1, full=0.5),
            "retail": RetailShareSpec(chase=0.0, noise=0.001),
        }
    )
    world = CompanyWorld([firm(mnav=0.6)], holders=some)
    world.run(15)
    trader = world[0].arbitrageur
    assert trader.position > 0
    assert trader.futures.lots < 0
    assert world[0].company.mnav > 0.6
