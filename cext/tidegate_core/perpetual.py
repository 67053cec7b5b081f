"""The terms of perpetual contracts: margin tiers, units, fees, and what counts as collateral.

Units: prices in ticks, quantities in lots, cash in micro-units of the settlement asset, rates in
parts per million.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

__all__ = [
    "MAX_CAP",
    "MAX_LEVERAGE",
    "MAX_TIERS",
    "MAX_VALUE",
    "Collateral",
    "Perpetual",
    "Tier",
    "deductions",
    "tiers_from_rows",
]

MAX_TIERS = 16
MAX_LEVERAGE = 1_000
MAX_CAP = 10**18
MAX_VALUE = 2**57 - 1
_MILLION = 1_000_000
_ROW = ("floor", "cap", "maintenance_ppm", "max_leverage")


def _require_whole(name: str, value: object, low: int, high: int) -> None:
    """Refuse anything but a whole number from `low` to `high`, by name."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is {value!r}; allowed are whole numbers")
    if not low <= value <= high:
        raise ValueError(f"{name} is {value}; allowed are {low} to {high}")


@dataclass(frozen=True, slots=True)
class Tier:
    """One row of a contract's table of margin tiers; it starts where the row before ends.

    Parameters
    ----------
    cap : int
        Largest notional of the tier in micro-units, a whole number of units.
    maintenance_ppm : int
        Maintenance margin rate. It must stay below the initial margin rate at `max_leverage`, so
        that liquidation lies between entry and bankruptcy.
    max_leverage : int
        Highest leverage of a position of this size.

    Examples
    --------
    >>> Tier(50_000_000_000, maintenance_ppm=4_000, max_leverage=125).max_leverage
    125
    """

    cap: int
    maintenance_ppm: int
    max_leverage: int

    def __post_init__(self) -> None:
        _require_whole("cap", self.cap, _MILLION, MAX_CAP)
        _require_whole("maintenance_ppm", self.maintenance_ppm, 0, _MILLION - 1)
        _require_whole("max_leverage", self.max_leverage, 1, MAX_LEVERAGE)
        if self.cap % _MILLION:
            raise ValueError(f"cap is {self.cap}; allowed are multiples of {_MILLION}")
        if self.maintenance_ppm * self.max_leverage >= _MILLION:
            raise ValueError(
                f"maintenance_ppm is {self.maintenance_ppm}; allowed are rates below "
                f"1e6 / max_leverage, here 1e6 / {self.max_leverage}"
            )


def _require_ordered(tiers: Sequence[Tier]) -> None:
    """Refuse a table that is empty, too long, or not convex, by the name of the row."""
    if not 1 <= len(tiers) <= MAX_TIERS:
        raise ValueError(f"tiers has {len(tiers)} rows; allowed are 1 to {MAX_TIERS}")
    for row in range(1, len(tiers)):
        below, tier, at = tiers[row - 1], tiers[row], f"tiers[{row}]"
        if tier.cap <= below.cap:
            raise ValueError(f"{at}.cap is {tier.cap}; allowed are caps above {below.cap}")
        if tier.maintenance_ppm <= below.maintenance_ppm:
            raise ValueError(
                f"{at}.maintenance_ppm is {tier.maintenance_ppm}; "
                f"allowed are rates above {below.maintenance_ppm}"
            )
        if tier.max_leverage > below.max_leverage:
            raise ValueError(
                f"{at}.max_leverage is {tier.max_leverage}; allowed are 1 to {below.max_leverage}"
            )


def deductions(tiers: Sequence[Tier]) -> tuple[int, ...]:
    """Give what each tier takes off the maintenance margin, so that tiers meet without a step.

    cum_0 = 0, cum_k = cap_{k-1} (mmr_k - mmr_{k-1}) + cum_{k-1} in micro-units, exact since caps
    are whole units (Binance support FAQ on maintenance margin; Bybit calls it the deduction).
    """
    cums = [0]
    for below, tier in pairwise(tiers):
        step = below.cap // _MILLION * (tier.maintenance_ppm - below.maintenance_ppm)
        cums.append(cums[-1] + step)
    return tuple(cums)


