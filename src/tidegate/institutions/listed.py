"""What is listed on a stock exchange: a fund that holds coins."""

from __future__ import annotations

from tidegate.agents.carry_trade import CarryTrade
from tidegate.agents.etf_founding import found_etf
from tidegate.institutions.place import OTHERS, Institutions, Place

__all__ = ["etf"]


def etf(place: Place, made: Institutions) -> None:
    """Put in the listed fund, its market, its participants and its holders."""
    spec = place.spec
    if spec.etf is None:
        return
    fund = made.etf = found_etf(
        place.model,
        spec.etf,
        venues=place.venues,
        books=place.books,
        streams=place.streams,
        clock=place.clock,
        price=spec.asset.price,
        supply=spec.asset.supply,
        daily_volume=spec.asset.daily_volume,
        rounds=place.rounds,
        coins_from=OTHERS,
        levers=place.board.etf,
    )
    made.add(fund.issuer, etf=fund.issuer.table.frame)
    made.add(fund.market, etf_market=fund.market.table.frame)
    for number, participant in enumerate(fund.participants):
        made.add(participant, **{f"participant_{number}": participant.table.frame})
    if spec.carry_trade is not None:
        fund.holders.carry = CarryTrade(spec.carry_trade, fund.holders.outstanding)
    made.add(fund.holders, etf_holders=fund.holders.table.frame)
