"""A fee on every trade of a token, of which its issuers receive a part: who earns, who loses.

This is mostly arithmetic. A fee is paid by volume, and the volume is what people who hear of the
token bring and take away; what they get back for it is what later ones pay. The verdict says that
it follows from assumption; the figures say how much.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tidegate.analysis import hype
from tidegate.model import Market
from tidegate.report.summary import Lead, Metric
from tidegate.setups.hype import HYPE_PATHS, HypeParameters, record_hype
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment
from tidegate.study.launch import run_experiment
from tidegate.study.world import Frames

METRICS = (
    Metric.level("transfer", "Insiders' income over volume, less late buyers' return", "%",
                 delta=0.005),
    Metric.level("income", "Fees that insiders received", "million USD", delta=1.0),
    Metric.level("income_share", "Over all that was traded", "%", delta=0.001),
    Metric.level("late_return", "Return of the later half of buyers", "%", delta=0.01),
)  # fmt: skip


class RelatedParty(HypeParameters):
    """What may be set."""


def build(p: RelatedParty, seed: int) -> Market:
    """Return a world at tick 0."""
    return Market(p.scenario(), rng=seed)


def arms(p: RelatedParty) -> list[Arm]:
    """Return shares of the fee, a higher fee, no fee, and a word that does not spread."""
    word = (p.word(),)
    listed = [
        Arm("none", "Nothing of the fee to insiders", word, {"related": 0.0}),
        Arm("third", "A third of what they ask", word, {"related": p.related / 3.0}),
        Arm("related", f"{100 * p.related:g} % of a fee of {100 * p.fee:g} %", word),
        Arm("dear", "The same of a fee three times as high", word, {"fee": 3.0 * p.fee}),
        Arm("free", "No fee", word, {"fee": 0.0}),
        Arm("quiet", "The usual fee, the word does not spread", word, {"contagion": 0.0}),
    ]
    return [*listed, *(arm.frozen_twin({"matching": False}) for arm in listed)]


def measure(frames: Frames, p: RelatedParty) -> Mapping[str, float]:
    """Return the metrics of one run."""
    return hype.transfer(frames["hype"])


EXPERIMENT = Experiment(
    name="related_party",
    question="Who earns by a fee on a hyped token's trades, and who pays?",
    parameters=RelatedParty,
    build=build,
    arms=arms,
    timeline=RelatedParty.timeline,
    metrics=METRICS,
    measure=measure,
    lead=Lead(title="Income and return", metrics=tuple(metric.name for metric in METRICS)),
    series=HYPE_PATHS,
    record=record_hype,
    claims=("LEV-H20", "LEV-H20a"),
    claims_file=Path(__file__).with_name("claims.toml"),
    scenario=RelatedParty.scenario,
    quick={"days": 60},
)

if __name__ == "__main__":
    sys.exit(run_experiment(EXPERIMENT, sys.argv[1:]))
