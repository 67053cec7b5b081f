"""What kind of results a directory holds, as its manifest tells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from tidegate.study.store import StoreMismatchError

__all__ = ["RUNS_OF_EXPERIMENT", "SEARCH", "SWEEP", "kind_of", "refuse_other_kind"]

SWEEP: Final = "a sweep"
SEARCH: Final = "a search"
RUNS_OF_EXPERIMENT: Final = "the runs of an experiment"
# Entries of a manifest that no other kind has.
_SIGNS: Final = {
    "study": SWEEP,
    "search": SEARCH,
    "scenario_digest": RUNS_OF_EXPERIMENT,
}


def kind_of(root: Path) -> str | None:
    """Return what a directory holds in words, None where there is no manifest that tells."""
    try:
        manifest = json.loads((root / "manifest.json").read_bytes())
    except (OSError, ValueError):
        return None
    found = [
        kind for sign, kind in _SIGNS.items() if isinstance(manifest, dict) and sign in manifest
    ]
    return found[0] if found else None


def refuse_other_kind(root: Path, kind: str) -> None:
    """Refuse a directory that holds results of another kind; nothing is touched.

    Raises
    ------
    StoreMismatchError
        Naming the kind that it holds.
    """
    held = kind_of(root)
    if held not in (None, kind):
        raise StoreMismatchError(f"{root} holds {held}, not {kind}; give another --out directory")
