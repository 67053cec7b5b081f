"""What the dashboard shows: a running experiment, and after a fork the two futures it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import mesa
from pydantic import ValidationError

from tidegate.dashboard.levers import check_lever, parameters_of
from tidegate.policies.base import LeverPolicy, Policy
from tidegate.policies.standing import MOMENTS
from tidegate.scenario.levers import Levers
from tidegate.study.arms import Arm
from tidegate.study.experiment import Experiment, Parameters
from tidegate.study.options import LAST_SEED, in_words
from tidegate.study.packages import experiment_named
from tidegate.world import World

__all__ = ["Future", "Stage", "seconds_of"]

DAY: Final = 86_400
FORK: Final = "dashboard-fork"  # name of the policy that sets one lever


@dataclass(frozen=True, slots=True)
class Future:
    """One of the worlds on stage, and what it is called."""

    title: str
    world: World


def seconds_of(world: Any) -> int:
    """Return how many seconds a market has lived through."""
    return int(world.tick) * int(world.spec.step_seconds)


class Stage(mesa.Model):  # type: ignore[misc]
    """An experiment's market as a Mesa model that SolaraViz can step and reset.

    It never raises for what a user has typed: `problem` says what is wrong and nothing runs.

    Parameters
    ----------
    package, experiment : str
        Package of experiments and the module of one of them.
    seed : int
        Seed of the run.
    arm : str, optional
        Label of the arm whose parameters and policies the market has; the baseline's by default.
    **kwargs
        Parameters of the experiment by name; texts are read as their types.
    """

    def __init__(
        self,
        package: str = "experiments",
        experiment: str = "pension_entry",
        seed: int | str = 1,
        arm: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        self.experiment: Experiment[Any] = experiment_named(package, experiment)
        self.problem = ""
        self.futures: list[Future] = []
        self.forked_at: int | None = None  # second
        try:
            self._open(_whole(seed), arm, kwargs)
        except ValidationError as error:  # of the scenario that the parameters make
            self._stop(in_words(error))
        except ValueError as error:
            self._stop(str(error))

    def _open(self, seed: int, label: str | None, values: Mapping[str, Any]) -> None:
        parameters = parameters_of(self.experiment.parameters, values)
        arms = {arm.label: arm for arm in self.experiment.checked_arms(parameters)}
        arm = arms.get(label or next(iter(arms)))
        if arm is None:
            raise ValueError(f"arm is {label!r}; {self.experiment.name} has {', '.join(arms)}")
        self._common = parameters
        self.parameters: Parameters = self.experiment.arm_parameters(parameters, arm)
        self.timeline = self.experiment.timeline(self.parameters)
        world: Any = self.experiment.build(self.parameters, seed)
        world.apply(arm.policies)
        self.arms = tuple(arms.values())
        self.futures = [Future(arm.title, world)]

    def _stop(self, problem: str) -> None:
        self.problem, self.running = problem, False

    # -- time ---------------------------------------------------------------------------------

    def step(self) -> None:
        """Advance every future by one tick; past the experiment's end nothing moves."""
        for future in self.futures:
            if future.world.tick < self.timeline.end:
                future.world.run_until(future.world.tick + 1)
        self.running = bool(self.futures) and self.world.tick < self.timeline.end

    @property
    def world(self) -> World:
        """The market as it was from the start."""
        return self.futures[0].world

    @property
    def day(self) -> float:
        """Days since the announcement, below 0 before it."""
        if not self.futures:
            return 0.0
        since = seconds_of(self.world) - self.timeline.announcement * self._step_seconds
        return since / DAY

    @property
    def _step_seconds(self) -> int:
        return int(self.world.spec.step_seconds)

    @property
    def changed(self) -> dict[str, Any]:
        """Parameters of the market that are not as published, by name."""
        if not self.futures:
            return {}
        published = self.experiment.parameters()
        now = self.parameters.model_dump()
        return {name: v for name, v in now.items() if v != getattr(published, name)}

    # -- forks --------------------------------------------------------------------------------

    @property
    def treatments(self) -> tuple[Arm, ...]:
        """Arms that a running market can still take: other policies, the same parameters."""
        if not self.futures:
            return ()
        taken = {policy.name for policy in self.world.agenda.policies}
        return tuple(
            arm
            for arm in self.arms
            if arm.policies
            and not taken & {policy.name for policy in _policies(arm)}
            and self.experiment.arm_parameters(self._common, arm) == self.parameters
        )

    def fork_arm(self, label: str) -> None:
        """Let a second future begin now, in which the policies of an arm are announced.

        Policies whose announcement has passed are announced now, and decided as long after.
        """
        arm = next((arm for arm in self.treatments if arm.label == label), None)
        if arm is None:
            known = ", ".join(arm.label for arm in self.treatments) or "none"
            raise ValueError(f"arm is {label!r}; of those that a running market can take: {known}")
        now = seconds_of(self.world)
        self._fork(arm.title, [_from(now, policy) for policy in _policies(arm)])

    def fork_lever(self, lever: str, value: Any) -> None:
        """Let a second future begin now, in which a lever is set at once."""
        now = seconds_of(self.world)
        moment = MOMENTS.get(lever.partition(".")[0])
        levers = {moment: now, lever: value} if moment and moment != lever else {lever: value}
        check_lever(lever, value)
        Levers().updated(levers)  # in words, where the policy would quote its parts
        policy = LeverPolicy(
            name=FORK, announcement_day=now / DAY, effective_day=now / DAY, levers=levers
        )
        self._fork(f"{lever} = {value}", [policy])

    def _fork(self, title: str, policies: Sequence[Policy]) -> None:
        branch = self.world.fork()
        branch.apply(policies)
        self.forked_at = seconds_of(self.world)
        self.futures = [self.futures[0], Future(title, branch)]

    def join(self) -> None:
        """Drop the second future."""
        self.futures = self.futures[:1]
        self.forked_at = None


def _whole(seed: int | str) -> int:
    try:
        number = int(seed)
    except ValueError:
        number = -1
    if not 0 <= number <= LAST_SEED:
        raise ValueError(f"seed is {seed!r}; it must be a whole number >= 0 and <= {LAST_SEED}")
    return number


def _policies(arm: Arm) -> list[Policy]:
    return [policy for policy in arm.policies if isinstance(policy, Policy)]


def _from(now: int, policy: Policy) -> Policy:
    """Return a policy with its dates moved so that it is announced no sooner than now."""
    late = max(0, now - policy.announcement) / DAY
    if not late:
        return policy
    moved = {
        "announcement_day": now / DAY,
        "effective_day": policy.effective_day + late,
    }
    return type(policy).model_validate({**dict(policy), **moved})
