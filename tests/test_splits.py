"""Who trains, who validates, who tests; what is repeated; and what is mended or left out lies over the data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cases import near_duplicates, repeats
from cases.dataset import Dataset
from cases.groups import COPIES, known
from cases.repeats import TRANSCRIPT
from cases.splits import LEARNT_FROM, SPLITS, assign, edited, held_out, split
from cases.task_types import CLASSIFICATION, TRANSCRIPTION
from models.errors import InputError
from models.progress import QUIET
from runs.store import confirmed_labels, edits

on_each_database = pytest.mark.parametrize("database_url", ("sqlite", "postgres"), indirect=True)
NONE_ASIDE = pd.DataFrame({"name": [], "reason": []})
SAID = ["Turn left!", "turn  LEFT", "Turn right.", "", None, "Stop, please", "stop please"]


def samples(counts, part=""):
    labels = [label for label, count in counts.items() for _ in range(count)]
    return pd.DataFrame({"label": labels, "split": part})


def table(items, parts):
    return pd.crosstab(items["label"], parts).reindex(columns=["train", "validation", "test"], fill_value=0)


def shares(items, *, seed=0, **asked):
    """Of each class, how many train, validate and test."""
    return table(items, split(items, **asked, seed=seed)).to_numpy().tolist()


def test_every_class_is_divided_by_the_same_shares_in_whatever_order_and_the_table_stays_as_it_is():
    items = samples({"a": 100, "b": 40, "c": 20})
    assert shares(items, validation=0.2, test=0.1) == [[70, 20, 10], [28, 8, 4], [14, 4, 2]]
    mixed = items.sample(frac=1, random_state=3).reset_index(drop=True)
    assert shares(mixed, validation=0.2, test=0.1) == [[70, 20, 10], [28, 8, 4], [14, 4, 2]]
    assert (items["split"] == "").all() and set(items) == {"label", "split"}


def test_the_same_seed_gives_the_same_split_as_ever_and_another_seed_another():
    items = samples({"a": 50, "b": 50})
    once, twice, other = (split(items, validation=0.2, test=0.2, seed=seed) for seed in (1, 1, 2))
    assert once.equals(twice)
    assert not once.equals(other)
    items = samples({"a": 25, "b": 14})
    plain = split(items, validation=0.2, test=0.2, seed=4)
    assert split(items.assign(alike=-1), validation=0.2, test=0.2, seed=4).equals(plain)
    assert plain[plain == "test"].index.tolist() == [0, 7, 8, 9, 17, 26, 28, 35]


def test_given_parts_stay_and_no_others_join_a_given_test_part():
    items = pd.concat([samples({"a": 20, "b": 20}, "train"), samples({"a": 5, "b": 3}, "test")], ignore_index=True)
    parts = split(items, validation=0.1, test=0.5, seed=0)
    assert (parts[items["split"] == "test"] == "test").all()
    assert shares(items, validation=0.1, test=0.5) == [[18, 2, 5], [18, 2, 3]]
    items = pd.concat([samples({"a": 20}, ""), samples({"a": 4}, "validation")], ignore_index=True)
    assert shares(items, validation=0.5, test=0.1) == [[18, 4, 2]]
    given_parts = [samples({"a": n}, part) for part, n in (("train", 5), ("validation", 2), ("test", 3))]
    items = pd.concat(given_parts, ignore_index=True)
    assert split(items, validation=0.3, test=0.3, seed=0).tolist() == items["split"].tolist()


@pytest.mark.parametrize(
    ("count", "expected"), [(1, [1, 0, 0]), (2, [2, 0, 0]), (3, [1, 1, 1]), (4, [2, 1, 1]), (5, [3, 1, 1])]
)
def test_a_small_class_trains_first_and_is_looked_at_when_it_has_three(count, expected):
    assert shares(samples({"a": count}), validation=0.15, test=0.15) == [expected]


def test_copies_stay_together_so_that_nothing_is_tested_on_what_it_was_trained_on():
    items = samples({"a": 60, "b": 60})
    items["alike"] = [n // 3 if n < 30 or n >= 90 else -1 for n in range(120)]  # groups of three
    for seed in range(5):
        parts = split(items, validation=0.2, test=0.2, seed=seed)
        groups = parts[items["alike"] >= 0].groupby(items["alike"])
        assert (groups.nunique() == 1).all()
        assert shares(items, validation=0.2, test=0.2, seed=seed) == [[36, 12, 12], [36, 12, 12]]


def test_copies_of_large_groups_or_under_two_labels_stay_together_and_one_picture_many_times_trains():
    items = samples({"a": 30, "b": 30, "c": 5})
    items["alike"] = [n // 5 for n in range(65)]  # groups of five; a share of 30 is four
    parts = split(items, validation=0.13, test=0.13, seed=0)
    assert table(items, parts).to_numpy().tolist() == [[20, 5, 5], [20, 5, 5], [5, 0, 0]]
    assert (parts.groupby(items["alike"]).nunique() == 1).all()
    items = samples({"a": 20, "b": 20})
    items["alike"] = [0 if n in (3, 25) else -1 for n in range(40)]
    for seed in range(10):
        parts = split(items, validation=0.3, test=0.3, seed=seed)
        assert parts[3] == parts[25]
    items = samples({"a": 6, "b": 9}).assign(alike=[0] * 6 + [-1] * 9)
    assert shares(items, validation=0.2, test=0.2) == [[6, 0, 0], [5, 2, 2]]


# Test items that the training data hold, too


def transcribed(said, **columns):
    return pd.DataFrame({"label": said, "split": "", **columns})


def test_sentences_are_the_same_whatever_their_capitals_punctuation_and_spaces():
    assert repeats.sentences(pd.Series(SAID)).tolist() == [
        "turn left", "turn left", "turn right", "", "", "stop please", "stop please"
    ]  # fmt: skip
    assert repeats.sentences(pd.Series(["前进，然后停止。", "前进然后停止"])).nunique() == 2  # a comma parts words


def test_a_test_item_is_repeated_where_it_was_learnt_from_as_a_copy_or_where_texts_are_said_as_a_sentence():
    table, tested, learnt = (
        transcribed(SAID, alike=[-1, -1, 4, -1, -1, 7, 7]),
        np.array([1, 2, 3, 6]),
        np.array([0, 4, 5]),
    )
    assert repeats.of(table, tested, learnt, said=True).tolist() == [True, False, False, True]
    assert repeats.of(table, tested, learnt, said=False).tolist() == [False, False, False, True]
    plain = table.drop(columns="alike")
    for said in (True, False):
        assert not repeats.of(plain, np.array([2, 3]), np.array([0, 4]), said=said).any()


def test_the_others_are_measured_alone_where_they_are_enough():
    def measure(places):
        return {"wer": {"value": float(len(places)), "low": 0.0, "high": 1.0}, "cer": {}}

    repeated = np.arange(14) < 4
    others = {"wer": {"value": 10.0, "low": 0.0, "high": 1.0}}
    assert repeats.told(repeated, ["wer"], measure) == {"items": 4, "of": 14, "others": others}
    assert repeats.told(repeated[:13], ["wer"], measure) == {"items": 4, "of": 13, "others": {}}
    assert repeats.told(np.zeros(5, bool), ["wer"], measure) == {}


def test_recordings_of_a_sentence_stay_in_one_part_where_that_is_asked_for():
    said = [f"{sentence}{mark}" for sentence in ("go", "stop", "left", "right", "up") for mark in (".", "!", "", "?")]
    table = transcribed(said, transcript=repeats.sentences(pd.Series(said)))
    parts = split(table, validation=0.2, test=0.2, seed=0, group_by=TRANSCRIPT, stratified=False)
    assert table.assign(part=parts, said=repeats.sentences(table["label"])).groupby("said")["part"].nunique().max() == 1
    assert parts.value_counts().to_dict() == {"train": 12, "validation": 4, "test": 4}


def test_sentences_are_offered_of_transcripts_and_refused_of_classes(tmp_path):
    def stored(task_type):
        dataset = Dataset(tmp_path / task_type.name, "digest", "speech", "clips", (), task_type=task_type)
        dataset.folder.mkdir()
        dataset.save(transcribed(["go", "stop", "go", "left"], speaker=""), NONE_ASIDE)
        return Dataset.open(dataset.folder)

    options = ["copies", "speaker", TRANSCRIPT]
    assert known(stored(TRANSCRIPTION), options) == ["copies", TRANSCRIPT]
    classes = stored(CLASSIFICATION)
    assert known(classes, options) == ["copies"]
    with pytest.raises(InputError, match="are classes, not transcripts"):
        assign(classes, validation=0.2, test=0.2, seed=0, group_by=TRANSCRIPT)


def test_an_index_finds_the_copies_that_comparing_all_finds_and_it_is_said(monkeypatch, tmp_path):
    """Of prints of which the last 60 are the first again with a little noise; no two others are alike."""
    pytest.importorskip("faiss", reason="faiss-cpu finds near-duplicates among very many things; it is not installed")
    random = np.random.default_rng(0)
    prints = random.normal(size=(3000, 48))
    prints[-60:] = prints[:60] + random.normal(scale=0.02, size=(60, 48))
    prints = (prints / np.linalg.norm(prints, axis=1, keepdims=True)).astype(np.float32)
    prints = near_duplicates.kept_aside([prints], 48, tmp_path)
    names = [number.to_bytes(4) for number in range(3000)]
    exact = near_duplicates.copies(names, prints, QUIET)["alike"]
    monkeypatch.setattr(near_duplicates, "EXACT", 1000)
    found = near_duplicates.copies(names, prints, QUIET)["alike"]
    assert (exact >= 0).sum() == 120 and (found >= 0).sum() >= 114
    assert not set(np.flatnonzero(found >= 0)) - set(np.flatnonzero(exact >= 0))
    assert near_duplicates.notes(near_duplicates.EXACT) == []
    (note,) = near_duplicates.notes(30_000)
    assert note["message"].format(**note["args"]) == (
        "Near-duplicates among 30,000 examples were searched approximately, by an index. A few may be missing."
    )


# A label mended or a sample left out lies over the data, and can be taken back.


def insects(folder, labels, parts):
    names = [f"{n}.png" for n in range(len(labels))]
    samples = pd.DataFrame({"name": names, "file": names, "label": labels, "split": parts})
    made = Dataset(folder, "d1", "image_recognition", "insects", ("ant", "bee"))
    made.save(samples, NONE_ASIDE)
    return made, samples


@on_each_database
def test_edits_are_each_persons_own_the_newest_counts_and_is_undone_first():
    edits.add("ann", "d1", 3, "ant")
    edits.add("ann", "d1", 3, "ant")  # said twice, undone at once
    edits.add_all("ann", "d1", {3: "ant", 5: None})
    assert [edit.sample for edit in edits.history("ann", "d1")] == [3, 5]
    edits.add("ann", "d1", 3, "wasp")
    edits.add("bob", "d1", 1, "bee")
    edits.add("ann", "d2", 0, "bee")
    assert edits.current("ann", "d1") == {3: "wasp", 5: None}
    for left in ({3: "ant", 5: None}, {3: "ant"}):
        edits.undo("ann", "d1")
        assert edits.current("ann", "d1") == left
    edits.undo_all("ann", "d1")
    edits.undo("ann", "d1")
    assert (edits.current("ann", "d1"), edits.current("bob", "d1")) == ({}, {1: "bee"})


def test_it_is_counted_part_by_part_what_was_changed_and_a_label_put_back_is_not(tmp_path):
    made, samples = insects(tmp_path, ["ant", "bee"] * 4, ["train"] * 3 + ["validation"] * 2 + ["test"] * 3)
    changes = {0: "bee", 3: "ant", 5: "ant", 6: "ant", 7: None}  # 6 came as ant
    asked = {"validation": 0.2, "test": 0.2, "seed": 0}
    assert edited(Dataset.open(tmp_path, changes), **asked) == {
        "train": {"relabelled": 1, "left_out": 0},
        "validation": {"relabelled": 1, "left_out": 0},
        "test": {"relabelled": 1, "left_out": 1},
    }
    assert edited(Dataset.open(tmp_path, {6: "ant"}), **asked) == {}
    made.save(samples.assign(alike=[-1, -1, -1, -1, -1, 0, 1, 0]), NONE_ASIDE)
    assert edited(Dataset.open(tmp_path, {6: None, 7: None}), **asked) == {  # a copy of 7 stays, 6 was the last of its
        "test": {"relabelled": 0, "left_out": 2, "copies": 1}
    }


def test_each_example_but_those_of_the_test_part_is_held_out_once_with_its_copies(tmp_path):
    made, samples = insects(tmp_path, ["ant", "bee"] * 30, [""] * 50 + ["test"] * 10)
    made.save(samples.assign(alike=[n // 4 if 38 <= n < 56 else -1 for n in range(60)]), NONE_ASIDE)
    dataset, asked = Dataset.open(tmp_path), {"validation": 0.2, "test": 0.2, "seed": 0, "group_by": COPIES}
    parts = assign(dataset, **asked)
    apart = [assign(held_out(dataset, number, 3, **asked), **asked) for number in range(3)]
    tested = pd.concat([one == "test" for one in apart], axis=1).sum(axis=1)
    assert (tested == parts.isin(LEARNT_FROM)).all()
    for one in apart:
        stay = parts.isin(LEARNT_FROM) & (one != "test")
        assert (one[stay] == parts[stay]).all() and not one[parts == "test"].isin(SPLITS).any()
        for _group, members in dataset.samples[dataset.samples["alike"] >= 0].groupby("alike"):
            assert len({one[row] == "test" for row in members.index if parts[row] != "test"}) <= 1


@on_each_database
def test_what_is_confirmed_is_each_persons_own_goes_along_and_is_replaced_by_what_is_confirmed_later():
    confirmed_labels.add("ann", "d1", {3: "ant", 5: "bee"})
    confirmed_labels.add("ann", "d1", {3: "wasp"})
    confirmed_labels.add("bob", "d1", {3: "bee"})
    confirmed_labels.add("ann", "d1", {})
    assert confirmed_labels.current("ann", "d1") == {3: "wasp", 5: "bee"}
    confirmed_labels.copy("ann", "d1", "d2")
    confirmed_labels.revoke("ann", "d1", [3, 4])
    assert (confirmed_labels.current("ann", "d1"), confirmed_labels.current("ann", "d2")) == (
        {5: "bee"}, {3: "wasp", 5: "bee"})  # fmt: skip
    assert confirmed_labels.current("bob", "d1") == {3: "bee"}
