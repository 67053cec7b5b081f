"""Claims and arms: what is committed cannot be changed or dropped unseen."""

from __future__ import annotations

from pathlib import Path

import pytest
from toy_experiments import walk

from tidegate.study.arms import Arm, check_arms
from tidegate.study.claims import claims_hash, family, load_claims

FILE = Path(walk.__file__).with_name("claims.toml")
ROWS = ("TOY-H1", "TOY-H2", "TOY-H3")
HASH = "62e987b173994fa6df47b8b33ac9bb065db08a6836882a6dfa34e63b292ebe4f"


def test_a_family_is_read_in_the_order_the_experiment_names():
    claims = family(load_claims(FILE), "walk", ROWS[::-1])
    assert [claim.row for claim in claims] == list(ROWS[::-1])


@pytest.mark.parametrize("rows", [ROWS[:2], (*ROWS, "TOY-H4")])
def test_an_experiment_may_not_choose_among_its_claims(rows):
    with pytest.raises(ValueError, match="differ from those on file"):
        family(load_claims(FILE), "walk", rows)


def test_the_hash_sees_every_change_and_no_order():
    claims = load_claims(FILE)
    assert claims_hash(claims) == claims_hash(claims[::-1])
    assert claims_hash(claims) != claims_hash(claims[:2])
    changed = claims[0].model_copy(update={"pairs": 128})
    assert claims_hash(claims) != claims_hash((changed, *claims[1:]))


def test_an_interaction_names_all_its_arms_and_counts_in_the_hash(tmp_path):
    path = tmp_path / "claims.toml"
    beyond = 'delta = 0.01\nbeyond = [["subsidy", "none"], ["placebo", "none"]]'
    path.write_text(FILE.read_text().replace("delta = 0.01", beyond, 1))
    plain, claims = load_claims(FILE), load_claims(path)
    assert claims[0].compared[2:] == ("subsidy", "none", "placebo", "none")
    assert plain[0].compared == (plain[0].treated, plain[0].control)
    assert claims_hash(claims) != claims_hash(plain)


def test_what_is_no_interaction_has_the_hash_that_it_had():
    """Claims that were committed before there were interactions are the same claims."""
    assert claims_hash(load_claims(FILE)[:1]) == HASH


def test_a_claim_under_another_id_is_the_claim_that_was_committed(tmp_path):
    path = tmp_path / "claims.toml"
    renamed = 'row = "TOY-H2z"\nrecorded_as = "TOY-H2"'
    path.write_text(FILE.read_text().replace('row = "TOY-H2"', renamed))
    claims = load_claims(path)
    assert [claim.row for claim in claims[:2]] == ["TOY-H1", "TOY-H2z"]
    assert claims_hash(claims) == claims_hash(load_claims(FILE))
    for was in ("TOY-H1", "TOY-H3"):
        path.write_text(
            FILE.read_text().replace('row = "TOY-H2"', renamed.replace('-H2"', f'{was[3:]}"'))
        )
        with pytest.raises(ValueError, match=f"TOY-H2z is recorded_as {was!r}, a claim of walk"):
            load_claims(path)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('row = "TOY-H2"', 'row = "TOY-H1"', "rows repeat: TOY-H1"),
        (
            "delta = 0.01",
            "delta = 0",
            "claims.toml: claim TOY-H[0-9]: delta is 0: Input should be greater than 0",
        ),
        ("delta = 0.01", "delta = 0.01\npear = 3", "pear is unknown; nearest: pairs"),
        (
            'direction = "increase"',
            'direction = "up"',
            "direction is 'up': Input should be 'increase'",
        ),
        ("[[claim]]", "[[claim", "claims.toml is not TOML"),
    ],
)
def test_malformed_claims_are_refused(tmp_path, old, new, words):
    path = tmp_path / "claims.toml"
    path.write_text(FILE.read_text().replace(old, new, 1))
    with pytest.raises(ValueError, match=words):
        load_claims(path)


@pytest.mark.parametrize("label", ["10", "a b", "", "A", "../x"])
def test_labels_must_be_fit_for_file_names(label):
    with pytest.raises(ValueError, match="label of an arm"):
        Arm(label, "An arm")


@pytest.mark.parametrize(
    ("arms", "words"),
    [
        ([], "0 arms"),
        ([Arm("a", "A"), Arm("a", "B")], "repeat: a"),
        ([Arm("a", "A", frozen_twin_of="b")], "must be one of a"),
    ],
)
def test_arms_must_be_told_apart(arms, words):
    with pytest.raises(ValueError, match=words):
        check_arms(arms)


def test_an_arm_is_identified_by_all_that_decides_it():
    plain = Arm("a", "A")
    assert plain.identity() == Arm("a", "Another title").identity()
    assert plain.identity() != Arm("a", "A", policies=(walk.Subsidy(drift=0.1),)).identity()
    assert plain.identity() != Arm("a", "A", overrides={"sigma": 0.1}).identity()
