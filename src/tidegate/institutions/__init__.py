"""The institutions that a scenario asks for, put into a market. Each is off where it is not given.

They come after everybody else and draw by their own names, so a market without them is, bit for
bit, the market that it was.
"""

from __future__ import annotations

from tidegate.agents.linked_network import link
from tidegate.agents.safe_yield import CLAIM
from tidegate.books import ASSETS
from tidegate.institutions.appraised import appraised
from tidegate.institutions.commodities import commodities, commodity_assets
from tidegate.institutions.credit import credit
from tidegate.institutions.deposits import deposit_assets, deposits
from tidegate.institutions.economy import economy
from tidegate.institutions.firms import companies
from tidegate.institutions.hype import hype
from tidegate.institutions.listed import etf
from tidegate.institutions.place import Institutions, Outsider, Place
from tidegate.institutions.savings import pensions, standards
from tidegate.institutions.states import central_bank, miners, sovereigns
from tidegate.institutions.strategies import strategies
from tidegate.institutions.tokens import tokens
from tidegate.institutions.watchers import followers
from tidegate.scenario import Scenario

__all__ = ["Institutions", "Outsider", "Place", "assets_of", "found"]


def assets_of(spec: Scenario) -> tuple[str, ...]:
    """Return what the books of a scenario keep."""
    listed = () if spec.etf is None else (spec.etf.ticker,)
    claims = () if spec.strategies is None else (CLAIM,)
    tokens = () if spec.tokens is None else (spec.tokens.stock.ticker, spec.tokens.ticker)
    farms = () if spec.appraised is None else (spec.appraised.ticker,)
    meme = () if spec.hype is None else (spec.hype.ticker,)
    firms = () if spec.companies is None else spec.companies.tickers
    return (
        *ASSETS,
        *listed,
        *claims,
        *tokens,
        *farms,
        *meme,
        *firms,
        *commodity_assets(spec),
        *deposit_assets(spec),
    )


def found(place: Place) -> Institutions:
    """Return the institutions of a scenario."""
    made = Institutions()
    central_bank(place, made)
    economy(place, made)  # before all who look at factors
    sovereigns(place, made)  # before miners, who hand coins to them
    miners(place, made)
    pensions(place, made)
    etf(place, made)
    tokens(place, made)
    appraised(place, made)
    hype(place, made)
    companies(place, made)
    deposits(place, made)
    followers(place, made)
    strategies(place, made)
    credit(place, made)
    commodities(place, made)
    if place.spec.links is not None:
        link(made.networks, place.spec.links.strength)
    standards(place, made)
    return made
