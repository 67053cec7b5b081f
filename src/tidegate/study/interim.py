"""What a study has found so far, told while it runs."""

from __future__ import annotations

from dataclasses import replace

from tidegate.study import console
from tidegate.study.seed import Job
from tidegate.study.summarise import Outcome, summarise


class Interim:
    """Tells the effects on an experiment's first metric whenever its finished pairs have doubled.

    A run for the ledger tells nothing before its end: verdicts are not to be watched as they form.

    Parameters
    ----------
    outcome
        The study, before it runs; pairs that its store holds already are counted.
    """

    def __init__(self, outcome: Outcome) -> None:
        first = replace(
            outcome.experiment, metrics=outcome.experiment.metrics[:1], lead=None, claims=()
        )
        self._outcome = replace(outcome, experiment=first, claims=())
        self._done = {seed for seed in outcome.seeds if self._finished(seed)}
        self._told = max(1, len(self._done))

    def __call__(self, job: Job) -> str | None:
        """Return what is known after `job` has ended, or None while there is nothing new to say."""
        if self._finished(job.seed):
            self._done.add(job.seed)
        pairs, all_pairs = len(self._done), len(self._outcome.seeds)
        if self._outcome.ledger or pairs == all_pairs or pairs < 2 * self._told:
            return None
        self._told = pairs
        found = summarise(replace(self._outcome, seeds=tuple(sorted(self._done))))
        return console.render_interim(found, pairs, all_pairs)

    def _finished(self, seed: int) -> bool:
        store, arms = self._outcome.store, self._outcome.running
        return all(store.finished(seed, arm.label) for arm in arms)
