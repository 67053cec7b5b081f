"""Names that a user got wrong, answered with those that may have been meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from typing import Final

from tidegate.scenario import flat

__all__ = ["unknown_name"]

_LISTED: Final = 12  # names that an error lists in full


def unknown_name(
    what: str, name: str, known: Collection[str], owner: str, listing: str = ""
) -> ValueError:
    """Return the error that a name is not known, with the nearest that are.

    Parameters
    ----------
    what, name
        What has that name, and the name.
    known
        Names that there are.
    owner
        What they belong to.
    listing
        How to list them, told where they are many and none is near.
    """
    near = difflib.get_close_matches(name, known, n=3) or flat.nearest(name, known)
    if near:
        hint = f"nearest: {', '.join(near)}"
    elif len(known) <= _LISTED:
        hint = f"it has {', '.join(known)}"
    else:
        shown = ", ".join([*known][:_LISTED])
        hint = listing or f"it has {shown} and {len(known) - _LISTED} more"
    return ValueError(f"{what} {name!r} is unknown to {owner}; {hint}")
