"""Ordinary weeks of the leveraged market: moods last for days, and longs are fewer than in a boom.

A crash day has no moods of days: within its hours they hardly move, and what it is calibrated on
opened with a public more bullish than in ordinary weeks.
"""

from __future__ import annotations

from typing import Any, Final

from tidegate.scenario.appetite import AppetiteSpec
from tidegate.scenario.coins import DEFAULT_COINS, CoinSpec
from tidegate.scenario.leveraged import DEFAULT_EXCHANGES, ExchangeSpec, LeveragedScenario

__all__ = ["BITCOINS", "LONGS", "calm_leverage"]

# Longs' share of the public's positions: that of liquidations of BTC on Binance, November 2024 to
# November 2025, for who is liquidated in calm is who is there.
LONGS: Final = 0.575
BITCOINS: Final = 19.94e6  # mined by October 2025


def calm_leverage(**fields: Any) -> LeveragedScenario:
    """Return the scenario of ordinary weeks.

    Parameters
    ----------
    **fields
        Fields of `LeveragedScenario` that are to be otherwise.

    Returns
    -------
    LeveragedScenario
        With `AppetiteSpec()`, `LONGS`, and the supply of BTC to measure open interest by.
    """
    ordinary: dict[str, Any] = {
        "appetite": AppetiteSpec(),
        "coins": tuple(_with_supply(coin) for coin in DEFAULT_COINS),
        "exchanges": tuple(_with_longs(exchange) for exchange in DEFAULT_EXCHANGES),
    }
    return LeveragedScenario(**{**ordinary, **fields})


def _with_supply(coin: CoinSpec) -> CoinSpec:
    return coin.model_copy(update={"supply": BITCOINS}) if coin.name == "BTC" else coin


def _with_longs(exchange: ExchangeSpec) -> ExchangeSpec:
    """Let as many shorts be hedged as leave the public with its share of longs."""
    public = (1.0 - exchange.out_of_reach) * (1.0 - LONGS) / LONGS
    return exchange.model_copy(update={"hedged": 1.0 - public})
