"""The liquidation desk, step by step, on cases computed by hand.

Most cases liquidate one long of 100 lots bought at 10,000 (a tick and lot is one micro-unit) with
an isolated margin of 100,000 and a maintenance rate of 1 %. It is due at 9,090: there its equity
is 100,000 - 91,000 = 9,000, and 1 % of 909,000 is 9,090. It is bankrupt at 9,000.
"""

import copy
import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from tidegate_core.codes import EventKind, Kind, Side
from tidegate_core.liquidation import LiquidationDesk
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Collateral, Perpetual, Tier
from tidegate_core.waterfall import Waterfall

VENUE, CLEARING, FUND, VAULT, DUST = range(5)
LONG, SHORT, MAKER, OTHER, FIFTH = range(5, 10)  # clients
RICH = 10**12
FLAT = (Tier(10**15, maintenance_ppm=10_000, max_leverage=50),)


class Market:
    """An engine, a maker with cash, and shorthand."""

    def __init__(
        self,
        policy: Waterfall | None = None,
        *,
        tiers: Sequence[Tier] = FLAT,
        contracts: int = 1,
        collateral: Sequence[Collateral] = (),
        clients: int = 5,
        **terms: Any,
    ) -> None:
        listing = [
            Perpetual(f"P{n}", tiers=tiers, max_price=20_000, **{"tick_value": 1, **terms})
            for n in range(contracts)
        ]
        self.engine = MarginEngine(
            "USD", listing, collateral, clients, waterfall=policy or Waterfall()
        )
        assert self.engine.deposit(MAKER, 0, RICH) == 0
        for contract in range(contracts):
            assert self.engine.set_leverage(MAKER, contract, tiers[-1].max_leverage) == 0

    def endow(
        self,
        *positions: tuple[int, int, int, int],
        contract: int = 0,
        value: int = 1,
    ) -> None:
        """Put (account, size, price, margin) in place, with the cash that the margin takes."""
        columns = np.array(positions, dtype=np.int64)
        for account, _, _, margin in positions:
            if margin:
                assert self.engine.deposit(account, 0, margin) == 0
        self.engine.endow(
            contract=contract,
            account=columns[:, 0].copy(),
            size=columns[:, 1].copy(),
            entry=columns[:, 1] * columns[:, 2] * value,
            margin=columns[:, 3].copy(),
        )
        self.engine._check()

    def usual(self, margin: int = 100_000) -> None:
        """Endow the long of the module's docstring, against a short with plenty of margin."""
        self.endow((LONG, 100, 10_000, margin), (SHORT, -100, 10_000, 900_000))

    def bid(self, price: int, lots: int, contract: int = 0) -> None:
        order = self.engine.submit(contract, MAKER, Side.BUY, price, lots, Kind.LIMIT)
        assert order > 0

    def ask(self, price: int, lots: int, contract: int = 0) -> None:
        order = self.engine.submit(contract, MAKER, Side.SELL, price, lots, Kind.LIMIT)
        assert order > 0

    def mark(self, *prices: int) -> None:
        self.engine.set_marks(list(prices))
        self.engine._check()

    def run(self, now: int = 0, budget: int | None = None) -> list[tuple[Any, ...]]:
        """Liquidate one step at a time, all invariants checked; (kind, quantity, price, ...)."""
        left = 10_000 if budget is None else budget
        while left > 0:
            spent = self.engine.liquidate(now, 1)
            self.engine._check()
            left -= spent
            if spent == 0:
                break
        return self.events()

    def events(self) -> list[tuple[Any, ...]]:
        """Take (kind, quantity, price, value, amount) of the events."""
        self.log = self.engine.take_events()
        return [
            (
                EventKind(int(row["kind"])).name,
                *(int(row[field]) for field in ("quantity", "price", "value", "amount")),
            )
            for row in self.log
        ]

    def cash(self, account: int, asset: int = 0) -> int:
        return self.engine.balance(account, asset)

    def size(self, account: int, contract: int = 0) -> int:
        position = self.engine.position(account, contract)
        return 0 if position is None else position["size"]


# ---- the book ---------------------------------------------------------------------------------


def test_book_takes_all_above_the_bankruptcy_price() -> None:
    market = Market()
    market.usual()
    market.bid(9_080, 100)
    market.mark(9_091)
    assert market.run() == []
    market.mark(9_090)
    # sold for 908,000: 8,000 of the margin are left, and go to the client
    assert market.run() == [("BOOK", -100, 9_000, 908_000, 0), ("SURPLUS", 0, 0, 0, 8_000)]
    assert market.cash(LONG) == 8_000
    assert market.size(LONG) == 0
    assert market.log["equity"].tolist() == [9_000, 9_000]
    assert market.log["account"].tolist() == [LONG, LONG]
    assert market.log["counterparty"].tolist() == [-1, -1]


