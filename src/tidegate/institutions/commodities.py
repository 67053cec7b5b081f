"""Metals, news of trade, and all who trade metals or coins for either."""

from __future__ import annotations

from typing import Any

from tidegate.agents.distrust import Distrustful
from tidegate.agents.hedgers import SHARES, Hedgers
from tidegate.agents.metal_markets import MetalMarkets
from tidegate.agents.stockpilers import GoldTreasury, Stockpiler
from tidegate.agents.trade_news import TradeNews
from tidegate.institutions.place import OTHERS, Institutions, Place
from tidegate.scenario import Scenario
from tidegate.scenario.commodities import CommoditiesSpec, StockpilerSpec

__all__ = ["commodities", "commodity_assets"]

GRAMS_PER_KG = 1_000


def commodity_assets(spec: Scenario) -> tuple[str, ...]:
    """Return what commodities add to the books of a scenario."""
    part = spec.commodities
    return () if part is None else (*(metal.name for metal in part.metals), SHARES)


def commodities(place: Place, made: Institutions) -> None:
    """Put in news of trade, those who trade, and last the markets that clear what they order."""
    spec = place.spec.commodities
    if spec is None:
        return
    news = TradeNews(
        place.model,
        spec=spec.news,
        public=place.crowd,
        pending=place.board.pending,
        levers=place.board.trade,
        metals=place.board.metals,
        weekends=spec.weekends,
        **place.base("trade_news"),
    )
    markets = _markets(place, spec, news)
    made.add(news, trade=news.frame)
    _traders(place, made, spec, markets)
    if spec.hedgers is not None:
        hedgers = Hedgers(
            place.model,
            spec=spec.hedgers,
            news=news,
            markets=markets,
            minerals=spec.minerals,
            coins_from=OTHERS,
            **place.trading(),
            **place.base("hedgers"),
        )
        made.add(hedgers, hedgers=hedgers.frame)
    if spec.distrust is not None:
        savers = Distrustful(
            place.model,
            spec=spec.distrust,
            levers=place.board.trade,
            **place.trading(),
            **place.base("distrust"),
        )
        made.add(savers, distrust=savers.frame)
    made.add(markets, metals=markets.frame)


def _markets(place: Place, spec: CommoditiesSpec, news: TradeNews) -> MetalMarkets:
    return MetalMarkets(
        place.model,
        metals=spec.metals,
        books=place.books,
        news=news,
        levers=place.board.metals,
        plans=[_asked(spec, stockpiler) for stockpiler in spec.stockpilers],
        signal=spec.signal,
        matching=place.spec.matching,
        weekends=spec.weekends,
        **{**place.base("metals"), "venues": ()},
    )


def _asked(spec: CommoditiesSpec, stockpiler: StockpilerSpec) -> dict[str, int]:
    """Return the grams that a plan's money buys at first prices."""
    price = {metal.name: metal.price for metal in spec.metals}
    return {
        part.metal: int(part.usd / price[part.metal] * GRAMS_PER_KG) for part in stockpiler.plan
    }


def _traders(
    place: Place, made: Institutions, spec: CommoditiesSpec, markets: MetalMarkets
) -> None:
    """Put in those who trade metals and no coins."""
    levers = place.board.metals
    common: dict[str, Any] = {"markets": markets, "books": place.books, "levers": levers}
    for rank, stockpiler in enumerate(spec.stockpilers):
        base = {**place.base(f"stockpile/{stockpiler.name}"), "venues": ()}
        one = Stockpiler(place.model, spec=stockpiler, rank=rank, **common, **base)
        made.add(one, **{f"stockpile_{stockpiler.name}": one.frame})
    treasury = {**place.base("treasury/gold"), "venues": ()}
    gold = GoldTreasury(place.model, tonnes=spec.treasury.tonnes, **common, **treasury)
    made.add(gold, treasury_gold=gold.frame)
