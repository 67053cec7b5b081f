"""What studies of adoption share: a state that leads, states that may follow, and news."""

from __future__ import annotations

from typing import Final, Literal

from tidegate.policies.base import Policy
from tidegate.policies.plan_rules import PlanOpening, SafeHarbour
from tidegate.policies.rate_decision import RateDecision
from tidegate.policies.sovereign_reserve import SovereignReserve
from tidegate.scenario.diffusion import ImitationSpec, SimilaritySpec
from tidegate.scenario.easing import EasingSpec
from tidegate.scenario.plan_population import PlanPopulationSpec
from tidegate.scenario.reserve_plan import AssetMix, FundingMix, PlanSpec
from tidegate.scenario.sovereign import SeizureSpec, StateMiningSpec, StateSpec, StatesSpec
from tidegate.scenario.state_peers import ALIKE, StatePeers
from tidegate.scenario.state_presets import PEERS, load_state
from tidegate.setups.market import MarketParameters
from tidegate.study.experiment import parameter

__all__ = ["FOLLOWERS", "GULF", "LEADER", "NEIGHBOURS", "NEWS", "AdoptionParameters"]

LEADER: Final = "kz"
NEIGHBOURS: Final = ("az", "uz", "tm")
GULF: Final = ("ae", "sa")
FOLLOWERS: Final = (*NEIGHBOURS, *GULF)
# News of any kind is carried by the channel of rates: 1 bp of surprise is a hundredth in value.
NEWS: Final = EasingSpec(meetings=(), response=-0.01, drift=0.0)


class AdoptionParameters(MarketParameters):
    """A market in which a state and plans may lead, at a size that five years can afford."""

    accounts: int = parameter(
        500, "Simulated holders per venue", unit="accounts", source="resolution", ge=500, le=10**6
    )
    step_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = parameter(
        24, "Length of a tick", unit="h", source="resolution: decisions are daily"
    )
    imitation: float = parameter(
        0.38,
        "Imitation among states, where all peers have adopted and do well",
        unit="1/yr",
        source="Sultan, Farley and Lehmann 1990: mean over many products",
        ge=0,
        le=10,
    )
    aversion: float = parameter(
        0.38,
        "What a fall of 1 from the high takes off the rate of adoption, in all classes",
        unit="1/yr",
        source="assumption: as much as the pull of peers who have all adopted",
        ge=0,
        le=10,
    )
    plans: int = parameter(
        140, "Simulated US plans", unit="plans", source="resolution", ge=20, le=10_000
    )
    reserve_usd: float = parameter(
        750e6,
        "What the leading state buys, within 90 days, with money in hand",
        unit="USD",
        source="middle of the 0.5-1.0 bn announced by Kazakhstan",
        gt=0,
        le=1e12,
    )
    allocation: float = parameter(
        0.01, "Share of savings in reach that plans invest", unit="1", source="PEN-H1", gt=0, le=1
    )

    def leader(self) -> StateSpec:
        """Return a Kazakhstan that can pay, does not waver, and buys coins alone."""
        changes = {
            "plan": PlanSpec(funding_credibility=1.0, date_credibility=1.0),
            "funding": FundingMix(seizures=1.0, budget=0.0),
            "mix": AssetMix(),
            "seizures": SeizureSpec(),
            "mining": StateMiningSpec(),
            "set_aside_usd": self.reserve_usd,
        }
        return load_state("kazakhstan-announced").model_copy(update=changes)

    def states(self) -> StatesSpec:
        """Return the leader and those who may follow."""
        return StatesSpec(states=(self.leader(), *(load_state(name) for name in PEERS)))

    def peers(self, *, alike: bool = False) -> StatePeers:
        """Return how they look at each other; `alike`: at all others with equal weight."""
        rule = ImitationSpec(imitation=self.imitation, drawdown_aversion=self.aversion)
        if not alike:
            return StatePeers(rule=rule)
        widths = dict.fromkeys(ALIKE.bandwidths, 1000000.0)
        return StatePeers(rule=rule, similarity=SimilaritySpec(bandwidths=widths))

    @property
    def average(self) -> ImitationSpec:
        """Bass's average product, deterred by falls: the rule of plans and institutions."""
        return ImitationSpec(drawdown_aversion=self.aversion)

    def sector(self) -> PlanPopulationSpec:
        """Return the US plans."""
        spec = PlanPopulationSpec()
        changes = {"plans": self.plans, "imitation": self.average}
        return spec.model_copy(update={"sponsors": spec.sponsors.model_copy(update=changes)})

    def purchase(self) -> tuple[Policy, ...]:
        """Return the leader's reserve."""
        day = self.warm_up_days
        reserve = SovereignReserve(
            announcement_day=day,
            effective_day=day,
            state=LEADER,
            size_usd=self.reserve_usd,
            source="seizures",
        )
        return (reserve,)

    def opening(self) -> tuple[Policy, ...]:
        """Return the opening of plans, with a safe harbour."""
        day = self.warm_up_days
        plans = PlanOpening(announcement_day=day, effective_day=day, allocation=self.allocation)
        return (plans, SafeHarbour(announcement_day=day, effective_day=day))

    def news(self, size: float, after: int) -> Policy:
        """Return news that changes what coins are worth, some days after the announcement."""
        return RateDecision(
            name="news",
            announcement_day=self.warm_up_days,
            effective_day=self.warm_up_days + after,
            cut_bp=100.0 * size,
            surprise_share=1.0,
        )