def test_surplus_may_go_to_the_fund() -> None:
    market = Market(Waterfall(surplus="fund"))
    market.usual()
    market.bid(9_080, 100)
    market.mark(9_090)
    assert market.run()[-1] == ("SURPLUS", 0, 0, 0, 8_000)
    assert (market.cash(LONG), market.cash(FUND)) == (0, 8_000)
    assert market.log["counterparty"].tolist() == [-1, FUND]


@pytest.mark.parametrize(("ppm", "fee"), [(5_000, 4_540), (12_500, 8_000)])
def test_clearance_goes_to_the_fund_as_far_as_equity_goes(ppm: int, fee: int) -> None:
    market = Market(Waterfall(clearance_ppm=ppm))
    market.usual()
    market.bid(9_080, 100)
    market.mark(9_090)
    events = market.run()
    assert events[1] == ("CLEARANCE", 0, 0, 0, fee)
    assert (market.cash(LONG), market.cash(FUND)) == (8_000 - fee, fee)


def test_fees_of_liquidation_are_the_makers_alone() -> None:
    market = Market(maker_ppm=100, taker_ppm=500)
    market.usual()
    market.bid(9_080, 100)
    market.mark(9_090)
    market.run()
    assert market.cash(LONG) == 8_000
    assert market.cash(VENUE) == 90 or market.cash(VENUE) == 91  # 100 ppm of 908,000


def test_what_the_book_does_not_take_goes_to_the_fund() -> None:
    market = Market()
    market.usual()
    for price, lots in ((9_080, 40), (9_000, 30), (8_999, 30)):
        market.bid(price, lots)
    market.mark(9_090)
    # 40 sold at 9,080 and 30 at 9,000 cost 66,800 of the margin; 30 are left, bought for 300,000
    # with 33,200: solvent down to 8,893.33, so taken over at 8,894, which leaves 20
    assert market.run() == [
        ("BOOK", -70, 9_000, 633_200, 0),
        ("TAKEOVER", -30, 8_894, 266_820, 0),
        ("SURPLUS", 0, 0, 0, 20),
    ]
    assert market.size(FUND) == 30
    assert market.log["counterparty"].tolist() == [-1, FUND, -1]


def test_shorts_are_liquidated_upwards() -> None:
    market = Market()
    market.endow((SHORT, -100, 10_000, 100_000), (LONG, 100, 10_000, 900_000))
    # due when 1,100,000 - 100 P <= P, so from 10,892 up; bankrupt at 11,000
    market.ask(10_900, 60)
    market.ask(11_001, 60)
    market.mark(10_891)
    assert market.run() == []
    market.mark(10_892)
    # 60 bought at 10,900 cost 54,000; 46,000 are left for 40 sold at 400,000: up to 11,150
    assert market.run() == [
        ("BOOK", 60, 11_000, 654_000, 0),
        ("TAKEOVER", 40, 11_150, 446_000, 0),
    ]
    assert market.size(FUND) == -40
    assert market.cash(SHORT) == 0


def test_no_order_at_all() -> None:
    market = Market(Waterfall(order="none"))
    market.usual()
    market.bid(9_080, 100)
    market.mark(9_090)
    assert market.run() == [("TAKEOVER", -100, 9_000, 900_000, 0)]


def test_a_market_order_goes_as_deep_as_the_fund_can_bear() -> None:
    market = Market(Waterfall(order="market", fund=5_000))
    market.usual()
    market.bid(8_960, 100)
    market.bid(8_949, 100)
    market.mark(8_900)
    # margin and fund bear 105,000, so down to 8,950; at 8,960 the loss is 104,000
    assert market.run() == [
        ("BOOK", -100, 8_950, 896_000, 0),
        ("SHORTFALL", 0, 0, 4_000, 4_000),
    ]
    assert market.cash(FUND) == 1_000
    assert market.cash(LONG) == 0


def test_limits_stay_in_the_band() -> None:
    market = Market(band_ppm=5_000)
    market.usual()
    market.mark(9_060)
    market.bid(9_016, 50)
    market.bid(9_015, 50)
    # 9,060 less 0.5 % is 9,014.7; bankruptcy, at 9,000, is outside
    assert market.run()[0] == ("BOOK", -100, 9_015, 50 * 9_016 + 50 * 9_015, 0)


