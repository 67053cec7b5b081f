"""Margin tiers: how much leverage a position of a given size may have, and what it must keep."""

from __future__ import annotations

from typing import Final, Literal, Self

from pydantic import model_validator

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["Contract", "TierRow", "TierTable"]

Contract = Literal["linear", "inverse"]

PPM: Final = 1_000_000
PRESET: Final = "the family's file, tidegate/data"


class TierRow(Frozen):
    """One tier: positions whose notional lies above `floor_usd`, up to `cap_usd`."""

    floor_usd: int = quantity(
        ..., unit="USD", source=PRESET, about="Where the tier begins: the cap before, or 0.", ge=0
    )
    cap_usd: int = quantity(
        ...,
        unit="USD",
        source=PRESET,
        about="Largest notional of the tier; the last tier holds beyond its cap too.",
        gt=0,
        le=10**12,
    )
    maintenance_ppm: int = quantity(
        ...,
        unit="1e-6 of notional",
        source=PRESET,
        about="Margin to keep on what exceeds the floor.",
        ge=0,
        lt=PPM,
    )
    max_leverage: int = quantity(
        ..., unit="1", source=PRESET, about="Notional over initial margin, at most.", ge=1, le=1000
    )

    @model_validator(mode="after")
    def _liquidation_lies_between_entry_and_bankruptcy(self) -> Self:
        if self.cap_usd <= self.floor_usd:
            raise ValueError(
                f"cap_usd is {self.cap_usd}; allowed are caps above floor_usd {self.floor_usd}"
            )
        if self.maintenance_ppm * self.max_leverage >= PPM:
            raise ValueError(
                f"max_leverage is {self.max_leverage}; maintenance_ppm {self.maintenance_ppm} "
                f"allows 1 to {(PPM - 1) // self.maintenance_ppm}"
            )
        return self


class TierTable(Frozen):
    """One perpetual of an asset: what it is settled in, and its tiers from the smallest up.

    A linear contract is margined and settled in USD; an inverse one in the coin whose price it
    follows, and is worth a fixed number of USD.
    """

    asset: str
    contract: Contract = quantity(
        "linear",
        unit="linear | inverse",
        source="the venue's perpetuals against USD or a stablecoin",
        about="Whether it is settled in USD or in its coin.",
    )
    contract_usd: int | None = quantity(
        None,
        unit="USD",
        source="linear contracts are so many coins, as a scenario says",
        about="Value of one inverse contract; None: linear.",
        ge=1,
        le=10**6,
    )
    rows: tuple[TierRow, ...] = quantity(
        ...,
        unit="USD, 1e-6, 1",
        source=PRESET,
        about="Tiers that meet without gap or overlap.",
        min_length=1,
        max_length=16,
    )

    @model_validator(mode="after")
    def _inverse_contracts_have_a_value(self) -> Self:
        if (self.contract == "inverse") != (self.contract_usd is not None):
            allowed = "1 and more USD" if self.contract == "inverse" else "none"
            raise ValueError(
                f"contract_usd is {self.contract_usd}; allowed for the {self.contract} contract of "
                f"{self.asset} is {allowed}"
            )
        return self

    @model_validator(mode="after")
    def _tiers_meet_and_tighten(self) -> Self:
        end = 0
        for at, row in enumerate(self.rows):
            if row.floor_usd != end:
                fault = "a gap" if row.floor_usd > end else "an overlap"
                raise ValueError(
                    f"rows[{at}].floor_usd is {row.floor_usd}, {fault}; allowed is {end}"
                )
            end = row.cap_usd
        for at, (below, row) in enumerate(zip(self.rows, self.rows[1:], strict=False), start=1):
            if row.maintenance_ppm <= below.maintenance_ppm:
                raise ValueError(
                    f"rows[{at}].maintenance_ppm is {row.maintenance_ppm}; "
                    f"allowed are rates above {below.maintenance_ppm}"
                )
            if row.max_leverage > below.max_leverage:
                raise ValueError(
                    f"rows[{at}].max_leverage is {row.max_leverage}; "
                    f"allowed are 1 to {below.max_leverage}"
                )
        return self

    @property
    def listing(self) -> str:
        """Name among a venue's perpetuals: the asset, of an inverse contract with that word."""
        return self.asset if self.contract == "linear" else f"{self.asset}-inverse"

    @property
    def max_leverage(self) -> int:
        """Leverage of the smallest positions: the most the table gives anybody."""
        return self.rows[0].max_leverage

    def tier(self, notional: float) -> TierRow:
        """Return the tier of a position worth `notional` USD."""
        return next((row for row in self.rows if notional <= row.cap_usd), self.rows[-1])

    def maintenance(self, notional: float) -> float:
        """Return the maintenance margin in USD of a position worth `notional` USD.

        Every tier's rate applies to the part of the notional that lies in it, so that the margin
        has no step where tiers meet.
        """
        last = self.rows[-1]
        parts = sum(
            row.maintenance_ppm * (min(notional, row.cap_usd) - row.floor_usd)
            for row in self.rows
            if notional > row.floor_usd
        )
        return (parts + last.maintenance_ppm * max(0, notional - last.cap_usd)) / PPM

    def capped(self, leverage: int) -> TierTable:
        """Return the table with no tier above a leverage; maintenance rates stay.

        Raises
        ------
        ValueError
            If the cap is below 1 or above what the table allows.
        """
        if not 1 <= leverage <= self.max_leverage:
            raise ValueError(
                f"leverage_cap is {leverage}; the tiers of {self.listing} allow 1 to "
                f"{self.max_leverage}"
            )
        rows = tuple(
            row.model_copy(update={"max_leverage": min(row.max_leverage, leverage)})
            for row in self.rows
        )
        return self.model_copy(update={"rows": rows})

    def flattened(self, leverage: int) -> TierTable:
        """Return the same contract with one tier for all sizes, see `flat`."""
        return self.model_copy(update={"rows": TierTable.flat(self.asset, leverage).rows})

    @classmethod
    def flat(cls, asset: str, leverage: int, cap_usd: int = 10**12) -> TierTable:
        """Return one tier for all sizes: maintenance is half of the initial margin.

        It is Hyperliquid's rule at any leverage, and the contrast to a table that tightens.
        """
        row = TierRow(
            floor_usd=0,
            cap_usd=cap_usd,
            maintenance_ppm=PPM // (2 * max(leverage, 1)),
            max_leverage=leverage,
        )
        return cls(asset=asset, rows=(row,))
