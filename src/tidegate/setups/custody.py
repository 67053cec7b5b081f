"""What a study of custody may set: states that hold, by route, what befalls them, and who watches.

States with a reserve hold the same from the start, come what may, and face the perils of their
route. As many without one imitate them, held back by the law that the route needs.
"""

from __future__ import annotations

from typing import Final, Literal

from tidegate.scenario import Scenario
from tidegate.scenario.reserve_plan import AssetMix, FundingMix, PlanSpec
from tidegate.scenario.sovereign import StateSpec, StatesSpec
from tidegate.scenario.state_peers import StatePeers
from tidegate.scenario.state_perils import CustodySpec, PoliticsSpec, SanctionSpec
from tidegate.setups.market import MarketParameters
from tidegate.study.experiment import Timeline, parameter

__all__ = ["HELD", "HOLDER", "CustodyParameters", "timeline"]

HELD: Final = 100.0  # coins of each state that has a reserve; too few to move a price
HOLDER: Final = "holder"  # begins the codes of these states
NEW: Final = 10e6  # USD that each state plans that has none


class CustodyParameters(MarketParameters):
    """States with a reserve, what may befall it, and states that would have one."""

    accounts: int = parameter(
        500, "Simulated holders per venue", unit="accounts", source="resolution", ge=500,
        le=1_000_000,
    )  # fmt: skip
    step_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = parameter(
        24, "Length of a tick", unit="h", source="resolution; states decide once a day"
    )
    warm_up_days: int = parameter(
        30, "Days before waiting counts", unit="days", source="assumption", ge=5, le=2000
    )
    days: int = parameter(
        1_095, "Days of perils and imitation", unit="days", source="assumption: three years",
        ge=60, le=5000,
    )  # fmt: skip
    fund: float = parameter(
        0.0, "Share held in the fund", unit="1", source="arms set 0, 1/2 and 1", ge=0, le=1
    )
    states: int = parameter(
        20, "States with a reserve, and as many without", unit="1", source="resolution", ge=2,
        le=200,
    )  # fmt: skip
    keys: float = parameter(
        0.02,
        "Rate at which a state's own custody fails",
        unit="1/yr",
        source="assumption: a fifth of all coins was lost by 2020, a thousandth is stolen a year "
        "(Chainalysis; general knowledge, not verified)",
        ge=0,
        le=2,
    )
    keys_loss: float = parameter(
        0.5, "Share of its coins lost then", unit="1", source="assumption", ge=0, le=1
    )
    custodian: float = parameter(
        0.005,
        "Rate at which a fund's custodian or issuer fails",
        unit="1/yr",
        source="assumption: none of some ten US funds in two years",
        ge=0,
        le=2,
    )
    custodian_loss: float = parameter(
        0.2, "Share of the holding lost then", unit="1", source="assumption", ge=0, le=1
    )
    freeze: float = parameter(
        0.02,
        "Rate at which a state's shares are frozen",
        unit="1/yr",
        source="assumption: five of 190 states in 2011-25 is 0.002; ten times that for who "
        "fears it",
        ge=0,
        le=2,
    )
    freeze_share: float = parameter(
        0.5,
        "Share of them that a freeze reaches",
        unit="1",
        source="Russia, 2022: about half (general knowledge, not verified)",
        ge=0,
        le=1,
    )
    friction: float = parameter(
        0.05, "What law on custody of coins holds back", unit="1/yr", source="assumption (KZ-H15)",
        ge=0, le=1,
    )  # fmt: skip
    fund_friction: float = parameter(
        0.0, "What law on listed securities holds back", unit="1/yr",
        source="assumption: such law exists (KZ-H15)", ge=0, le=1,
    )  # fmt: skip
    scale: float = parameter(
        1.0, "Factor on all rates of perils and on frictions", unit="1",
        source="arms set 1/2 and 2", gt=0, le=10,
    )  # fmt: skip

    def scenario(self) -> Scenario:
        """Return the market with states that watch each other."""
        states = StatesSpec(
            states=tuple(
                kind.model_copy(update={"code": f"{kind.code}-{number}"})
                for kind in (self._holder(), self._follower())
                for number in range(self.states)
            ),
            coin_friction=self.scale * self.friction,
            etf_friction=self.scale * self.fund_friction,
        )
        parts = {"states": states, "state_peers": StatePeers()}
        return super().scenario().model_copy(update=parts)

    def _holder(self) -> StateSpec:
        """Return a state that holds from the start, come what may."""
        return StateSpec(
            code=HOLDER,
            name="Holder",
            held_coins=HELD * (1.0 - self.fund),
            held_etf=HELD * self.fund,
            mix=AssetMix(coins=0.0, etf=1.0),  # who has a reserve has its law: no friction
            politics=PoliticsSpec(never_sells=True),
            custody=CustodySpec(
                direct_rate=self.scale * self.keys,
                direct_loss=self.keys_loss,
                etf_rate=self.scale * self.custodian,
                etf_loss=self.custodian_loss,
                etf_fee=0.0,  # a price, not a peril
            ),
            sanctions=SanctionSpec(rate=self.scale * self.freeze, share=self.freeze_share),
        )

    def _follower(self) -> StateSpec:
        """Return a state that would take up a reserve at once if peers made it."""
        return StateSpec(
            code="follower",
            name="Follower",
            fx_usd=2.0 * NEW,
            plan=PlanSpec(size_usd=NEW, lead_days=0, funding_credibility=1.0, date_credibility=1.0),
            funding=FundingMix(budget=0.0, fx=1.0),
            mix=AssetMix(coins=1.0 - self.fund, etf=self.fund),
        )


def timeline(p: CustodyParameters) -> Timeline:
    """Return when waiting begins to count and when all ends."""
    per_day = p.scenario().ticks_per_day
    return Timeline(p.warm_up_days * per_day, (p.warm_up_days + p.days) * per_day, float(p.days))