def test_orders_of_the_target_are_cancelled_or_not() -> None:
    for cancel in (True, False):
        market = Market(Waterfall(cancel_orders=cancel, partial="slice", cooldown_seconds=30))
        market.usual()
        order = market.engine.submit(0, LONG, Side.SELL, 12_000, 10, Kind.LIMIT, reduce_only=True)
        assert order > 0
        market.bid(9_040, 100)
        market.mark(9_050)
        assert market.run()[0][0] == "BOOK"
        assert (market.engine.order(order) is None) == cancel


def test_lots_that_a_target_sells_to_itself_are_not_passed_on() -> None:
    market = Market(Waterfall(cancel_orders=False))
    market.usual()
    market.engine.deposit(LONG, 0, 10**6)
    assert market.engine.submit(0, LONG, Side.BUY, 9_085, 30, Kind.LIMIT) > 0
    market.bid(9_080, 200)
    market.mark(9_050)
    # all 100 find a taker, but 30 of them are its own; with the others gone it is safe
    assert [e[:2] for e in market.run()] == [("BOOK", -100), ("RECOVERED", 0)]
    assert market.size(LONG) == 30


# ---- the fund and the others ------------------------------------------------------------------


@pytest.mark.parametrize(("fund", "kind"), [(9_999, "ADL"), (10_000, "TAKEOVER")])
def test_the_fund_takes_over_what_it_can_bear(fund: int, kind: str) -> None:
    market = Market(Waterfall(fund=fund))
    market.usual()
    market.mark(8_900)
    # at 9,000, the bankruptcy price, it loses 100 x 100 at mark
    assert market.run() == [("BOOK", 0, 9_000, 0, 0), (kind, -100, 9_000, 900_000, 0)]
    assert market.size(SHORT) == (0 if kind == "ADL" else -100)
    if kind == "ADL":  # the short gained 100 a lot, and has its margin back
        assert market.cash(SHORT) == 900_000 + 100_000
        assert market.log["counterparty"].tolist() == [-1, SHORT]
        assert market.cash(FUND) == fund


@pytest.mark.parametrize(("fund", "kind"), [(33_330, "ADL"), (33_331, "TAKEOVER")])
def test_drawdown_of_the_fund_triggers_deleveraging(fund: int, kind: str) -> None:
    # the floor is 70 % of 33,331, rounded down: 23,331
    market = Market(Waterfall(fund=fund, adl_trigger="drawdown", drawdown_ppm=300_000))
    market.usual()
    market.mark(8_900)
    assert market.run()[1][0] == kind


def test_drawdown_is_measured_from_the_peak_of_its_window() -> None:
    policy = Waterfall(
        fund=100_000, adl_trigger="drawdown", drawdown_ppm=150_000, drawdown_seconds=60
    )
    for now, kind in ((59, "ADL"), (60, "TAKEOVER")):
        market = Market(policy)
        market.usual()
        market.endow((OTHER, 100, 10_000, 100_000), (FIFTH, -100, 10_000, 900_000))
        market.mark(8_900)
        # the first costs 10,000 of 100,000; a second would cost 20,000 in all, more than 15 %
        assert market.run(0, budget=1)[-1][0] == "TAKEOVER"
        # by 60 s the peak is forgotten: 10,000 of 90,000
        assert market.run(now)[-1][0] == kind


def test_never_deleverage() -> None:
    market = Market(Waterfall(adl_trigger="never"))
    market.usual()
    market.mark(8_900)
    assert market.run()[1] == ("TAKEOVER", -100, 9_000, 900_000, 0)


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        # scores are 11 % times leverage
        ("queue", {SHORT: 0, OTHER: 40, FIFTH: 20}),
        # 34.28, 17.14 and 8.57, and one lot more for the first
        ("pro_rata", {SHORT: 35, OTHER: 17, FIFTH: 8}),
        # level 0.6953: 10.63, 33.44 and 15.94, and one lot more for the most leveraged two
        ("water_filling", {SHORT: 10, OTHER: 34, FIFTH: 16}),
    ],
)
def test_who_is_deleveraged(rule: Any, taken: dict[int, int]) -> None:
    market = Market(Waterfall(adl_rule=rule))
    market.endow(
        (LONG, 60, 10_000, 60_000),
        (MAKER, 80, 10_000, 0),
        (SHORT, -80, 10_000, 800_000),
        (OTHER, -40, 10_000, 40_000),
        (FIFTH, -20, 10_000, 30_000),
    )
    market.mark(8_900)
    # Notionals 712,000, 356,000 and 178,000 on equities of 888,000, 84,000 and 52,000: leverages
    # of 0.80, 4.24 and 3.42.
    events = market.run()
    assert {e[0] for e in events} == {"BOOK", "ADL"}
    found = dict.fromkeys(taken, 0)
    for row in market.log[market.log["kind"] == EventKind.ADL]:
        found[int(row["counterparty"])] -= int(row["quantity"])
        assert row["price"] == 9_000
    assert found == taken
    assert market.size(LONG) == 0


