"""A market's own venue, written down in LOBSTER's format and replayed."""

from __future__ import annotations

import numpy as np
import pytest
from tidegate_core import Kind, Op, Reject, SelfTrade
from tidegate_core.engine import Engine
from tidegate_core.recorded import RecordedEngine

from tidegate.cli import main
from tidegate.leveraged_model import LeveragedMarket
from tidegate.model import Market
from tidegate.replay import lobster, market_day

DAY = 86_400 * 10**9
BUY, SELL = 0, 1


@pytest.fixture(scope="module")
def runs():
    """Run a market that is recorded for two days of five, and one that is not."""
    recorded, plain = Market(rng=3), Market(rng=3)
    recorded.run_days(2)
    day = market_day.record(recorded, 2, venue="onshore")
    recorded.run_days(1)
    plain.run_days(5)
    return recorded, plain, day


@pytest.mark.parametrize("levels", [1, 10])
def test_a_recorded_market_is_replayed_without_a_mismatch(tmp_path, levels):
    market = Market(rng=1)
    market.run_days(1)
    before = market.venues[0].engine.traded()["volume"]
    day = market_day.record(market, 3, levels=levels)
    traded = market.venues[0].engine.traded()["volume"] - before
    files = tmp_path / "m.csv", tmp_path / "b.csv.gz"
    lobster.write(day, *files)
    report = lobster.replay(*files)
    assert report.mismatches == ()
    assert report.share == 1.0
    executed = day.messages[:, 1] == lobster.MessageType.EXECUTE
    assert day.messages[executed, 3].sum() == traded > 0
    assert set(day.messages[:, 1]) == {1, 3, 4}


def test_recording_changes_nothing(runs):
    recorded, plain, _ = runs
    assert recorded.tape.digest == plain.tape.digest
    assert [type(venue.engine) for venue in recorded.venues] == [Engine, Engine]
    recorded._check()


def test_a_fork_of_a_recorded_market_is_a_plain_one(runs):
    fork = runs[0].fork()
    fork.run_days(1)
    fork._check()


def test_times_lie_within_the_days_recorded(runs):
    times = runs[2].messages[:, 0]
    assert (np.diff(times) >= 0).all()
    assert 2 * DAY <= times[0] < times[-1] < 4 * DAY


def test_the_last_row_is_the_venues_book():
    market = Market(rng=2)
    day = market_day.record(market, 1, venue=1, levels=3)
    venue = market.venues[1]
    for side, offset in ((SELL, 0), (BUY, 2)):
        prices, lots = venue.engine.depth(0, side, 3)
        unit = round(venue.tick * 10_000)
        assert day.rows[-1, offset::4].tolist() == (prices * unit).tolist()
        assert day.rows[-1, offset + 1 :: 4].tolist() == lots.tolist()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"venue": "there"}, "venue is 'there'; it must be one of offshore, onshore, or its"),
        ({"venue": 2}, "venue is 2; it must be one of"),
        ({"levels": 0}, "levels and unit must be 1 or more, got 0"),
        ({"days": -1}, "days is -1; it must be finite and >= 0"),
        ({"days": float("inf")}, "days is inf; it must be finite and >= 0"),
    ],
)
def test_what_cannot_be_recorded_is_refused(how, words):
    market = Market(rng=1)
    with pytest.raises(ValueError, match=words):
        market_day.record(market, **{"days": 1, **how})
    assert (market.tick, type(market.venues[0].engine)) == (0, Engine)


def test_ticks_finer_than_the_formats_are_refused():
    market = Market(rng=1)
    market.venues[0].tick = 0.00025
    with pytest.raises(ValueError, match=r"ticks of 0\.00025 USD; the format holds multiples"):
        market_day.record(market, 1)


def test_a_venue_with_margin_is_refused():
    with pytest.raises(TypeError, match="LeveragedMarket; only a Market's can be recorded"):
        market_day.record(LeveragedMarket(rng=1), 1)


# -------------------------------------------------------------------------------- the command


