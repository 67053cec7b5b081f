"""Tables of text for a terminal of 80 columns, whatever the length of names."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from tidegate.study.console import WIDTH

__all__ = ["named_rows", "shortened", "stacked", "wrapped"]

_GAP: Final = "  "
_LEAST_HEAD: Final = 10  # letters of a shortened heading


def wrapped(text: str) -> list[str]:
    """Return the lines of a paragraph; long names and paths are not broken."""
    return textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def shortened(name: str, width: int) -> str:
    """Return a name with its middle left out, where it is longer than `width`."""
    if len(name) <= width:
        return name
    tail = (width - 1) // 2
    return f"{name[: width - 1 - tail]}…{name[len(name) - tail :]}"


def named_rows(rows: Sequence[Sequence[str]], align: str) -> Iterator[str]:
    """Yield rows that begin with a name; one too long for its column has a line of its own.

    Parameters
    ----------
    rows
        The heading first; all of as many cells.
    align
        A character a column, ``<`` or ``>``.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    room = max(WIDTH - sum(widths[1:]) - len(_GAP) * (len(widths) - 1), 0)
    widths[0] = min(widths[0], room)
    for name, *cells in rows:
        alone = len(name) > widths[0]
        if alone:
            yield name
        yield _line(["" if alone else name, *cells], widths, align)


def stacked(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield rows of numbers, all to the right; headings are shortened where that makes them fit.

    Where it does not, the columns go below one another, the first with each lot.
    """
    columns = list(zip(*rows, strict=True))
    first, *others = columns
    while others:
        lot = [first, others.pop(0)]
        while others and _fitted([*lot, others[0]]) is not None:
            lot.append(others.pop(0))
        shown = _fitted(lot) or lot
        widths = [max(map(len, column)) for column in shown]
        yield from (_line(row, widths, ">" * len(row)) for row in zip(*shown, strict=True))
        if others:
            yield ""


def _fitted(columns: Sequence[Sequence[str]]) -> list[list[str]] | None:
    """Return columns with headings as long as the width allows, None where it allows none."""
    for limit in range(WIDTH, _LEAST_HEAD - 1, -1):
        heads = [shortened(head, max([limit, *map(len, cells)])) for head, *cells in columns]
        if len(set(heads)) < len({head for head, *_ in columns}):
            return None
        shown = [[head, *column[1:]] for head, column in zip(heads, columns, strict=True)]
        total = sum(max(map(len, column)) for column in shown) + len(_GAP) * (len(shown) - 1)
        if total <= WIDTH:
            return shown
    return None


def _line(cells: Sequence[str], widths: Sequence[int], align: str) -> str:
    padded = (f"{c:{a}{w}}" for c, w, a in zip(cells, widths, align, strict=True))
    return _GAP.join(padded).rstrip()
