"""Numbers, times and ids of order events, exactly as their files write them."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from tidegate.cli import main
from tidegate.replay import l3
from tidegate.replay.decimal_text import read_decimals

HEADER = "id,timestamp,price,volume,action,side\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stream(folder, rows, **how):
    (folder / "o.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return l3.read(folder / "o.csv", **how)


def priced(*prices):
    return [f"{n},1,{price},1,created,ask" for n, price in enumerate(prices)]


def sized(*volumes):
    return [f"{n},1,1,{volume},created,ask" for n, volume in enumerate(volumes)]


# ------------------------------------------------------------------------- prices and volumes


@pytest.mark.parametrize(
    ("written", "lot", "lots"),
    [
        (("5", "0.00000005"), "0.00000001", [500_000_000, 5]),
        (("1.00000001", "1"), "0.00000001", [100_000_001, 100_000_000]),
        (("5e-8", "1E0", "+2.50", ".5"), "0.00000001", [5, 10**8, 25 * 10**7, 5 * 10**7]),
        (("3.1000", "2.0"), "0.1", [31, 20]),
        (("0.0000000001", "8"), "0.0000000001", [1, 8 * 10**10]),
        (("0", "1000", "25000"), "1000", [0, 1, 25]),
        (("0", "0.00"), "1", [0, 0]),
        (("1234567890123456.12", "7"), "0.01", [123_456_789_012_345_612, 700]),
    ],
)
def test_the_size_of_a_lot_is_the_largest_power_of_ten_that_divides_all(folder, written, lot, lots):
    found = stream(folder, sized(*written))
    assert found.lot == Decimal(lot)
    assert found.events[:, 4].tolist() == lots


def test_ticks_are_powers_of_ten_above_one_too(folder):
    found = stream(folder, priced("1000", "2000", "30000.0"))
    assert (str(found.tick), found.events[:, 3].tolist()) == ("1000", [1, 2, 30])


def test_a_change_of_one_of_many_lots_is_no_repetition(folder):
    (folder / "o.csv").write_text(
        HEADER + "1,1,5,1.00000001,created,ask\n1,2,5,1,changed,ask\n2,3,5,5,created,ask\n"
        "3,4,5,0.00000005,created,ask\n3,5,5,0.00000005,deleted,ask\n"
    )
    report = l3.replay(folder / "o.csv")
    assert report.counts["repeated_events"] == 0
    assert report.known == 1
    assert report.mismatches == ()


@pytest.mark.parametrize(
    ("rows", "args", "words"),
    [
        (sized("2", "2.00000005"), ("--lot", "1"), "row 3, column volume: '2.00000005' is not a m"),
        (sized("2", "0.3"), ("--lot", "0.25"), "row 3, column volume: '0.3' is not a multiple of"),
        (
            priced("99", "99.00000000001"),
            (),
            "row 3, column price: '99.00000000001' has more than 10 decimals; name by --tick",
        ),
        (priced("99.00000000001"), ("--tick", "1"), "row 2, column price: '99.00000000001' is not"),
        (sized("5000000000000000000"), (), None),
        (sized("5000000000000000001"), (), "row 2, column volume: '5000000000000000001' is too la"),
        (sized("1e39"), (), "row 2, column volume: '1e39' is too large"),
        (sized("1", "1e999999999"), (), "row 3, column volume: '1e999999999' is not a number"),
        (sized("1_0"), (), "row 2, column volume: '1_0' is not a number"),
        (sized("\N{ARABIC-INDIC DIGIT THREE}"), (), "row 2, column volume"),
        (sized("nan"), (), "row 2, column volume: 'nan' is not a number"),
        (sized("."), (), "row 2, column volume: '.' is not a number"),
        (priced("1"), ("--tick", "1e-19"), "tick is 1E-19; it must have at most 18 digits"),
        (priced("1"), ("--tick", "1e999"), "tick is 1E+999; it must have at most 18 digits"),
    ],
)
def test_what_is_no_multiple_is_refused_by_its_digits(folder, capsys, rows, args, words):
    (folder / "o.csv").write_text(HEADER + "\n".join(rows) + "\n")
    code = main(["replay", "l3", "o.csv", *args])
    assert code == (2 if words else 0)
    assert (words or "") in capsys.readouterr().err


def test_a_size_with_many_digits_divides_exactly(folder):
    lot = Decimal("0.000000000000000003")
    found = stream(folder, sized("0.000000000000000009", "0.3"), lot=lot)
    assert found.events[:, 4].tolist() == [3, 10**17]


def test_decimals_are_cut_and_counted():
    numbers = read_decimals(pl.Series(["-2.50", "7.", "99999999999999999999", "x"]))
    assert numbers.valid.to_list() == [True, True, True, False]
    assert numbers.decimals.to_list() == [1, 0, 0, None]
    assert numbers.units(0).to_list() == [-2, 7, None, None]
    assert numbers.units(3).to_list() == [-2_500, 7_000, None, None]


# ------------------------------------------------------------------------------------- times


def timed(*times):
    return [f"{n},{time},1,1,created,ask" for n, time in enumerate(times)]


@pytest.mark.parametrize(
    ("written", "nanoseconds"),
    [
        (("1430524800000.5", "1430524800001.25"), (1430524800000500000, 1430524800001250000)),
        (("1430524800.123456789", "1430524801"), (1430524800123456789, 1430524801000000000)),
        (("1430524800000000.1239", "1430524800000001"), (1430524800000000123, 1430524800000001000)),
        (("1430524800000000000.9", "1430524800000000001"), (1430524800000000000, None)),
        (("1.4305248e9", "1430524801"), (1430524800000000000, None)),
        (("0.5", "20"), (500_000_000, 20_000_000_000)),
        (("-1.5", "0"), (-1_500_000_000, 0)),
        (("2024-01-01T00:00:00.123456789Z", "2024-01-02T00:00:00Z"), (1704067200123456789, None)),
    ],
)
def test_the_unit_of_times_with_a_fraction_is_found_and_none_is_rounded_away(
    folder, written, nanoseconds
):
    found = stream(folder, timed(*written)).events[:, 0].tolist()
    assert found[0] == nanoseconds[0]
    assert found[1] == (nanoseconds[1] or found[1])


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (("1000", "nan"), "row 3, column timestamp: 'nan' is no time; others of the file are num"),
        (("inf", "1000"), "row 2, column timestamp: 'inf' is no time"),
        (("nan", "nan"), "row 2, column timestamp: 'nan' is no time"),
        (("1", "20000000000"), "row 3, column timestamp: '20000000000' is too far from 1970, ta"),
        (("5", "1430524800000"), "row 2, column timestamp: '5' is not in milliseconds since 1970"),
        (("9" * 19, "9" * 19), "row 2, column timestamp: '9999999999999999999' is too far from"),
        (("9" * 25,), "row 2, column timestamp: '9999999999999999999999999' is too far from"),
        (("-9e9",), "row 2, column timestamp: '-9e9' is too far from 1970, taken for seconds"),
        (("2300-01-01T00:00:00Z",), "row 2, column timestamp: '2300-01-01T00:00:00Z' is too far"),
        (("2024-01-01T00:00:00Z", "17"), "row 2, column timestamp: '2024-01-01T00:00:00Z' is no"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_what_is_no_time_is_refused(folder, capsys, times, words):
    (folder / "o.csv").write_text(HEADER + "\n".join(timed(*times)) + "\n")
    assert main(["replay", "l3", "o.csv"]) == 2
    assert words in capsys.readouterr().err


# ---------------------------------------------------------------------------------------- ids


def test_ids_that_are_written_differently_are_different(folder):
    ids = ("7", "007", "7")
    rows = [f"{number},1,{n + 1},1,created,ask" for n, number in enumerate(ids)]
    first, second, third = stream(folder, rows).events[:, 2].tolist()
    assert first == third != second
    plain = [f"{number},1,1,1,created,ask" for number in (12, -5)]
    assert stream(folder, plain).events[:, 2].tolist() == [12, -5]


def test_lines_that_end_in_a_carriage_return_alone_are_refused(folder, capsys):
    text = HEADER + "1,1,1,1,created,ask\n"
    (folder / "o.csv").write_bytes(text.replace("\n", "\r").encode())
    assert main(["replay", "l3", "o.csv"]) == 2
    assert "o.csv has lines that end in a carriage return alone" in capsys.readouterr().err
