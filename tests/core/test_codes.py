"""The Python enums and the C enums of the core are one table."""

import re
from pathlib import Path

import pytest
import tidegate_core
from tidegate_core import codes

PREFIX = {"SelfTrade": "STP_", "Op": "OP_", "Reject": "REJECT_", "EventKind": "EVENT_"}


def c_enums() -> dict[str, dict[str, int]]:
    text = (Path(tidegate_core.__file__).parent / "types.pxd").read_text()
    found: dict[str, dict[str, int]] = {}
    for name, body in re.findall(r"cdef enum (\w+):.*\n((?:    .+\n)+)", text):
        rows = re.findall(r"^    (\w+) = (\d+)", body, flags=re.M)
        found[name] = {k.removeprefix(PREFIX.get(name, "")): int(v) for k, v in rows}
    return found


@pytest.mark.parametrize("name", ["Side", "Kind", "SelfTrade", "Op", "Reject", "EventKind"])
def test_codes_agree_with_types_pxd(name: str) -> None:
    python = {member.name: int(member) for member in getattr(codes, name)}
    assert python == c_enums()[name]
