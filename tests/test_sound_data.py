"""From what a person brought to a data set of sounds, and what is worth knowing of them."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
import soundfile
from sounds import encoded, sweep, tone

from cases.base import UploadedFile
from cases.dataset import Dataset
from cases.speech import CASE, checks, duplicates, reader, spectrogram_image
from cases.speech.decoder import EMPTY
from models.errors import InputError
from models.progress import QUIET


@pytest.fixture
def read(tmp_path, zip_of):
    def reading(files, *more, report=QUIET):
        folder = tmp_path / "data"
        folder.mkdir()
        return reader.read(
            [UploadedFile(zip_of(tmp_path / "calls.zip", files), "calls.zip"), *more], folder, "digest", report
        )

    return reading


def refusal(read, files):
    with pytest.raises(InputError) as refused:
        read(files)
    return str(refused.value)


def aside(dataset):
    return dict(dataset.set_aside[["name", "reason"]].itertuples(index=False))


def speech(number):
    """A sound that no other number has."""
    random = np.random.default_rng(number)
    pitches = random.integers(200, 3000, 6)
    return np.concatenate([tone(random.uniform(0.05, 0.15), pitch) for pitch in pitches])


CALLS = {f"{kind}/{number}.wav": encoded(speech(10 * place + number))
         for place, kind in enumerate(("bird", "frog")) for number in range(4)}  # fmt: skip


def test_folders_become_classes_and_sounds_are_kept_at_16_khz(read):
    files = {**CALLS, "frog/long.flac": encoded(tone(35.0, rate=22_050), 22_050, "FLAC"),
             "frog/empty.wav": encoded(np.zeros(0)), "readme.txt": b"about these"}  # fmt: skip
    dataset = read(files)
    assert (dataset.case, dataset.name, dataset.classes) == ("speech", "calls", ("bird", "frog"))
    assert dataset.samples.columns.tolist() == [
        "name", "file", "label", "split", "speaker", "seconds", "rate", "channels", "peak", "rms", "mono", "offset",
        "silence", "clipped", "lies", "kept", "same", "alike",
    ]  # fmt: skip
    assert aside(dataset)["frog/empty.wav"] == EMPTY
    kept = reader.sounds(dataset)
    assert len(kept) == len(dataset.samples) == 9
    for row, name in enumerate(dataset.samples["name"]):
        if name in CALLS:
            assert np.array_equal(kept[row], soundfile.read(io.BytesIO(CALLS[name]), dtype="float32")[0])
    [long] = dataset.samples.index[dataset.samples["name"] == "frog/long.flac"]
    assert len(kept[long]) == 480_000 and dataset.samples.at[long, "seconds"] == 35.0
    files = {path.name for path in (dataset.folder / "files").rglob("*") if path.is_file()}
    assert len(files) == 9  # what is set aside is not kept
    assert Dataset.open(dataset.folder).samples.equals(dataset.samples)


def test_a_table_gives_classes_and_parts(read, part):
    files = {f"clips/{name.replace('/', '_')}": content for name, content in CALLS.items()}
    lines = [f"{name.replace('/', '_')},{name[0]},{'test' if '3' in name else 'train'}" for name in CALLS]
    dataset = read(files, part("labels.csv", "\n".join(["file,label,split", *lines])))
    assert dataset.classes == ("b", "f")
    assert dataset.samples["split"].value_counts().to_dict() == {"train": 6, "test": 2}


def test_what_is_missing_is_said(read, tmp_path):
    one = {name: content for name, content in CALLS.items() if name.startswith("bird")}
    assert refusal(read, one).startswith("“calls.zip” holds one class only, “bird”.")
    (tmp_path / "data/sounds-16000.float32").unlink()
    (tmp_path / "data").rename(tmp_path / "before")
    told = refusal(read, {"bird/a.wav": b"words", "frog/b.wav": encoded(np.zeros(0))})
    assert told.startswith("“calls.zip” holds no usable recordings; skipped files: 2.")


def test_a_sample_can_be_played_and_looked_at(read):
    dataset = read({**CALLS, "frog/loud.wav": encoded(tone(loud=4), subtype="FLOAT")})
    content, kind = reader.playable(dataset, 0)
    wave, rate = soundfile.read(io.BytesIO(content), dtype="float32")
    assert (kind, rate) == ("audio/wav", 16_000)
    assert np.abs(wave - reader.sounds(dataset)[0]).max() < 1e-4
    [loud] = dataset.samples.index[dataset.samples["name"] == "frog/loud.wav"]
    assert np.abs(soundfile.read(io.BytesIO(reader.playable(dataset, loud)[0]))[0]).max() == pytest.approx(1, abs=1e-3)
    content, kind = CASE.thumbnail(dataset, 1)
    assert kind == "image/webp" and content == spectrogram_image.draw(reader.sounds(dataset)[1])
    assert CASE.audio(dataset, 1) == reader.playable(dataset, 1)
    assert CASE.thumbnail(dataset, 99) is None and CASE.audio(dataset, 99) is None


def found(samples, tmp_path):
    usual = {"seconds": 1.0, "rate": 16_000, "peak": 0.5, "rms": 0.1, "mono": 0.1, "offset": 0.0, "silence": 0.1,
             "clipped": 0.0, "lies": False, "split": ""}  # fmt: skip
    dataset = Dataset(tmp_path, "digest", "speech", "calls", ())
    dataset.save(pd.DataFrame([usual | sample for sample in samples]), pd.DataFrame({"name": [], "reason": []}))
    return {finding.name: finding.rows.tolist() for finding in checks.findings(Dataset(tmp_path, "", "", "", ()))}


def test_findings_name_what_is_odd(tmp_path):
    odd = [
        {}, {"peak": 0.0, "rms": 0.0, "mono": 0.0, "silence": 1.0}, {"silence": 0.95}, {"seconds": 0.05},
        {"seconds": 31.0}, {"clipped": 0.01}, {"peak": 32_768.0}, {"offset": -0.05}, {"mono": 0.001}, {"lies": True},
        {"rate": 8000}, {"split": "left_out", "lies": True},
    ]  # fmt: skip
    assert found(odd, tmp_path) == {
        "silent": [1], "mostly_silent": [2], "short": [3], "long": [4], "clipped": [5], "loud": [6], "offset": [7],
        "cancelling": [8], "lying": [9], "other_rate": [10],
    }  # fmt: skip


def test_copies_are_found_through_formats_loudness_and_silence(tmp_path):
    waves = [speech(number) for number in range(40)]
    first = waves[0]
    compressed = soundfile.read(io.BytesIO(encoded(first, form="OGG", subtype="VORBIS")), dtype="float32")[0]
    padded = np.concatenate([np.zeros(1600, np.float32), first / 3, np.zeros(4800, np.float32)])
    groups = duplicates.find([*waves, first, compressed, padded], tmp_path, QUIET)
    assert groups["same"].tolist() == [0, *[-1] * 39, 0, -1, -1]
    assert groups["alike"].tolist() == [0, *[-1] * 39, 0, 0, 0]
    # silence is no copy of silence of another length
    groups = duplicates.find([np.zeros(n, np.float32) for n in (100, 100, 200)] + [sweep(9000)], tmp_path, QUIET)
    assert groups["same"].tolist() == groups["alike"].tolist() == [0, 0, -1, -1]


def test_kept_sounds_that_were_damaged_are_heard_again(read, tmp_path):
    dataset = read(CALLS)
    kept = dataset.folder / reader.SOUNDS
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-400] + bytes(400))
    again = reader.whole_sounds(dataset, tmp_path / "cache", QUIET)
    assert again.path.read_bytes() == whole and again.path != kept
    next((dataset.folder / "files").rglob("*.wav")).write_bytes(b"")
    again.path.unlink()
    with pytest.raises(InputError, match="The data set of this run no longer exists"):
        reader.whole_sounds(dataset, tmp_path / "cache", QUIET)
