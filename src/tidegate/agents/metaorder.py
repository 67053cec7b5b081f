"""A metaorder: a large trade worked over time in slices that sum to it exactly.

Progress is planned as a cumulative amount due at each second, so the slices of any step length
sum to the same total, and what a capped step could not trade is due in the next.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Metaorder"]

PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Metaorder:
    """A signed amount to trade evenly in time, within a share of the market's volume.

    Parameters
    ----------
    amount
        Micro-units of cash (or lots); positive buys, negative sells.
    begin, end
        Seconds of the run between which it is due evenly, 0 <= begin < end.
    participation_ppm
        Largest share of the market's volume to trade, parts per million, in 1 .. 1,000,000.
        The default of 10 % is an assumption within what execution desks use.
    """

    amount: int
    begin: int
    end: int
    participation_ppm: int = 100_000

    def __post_init__(self) -> None:
        if not 0 <= self.begin < self.end:
            raise ValueError(
                f"begin, end must be seconds with 0 <= begin < end, got {self.begin}, {self.end}"
            )
        if not 1 <= self.participation_ppm <= PPM:
            raise ValueError(
                f"participation_ppm must be in 1 .. 1,000,000, got {self.participation_ppm}"
            )

    def due(self, second: int) -> int:
        """Return the amount due by ``second``, rounded towards zero; all of it from ``end``."""
        worked = min(max(second, self.begin), self.end) - self.begin
        size = abs(self.amount) * worked // (self.end - self.begin)
        return size if self.amount >= 0 else -size

    def slice(self, second: int, done: int, volume: int | None = None) -> int:
        """Return what to trade now so as to have traded what is due by ``second``.

        Parameters
        ----------
        second
            End of the step.
        done
            Amount already traded, of the metaorder's sign.
        volume
            Market volume of the step in the metaorder's unit, >= 0; None trades without a cap.
        """
        if not min(self.amount, 0) <= done <= max(self.amount, 0):
            raise ValueError(f"done must be between 0 and amount {self.amount}, got {done}")
        size = max(abs(self.due(second)) - abs(done), 0)
        if volume is not None:
            if volume < 0:
                raise ValueError(f"volume must be >= 0, got {volume}")
            size = min(size, volume * self.participation_ppm // PPM)
        return size if self.amount >= 0 else -size
