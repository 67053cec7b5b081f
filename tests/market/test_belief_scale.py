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
    seen = []
    for seed in range(1_000, 1_000 + SEEDS):
        belief = make_belief(spec, seed, 1e5)
        for tick in range(DAYS * 86_400 // STEP):
            belief.advance(belief.consensus, tick * STEP, STEP)
            seen.append(belief.relative_variance)
    variance = np.array(seen)
    assert np.mean(variance) == pytest.approx(spec.mean_variance, rel=0.03)
    assert np.mean(np.sqrt(variance)) == pytest.approx(spec.mean_activity, rel=0.03)
