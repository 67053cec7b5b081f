"""Treasury companies that come with the package: one file a firm, beside every value its source.

The form of the files is that of the states' (`state_presets`). `typical` makes firms without a
name, for a sector as large as the real one.
"""

from __future__ import annotations

from typing import Any, Final

from tidegate.scenario.companies import FACTORS, CompanySpec
from tidegate.scenario.sourced_files import SourcedFiles

__all__ = ["company_presets", "company_sources", "load_company", "typical"]

FILES: Final = SourcedFiles("company", "company-", plain=("name", "ticker"))
SHARE: Final = 10.0  # USD that a share of a typical firm costs at an mNAV of 1


def company_presets() -> tuple[str, ...]:
    """Return the names of the firms that come with the package."""
    return FILES.names()


def load_company(name: str) -> CompanySpec:
    """Return a firm that comes with the package.

    Raises
    ------
    ValueError
        If there is none of that name; names those there are.
    """
    return CompanySpec.model_validate(FILES.values(name))


def company_sources(name: str) -> dict[str, str]:
    """Return the source of every value that a firm's file names, by dotted path."""
    return FILES.sources(name)


def typical(number: int, coin: str, usd: float, price: float, **changes: Any) -> CompanySpec:
    """Return a firm without a name: no debt, no cash, the rules of most.

    Parameters
    ----------
    number : int
        Tells it from others that hold the same coin.
    coin : str
        What it holds.
    usd : float
        What its coins are worth at the start.
    price : float
        USD per coin of BTC at the start; other coins have theirs.
    **changes
        Fields of `CompanySpec`.
    """
    prices = {factor.name: factor.price for factor in FACTORS}
    each = price if coin == "BTC" else prices[coin]
    fields: dict[str, Any] = {
        "name": f"{coin} {number}",
        "ticker": f"{coin}-{number}",
        "coin": coin,
        "coins": usd / each,
        "shares": int(usd / SHARE),
    }
    return CompanySpec(**{**fields, **changes})
