"""The oracle of the margin venue against figures of venues and sums done by hand."""

from collections.abc import Sequence
from typing import Literal

import pytest
from tidegate_core.codes import EventKind, Reject
from tidegate_core.perpetual import Collateral, Perpetual, Tier
from tidegate_core.waterfall import Waterfall

from tests.oracles.margin import BUY, SELL
from tests.oracles.margin_adl import Claim, pro_rata, queue, water_filling
from tests.oracles.margin_contract import Terms, collateral_covering, collateral_value
from tests.oracles.margin_state import CROSS, FUND, VAULT, VENUE, Event, Target
from tests.oracles.margin_waterfall import WaterfallOracle

UNIT = 1_000_000
ONE_TIER = (Tier(10**15, 50_000, 10),)  # 5 % maintenance, up to 10x
ANN, BEN, CAT, DAN = 5, 6, 7, 8


def linear(**terms: object) -> Perpetual:
    """Give a contract on which a lot gains one unit a tick."""
    facts = {"tiers": ONE_TIER, "max_price": 10**6, "tick_value": UNIT, **terms}
    return Perpetual("LIN", **facts)  # type: ignore[arg-type]


def inverse(**terms: object) -> Perpetual:
    facts = {"tiers": ONE_TIER, "max_price": 10**8, "contract_value": 10**9, **terms}
    return Perpetual("INV", inverse=True, **facts)  # type: ignore[arg-type]


def venue(
    policy: Waterfall | None = None,
    contracts: Sequence[Perpetual] = (),
    collateral: Sequence[Collateral] = (),
    cash: Sequence[int] = (1000, 1000, 1000, 1000),
    mark: int = 100,
) -> WaterfallOracle:
    """Open a venue with the cash of Ann, Ben, Cat and Dan in units, every mark the same."""
    policy = policy or Waterfall()
    listed = contracts or [linear()]
    oracle = WaterfallOracle(listed, collateral, 5 + len(cash), policy)
    for account, units in enumerate(cash, start=ANN):
        oracle.deposit(account, 0, units * UNIT)
    oracle.set_marks([mark] * len(listed))
    return oracle


def deal(oracle: WaterfallOracle, buyer: int, seller: int, price: int, lots: int) -> None:
    """Let two accounts trade with each other, and nobody else."""
    assert oracle.submit(0, seller, SELL, price, lots) > 0
    assert oracle.submit(0, buyer, BUY, price, lots) > 0
    assert not oracle.books[0].orders


def units(oracle: WaterfallOracle, account: int) -> float:
    return oracle.cash[account][0] / UNIT


# ---- contracts ---------------------------------------------------------------------------------


def test_an_inverse_long_at_fifty_times_leverage_is_bankrupt_where_the_venue_says() -> None:
    terms = Terms(inverse(max_price=10**9, contract_value=10**15))  # ticks of 0.001
    entry = terms.value(7_890_080, 1_000)
    margin = terms.initial(abs(entry), 50)
    bankrupt = terms.bankruptcy(1_000, entry, margin)
    assert bankrupt is not None
    assert round(bankrupt / 1000, 2) == 7735.37


BINANCE_BTC = (
    Tier(50_000 * UNIT, 4_000, 125),
    Tier(600_000 * UNIT, 5_000, 100),
    Tier(3_000_000 * UNIT, 6_500, 75),
    Tier(12_000_000 * UNIT, 10_000, 50),
    Tier(70_000_000 * UNIT, 20_000, 25),
)