def test_the_queue_is_ranked_once_a_round_and_gone_through() -> None:
    """Forty targets against two hundred shorts: the order is that of a sort by score."""
    rng = np.random.default_rng(5)
    targets, pairs = 40, 100
    market = Market(clients=5 + targets + 2 * pairs)
    longs = [(10 + n, 25, 10_000, 20_000) for n in range(targets)]
    above = rng.integers(0, 1_000, pairs).tolist()
    margins = rng.integers(8_000, 60_000, 2 * pairs).tolist()
    shorts = [
        (10 + targets + n, -5, 10_000 + price, margin)
        for n, (price, margin) in enumerate(
            zip([*above, *(-x for x in above)], margins, strict=True)
        )
    ]
    market.endow(*longs, *shorts)
    market.mark(8_000)
    scores = {}
    for account, size, price, margin in shorts:
        pnl = size * (8_000 - price)
        scores[account] = pnl / abs(size * price) * (5 * 8_000 / (margin + pnl))
    assert min(scores.values()) > 0
    market.run(budget=15)
    rows = [market.log]
    market.run()
    rows.append(market.log)
    log = np.concatenate(rows)
    taken = log["counterparty"][log["kind"] == EventKind.ADL].tolist()
    assert taken == sorted(scores, key=lambda account: (-scores[account], account))
    assert sum(market.size(account) for account, *_ in longs + shorts) == 0


def test_lots_without_a_counterparty_go_to_the_fund() -> None:
    market = Market()
    market.endow(
        (LONG, 100, 10_000, 100_000), (SHORT, -60, 10_000, 900_000), (DUST, -40, 10_000, 0)
    )
    market.mark(8_900)
    assert market.run()[1:] == [
        ("ADL", -60, 9_000, 540_000, 0),
        ("TAKEOVER", -40, 9_000, 360_000, 0),
    ]
    assert market.size(FUND) == 40


@pytest.mark.parametrize("cancels", [True, False])
def test_orders_of_the_deleveraged(cancels: bool) -> None:
    market = Market(Waterfall(adl_cancels_orders=cancels))
    market.usual()
    market.engine.deposit(SHORT, 0, RICH)
    order = market.engine.submit(0, SHORT, Side.BUY, 5_000, 10, Kind.LIMIT)
    assert order > 0
    market.mark(8_900)
    assert market.run()[1][0] == "ADL"
    assert (market.engine.order(order) is None) == cancels


# ---- parts ------------------------------------------------------------------------------------


def test_a_slice_then_a_cool_down_then_the_whole() -> None:
    market = Market(Waterfall(partial="slice", slice_ppm=200_000, cooldown_seconds=30))
    market.usual()
    market.bid(9_080, 200)
    market.mark(9_050)
    # a fifth sold at 9,080 costs 18,400 of the margin; 80 lots with 81,600 are worth 5,600 at
    # mark, less than 7,240, and bankrupt at 8,980
    assert market.run(0) == [("BOOK", -20, 9_000, 181_600, 0)]
    assert market.run(29) == []
    assert market.size(LONG) == 80
    assert market.run(30) == [("BOOK", -80, 8_980, 726_400, 0), ("SURPLUS", 0, 0, 0, 8_000)]


def test_a_slice_may_be_enough() -> None:
    market = Market(Waterfall(partial="slice", slice_ppm=200_000, cooldown_seconds=30))
    market.usual()
    market.bid(9_080, 200)
    market.mark(9_090)
    assert market.run(0) == [("BOOK", -20, 9_000, 181_600, 0), ("RECOVERED", 0, 0, 0, 0)]
    assert market.log["equity"].tolist() == [9_000, 9_000]  # before the step
    # due again, and so sliced again: 81,600 + 80 P - 800,000 <= 0.8 P from 9,070 down
    market.mark(9_071)
    assert market.run(1) == []
    market.mark(9_070)
    assert market.run(2)[0][:2] == ("BOOK", -16)


def test_small_positions_are_not_sliced() -> None:
    for above, lots in ((904_999, -20), (905_000, -100)):
        market = Market(Waterfall(partial="slice", slice_above=above, cooldown_seconds=30))
        market.usual()
        market.bid(9_080, 200)
        market.mark(9_050)
        assert market.run(0)[0][:2] == ("BOOK", lots)


