"""The pages that tidegate ships, and the blocks of code on them.

A fence has a language: ``python`` runs, ``toml`` is read, ``text`` is a drawing or what a command
printed. A fence without one, and an indented block, is a shell's.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```([a-z]*)\n(.*?)^```$", flags=re.S | re.M)
INDENTED = re.compile(r"(?<=\n\n)(?: {4}\S.*\n(?:(?: {4}.*)?\n(?= {4}|\n {4}))*(?: {4}.*\n)?)+")
SHELL = ("", "sh")


@dataclass(frozen=True)
class Block:
    """A block of code, and where it stands."""

    page: str
    line: int
    language: str
    text: str

    @property
    def file(self) -> str | None:
        """The file that the block is, where its first line is a comment with a file's name."""
        found = re.match(r"# ([\w/]+\.(?:py|toml))\n", self.text)
        return found[1] if found else None

    @property
    def place(self) -> str:
        """Page and line, as an editor opens them."""
        return f"{self.page}:{self.line}"

    def __str__(self) -> str:
        return self.place


def pages() -> list[str]:
    """Return every page, as a path from the root."""
    top = sorted(path.name for path in ROOT.glob("*.md"))
    return [*top, *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))]


def blocks(page: str) -> list[Block]:
    """Return the blocks of a page in their order."""
    return blocks_of(page, (ROOT / page).read_text())


def blocks_of(page: str, text: str) -> list[Block]:
    """Return the blocks of a text."""
    found = []

    def keep(language: str, match: re.Match[str], group: int) -> str:
        line = 1 + text.count("\n", 0, match.start(group))
        found.append(Block(page, line, language, match[group]))
        return "".join("\n" if c == "\n" else "x" for c in match[0])

    rest = FENCE.sub(lambda match: keep(match[1], match, 2), text)
    INDENTED.sub(lambda match: keep("", match, 0), rest)
    return sorted(found, key=lambda block: block.line)


def save(home: Path, *of: str) -> list[Path]:
    """Save the blocks of some pages (of all when none is named) that are files; return the files.

    Every folder becomes a package.
    """
    saved = []
    for page in of or pages():
        for block in blocks(page):
            if block.file is not None:
                path = home / block.file
                path.parent.mkdir(parents=True, exist_ok=True)
                if path.parent != home:
                    (path.parent / "__init__.py").touch()
                path.write_text(block.text)
                saved.append(path)
    return saved


def commands(block: Block) -> list[list[str]]:
    """Return the commands of a shell's block, word by word, comments and redirections left out."""
    lines = block.text.replace("\\\n", " ").splitlines()
    bare = [re.sub(r"(^|\s)#.*", "", line) for line in lines]
    parts = [part for line in bare for part in re.split(r"&&|\s&$|;|\|", line)]
    # What is optional stands in brackets.
    words = [shlex.split(re.sub(r"[][]", "", part.partition(" > ")[0])) for part in parts]
    return [command for command in words if command]