def tiers_from_rows(rows: Iterable[Mapping[str, int]]) -> tuple[Tier, ...]:
    """Read a table whose rows say where they start; gaps and overlaps are refused.

    Parameters
    ----------
    rows : iterable of mappings
        Each with `floor`, `cap`, `maintenance_ppm` and `max_leverage`, units as in `Tier`. The
        first floor is 0.
    """
    tiers: list[Tier] = []
    end = 0
    for at, row in enumerate(rows):
        if set(row) != set(_ROW):
            raise ValueError(f"rows[{at}] has {sorted(row)}; it takes {', '.join(_ROW)}")
        floor = row["floor"]
        _require_whole(f"rows[{at}].floor", floor, 0, MAX_CAP)
        if floor != end:
            fault = "a gap" if floor > end else "an overlap"
            raise ValueError(f"rows[{at}].floor is {floor}, {fault}; allowed is {end}")
        tiers.append(Tier(row["cap"], row["maintenance_ppm"], row["max_leverage"]))
        end = tiers[-1].cap
    _require_ordered(tiers)
    return tuple(tiers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Perpetual:
    """A perpetual contract, linear or inverse.

    Parameters
    ----------
    name : str
        For people; methods take contracts by index.
    tiers : sequence of Tier
        Caps and maintenance rates rise from row to row, leverage does not.
    max_price : int
        Highest mark or order price in ticks.
    tick_value : int, optional
        Linear contracts: micro-units that a lot gains per tick.
    contract_value : int, optional
        Inverse contracts: micro-coins x ticks per lot; a lot is worth `contract_value` / price.
    inverse : bool
        Is it margined and settled in the coin whose price it follows?
    maker_ppm, taker_ppm : int
        Fees on the notional. One may be negative, a rebate, if the two together are not.
    band_ppm : int
        Orders further than this from the mark are refused; 0: no band.

    Examples
    --------
    >>> tier = Tier(10**12, maintenance_ppm=5_000, max_leverage=100)
    >>> Perpetual("BTC-PERP", tiers=[tier], tick_value=100, max_price=10**8).unit
    100
    """

    name: str = field(kw_only=False)
    tiers: Sequence[Tier]
    max_price: int
    tick_value: int | None = None
    contract_value: int | None = None
    inverse: bool = False
    maker_ppm: int = 0
    taker_ppm: int = 0
    band_ppm: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "tiers", tuple(self.tiers))
        _require_ordered(self.tiers)
        _require_whole("max_price", self.max_price, 1, MAX_VALUE)
        self._require_unit()
        _require_whole("band_ppm", self.band_ppm, 0, _MILLION - 1)
        for rate in ("maker_ppm", "taker_ppm"):
            _require_whole(rate, getattr(self, rate), 1 - _MILLION, _MILLION - 1)
        if self.maker_ppm + self.taker_ppm < 0:
            raise ValueError(
                f"maker_ppm is {self.maker_ppm} and taker_ppm {self.taker_ppm}; "
                "their sum must not be negative"
            )

    def _require_unit(self) -> None:
        if not isinstance(self.inverse, bool):
            raise TypeError(f"inverse is {self.inverse!r}; allowed are True and False")
        needed, other = ("tick_value", "contract_value")
        if self.inverse:
            needed, other = other, needed
        kind = "an inverse" if self.inverse else "a linear"
        if getattr(self, other) is not None:
            raise ValueError(f"{other} is {getattr(self, other)}; {kind} contract has none")
        high = MAX_VALUE if self.inverse else MAX_VALUE // self.max_price
        _require_whole(needed, getattr(self, needed), 1, high)

    @property
    def unit(self) -> int:
        """`tick_value` or `contract_value`, whichever this contract has."""
        value = self.contract_value if self.inverse else self.tick_value
        assert value is not None
        return value


@dataclass(frozen=True, slots=True)
class Collateral:
    """An asset that counts towards cross margin, less a haircut.

    Parameters
    ----------
    asset : str
        Its name.
    haircut_ppm : int
        Part of its value that does not count, 0 to 1_000_000.

    Examples
    --------
    >>> Collateral("ETH", haircut_ppm=100_000).value(2_000_000, 3_000_000_000)
    5400000000
    """

    asset: str
    haircut_ppm: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.asset, str) or not self.asset:
            raise ValueError(f"asset is {self.asset!r}; allowed are names")
        _require_whole("haircut_ppm", self.haircut_ppm, 0, _MILLION)

    def value(self, amount: int, price: int) -> int:
        """Value what counts of an amount at a price in micro-settlement units per 1e6 of it."""
        if amount <= 0:
            return 0
        return amount * price // _MILLION * (_MILLION - self.haircut_ppm) // _MILLION