def test_a_part_without_takers_is_not_tried_again() -> None:
    market = Market(Waterfall(partial="tier", cooldown_seconds=10), tiers=STEPS, tick_value=10)
    market.endow((LONG, 100, 10_000, 1_000_000), (SHORT, -100, 10_000, 9_000_000), value=10)
    market.bid(9_015, 5)
    market.mark(9_010)
    assert market.run(0) == [("BOOK", -5, 9_000, 5 * 90_150, 0)]
    assert [e[:2] for e in market.run(10)[:2]] == [("BOOK", 0), ("TAKEOVER", -95)]


STEPS = (
    Tier(2_000_000, maintenance_ppm=5_000, max_leverage=100),
    Tier(5_000_000, maintenance_ppm=10_000, max_leverage=50),
    Tier(10**15, maintenance_ppm=20_000, max_leverage=20),
)


@pytest.mark.parametrize(
    ("terms", "lots"),
    [
        # to 5,000,000 at 90,100 a lot: 55; then to 2,000,000: 22. Equity is 13,900 then, and
        # maintenance 9,911
        ({}, [-45, -33]),
        ({"tiers_down": 2}, [-78]),
        ({"whole_below_tier": 1}, [-45, -55]),
        ({"whole_below_tier": 2}, [-100]),
    ],
)
def test_down_tier_by_tier(terms: dict[str, int], lots: list[int]) -> None:
    market = Market(Waterfall(partial="tier", **terms), tiers=STEPS, tick_value=10)
    market.endow((LONG, 100, 10_000, 1_000_000), (SHORT, -100, 10_000, 9_000_000), value=10)
    market.bid(9_015, 1_000)
    market.mark(9_010)
    events = market.run()
    assert [e[1] for e in events if e[0] == "BOOK"] == lots
    assert events[0][2] == 9_000
    if len(lots) > 1:
        assert events[1][2] == 8_988  # 556,750 of margin for 55 lots
    assert events[-1][0] == ("SURPLUS" if sum(lots) == -100 else "RECOVERED")


def test_tier_steps_wait_for_their_cool_down() -> None:
    market = Market(Waterfall(partial="tier", cooldown_seconds=60), tiers=STEPS, tick_value=10)
    market.endow((LONG, 100, 10_000, 1_000_000), (SHORT, -100, 10_000, 9_000_000), value=10)
    market.bid(9_015, 1_000)
    market.mark(9_010)
    assert [e[1] for e in market.run(0)] == [-45]
    assert market.run(59) == []
    assert [e[1] for e in market.run(60)] == [-33, 0]


# ---- the vault --------------------------------------------------------------------------------


@pytest.mark.parametrize(("capacity", "kind"), [(905_000, "VAULT"), (904_999, "ADL")])
def test_the_vault_takes_what_it_has_room_for(capacity: int, kind: str) -> None:
    market = Market(
        Waterfall(vault=True, vault_capacity=capacity, vault_funds=1_000, adl_price="mark")
    )
    market.usual()
    market.bid(9_080, 100)  # not asked: equity, 5,000, is less than two thirds of 9,050
    market.mark(9_050)
    events = market.run()
    assert events[0] == (kind, -100, 9_050, 905_000, 5_000 if kind == "VAULT" else 0)
    if kind == "VAULT":
        assert len(events) == 1
        assert market.log["counterparty"].tolist() == [VAULT]
        assert (market.cash(LONG), market.cash(VAULT)) == (0, 6_000)
        assert market.size(VAULT) == 100
    else:
        assert events[1:] == [("SURPLUS", 0, 0, 0, 5_000)]
        assert market.size(SHORT) == 0


def test_with_enough_equity_or_beyond_the_vault_the_book_comes_first() -> None:
    for mark, beyond, kind in (
        (9_080, "adl", "BOOK"),
        (8_990, "adl", "ADL"),
        (8_990, "book", "BOOK"),
    ):
        market = Market(Waterfall(vault=True, vault_capacity=RICH, beyond_vault=beyond))
        market.usual()
        market.bid(9_080, 100)
        market.mark(mark)
        event = market.run()[0]
        assert event[:3] == (kind, -100, 9_000)


def test_a_bankrupt_target_of_the_vault_is_deleveraged_at_its_bankruptcy_price() -> None:
    market = Market(Waterfall(vault=True, vault_capacity=RICH, adl_price="mark", fund=RICH))
    market.usual()
    market.mark(8_900)
    assert market.run() == [("ADL", -100, 9_000, 900_000, 0)]


def test_a_target_worth_nothing_has_no_equity_for_the_vault() -> None:
    # 5 lots of 1,000 are worth less than a micro-coin at 10,000: equity and maintenance are 0
    terms = {"inverse": True, "contract_value": 1_000, "tick_value": None}
    market = Market(Waterfall(vault=True, vault_capacity=RICH), **terms)
    market.engine.deposit(SHORT, 0, 1)
    market.endow((LONG, 5, 0, 0), (SHORT, -5, 0, 0))
    market.mark(10_000)
    assert [event[:2] for event in market.run()] == [("ADL", -5)]