def test_the_command_writes_what_replays(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    args = ["--days", "2", "--after", "1", "--seed", "4", "--levels", "3"]
    assert main(["export", "lobster", "m.csv", "b.csv.gz", *args]) == 0
    assert " messages: m.csv, b.csv.gz" in capsys.readouterr().out
    assert main(["replay", "lobster", "m.csv", "b.csv.gz"]) == 0


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--days", "-1"), "--days is -1; it must be finite and 0 or more"),
        (("--days", "0"), "--days is 0; in so little time nothing happened"),
        (("--after", "nan"), "--after is nan; it must be finite and 0 or more"),
        (("--levels", "0"), "--levels is 0; it must be 1 or more"),
        (("--venue", "x"), "venue is 'x'; it must be one of offshore, onshore"),
    ],
)
def test_the_command_refuses_what_it_cannot_write(tmp_path, monkeypatch, capsys, args, words):
    monkeypatch.chdir(tmp_path)
    assert main(["export", "lobster", "m.csv", "b.csv", "--after", "0", *args]) == 2
    assert words in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


# ------------------------------------------------------------------------ the list of a venue

LISTING = [{"name": "X", "base": "BTC", "quote": "USD", "tick_value": 10}]


def venue(kind=RecordedEngine):
    engine = kind(LISTING, 3, ("USD", "BTC"))
    for account in (1, 2, 3):
        engine.deposit(account, 0, 10**9)
        engine.deposit(account, 1, 10**6)
    return engine


def act(engine):
    """Do everything that an engine can be asked to."""
    first = engine.submit(0, 1, SELL, 101, 50)
    second = engine.submit(0, 2, SELL, 102, 50)
    out = [first, second, engine.submit(0, 3, BUY, 0, 60, Kind.MARKET)]
    out += [engine.submit(0, 3, BUY, 100, 0), engine.cancel(first), engine.cancel(second)]
    bid = engine.submit(0, 1, BUY, 99, 40)
    out += [engine.replace(bid, 99, 30), engine.replace(bid, 98, 30)]
    engine.submit(0, 2, SELL, 105, 5)
    engine.submit(0, 2, SELL, 106, 5)
    out += [engine.cancel_all(2), engine.submit(0, 1, SELL, 90, 50, Kind.LIMIT, SelfTrade.NONE)]
    rest = engine.submit(0, 3, BUY, 80, 7)
    column = lambda *values: np.array(values, np.int64)  # noqa: E731
    out += engine.submit_many(
        account=column(3, 2, 3),
        side=column(BUY, BUY, BUY),
        price=column(81, 82, 0),
        quantity=column(7, 8, 0),
        op=column(Op.CANCEL_SUBMIT, Op.CANCEL_SUBMIT, Op.CANCEL),
        order_id=column(rest, out[-1], rest),
    ).tolist()
    return out


def test_a_recorded_venue_does_what_a_plain_one_does():
    recorded, plain = venue(), venue(Engine)
    assert act(recorded) == act(plain)
    assert recorded.snapshot() == plain.snapshot()


def test_all_that_is_carried_out_is_listed_and_no_refusal():
    engine = venue()
    outcomes = act(engine)
    done = engine.take_instructions()
    assert done["op"].tolist() == [
        *[Op.SUBMIT] * 3,
        *[Op.CANCEL, Op.SUBMIT, Op.REPLACE, Op.REPLACE, Op.SUBMIT, Op.SUBMIT],
        *[Op.CANCEL, Op.CANCEL, Op.SUBMIT, Op.SUBMIT, Op.CANCEL, Op.SUBMIT],
    ]
    assert done["order"].tolist()[:3] == outcomes[:3]
    assert outcomes[-2] == -Reject.ACCOUNT
    assert engine.take_instructions().size == 0


def test_a_market_order_is_listed_with_what_its_funds_have_bought():
    engine = venue()
    engine.submit(0, 1, SELL, 10**6, 500)
    engine.submit(0, 2, BUY, 0, 400, Kind.MARKET)
    assert engine.take_instructions()["quantity"].tolist() == [500, 100]


def test_many_instructions_are_listed():
    engine = venue()
    for n in range(5_000):
        engine.submit(0, 1, SELL, 1_000 + n, 1)
    assert engine.take_instructions()["price"].tolist() == list(range(1_000, 6_000))
