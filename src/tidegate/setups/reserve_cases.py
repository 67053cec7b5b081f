"""What befalls states with reserves, an arm each: purchases, a freeze, dearer money, a fall.

Purchases, freezes and rates meet the one state of the world `fund`; holders and plans are worlds of
many (`tidegate.setups.reserve`).
"""

from __future__ import annotations

import math
from typing import Final

from tidegate.policies.base import Policy
from tidegate.policies.rate_decision import RateDecision
from tidegate.policies.sovereign_reserve import ReserveFreeze, SovereignReserve
from tidegate.scenario.easing import EasingSpec
from tidegate.scenario.reserve_levers import Source
from tidegate.setups.reserve import BILLION, PURCHASE, ReserveParameters
from tidegate.study.arms import Arm

__all__ = ["holder_arms", "news", "plan_arms", "purchase", "purchase_arms", "shock_arms"]

SIZES: Final = (0.1, 0.5, 1.0, 5.0, 20.0)  # bn USD, KZ-H1
SOURCES: Final[tuple[Source, ...]] = ("budget", "fx", "mining", "seizures")


def purchase(
    p: ReserveParameters, size: float, days: int, source: Source = "fx", lag: int = 0
) -> Policy:
    """Return a purchase of a size in bn USD."""
    return SovereignReserve(
        announcement_day=p.warm_up_days,
        effective_day=p.warm_up_days + lag,
        size_usd=size * BILLION,
        days=days,
        source=source,
    )


def news(p: ReserveParameters, day: int) -> RateDecision:
    """Return news that takes the assumed share off value: a rise of rates that large."""
    easing = EasingSpec()
    bp = math.log1p(-p.fall) / (easing.response * (1.0 + easing.drift))
    return RateDecision(announcement_day=day, effective_day=day, cut_bp=-bp, surprise_share=1.0)


def purchase_arms(p: ReserveParameters) -> list[Arm]:
    """Return funds by size, by pace, and announced ahead of time."""
    slow = purchase(p, p.size, p.days - 5)
    later = purchase(p, p.size, PURCHASE, lag=p.lag_days)
    return [
        *(Arm(f"buy-{n:g}", f"{n:g} bn bought in a day", (purchase(p, n, 1),)) for n in SIZES),
        Arm("slow", f"{p.size:g} bn bought over the whole time", (slow,)),
        Arm("announced", f"{p.size:g} bn announced {p.lag_days} days ahead", (later,)),
        Arm(
            "announced-half",
            "The same, half as much bought ahead of it",
            (later,),
            {"ahead": p.ahead / 2},
        ),
    ]


def shock_arms(p: ReserveParameters) -> list[Arm]:
    """Return nothing at all, a freeze, dearer money, and a fall without a fund and with one."""
    day, start = p.warm_up_days, p.warm_up_days + p.lag_days
    freeze = ReserveFreeze(announcement_day=day, effective_day=day, share=p.frozen)
    rise = RateDecision(
        announcement_day=day, effective_day=day, cut_bp=-p.rate_bp, surprise_share=1.0
    )

    def paid(source: Source) -> Arm:
        policies = (purchase(p, p.size, PURCHASE, source), news(p, start))
        return Arm(f"fall-{source}", f"A fund paid for by {source}, then the fall", policies)

    return [
        Arm("none", "No purchase, no news"),
        Arm("freeze", f"{100 * p.frozen:g} % of foreign exchange is frozen", (freeze,)),
        Arm("rise", f"A rise of {p.rate_bp:g} bp that nobody expected", (rise,)),
        Arm("fall", f"A fall of {100 * p.fall:g} %, no fund", (news(p, start),)),
        paid("seizures"),
        paid("budget"),
    ]


def holder_arms(p: ReserveParameters) -> list[Arm]:
    """Return a fall for those who hold, by who has paid for it."""
    fallen = (news(p, p.warm_up_days),)

    def held(source: Source) -> dict[str, object]:
        return {"world": "holders", "source": source}

    half, double = p.seized_weight / 2, min(2 * p.seized_weight, 1.0)
    return [
        *(Arm(f"held-{s}", f"Held by {s}, a fall", fallen, held(s)) for s in SOURCES),
        *(
            Arm(
                f"held-seizures-{name}",
                f"Held by seizures, {name} their weight, a fall",
                fallen,
                {**held("seizures"), "seized_weight": weight},
            )
            for name, weight in (("half", half), ("double", double))
        ),
    ]


def plan_arms(p: ReserveParameters) -> list[Arm]:
    """Return plans vague and firm, with a fall before they start and without."""
    plans = {"world": "plans"}
    half, double = p.credibility / 2, min(2 * p.credibility, 1.0)
    firm = {"world": "firm"}
    fallen = (news(p, p.warm_up_days),)
    return [
        Arm("vague", "Vague plans", overrides=plans),
        Arm("vague-fall", "Vague plans, a fall before they start", fallen, plans),
        Arm("firm", "Plans with money in hand and a date", overrides=firm),
        Arm("firm-fall", "The same, a fall before they start", fallen, firm),
        Arm("vague-half", "Plans half as credible", overrides={**plans, "credibility": half}),
        Arm("vague-double", "Plans twice as credible", overrides={**plans, "credibility": double}),
    ]