def test_the_vault_takes_whole_accounts() -> None:
    market = Market(
        Waterfall(vault=True, vault_capacity=RICH),
        contracts=2,
        collateral=[Collateral("BTC", haircut_ppm=100_000)],
    )
    market.engine.set_collateral_price(1, 2_000_000)
    market.engine.deposit(LONG, 1, 100_000)  # counts 180,000
    market.endow((LONG, 100, 10_000, 0), (SHORT, -100, 10_000, 900_000))
    market.endow((LONG, -50, 10_000, 0), (SHORT, 50, 10_000, 900_000), contract=1)
    market.mark(8_700, 10_900)
    # equity 180,000 - 130,000 - 45,000 = 5,000; maintenance 8,700 + 5,450
    assert sorted(event[:4] for event in market.run()) == [
        ("SEIZE", -100_000, 0, 0),
        ("VAULT", -100, 8_700, 870_000),
        ("VAULT", 50, 10_900, 545_000),
    ]
    assert market.log["amount"].sum() == -175_000
    assert (market.cash(LONG), market.cash(LONG, 1)) == (0, 0)
    assert (market.cash(VAULT), market.cash(VAULT, 1)) == (-175_000, 100_000)
    assert (market.size(VAULT), market.size(VAULT, 1)) == (100, -50)


# ---- cross accounts, collateral, shortfalls ---------------------------------------------------


def cross(policy: Waterfall | None = None, cash: int = 200_000) -> Market:
    """100 lots of the first contract and 50 of the second, bought at 10,000, on one account."""
    market = Market(policy, contracts=2)
    market.engine.deposit(LONG, 0, cash)
    market.endow((LONG, 100, 10_000, 0), (SHORT, -100, 10_000, 900_000))
    market.endow((LONG, 50, 10_000, 0), (SHORT, -50, 10_000, 900_000), contract=1)
    return market


def test_the_largest_position_of_a_cross_account_goes_first() -> None:
    market = cross()
    market.bid(8_590, 100)
    market.mark(8_600, 9_000)
    # equity 200,000 - 140,000 - 50,000 = 10,000, maintenance 8,600 + 4,500; all other equity,
    # 150,000, bears the first position down to 8,500. Sold at 8,590 it leaves 9,000 for the
    # second, which needs 4,500
    assert market.run() == [("BOOK", -100, 8_500, 859_000, 0), ("RECOVERED", 0, 0, 0, 0)]
    assert market.log["contract"].tolist() == [0, -1]
    assert (market.size(LONG), market.size(LONG, 1)) == (0, 50)


@pytest.mark.parametrize("surplus", ["client", "fund"])
def test_then_the_next(surplus: Any) -> None:
    market = cross(Waterfall(surplus=surplus))
    market.bid(8_510, 100)
    market.bid(8_990, 50, contract=1)
    market.mark(8_600, 9_000)
    events = market.run()
    assert events[:2] == [("BOOK", -100, 8_500, 851_000, 0), ("BOOK", -50, 8_980, 449_500, 0)]
    # 200,000 - 149,000 - 50,500
    if surplus == "client":
        assert events[2:] == []
        assert market.cash(LONG) == 500
    else:
        assert events[2:] == [("SURPLUS", 0, 0, 0, 500)]
        assert (market.cash(LONG), market.cash(FUND)) == (0, 500)


def secured(bid: int, fund: int = 0) -> Market:
    """100 lots bought at 10,000 against 100,000 units of a collateral that counts 1.8 each."""
    market = Market(Waterfall(fund=fund), collateral=[Collateral("BTC", haircut_ppm=100_000)])
    market.engine.set_collateral_price(1, 2_000_000)
    market.engine.deposit(LONG, 1, 100_000)
    market.endow((LONG, 100, 10_000, 0), (SHORT, -100, 10_000, 900_000))
    market.bid(bid, 100)
    market.mark(8_283)
    assert market.run() == []
    market.mark(8_250)
    return market


def test_collateral_is_seized_as_far_as_needed() -> None:
    market = secured(bid=8_240)
    # 176,000 are missing: 195,556 before the haircut, 97,778 units
    assert market.run() == [
        ("BOOK", -100, 8_200, 824_000, 0),
        ("SEIZE", -97_778, 0, 0, 176_000),
    ]
    assert market.log["contract"].tolist() == [0, 1]
    assert (market.cash(LONG), market.cash(LONG, 1)) == (0, 2_222)
    assert (market.cash(FUND), market.cash(FUND, 1)) == (-176_000, 97_778)


