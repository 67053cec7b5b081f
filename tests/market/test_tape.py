"""The tape: integers in sealed chunks, one digest, bars in units."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest

from tests.market.conftest import small_spec
from tidegate.int_table import CHUNK
from tidegate.model import Market
from tidegate.tape import COLUMNS, Tape


def row(number: int) -> tuple[int, ...]:
    return tuple(100 * number + k for k in range(len(COLUMNS)))


def filled(rows: int) -> Tape:
    tape = Tape()
    for number in range(rows):
        tape.append(row(number))
    return tape


@pytest.mark.parametrize("rows", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3])
def test_rows_come_back_as_they_went_in(rows: int) -> None:
    tape = filled(rows)
    assert len(tape) == rows
    assert tape.rows.shape == (rows, len(COLUMNS))
    assert tape.rows.tolist() == [list(row(number)) for number in range(rows)]


@pytest.mark.parametrize("copier", [copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))])
def test_a_copy_goes_on_alone(copier: object) -> None:
    tape = filled(CHUNK + 5)
    tape.record_fills(b"one")
    twin = copier(tape)  # type: ignore[operator]
    assert twin.digest == tape.digest
    before = tape.digest
    twin.append(row(1))
    twin.record_fills(b"two")
    assert tape.digest == before != twin.digest
    assert (len(tape), len(twin)) == (CHUNK + 5, CHUNK + 6)


def test_forks_share_sealed_chunks_which_nobody_can_change() -> None:
    tape = filled(2 * CHUNK + 5)
    twin = copy.deepcopy(tape)
    assert all(a is b for a, b in zip(tape._sealed, twin._sealed, strict=True))
    assert tape._open is not twin._open
    with pytest.raises(ValueError, match="read-only"):
        tape._sealed[0][0, 0] = 1


@pytest.mark.parametrize("at", [0, CHUNK - 1, CHUNK, CHUNK + 4])
@pytest.mark.parametrize("column", range(len(COLUMNS)))
def test_the_digest_covers_every_cell(at: int, column: int) -> None:
    tape = filled(CHUNK + 5)
    other = copy.deepcopy(tape)
    other._sealed = [chunk.copy() for chunk in tape._sealed]
    chunk, place = (other._sealed[0], at) if at < CHUNK else (other._open, at - CHUNK)
    chunk[place, column] += 1
    assert other.digest != tape.digest


def test_the_digest_covers_every_fill_and_their_order() -> None:
    digests = set()
    for fills in ((), (b"a",), (b"b",), (b"a", b"b"), (b"b", b"a"), (b"a", b"b", b"a")):
        tape = filled(3)
        for batch in fills:
            tape.record_fills(batch)
        digests.add(tape.digest)
    assert len(digests) == 6


def test_every_fill_of_a_market_reaches_its_digest() -> None:
    worlds = [Market(small_spec(), rng=1) for _ in range(2)]
    for world in worlds:
        world.run_until(2)
    honest, other = worlds
    taken = other.venues[0].take_fills

    def shifted() -> np.ndarray:  # type: ignore[type-arg]
        fills = taken().copy()
        fills["taker"][-1] += 1  # nothing a bar would show
        return fills

    other.venues[0].take_fills = shifted
    for world in worlds:
        world.step()
    assert np.array_equal(honest.tape.rows, other.tape.rows)
    assert honest.digest() != other.digest()


def test_bars_are_in_units() -> None:
    tape = Tape()
    values = {
        "tick": 3,
        "venue": 1,
        "open": 1_000_000,
        "high": 1_000_010,
        "low": 999_990,
        "close": 1_000_005,
        "mid2": 2_000_011,
        "volume": 25_000,
        "notional": 250_000_000_000,
        "trades": 7,
        "bid_depth": 10_000,
        "ask_depth": 20_000,
        "spread": 12,
        "float_coins": 30_000,
        "outside_coins": 40_000,
        "outside_flow": 5_500_000,
        "consensus": round(math.log(100_000.0) * 1e9),
    }
    assert tuple(values) == COLUMNS
    tape.append(tuple(values.values()))
    bar = tape.bars(("east", "west"), 0.1, 1e-4, 3600).row(0, named=True)
    assert bar.pop("venue") == "west"
    assert bar == pytest.approx(
        {
            "tick": 3,
            "open": 100_000.0,
            "high": 100_001.0,
            "low": 99_999.0,
            "close": 100_000.5,
            "mid": 100_000.55,
            "volume": 2.5,
            "notional": 250_000.0,
            "trades": 7,
            "bid_depth": 1.0,
            "ask_depth": 2.0,
            "spread": 1.2,
            "float_coins": 3.0,
            "outside_coins": 4.0,
            "outside_flow": 5.5,
            "consensus": 100_000.0,
            "seconds": 14_400,
        },
        rel=1e-8,
    )


def test_numbers_beyond_64_bits_are_refused() -> None:
    tape = filled(1)
    with pytest.raises(OverflowError):
        tape.append((*row(0)[:-1], 2**63))
    assert len(tape) == 1
