"""A bank that can be run on (Diamond and Dybvig 1983)."""

from __future__ import annotations

__all__ = ["late_payment", "run_threshold"]


def late_payment(final_return: float, early_share: float, early_payment: float) -> float:
    """Return what is left for each who waits, when only those leave who must."""
    return (1 - early_share * early_payment) * final_return / (1 - early_share)


def run_threshold(final_return: float, early_payment: float) -> float:
    """Return the share of leavers from which waiting pays less than leaving.

    It solves (1 - f r1) R / (1 - f) = r1 for f.
    """
    return (final_return - early_payment) / (early_payment * (final_return - 1))
