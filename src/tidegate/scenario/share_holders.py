"""Those who hold a fund's shares as data: their flows, and what they pay where nobody arbitrages.

The flow rule is a regression on the published daily flows of all US spot funds; `FlowSpec` gives
its figures with standard errors.
"""

from __future__ import annotations

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["FlowSpec", "ShareHolderSpec"]

GK = "(general knowledge, not verified)"
FLOWS = (
    "own regression, US spot BTC funds' total flow over BTC's capitalisation, 430 sessions from "
    "2024-01-12 to 2025-09-30 (f = a + b f[-1] + c x[-1] + e; R2 0.40; Newey-West errors, 5 lags)"
)


class FlowSpec(Frozen):
    """What holders in sum want to put in each session, as a share of the coin's capitalisation.

    In million USD a day the same regression reads 66 (13.6), 0.45 (0.04), 3,130 (616) per unit of
    log return, residual 262; a second lag of either adds nothing (t below 1).
    """

    drift: float = quantity(
        0.412e-4, unit="cap/session", source=f"{FLOWS}: s.e. 0.083e-4", about="Flow unprompted."
    )
    persistence: float = quantity(
        0.453,
        unit="1",
        source=f"{FLOWS}: s.e. 0.047",
        about="Part of a session's flow that comes again in the next.",
        gt=-1,
        lt=1,
    )
    chase: float = quantity(
        19.6e-4,
        unit="cap/session per log return",
        source=f"{FLOWS}: s.e. 3.9e-4",
        about="Flow after the coin's return since the last session's opening.",
    )
    noise: float = quantity(
        1.60e-4,
        unit="cap/session",
        source=f"{FLOWS}: standard error of the regression",
        about="Flow for reasons of its own.",
        ge=0,
    )
    hack_outflow: float = quantity(
        0.0,
        unit="share of the fund",
        source="off; 2.99 bn USD of about 110 bn left in 7 sessions after 21 February 2025 "
        "(HACK-H1; a rival reading is the unwinding of basis trades)",
        about="What leaves in all after a hack, if nothing else happens.",
        ge=0,
        le=1,
    )
    hack_sessions: float = quantity(
        7.0, unit="sessions", source="18 to 26 February 2025", about="Over how many.", gt=0
    )


class ShareHolderSpec(Frozen):
    """Those who hold shares: some bring flows, the others trade at a premium or a discount."""

    flow: FlowSpec = FlowSpec()
    patient: float = quantity(
        0.5,
        unit="share of all shares",
        source="assumption",
        about="Shares of holders who bring no flow but sell at a premium and buy at a discount.",
        gt=0,
        lt=1,
    )
    elasticity: float = quantity(
        0.2,
        unit="shares/outstanding per log premium",
        source="assumption: that of holders of the coin (multiplier 5: Gabaix & Koijen, "
        "NBER 28967)",
        about="Slope of the patient holders' demand; the premium where nobody can arbitrage.",
        gt=0,
        le=10,
    )
    cash: float = quantity(
        0.1,
        unit="share of the fund's value",
        source="assumption: enough for a discount of several percent",
        about="The patient holders' cash at the exchange.",
        ge=0,
        le=2,
    )
    tolerance: float = quantity(
        0.10,
        unit="1",
        source="assumption; premiums of 40 % and discounts of 48 % were paid where no basket "
        f"could be made, 2020-22 {GK}",
        about="Premium or discount beyond which a flow waits.",
        gt=0,
        lt=1,
    )
