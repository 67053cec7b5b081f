"""How those who hedge divide their money by fear: weights, from beliefs about bad times."""

from __future__ import annotations

from typing import Final, NamedTuple

from tidegate_core.draws import exp

from tidegate.scenario.commodities import HedgersSpec

__all__ = ["ASSETS", "Weights", "base_weights", "betas", "weights"]

ASSETS: Final = ("shares", "dollars", "gold", "minerals", "coins")


class Weights(NamedTuple):
    """A number for every asset that hedgers hold."""

    shares: float
    dollars: float
    gold: float
    minerals: float
    coins: float


def base_weights(spec: HedgersSpec) -> Weights:
    """Return the weights without fear; they sum to 1."""
    return Weights(spec.shares, spec.dollars, spec.gold, spec.minerals, spec.coins)


def betas(spec: HedgersSpec) -> Weights:
    """Return what an asset is believed to lose when shares lose; dollars are what losses count in.

    Two camps see BTC as a technology share and as gold; the belief of all is their mean.
    """
    coins = (1.0 - spec.digital_gold) * spec.coin_beta + spec.digital_gold * spec.gold_beta
    return Weights(1.0, 0.0, spec.gold_beta, spec.mineral_beta, coins)


def weights(spec: HedgersSpec, fear: float) -> Weights:
    """Return the weights in proportion to ``base * exp(-intensity * beta * fear)``."""
    tilted = [
        base * exp(-spec.intensity * beta * fear)
        for base, beta in zip(base_weights(spec), betas(spec), strict=True)
    ]
    total = sum(tilted)
    return Weights(*(weight / total for weight in tilted))
