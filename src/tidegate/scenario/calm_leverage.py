"""Ordinary weeks of the leveraged market: moods last for days, and longs are fewer than in a boom.

A crash day has no moods of days: within its hours they hardly move, and what it is calibrated on
opened with a public more bullish than in ordinary weeks.
"""

from __future__ import annotations

from typing import Any, Final

from tidegate.scenario.appetite import AppetiteSpec
from tidegate.scenario.coins import DEFAULT_COINS, CoinSpec
from tidegate.scenario.leveraged import (
    DEFAULT_EXCHANGES,
    ExchangeSpec,
    LeveragedCrowdSpec,
    LeveragedScenario,
)

__all__ = ["BITCOINS", "LONGS", "RETURN_HOURS", "calm_leverage"]

# Longs' share of the public's positions: that of liquidations of BTC on Binance, November 2024 to
# November 2025, for who is liquidated in calm is who is there.
LONGS: Final = 0.575
# Mean time until the wiped come back: an assumption. Within the hours of a crash it is 1.4, fitted
# to what was liquidated then; were it so for weeks, chains of liquidation would never lack fuel.
RETURN_HOURS: Final = 24.0
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
        With `AppetiteSpec()`, `LONGS`, the supply of BTC to measure open interest by, and
        `RETURN_HOURS`, unless the crowd that is given sets its own.
    """
    ordinary: dict[str, Any] = {
        "appetite": AppetiteSpec(),
        "coins": tuple(_with_supply(coin) for coin in DEFAULT_COINS),
        "exchanges": tuple(_with_longs(exchange) for exchange in DEFAULT_EXCHANGES),
    }
    crowd: LeveragedCrowdSpec = fields.get("crowd", LeveragedCrowdSpec())
    if "return_hours" not in crowd.model_fields_set:
        fields["crowd"] = crowd.model_copy(update={"return_hours": RETURN_HOURS})
    return LeveragedScenario(**{**ordinary, **fields})


def _with_supply(coin: CoinSpec) -> CoinSpec:
    return coin.model_copy(update={"supply": BITCOINS}) if coin.name == "BTC" else coin


def _with_longs(exchange: ExchangeSpec) -> ExchangeSpec:
    """Let as many shorts be hedged as leave the public with its share of longs."""
    public = (1.0 - exchange.out_of_reach) * (1.0 - LONGS) / LONGS
    return exchange.model_copy(update={"hedged": 1.0 - public})
