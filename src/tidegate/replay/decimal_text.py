"""Decimal numbers as a file writes them, in whole units: exact, without a detour over doubles."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import polars as pl

__all__ = ["Decimals", "read_decimals"]

_PLAIN: Final = r"^([+-]?)([0-9]*)\.?([0-9]*)$"
_NUMBER: Final = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_MOST_EXPONENT: Final = 40  # beyond which no number is one of ticks, lots or seconds


class Decimals:
    """Numbers in digits: a sign, what stands before the point, and what stands after it.

    Parameters
    ----------
    text
        Plain decimals; null where it was no number.

    Attributes
    ----------
    valid
        Which rows are numbers.
    decimals
        Digits after the point, zeros at their end apart.
    """

    def __init__(self, text: pl.Series) -> None:
        parts = text.str.extract_groups(_PLAIN).struct.unnest()
        sign, whole, rest = parts.get_columns()
        self._sign = sign
        self._whole = whole.str.strip_chars_start("0")
        self._rest = rest.str.strip_chars_end("0")
        self.valid: pl.Series = text.is_not_null()
        self.decimals: pl.Series = self._rest.str.len_chars()

    def units(self, places: int) -> pl.Series:
        """Return the numbers times 10**places; what is finer is cut off, what is too large null."""
        fine = self._rest.str.slice(0, places).str.pad_end(places, "0") if places else ""
        digits = self._sign.replace("+", "") + "0" + self._whole + fine
        return digits.cast(pl.Int64, strict=False)

    def power(self) -> int:
        """Return the exponent of the largest power of ten that divides all numbers."""
        most = int(self.decimals.max() or 0)  # type: ignore[arg-type]
        if most:
            return -most
        some = self._whole.filter(self._whole != "")
        zeros = some.str.len_chars() - some.str.strip_chars_end("0").str.len_chars()
        return int(zeros.min() or 0)  # type: ignore[arg-type]


def read_decimals(text: pl.Series) -> Decimals:
    """Read decimal numbers, also those with an exponent, as in 5e-8."""
    valid = text.str.contains(_NUMBER)
    short = valid & text.str.contains("[eE]")
    plain = text.set(~valid, None)
    if short.any():
        plain = plain.set(short, None)
        written = [_written(number) for number in text.filter(short).to_list()]
        plain = plain.scatter(short.arg_true(), written)
    return Decimals(plain)


def _written(number: str) -> str | None:
    """Write a number with an exponent without it; None if it would be absurdly long."""
    exponent = int(number.lower().partition("e")[2])
    if abs(exponent) > _MOST_EXPONENT:
        return None
    return format(Decimal(number), "f")
