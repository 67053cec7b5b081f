"""Files of recorded orders, plain or compressed, read in blocks of whole lines."""

from __future__ import annotations

import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, TypeAlias, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tidegate.replay.csv_shape import demand_lines

__all__ = ["blocks", "matrix", "opened", "table"]

_Stored: TypeAlias = io.BufferedReader | zipfile.ZipExtFile

_BLOCK: Final = 32 << 20  # bytes
_GZIP: Final = b"\x1f\x8b"
_XZ: Final = b"\xfd7zXZ\x00"
_ZIP: Final = b"PK\x03\x04"
_ENCRYPTED: Final = 0x1  # a flag of a member
_TEXT: Final = (".csv", ".txt", ".gz", ".xz")


@contextmanager
def opened(path: Path, wanted: str = "") -> Iterator[IO[bytes]]:
    """Open a file for reading; what it says is decompressed, whatever it is called.

    Parameters
    ----------
    path
        A file; or a zip file; or a member of one, as in ``day.zip/messages.csv``.
    wanted
        Part of the name of the member to read, if a zip file has several.
    """
    try:
        with _raw(path, wanted) as raw, _plain(raw) as stream:
            yield stream
    except EOFError:
        raise ValueError(f"{path} is cut off: its compressed data end too early") from None
    except (OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ValueError(f"{path} cannot be read: {reason}") from error


@contextmanager
def _raw(path: Path, wanted: str) -> Iterator[_Stored]:
    """Open a file or a member of a zip file, as it is stored."""
    archive = next((p for p in path.parents if p.suffix.lower() == ".zip" and p.is_file()), None)
    if archive is not None:
        with _archive(archive) as members:
            name = path.relative_to(archive).as_posix()
            if name not in members.namelist():
                raise ValueError(f"{archive} has no {name}; it has {_listed(members.namelist())}")
            with _stored(members, name) as member:
                yield member
        return
    with path.open("rb") as stream:
        head = stream.read(len(_ZIP))
        stream.seek(0)
        if head != _ZIP:
            yield stream
            return
        with _archive(stream) as members, _stored(members, _member(members, wanted)) as member:
            yield member


def _archive(source: Path | IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(source)
    except NotImplementedError as error:
        raise zipfile.BadZipFile(str(error)) from error


def _stored(members: zipfile.ZipFile, name: str) -> zipfile.ZipExtFile:
    """Open a member, unless it is encrypted or packed by what Python cannot unpack."""
    if members.getinfo(name).flag_bits & _ENCRYPTED:
        raise zipfile.BadZipFile(f"{name} is encrypted; it must be stored without a password")
    try:
        return cast("zipfile.ZipExtFile", members.open(name))
    except RuntimeError as error:  # of which NotImplementedError is one
        raise zipfile.BadZipFile(
            f"{name} is compressed in a way that is not read ({error}); deflate, bzip2, lzma and "
            "none are"
        ) from error


def _member(members: zipfile.ZipFile, wanted: str) -> str:
    """Return the one member of a zip file that is meant."""
    names = [name for name in members.namelist() if _is_text(name)]
    found = [name for name in names if wanted in Path(name).name.lower()]
    if len(names) == 1:
        return names[0]
    if len(found) != 1:
        raise ValueError(
            f"{members.filename} must hold one file with {wanted!r} in its name, or be followed "
            f"by a member's name; it holds {_listed(names)}"
        )
    return found[0]


def _is_text(name: str) -> bool:
    """Tell whether a member may be a table; what macOS notes of one beside it is none."""
    noted = name.startswith("__MACOSX/") or Path(name).name.startswith("._")
    return name.lower().endswith(_TEXT) and not noted


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if names else "nothing"


@contextmanager
def _plain(raw: _Stored) -> Iterator[IO[bytes]]:
    """Decompress a stream if it is compressed."""
    head = raw.peek(len(_XZ))
    if head.startswith(_GZIP):
        with gzip.open(cast("IO[bytes]", raw)) as packed:
            yield cast("IO[bytes]", packed)
    elif head.startswith(_XZ):
        with lzma.open(cast("IO[bytes]", raw)) as packed_well:
            yield cast("IO[bytes]", packed_well)
    else:
        yield cast("IO[bytes]", raw)


def blocks(stream: IO[bytes], size: int = _BLOCK) -> Iterator[bytes]:
    """Cut a stream into blocks of whole lines, of about `size` bytes."""
    rest = b""
    while data := stream.read(size):
        cut = data.rfind(b"\n") + 1
        if cut:
            yield rest + data[:cut]
            rest = data[cut:]
        else:
            rest += data
    if rest.strip():
        yield rest


def table(block: bytes, schema: dict[str, pl.DataType], path: Path, first_row: int) -> pl.DataFrame:
    """Read lines of comma-separated numbers.

    Parameters
    ----------
    block
        Whole lines, without a header.
    schema
        Columns and what they hold.
    path, first_row
        Where the lines come from, for what is said of an error; rows count from 1.
    """
    block = block.rstrip()
    demand_lines(block, path)
    try:
        frame = pl.read_csv(io.BytesIO(block), has_header=False, schema=schema)
    except pl.exceptions.PolarsError as error:
        _explain(block, schema, path, first_row)
        raise ValueError(f"{path} cannot be read after row {first_row}: {error}") from error
    if sum(frame.null_count().row(0)):
        _explain(block, schema, path, first_row)
        raise ValueError(f"{path} has an empty field after row {first_row}")
    return frame


def _explain(block: bytes, schema: dict[str, pl.DataType], path: Path, first_row: int) -> None:
    """Raise for the first line that is not as it must be."""
    for row, line in enumerate(block.splitlines(), first_row):
        fields = line.decode(errors="replace").split(",")
        if len(fields) != len(schema):
            raise ValueError(
                f"{path} row {row}: it has {len(fields)} columns; it must have {len(schema)}"
            )
        for (name, kind), text in zip(schema.items(), fields, strict=True):
            if not _is_number(text, whole=kind == pl.Int64):
                what = "a whole number" if kind == pl.Int64 else "a number"
                raise ValueError(f"{path} row {row}, column {name}: {text!r} is not {what}")


def _is_number(text: str, *, whole: bool) -> bool:
    try:
        return abs(int(text)) < 2**63 if whole else bool(np.isfinite(float(text)))
    except ValueError:
        return False


def matrix(frame: pl.DataFrame) -> NDArray[np.int64]:
    """Return whole numbers as rows that lie one behind the other."""
    return np.ascontiguousarray(frame.to_numpy(order="c"), dtype=np.int64)
