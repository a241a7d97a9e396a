"""Test items that the training data hold, too: how they are found, told, and kept out of the test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cases import repeats
from cases.dataset import Dataset
from cases.groups import known
from cases.repeats import TRANSCRIPT
from cases.splits import assign, split
from cases.task_types import CLASSIFICATION, TRANSCRIPTION
from models.errors import InputError

SAID = ["Turn left!", "turn  LEFT", "Turn right.", "", None, "Stop, please", "stop please"]


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
