"""Sponsors of plans as data: how large they are, what holds them back, and what scares them off.

Frictions are in 1/yr: they are taken off the rate at which a sponsor, whom peers and success
draw on, comes to offer the route.
"""

from __future__ import annotations

from pydantic import Field

from tidegate.scenario.diffusion import ImitationSpec
from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["FeeFriction", "LitigationSpec", "PrecedentSpec", "ReversalSpec", "SponsorSpec"]


class FeeFriction(Frozen):
    """What a sleeve dearer than the plan's other funds costs in willingness."""

    average: float = quantity(
        0.0026,
        unit="1/yr",
        source="ICI, average paid for equity funds in 401(k) plans (PEN-N15)",
        about="Yearly cost of a plan's funds, weighted by assets.",
        gt=0,
        lt=1,
    )
    size_elasticity: float = quantity(
        -0.15,
        unit="1",
        source="assumption: large plans pay less, a tenth of the size costs about 40 % more",
        about="Elasticity of a plan's fees to its assets.",
        ge=-1,
        le=0,
    )
    sleeve: float = quantity(
        0.0025,
        unit="1/yr",
        source="spot BTC ETF, 0.25 % (M3: general knowledge, not verified)",
        about="Yearly cost of the sleeve where no lever says otherwise.",
        ge=0,
        lt=1,
    )
    weight: float = quantity(
        10.0,
        unit="1/yr per 1/yr",
        source="assumption: 1 % a year above the plan's own funds takes 0.1/yr off (PEN-H11)",
        about="Friction per fee gap; a cheaper sleeve draws nobody.",
        ge=0,
    )


class LitigationSpec(Frozen):
    """What the fear of suits, and suits, do to a sponsor without a safe harbour."""

    dread: float = quantity(
        0.15,
        unit="1/yr",
        source="assumption: with Bass's average p 0.03 and q 0.38, keeps 9 of 10 out at first; "
        "57 % of 63 sponsors said never in 2022 (M9)",
        about="Mean friction; a sponsor's own is uniform between 0 and twice that.",
        ge=0,
    )
    suit_hazard: float = quantity(
        0.5,
        unit="1/yr per unit of fall",
        source="assumption: after a fall of all value one offering sponsor in two is sued a year",
        about="Rate of suits per fall beyond the threshold.",
        ge=0,
    )
    threshold: float = quantity(
        0.4,
        unit="1",
        source="assumption: a fall in coins that plaintiffs take up",
        about="Fall from the year's high from which there are suits.",
        ge=0,
        lt=1,
    )
    abstention_months: int = quantity(
        60,
        unit="months",
        source="assumption; OTPP has made no venture stake in coins since 2022 (PEN-A9)",
        about="Time for which a sponsor that was sued stays away.",
        ge=0,
    )
    unwind_months: int = quantity(
        12,
        unit="months",
        source="assumption: a closed option is mapped to another fund within a year",
        about="Time in which a closed option's coins are sold.",
        ge=1,
    )


class PrecedentSpec(Frozen):
    """How one bad case, anybody's, chills the whole sector."""

    publicity: float = quantity(
        0.10,
        unit="1/yr",
        source="assumption; PEN-H13 states only that the effect exceeds the loss",
        about="Friction that a case adds for everybody, if all the assets were lost.",
        ge=0,
        le=1e6,
    )
    loss_exponent: float = quantity(
        0.0,
        unit="1",
        source="0: publicity does not ask for the size (PEN-H13); 1: in proportion, its rival",
        about="Power of the loss, as a share of the case's assets, in its publicity.",
        ge=0,
        le=1,
    )
    half_life_months: float = quantity(
        18.0, unit="months", source="assumption", about="Time in which half is forgotten.", gt=0
    )
    shielded: float = quantity(
        0.5,
        unit="1",
        source="assumption: a safe harbour covers the suit, not the headline",
        about="Part of the chill that is felt under a safe harbour.",
        ge=0,
        le=1,
    )


class ReversalSpec(Frozen):
    """Who withdraws once the rule is reversed, and how fast."""

    rate: float = quantity(
        1.0,
        unit="1/yr",
        source="assumption: committees meet a few times a year",
        about="Rate at which a sponsor that has a reason to withdraw does.",
        ge=0,
    )
    demanding: float = quantity(
        2.0,
        unit="1",
        source="assumption: uniform thresholds; at a neutral outcome half of the sponsors stay",
        about="Success that the most demanding sponsor needs to stay; the least needs 0.",
        gt=0,
    )


class SponsorSpec(Frozen):
    """The sponsors."""

    plans: int = quantity(
        700,
        unit="1",
        source="about 700,000 plans (S20: general knowledge): each column stands for a thousand",
        about="Plans simulated.",
        ge=1,
        le=100_000,
    )
    tail: float = quantity(
        2.0,
        unit="1",
        source="assumption: heavy-tailed; the largest of 700 then holds 3 % of assets",
        about="Pareto exponent of plans' assets.",
        gt=0.5,
    )
    success_weight: float = quantity(
        1.0,
        unit="1",
        source="assumption: log return of up to two years on top of a neutral 1; the network "
        "itself weighs failures more",
        about="Weight of a plan's own gain or loss in the example that it gives.",
        ge=0,
    )
    imitation: ImitationSpec = Field(
        default=ImitationSpec(), description="How they imitate each other."
    )
    fees: FeeFriction = FeeFriction()
    litigation: LitigationSpec = LitigationSpec()
    precedent: PrecedentSpec = PrecedentSpec()
    reversal: ReversalSpec = ReversalSpec()
