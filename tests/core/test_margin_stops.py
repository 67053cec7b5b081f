"""Stop orders: when they are sent, in which order, and with what they go."""

import pytest
from tidegate_core.codes import Kind, Reject, Side

from tests.margin_venue import ANN, BEN, CAT, DAN, FUND, UNIT, deal, linear, lots, venue

BUY, SELL = Side.BUY, Side.SELL


def test_a_stop_closes_when_the_mark_reaches_it() -> None:
    engine = venue()
    deal(engine, ANN, BEN, 100, 10)
    stop = engine.place_stop(0, ANN, SELL, 95, 4)
    assert stop > 0
    assert engine.stops(ANN, 0) == [(stop, 95, 4, "mark")]
    engine.submit(0, BEN, BUY, 80, 10)
    engine.set_marks([96])
    assert lots(engine, ANN) == 10
    engine.set_marks([95])
    assert lots(engine, ANN) == 6
    assert engine.stops(ANN, 0) == []
    assert engine.counters()["stops_reached"] == 1
    engine._check()


def test_a_short_is_stopped_by_a_rise() -> None:
    engine = venue()
    deal(engine, BEN, ANN, 100, 10)
    engine.place_stop(0, ANN, BUY, 104, 99)
    engine.submit(0, BEN, SELL, 110, 20)
    engine.set_marks([103])
    assert lots(engine, ANN) == -10
    engine.set_marks([104])
    assert lots(engine, ANN) == 0, "no more than there is to close"
    engine._check()


def test_a_stop_may_watch_the_last_trade() -> None:
    engine = venue()
    deal(engine, ANN, BEN, 100, 10)
    engine.place_stop(0, ANN, SELL, 95, 10, on="last")
    engine.submit(0, CAT, BUY, 90, 20)
    engine.set_marks([94])
    assert lots(engine, ANN) == 10
    engine.submit(0, DAN, SELL, 90, 1)
    assert lots(engine, ANN) == 10
    engine.set_marks([0])
    assert lots(engine, ANN) == 0
    engine._check()


def test_stops_are_sent_from_the_nearest_on() -> None:
    engine = venue()
    deal(engine, ANN, DAN, 100, 5)
    deal(engine, BEN, DAN, 100, 5)
    deal(engine, CAT, DAN, 100, 5)
    engine.place_stop(0, ANN, SELL, 90, 5)
    engine.place_stop(0, BEN, SELL, 95, 5)
    engine.place_stop(0, CAT, SELL, 90, 5)
    for price in (89, 88, 87):
        engine.submit(0, DAN, BUY, price, 5)
    engine.take_fills()
    engine.set_marks([85])
    fills = engine.take_fills()
    assert list(zip(fills["taker"].tolist(), fills["price"].tolist(), strict=True)) == [
        (BEN, 89),
        (ANN, 88),
        (CAT, 87),
    ]


def test_stops_go_with_their_position() -> None:
    for sold in (10, 15):
        engine = venue()
        deal(engine, ANN, BEN, 100, 10)
        engine.place_stop(0, ANN, SELL, 90, 5)
        engine.place_stop(0, ANN, SELL, 80, 5, on="last")
        deal(engine, BEN, ANN, 100, sold)
        assert engine.stops(ANN, 0) == []
        engine._check()


def test_a_stop_that_closes_all_cancels_those_reached_with_it() -> None:
    engine = venue()
    deal(engine, ANN, BEN, 100, 10)
    for _ in range(3):
        engine.place_stop(0, ANN, SELL, 90, 10)
    engine.submit(0, BEN, BUY, 85, 30)
    engine.set_marks([88])
    assert lots(engine, ANN) == 0
    assert engine.counters()["stops_reached"] == 1
    engine._check()


def test_a_stop_goes_ahead_of_reduce_only_orders_that_rest() -> None:
    # 10 long, 10 to be sold at 110 and, in a fall, at the market: the stop finds takers for 6, and
    # of the two orders that take profits the newer one no longer fits beside the older
    engine = venue()
    deal(engine, ANN, BEN, 100, 10)
    older = engine.submit(0, ANN, SELL, 110, 4, Kind.LIMIT, reduce_only=True)
    newer = engine.submit(0, ANN, SELL, 112, 6, Kind.LIMIT, reduce_only=True)
    engine.place_stop(0, ANN, SELL, 95, 10)
    engine.submit(0, BEN, BUY, 90, 6)
    engine.set_marks([95])
    assert lots(engine, ANN) == 4
    assert (engine.order(older)["quantity"], engine.order(newer)) == (4, None)
    assert engine.counters()["stops_reached"] == 1
    engine._check()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"contract": 1}, Reject.INSTRUMENT),
        ({"account": 99}, Reject.ACCOUNT),
        ({"side": 2}, Reject.CODE),
        ({"quantity": 0}, Reject.QUANTITY),
        ({"trigger": 0}, Reject.PRICE),
        ({"trigger": 100_001}, Reject.PRICE),
        ({"side": BUY}, Reject.REDUCE),
        ({"account": CAT}, Reject.REDUCE),
    ],
)
def test_a_stop_is_refused_with_its_reason(change: dict[str, int], code: Reject) -> None:
    engine = venue()
    deal(engine, ANN, BEN, 100, 10)
    row = {"contract": 0, "account": ANN, "side": SELL, "trigger": 90, "quantity": 1, **change}
    assert engine.place_stop(**row) == -code
    engine._check()


def test_a_stop_is_cancelled_once() -> None:
    engine = venue()
    deal(engine, ANN, BEN, 100, 10)
    first, second = (engine.place_stop(0, ANN, SELL, 90, k) for k in (1, 2))
    assert engine.cancel_stop(first) == 0
    assert engine.cancel_stop(first) == -Reject.UNKNOWN_ORDER
    assert engine.cancel_stop(0) == -Reject.UNKNOWN_ORDER
    assert [row[0] for row in engine.stops(ANN, 0)] == [second]
    with pytest.raises(ValueError, match="on is 'index'"):
        engine.place_stop(0, ANN, SELL, 90, 1, on="index")  # type: ignore[arg-type]


def test_stops_work_while_clients_are_not_accepted_but_not_in_a_halt() -> None:
    engine = venue(linear(), linear())
    deal(engine, ANN, BEN, 100, 10)
    engine.place_stop(0, ANN, SELL, 90, 10)
    engine.submit(0, BEN, BUY, 80, 10)
    engine.accepting = False
    assert engine.place_stop(0, ANN, SELL, 90, 10) == -Reject.HALTED
    engine.halt(0)
    engine.set_marks([85, 0])
    assert lots(engine, ANN) == 10
    engine.resume(0)
    engine.set_marks([0, 100])
    assert lots(engine, ANN) == 0


def test_a_stop_may_save_its_position_from_liquidation_by_the_desk() -> None:
    engine = venue(cash=(100, 10_000))
    engine.deposit(FUND, 0, 1_000 * UNIT)
    deal(engine, ANN, BEN, 100, 10)
    engine.place_stop(0, ANN, SELL, 94, 10)
    engine.submit(0, BEN, BUY, 92, 10, Kind.POST_ONLY)
    engine.set_marks([94])  # 940 and 40 of equity: due at once, then stopped
    assert lots(engine, ANN) == 0
    assert engine.queue() == [(ANN, -1)]
    assert engine.liquidate(0) == 1
    assert engine.queue() == []
    assert engine.balance(ANN) == 20 * UNIT
    engine._check()
