"""Savers as data: cohorts by year of birth, what they save and want, how they err, and age.

A saver class is a birth cohort by a wealth group within it. It moves up the age scale as years
pass: the young enter work, the old leave it and draw down what they have.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["COHORTS", "BehaviourSpec", "CohortSpec", "GlideSpec", "SaverSpec"]

VANGUARD = "Vanguard, How America Saves 2025 (M9)"
ASSUMED = "assumption"


class CohortSpec(Frozen):
    """Savers born in the same years."""

    name: str = Field(description="Name of the cohort.", min_length=1)
    age: float = quantity(..., unit="yr", source=VANGUARD, about="Mean age at the start.", ge=0)
    heads: float = quantity(
        ...,
        unit="share",
        source=ASSUMED,
        about="Share of heads, those yet to enter included.",
        ge=0,
    )
    balance: float = quantity(
        ..., unit="USD", source=VANGUARD, about="Mean balance; only ratios matter.", ge=0
    )
    pay: float = quantity(
        ..., unit="USD/yr", source=ASSUMED, about="Mean pay when at work; only ratios matter.", ge=0
    )
    wish: float = quantity(
        ...,
        unit="share",
        source="46 % of Gen Z and 45 % of Millennials wanted coins in their plan (2022 survey, "
        "PEN-H23); older cohorts: assumption",
        about="Share that wants coins.",
        ge=0,
        le=1,
    )


def _cohort(
    name: str, age: float, heads: float, balance: float, pay: float, wish: float
) -> CohortSpec:
    return CohortSpec(name=name, age=age, heads=heads, balance=balance, pay=pay, wish=wish)


COHORTS = (
    _cohort("entrants", 14.0, 0.20, 0.0, 45_000.0, 0.46),
    _cohort("gen_z", 22.0, 0.10, 6_899.0, 45_000.0, 0.46),
    _cohort("millennials_younger", 30.0, 0.17, 42_640.0, 60_000.0, 0.45),
    _cohort("millennials_older", 40.0, 0.19, 103_552.0, 80_000.0, 0.45),
    _cohort("gen_x", 50.0, 0.17, 188_643.0, 90_000.0, 0.30),
    _cohort("boomers_younger", 60.0, 0.13, 271_320.0, 90_000.0, 0.15),
    _cohort("boomers_older", 69.0, 0.04, 299_442.0, 75_000.0, 0.10),
)
"""Cohorts of the age bands for which saving rates are known, and those about to enter."""


class GlideSpec(Frozen):
    """Equity of a target-date fund by its holder's age."""

    start: float = quantity(
        0.90, unit="1", source="Vanguard (M9)", about="Equity of the young.", ge=0, le=1
    )
    held_until: float = quantity(
        40.0,
        unit="yr",
        source="Vanguard: 25 years before retirement (general knowledge, not verified)",
        about="Age until which equity stays at its start.",
        ge=0,
    )
    at_retirement: float = quantity(
        0.50, unit="1", source="M9: about 50 % at 65", about="Equity at retirement.", ge=0, le=1
    )
    retirement: float = quantity(65.0, unit="yr", source="M9", about="Age at retirement.", gt=0)
    final: float = quantity(
        0.30, unit="1", source="M9: 30 % seven years after", about="Equity at the end.", ge=0, le=1
    )
    landing_years: float = quantity(
        7.0, unit="yr", source="M9", about="Years from retirement to the end of the path.", gt=0
    )
    sleeve: Literal["glides", "flat"] = Field(
        default="glides",
        description="Whether a sleeve of coins shrinks with equity (assumption) or keeps its "
        "weight at every age.",
    )


