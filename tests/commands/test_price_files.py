"""`tidegate facts` on csv files as people spoil them: what is wrong is named, and what would do."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tidegate.cli import main

DAYS = [str(dt.date(2024, 1, 1) + dt.timedelta(days=n)) for n in range(60)]
ROWS = [f"{day},{100 + n % 7}.5,{2 + n % 3}" for n, day in enumerate(DAYS)]


def written(path: Path, *, heading: str = "time,close,volume", rows: list[str] = ROWS) -> Path:
    path.write_text("\n".join([heading, *rows]) + "\n")
    return path


def broken(at: int, row: str) -> list[str]:
    return [*ROWS[:at], row, *ROWS[at + 1 :]]


@pytest.fixture
def refused(tmp_path, monkeypatch, capsys):
    """Write p.csv, run on it, and return what the refusal says."""
    monkeypatch.chdir(tmp_path)

    def refused(*args, **content):
        written(Path("p.csv"), **content)
        code = main(["facts", "p.csv", *args])
        out, err = capsys.readouterr()
        assert (code, out) == (2, "")
        return err

    return refused


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            {"heading": "time,close,close"},
            "p.csv has the column 'close' twice; every column must have a name of its own",
        ),
        (
            {"heading": "time,close,Close"},
            "p.csv has the columns close, Close; name the one to read with --column",
        ),
        (
            {"heading": "time,close,volume,VOLUME", "rows": [f"{row},1" for row in ROWS]},
            "p.csv has the columns volume, VOLUME; name the one to read with --volume",
        ),
        (
            {
                "heading": "time,Time,close",
                "rows": [f"{day},{day},1{n}" for n, day in enumerate(DAYS)],
            },
            "p.csv has the columns time, Time; name the one to read with --time",
        ),
        (
            {"rows": broken(10, f"{DAYS[10]},100.5")},
            "p.csv, row 11 has 2 fields; it must have 3, as the heading has",
        ),
        (
            {"rows": broken(10, f"{ROWS[10]},7,8")},
            "p.csv, row 11 has 5 fields; it must have 3, as the heading has",
        ),
        (
            {"rows": broken(10, "")},
            "p.csv, row 11 has 0 fields; it must have 3",
        ),
        (
            {"heading": "time;close;volume", "rows": [row.replace(",", ";") for row in ROWS]},
            "p.csv has one column, 'time;close;volume'; commas must separate columns, not ';'",
        ),
        (
            {"heading": "time\tclose", "rows": [f"{day}\t5" for day in DAYS]},
            "commas must separate columns, not '\\t'",
        ),
        (
            {"rows": broken(10, f'{DAYS[10]},"100,5",2')},
            "row 11 (2024-01-11): close is 100,5; a finite number is needed, with a point before "
            "its decimals and nothing between thousands",
        ),
        (
            {"rows": broken(10, "11/01/2024,100.5,2")},
            "row 11 (no time): time is '11/01/2024'; it must be a date as 2024-01-31 or 2024-01-31 "
            "14:00 (ISO 8601), or seconds since 1970",
        ),
        ({"rows": broken(10, ",100.5,2")}, "row 11 (no time): time is missing"),
    ],
)
def test_a_spoilt_csv_file_is_named_with_what_is_allowed(refused, content, words):
    assert words in " ".join(refused(**content).split())


def test_columns_that_differ_by_case_can_be_named(tmp_path, capsys):
    path = written(tmp_path / "p.csv", heading="time,close,Close")
    assert main(["facts", str(path), "--column", "Close"]) == 0
    assert ": Close" in capsys.readouterr().out


@pytest.mark.parametrize(
    "heading", ["time, close, volume", "Time,Close Price ,x", "time,close_price,x"]
)
def test_usual_names_are_known_with_blanks_and_in_two_words(tmp_path, capsys, heading):
    assert main(["facts", str(written(tmp_path / "p.csv", heading=heading))]) == 0
    assert f": {heading.split(',')[1]}\n" in capsys.readouterr().out


def two(name: str) -> dict[str, object]:
    return {
        "heading": f"time,close,volume,{name}",
        "rows": [f"{r},{s}" for r in ROWS for s in "AB"],
    }


@pytest.mark.parametrize("name", ["ticker", "Asset", "pair", " instrument"])
def test_series_of_a_file_may_be_told_apart_by_a_ticker(tmp_path, capsys, name):
    path = str(written(tmp_path / "p.csv", **two(name)))
    assert main(["facts", path]) == 0
    assert capsys.readouterr().out.count("60 bars of 1 day") == 2
    assert main(["facts", path, "--symbol", "b"]) == 0
    assert capsys.readouterr().out.startswith(f"{path}, B: close\n")


def test_a_series_may_change_its_ticker(tmp_path, capsys):
    rows = [f"{row},{'FB' if n < 25 else 'META'}" for n, row in enumerate(ROWS)]
    path = written(tmp_path / "p.csv", heading="time,close,volume,ticker", rows=rows)
    assert main(["facts", str(path)]) == 0
    assert "60 bars of 1 day" in capsys.readouterr().out


def test_rows_of_several_series_are_taken_for_that(refused):
    words = "times must not repeat; where rows are of several series, a column such as symbol must"
    assert words in " ".join(refused(**two("who")).split())
    assert "several" not in refused(rows=[*ROWS[:9], *ROWS[8:]])


def test_a_symbol_of_a_file_of_one_series_is_refused(refused):
    assert (
        "--symbol is 'x'; p.csv holds one series, and no column such as symbol or venue to choose "
        "it by" in " ".join(refused("--symbol", "x").split())
    )


def test_quoted_line_breaks_and_empty_ends_are_no_ragged_rows(tmp_path):
    rows = [f'{row},"a\nb"' if n == 3 else f"{row}," for n, row in enumerate(ROWS)]
    path = written(tmp_path / "p.csv", heading="time,close,volume,note", rows=rows)
    assert main(["facts", str(path)]) == 0


def test_a_figure_that_needs_a_longer_series_is_called_too_short(tmp_path, capsys):
    assert main(["facts", str(written(tmp_path / "p.csv"))]) == 0
    line = next(
        line for line in capsys.readouterr().out.splitlines() if "years with a drawdown" in line
    )
    assert line.split()[-2:] == ["too", "short"]
    assert "OUTSIDE" not in line
