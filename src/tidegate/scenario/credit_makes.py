"""Makes of credit against coins: of 2025, nearly all against collateral; of 2022, half without.

Shares of lenders are as reported for the third quarter of 2025 and the last of 2021; how much was
lent without collateral, to whom and with what behind it, was never published: assumptions.
"""

from __future__ import annotations

from typing import Any, Final

from tidegate.scenario.lending import LendingSpec, LoanKind

__all__ = ["DESKS", "make_2022", "make_2025"]

# On-chain share of the loans, and stablecoins' share of that (Galaxy).
ON_CHAIN_2025: Final = (0.669, 0.16)
ON_CHAIN_2021: Final = (0.486, 0.53)
# Desks by size: the largest as reported (Tether, about 60 %), the others assumed.
DESKS: Final = (0.60, 0.16, 0.10, 0.07, 0.04, 0.03)
# What each lends unsecured, over the mean of all: assumed, so that they are not all alike.
UNLIKE: Final = (0.9, 1.4, 1.0, 1.2, 0.6, 1.0)
NEVER: Final = 1e5  # hours


def make_2025(
    stock: float,
    *,
    cover: float = 0.0,
    equity: float = 0.1,
    grace_hours: float = 12.0,
    sells: bool = True,
    **terms: Any,
) -> LendingSpec:
    """Return credit as of 2025: all of it against collateral.

    Parameters
    ----------
    stock : float
        USD.
    cover : float
        How much higher debt over collateral is than by default.
    equity : float
        Losses that a lender survives, over its loans.
    grace_hours : float
        From a desk's margin call to the sale.
    sells : bool
        Whether collateral is ever sold.
    **terms
        Fields of `LendingSpec`.
    """
    call = {"grace_hours": grace_hours if sells else NEVER, "equity": equity}
    at_once = {**call, "grace_hours": 0.0 if sells else NEVER}
    chain, rest = _on_chain(stock, *ON_CHAIN_2025, cover, at_once)
    desks = [_desk(at, rest * size, cover, call) for at, size in enumerate(DESKS)]
    return LendingSpec(kinds=(*chain, *desks), **terms)


def make_2022(
    stock: float,
    *,
    unsecured: float,
    thin: float,
    equity: float = 0.1,
    grace_hours: float = 12.0,
    **terms: Any,
) -> LendingSpec:
    """Return credit as of before the failures of 2022: less on-chain, desks partly unsecured.

    Parameters
    ----------
    stock : float
        USD.
    unsecured : float
        Unsecured part of the desks' loans; some desks have more, some less.
    thin : float
        Debt of unsecured borrowers over all that they have.
    equity : float
        Losses that a lender survives, over its loans.
    grace_hours : float
        From a desk's call to the sale.
    **terms
        Fields of `LendingSpec`.
    """
    call = {"grace_hours": grace_hours, "equity": equity}
    chain, rest = _on_chain(stock, *ON_CHAIN_2021, 0.0, {"equity": equity})
    desks = []
    for at, (size, part) in enumerate(zip(DESKS, UNLIKE, strict=True)):
        bare = min(1.0, unsecured * part)
        secured = _desk(at, rest * size * (1.0 - bare), 0.0, call)
        open_ended = {
            "name": f"{secured.name}, unsecured",
            "house": secured.name,
            "stock": rest * size * bare,
            "mean_ltv": thin,
            "threshold": 1.0,
            "bonus": 0.0,
        }
        desks += [secured, LoanKind.model_validate({**dict(secured), **open_ended})]
    return LendingSpec(kinds=(*chain, *(desk for desk in desks if desk.stock > 0.0)), **terms)


def _on_chain(
    stock: float, share: float, coins: float, cover: float, call: dict[str, float]
) -> tuple[tuple[LoanKind, LoanKind], float]:
    """Return on-chain lenders, and what is left for desks."""
    chain = stock * share
    apps = {"stock": chain * (1.0 - coins), "mean_ltv": 0.40 + cover, **call}
    stable = {"stock": chain * coins, "mean_ltv": 0.35 + cover, "ltv_sd": 0.09, **call}
    return (
        LoanKind.model_validate({"name": "apps", "on_chain": True, **apps}),
        LoanKind.model_validate(
            {"name": "stablecoins", "on_chain": True, "threshold": 0.67, **stable}
        ),
    ), stock - chain


def _desk(at: int, stock: float, cover: float, call: dict[str, float]) -> LoanKind:
    return LoanKind.model_validate(
        {
            "name": f"desk {at + 1}",
            "on_chain": False,
            "stock": stock,
            "mean_ltv": 0.45 + cover,
            "threshold": 0.85,
            "close_factor": 1.0,
            "bonus": 0.02,
            "slip": 0.10,
            **call,
        }
    )
