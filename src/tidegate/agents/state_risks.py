"""What others do to a state's reserve: thieves, failing issuers, sanctions.

Hazards are drawn once a review period, keyed by the state and the day.
"""

from __future__ import annotations

from tidegate.agents.reserve_politics import PPM, chance
from tidegate.agents.state_income import DAYS_PER_YEAR
from tidegate.agents.state_treasury import StateTreasury
from tidegate.books import BTC, USD
from tidegate.scenario.state_perils import CustodySpec, SanctionSpec
from tidegate.streams import Streams

__all__ = ["REVIEW_DAYS", "REVIEW_YEARS", "StateRisks"]

PPB = 1_000_000_000
REVIEW_DAYS = 30
REVIEW_YEARS = REVIEW_DAYS / DAYS_PER_YEAR


class StateRisks:
    """Custody losses, fees and freezes of one state.

    Parameters
    ----------
    treasury : StateTreasury
        What can be lost or frozen.
    custody, sanctions
        How likely, and how much.
    streams : Streams
        Keyed random numbers.
    """

    def __init__(
        self,
        treasury: StateTreasury,
        custody: CustodySpec,
        sanctions: SanctionSpec,
        streams: Streams,
    ) -> None:
        self.treasury = treasury
        self.custody = custody
        self.sanctions = sanctions
        self.streams = streams
        self._under_lever = False

    def happens(self, stream: str, day: int, rate: float) -> bool:
        """Draw whether something of a rate, 1/yr, happens in the review period from a day on."""
        if rate <= 0.0:
            return False
        luck = self.streams.uniform(self.treasury.path, stream, day)
        return luck < chance(rate, REVIEW_YEARS)

    def strike(self, day: int) -> None:
        """Let the hazards of a review period strike."""
        treasury, custody = self.treasury, self.custody
        if self.happens("keys", day, custody.direct_rate):
            treasury.lose(treasury.lots("coins") * round(PPM * custody.direct_loss) // PPM, "coins")
        etf = treasury.lots("etf")
        if self.happens("issuer", day, custody.etf_rate):
            treasury.lose(etf * round(PPM * custody.etf_loss) // PPM, "etf")
        treasury.lose(etf * round(PPB * custody.etf_fee * REVIEW_YEARS) // PPB, "etf")
        if self.happens("sanctions", day, self.sanctions.rate):
            self._freeze(self.sanctions.share)

    def follow(self, frozen: bool, share: float) -> None:
        """Freeze or thaw as a policy says."""
        if frozen and not self._under_lever:
            self._freeze(share)
        elif self._under_lever and not frozen:
            self._thaw()
        self._under_lever = frozen

    def _freeze(self, share: float) -> None:
        """Freeze a share of foreign exchange and ETF holding; coins are out of reach."""
        treasury, part = self.treasury, round(PPM * share)
        treasury.shift(USD, "fx", "frozen", treasury.usd("fx") * part // PPM)
        treasury.shift(BTC, "etf", "etf-frozen", treasury.lots("etf") * part // PPM)
        treasury.shares.freeze(part)

    def _thaw(self) -> None:
        treasury = self.treasury
        treasury.shift(USD, "frozen", "fx", treasury.usd("frozen"))
        treasury.shift(BTC, "etf-frozen", "etf", treasury.lots("etf-frozen"))
        treasury.shares.thaw()
