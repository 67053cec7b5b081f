"""A robbery beside what else may be blamed for what followed: what may be set of either.

Funds bled in a basis that had been falling for weeks, and a robbed exchange lived or died by its
size as well as by who lent to it. Laws that a robbery delays take off value by themselves.
"""

from __future__ import annotations

from typing import Any, Final

from tidegate.policies.base import LeverPolicy
from tidegate.scenario.carry_trade import CarryTradeSpec
from tidegate.scenario.deposits import CustodialExchangeSpec
from tidegate.setups.hack import WEEK, HackParameters
from tidegate.study.experiment import parameter

__all__ = ["ExchangeHackParameters", "slide"]

USUAL: Final = CarryTradeSpec().usual


class ExchangeHackParameters(HackParameters):
    """What may be set."""

    warm_up_days: int = parameter(
        74, "Days before the robbery", unit="days", ge=5, le=2000,
        source="ten weeks in which the basis slides; then it is on a Friday, 20 March 2026",
    )  # fmt: skip
    covered_usd: float = parameter(
        0.6, "A loss that the firm's own cash covers", unit="bn USD",
        source="assumption: below the 0.7-1.0 bn of HACK-N2", gt=0, le=1.46,
    )  # fmt: skip
    basis_fall: float = parameter(
        0.02, "Fall of the basis for other reasons", unit="1/yr",
        source=f"from {100 * USUAL:.2g} %, as fitted (CarryTradeSpec.usual), to the 4-5 % of "
        "February 2025 (HACK-H1r)", ge=0, le=1,
    )  # fmt: skip
    basis_high: float = parameter(
        0.15, "Basis from which it slides before the robbery, in arms where it does", unit="1/yr",
        source="CME futures, December 2024 (HACK-H1r)", ge=0, le=1,
    )  # fmt: skip
    basis_low: float = parameter(
        0.045, "Basis to which it slides", unit="1/yr", source="4-5 %, February 2025 (HACK-H1r)",
        ge=0, le=1,
    )  # fmt: skip
    slide_weeks: int = parameter(
        0, "Weeks in which it slides; 0: not at all", unit="weeks", source="arms set it", ge=0,
        le=200,
    )  # fmt: skip
    infini_size: float = parameter(
        1.0, "Size of Infini: its clients, their claims, its cash and profit, over what they were",
        unit="1", source="an arm sets it", gt=0, le=1_000,
    )  # fmt: skip
    bill: float = parameter(
        0.02, "What a robbery that delays laws takes off value", unit="log price",
        source="assumption: a fifth off the chance of a law worth a tenth (HACK-H7)", ge=0, le=1,
    )  # fmt: skip

    def exchange(self, name: str) -> CustodialExchangeSpec:
        """Return an exchange; Infini may be larger than it was, and is else the same firm."""
        found, size = super().exchange(name), self.infini_size
        if name != "infini" or size == 1.0:
            return found
        rescue = {"profit_usd": size * found.rescue.profit_usd}
        larger: dict[str, Any] = {
            "claims_usd": size * found.claims_usd,
            "clients": round(size * found.clients),
            "cash_usd": size * found.cash_usd,
            "capacity": size * found.capacity,
            "rescue": found.rescue.model_copy(update=rescue),
        }
        return found.model_copy(update=larger)


def slide(p: HackParameters, weeks: int, high: float, low: float) -> list[LeverPolicy]:
    """Return weekly steps by which the basis falls evenly from one level to another.

    It is at the first one until then, and at the last one from the day of the robbery on. A world
    that begins within the slide begins where the basis stands by then. Levels are those of 30 days
    without a return of the coin.

    Parameters
    ----------
    p
        When the robbery is.
    weeks
        From the first level to the last; 0: no slide.
    high, low
        The two levels, 1/yr.
    """
    steps: dict[int, LeverPolicy] = {}
    for week in range(weeks + 1 if weeks else 0):
        day = max(p.warm_up_days - WEEK * (weeks - week), 0) if week else 0
        level = high + (low - high) * week / weeks
        steps[day] = LeverPolicy(
            name=f"basis-{week}",
            announcement_day=day,
            effective_day=day,
            levers={"etf.basis_shift": level - USUAL},
        )
    return list(steps.values())
