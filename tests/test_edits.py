"""A label mended or a sample left out lies over the data, and can be taken back."""

from __future__ import annotations

import pandas as pd
import pytest

from cases.dataset import Dataset
from cases.splits import edited, split
from runs.store import confirmed_labels, dataset_deletion, dataset_rows, edits

DATABASES = ("sqlite", "postgres")  # on each


@pytest.fixture
def dataset(tmp_path):
    samples = pd.DataFrame({
        "name": [f"{n}.png" for n in range(6)], "file": [f"{n}.png" for n in range(6)],
        "label": ["ant"] * 3 + ["bee"] * 3, "split": [""] * 6,
    })  # fmt: skip
    made = Dataset(tmp_path, "d1", "image_recognition", "insects", ("ant", "bee"))
    made.save(samples, pd.DataFrame({"name": [], "reason": []}))
    return made


def test_edits_are_each_persons_own_and_the_newest_counts(home):
    edits.add("ann", "d1", 3, "ant")
    edits.add("ann", "d1", 3, "wasp")
    edits.add("ann", "d1", 5, None)
    edits.add("bob", "d1", 3, "bee")
    edits.add("ann", "d2", 0, "bee")
    assert edits.current("ann", "d1") == {3: "wasp", 5: None}


def test_a_change_that_is_said_twice_is_undone_at_once(home):
    edits.add("ann", "d1", 3, "ant")
    edits.add("ann", "d1", 3, "ant")
    edits.add_all("ann", "d1", {3: "ant", 5: None})
    assert [edit.sample for edit in edits.history("ann", "d1")] == [3, 5]
    edits.undo("ann", "d1")
    edits.undo("ann", "d1")
    assert edits.current("ann", "d1") == {}


def test_the_newest_edit_is_undone_first_and_only_ones_own(home):
    edits.add("ann", "d1", 3, "ant")
    edits.add("ann", "d1", 5, None)
    edits.add("bob", "d1", 1, "bee")
    edits.undo("ann", "d1")
    assert edits.current("ann", "d1") == {3: "ant"}
    edits.undo_all("ann", "d1")
    edits.undo("ann", "d1")
    assert (edits.current("ann", "d1"), edits.current("bob", "d1")) == ({}, {1: "bee"})


def test_edits_are_laid_over_the_samples_and_the_file_stays(dataset):
    edited = Dataset.open(dataset.folder, {0: "wasp", 3: None, 99: "ghost"})
    assert list(edited.samples["label"]) == ["wasp", "ant", "ant", "bee", "bee", "bee"]
    assert list(edited.samples["split"]) == ["", "", "", "left_out", "", ""]
    assert edited.classes == ("ant", "bee", "wasp")
    assert list(Dataset.open(dataset.folder).samples["label"]) == ["ant"] * 3 + ["bee"] * 3


def test_a_class_without_samples_is_no_class(dataset):
    assert Dataset.open(dataset.folder, dict.fromkeys((3, 4, 5))).classes == ("ant",)


def test_a_sample_left_out_is_in_no_part(dataset):
    edited = Dataset.open(dataset.folder, {4: None})
    parts = split(edited.samples, validation=0.34, test=0.34, seed=0)
    assert parts[4] == "left_out"
    assert set(parts.drop(4)) == {"train", "validation", "test"}


def test_it_is_counted_part_by_part_what_was_changed_and_a_label_put_back_is_not(tmp_path):
    samples = pd.DataFrame({
        "name": [f"{n}.png" for n in range(8)], "file": [f"{n}.png" for n in range(8)], "label": ["ant", "bee"] * 4,
        "split": ["train"] * 3 + ["validation"] * 2 + ["test"] * 3,
    })  # fmt: skip
    made = Dataset(tmp_path, "d1", "image_recognition", "insects", ("ant", "bee"))
    made.save(samples, pd.DataFrame({"name": [], "reason": []}))
    changes = {0: "bee", 3: "ant", 5: "ant", 6: "ant", 7: None}  # 6 came as ant
    asked = {"validation": 0.2, "test": 0.2, "seed": 0}
    assert edited(Dataset.open(tmp_path, changes), **asked) == {
        "train": {"relabelled": 1, "left_out": 0},
        "validation": {"relabelled": 1, "left_out": 0},
        "test": {"relabelled": 1, "left_out": 1},
    }
    assert edited(Dataset.open(tmp_path, {6: "ant"}), **asked) == {}
    made.save(samples.assign(alike=[-1, -1, -1, -1, -1, 0, 1, 0]), pd.DataFrame({"name": [], "reason": []}))
    assert edited(Dataset.open(tmp_path, {6: None, 7: None}), **asked) == {  # a copy of 7 stays, 6 was the last of its
        "test": {"relabelled": 0, "left_out": 2, "copies": 1}
    }


def test_what_is_confirmed_is_each_persons_own_goes_along_and_is_replaced_by_what_is_confirmed_later(home):
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


def test_a_label_may_be_a_whole_transcript(home):
    said = "and so it went on for half a minute " * 8
    edits.add("ann", "d1", 0, said)
    confirmed_labels.add("ann", "d1", {0: said.strip()})
    assert edits.current("ann", "d1") == confirmed_labels.current("ann", "d1") == {0: said.strip()}


def test_what_was_confirmed_goes_with_the_data(home, dataset):
    dataset_rows.add("ann", "d1", "image_recognition", "insects", sample=False)
    confirmed_labels.add("ann", "d1", {3: "ant"})
    dataset_deletion.remove("ann", "d1")
    assert confirmed_labels.current("ann", "d1") == {}
