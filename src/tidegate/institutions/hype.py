"""A memecoin, its pool, and the public that hears of it."""

from __future__ import annotations

from typing import Any

from tidegate.agents.hype_crowd import HypeCrowd
from tidegate.agents.liquidity_pool import LiquidityPool
from tidegate.books import USD
from tidegate.institutions.place import Institutions, Place

__all__ = ["hype"]

MICRO = 1_000_000
WORLD = "world"


def hype(place: Place, made: Institutions) -> None:
    """Put in the memecoin and its public; insiders keep what is not in the pool."""
    spec = place.spec.hype
    if spec is None:
        return
    terms, books, path = spec.pool, place.books, f"hype/{spec.ticker}"
    asset = books.assets.index(spec.ticker)
    books.open(f"{path}/issuer", issuer=True)
    books.open(f"{path}/insiders")
    pool = LiquidityPool(
        books,
        asset=asset,
        path=f"{path}/pool",
        fee=terms.fee,
        related=terms.related,
        fixed=not place.spec.matching,
    )
    supply = round(terms.supply)
    insiders = round(supply * terms.insiders)
    books.move(asset, f"{path}/issuer", pool.path, supply - insiders)
    if insiders:
        books.move(asset, f"{path}/issuer", f"{path}/insiders", insiders)
    books.move(USD, WORLD, pool.path, round((supply - insiders) * terms.price * MICRO))
    pool.price = terms.price * MICRO
    crowd = HypeCrowd(
        place.model,
        spec=spec,
        pool=pool,
        levers=place.board.hype,
        **_trading(place),
        **place.base(path),
    )
    made.add(crowd, hype=crowd.frame)


def _trading(place: Place) -> dict[str, Any]:
    """Return what a crowd with terms of its own is made with."""
    terms = place.trading()
    del terms["execution"]
    return terms
