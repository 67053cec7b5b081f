"""The clocks of ``switching.pxd`` and ``chiarella.pxd`` in plain Python, and settings for tests."""

import math
from typing import Any

import numpy as np
from tidegate_core import draws
from tidegate_crowd.chiarella import Chiarella
from tidegate_crowd.switching import Switching

H = 1.0 / 1440.0  # days to a minute
SWITCHING: dict[str, Any] = {
    "rates_per_day": [300.0, 12.0, 0.5],
    "reversion": 0.02,
    "trend": 0.3,
    "trend_days": 0.25,
    "calm_noise": 0.2,
    "predisposition": -0.3,
    "herding": 2.2,
    "misalignment": 0.03,
    "annual_volatility": 0.8,
    "herds": 30.0,
    "size": [1.0, 2.0, 4.0],
    "value_share": 0.05,
}
CHIARELLA: dict[str, Any] = {
    "tau_days": [30.0, 1.0, 0.01],
    "reversion": 0.01,
    "trend": 0.4,
    "steepness": 0.5,
    "annual_volatility": 0.3,
    "attraction": 3.0,
    "weight": [1.0, 2.0, 5.0],
    "value_share": 0.2,
}


def switching(key: int = 7, **changes: Any) -> Switching:
    """Return a compiled clock in the setting, but for some changes."""
    return Switching(key, **{**SWITCHING, **changes})


def chiarella(key: int = 7, **changes: Any) -> Chiarella:
    """Return a compiled clock in the setting, but for some changes."""
    return Chiarella(key, **{**CHIARELLA, **changes})


class _Oracle:
    """Whole minutes, with their draws named one by one."""

    def __init__(self, key: int, log_price: float, **setting: Any) -> None:
        self.key, self.setting, self.minute = key, setting, 0
        self.value, self.gap = log_price, 0.0
        self.scale = setting["annual_volatility"] / math.sqrt(365.0)
        self.slow = self.relative

    @property
    def relative(self) -> float:
        raise NotImplementedError

    @property
    def consensus(self) -> float:
        return self.value + self.gap

    def normal(self, slot: int) -> float:
        """Half a block: the minute is the index, pairs of slots are the counter."""
        words = draws.block(self.key, 0, slot // 2, self.minute)
        low, high = words[2 * (slot % 2) : 2 * (slot % 2) + 2]
        return draws.normal_quantile(((high << 32 | low) >> 11 | 1) * 2.0**-53)

    def finish(self) -> None:
        self.slow += (self.relative - self.slow) * (1.0 - math.exp(-H))
        self.minute += 1


class SwitchingOracle(_Oracle):
    """The equations of ``switching.pxd``."""

    def __init__(self, key: int, log_price: float, **setting: Any) -> None:
        self.shares = np.full(len(setting["rates_per_day"]), 0.5)
        self.average = log_price
        super().__init__(key, log_price, **setting)

    @property
    def relative(self) -> float:
        n, s = self.whole, self.setting
        return float(s["value_share"] + (n * s["calm_noise"]) ** 2 + (1.0 - n) ** 2)

    @property
    def whole(self) -> float:
        return float(np.average(self.shares, weights=self.setting["size"]))

    def liking(self, share: float, gap: float) -> float:
        s = self.setting
        logit = s["predisposition"] + s["herding"] * (2.0 * share - 1.0)
        return 1.0 / (1.0 + math.exp(-logit - s["misalignment"] * (gap / self.scale) ** 2))

    def step(self, gap: float) -> None:
        s, n, x = self.setting, self.whole, self.gap
        price = self.consensus + gap
        self.average += (price - self.average) * (1.0 - math.exp(-H / s["trend_days"]))
        drift = -n * s["reversion"] * x
        drift += (1.0 - n) * s["trend"] * (price - self.average) / s["trend_days"]
        noise = n * s["calm_noise"] * self.normal(1) + (1.0 - n) * self.normal(2)
        self.gap += drift * H + self.scale * math.sqrt(H) * noise
        self.value += self.scale * math.sqrt(s["value_share"] * H) * self.normal(0)
        for k, rate in enumerate(s["rates_per_day"]):
            again, old = 1.0 - math.exp(-rate * H), self.shares[k]
            liking = self.liking(old, x)
            stay, join = 1.0 - again * (1.0 - liking), again * liking
            new = old * stay + (1.0 - old) * join
            if s["herds"]:
                each = old * stay * (1.0 - stay) + (1.0 - old) * join * (1.0 - join)
                new += math.sqrt(each / s["herds"]) * self.normal(3 + k)
            self.shares[k] = min(max(new, 0.0), 1.0)
        self.finish()


class ChiarellaOracle(_Oracle):
    """The equations of ``chiarella.pxd``."""

    def __init__(self, key: int, log_price: float, **setting: Any) -> None:
        self.averages = np.full(len(setting["tau_days"]), log_price)
        self.pulls = np.zeros(len(setting["tau_days"]))
        super().__init__(key, log_price, **setting)

    @property
    def attention(self) -> float:
        return float(np.average(np.abs(self.pulls), weights=self.setting["weight"]))

    @property
    def relative(self) -> float:
        s = self.setting
        return float(s["value_share"] + (1.0 + s["attraction"] * self.attention) ** 2)

    def step(self, gap: float) -> None:
        s, price = self.setting, self.consensus + gap
        for k, tau in enumerate(s["tau_days"]):
            self.averages[k] += (price - self.averages[k]) * (1.0 - math.exp(-H / tau))
            usual = self.scale * math.sqrt(H / math.expm1(2.0 * H / tau))
            self.pulls[k] = math.tanh(s["steepness"] * (price - self.averages[k]) / usual)
        self.value += self.scale * math.sqrt(s["value_share"] * H) * self.normal(0)
        self.gap *= math.exp(-s["reversion"] * H)
        self.gap += s["trend"] * self.scale * float(self.pulls.mean()) * H
        crowd = 1.0 + s["attraction"] * self.attention
        self.gap += crowd * self.scale * math.sqrt(H) * self.normal(1)
        self.finish()
