"""The file of a sweep: what is read, and what is refused by the name of its field."""

from __future__ import annotations

import pytest

from tidegate.study.study_file import Range, StudyFile, read_study

HEAD = 'experiment = "walk"\nfrom = "toy_experiments"\n'
BIG = 99999999999999999999  # more than a column of whole numbers can hold
VARY = "[vary]\ndrift = [0.0, 0.1]\n"


def read(tmp_path, text):
    path = tmp_path / "study.toml"
    path.write_text(text)
    return read_study(path)


def test_a_whole_file(tmp_path):
    found = read(
        tmp_path,
        """
        experiment = "walk"
        from = "toy_experiments"
        seeds = 3
        first_seed = 7
        arms = ["none", "subsidy"]
        metrics = ["price"]
        [parameters]
        days = 6
        "a.b" = [1, 2]
        [design]
        kind = "sobol"
        points = 16
        seed = 5
        second_order = true
        [vary]
        drift = { low = 0.01, high = 0.1, scale = "log" }
        sizes = [[1.0], [1.0, 2.0]]
        kind = ["a", "b"]
        on = [true, false]
        """,
    )
    assert (found.package, found.seeds, found.first_seed) == ("toy_experiments", 3, 7)
    assert found.parameters == {"days": 6, "a.b": (1, 2)}
    assert isinstance(found.parameters["days"], int)
    assert found.vary["drift"] == Range(low=0.01, high=0.1, scale="log")
    assert found.vary["sizes"] == ((1.0,), (1.0, 2.0))
    assert found.vary["on"] == (True, False)
    assert StudyFile.model_validate_json(found.model_dump_json()) == found


def test_paths_need_no_quotes(tmp_path):
    quoted = (
        '[parameters]\n"a.b.c" = 1\n"a.d" = 2\n[vary]\n"e.f" = {low = 0, high = 1}\n"e.g" = [1]\n'
    )
    design = '[design]\nkind = "morris"\npoints = 2\n'
    bare = read(tmp_path, HEAD + design + quoted.replace('"', ""))
    assert bare == read(tmp_path, HEAD + design + quoted)
    assert list(bare.parameters) == ["a.b.c", "a.d"]
    assert list(bare.vary) == ["e.f", "e.g"]


