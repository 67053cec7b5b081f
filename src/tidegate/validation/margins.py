"""S27: figures of margin engines that venues print, out of the core itself."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

from tidegate_core.book import OrderBook
from tidegate_core.codes import Kind as OrderKind
from tidegate_core.codes import SelfTrade, Side
from tidegate_core.contract import ContractMath
from tidegate_core.mark import MarkPrice, funding_rate
from tidegate_core.perpetual import Perpetual, Tier

from tidegate.validation.cases import Case, Equals, Kind

USD: Final = 1_000_000
PERCENT: Final = 10_000_000  # in parts per 1e9

BINANCE_BTC: Final = (
    Tier(50_000 * USD, 4_000, 125),
    Tier(600_000 * USD, 5_000, 100),
    Tier(3_000_000 * USD, 6_500, 75),
    Tier(12_000_000 * USD, 10_000, 50),
    Tier(70_000_000 * USD, 20_000, 25),
)
PRINTED_MAINTENANCE: Final = {
    50_000: 200,
    600_000: 2_950,
    1_000_000: 5_550,
    3_000_000: 18_550,
    12_000_000: 108_550,
}
PRINTED_FUNDING: Final = {"0": 0.01, "0.03": 0.01, "0.10": 0.05, "-0.10": -0.05}  # percent


def _linear(*tiers: Tier, tick_value: int = USD, max_price: int = 10**6) -> ContractMath:
    return ContractMath(Perpetual("X", tiers=tiers, tick_value=tick_value, max_price=max_price))


def _one_tier(maintenance_ppm: int, leverage: int = 50) -> Tier:
    return Tier(10**17, maintenance_ppm, leverage)


def inverse_bankruptcy(_: Sequence[int]) -> dict[str, float]:
    """Price an inverse long at 7,890.08 with 50x, as Bybit does."""
    ticks, lots = 10_000, 10**6  # ticks of 0.0001
    terms = Perpetual(
        "X",
        tiers=[_one_tier(5_000)],
        inverse=True,
        contract_value=10**6 * ticks,
        max_price=10**9,
    )
    contract = ContractMath(terms)
    entry = contract.value(7_890_0800, lots)
    price = contract.bankruptcy_price(lots, entry, contract.initial(-entry, 50))
    return {"bankruptcy price": _priced(price) / ticks}


def maintenance_table(_: Sequence[int]) -> dict[str, float]:
    """Read the table of BTC of Binance, and whether its tiers meet."""
    contract = _linear(*BINANCE_BTC)
    found = {
        f"maintenance of {size:,}": contract.maintenance(size * USD) / USD
        for size in PRINTED_MAINTENANCE
    }
    caps = [tier.cap for tier in BINANCE_BTC[:-1]]
    steps = [contract.maintenance(cap + 1) - contract.maintenance(cap) for cap in caps]
    found["largest step at a boundary, micro-USD"] = max(steps)
    return found


def linear_liquidation(_: Sequence[int]) -> dict[str, float]:
    """Liquidate a linear isolated long at 100,000 with 10x; maintenance on the value at entry."""
    contract = _linear(_one_tier(5_000))
    entry = contract.value(100_000, 1)
    cushion = contract.initial(entry, 10) - contract.maintenance(entry)
    return {"liquidation price": _priced(contract.bankruptcy_price(1, entry, cushion))}


def tiered_liquidation(_: Sequence[int]) -> dict[str, float]:
    """Liquidate a long at 100,000 with 40x; maintenance on the value at the mark."""
    ticks = 10_000
    contract = _linear(_one_tier(12_500), tick_value=100, max_price=10**10)
    entry = contract.value(100_000 * ticks, 1)
    price = contract.liquidation_price(1, entry, contract.initial(entry, 40))
    return {"liquidation price": _priced(price) / ticks}


def linear_bankruptcy(_: Sequence[int]) -> dict[str, float]:
    """Open a long and a short at 100,000 with 20x."""
    contract = _linear(_one_tier(5_000))
    found = {}
    for name, size in (("long", 1), ("short", -1)):
        entry = contract.value(100_000, size)
        price = contract.bankruptcy_price(size, entry, contract.initial(abs(entry), 20))
        found[f"bankruptcy price, {name}"] = float(_priced(price))
    return found


def funding(_: Sequence[int]) -> dict[str, float]:
    """Compute funding of eight hours by premium, and the premiums for which it is flat."""
    found = {
        f"rate for {text} %, %": funding_rate(int(Fraction(text) * PERCENT)) / PERCENT
        for text in PRINTED_FUNDING
    }
    step = PERCENT // 1_000
    flat = [p for p in range(-PERCENT // 10, PERCENT // 10, step) if _is_interest(p)]
    found["flat from, %"] = flat[0] / PERCENT
    found["flat to, %"] = flat[-1] / PERCENT
    return found


def _is_interest(premium: int) -> bool:
    return funding_rate(premium) == PERCENT // 100


def median_mark(_: Sequence[int]) -> dict[str, float]:
    """Move each of the three prices far away in turn: the mark is their median."""
    index, agreed, far = 50_000, 50_010, 90_000
    outliers: dict[str, dict[str, int]] = {
        "last trade": {"mid": agreed, "last": far},
        "book": {"mid": far, "last": agreed},
    }
    found = {}
    for name, prices in outliers.items():
        found[f"mark with the {name} far off"] = float(
            MarkPrice(window_seconds=1).update(0, index, **prices)
        )
    with_rate = MarkPrice(window_seconds=1)
    with_rate.set_rate(100 * PERCENT)
    found["mark with the funding rate far off"] = float(with_rate.update(0, index, agreed, index))
    return found


# The mode of the taker decides, whatever the maker's: what is left of taker and of maker.
SELF_TRADES: Final = {
    SelfTrade.NONE: (0, 0, 1),
    SelfTrade.EXPIRE_TAKER: (0, 1, 0),
    SelfTrade.EXPIRE_MAKER: (1, 0, 0),
    SelfTrade.EXPIRE_BOTH: (0, 0, 0),
}


def self_trade_modes(_: Sequence[int]) -> dict[str, float]:
    """Let an owner meet its own order in every pair of modes."""
    found: dict[str, float] = {}
    for mode in SelfTrade:
        outcomes = {_meeting(mode, of_maker) for of_maker in SelfTrade}
        assert len(outcomes) == 1, f"the maker's mode matters: {outcomes}"
        names = ("taker left", "maker left", "trades")
        found |= {
            f"{mode.name}: {name}": value for name, value in zip(names, outcomes.pop(), strict=True)
        }
    return found


def _meeting(taker: SelfTrade, maker: SelfTrade) -> tuple[int, int, int]:
    book = OrderBook()
    resting = book.submit(Side.SELL, 100, 1, owner=7, stp=maker)
    incoming = book.submit(Side.BUY, 100, 1, owner=7, kind=OrderKind.LIMIT, stp=taker)
    orders: list[Any] = [book.order(incoming), book.order(resting)]
    left = [0 if order is None else int(order["quantity"]) for order in orders]
    return left[0], left[1], len(book.trades())


def _priced(price: int | None) -> int:
    assert price is not None
    return price


CASES: Final = (
    Case(
        id="S27.1",
        kind=Kind.GOLDEN,
        about="bankruptcy price of an inverse long, entry 7,890.08, 50x",
        expected={"bankruptcy price": Equals(7_735.37, 2)},
        measure=inverse_bankruptcy,
    ),
    Case(
        id="S27.2",
        kind=Kind.GOLDEN,
        about="maintenance margin by tiers, USD, continuous at every boundary",
        expected={
            **{f"maintenance of {k:,}": Equals(v) for k, v in PRINTED_MAINTENANCE.items()},
            "largest step at a boundary, micro-USD": Equals(1),
        },
        measure=maintenance_table,
    ),
    Case(
        id="S27.3",
        kind=Kind.GOLDEN,
        about="liquidation price of a linear isolated long, 10x, maintenance 0.5 % of entry",
        expected={"liquidation price": Equals(90_500)},
        measure=linear_liquidation,
    ),
    Case(
        id="S27.4",
        kind=Kind.GOLDEN,
        about="liquidation price of a linear long, 40x, maintenance 1.25 % of the mark",
        expected={"liquidation price": Equals(98_734.18, 2)},
        measure=tiered_liquidation,
    ),
    Case(
        id="S27.5",
        kind=Kind.GOLDEN,
        about="bankruptcy prices of a linear long and short at 100,000, 20x",
        expected={
            "bankruptcy price, long": Equals(95_000),
            "bankruptcy price, short": Equals(105_000),
        },
        measure=linear_bankruptcy,
    ),
    Case(
        id="S27.6",
        kind=Kind.GOLDEN,
        about="funding rate of 8 hours by premium",
        expected={
            **{f"rate for {k} %, %": Equals(v) for k, v in PRINTED_FUNDING.items()},
            "flat from, %": Equals(-0.04),
            "flat to, %": Equals(0.06),
        },
        measure=funding,
    ),
    Case(
        id="S27.7",
        kind=Kind.GOLDEN,
        about="the mark is the median of three prices: one outlier does not move it",
        expected={
            "mark with the last trade far off": Equals(50_010),
            "mark with the book far off": Equals(50_010),
            "mark with the funding rate far off": Equals(50_010),
        },
        measure=median_mark,
    ),
    Case(
        id="S27.8",
        kind=Kind.GOLDEN,
        about="self-trade prevention: the taker's mode decides",
        expected={
            f"{mode.name}: {name}": Equals(value)
            for mode, left in SELF_TRADES.items()
            for name, value in zip(("taker left", "maker left", "trades"), left, strict=True)
        },
        measure=self_trade_modes,
    ),
)
