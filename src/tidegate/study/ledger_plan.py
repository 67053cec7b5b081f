"""How many seeds each arm of a ledger run needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tidegate.analysis.contrast import LEDGER_PAIRS
from tidegate.study.arms import Arm
from tidegate.study.claims import Claim

__all__ = ["CONTEXT_PAIRS", "FIRST_LEDGER_SEED", "FRESH_LEDGER_SEED", "arms_of", "pairs_by_arm"]

CONTEXT_PAIRS: Final = 8  # of arms that no claim is decided by: as many as a preview runs
FIRST_LEDGER_SEED: Final = 10_000
FRESH_LEDGER_SEED: Final = 40_000  # those below have been looked at (docs/evidence)


def arms_of(claims: Sequence[Claim], arms: Sequence[Arm]) -> frozenset[str]:
    """Return what claims need to be judged: the baseline, the arms compared, and their twins.

    Raises
    ------
    ValueError
        If there are no claims.
    """
    if not claims:
        raise ValueError("there are no claims to run arms for")
    needed = {arms[0].label, *(label for claim in claims for label in claim.compared)}
    twins = {arm.label for arm in arms if arm.frozen_twin_of in needed}
    return frozenset(needed | twins)


def pairs_by_arm(claims: Sequence[Claim], arms: Sequence[Arm]) -> dict[str, int]:
    """Return the seeds of each arm: as many as the claims on it, or on its twin's, ask for.

    The baseline, the first arm, which all are held against, runs as many as the ledger takes at
    least. An arm of no claim carries no verdict: it stands in the tables for context, and runs a
    few.

    Raises
    ------
    ValueError
        If there are no claims.
    """
    if not claims:
        raise ValueError("--ledger runs what claims ask for, and this experiment has none")
    pairs = {arm.label: CONTEXT_PAIRS for arm in arms}
    pairs[arms[0].label] = LEDGER_PAIRS
    for claim in claims:
        for label in claim.compared:
            pairs[label] = max(pairs[label], claim.pairs)
    for arm in arms:
        if arm.frozen_twin_of is not None:
            pairs[arm.label] = max(pairs[arm.label], pairs[arm.frozen_twin_of])
    return pairs