def test_what_is_not_given_has_defaults(tmp_path):
    found = read(tmp_path, 'experiment = "walk"\n' + VARY)
    assert (found.package, found.seeds, found.design.kind) == ("experiments", 8, "factorial")
    assert found.arms is found.metrics is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (VARY, ("experiment is missing",)),
        (HEAD, ("vary is missing",)),
        (HEAD + "[vary]\n", ("vary is {}", "at least 1 item")),
        (HEAD + "seed = 3\n" + VARY, ("seed is unknown", "nearest: seeds")),
        (HEAD + "zzz = 3\n" + VARY, ("zzz is unknown", "known are experiment, from")),
        (HEAD + "seeds = 0\n" + VARY, ("seeds is 0", "greater than or equal to 1")),
        (HEAD + 'seeds = "two"\n' + VARY, ("seeds is 'two'", "valid integer")),
        (HEAD + f"first_seed = {2**63 - 1}\n" + VARY, ("first_seed is", f"must be {2**63 - 9} or")),
        (HEAD + "arms = []\n" + VARY, ("arms is []", "at least 1 item")),
        (HEAD + 'arms = ["a", "a"]\n' + VARY, ("arms holds 'a' twice",)),
        (HEAD + "[vary]\ndrift = []\n", ("vary.drift is []", "1 level or more")),
        (HEAD + "[vary]\ndrift = [1, 2, 1]\n", ("vary.drift holds 1 twice",)),
        (HEAD + "[vary]\ndrift = 3\n", ("vary.drift is 3", "list of levels or {low")),
        (HEAD + "[vary]\ndrift = [0, nan]\n", ("vary.drift holds nan", "list of levels or {low")),
        (HEAD + "[vary]\ndrift = [[1, [2]]]\n", ("vary.drift holds [1, [2]]", "finite number")),
        (HEAD + "[vary]\ndrift = [2025-10-10]\n", ("vary.drift holds 2025-10-10; it must be",)),
        (
            HEAD + "[vary]\ndrift = {low = nan, high = 1}\n",
            ("vary.drift.low is nan; it must be a finite number",),
        ),
        (
            HEAD + "[vary]\ndrift = {low = true, high = 1}\n",
            ("vary.drift.low is True; it must be a finite number",),
        ),
        (HEAD + "[parameters]\ndays = nan\n" + VARY, ("parameters.days is nan; it must be a fin",)),
        (HEAD + "seeds = true\n" + VARY, ("seeds is True: Input should be a valid integer",)),
        (HEAD + 'seeds = "2"\n' + VARY, ("seeds is '2': Input should be a valid integer",)),
        (HEAD + "seeds = 2.0\n" + VARY, ("seeds is 2.0: Input should be a valid integer",)),
        (HEAD + "first_seed = true\n" + VARY, ("first_seed is True: Input should be",)),
        (HEAD + f"seeds = {2**63}\n" + VARY, (f"seeds is {2**63}", "equal to 1000000")),
        (HEAD + "seeds = 1000001\n" + VARY, ("seeds is 1000001", "equal to 1000000")),
        (
            HEAD + f"[vary]\ndays = [4, {BIG}]\n",
            (f"vary.days holds {BIG}; it must be at least {-(2**63)} and at most {2**63 - 1}",),
        ),
        (HEAD + f"[vary]\ndays = [[4, -{BIG}]]\n", (f"vary.days holds -{BIG}; it must be",)),
        (HEAD + f"[vary]\ndays = {{low = 1, high = {BIG}}}\n", (f"vary.days.high is {BIG}; it",)),
        (HEAD + f"[parameters]\ndays = {BIG}\n" + VARY, (f"parameters.days is {BIG}; it must",)),
        (
            HEAD + '[design]\nkind = "morris"\npoints = 2.0\n' + VARY,
            ("design.points is 2.0: Input should be a valid integer",),
        ),
        (HEAD + "arms = [1]\n" + VARY, ("arms.0 is 1: Input should be a valid string",)),
        (HEAD + "[vary]\ndrift = {low = 0, high = 1}\n", ("vary.drift is a range", "levels")),
        (HEAD + "[vary]\ndrift = {low = 1, high = 0}\n", ("vary.drift: low is 1", "below high")),
        (HEAD + "[vary]\ndrift = {low = 0, high = inf}\n", ("vary.drift.high is inf",)),
        (
            HEAD + '[vary]\ndrift = {low = 0, high = 1, scale = "log"}\n',
            ("vary.drift: low is 0", "above 0"),
        ),
        (HEAD + "[vary]\ndrift = {low = 0, hihg = 1}\n", ("vary.drift.hihg", "nearest: high")),
        (HEAD + '[vary]\n"a.b" = [1]\na.b = [2]\n', ("vary: a.b is there twice",)),
        (HEAD + "[vary]\ndrift = {}\n", ("vary.drift.low is missing",)),
        (HEAD + "[parameters]\ndrift = 1\n" + VARY, ("drift is both in parameters and in vary",)),
        (HEAD + '[design]\nkind = "grid"\n' + VARY, ("design.kind is 'grid'", "'morris'")),
        (HEAD + '[design]\nkind = "sobol"\n' + VARY, ("design: points is missing",)),
        (HEAD + "[design]\npoints = 4\n" + VARY, ("design: points is set", "combinations")),
        (HEAD + '[design]\nkind = "sobol"\npoints = 6\n' + VARY, ("points is 6", "power of two")),
        (
            HEAD + '[design]\nkind = "morris"\npoints = 4\nsecond_order = true\n' + VARY,
            ("second_order is true", "not 'morris'"),
        ),
        (HEAD + '[design]\nkind = "morris"\npoints = 0\n' + VARY, ("design.points is 0",)),
        ("experiment = [", ("is not TOML",)),
    ],
)
def test_what_may_not_be_is_refused_by_its_field(tmp_path, text, words):
    with pytest.raises(ValueError, match=r"study\.toml") as caught:
        read(tmp_path, text)
    assert all(word in str(caught.value) for word in words), caught.value
    fields = [line.split(" ")[1] for line in str(caught.value).splitlines()]
    assert len(set(fields)) == len(fields)  # a line a field


def test_every_problem_is_told_at_once(tmp_path):
    with pytest.raises(ValueError, match="seeds") as caught:
        read(tmp_path, HEAD + "seeds = 0\nfirst_seed = -1\n" + VARY)
    assert len(str(caught.value).splitlines()) == 2


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(ValueError, match=r"none\.toml, which cannot be read: No such file"):
        read_study(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'experiment = "\xe9"')
    with pytest.raises(ValueError, match="is not UTF-8"):
        read_study(tmp_path / "latin.toml")
