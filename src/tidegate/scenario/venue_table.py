"""The venue families as tables for people: `python -m tidegate.scenario.venue_table DOC`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tidegate.scenario.frozen import Frozen
from tidegate.scenario.venue_rules import VenueRules, families, family_sources, load_family

__all__ = ["MARKER", "markdown", "write_into"]

MARKER: Final = "<!-- generated: python -m tidegate.scenario.venue_table docs/venues.md -->\n"
SIZES: Final = (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
NEEDS: Final[dict[str, tuple[str, object]]] = {
    "waterfall.slice_ppm": ("partial", "slice"),
    "waterfall.slice_above_usd": ("partial", "slice"),
    "waterfall.tiers_down": ("partial", "tier"),
    "waterfall.whole_below_tier": ("partial", "tier"),
    "waterfall.drawdown_ppm": ("adl_trigger", "drawdown"),
    "waterfall.drawdown_seconds": ("adl_trigger", "drawdown"),
    "waterfall.vault_ppm": ("vault", True),
    "waterfall.vault_capacity_usd": ("vault", True),
    "waterfall.vault_funds_usd": ("vault", True),
}


def markdown() -> str:
    """Return rules, tiers and assumptions of all families, as Markdown."""
    loaded = [load_family(name) for name in families()]
    sources = {name: family_sources(name) for name in families()}
    return (
        "\n".join(
            [*_rules(loaded, sources), *_tiers(loaded), *_inverse(loaded), *_assumptions(sources)]
        )
        + "\n"
    )


def write_into(path: Path) -> None:
    """Replace what follows the marker in a document by `markdown`.

    Raises
    ------
    ValueError
        If the document has no marker.
    """
    prose, marker, _ = path.read_text().partition(MARKER)
    if not marker:
        raise ValueError(f"path {path} must contain the line {MARKER.strip()!r}")
    path.write_text(f"{prose}{MARKER}\n{markdown()}")


def _rules(loaded: list[VenueRules], sources: dict[str, dict[str, str]]) -> Iterator[str]:
    """Yield a table with a row a value and a column a family."""
    yield "## Rules\n"
    yield _row("value", "unit", *(rules.family for rules in loaded))
    yield _row("---", "---", *("---" for _ in loaded))
    for path, unit in _fields(loaded[0]):
        cells = (_cell(rules, path, sources[rules.family][path]) for rules in loaded)
        yield _row(f"`{path}`", unit, *cells)
    collateral = (
        ", ".join(
            f"{entry.asset} {entry.haircut_ppm / 10_000:g} % ({entry.valued_by})"
            for entry in rules.collateral
        )
        for rules in loaded
    )
    yield _row("`collateral`", "haircut (valued by)", *(text or "none" for text in collateral))


def _fields(rules: VenueRules) -> Iterator[tuple[str, str]]:
    """Yield path and unit of every single value of a venue's rules."""
    yield "leverage_cap", "1"
    for group, part in rules:
        if isinstance(part, Frozen):
            for field, info in type(part).model_fields.items():
                extra = info.json_schema_extra
                assert isinstance(extra, dict)
                yield f"{group}.{field}", str(extra["unit"]).replace("|", "/")


def _cell(rules: VenueRules, path: str, source: str) -> str:
    """Return one value as people write it: `-` where it is unused, a star where it is open."""
    if path in NEEDS:
        needed, choice = NEEDS[path]
        if getattr(rules.waterfall, needed) != choice:
            return "-"
    value: object = rules
    for name in path.split("."):
        value = getattr(value, name)
    if isinstance(value, bool):
        text = "yes" if value else "no"
    else:
        text = f"{value:,}" if isinstance(value, int) else str(value).lower()
    return f"{text} *" if _is_open(source) else text


def _is_open(source: str) -> bool:
    """Tell whether a source leaves the value open."""
    return "assumption" in source or "not verified" in source


def _tiers(loaded: list[VenueRules]) -> Iterator[str]:
    """Yield a table an asset: highest leverage and maintenance by size of the position."""
    for asset in loaded[0].assets:
        yield f"\n## Tiers: {asset}\n"
        yield _row("position, USD", *(rules.family for rules in loaded))
        yield _row("---", *("---" for _ in loaded))
        for size in SIZES:
            tables = [rules.table(asset) for rules in loaded]
            yield _row(
                f"{size:,}",
                *(
                    f"{table.tier(size).max_leverage}x, {table.maintenance(size) / size:.2%}"
                    for table in tables
                ),
            )


def _inverse(loaded: list[VenueRules]) -> Iterator[str]:
    """Yield a table of the contracts that are settled in their coin."""
    yield "\n## Inverse contracts\n"
    yield _row("family", "coin", "contract, USD", "highest leverage")
    yield _row("---", "---", "---", "---")
    for rules in loaded:
        for table in rules.tiers:
            if table.contract == "inverse":
                capped = rules.table(table.asset, "inverse")
                cells = (str(table.contract_usd), f"{capped.max_leverage}x")
                yield _row(rules.family, table.asset, *cells)


def _assumptions(sources: dict[str, dict[str, str]]) -> Iterator[str]:
    """Yield a list of what no source settles, with the reasons."""
    yield "\n## What is open\n"
    common = set.intersection(*(set(stated.items()) for stated in sources.values()))
    yield from _reasons("every family", common)
    for family, stated in sources.items():
        yield from _reasons(family, set(stated.items()) - common)


def _reasons(title: str, stated: set[tuple[str, str]]) -> Iterator[str]:
    """Yield what is open among values, by reason."""
    by_reason: dict[str, list[str]] = {}
    for path, source in sorted(stated):
        if _is_open(source):
            by_reason.setdefault(source, []).append(f"`{path}`")
    yield f"- {title}"
    yield from (f"  - {', '.join(paths)}: {source}" for source, paths in by_reason.items())


def _row(*cells: str) -> str:
    """Return one line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def _main(arguments: Iterable[str]) -> None:
    """Rewrite each document named."""
    for argument in arguments:
        write_into(Path(argument))


if __name__ == "__main__":
    _main(sys.argv[1:])
