"""A leveraged market with one more exchange: a domestic one, beside those there are."""

from __future__ import annotations

from typing import Final

from tidegate.scenario.leveraged import ExchangeSpec, LeveragedScenario

__all__ = ["with_domestic_venue"]

SPOT: Final = 0.10  # Coinbase's share of spot depth: an assumption


def with_domestic_venue(spec: LeveragedScenario, size: float, moved: float) -> LeveragedScenario:
    """Return a market with a fifth exchange; makers' depth follows open interest.

    Parameters
    ----------
    spec
        The market without it.
    size
        Its open interest over that of all others.
    moved
        Part of it that comes from the others; the rest is new.
    """
    stay = 1.0 - moved * size
    total = stay + size
    houses = sum(exchange.houses for exchange in spec.exchanges)
    others = [
        exchange.model_copy(
            update={
                "interest_share": exchange.interest_share * stay / total,
                "spot_share": exchange.spot_share * (1.0 - SPOT),
                "houses": exchange.houses * stay,
            }
        )
        for exchange in spec.exchanges
    ]
    domestic = ExchangeSpec(
        name="domestic",
        family="coinbase-like-10x",
        interest_share=size / total,
        spot_share=SPOT,
        houses=houses * size,
    )
    interest = spec.interest.model_copy(update={"one_sided": spec.interest.one_sided * total})
    changes = {"exchanges": (*others, domestic), "interest": interest}
    return LeveragedScenario.model_validate({**dict(spec), **changes})