class BehaviourSpec(Frozen):
    """How savers who choose by themselves err, and what education takes off."""

    education: float = quantity(
        0.5,
        unit="1",
        source="assumption: half-way between blind imitation and none (PEN-A22)",
        about="Education of savers, 0-1; a plan's own is uniform around it.",
        ge=0,
        le=1,
    )
    education_spread: float = quantity(
        0.2, unit="1", source=ASSUMED, about="Largest deviation of a plan's education.", ge=0, le=1
    )
    chase: float = quantity(
        2.0,
        unit="1 per log return",
        source="assumption: after a doubling the uneducated act 2.4 times as fast",
        about="Rise of the action rate per gain of the past year, times 1 - education.",
        ge=0,
    )
    excess: float = quantity(
        2.0,
        unit="1",
        source="assumption: who knows nothing puts in three times the weight (PEN-H17)",
        about="Over-allocation of one's own choice, times 1 - education.",
        ge=0,
    )
    account_cap: float = quantity(
        0.20,
        unit="1",
        source="one provider's cap on coins in an account, 2022 (M9)",
        about="Most of an account that may go into coins by choice.",
        gt=0,
        le=1,
    )
    panic: float = quantity(
        0.2,
        unit="1/month per unit of fall",
        source=ASSUMED,
        about="Share of those who chose coins that sell in a month, per fall beyond the "
        "threshold, times 1 - education; up to double near retirement.",
        ge=0,
    )
    panic_threshold: float = quantity(
        0.3, unit="1", source=ASSUMED, about="Fall from the year's high that scares.", ge=0, lt=1
    )
    default_inertia: float = quantity(
        0.05,
        unit="1",
        source="assumption; the average saver uses 2 of 17 options and changes nothing (M9)",
        about="Panic of those whom the default put in, against that of those who chose.",
        ge=0,
        le=1,
    )
    regret_years: float = quantity(
        5.0, unit="yr", source=ASSUMED, about="Time after which one who sold may come again.", gt=0
    )


class SaverSpec(Frozen):
    """The savers of all plans."""

    heads: int = quantity(
        90_000_000, unit="1", source="90 M and more (PEN-N3)", about="Participants now.", gt=0
    )
    cohorts: tuple[CohortSpec, ...] = Field(
        default=COHORTS, description="Birth cohorts, the youngest first.", min_length=1
    )
    groups: int = quantity(
        5, unit="1", source="resolution", about="Wealth groups of equal heads in a cohort.", ge=1
    )
    wealth_sigma: float = quantity(
        1.33,
        unit="log USD",
        source="Vanguard: mean 148,153, median 38,176 (M9), hence 1.65 in all, less the spread "
        "between ages",
        about="Standard deviation of log wealth within a cohort.",
        ge=0,
    )
    pay_sigma: float = quantity(0.6, unit="log USD", source=ASSUMED, about="The same of pay.", ge=0)
    wealth_tilt: float = quantity(
        0.5,
        unit="1",
        source="assumption: the wealthiest group acts half more often than the middle",
        about="Rise of the take-up by choice from the middle to the wealthiest group.",
        ge=0,
        le=1,
    )
    saving_ages: tuple[float, ...] = Field(
        default=(25.0, 35.0, 45.0, 55.0, 65.0),
        description="Ages at which the saving rate steps up, years (M9).",
    )
    saving_rates: tuple[float, ...] = Field(
        default=(0.055, 0.068, 0.073, 0.079, 0.093, 0.101),
        description="Own saving rates of pay below, between and above those ages (Vanguard 2025, "
        "M9).",
    )
    turnover: bool = quantity(
        True,
        unit="yes/no",
        source="a control: what cohorts' succession does by itself (PEN-H23)",
        about="False: nobody ages, as if each cohort were replaced by one like it.",
        strict=True,
    )
    entry_age: float = quantity(
        18.0, unit="yr", source=ASSUMED, about="Age at which the first enter work.", ge=0
    )
    entered_age: float = quantity(
        26.0, unit="yr", source=ASSUMED, about="Age at which all have.", gt=0
    )
    leaving_age: float = quantity(
        60.0, unit="yr", source=ASSUMED, about="Age at which the first leave work.", gt=0
    )
    left_age: float = quantity(
        70.0, unit="yr", source=ASSUMED, about="Age at which all have.", gt=0
    )
    horizon_age: float = quantity(
        92.0,
        unit="yr",
        source="assumption near the IRS's uniform lifetime table (a divisor of 26.5 at 73)",
        about="Age at which savings are used up; who has retired draws down evenly until then.",
        gt=0,
    )
    behaviour: BehaviourSpec = BehaviourSpec()
    glide: GlideSpec = GlideSpec()
