"""Length-prefixed frames: how a snapshot made of several flat buffers becomes one ``bytes``."""

import struct
from collections.abc import Iterable

__all__ = ["pack", "unpack"]

_MAGIC = b"TIDEGATE"
_LENGTH = struct.Struct("<Q")


def pack(kind: str, parts: Iterable[bytes]) -> bytes:
    """Join the buffers of a `kind` of object into one."""
    pieces = [_MAGIC]
    for part in (kind.encode(), *parts):
        pieces += (_LENGTH.pack(len(part)), part)
    return b"".join(pieces)


def unpack(kind: str, data: bytes, count: int) -> list[bytes]:
    """Split what `pack` joined; `ValueError` unless it holds `count` buffers of this `kind`."""
    view = memoryview(data)
    parts: list[bytes] = []
    at = len(_MAGIC)
    sound = bytes(view[:at]) == _MAGIC
    while sound and at < len(view):
        body = at + _LENGTH.size
        if body > len(view):
            sound = False
            break
        end = body + int(_LENGTH.unpack_from(view, at)[0])
        sound = end <= len(view)
        parts.append(bytes(view[body:end]))
        at = end
    if not sound or len(parts) != count + 1 or parts[0] != kind.encode():
        raise ValueError(f"data is not a snapshot of a {kind} ({len(view)} bytes)")
    return parts[1:]
