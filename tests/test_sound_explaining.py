"""Which moments of a sound mattered: those that hold what tells the class, to be seen and to be heard."""

from __future__ import annotations

import json

import made_sounds
import numpy as np
import pytest
import soundfile
import torch
from PIL import Image
from sounds import tone

from cases.base import Item
from cases.speech import cutting, explaining, predict
from models import hearing_out
from models.errors import InputError

KINDS = pytest.mark.parametrize("kind", ["whisper", "speakers"])


@pytest.fixture(scope="module")
def hidden():
    """A second of silence with a high tone from 0.5 s to 0.7 s."""
    wave = np.random.default_rng(0).normal(0, 0.003, 16_000).astype(np.float32)
    wave[8000:11_200] += tone(0.2, 2700)
    return wave


@pytest.fixture
def explain(learnt_sounds, tmp_path):
    def explained(wave, truth=None, kind="whisper"):
        soundfile.write(tmp_path / "a.wav", wave, 16_000, subtype="FLOAT")
        return explaining.explain(learnt_sounds(kind), Item(file=tmp_path / "a.wav", truth=truth), tmp_path)

    return explained


def test_the_moment_that_tells_the_class_is_found_and_can_be_heard(explain, hidden, tmp_path):
    found = explain(hidden)
    assert json.loads(json.dumps(found)).keys() == {
        "predicted", "confidence", "truth", "pictures", "sounds", "stretches", "said", "seconds", "unheard",
    }  # fmt: skip
    assert (found["predicted"], found["truth"], found["pictures"]) == ("high", None, ["heard", "predicted"])
    assert found["sounds"] == ["heard", "predicted-only", "predicted-without"]
    assert (found["seconds"], found["unheard"]) == (1, 0)
    mattered = sum(min(stop, 0.75) - max(start, 0.45) for start, stop in found["stretches"]["predicted"]
                   if stop > 0.45 and start < 0.75)  # fmt: skip
    assert mattered > 0.7 * sum(stop - start for start, stop in found["stretches"]["predicted"]) > 0.02
    heard, only, without = (soundfile.read(tmp_path / f"{name}.wav", dtype="float32")[0] for name in found["sounds"])
    assert np.abs(only + without - heard).max() < 2e-4
    assert np.square(only[8000:11_200]).sum() > 0.99 * np.square(only).sum() > 0.15 * np.square(heard).sum()
    assert found["said"]["predicted-only"][0] == "high" and found["said"]["heard"][1] == found["confidence"]


def test_the_label_is_explained_beside_the_answer_where_they_differ(explain, hidden):
    found = explain(hidden, truth="low")
    assert (found["truth"], found["pictures"]) == ("low", ["heard", "predicted", "truth"])
    assert found["sounds"][3:] == ["truth-only", "truth-without"] and set(found["stretches"]) == {"predicted", "truth"}
    assert explain(hidden, truth="high")["pictures"] == ["heard", "predicted"]
    assert explain(hidden, truth="a class it never met")["truth"] is None


@KINDS
def test_the_confidence_is_the_bundles_own(explain, learnt_sounds, hidden, tmp_path, kind):
    found = explain(hidden, kind=kind)
    shares = predict.predict(predict.load(learnt_sounds(kind)), [tmp_path / "a.wav"])[0]
    assert found["confidence"] == pytest.approx(shares.max(), abs=1e-4)


@KINDS
def test_what_the_frames_are_given_adds_up_to_what_the_sound_made_of_the_score(learnt_sounds, kind):
    listener = explaining.Listener(learnt_sounds(kind))
    frames = listener.frames(tone(1.7, 900) + 0.2 * tone(1.7, 2700))
    silent, lengths = frames.amin().expand_as(frames)[None], torch.tensor([len(frames)])
    with torch.no_grad():
        made = (listener.network(frames[None], lengths) - listener.network(silent, lengths))[0]
    for number in range(3):
        spoke = hearing_out.attribute(listener.network, frames, number)
        assert spoke.shape == (len(frames),)
        assert float(spoke.sum()) == pytest.approx(float(made[number]), rel=0.1, abs=0.05)


@pytest.mark.parametrize("wave", [tone(0.01), np.zeros(400, np.float32), tone(31.0)])
def test_any_sound_is_explained(explain, tmp_path, wave):
    found = explain(wave)
    assert found["unheard"] == pytest.approx(max(len(wave) / 16_000 - 30, 0))
    for name in found["pictures"]:
        assert Image.open(tmp_path / f"{name}.webp").size == (640, 258)


def test_a_row_of_the_data_set_is_explained_by_what_is_kept_of_it(learnt_sounds, tmp_path):
    tones = made_sounds.write(tmp_path / "data", seconds=0.4)
    found = explaining.explain(learnt_sounds("whisper"), Item(tones, 4, truth="middle"), tmp_path)
    assert found["seconds"] == pytest.approx(tones.samples.at[4, "kept"] / 16_000)


def test_what_is_no_sound_is_said_to_be_none(learnt_sounds, tmp_path):
    (tmp_path / "a.wav").write_bytes(b"words")
    with pytest.raises(InputError, match=r"It is not a sound, .* A recording such as WAV, FLAC, OGG or MP3 is needed"):
        explaining.explain(learnt_sounds("whisper"), Item(file=tmp_path / "a.wav"), tmp_path)


def test_parts_are_cut_without_a_click():
    chosen = np.zeros(100, bool)
    chosen[40:60] = True
    only, without = cutting.apart(np.ones(16_000, np.float32), chosen)
    assert np.allclose(only + without, 1, atol=1e-6)
    assert (only[:6200] == 0).all() and np.allclose(only[6700:9300], 1, atol=1e-6) and (only[9900:] == 0).all()
    assert np.abs(np.diff(only)).max() < 0.02
    assert cutting.stretches(chosen) == [(pytest.approx(0.4), pytest.approx(0.6))]
    assert cutting.stretches(np.ones(3, bool)) == [(0.0, pytest.approx(0.03))]


def test_the_fewest_moments_that_hold_most_of_what_spoke_are_chosen():
    assert hearing_out.mattering(np.array([0.1, 0.9, 0.8, -1.0, 0.2])).tolist() == [False, True, True, False, False]
    assert hearing_out.mattering(np.array([-1.0, -0.5])).tolist() == [False, True]
    assert hearing_out.mattering(np.zeros(3)).sum() == 1


def test_moments_are_smoothed_over_a_tenth_of_a_second_and_as_many_as_the_sound_has():
    spoke = np.zeros(150)
    spoke[50] = 2.0
    whole = hearing_out.smoothed(spoke, 15_900)
    assert len(whole) == 100 and whole.argmax() == 50 and whole.max() == 1
    assert (np.flatnonzero(whole) == np.arange(45, 56)).all()
