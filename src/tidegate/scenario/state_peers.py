"""How states watch each other: what moves them, and whom they look at."""

from __future__ import annotations

from tidegate.scenario.diffusion import ImitationSpec, SimilaritySpec, ThresholdSpec
from tidegate.scenario.frozen import Frozen

__all__ = ["StatePeers"]

# Bandwidths are assumptions: half of what sets oil exporters of the Gulf apart from Central Asia.
ALIKE = SimilaritySpec(
    bandwidths={
        "region": 1.0,
        "energy_exports": 0.25,
        "dollar_share": 0.25,
        "imf_programme": 1.0,
        "income": 1.0,
    }
)


class StatePeers(Frozen):
    """Imitation among the states of a scenario."""

    rule: ImitationSpec | ThresholdSpec = ImitationSpec()
    similarity: SimilaritySpec = ALIKE
