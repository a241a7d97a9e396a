"""Where nobody says who speaks, voices that training and test seem to share are pointed out."""

from __future__ import annotations

import io
import time
import zipfile

import numpy as np
import pandas as pd
import pytest
import soundfile
import soxr
from sounds import shared

from cases.dataset import Dataset
from cases.speech import checks, speaker_similarity
from models.progress import QUIET


@pytest.fixture(scope="module")
def spoken():
    """A hundred and twenty digits by six people: sounds, digits, people."""
    with zipfile.ZipFile(shared("spk_fsdd_speaker/train.zip")) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".wav"))[::6]
        read = [soundfile.read(io.BytesIO(archive.read(name)), dtype="float32") for name in names]
    told = [name.split("/")[-1].split("_") for name in names]
    return [soxr.resample(wave, rate, 16_000) for wave, rate in read], [t[0] for t in told], [t[1] for t in told]


def likeness(spoken, text_model, split, speaker="", label=1):
    samples = pd.DataFrame({"label": spoken[label], "split": split, "speaker": speaker})
    return speaker_similarity.find(spoken[0], samples, text_model(speaker_similarity.MODEL).parent, QUIET)


def test_the_same_people_on_both_sides_are_told_from_others(spoken, text_model):
    people = np.array(spoken[2])
    by_chance = np.where(np.arange(len(people)) % 2, "test", "")
    apart = np.where(np.isin(people, sorted(set(people))[:3]), "test", "")
    shared_voices, others = (pd.Series(likeness(spoken, text_model, split)) for split in (by_chance, apart))
    assert speaker_similarity.alike(shared_voices).mean() > speaker_similarity.MOSTLY
    assert not speaker_similarity.alike(others).any()


def test_where_each_class_is_a_voice_there_is_nothing_to_say(spoken, text_model):
    by_chance = np.where(np.arange(len(spoken[2])) % 2, "test", "")
    assert not speaker_similarity.alike(pd.Series(likeness(spoken, text_model, by_chance, label=2))).any()


def test_where_a_speaker_is_known_nothing_is_heard(spoken, text_model):
    assert np.isnan(likeness(spoken, text_model, "", speaker="ann")).all()
    assert np.isnan(likeness((spoken[0], ["one"] * len(spoken[0])), text_model, "")).all()


def test_the_time_is_bounded(spoken, text_model, monkeypatch):
    monkeypatch.setattr(speaker_similarity, "SECONDS", 0.0)
    start = time.monotonic()
    heard = np.isfinite(likeness(spoken, text_model, "")).sum()
    assert 0 < heard <= speaker_similarity.AT_ONCE and time.monotonic() - start < 20


@pytest.mark.parametrize(("split", "name"), [("test", "voices_both_sides"), ("", "voices")])
def test_what_was_heard_is_said_with_a_way_to_settle_it(tmp_path, split, name):
    facts = {"seconds": 1.0, "rate": 16_000, "peak": 0.5, "rms": 0.1, "mono": 0.1, "offset": 0.0, "silence": 0.1,
             "clipped": 0.0, "lies": False}  # fmt: skip
    table = pd.DataFrame({"name": [f"{row}.wav" for row in range(8)], "label": list("ab" * 4), "speaker": "",
                          "split": [split, ""] * 4, "voice": [0.9] * 5 + [0.2, np.nan, np.nan], **facts})  # fmt: skip
    dataset = Dataset(tmp_path / "data", "digest", "speech", "clips", ("a", "b"))
    dataset.folder.mkdir()
    dataset.save(table, pd.DataFrame({"name": [], "reason": []}))
    [told] = checks.findings(Dataset.open(dataset.folder))
    assert (told.name, told.rows.tolist()) == (name, [0, 1, 2, 3, 4])
    assert told.leak and not told.sure  # what an encoder suspects is no warning
    assert "“speaker” column" in told.advice
    quiet = table.assign(voice=[0.9] * 3 + [0.2] * 4 + [np.nan])
    dataset.save(quiet, pd.DataFrame({"name": [], "reason": []}))
    assert checks.findings(Dataset.open(dataset.folder)) == []
