"""The committed scale of calm is the fitted belief's own."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.assembly import make_belief
from tidegate.scenario import BeliefSpec

DAYS, SEEDS, STEP = 2_000, 12, 14_400


@pytest.mark.slow
def test_mean_variance_and_activity_are_those_of_the_fitted_belief() -> None:
    spec = BeliefSpec()
    seen = np.empty((SEEDS, DAYS * 86_400 // STEP))
    for seed, column in enumerate(seen):
        belief = make_belief(spec, 1_000 + seed, 1e5)
        for tick in range(len(column)):
            belief.advance(belief.consensus, tick * STEP, STEP)
            column[tick] = belief.relative_variance
    for values, committed in ((seen, spec.mean_variance), (np.sqrt(seen), spec.mean_activity)):
        means = values.mean(axis=1)
        error = means.std(ddof=1) / np.sqrt(SEEDS)
        assert error < 0.05 * committed  # enough of them to say anything
        assert means.mean() == pytest.approx(committed, abs=3.0 * error)
