"""Which moments of a sound mattered: those that hold what tells the class, to be seen and to be heard."""

from __future__ import annotations

import json

import made_sounds
import numpy as np
import pytest
import soundfile
from PIL import Image
from sounds import tone

from cases.base import Item
from cases.speech import excerpts, explanation, occlusion, predict
from models.errors import InputError
from models.progress import QUIET

KINDS = pytest.mark.parametrize("kind", ["whisper", "speakers"])


@pytest.fixture(scope="module")
def hidden():
    """A second of silence with a high tone from 0.5 s to 0.7 s."""
    wave = np.random.default_rng(0).normal(0, 0.003, 16_000).astype(np.float32)
    wave[8000:11_200] += tone(0.2, 2700)
    return wave


@pytest.fixture(scope="module")
def bundle(sound_bodies, tmp_path_factory):
    """Of a network that learnt tones amid silence."""
    folder = tmp_path_factory.mktemp("amid_silence")
    tones = made_sounds.write(folder / "data", silence=0.6)
    trainer = made_sounds.learn(tones, folder, QUIET, model=str(sound_bodies["whisper"]), mode="full",
                                learning_rate=0.001, augmentation="none")  # fmt: skip
    trainer.save(folder / "bundle", made_sounds.RESULT, QUIET)
    return folder / "bundle"


@pytest.fixture
def explain(bundle, learnt_sounds, tmp_path):
    def explained(wave, truth=None, kind="whisper"):
        soundfile.write(tmp_path / "a.wav", wave, 16_000, subtype="FLOAT")
        asked = bundle if kind == "whisper" else learnt_sounds(kind)
        return explanation.explain(asked, Item(file=tmp_path / "a.wav", truth=truth), tmp_path)

    return explained


def test_the_moment_that_tells_the_class_is_found_and_can_be_heard(explain, hidden, tmp_path):
    found = explain(hidden)
    assert json.loads(json.dumps(found)).keys() == {
        "predicted", "confidence", "truth", "pictures", "sounds", "stretches", "said", "seconds", "unheard",
    }  # fmt: skip
    assert (found["predicted"], found["truth"], found["pictures"]) == ("high", None, ["heard", "predicted"])
    assert found["sounds"] == ["heard", "predicted-only", "predicted-without"]
    assert (found["seconds"], found["unheard"]) == (1, 0)
    [(start, stop)] = found["stretches"]["predicted"]
    assert 0.3 < start < 0.6 and 0.6 < stop < 0.9
    heard, only, without = (soundfile.read(tmp_path / f"{name}.wav", dtype="float32")[0] for name in found["sounds"])
    assert np.abs(only + without - heard).max() < 2e-4
    assert np.square(only[8000:11_200]).sum() > 0.99 * np.square(only).sum() > 0.5 * np.square(heard).sum()
    assert found["said"]["predicted-only"][0] == "high" and found["said"]["heard"][1] == found["confidence"]


def test_the_label_is_explained_beside_the_answer_where_they_differ(explain, hidden):
    found = explain(hidden, truth="low")
    assert (found["truth"], found["pictures"]) == ("low", ["heard", "predicted", "truth"])
    assert found["sounds"][3:] == ["truth-only", "truth-without"] and set(found["stretches"]) == {"predicted", "truth"}
    assert explain(hidden, truth="high")["pictures"] == ["heard", "predicted"]
    assert explain(hidden, truth="a class it never met")["truth"] is None


@KINDS
def test_the_confidence_is_the_bundles_own(explain, bundle, learnt_sounds, hidden, tmp_path, kind):
    found = explain(hidden, kind=kind)
    asked = bundle if kind == "whisper" else learnt_sounds(kind)
    shares = predict.predict(predict.load(asked), [tmp_path / "a.wav"])[0]
    assert found["confidence"] == pytest.approx(shares.max(), abs=1e-4)


@pytest.mark.parametrize("wave", [tone(0.01), np.zeros(400, np.float32), tone(31.0)])
def test_any_sound_is_explained(explain, tmp_path, wave):
    found = explain(wave)
    assert found["unheard"] == pytest.approx(max(len(wave) / 16_000 - 30, 0))
    for name in found["pictures"]:
        assert Image.open(tmp_path / f"{name}.webp").size == (640, 258)


def test_a_row_of_the_data_set_is_explained_by_what_is_kept_of_it(bundle, tmp_path):
    tones = made_sounds.write(tmp_path / "data", seconds=0.4)
    found = explanation.explain(bundle, Item(tones, 4, truth="middle"), tmp_path)
    assert found["seconds"] == pytest.approx(tones.samples.at[4, "kept"] / 16_000)


def test_what_is_no_sound_is_said_to_be_none(bundle, tmp_path):
    (tmp_path / "a.wav").write_bytes(b"words")
    with pytest.raises(InputError, match=r"Not a recording, .* A recording such as WAV, FLAC, OGG or MP3 is needed"):
        explanation.explain(bundle, Item(file=tmp_path / "a.wav"), tmp_path)


def test_parts_are_cut_without_a_click():
    chosen = np.zeros(100, bool)
    chosen[40:60] = True
    only, without = excerpts.apart(np.ones(16_000, np.float32), chosen)
    assert np.allclose(only + without, 1, atol=1e-6)
    assert (only[:6200] == 0).all() and np.allclose(only[6700:9300], 1, atol=1e-6) and (only[9900:] == 0).all()
    assert np.abs(np.diff(only)).max() < 0.02
    assert excerpts.stretches(chosen) == [(pytest.approx(0.4), pytest.approx(0.6))]
    assert excerpts.stretches(np.ones(3, bool)) == [(0.0, pytest.approx(0.03))]


def loud(*spans):
    """Asks how loud a sound is in each of these spans of moments: one class each, and one that is never loud."""

    def ask(waves):
        loudness = [[float(np.square(wave[160 * a : 160 * b]).mean()) for a, b in spans] for wave in waves]
        return np.pad(20 * np.array(loudness), [(0, 0), (0, 1)])

    return ask


def test_what_silence_takes_from_the_score_is_what_a_moment_is_worth():
    found = occlusion.find(tone(1.0), {"one": 0, "other": 1}, loud((40, 60), (80, 100)))
    assert found["one"].weights.shape == (100,) and found["one"].weights[40:60].min() > 0.4
    assert np.abs(found["one"].weights[[*range(24), *range(76, 100)]]).max() < 1e-6
    assert found["other"].weights.argmax() >= 80


def test_the_fewest_moments_that_make_the_model_say_so_are_chosen():
    found = occlusion.find(tone(1.0), {"one": 0}, loud((40, 60)))["one"]
    assert found.chosen[40:60].mean() > 0.7 and found.chosen.sum() <= 32
    scattered = occlusion.find(tone(1.0), {"one": 0}, loud((0, 100)))["one"]
    assert scattered.chosen.sum() > 60  # where all of it matters, little of it does not suffice


@pytest.mark.parametrize("moments", [1, 7, 16, 17, 100, 999, 3000])
def test_the_stretches_that_are_silenced_cover_the_sound_and_are_few(moments):
    parts = occlusion.stretches(moments)
    assert parts.shape[1] == moments and parts.any(0).all() and parts.any(1).all() and len(parts) <= occlusion.MOST
