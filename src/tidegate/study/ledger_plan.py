"""How many seeds each arm of a ledger run needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tidegate.analysis.contrast import LEDGER_PAIRS
from tidegate.study.arms import Arm
from tidegate.study.claims import Claim

__all__ = ["FIRST_LEDGER_SEED", "FRESH_LEDGER_SEED", "pairs_by_arm"]

FIRST_LEDGER_SEED: Final = 10_000
FRESH_LEDGER_SEED: Final = 40_000  # those below have been looked at (docs/evidence)


def pairs_by_arm(claims: Sequence[Claim], arms: Sequence[Arm]) -> dict[str, int]:
    """Return the seeds of each arm: as many as the claims on it, or on its frozen twin, ask for.

    An arm of no claim runs as many as the ledger takes at least; so does the baseline, which all
    arms are held against.

    Raises
    ------
    ValueError
        If there are no claims.
    """
    if not claims:
        raise ValueError("--ledger runs what claims ask for, and this experiment has none")
    pairs = {arm.label: LEDGER_PAIRS for arm in arms}
    for claim in claims:
        for label in (claim.treated, claim.control):
            pairs[label] = max(pairs[label], claim.pairs)
    for arm in arms:
        if arm.frozen_twin_of is not None:
            pairs[arm.label] = max(pairs[arm.label], pairs[arm.frozen_twin_of])
    return pairs
