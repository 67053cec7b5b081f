"""The page of sources, from docs/sources.toml: ``python docs/sources.py > docs/sources.md``."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
COMMAND: Final = "python docs/sources.py > docs/sources.md"
FAMILIES: Final = ("KZ", "PEN", "LEV", "HACK", "MAC", "MIN")
_TOPIC: Final = "|".join(FAMILIES)
# A letter without its number is a code too: one that says nothing.
CODE: Final = re.compile(
    rf"(?<![\w.-])(?:(?:{_TOPIC})-[AHN](?:\d+[a-z]*)?|X\d+(?:-H\d+[a-z]*)?|[SM]\d+(?:\.\d+[a-z]?)?)"
    r"(?![\w%{-])"
)
# Files whose codes must resolve; results repeat what was said when they were made.
PLACES: Final = ("src", "cext", "experiments", "docs", "README.md", "CHANGELOG.md")
KINDS: Final = (".py", ".pyx", ".pxd", ".toml", ".md", ".txt")
LEFT_OUT: Final = ("experiments/ledger", "docs/sources.md", "docs/sources.toml", "docs/sources.py")

HEAD: Final = """# Sources: what the codes stand for

Written by `{command}` from [sources.toml](sources.toml); do not edit.

Every default of a scenario, a policy or an experiment has a source: a publication, a measurement,
or the word *assumption* with its reason ([tables](odd_tables.md)). Some sources are codes. A code
is a row of a list of facts that the model was made from:

| code | is | stands in |
|---|---|---|
| KZ-, PEN-, LEV-, HACK-, MAC-, MIN- | a topic | the articles below |
| ...-A1 | an actor or a mechanism that an article names | [actors](actors.md) |
| ...-H1 | a hypothesis of an article; with a letter, a claim beside it | [the ledger](ledger.md) |
| ...-N1 | a number of an article | below |
| X1 | an interaction of hypotheses | [the ledger](ledger.md) |
| M1 | how real systems work: figures of markets, venues, funds, plans, firms | below |
| S1 | a law of the literature, tested as S1.1 ... | below, [validation](validation.md) |

*General knowledge, not verified* beside a value means that no source was found for it.

## The articles

Five articles on six topics, known here by publisher and date alone. What they state was taken as
claims to be tested and not as facts; where a figure of theirs has a better source, that one stands.
"""


def main() -> str:
    """Return the page."""
    table = read()
    parts = [HEAD.format(command=COMMAND), *_articles(table), *_facts(table), *_rows(table)]
    return "\n".join(parts).rstrip() + "\n"


def read() -> dict[str, Any]:
    """Return the file of sources."""
    return tomllib.loads((ROOT / "docs/sources.toml").read_text("utf-8"))


def codes(text: str) -> set[str]:
    """Return the codes of a text."""
    return set(CODE.findall(text))


def files() -> Iterator[tuple[str, str]]:
    """Yield every file whose codes must resolve, with its text."""
    for place in PLACES:
        path = ROOT / place
        for found in sorted(path.rglob("*")) if path.is_dir() else [path]:
            name = found.relative_to(ROOT).as_posix()
            if found.suffix in KINDS and not name.startswith(LEFT_OUT):
                yield name, found.read_text("utf-8")


def statements() -> dict[str, str]:
    """Return what hypotheses, interactions and claims say, the registry before the claims."""
    found: dict[str, str] = {}
    for file, tables, name in (("claims", "claim", "row"), ("rows", "row", "id")):
        content = tomllib.loads((ROOT / f"experiments/{file}.toml").read_text("utf-8"))
        found |= {row[name]: row["statement"] for row in content[tables]}
    return found


def actors() -> dict[str, str]:
    """Return the actors of docs/actors.md."""
    page = (ROOT / "docs/actors.md").read_text("utf-8")
    return dict(re.findall(r"^\| ([A-Z]+-A\d+) \| ([^|]+) \|", page, re.M))


def _articles(table: dict[str, Any]) -> list[str]:
    return _table(("topic", "article"), table["articles"].items())


def _facts(table: dict[str, Any]) -> Iterator[str]:
    parts = {
        "numbers": ("Numbers of the articles", "number"),
        "mechanics": ("How real systems work", "facts"),
        "science": ("Laws of the literature", "law"),
    }
    for part, (title, what) in parts.items():
        entries = table[part]
        rows = [(code, entries[code]["says"], entries[code]["of"]) for code in _sorted(entries)]
        yield f"## {title}\n"
        yield from _table(("code", what, "original source"), rows)


def _rows(table: dict[str, Any]) -> Iterator[str]:
    """Yield what actors and hypotheses say that stand as the source of a value."""
    used = set().union(*(_named(name, text) for name, text in files()))
    yield "## Actors and hypotheses that are the source of a value\n"
    yield (
        "A hypothesis is the source of a range that its row asks to vary, or of a mechanism that\n"
        "it names.\n"
    )
    known = {**actors(), **statements()}
    rows = []
    for code in _sorted(code for code in used if code in known):
        spans = table["spans"].get(code, "")
        rows.append((code, known[code].strip(), spans))
    yield from _table(("code", "says", "spans"), rows)


def _named(name: str, text: str) -> set[str]:
    """Return the actors and hypotheses that the lines of a file give as a source."""
    if name.startswith("src/") and name.endswith((".py", ".toml")):
        return {code for code in codes(text) if re.search(r"-[AH]\d", code)}
    if name.startswith("experiments/") and name.endswith(".py"):
        lines = "\n".join(line for line in text.splitlines() if "source=" in line)
        return {code for code in codes(lines) if re.search(r"-[AH]\d", code)}
    return set()


def _sorted(found: Iterable[str]) -> list[str]:
    """Return codes by topic, kind and number."""

    def place(code: str) -> tuple[int, str, int, str]:
        topic = code.partition("-")[0]
        letters, digits, rest = re.findall(r"([A-Z])(\d+)([a-z]*)$", code)[0]
        return FAMILIES.index(topic) if topic in FAMILIES else 9, letters, int(digits), rest

    return sorted(found, key=place)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Return the lines of a table, and an empty one."""
    cells = [[cell.replace("|", r"\|") for cell in row] for row in (header, *rows)]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return [lines[0], "|" + "---|" * len(header), *lines[1:], ""]


if __name__ == "__main__":
    sys.stdout.write(main())
