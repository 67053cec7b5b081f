"""News of the economy, as policies post it: what moves, by how much, over what time."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["RISKY_THEMES", "MacroLevers", "RiskyTheme"]

RiskyTheme = Literal["crypto", "us_tech", "china_tech"]
RISKY_THEMES: tuple[RiskyTheme, ...] = ("crypto", "us_tech", "china_tech")


def moved(unit: str, about: str, most: float) -> float:
    """Declare by how much news moves a factor."""
    value: float = quantity(
        0.0, unit=unit, source="none unless a policy posts it", about=about, ge=-most, le=most
    )
    return value


class MacroLevers(Frozen):
    """One piece of news. Several that are posted at once add up; none takes another's place."""

    started: int | None = quantity(
        None, unit="s", source="none unless a policy posts one", about="Second it broke.", ge=0
    )
    ramp_days: float = quantity(
        1 / 24,
        unit="days",
        source="assumption: an hour, the step of factors",
        about="Time until all of it has come, evenly.",
        gt=0,
        le=5_000,
    )
    fade_days: float | None = quantity(
        None,
        unit="days",
        source="scenario",
        about="Time constant in which it is forgotten from then on; None: never.",
        gt=0,
    )
    bill_share: float = moved("pp of GDP", "Financed by bills in place of notes.", 50.0)
    bill_spread: float = moved("bp", "Bill yields over what the policy rate makes them.", 500.0)
    term_premium: float = moved("bp", "Premium on long bonds, and with it the neutral rate.", 500.0)
    inflation: float = moved("pp", "Inflation over its target.", 50.0)
    growth: float = moved("pp", "Output over its trend.", 50.0)
    us_tech: float = moved("log price", "Shares of American technology.", 2.0)
    china_tech: float = moved("log price", "Shares of Chinese technology.", 2.0)
    dollar: float = moved("log price", "Index of the dollar.", 2.0)
    gold: float = moved("log price", "Gold.", 2.0)
    btc: float = moved("log price", "Value of BTC, beside what factors do to it.", 2.0)
    theme: RiskyTheme | None = Field(
        default=None, description="Theme that allocators see opened; None: none."
    )
    odds: float = quantity(
        1.0,
        unit="1",
        source="none unless a policy posts it",
        about="Factor on the odds of that theme in their portfolios.",
        gt=0,
        le=100,
    )
    recession: bool = Field(
        default=False, strict=True, description="True: a recession is called, whatever output does."
    )
