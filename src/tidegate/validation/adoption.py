"""S20 and S21.1: how adoption spreads, and when a run on a bank feeds itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from numpy.typing import ArrayLike

from tidegate.agents.adoption import BassCurve
from tidegate.validation.cases import Ablation, Case, Equals, Kind, Within
from tidegate.validation.reference import bass, diamond_dybvig

P, Q, POOL = 0.03, 0.38, 5_000  # averages over many products (Sultan, Farley and Lehmann 1990)


def bass_formulas(_: Sequence[int]) -> dict[str, float]:
    """Read the peak and the deciles of adoption off the model's own curve."""
    curve = BassCurve(P, Q)
    fastest = bass.peak(P, Q)
    return {
        "time of peak, years": fastest.time,
        "share at peak": curve.share(fastest.time),
        "rate at peak, a year": fastest.rate,
        **{f"years to {part} %": bass.years_to(part / 100, curve) for part in (10, 50, 90)},
    }


def bass_agents(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Let agents who all know each other adopt, and compare with the formula."""
    return {"largest gap": [bass.largest_gap(P, Q, POOL, seed) for seed in seeds]}


def bass_without_imitation(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Let agents adopt for reasons of their own alone."""
    gaps = [bass.largest_gap(P, 0.0, POOL, seed, formula=BassCurve(P, Q)) for seed in seeds]
    return {"largest gap": gaps}


def run_threshold(_: Sequence[int]) -> dict[str, float]:
    """Solve the textbook example of a bank run."""
    late = diamond_dybvig.late_payment(2.0, 0.25, 1.28)
    return {
        "payment to the patient": late,
        "share that ruins the bank": diamond_dybvig.run_threshold(2.0, 1.28),
    }


CASES: Final = (
    Case(
        id="S20.1",
        kind=Kind.GOLDEN,
        about="Bass diffusion: peak and deciles of adoption",
        expected={
            "time of peak, years": Equals(6.193, 3),
            "share at peak": Equals(0.4605, 4),
            "rate at peak, a year": Equals(0.1106, 4),
            "years to 10 %": Equals(2.25, 2),
            "years to 50 %": Equals(6.55, 2),
            "years to 90 %": Equals(11.76, 2),
        },
        measure=bass_formulas,
    ),
    Case(
        id="S20.2",
        kind=Kind.STATISTICAL,
        about="Bass diffusion among 5,000 agents on a complete graph against the formula",
        expected={"largest gap": Within(0.0, 0.03)},
        measure=bass_agents,
        seeds=50,
        ablations=(Ablation("imitation off", bass_without_imitation),),
    ),
    Case(
        id="S21.1",
        kind=Kind.GOLDEN,
        about="Diamond-Dybvig: the share of early leavers from which a run feeds itself",
        expected={
            "payment to the patient": Equals(1.8133, 4),
            "share that ruins the bank": Equals(0.5625),
        },
        measure=run_threshold,
    ),
)
