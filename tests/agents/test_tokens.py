"""A stock and its token: values, ladders, minting, hours, halts, margin. Cases by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tidegate_core import Kind, Side

from tests.agents.token_worlds import QUIET, STILL, TokenWorld
from tidegate.agents.elastic_holders import ElasticHolders
from tidegate.agents.token_loans import part_to_sell, shared_out
from tidegate.listed_venue import ListedVenue
from tidegate.scenario.tokens import (
    CashRaiserSpec,
    StockSpec,
    TokenDealerSpec,
    TokenLoanSpec,
    TokensLevers,
    TokensSpec,
)

FRIDAY_NIGHT = 4 * 24 + 22  # hours from Monday, 5 January 2026; the exchange shuts at 21:00 UTC
MONDAY_NOON = 7 * 24 + 18


def world(**changes: object) -> TokenWorld:
    fields: dict[str, object] = {"share": 0.05, "stock": STILL, "public": QUIET}
    return TokenWorld(TokensSpec(**{**fields, **changes}))  # type: ignore[arg-type]


# -- arithmetic -------------------------------------------------------------------------------


def test_how_much_collateral_has_to_go_by_hand() -> None:
    # 70 owed on 100, down to 60 %: after the sale of 25, 45 are owed on 75.
    assert part_to_sell(70.0, 100.0, 0.6) == pytest.approx(0.25)
    assert part_to_sell(60.0, 100.0, 0.6) == 0.0
    assert part_to_sell(120.0, 100.0, 0.6) == 1.0
    assert part_to_sell(10.0, 0.0, 0.6) == 0.0


@pytest.mark.parametrize("total", [0, 1, 7, 10**15])
def test_what_is_shared_out_is_whole(total: int) -> None:
    weights = np.array([3, 0, 5, 2], dtype=np.int64)
    parts = shared_out(total, weights)
    assert parts.sum() == total
    assert parts[1] == 0
    assert all(abs(p - total * w / 10) <= 1 for p, w in zip(parts, weights, strict=True))
    assert shared_out(5, np.zeros(2, dtype=np.int64)).tolist() == [0, 0]


def test_who_buys_a_hundredth_moves_the_price_by_a_hundredth() -> None:
    venue = ListedVenue("x", assets=("USD", "BTC", "S"), ticker="S")
    account, buyer = venue.open_accounts(), venue.open_accounts()
    venue.credit(account, 2, 1_000_000)
    venue.credit(account, 0, 10**14)
    venue.credit(buyer, 0, 10**14)
    holders = ElasticHolders(venue, account, elasticity=1.0)
    for number in range(10):
        holders.quote(100.0, arrival=100 * number)
        venue.clear()
        venue.send(buyer, Side.BUY, 20_000, 1_000, Kind.IOC, 99)
        venue.clear()
        venue.empty_book()
    assert venue.shares(buyer) == 10_000
    assert holders.centre == pytest.approx(0.01)
    holders.quote(100.0, arrival=0, part=0.5)
    venue.clear()
    assert venue.best_ask == math.ceil(1e4 * math.exp(0.0105))
    assert venue.best_bid == math.floor(1e4 * math.exp(0.0095))


# -- the value --------------------------------------------------------------------------------


def test_news_is_the_same_whatever_the_step() -> None:
    spec = TokensSpec(share=0.05, stock=StockSpec(noise=0.0), public=QUIET)
    hourly, slow = (TokenWorld(spec, step=step) for step in (3_600, 14_400))
    for each in (hourly, slow):
        each.hours(96)
    assert hourly.tokens.value.value == pytest.approx(slow.tokens.value.value, rel=1e-12)
    assert hourly.tokens.value.value != 100.0


def test_news_of_a_session_has_the_stated_size() -> None:
    made = TokenWorld(TokensSpec(share=0.05, stock=StockSpec(noise=0.0), public=QUIET))
    value, days = made.tokens.value, 150
    moves = [math.fsum(value._moves(86_400 * day, 86_400 * (day + 1))) for day in range(days)]
    week = np.array([day % 7 < 5 for day in range(days)])
    spread = np.array(moves)[week].std()
    assert spread == pytest.approx(value.spec.volatility, rel=0.1)  # a few are holidays
    weekends = np.array(moves)[~week].std()
    assert weekends == pytest.approx(
        math.sqrt(0.05 * 1440 / (390 + 0.05 * 1050)) * 0.0082, rel=0.15
    )


def test_posted_news_moves_the_stock_by_its_beta() -> None:
    made = world()
    made.hours(1)
    made.shock(-0.1)
    made.hours(1)
    assert made.tokens.value.value == pytest.approx(100.0 * math.exp(-0.037), rel=1e-12)


# -- hours, minting, halts --------------------------------------------------------------------


def test_tokens_move_at_night_and_shares_on_monday() -> None:
    made = world()
    made.hours(FRIDAY_NIGHT)
    made.shock(-0.1)
    made.hours(12)
    frame = made.tokens.market.table.frame()
    stock, token = frame["stock"][-1], frame["token"][-1]
    assert stock == pytest.approx(100.0, rel=1e-3)
    assert token == pytest.approx(100.0 * math.exp(-0.037), rel=0.012)  # nobody can hedge: wide
    made.hours(MONDAY_NOON - FRIDAY_NIGHT - 12)
    frame = made.tokens.market.table.frame()
    assert frame["stock"][-1] == pytest.approx(100.0 * math.exp(-0.037), rel=2e-3)
    assert abs(frame["gap"][-1]) < 0.003


def sell_tokens(made: TokenWorld, number: int) -> None:
    """Let the patient public sell to whoever bids, at any price."""
    venue = made.tokens.market.venue
    account = venue.open_accounts()
    holders = made.tokens.public.holders
    venue.transfer(venue.asset, holders.account, account, number)
    holders.home -= number

    class Seller:
        def quote_token(self, fair: float, hedgeable: bool) -> None: ...

        def order_token(self, fair: float, hedgeable: bool) -> None:
            venue.send(account, Side.SELL, 1, venue.shares(account), Kind.IOC, 1)

        def settle_token(self) -> None: ...

    made.tokens.market.members = (*made.tokens.market.members, Seller())  # type: ignore[assignment]


def test_tokens_are_burned_in_market_hours_and_not_before() -> None:
    made = world()
    made.hours(2)  # Monday, two in the morning
    sell_tokens(made, 3_000_000)
    made.hours(4)
    trust, before = made.tokens.trust, made.tokens.trust.tokens
    assert trust.burned == 0
    assert made.tokens.dealer.excess > 0
    made.hours(18)
    assert trust.burned > 0
    assert trust.tokens == trust.shares == before - trust.burned + trust.minted
    assert abs(made.tokens.dealer.excess) <= 0.02 * made.tokens.dealer.home
    # What was sold as tokens ended up as shares with the holders of the stock, at a lower price.
    assert made.tokens.stock.listed.last < 10_000


def test_who_cannot_hedge_takes_no_more_than_its_limit() -> None:
    made = world(dealer=TokenDealerSpec(limit=0.1))
    made.hours(2)
    sell_tokens(made, 10_000_000)
    made.hours(8)
    assert made.tokens.dealer.excess <= 0.1 * made.tokens.dealer.home


def test_a_halt_binds_whom_it_names() -> None:
    for halt, volumes in (("stock", (0, True)), ("both", (0, False))):
        made = world(stock=StockSpec())
        made.levers_now = TokensLevers(halt=halt, halt_from=0, halt_hours=24.0)  # type: ignore[arg-type]
        sell_tokens(made, 1_000_000)
        made.hours(24)
        frame = made.tokens.market.table.frame()
        assert frame["open"].sum() == volumes[0]
        assert (frame["volume"].sum() > 0) is volumes[1]
        made.hours(24)
        frame = made.tokens.market.table.frame()
        assert frame["open"].sum() > 0
        assert frame["volume"][-24:].sum() > 0


# -- margin and cash --------------------------------------------------------------------------


def fall_of(made: TokenWorld) -> float:
    return 1.0 - made.tokens.stock.listed.last / 10_000


def test_a_fall_of_coins_sells_tokens_and_so_the_stock() -> None:
    made, other = (world(loans=loans) for loans in (TokenLoanSpec(), None))
    for each in (made, other):
        each.hours(12)
        each.price = 60_000.0
        each.hours(60)
    loans = made.tokens.loans
    assert loans is not None
    assert loans.called_tokens > 0
    assert loans.called_lots > 0
    assert loans.repaid > 0
    assert made.tokens.trust.burned > 0
    assert fall_of(made) > 1e-3
    assert fall_of(other) < 1e-3
    value = loans.pledged_tokens * made.tokens.market.price + loans.pledged_lots * 6.0
    open_ = loans.debt > 0
    assert (loans.debt[open_] / 1e6 <= 0.76 * value[open_]).all()


def test_a_fall_of_the_stock_sells_coins() -> None:
    made = world(stock=StockSpec(volatility=0.0, noise=1e-6, beta=1.0), loans=TokenLoanSpec())
    made.hours(12)
    made.shock(-1.0)
    made.hours(36)
    loans = made.tokens.loans
    assert loans is not None
    assert loans.called_lots > 0


def test_where_the_exchange_is_shut_coins_are_sold_instead() -> None:
    made = world(raisers=CashRaiserSpec())
    raisers = made.tokens.raisers
    assert raisers is not None
    made.hours(FRIDAY_NIGHT)
    made.shock(-0.1)
    made.hours(48)
    sold = dict(raisers.sold())
    # 40 bn USD per log of news: at a fall of 3.7 %, 1.5 bn USD, nearly all of it within two days.
    assert sold["raised_lots"] * 1e-4 * made.price == pytest.approx(40e9 * 0.037, rel=0.02)
    assert sold["raised_shares"] == 0
    tokens = 0.05 * 3e9
    assert sold["raised_tokens"] == pytest.approx(0.1 * 0.037 * tokens, rel=0.01)
    made.hours(48)
    # Half of the wish to sell shares is gone after two days of waiting, and 65.5 h have passed.
    waited = 0.5 ** (64.5 / 48.0)
    most = 0.1 * 0.037 * 0.95 * 3e9 * waited
    assert 0.6 * most < raisers.raised_shares < most
    assert raisers.sold()["raised_lots"] == pytest.approx(sold["raised_lots"], rel=0.02)


@pytest.mark.parametrize(
    "wrong", [{"ltv_low": 0.7}, {"call": 0.6}, {"target": 0.8}, {"pledged": 1.5}, {"slip": 0.0}]
)
def test_terms_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        TokenLoanSpec(**wrong)  # type: ignore[arg-type]


def test_two_assets_have_two_names() -> None:
    with pytest.raises(ValueError, match="ticker"):
        TokensSpec(ticker="STOCK")
