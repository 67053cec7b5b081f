"""Threats and their chances: a hazard of retreat, a day on which the rest is decided.

A threat of a certain size is public before it is due. Until then whoever made it may take it back,
at a constant hazard; of those not taken back by then most are carried out. So the chance rises from
day to day while nothing happens, jumps to 1 where the threat is carried out and to 0 where it is
not, and falls by what a softer tone takes away. What the escalation is expected to be is a
martingale: nobody can profit from knowing this, and no response is written in twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from tidegate_core.draws import exp

from tidegate.scenario.commodity_levers import TradeLevers
from tidegate.scenario.levers import Announcement
from tidegate.scenario.trade_news import TradeNewsSpec

__all__ = ["Threat", "ThreatPath", "survival"]

DAY = 86_400
SIZE = "trade.size"


def survival(spec: TradeNewsSpec, seconds: float) -> float:
    """Return the chance that a threat due in some seconds is carried out."""
    return spec.carried_out * exp(-spec.retreat * max(seconds, 0.0) / DAY)


@dataclass(frozen=True, slots=True)
class Threat:
    """An escalation that is public: from when, when it is due, how large."""

    name: str
    announced: int
    due: int
    size: float


@dataclass(frozen=True, slots=True)
class ThreatPath:
    """What is known of an escalation, as a function of the second of the run.

    Attributes
    ----------
    spec
        Hazards and direct effects.
    pending
        Threats that are neither carried out nor dropped.
    enacted
        Second and size of what is in force; None: nothing.
    softened
        Second and strength of the last softening; None: there was none.
    scares
        Second and size of every escalation so far.
    """

    spec: TradeNewsSpec
    pending: tuple[Threat, ...] = ()
    enacted: tuple[int, float] | None = None
    softened: tuple[int, float] | None = None
    scares: tuple[tuple[int, float], ...] = ()

    def seeing(
        self,
        announcements: Sequence[Announcement],
        levers: TradeLevers,
        disclosed: tuple[int, float] | None = None,
    ) -> Self:
        """Return the path with what is public now.

        Parameters
        ----------
        announcements
            Policies that are public and not decided.
        levers
            Levers of trade in force.
        disclosed
            Second at which plans of stockpilers became public, and how many; None: they are not.
        """
        pending = tuple(
            Threat(public.name, public.announced, public.effective, float(size))
            for public in announcements
            for lever, size in public.levers
            if lever == SIZE and isinstance(size, (int, float)) and size
        )
        scares = list(self.scares)
        known = {threat.name for threat in self.pending}
        scares += [(one.announced, one.size) for one in pending if one.name not in known]
        enacted = None if levers.enacted is None else (levers.enacted, levers.size)
        warned = levers.enacted in {threat.due for threat in self.pending}
        if enacted is not None and enacted != self.enacted and not warned and enacted[1]:
            scares.append(enacted)
        if disclosed is not None and self.spec.stockpile_scare:
            scare = (disclosed[0], disclosed[1] * self.spec.stockpile_scare)
            scares += [] if scare in scares else [scare]
        softened = None if levers.softened is None else (levers.softened, levers.strength)
        return replace(
            self, pending=pending, enacted=enacted, softened=softened, scares=tuple(scares)
        )

    # -- chances ------------------------------------------------------------------------------

    @property
    def anchor(self) -> float:
        """The chance that the threat of 10 October 2025 had when it was made."""
        return survival(self.spec, self.spec.notice_days * DAY)

    def _left(self, begun: int) -> float:
        """Return the part of an escalation, public since a second, that softening has left."""
        if self.softened is None or self.softened[0] < begun:
            return 1.0
        return 1.0 - self.softened[1]

    def expected(self, second: int) -> float:
        """Return how large an escalation is expected, in threats of 10 October carried out."""
        total = 0.0
        for threat in self.pending:
            chance = survival(self.spec, threat.due - second)
            total += threat.size * chance * self._left(threat.announced)
        if self.enacted is not None:
            total += self.enacted[1] * self._left(self.enacted[0])
        return total

    def doubt(self, second: int) -> float:
        """Return how open it is what comes: 1 where a threat of size 1 has even odds."""
        total = 0.0
        for threat in self.pending:
            chance = survival(self.spec, threat.due - second) * self._left(threat.announced)
            total += threat.size * 4.0 * chance * (1.0 - chance)
        return total

    def fear(self, second: int) -> float:
        """Return what hedgers fear: what is expected, and what past threats say of the next.

        Experience adds to the rate at which threats come; its posterior mean, for a Poisson rate
        with a Gamma prior, fades with one over the time since.
        """
        memory = self.spec.memory_days * DAY
        later = sum(size / (1.0 + max(second - at, 0) / memory) for at, size in self.scares)
        return self.expected(second) + self.spec.outlook * self.anchor * later

    # -- values -------------------------------------------------------------------------------

    def moved(self, effect: float, second: int) -> float:
        """Return what the news has done to a log value, by what it did on 10 October 2025."""
        return effect * self.expected(second) / self.anchor

    def value(self, second: int) -> float:
        """Return what the news has done to the log value of BTC."""
        return self.moved(self.spec.coins, second) - self.spec.premium * self.doubt(second)