def test_a_fund_that_has_paid_for_coins_still_has_them() -> None:
    market = secured(bid=8_240, fund=500)
    market.run()
    assert market.cash(FUND) == 500 - 176_000, "97,778 units count 176,000"
    market.endow((OTHER, 1, 9_000, 800), (FIFTH, -1, 9_000, 9_000))
    market.mark(8_250)  # equity 50, maintenance 82.5: the fund takes a lot worth more than it costs
    assert market.run()[-1][:3] == ("TAKEOVER", -1, 8_200)


@pytest.mark.parametrize(("fund", "of_fund"), [(0, 0), (500, 200)])
def test_what_coins_count_is_there_for_shortfalls(fund: int, of_fund: int) -> None:
    market = secured(bid=8_240, fund=fund)
    market.run()
    market.endow((OTHER, 1, 10_000, 1_800), (FIFTH, -1, 10_000, 9_000))
    market.bid(8_000, 1)
    market.engine.submit(0, OTHER, Side.SELL, 8_000, 1, Kind.IOC)
    (event,) = market.events()
    assert event == ("SHORTFALL", 0, 0, of_fund, 200)
    assert market.cash(FUND) == fund - 176_000 - of_fund


def test_all_collateral_may_be_needed() -> None:
    market = secured(bid=8_199)
    assert market.run() == [
        ("BOOK", 0, 8_200, 0, 0),
        ("TAKEOVER", -100, 8_200, 820_000, 0),
        ("SEIZE", -100_000, 0, 0, 180_000),
    ]
    assert (market.cash(LONG), market.cash(LONG, 1)) == (0, 0)


def test_a_shortfall_is_the_funds_while_it_lasts_and_then_the_venues() -> None:
    market = cross(Waterfall(fund=100_000), cash=200_000)
    market.bid(1_000, 100)
    market.mark(8_600, 9_000)
    # The client panics: 100 lots sold at 1,000 leave -700,000. Nothing, up to the highest price
    # of 20,000, makes up for that: the fund takes the second position at mark.
    market.engine.submit(0, LONG, Side.SELL, 0, 100, Kind.MARKET)
    short = 700_000 + 50 * 1_000
    assert market.run() == [
        ("TAKEOVER", -50, 9_000, 450_000, 0),
        ("SHORTFALL", 0, 0, 100_000, short),
    ]
    assert (market.cash(LONG), market.cash(FUND)) == (0, 0)
    assert market.cash(VENUE) == 100_000 - short


def test_a_debt_that_no_price_makes_good_is_not_passed_on_to_the_deleveraged() -> None:
    # as above, but the vault's rule sends what it cannot take to other traders: at mark they give
    # up nothing and gain nothing, at 1 the debt would be doubled and theirs
    market = cross(Waterfall(vault=True), cash=200_000)
    market.bid(1_000, 100)
    market.mark(8_600, 9_000)
    market.engine.submit(0, LONG, Side.SELL, 0, 100, Kind.MARKET)
    assert market.run()[0] == ("ADL", -50, 9_000, 450_000, 0)
    assert market.size(SHORT, 1) == 0
    assert market.cash(SHORT) == 900_000 + 50 * 1_000


def test_a_target_that_closes_by_itself_leaves_no_debt() -> None:
    market = Market(Waterfall(fund=1_000_000, surplus="fund"))
    market.engine.deposit(LONG, 0, 100_000)
    market.endow((LONG, 100, 10_000, 0), (SHORT, -100, 10_000, 900_000))
    market.bid(8_000, 100)
    market.mark(9_050)
    market.engine.submit(0, LONG, Side.SELL, 0, 100, Kind.MARKET)
    assert market.run() == [
        ("RECOVERED", 0, 0, 0, 0),
        ("SHORTFALL", 0, 0, 100_000, 100_000),
    ]


# ---- the queue --------------------------------------------------------------------------------


def test_who_recovers_in_the_queue_is_let_go() -> None:
    market = Market()
    market.usual()
    market.bid(9_080, 100)
    market.mark(9_090)
    market.mark(9_100)
    assert market.run() == [("RECOVERED", 0, 0, 0, 0)]
    assert market.log["equity"].tolist() == [10_000]
    market.mark(9_090)  # and is due again later
    assert market.run()[0][0] == "BOOK"


def many(policy: Waterfall | None = None, n: int = 3, **terms: Any) -> Market:
    """Several equal longs, against one short."""
    market = Market(policy, clients=5 + n, **terms)
    longs = [(10 + k, 100, 10_000, 100_000) for k in range(n)]
    market.endow(*longs, (SHORT, -100 * n, 10_000, 9 * 10**6))
    return market


