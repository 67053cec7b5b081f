"""The language of a report: its own words by key, and translations of what studies say.

Every word of the page is in a catalogue, ``words.LANGUAGE.toml``, under a key. What an experiment
says (its question, arms, metrics, claims) is English text in its module; a package of experiments
may bring a file ``lang/LANGUAGE.toml`` that maps such texts to their translation. A text that has
changed since has none, and is shown in English and marked as such.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import markupsafe

__all__ = ["ENGLISH", "LANGUAGES", "Language", "Unit", "read_texts"]

LANGUAGES: Final = ("en", "ja")
_HOLE: Final = re.compile(r"\\{(\w+)\\}")


class Unit(NamedTuple):
    """A unit as readers of a language write it, and what a number in it is multiplied by."""

    text: str
    factor: float = 1.0


@dataclass(frozen=True)
class Language:
    """Words and numbers of one language.

    Parameters
    ----------
    code
        Such as ``"en"``, as in the attribute ``lang`` of a page.
    words
        The catalogue: texts by key, some with fields in braces.
    units
        Units by what they are in data; one that is missing stays as it is.
    scales
        Names of powers of ten, the largest first: from which size, divided by what, called what.
    texts
        Translations of what studies say, by their English; a key may have fields in braces, which
        stand for any text.
    """

    code: str
    words: Mapping[str, str]
    units: Mapping[str, Unit] = field(default_factory=dict)
    scales: tuple[tuple[float, float, str], ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, code: str, texts: Mapping[str, str] | None = None) -> Language:
        """Return a language of the catalogues.

        Parameters
        ----------
        code
            One of `LANGUAGES`.
        texts
            Translations of what a study says, as of `read_texts`.

        Raises
        ------
        ValueError
            For any other language.
        """
        if code not in LANGUAGES:
            raise ValueError(f"language is {code!r}; there are {', '.join(LANGUAGES)}")
        content = _catalogue(code)
        units = {name: _unit(value) for name, value in content["units"].items()}
        scales = tuple((float(a), float(b), str(name)) for a, b, name in content["scales"])
        known = {**content["sentences"], **(texts or {})}
        return cls(code, _flat(content["words"]), units, scales, known)

    def __call__(self, key: str, **values: Any) -> str:
        """Return the words of a key, its fields filled in."""
        return self.words[key].format_map(values)

    def count(self, key: str, number: int) -> str:
        """Return a number with its noun; a language may have a form for one."""
        one = f"{key}.one"
        return self(one if number == 1 and one in self.words else f"{key}.many", n=f"{number:,}")

    def unit(self, name: str) -> Unit:
        """Return a unit as it is written here."""
        return self.units.get(name, Unit("" if name == "1" else name))

    def kind(self, name: str) -> str:
        """Return what a kind of traders, a place or a stage is called; unknown ones as they are."""
        return self.words.get(f"name.{name}", name)

    def translated(self, english: str) -> str | None:
        """Return the translation of what a study says, None where there is none."""
        if self.code == "en":
            return english
        if english in self.texts:
            return self.texts[english]
        for pattern, text in self._patterns():
            if match := pattern.fullmatch(english):
                filled = {k: self.translated(v) or v for k, v in match.groupdict().items()}
                return text.format_map(filled)
        return None

    def text(self, english: str) -> str:
        """Return what a study says in this language, or else in English."""
        return self.translated(english) or english

    def tagged(self, english: str) -> markupsafe.Markup:
        """Return what a study says for a page: English is marked where the page is not."""
        found = self.translated(english)
        if found is not None or not re.search(r"[A-Za-z]{2}", english):
            return markupsafe.escape(found or english)
        return markupsafe.Markup('<span lang="en">{}</span>').format(english)

    def _patterns(self) -> Iterator[tuple[re.Pattern[str], str]]:
        for english, text in self.texts.items():
            if "{" in english:
                yield _pattern(english), text


@cache
def _pattern(english: str) -> re.Pattern[str]:
    return re.compile(_HOLE.sub(r"(?P<\1>.+)", re.escape(english)), re.DOTALL)


def _unit(value: str | list[Any]) -> Unit:
    return Unit(value) if isinstance(value, str) else Unit(str(value[0]), float(value[1]))


@cache
def _catalogue(code: str) -> dict[str, Any]:
    path = Path(__file__).with_name(f"words.{code}.toml")
    return tomllib.loads(path.read_text("utf-8"))


def _flat(tables: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return the texts of nested tables by their dotted keys."""
    found: dict[str, str] = {}
    for name, value in tables.items():
        key = f"{prefix}{name}"
        found |= _flat(value, f"{key}.") if isinstance(value, dict) else {key: value}
    return found


def read_texts(path: Path) -> dict[str, str]:
    """Return the translations of a file ``lang/LANGUAGE.toml``, none where there is no file.

    The file has tables ``[common]``, ``[experiment.NAME]``, ``[claim.ROW]`` and ``[row.ROW]``, each
    of English text and its translation. Tables are for whoever reads the file: a text that stands
    in two must be translated alike.

    Raises
    ------
    ValueError
        When the file is not TOML, or translates a text in two ways.
    """
    if not path.exists():
        return {}
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is not TOML: {error}") from error
    found: dict[str, str] = {}
    for english, text in _leaves(content):
        if found.setdefault(english, text) != text:
            raise ValueError(f"{path} translates {english!r} as {found[english]!r} and {text!r}")
    return found


def _leaves(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value)
        else:
            yield key, str(value)


ENGLISH: Final = Language.load("en")
