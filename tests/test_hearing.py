"""What a network hears of a sound is what its makers let it hear, and does not depend on the batch."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from sounds import sweep, tone

from cases.speech.audio import encoders, extractors, features
from cases.speech.audio.features import SpeakerFeatures, WhisperFeatures
from models.errors import InputError
from models.progress import QUIET, NullReporter, Stopped

IDS = ("whisper-tiny.en", "ge2e-speaker-encoder")


@pytest.fixture(scope="module")
def model(text_model):
    loaded = {}

    def load(identity):
        if identity not in loaded:
            folder = text_model(identity)
            loaded[identity] = encoders.load_body(folder), extractors.load(folder)
        return loaded[identity]

    return load


def vectors(model, waves, *, bf16=False, report=QUIET):
    return encoders.vectors(*model, waves, bf16=bf16, report=report)


@pytest.mark.parametrize("bands", [40, 80, 128])
def test_the_filters_are_those_of_transformers(bands):
    from transformers.audio_utils import mel_filter_bank

    theirs = mel_filter_bank(201, bands, 0.0, 8000.0, 16_000, norm="slaney", mel_scale="slaney")
    assert np.abs(features.mel_filters(bands) - theirs).max() < 1e-12


@pytest.mark.parametrize("samples", [160, 5000, 16_000, 320_123, 480_000])
def test_whisper_hears_what_its_own_extractor_gives_it(samples):
    from transformers import WhisperFeatureExtractor

    wave = sweep(samples) + np.random.default_rng(0).normal(0, 0.001, samples).astype(np.float32)
    theirs = WhisperFeatureExtractor(feature_size=80)(wave, sampling_rate=16_000).input_features[0].T
    mine = WhisperFeatures(80).frames(wave)
    assert mine.dtype == np.float32 and mine.shape == (min(2 * -(-samples // 320) + 100, 3000) + 2, 80)
    both = min(len(mine), len(theirs) - 1)  # at the end of the window theirs hears the sound backwards, mine silence
    assert np.abs(mine[:both] - theirs[:both]).max() < 1e-4


def test_in_the_whole_window_the_encoder_computes_what_transformers_does(model):
    body, extractor = model("whisper-tiny.en")
    frames = torch.from_numpy(extractor.frames(sweep(480_000)))[None]
    with torch.no_grad():
        middle, mine = body.states(frames, body._inside(frames, torch.tensor([3002])))
        theirs = body.encoder(frames[:, :3000].transpose(1, 2), output_hidden_states=True)
    assert middle.shape == mine.shape == theirs.last_hidden_state.shape == (1, 1500, 384)
    assert (mine - theirs.last_hidden_state).abs().max() < 1e-3
    assert (middle - theirs.hidden_states[2]).abs().max() < 1e-3


@pytest.mark.parametrize(
    ("samples", "numbers"),
    [  # of the package's own `embed_utterance`, with librosa 0.11, of the sound at -30 dB
        (4000, {89: 0.19918, 21: 0.32012, 20: 0.32145}),
        (25_600, {224: 0.21807, 45: 0.22804, 209: 0.2351}),
        (40_000, {24: 0.1864, 156: 0.21533, 209: 0.28874}),
        (60_000, {195: 0.19175, 87: 0.19259, 125: 0.19528}),
        (123_456, {164: 0.17484, 179: 0.17845, 125: 0.26001}),
    ],
)
def test_a_voice_has_the_vector_that_the_package_gives_it(model, samples, numbers):
    [vector] = vectors(model("ge2e-speaker-encoder"), [sweep(samples)])
    assert np.argsort(vector)[-3:].tolist() == list(numbers)
    assert vector[list(numbers)] == pytest.approx(list(numbers.values()), abs=2e-5)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(("samples", "windows"), [(1, 1), (25_600, 1), (31_000, 1), (32_600, 2), (480_000, 38)])
def test_windows_are_taken_as_long_as_they_are_filled_enough(samples, windows):
    assert (len(SpeakerFeatures(40).frames(np.zeros(samples, np.float32))) - 160) // 77 + 1 == windows


@pytest.mark.parametrize("identity", IDS)
def test_a_vector_does_not_depend_on_the_batch(model, identity):
    waves = [sweep(4000), sweep(50_000), tone(0.01), np.zeros(8000, np.float32), sweep(4000)]
    together = vectors(model(identity), waves)
    alone = np.concatenate([vectors(model(identity), [wave]) for wave in waves])
    assert together.dtype == np.float32 and together.shape == (5, model(identity)[0].width)
    assert np.isfinite(together).all()
    assert np.abs(together - alone).max() < 2e-4
    assert len({row.round(2).tobytes() for row in together}) == 4  # in order, so the first is the last


def test_the_loudness_of_a_voice_does_not_matter_to_the_speaker_encoder(model):
    loud, quiet = vectors(model(IDS[1]), [sweep(40_000), sweep(40_000) / 50])
    assert loud @ quiet > 0.9999


@pytest.mark.parametrize("identity", IDS)
def test_in_16_bits_it_is_nearly_the_same(model, identity):
    waves = [sweep(4000), sweep(50_000)]
    exact, quick = (vectors(model(identity), waves, bf16=bf16) for bf16 in (False, True))
    cosines = (exact * quick).sum(1) / np.linalg.norm(exact, axis=1) / np.linalg.norm(quick, axis=1)
    assert 0.985 < cosines.min() < 1


@pytest.mark.parametrize("identity", IDS)
def test_no_sounds_have_no_vectors_and_a_stop_is_heard(model, identity):
    class Stopping(NullReporter):
        def check(self):
            raise Stopped

    assert vectors(model(identity), []).shape == (0, model(identity)[0].width)
    with pytest.raises(Stopped):
        vectors(model(identity), [tone()], report=Stopping())


def test_a_model_that_hears_not_is_refused(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(InputError) as caught:
        extractors.load(tmp_path)
    assert str(caught.value) == (
        f"The model in “{tmp_path.name}” is of type “bert”. Audio needs a Whisper, wav2vec2, "
        "HuBERT or AST model, or the packaged speaker encoder. Choose another model."
    )
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "whisper"}))
    with pytest.raises(InputError) as caught:
        encoders.load_body(tmp_path)
    told = str(caught.value)
    assert told.startswith(f"The model in “{tmp_path.name}” could not be built (") and "safetensors" in told
    assert told.endswith(
        "A Whisper, wav2vec2, HuBERT or AST model from the transformers library is needed, or the packaged speaker "
        "encoder. Choose another model."
    )
