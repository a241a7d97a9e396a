"""Test items that the training data hold, too: how they are found, told, and kept out of the test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cases import near_duplicates, repeats
from cases.dataset import Dataset
from cases.groups import known
from cases.repeats import TRANSCRIPT
from cases.splits import assign, split
from cases.task_types import CLASSIFICATION, TRANSCRIPTION
from models.errors import InputError
from models.progress import QUIET

SAID = ["Turn left!", "turn  LEFT", "Turn right.", "", None, "Stop, please", "stop please"]
pytest.importorskip("faiss", reason="faiss-cpu finds near-duplicates among very many things; it is not installed")


def samples(said, **columns):
    return pd.DataFrame({"label": said, "split": "", **columns})


def test_sentences_are_the_same_whatever_their_capitals_punctuation_and_spaces():
    assert repeats.sentences(pd.Series(SAID)).tolist() == [
        "turn left", "turn left", "turn right", "", "", "stop please", "stop please"
    ]  # fmt: skip
    assert repeats.sentences(pd.Series(["前进，然后停止。", "前进然后停止"])).nunique() == 2  # a comma parts words


@pytest.mark.parametrize(
    ("said", "expected"), [(True, [True, False, False, True]), (False, [False, False, False, True])]
)
def test_a_test_item_is_repeated_where_it_was_learnt_from_as_a_copy_or_where_texts_are_said_as_a_sentence(
    said, expected
):
    table = samples(SAID, alike=[-1, -1, 4, -1, -1, 7, 7])
    assert repeats.of(table, np.array([1, 2, 3, 6]), np.array([0, 4, 5]), said=said).tolist() == expected
    assert not repeats.of(table.drop(columns="alike"), np.array([2, 3]), np.array([0, 4]), said=said).any()


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
    table = samples(said, transcript=repeats.sentences(pd.Series(said)))
    parts = split(table, validation=0.2, test=0.2, seed=0, group_by=TRANSCRIPT, stratified=False)
    assert table.assign(part=parts, said=repeats.sentences(table["label"])).groupby("said")["part"].nunique().max() == 1
    assert parts.value_counts().to_dict() == {"train": 12, "validation": 4, "test": 4}


@pytest.fixture
def stored(tmp_path):
    def save(task_type):
        dataset = Dataset(tmp_path / task_type.name, "digest", "speech", "clips", (), task_type=task_type)
        dataset.folder.mkdir(exist_ok=True)
        dataset.save(samples(["go", "stop", "go", "left"], speaker=""), pd.DataFrame({"name": [], "reason": []}))
        return Dataset.open(dataset.folder)

    return save


def test_sentences_are_offered_of_transcripts_and_refused_of_classes(stored):
    options = ["copies", "speaker", TRANSCRIPT]
    assert known(stored(TRANSCRIPTION), options) == ["copies", TRANSCRIPT]
    classes = stored(CLASSIFICATION)
    assert known(classes, options) == ["copies"]
    with pytest.raises(InputError, match="are classes, not transcripts"):
        assign(classes, validation=0.2, test=0.2, seed=0, group_by=TRANSCRIPT)


def scattered(count, copies, width=48):
    """Prints of which the last are the first again with a little noise; no two others are alike."""
    random = np.random.default_rng(0)
    prints = random.normal(size=(count, width))
    prints[-copies:] = prints[:copies] + random.normal(scale=0.02, size=(copies, width))
    return (prints / np.linalg.norm(prints, axis=1, keepdims=True)).astype(np.float32)


def groups(prints):
    return near_duplicates.copies([number.to_bytes(4) for number in range(len(prints))], prints, QUIET)["alike"]


def test_an_index_finds_the_copies_that_comparing_all_finds_and_it_is_said(monkeypatch, tmp_path):
    prints = near_duplicates.kept_aside([scattered(3000, 60)], 48, tmp_path)
    exact = groups(prints)
    monkeypatch.setattr(near_duplicates, "EXACT", 1000)
    found = groups(prints)
    assert (exact >= 0).sum() == 120 and (found >= 0).sum() >= 114
    assert not set(np.flatnonzero(found >= 0)) - set(np.flatnonzero(exact >= 0))
    assert near_duplicates.notes(near_duplicates.EXACT) == []
    (note,) = near_duplicates.notes(30_000)
    assert note["message"].format(**note["args"]) == (
        "Near-duplicates among 30,000 examples were searched approximately, by an index. A few may be missing."
    )
