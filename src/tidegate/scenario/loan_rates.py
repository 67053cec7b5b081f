"""What a policy rate has to do with loans against coins."""

from __future__ import annotations

from tidegate.scenario.easing import CreditResponseSpec
from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["LoanRatesSpec"]


class LoanRatesSpec(Frozen):
    """The policy rate at which loans were made, and how their borrowers answer a change of it."""

    policy_bp: float = quantity(
        362.5,
        unit="bp",
        source="FOMC, 10 December 2025: 3.50-3.75 %",
        about="Policy rate at the start.",
        ge=0,
        le=2_000,
    )
    response: CreditResponseSpec = CreditResponseSpec()
