"""Those who lend against coins."""

from __future__ import annotations

from tidegate.agents.spot_credit import SpotCredit
from tidegate.institutions.place import OTHERS, Institutions, Place
from tidegate.scenario.coins import CoinSpec

__all__ = ["credit"]


def credit(place: Place, made: Institutions) -> None:
    """Put in lenders against coins and their borrowers."""
    if place.spec.credit is None:
        return
    asset = place.spec.asset
    agent = SpotCredit(
        place.model,
        spec=place.spec.credit,
        coin=CoinSpec(
            name="BTC",
            price=asset.price,
            tick=asset.tick,
            lot=asset.lot,
            beta=1.0,
            own_volatility=0.0,
        ),
        open_account=lambda venue: venue.open_accounts(),
        books=place.books,
        rounds=place.rounds,
        levers=place.board.rates,
        coins_from=OTHERS,
        **place.base("credit"),
    )
    made.add(agent, credit=agent.frame)
