"""What a venue lists: one instrument, its two assets, its tick and its fees."""

from dataclasses import dataclass

__all__ = ["MAX_INSTRUMENTS", "PPM", "Instrument"]

MAX_INSTRUMENTS = 64
PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Instrument:
    """An instrument that trades `base` against `quote`.

    Parameters
    ----------
    name : str
        For people; methods take instruments by index.
    base, quote : str
        Assets. Quantities are in lots of the base, cash in micro-units of the quote.
    tick_value : int
        Micro-units of quote that one lot costs per tick of price, at least 1.
    maker_ppm, taker_ppm : int
        Fees in parts per million of the notional, rounded in favour of whoever pays. One of them
        may be negative, a rebate, if the two together are not.

    Examples
    --------
    >>> Instrument("BTC/USD", base="BTC", quote="USD", tick_value=100, taker_ppm=500).taker_ppm
    500
    """

    name: str
    base: str
    quote: str
    tick_value: int = 1
    maker_ppm: int = 0
    taker_ppm: int = 0

    def __post_init__(self) -> None:
        if self.base == self.quote:
            raise ValueError(f"quote is {self.quote!r}, the base too; they must differ")
        if not 1 <= self.tick_value < 2**62:
            raise ValueError(f"tick_value is {self.tick_value}; allowed are 1 to 2**62 - 1")
        for field in ("maker_ppm", "taker_ppm"):
            rate = getattr(self, field)
            if not -PPM < rate < PPM:
                raise ValueError(f"{field} is {rate}; allowed are -999999 to 999999")
        if self.maker_ppm + self.taker_ppm < 0:
            raise ValueError(
                f"maker_ppm is {self.maker_ppm} and taker_ppm {self.taker_ppm}; "
                "their sum must not be negative"
            )