@pytest.mark.parametrize(
    ("notional", "margin"),
    [
        (50_000, 200),
        (600_000, 2_950),
        (1_000_000, 5_550),
        (3_000_000, 18_550),
        (12_000_000, 108_550),
    ],
)
def test_maintenance_follows_the_table_and_has_no_steps(notional: int, margin: int) -> None:
    terms = Terms(linear(tiers=BINANCE_BTC))
    assert terms.maintenance(notional * UNIT) == margin * UNIT
    assert terms.maintenance(notional * UNIT + 1) in (margin * UNIT, margin * UNIT + 1)
    assert [cum // UNIT for cum in terms.deductions] == [0, 50, 950, 11_450, 131_450]


def test_a_long_on_one_tier_is_liquidated_where_the_formula_says() -> None:
    terms = Terms(linear(tiers=[Tier(10**15, 12_500, 40)], tick_value=10_000))  # ticks of 0.01
    entry = terms.value(10_000_000, 1)
    trigger = terms.trigger_between(9_800_000, 9_900_000, 1, entry, 2_500 * UNIT)
    assert trigger == 9_873_417  # 98,734.17 is the last tick below 98,734.177


def test_equity_at_the_printed_price_is_the_maintenance_of_the_entry() -> None:
    terms = Terms(linear(tiers=[Tier(10**15, 5_000, 100)]))
    entry = terms.value(100_000, 1)
    equity = terms.initial(entry, 10) + terms.value(90_500, 1) - entry
    assert equity == terms.maintenance(entry)


def test_twenty_times_leverage_is_bankrupt_five_percent_away() -> None:
    terms = Terms(linear())
    for size, price in ((3, 95_000), (-3, 105_000)):
        entry = terms.value(100_000, size)
        assert terms.bankruptcy(size, entry, terms.initial(abs(entry), 20)) == price


def test_no_price_saves_who_has_lost_more_than_prices_can_bring() -> None:
    terms = Terms(linear(max_price=1_000))
    assert terms.bankruptcy(1, 900 * UNIT, -101 * UNIT) is None
    assert terms.bankruptcy(1, 900 * UNIT, -100 * UNIT) == 1_000
    assert terms.bankruptcy(1, 900 * UNIT, 900 * UNIT) == 1
    assert terms.bankruptcy(-1, -900 * UNIT, -900 * UNIT) is None
    assert terms.bankruptcy(-1, -900 * UNIT, 200 * UNIT) == 1_000


def test_lots_within_a_cap_are_the_most_that_fit() -> None:
    for terms in (Terms(linear(tick_value=7)), Terms(inverse(contract_value=12_345_677))):
        for cap in (10**6, 10**6 + 13):
            lots = terms.lots_within(cap, 977)
            assert abs(terms.value(977, lots)) <= cap < abs(terms.value(977, lots + 1))


def test_a_haircut_counts_after_the_price() -> None:
    half = Collateral("ETH", 500_000)
    assert collateral_value(3_000_001, 2_000_001, half) == 3_000_002
    assert collateral_value(-5, 2_000_000, half) == 0
    assert collateral_covering(1_000_000, 9_000_000, 2_000_000, half) == 1_000_000
    assert collateral_covering(10**9, 9_000_000, 2_000_000, half) == 9_000_000


# ---- orders and trades -------------------------------------------------------------------------


def test_a_resting_order_keeps_its_part_of_what_it_needed() -> None:
    oracle = venue(contracts=[linear(taker_ppm=1_000)])
    assert oracle.submit(0, ANN, BUY, 90, 10) > 0
    assert oracle.order_margin(ANN) == 90 * UNIT + 900_000  # 900 / 10x and 0.1 % of 900
    assert oracle.submit(0, BEN, SELL, 90, 4) > 0
    assert oracle.order_margin(ANN) == 54_540_000
    assert units(oracle, VENUE) == 0.36
    assert oracle.available(ANN) == 1040 * UNIT - 40 * UNIT - 54_540_000


def test_profit_and_loss_of_a_cross_round_trip() -> None:
    oracle = venue()
    deal(oracle, ANN, BEN, 100, 3)
    deal(oracle, CAT, ANN, 110, 2)
    assert units(oracle, ANN) == 1020
    assert oracle.position(ANN, 0).entry == 100 * UNIT
    deal(oracle, CAT, ANN, 90, 4)
    assert units(oracle, ANN) == 1010
    assert (oracle.position(ANN, 0).size, oracle.position(ANN, 0).entry) == (-3, -270 * UNIT)
    oracle.audit()


def test_a_shortfall_of_an_isolated_position_is_the_funds_then_the_venues() -> None:
    oracle = venue(Waterfall(fund=30 * UNIT))
    oracle.set_mode(ANN, 0, True)
    deal(oracle, ANN, BEN, 100, 10)
    assert (units(oracle, ANN), oracle.position(ANN, 0).margin) == (900, 100 * UNIT)
    deal(oracle, CAT, ANN, 85, 10)  # loses 150 on a margin of 100
    assert (units(oracle, ANN), units(oracle, FUND), units(oracle, VENUE)) == (900, 0, -20)
    assert oracle.shortfalls == [
        Event(EventKind.SHORTFALL, ANN, 0, value=30 * UNIT, amount=50 * UNIT)
    ]
    oracle.audit()


def test_reduce_only_is_cut_and_never_turns_a_position() -> None:
    oracle = venue()
    assert oracle.submit(0, ANN, SELL, 100, 1, reduce_only=True) == -Reject.REDUCE
    deal(oracle, ANN, BEN, 100, 10)
    first = oracle.submit(0, ANN, SELL, 110, 6, reduce_only=True)
    second = oracle.submit(0, ANN, SELL, 111, 6, reduce_only=True)
    assert [oracle.resting[0][n].left for n in (first, second)] == [6, 4]
    assert oracle.submit(0, ANN, SELL, 112, 1, reduce_only=True) == -Reject.REDUCE
    oracle.submit(0, CAT, BUY, 105, 10)
    oracle.submit(0, ANN, SELL, 105, 3)
    assert [order.number for order in oracle.orders_of(ANN, 0)] == [first]
    oracle.submit(0, ANN, SELL, 105, 7)
    assert not oracle.orders_of(ANN, 0)


def test_leverage_is_checked_against_the_tier_that_orders_lead_to() -> None:
    tiers = [Tier(1_000 * UNIT, 10_000, 20), Tier(10_000 * UNIT, 20_000, 10)]
    oracle = venue(contracts=[linear(tiers=tiers)])
    assert oracle.submit(0, ANN, BUY, 90, 6) > 0
    assert oracle.submit(0, ANN, BUY, 90, 6) == -Reject.LEVERAGE
    assert oracle.submit(0, ANN, SELL, 120, 6) > 0
    assert oracle.set_leverage(BEN, 0, 10) == Reject.OK
    assert oracle.submit(0, BEN, BUY, 90, 20) > 0


def test_orders_outside_the_band_are_refused_and_market_orders_stop_at_it() -> None:
    oracle = venue(contracts=[linear(band_ppm=100_000)])
    assert oracle.submit(0, ANN, SELL, 111, 1) == -Reject.BAND
    assert oracle.submit(0, ANN, BUY, 89, 1) == -Reject.BAND
    assert oracle.submit(0, ANN, SELL, 110, 1) > 0
    oracle.set_marks([90])
    assert oracle.submit(0, BEN, BUY, 0, 1, kind=1) > 0
    assert not oracle.fills


def test_funding_leaves_the_rounding_in_dust() -> None:
    oracle = venue()
    deal(oracle, ANN, BEN, 100, 3)
    oracle.fund(0, 1)  # 300 units at 1e-9: 0.3 micro-units
    assert [oracle.cash[a][0] - 1000 * UNIT for a in (ANN, BEN)] == [-1, 0]
    oracle.fund(0, -10_000)
    assert [oracle.cash[a][0] - 1000 * UNIT for a in (ANN, BEN)] == [2_999, -3_000]
    assert oracle.cash[4][0] == 1
    oracle.audit()


# ---- the waterfall -----------------------------------------------------------------------------


def ruined_long(policy: Waterfall, mark: int = 94, **world: object) -> WaterfallOracle:
    """Give Ann, with 100 units, a cross long of 10 at 100 that is due; Ben has the other side."""
    oracle = venue(policy, cash=(100, 1000, 1000, 1000), **world)  # type: ignore[arg-type]
    deal(oracle, ANN, BEN, 100, 10)
    assert oracle.set_marks([mark]) == {Target(ANN, CROSS)}
    oracle.fresh = [Target(ANN, CROSS)]
    return oracle


def test_the_book_takes_the_position_and_the_fund_its_fee_and_the_surplus() -> None:
    oracle = ruined_long(Waterfall(clearance_ppm=10_000, surplus="fund"))
    oracle.submit(0, CAT, BUY, 93, 5)
    oracle.submit(0, DAN, BUY, 92, 9)
    assert oracle.liquidate(now=0) == 1
    facts = {"account": ANN, "equity": 40 * UNIT}
    assert oracle.events == [
        Event(EventKind.BOOK, contract=0, quantity=-10, price=90, value=925 * UNIT, **facts),
        Event(EventKind.CLEARANCE, contract=0, amount=9_250_000, **facts),
        Event(EventKind.SURPLUS, contract=CROSS, amount=15_750_000, counterparty=FUND, **facts),
    ]
    assert units(oracle, FUND) == 25
    assert units(oracle, ANN) == 0
    assert not oracle.queued
    oracle.audit()


def test_the_fund_takes_over_at_the_bankruptcy_price_what_the_book_leaves() -> None:
    oracle = ruined_long(Waterfall(fund=100 * UNIT), mark=88)
    oracle.submit(0, CAT, BUY, 90, 4)
    oracle.submit(0, DAN, BUY, 89, 9)
    oracle.liquidate(now=0)
    kinds = [(e.kind, e.quantity, e.price) for e in oracle.events]
    assert kinds == [(EventKind.BOOK, -4, 90), (EventKind.TAKEOVER, -6, 90)]
    assert (oracle.position(FUND, 0).size, units(oracle, ANN)) == (6, 0)
    oracle.audit()


@pytest.mark.parametrize(
    ("fund", "trigger", "kind"),
    [
        (10, "empty", EventKind.TAKEOVER),  # 100 lots, one tick below bankruptcy, 0.1 units each
        (9, "empty", EventKind.ADL),
        (9, "never", EventKind.TAKEOVER),
        (20, "drawdown", EventKind.TAKEOVER),  # half of the fund may go
        (19, "drawdown", EventKind.ADL),
    ],
)
def test_others_are_deleveraged_when_the_fund_cannot_bear_the_loss(
    fund: int, trigger: Literal["empty", "drawdown", "never"], kind: EventKind
) -> None:
    policy = Waterfall(fund=fund * UNIT, adl_trigger=trigger, drawdown_ppm=500_000)
    oracle = venue(policy, contracts=[linear(tick_value=UNIT // 10)], cash=(100, 1000))
    deal(oracle, ANN, BEN, 100, 100)
    oracle.set_marks([89])
    oracle.fresh = [Target(ANN, CROSS)]
    oracle.liquidate(now=0)
    book, taken = oracle.events
    assert (book.kind, book.quantity) == (EventKind.BOOK, 0)
    assert (taken.kind, taken.quantity, taken.price) == (kind, -100, 90)
    assert taken.counterparty == (BEN if kind is EventKind.ADL else FUND)
    oracle.audit()


def test_a_large_position_goes_by_a_slice_then_whole() -> None:
    policy = Waterfall(partial="slice", slice_ppm=250_000, slice_above=0, cooldown_seconds=30)
    oracle = ruined_long(policy, mark=92)
    oracle.submit(0, DAN, BUY, 92, 99)
    assert [oracle.liquidate(now) for now in (0, 29)] == [1, 0]
    assert (oracle.position(ANN, 0).size, units(oracle, ANN)) == (8, 84)
    assert oracle.liquidate(30) == 1
    assert (oracle.position(ANN, 0).size, units(oracle, ANN)) == (0, 20)


def test_a_position_goes_down_to_a_lower_tier() -> None:
    tiers = [Tier(500 * UNIT, 40_000, 10), Tier(10**6 * UNIT, 60_000, 10)]
    oracle = ruined_long(Waterfall(partial="tier"), contracts=[linear(tiers=tiers)])
    oracle.submit(0, DAN, BUY, 94, 99)
    oracle.liquidate(now=0)
    first = oracle.events[0]
    assert (first.kind, first.quantity) == (EventKind.BOOK, -5)  # 5 x 94 = 470 <= 500 < 564


def test_the_vault_takes_positions_and_equity_while_it_has_room() -> None:
    policy = Waterfall(vault=True, vault_capacity=2_000 * UNIT, vault_funds=50 * UNIT)
    oracle = ruined_long(policy, mark=92)  # equity 20 < 2/3 of 46
    oracle.liquidate(now=0)
    assert [(e.kind, e.quantity, e.price) for e in oracle.events] == [(EventKind.VAULT, -10, 92)]
    assert (units(oracle, ANN), units(oracle, VAULT)) == (0, 70)
    assert oracle.position(VAULT, 0).size == 10
    oracle.audit()


def test_without_room_in_the_vault_others_are_deleveraged_at_once() -> None:
    policy = Waterfall(vault=True, vault_capacity=900 * UNIT, fund=10**6 * UNIT, adl_price="mark")
    oracle = ruined_long(policy, mark=92)
    oracle.submit(0, DAN, BUY, 92, 99)
    oracle.liquidate(now=0)
    assert [(e.kind, e.price, e.counterparty) for e in oracle.events] == [(EventKind.ADL, 92, BEN)]


def test_collateral_is_seized_as_far_as_needed() -> None:
    eth = Collateral("ETH", 200_000)
    oracle = venue(Waterfall(fund=1_000 * UNIT), collateral=[eth], cash=(60, 1000, 1000, 1000))
    oracle.set_collateral_price(1, UNIT)
    oracle.deposit(ANN, 1, 50 * UNIT)  # worth 40
    deal(oracle, ANN, BEN, 100, 10)
    oracle.submit(0, CAT, BUY, 93, 10)
    assert oracle.set_marks([94]) == {Target(ANN, CROSS)}
    oracle.fresh = [Target(ANN, CROSS)]
    oracle.liquidate(now=0)
    assert [(e.kind, e.quantity, e.amount) for e in oracle.events] == [
        (EventKind.BOOK, -10, 0),
        (EventKind.SEIZE, -12_500_000, 10 * UNIT),
    ]
    assert oracle.cash[ANN] == [0, 37_500_000]
    oracle.audit()


def test_who_is_above_maintenance_is_let_go() -> None:
    oracle = ruined_long(Waterfall())
    oracle.set_marks([100])
    oracle.liquidate(now=0)
    assert [e.kind for e in oracle.events] == [EventKind.RECOVERED]
    assert not oracle.queued


# ---- who is deleveraged ------------------------------------------------------------------------


def claim(account: int, size: int, gain: int, leverage: int) -> Claim:
    """Give somebody with an entry of 100 and a gain in percent."""
    return Claim(account, size, gain, -100, 1_000, 1_000 * leverage)


def test_scores_are_the_printed_ones() -> None:
    assert claim(5, 1, 50, 4).score == 2.0
    assert claim(5, 1, -50, 4).score == -0.125


def test_the_queue_takes_the_best_ranked_whole() -> None:
    claims = [claim(5, 4, 50, 1), claim(6, 4, 50, 2), claim(7, 4, -50, 2), claim(8, 4, 50, 1)]
    assert [(c.account, q) for c, q in queue(10, claims)] == [(6, 4), (5, 4), (8, 2)]


def test_pro_rata_gives_odd_lots_to_the_first() -> None:
    claims = [claim(5, 3, 10, 1), claim(6, 3, 10, 9), claim(7, 4, -10, 1)]
    assert [(c.account, q) for c, q in pro_rata(5, claims)] == [(5, 3), (6, 2)]
    assert [(c.account, q) for c, q in pro_rata(8, claims)] == [(5, 3), (6, 3), (7, 2)]


def test_water_filling_lowers_the_highest_leverage_first() -> None:
    claims = [claim(5, 100, 10, 10), claim(6, 100, 10, 5), claim(7, 100, 10, 1)]
    assert [(c.account, q) for c, q in water_filling(50, claims)] == [(5, 50)]
    # both go down to leverage 4: 60 of the first, 20 of the second
    assert [(c.account, q) for c, q in water_filling(80, claims)] == [(5, 60), (6, 20)]
