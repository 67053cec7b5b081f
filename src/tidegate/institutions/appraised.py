"""A token on property that no exchange trades, and its vault."""

from __future__ import annotations

from tidegate.agents.appraised_token import AppraisedToken
from tidegate.agents.appraised_vault import AppraisedVault
from tidegate.agents.stock_value import StockValue
from tidegate.agents.token_public import TokenPublic
from tidegate.books import USD
from tidegate.institutions.place import Institutions, Place
from tidegate.listed_venue import ListedVenue
from tidegate.scenario.tokens import StockSpec

__all__ = ["appraised"]

MICRO = 1_000_000
WORLD = "world"
COVER, FLOW = 0.3, 0.02  # bidders' cash over their tokens' value; part of tokens that a flow has


def appraised(place: Place, made: Institutions) -> None:
    """Put in the vault, its tokens and who holds them."""
    spec = place.spec.appraised
    if spec is None:
        return
    path, books = f"appraised/{spec.ticker}", place.books
    venue = ListedVenue(
        f"venue/{spec.ticker}", assets=books.assets, ticker=spec.ticker, tick=spec.tick
    )
    venue.engine.matching = place.spec.matching
    books.open(venue.name)
    vault = AppraisedVault(books, venue, spec)
    patient, flow = venue.open_accounts(), venue.open_accounts()
    tokens = vault.found(patient)
    venue.transfer(venue.asset, patient, flow, int(FLOW * tokens))
    for account in (patient, flow):
        cash = int(COVER * spec.size * MICRO)
        books.move(USD, WORLD, venue.name, cash)
        venue.credit(account, USD, cash)
    stock = StockSpec(price=spec.price, volatility=spec.volatility, closed_pace=1.0, beta=spec.beta)
    worth = StockValue(
        place.model, spec=stock, news=place.board.news, **place.base(f"{path}/worth")
    )
    public = TokenPublic(
        place.model,
        spec=spec.public,
        venue=venue,
        patient=patient,
        flow=flow,
        tokens=tokens,
        **place.base(f"{path}/public"),
    )
    token = AppraisedToken(
        place.model,
        spec=spec,
        worth=worth,
        vault=vault,
        public=public,
        rounds=place.rounds,
        **place.base(path),
    )
    made.add(worth)
    made.add(token, appraised=token.frame)
    made.appraised = token
