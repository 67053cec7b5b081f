"""The arms of a study: what is done to otherwise equal worlds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

# Labels name directories; a leading letter keeps them from being read back as numbers.
_LABEL = re.compile(r"[a-z][a-z0-9_.-]*")


@dataclass(frozen=True)
class Arm:
    """One treatment of a world.

    Parameters
    ----------
    label
        Short name, used in file names, claims and tables.
    title
        Name for readers.
    policies
        Applied to the fork of a warmed-up world.
    overrides
        Parameters that differ from those of the study. Arms with equal overrides share one
        warm-up; others need a world of their own. What arms set, users may not, unless the arm
        scales what they set or takes it away (0, False).
    frozen_twin_of
        Label of the arm that this one repeats with prices frozen. A verdict that is the same
        between the frozen twins follows from an assumption.
    """

    label: str
    title: str
    policies: tuple[BaseModel, ...] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict)
    frozen_twin_of: str | None = None

    def __post_init__(self) -> None:
        if not _LABEL.fullmatch(self.label):
            raise ValueError(
                f"label of an arm is {self.label!r}; it must be a lower-case letter followed by "
                "letters, digits, '_', '.' or '-'"
            )

    def frozen_twin(self, overrides: Mapping[str, Any]) -> Arm:
        """Return the arm that repeats this one under the overrides that freeze prices."""
        return Arm(
            f"{self.label}-frozen",
            f"{self.title}, prices frozen",
            policies=self.policies,
            overrides={**self.overrides, **overrides},
            frozen_twin_of=self.label,
        )

    def identity(self) -> dict[str, Any]:
        """Return everything that decides the outcome of the arm, as JSON values."""
        return {
            "label": self.label,
            "policies": [
                {"type": type(p).__qualname__, **p.model_dump(mode="json")} for p in self.policies
            ],
            "overrides": dict(self.overrides),
        }


def check_arms(arms: Sequence[Arm]) -> None:
    """Refuse arms that cannot be told apart or whose frozen twin is not among them."""
    labels = [arm.label for arm in arms]
    if not labels:
        raise ValueError("a study has 0 arms; it needs at least its baseline")
    repeated = sorted({label for label in labels if labels.count(label) > 1})
    if repeated:
        raise ValueError(f"labels of arms repeat: {', '.join(repeated)}")
    for arm in arms:
        if arm.frozen_twin_of is not None and arm.frozen_twin_of not in labels:
            raise ValueError(
                f"frozen_twin_of of arm {arm.label!r} is {arm.frozen_twin_of!r}; "
                f"it must be one of {', '.join(labels)}"
            )
