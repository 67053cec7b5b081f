"""A small venue on margin that tests set up by hand."""

from collections.abc import Sequence
from typing import Any

from tidegate_core.codes import Side
from tidegate_core.margin_engine import MarginEngine
from tidegate_core.perpetual import Collateral, Perpetual, Tier

VENUE, CLEARING, FUND, VAULT, DUST = range(5)
ANN, BEN, CAT, DAN = 5, 6, 7, 8
UNIT = 1_000_000
ONE_TIER = (Tier(10**17, maintenance_ppm=50_000, max_leverage=10),)
TWO_TIERS = (
    Tier(1_000 * UNIT, maintenance_ppm=10_000, max_leverage=20),
    Tier(10**17, maintenance_ppm=50_000, max_leverage=10),
)


def linear(**terms: Any) -> Perpetual:
    """Give a contract on which a lot gains one unit a tick."""
    return Perpetual(
        **{"name": "LIN", "tiers": ONE_TIER, "max_price": 100_000, "tick_value": UNIT, **terms}
    )


def inverse(**terms: Any) -> Perpetual:
    """Give a contract on which a lot is worth 1,000 units at a price of 1."""
    facts = {"tiers": ONE_TIER, "max_price": 100_000, "contract_value": 1_000 * UNIT, **terms}
    return Perpetual("INV", inverse=True, **facts)


def venue(
    *contracts: Perpetual,
    cash: Sequence[int] = (1_000, 1_000, 1_000, 1_000),
    mark: int | None = 100,
    collateral: Sequence[Collateral] = (),
    **terms: Any,
) -> MarginEngine:
    """Open a venue with the cash of Ann, Ben, Cat and Dan in units."""
    engine = MarginEngine(
        contracts=contracts or (linear(),), collateral=collateral, accounts=len(cash), **terms
    )
    for account, units in enumerate(cash, start=ANN):
        assert engine.deposit(account, 0, units * UNIT) == 0
    if mark is not None:
        engine.set_marks([mark] * len(engine.contracts))
    return engine


def deal(engine: MarginEngine, buyer: int, seller: int, price: int, lots: int, at: int = 0) -> None:
    """Let two accounts trade with each other, the seller as the maker."""
    assert engine.submit(at, seller, Side.SELL, price, lots) > 0
    assert engine.submit(at, buyer, Side.BUY, price, lots) > 0
    engine._check()


def lots(engine: MarginEngine, account: int, contract: int = 0) -> int:
    """Give the size of a position, 0 if there is none."""
    found = engine.position(account, contract)
    return 0 if found is None else int(found["size"])