def test_a_queue_longer_than_the_budget_waits_while_the_mark_runs_on() -> None:
    market = many()
    for price in (9_080, 9_020, 8_950):
        market.bid(price, 100)
    market.mark(9_090)
    assert market.run(budget=1) == [("BOOK", -100, 9_000, 908_000, 0), ("SURPLUS", 0, 0, 0, 8_000)]
    market.mark(9_010)
    assert market.run(budget=1)[0] == ("BOOK", -100, 9_000, 902_000, 0)
    market.mark(8_940)
    # too late for the third: no bid down to its bankruptcy price, and no fund
    assert [e[0] for e in market.run(budget=1)] == ["BOOK", "ADL"]
    assert market.engine.liquidate(0) == 0


def test_nobody_is_liquidated_without_a_budget() -> None:
    market = many()
    market.mark(9_090)
    assert market.engine.liquidate(0, 0) == 0
    assert market.events() == []
    assert market.engine.liquidate(0) == 3


def test_halted_contracts_wait_and_others_do_not() -> None:
    market = cross(cash=100_000)
    market.bid(9_000, 100)
    market.bid(9_000, 50, contract=1)
    market.engine.halt(0)
    market.mark(9_300, 9_300)
    # equity 100,000 - 70,000 - 35,000: what is not halted goes first
    events = market.run()
    assert [e[1] for e in events if e[0] != "BOOK"] == [-50]
    market.engine.resume(0)
    assert market.run()[-1][1] == -100
    assert market.size(LONG) == market.size(LONG, 1) == 0


def test_multiplicity_costs_budget_and_slices_by_the_single_account() -> None:
    policy = Waterfall(partial="slice", slice_above=500_000, cooldown_seconds=30)
    for multiplicity, lots in ((1, -20), (2, -100)):
        market = Market(policy, clients=5)
        account = market.engine.add_accounts(1, multiplicity)
        market.endow((account, 100, 10_000, 100_000), (SHORT, -100, 10_000, 900_000))
        market.bid(9_080, 200)
        market.mark(9_050)
        assert market.engine.liquidate(0, 1) == multiplicity
        assert market.events()[0][:2] == ("BOOK", lots)
        assert market.log["multiplicity"].tolist()[0] == multiplicity


def test_a_copy_goes_on_as_the_original_would() -> None:
    policy = Waterfall(partial="slice", cooldown_seconds=30, fund=15_000, adl_trigger="drawdown")
    market = many(policy, n=12)
    for price in range(8_900, 9_000):
        market.bid(price, 3)
    market.mark(9_050)
    market.run(0, budget=7)
    market.mark(8_950)
    market.run(10, budget=9)
    copies = [
        copy.deepcopy(market.engine),
        pickle.loads(pickle.dumps(market.engine)),
    ]
    ends = []
    for engine in (market.engine, *copies):
        market.engine = engine
        found = []
        for now, mark in ((20, 8_950), (30, 8_930), (45, 8_900), (75, 8_800)):
            market.mark(mark)
            market.run(now, budget=5)
            found.append(market.log.tobytes())
        market.run(1_000)
        found.append(market.log.tobytes())
        ends.append((found, engine.balances().tobytes(), engine.queue()))
    assert ends[0] == ends[1] == ends[2]
    assert sum(len(part) for part in ends[0][0]) > 0


# ---- the desk by itself -----------------------------------------------------------------------


def test_a_desk_refuses_by_name() -> None:
    with pytest.raises(TypeError, match="policy is None; a Waterfall is needed"):
        LiquidationDesk(None)  # type: ignore[arg-type]
    engine = many().engine
    engine.liquidate(10)
    with pytest.raises(ValueError, match="now is 9; allowed are 10 to"):
        engine.liquidate(9)
    with pytest.raises(TypeError, match=r"now is 11\.0"):
        engine.liquidate(11.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="budget is -1"):
        engine.liquidate(11, -1)
    with pytest.raises(TypeError, match="budget is True"):
        engine.liquidate(11, True)


def test_a_desk_refuses_the_snapshots_of_another() -> None:
    desk, other = LiquidationDesk(Waterfall()), LiquidationDesk(Waterfall(fund=1))
    desk.restore(desk.copy().snapshot())
    assert pickle.loads(pickle.dumps(other)).snapshot() == other.snapshot()
    with pytest.raises(ValueError, match="data is of a desk with the policy Waterfall"):
        desk.restore(other.snapshot())
    with pytest.raises(ValueError, match="data is not a snapshot"):
        desk.restore(b"")
    desk._check()
