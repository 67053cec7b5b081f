"""The belief clock of ``belief.pxd`` in plain Python, and a setting to hold both against."""

import math
from typing import Any

import numpy as np
from tidegate_core import draws
from tidegate_crowd.belief import Belief

DAY = 86_400
GROUPS = 12
TAU = np.geomspace(3.7 / 1440, 45.0, GROUPS)
FAST = TAU < 2.5 / 24
SETTING: dict[str, Any] = {
    "tau_days": TAU,
    "weight": np.where(FAST, 0.47 / FAST.sum(), 0.50 / (~FAST).sum()),
    "saturation": np.where(FAST, 260.0, 23.0),
    "news_share": 0.19,
    "asymmetry": 0.06,
    "sentiment_days": 200.0,
    "annual_volatility": 0.50,
    "haste": 0.0,
}


def belief(key: int = 7, **changes: Any) -> Belief:
    """Return a compiled clock in the setting, but for some changes."""
    return Belief(key, **{**SETTING, **changes})


class BeliefOracle:
    """The equations of ``belief.pxd`` in whole minutes, with their draws named one by one."""

    def __init__(self, key: int, log_price: float, **setting: Any) -> None:
        self.key, self.setting, self.minute = key, setting, 0
        self.news, self.sentiment = log_price, 0.0
        self.average = np.full(len(setting["tau_days"]), log_price)
        self.slow = setting["news_share"]

    @property
    def consensus(self) -> float:
        return self.news + self.sentiment

    def normal(self, slot: int) -> float:
        """Half a block: the minute is the index, pairs of slots are the counter."""
        pair = slot // 2
        words = draws.block(self.key, pair >> 16, pair & 0xFFFF, self.minute)
        low, high = words[2 * (slot % 2) : 2 * (slot % 2) + 2]
        return draws.normal_quantile(((high << 32 | low) >> 11 | 1) * 2.0**-53)

    def step(self, gap: float) -> None:
        s = self.setting
        h, variance = 1.0 / 1440.0, s["annual_volatility"] ** 2 / 365.0
        price, noise, excitement = self.consensus + gap, 0.0, 0.0
        for j, tau in enumerate(s["tau_days"]):
            self.average[j] += (price - self.average[j]) * (1.0 - math.exp(-h / tau))
            m = price - self.average[j]
            q = m * m * math.expm1(2.0 * h / tau) / h
            weight = s["weight"][j] * (1.0 + s["asymmetry"] * np.sign(-m))
            group = weight * q / (1.0 + q / (s["saturation"][j] * variance))
            excitement += group
            noise += math.sqrt(group) * self.normal(1 + j)
        memory = s["sentiment_days"]
        clock = 1.0 - s["haste"] + s["haste"] * (s["news_share"] + excitement / variance)
        self.sentiment /= 1.0 + clock * h / memory
        self.sentiment += noise * math.sqrt(memory / 2.0 * -math.expm1(-2.0 * h / memory))
        self.news += math.sqrt(variance * s["news_share"] * h) * self.normal(0)
        relative = s["news_share"] + excitement / variance
        self.slow += (relative - self.slow) * (1.0 - math.exp(-h))
        self.minute += 1
