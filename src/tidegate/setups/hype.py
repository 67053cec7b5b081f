"""What studies of hype share: a memecoin, a word, and the half year after it."""

from __future__ import annotations

from typing import Final, Literal

import polars as pl

from tidegate.policies.presidents_word import PresidentsWord
from tidegate.report.summary import Series
from tidegate.scenario import Scenario
from tidegate.scenario.hype import AttentionSpec, HypeSpec, PoolSpec
from tidegate.setups.market import MarketParameters
from tidegate.study.experiment import Timeline, parameter
from tidegate.study.world import Frames

__all__ = ["HYPE_PATHS", "HypeParameters", "record_hype"]

DAY: Final = 86_400
HYPE_PATHS: Final = (
    Series(name="price", title="Memecoin", unit="USD"),
    Series(name="attentive", title="Public that is interested", unit="%"),
    Series(name="income", title="Fees to related parties", unit="million USD"),
)


class HypeParameters(MarketParameters):
    """A market with a memecoin at a size that half years can afford."""

    accounts: int = parameter(
        500, "Simulated holders per venue", unit="accounts", source="resolution", ge=500, le=10**6
    )
    step_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = parameter(
        12, "Length of a tick", unit="h", source="resolution: interest lasts for days"
    )
    warm_up_days: int = parameter(
        14, "Days before the word", unit="days", source="assumption", ge=5, le=2000
    )
    days: int = parameter(
        182, "Days after the word", unit="days", source="LEV-H27: half a year", ge=30, le=5000
    )
    reach: float = parameter(
        0.02, "Part of the public that the word brings", unit="1", source="assumption", gt=0, lt=1
    )
    people: float = parameter(
        AttentionSpec().people, "Who may hear", unit="people",
        source="assumption: order of the wallets that held TRUMP", gt=0, le=1e9,
    )  # fmt: skip
    contagion: float = parameter(
        AttentionSpec().contagion, "Rate at which interest spreads", unit="1/day",
        source="assumption; form: Shive 2010", ge=0, le=50,
    )  # fmt: skip
    fading: float = parameter(
        AttentionSpec().fading, "Rate at which interest is lost", unit="1/day",
        source="assumption; form: Candia et al. 2019", gt=0, le=50,
    )  # fmt: skip
    leaving: float = parameter(
        HypeSpec().leaving, "Part of those who lose interest that sells", unit="1",
        source="assumption; arms have none and half", ge=0, le=1,
    )  # fmt: skip
    coins: float = parameter(
        0.0, "Part of the money that buys BTC instead", unit="1", source="arms", ge=0, le=1
    )
    fee: float = parameter(
        PoolSpec().fee, "Fee of every trade of the memecoin", unit="1",
        source="pools of new coins ask about 1 % (general knowledge)", ge=0, lt=0.5,
    )  # fmt: skip
    related: float = parameter(
        PoolSpec().related, "Part of it that related parties receive", unit="1",
        source="LEV-H20: three quarters of the proceeds of WLFI tokens, as reported", ge=0, le=1,
    )  # fmt: skip

    def scenario(self) -> Scenario:
        """Return the market with a memecoin."""
        usual = AttentionSpec()
        attention = usual.model_copy(
            update={
                "people": self.people,
                "contagion": self.contagion,
                "fading": self.fading,
            }
        )
        spec = HypeSpec(
            attention=attention,
            pool=PoolSpec(fee=self.fee, related=self.related),
            leaving=self.leaving,
            coins=self.coins,
        )
        return super().scenario().model_copy(update={"hype": spec})

    def timeline(self) -> Timeline:
        """Return when the word is spoken and when all ends."""
        per_day = self.scenario().ticks_per_day
        first = self.warm_up_days
        return Timeline(first * per_day, (first + self.days) * per_day, float(self.days))

    def word(self) -> PresidentsWord:
        """Return the word."""
        day = self.warm_up_days
        return PresidentsWord(announcement_day=day, effective_day=day, reach=self.reach)


def record_hype(frames: Frames, p: HypeParameters) -> pl.DataFrame:
    """Return the paths that reports draw, by day from the word."""
    return frames["hype"].select(
        (pl.col("seconds") / DAY - p.warm_up_days).alias("day"),
        pl.col("price", "attentive"),
        (pl.col("income") / 1e6).alias("income"),
    )
