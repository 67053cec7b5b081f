"""How a difference between the compiled margin engine and its oracle is told."""

from itertools import groupby

from tidegate_core.codes import EventKind, Reject

from tests.oracles.margin_state import Event


def in_order(events: list[Event]) -> list[Event]:
    """Sort what the vault took from one account by contract, the cash with the last."""
    ordered: list[Event] = []
    for (kind, _), group in groupby(events, key=lambda e: (e.kind, e.account)):
        rows = list(group)
        if kind is EventKind.VAULT and rows[0].amount == 0:
            rows.sort(key=lambda event: event.contract)
            amount = sum(event.amount for event in rows)
            rows = [row._replace(amount=0) for row in rows]
            rows[-1] = rows[-1]._replace(amount=amount)
        ordered += rows
    return ordered


def same(found: int, expected: int) -> int:
    assert found == expected, f"{name(found)} instead of {name(expected)}"
    return found


def name(code: int) -> str:
    return Reject(-code).name if -len(Reject) < code < 0 else str(code)


def first_difference(found: list[Event], expected: list[Event]) -> str:
    for k, (one, other) in enumerate(zip(found, expected, strict=False)):
        if one != other:
            return f"event {k}: {one} instead of {other}"
    more = (found[len(expected) :] + expected[len(found) :])[0]
    return f"{len(found)} events instead of {len(expected)}: {more}"
