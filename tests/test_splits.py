"""Who trains, who validates, who tests."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.splits import require_parts, split
from cases.task_types import TRANSCRIPTION
from models.errors import InputError


def samples(counts, part=""):
    labels = [label for label, count in counts.items() for _ in range(count)]
    return pd.DataFrame({"label": labels, "split": part})


def table(items, parts):
    return pd.crosstab(items["label"], parts).reindex(columns=["train", "validation", "test"], fill_value=0)


def test_every_class_is_divided_by_the_same_shares():
    items = samples({"a": 100, "b": 40, "c": 20})
    parts = split(items, validation=0.2, test=0.1, seed=0)
    assert table(items, parts).to_numpy().tolist() == [[70, 20, 10], [28, 8, 4], [14, 4, 2]]


def test_the_same_seed_gives_the_same_split_and_another_seed_another():
    items = samples({"a": 50, "b": 50})
    once, twice, other = (split(items, validation=0.2, test=0.2, seed=seed) for seed in (1, 1, 2))
    assert once.equals(twice)
    assert not once.equals(other)


def test_the_order_of_the_items_does_not_matter_to_the_shares():
    items = samples({"a": 30, "b": 30}).sample(frac=1, random_state=3).reset_index(drop=True)
    assert table(items, split(items, validation=0.1, test=0.1, seed=0)).to_numpy().tolist() == [[24, 3, 3], [24, 3, 3]]


def test_a_given_test_part_stays_and_no_others_join_it():
    items = pd.concat([samples({"a": 20, "b": 20}, "train"), samples({"a": 5, "b": 3}, "test")], ignore_index=True)
    parts = split(items, validation=0.1, test=0.5, seed=0)
    assert (parts[items["split"] == "test"] == "test").all()
    assert table(items, parts).to_numpy().tolist() == [[18, 2, 5], [18, 2, 3]]


def test_a_given_validation_part_stays_and_a_test_part_is_made():
    items = pd.concat([samples({"a": 20}, ""), samples({"a": 4}, "validation")], ignore_index=True)
    assert table(items, split(items, validation=0.5, test=0.1, seed=0)).to_numpy().tolist() == [[18, 4, 2]]


def test_three_given_parts_are_taken_as_they_are():
    given_parts = [samples({"a": n}, part) for part, n in (("train", 5), ("validation", 2), ("test", 3))]
    items = pd.concat(given_parts, ignore_index=True)
    assert split(items, validation=0.3, test=0.3, seed=0).tolist() == items["split"].tolist()


def test_the_table_it_was_given_is_not_changed():
    items = samples({"a": 10})
    split(items, validation=0.2, test=0.2, seed=0)
    assert (items["split"] == "").all()


@pytest.mark.parametrize(
    ("count", "expected"), [(1, [1, 0, 0]), (2, [2, 0, 0]), (3, [1, 1, 1]), (4, [2, 1, 1]), (5, [3, 1, 1])]
)
def test_a_small_class_trains_first_and_is_looked_at_when_it_has_three(count, expected):
    items = samples({"a": count})
    assert table(items, split(items, validation=0.15, test=0.15, seed=0)).to_numpy().tolist() == [expected]


@given(
    st.dictionaries(st.sampled_from("abcde"), st.integers(1, 12), min_size=1),
    st.floats(0.01, 0.5),
    st.floats(0.01, 0.5),
    st.integers(0, 100),
)
def test_every_class_always_trains(counts, validation, test, seed):
    items = samples(counts)
    parts = split(items, validation=validation, test=test, seed=seed)
    assert set(parts) <= {"train", "validation", "test"}
    assert (table(items, parts)["train"] > 0).all()


def test_an_empty_part_is_named():
    with pytest.raises(InputError) as refused:
        require_parts(pd.Series(["train", "train", "validation"]))
    assert str(refused.value) == (
        "No examples are left in the “test” split. At least one class needs three examples, one each for training, "
        "validation and test. Add examples, or change the split."
    )
    with pytest.raises(InputError) as refused:
        require_parts(pd.Series(["train", "train", "validation"]), TRANSCRIPTION)
    assert str(refused.value) == (
        "No examples are left in the “test” split. At least three different recordings are needed, one each for "
        "training, validation and test. Add examples, or change the split."
    )
    require_parts(pd.Series(["train", "validation", "test"]))


def test_copies_stay_together_so_that_nothing_is_tested_on_what_it_was_trained_on():
    items = samples({"a": 60, "b": 60})
    items["alike"] = [n // 3 if n < 30 or n >= 90 else -1 for n in range(120)]  # groups of three
    for seed in range(5):
        parts = split(items, validation=0.2, test=0.2, seed=seed)
        groups = parts[items["alike"] >= 0].groupby(items["alike"])
        assert (groups.nunique() == 1).all()
        assert table(items, parts).to_numpy().tolist() == [[36, 12, 12], [36, 12, 12]]


def test_where_every_group_of_copies_is_larger_than_a_share_each_part_has_one_nevertheless():
    items = samples({"a": 30, "b": 30, "c": 5})
    items["alike"] = [n // 5 for n in range(65)]  # groups of five; a share of 30 is four
    parts = split(items, validation=0.13, test=0.13, seed=0)
    assert table(items, parts).to_numpy().tolist() == [[20, 5, 5], [20, 5, 5], [5, 0, 0]]
    assert (parts.groupby(items["alike"]).nunique() == 1).all()


def test_copies_under_two_labels_stay_together_too():
    items = samples({"a": 20, "b": 20})
    items["alike"] = [0 if n in (3, 25) else -1 for n in range(40)]
    for seed in range(10):
        parts = split(items, validation=0.3, test=0.3, seed=seed)
        assert parts[3] == parts[25]


def test_a_class_of_one_picture_many_times_is_only_trained_on():
    items = samples({"a": 6, "b": 9})
    items["alike"] = [0] * 6 + [-1] * 9
    assert table(items, split(items, validation=0.2, test=0.2, seed=0)).to_numpy().tolist() == [[6, 0, 0], [5, 2, 2]]


def test_without_copies_the_split_is_what_it_was():
    items = samples({"a": 25, "b": 14})
    plain = split(items, validation=0.2, test=0.2, seed=4)
    assert split(items.assign(alike=-1), validation=0.2, test=0.2, seed=4).equals(plain)
    assert plain[plain == "test"].index.tolist() == [0, 7, 8, 9, 17, 26, 28, 35]
