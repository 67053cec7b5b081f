"""Attention, a pool, and the public that trades there: cases by hand and by theory."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.agents.conftest import Stall
from tidegate.agents.attention import Attention
from tidegate.agents.hype_crowd import HypeCrowd
from tidegate.agents.liquidity_pool import LiquidityPool
from tidegate.books import USD, Books
from tidegate.scenario.hype import AttentionSpec, HypeLevers, HypeSpec
from tidegate.streams import Streams

MICRO = 1_000_000


def pool(fee: float = 0.0, related: float = 0.0, **terms: bool) -> LiquidityPool:
    books = Books(("USD", "BTC", "MEME"))
    books.open("world", issuer=True)
    books.open("issuer", issuer=True)
    books.open("me")
    made = LiquidityPool(books, asset=2, path="pool", fee=fee, related=related, **terms)
    books.move(USD, "world", "pool", 1_000 * MICRO)
    books.move(2, "issuer", "pool", 1_000)
    return made


def test_a_constant_product_by_hand() -> None:
    made = pool()
    assert made.marginal == MICRO
    assert made.buy("world", "me", 1_000 * MICRO) == 500  # 1,000 x 1,000 / 2,000
    assert made.marginal == 4 * MICRO  # four times as dear for twice the cash
    assert made.sell("me", "world", 500) == 1_000 * MICRO
    assert (made.cash, made.tokens) == (1_000 * MICRO, 1_000)


def test_the_fee_goes_to_whom_it_is_owed() -> None:
    made = pool(fee=0.01, related=0.75)
    made.buy("world", "me", 100 * MICRO)
    assert made.income == 750_000  # three quarters of a dollar
    assert made.books.balance(made.providers, USD) == 250_000
    number = made.books.balance("me", 2)
    assert number == 90  # 1,000 x 99 / 1,099, rounded down
    before, gross = made.income, made.cash * number // (made.tokens + number)
    assert made.sell("me", "world", number) == gross - gross // 100
    assert made.income - before == gross // 100 * 3 // 4
    assert made.volume == 100 * MICRO + gross


def test_a_pool_is_never_emptied_and_never_pays_for_nothing() -> None:
    made = pool()
    assert made.buy("world", "me", 10**15) == 999
    assert made.buy("world", "me", 1) == 0
    assert made.sell("me", "world", 0) == 0
    assert made.tokens == 1


def test_whoever_trades_there_and_back_never_gains() -> None:
    for cash in (1, 999, 10**6, 123_456_789, 10**12):
        made = pool(fee=0.003)
        number = made.buy("world", "me", cash)
        assert made.sell("me", "world", number) <= cash


def test_a_fixed_price_stays() -> None:
    made = pool(fixed=True)
    made.price = 2.0 * MICRO
    assert made.buy("world", "me", 100 * MICRO) == 50
    assert made.marginal == 2.0 * MICRO
    assert made.sell("me", "world", 50) == 100 * MICRO


def epidemic(spec: AttentionSpec, seconds: int, days: int) -> tuple[list[float], Attention]:
    attention = Attention(spec, Streams(1), "public")
    attention.speak(0.02)
    shares = []
    for now in range(seconds, days * 86_400 + 1, seconds):
        attention.advance(now, seconds)
        if now % 86_400 == 0:
            shares.append(attention.share)
    return shares, attention


def test_interest_follows_the_epidemic_of_the_textbook() -> None:
    spec = AttentionSpec(accounts=4_000, contagion=0.6, fading=0.1)
    shares, attention = epidemic(spec, 3_600, 30)
    heard, interested, expected = 0.02, 0.02, []
    for step in range(30 * 240):  # Euler at a tenth of an hour
        fresh = 0.6 * interested * (1.0 - heard) / 240
        heard, interested = heard + fresh, interested + fresh - 0.1 * interested / 240
        if step % 240 == 239:
            expected.append(interested)
    assert np.abs(np.array(shares) - np.array(expected)).max() < 0.04
    assert float((attention.since >= 0).mean()) == pytest.approx(heard, abs=0.01)


def test_nobody_hears_without_a_word() -> None:
    attention = Attention(AttentionSpec(), Streams(1), "public")
    for now in range(1, 50):
        hears, loses = attention.advance(now * 86_400, 86_400)
        assert not len(hears)
        assert not len(loses)


def test_the_word_alone_reaches_whom_it_says() -> None:
    spec = AttentionSpec(accounts=4_000, contagion=0.0, fading=1e-3)
    _, attention = epidemic(spec, 86_400, 5)
    assert float((attention.since >= 0).mean()) == pytest.approx(0.02, abs=0.006)


class Public(Stall):
    """A stall whose public has heard a word."""

    def __init__(self, spec: HypeSpec) -> None:
        super().__init__(step=21_600)
        self.books = Books(("USD", "BTC", "MEME"))
        for name in ("world", "network"):
            self.books.open(name, issuer=True)
        self.books.open("stall")
        for asset, source, amount in ((USD, "world", 10**17), (1, "network", 10**11)):
            self.books.move(asset, source, "stall", amount)
        self.books.open("issuer", issuer=True)
        self.quote(self.venues[0], 100_000.0)
        self.pool = LiquidityPool(self.books, asset=2, path="pool", fee=0.01, related=0.75)
        self.books.move(2, "issuer", "pool", 200_000_000)
        self.books.move(USD, "world", "pool", 200_000_000 * MICRO)
        self.crowd = HypeCrowd(
            self,
            spec=spec,
            pool=self.pool,
            accounts={"stall": self.venues[0].open_accounts()},
            books=self.books,
            daily_volume=38.6e9,
            rounds=1,
            levers=self.levers,
            path="hype/MEME",
            **self.base,
        )

    def levers(self) -> HypeLevers:
        return HypeLevers(spoken=0)

    def days(self, number: int) -> None:
        for _ in range(4 * number):
            self.clock.tick += 1
            self.books.settle(self.clock.seconds, self.venues)
            self.quote(self.venues[0], 100_000.0)
            self.crowd.begin()
            self.crowd.trade()
            self.venues[0].clear()
            self.crowd.end()
            self.crowd.audit()
            self.audit()


def test_who_comes_late_pays_for_who_came_early() -> None:
    public = Public(HypeSpec())
    public.days(90)
    crowd, last = public.crowd, public.crowd.frame().row(-1, named=True)
    early = crowd.buyers[: len(crowd.buyers) // 2]
    gained = crowd.got[early].sum() + crowd.tokens[early].sum() * public.pool.marginal
    assert gained > crowd.paid[early].sum()
    assert last["worth"] < last["spent"]
    assert last["income"] == pytest.approx(0.0075 * last["volume"], rel=1e-6)
    assert last["attentive"] < 0.02
    peak = crowd.frame()["price"].max()
    assert isinstance(peak, float)
    assert peak > 2.0 * last["price"]
    total = crowd.purse.sum() / 1e6
    mean = HypeSpec().budget * HypeSpec().attention.people
    assert total == pytest.approx(mean, rel=0.25)  # heavy-tailed purses of 500 accounts


def test_money_for_coins_comes_and_goes() -> None:
    public = Public(HypeSpec(coins=1.0))
    public.days(12)
    lots = public.crowd.lots
    assert lots * 10.0 == pytest.approx(crowd_money(public), rel=0.05)
    assert public.pool.volume == 0
    public.days(120)
    left = public.crowd.lots
    assert left * 10.0 == pytest.approx(crowd_money(public), rel=0.1)  # those who stay
    assert left < 0.5 * lots


def crowd_money(public: Public) -> float:
    """Return what those who have heard, less those who have left, put into coins, USD."""
    return float(public.crowd.in_coins.sum()) / 1e6


@pytest.mark.parametrize("wrong", [{"leaving": 1.5}, {"budget": 0.0}, {"coins": -0.1}])
def test_terms_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        HypeSpec(**wrong)  # type: ignore[arg-type]


def test_a_rise_and_its_half_life_by_hand() -> None:
    import polars as pl

    from tidegate.analysis import hype

    price = [1.0, 2.0, 5.0, 4.0, 2.9, 2.0]
    frame = pl.DataFrame(
        {
            "seconds": [86_400 * d for d in range(1, 7)],
            "price": price,
            "heard": [0.5] * 6,
            "income": [3e6] * 6,
            "volume": [3e8] * 6,
            "spent": [1e8] * 6,
            "worth": [6e7] * 6,
        }
    )
    found = hype.boom(frame, 86_400, 5)
    assert found["rise"] == pytest.approx(math.log(5.0))
    assert found["fall_back"] == pytest.approx(math.log(2.5))
    assert found["half_life"] == 2.0  # below 3 USD on the second day after the peak
    assert hype.transfer(frame) == pytest.approx(
        {"income": 3.0, "income_share": 0.01, "late_return": -0.4, "transfer": 0.41}
    )
