"""What a venue does, step by step, with whoever falls below maintenance margin."""

from dataclasses import dataclass
from typing import Final, Literal

__all__ = [
    "ADL_PRICES",
    "ADL_RULES",
    "ADL_TRIGGERS",
    "BEYOND_VAULT",
    "ORDERS",
    "PARTIALS",
    "SURPLUSES",
    "Waterfall",
]

# In the order of the core's enums (liquidation.pxd, deleveraging.pxd).
PARTIALS: Final = ("none", "slice", "tier")
ORDERS: Final = ("ioc", "market", "none")
SURPLUSES: Final = ("client", "fund")
ADL_RULES: Final = ("queue", "pro_rata", "water_filling")
ADL_TRIGGERS: Final = ("empty", "drawdown", "never")
ADL_PRICES: Final = ("bankruptcy", "mark")
BEYOND_VAULT: Final = ("adl", "book")

_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "partial": PARTIALS,
    "order": ORDERS,
    "surplus": SURPLUSES,
    "adl_rule": ADL_RULES,
    "adl_trigger": ADL_TRIGGERS,
    "adl_price": ADL_PRICES,
    "beyond_vault": BEYOND_VAULT,
}
_FLAGS: Final = ("cancel_orders", "adl_cancels_orders", "vault")
_PPM: Final = 1_000_000
_LARGEST: Final = 2**61 - 1  # of an amount of one asset, and of a time
_RANGES: Final[dict[str, tuple[int, int]]] = {
    "slice_ppm": (1, _PPM),
    "slice_above": (0, _LARGEST),
    "cooldown_seconds": (0, _LARGEST),
    "tiers_down": (1, 16),
    "whole_below_tier": (0, 16),
    "clearance_ppm": (0, _PPM),
    "drawdown_ppm": (0, _PPM),
    "drawdown_seconds": (0, _LARGEST),
    "vault_ppm": (1, _PPM),
    "vault_capacity": (0, _LARGEST),
    "fund": (0, _LARGEST),
    "vault_funds": (0, _LARGEST),
}


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The order in which losses fall: the book, the fund or a vault, other traders.

    Parameters
    ----------
    cancel_orders : bool
        Whether a target's resting orders are cancelled first.
    partial : {"none", "slice", "tier"}
        How much of a position goes at once: all; a slice of a large one, then all; or what takes
        it to a lower tier.
    slice_ppm : int
        Share of the position that a slice is, in parts per million.
    slice_above : int
        Notional above which a position is sliced, micro-units.
    cooldown_seconds : int
        How long a target waits after a partial liquidation.
    tiers_down : int
        By how many tiers a tier step goes down.
    whole_below_tier : int
        Positions in this tier and lower ones go whole (tiers count from 0).
    order : {"ioc", "market", "none"}
        What is sent to the book: an order down to the bankruptcy price, one down to the price at
        which the loss would use up the fund, or nothing.
    clearance_ppm : int
        Fee on what the book took, to the fund, as far as the target's equity goes.
    surplus : {"client", "fund"}
        Who keeps what is left of a target when all is closed.
    adl_rule : {"queue", "pro_rata", "water_filling"}
        Who is deleveraged: the most profitable and leveraged; the profitable in proportion to
        their size; or the most leveraged down to one level of leverage.
    adl_trigger : {"empty", "drawdown", "never"}
        When others are deleveraged instead of the fund taking over: when the fund could not bear
        the loss; when its equity would fall too far below its recent peak; or never.
    drawdown_ppm, drawdown_seconds : int
        The largest fall of the fund, and how long a peak is remembered.
    adl_price : {"bankruptcy", "mark"}
        Price of deleveraging; at the mark only if the target's equity is not negative.
    adl_cancels_orders : bool
        Whether the orders of whoever is deleveraged are cancelled first.
    vault : bool
        Whether a backstop vault takes targets whose equity is below its share of maintenance.
    vault_ppm : int
        That share, in parts per million.
    vault_capacity : int
        Largest gross notional of the vault at mark, micro-units.
    beyond_vault : {"adl", "book"}
        What becomes of a target that the vault has no room for, or that has no equity left: others
        are deleveraged at once, or it goes on as if there were no vault.
    fund, vault_funds : int
        What the insurance fund and the vault start with, micro-units.

    Examples
    --------
    >>> Waterfall(partial="slice", slice_ppm=200_000, cooldown_seconds=30).order
    'ioc'
    """

    cancel_orders: bool = True
    partial: Literal["none", "slice", "tier"] = "none"
    slice_ppm: int = 200_000
    slice_above: int = 0
    cooldown_seconds: int = 0
    tiers_down: int = 1
    whole_below_tier: int = 0
    order: Literal["ioc", "market", "none"] = "ioc"
    clearance_ppm: int = 0
    surplus: Literal["client", "fund"] = "client"
    adl_rule: Literal["queue", "pro_rata", "water_filling"] = "queue"
    adl_trigger: Literal["empty", "drawdown", "never"] = "empty"
    drawdown_ppm: int = 300_000
    drawdown_seconds: int = 28_800
    adl_price: Literal["bankruptcy", "mark"] = "bankruptcy"
    adl_cancels_orders: bool = False
    vault: bool = False
    vault_ppm: int = 666_667
    vault_capacity: int = 0
    beyond_vault: Literal["adl", "book"] = "adl"
    fund: int = 0
    vault_funds: int = 0

    def __post_init__(self) -> None:
        for field, allowed in _CHOICES.items():
            choice = getattr(self, field)
            if choice not in allowed:
                raise ValueError(f"{field} is {choice!r}; allowed are {', '.join(allowed)}")
        for field in _FLAGS:
            flag = getattr(self, field)
            if not isinstance(flag, bool):
                raise TypeError(f"{field} is {flag!r}; allowed are True and False")
        for field, (least, most) in _RANGES.items():
            number = getattr(self, field)
            if not isinstance(number, int) or isinstance(number, bool):
                raise TypeError(f"{field} is {number!r}; a whole number is needed")
            if not least <= number <= most:
                raise ValueError(f"{field} is {number}; allowed are {least} to {most}")
