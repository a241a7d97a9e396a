"""What a network hears of a sound is what its makers let it hear; training sounds are disturbed within bounds."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from sounds import sweep, tone

from cases.speech.audio import encoders, extractors
from cases.speech.audio.augment import AudioAugment
from cases.speech.audio.features import AstFeatures, SpeakerFeatures, WaveformFeatures, WhisperFeatures, padded
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


@pytest.mark.parametrize("samples", [160, 5000, 16_000, 320_123, 480_000])
def test_whisper_hears_what_its_own_extractor_gives_it(samples):
    from transformers import WhisperFeatureExtractor

    wave = sweep(samples) + np.random.default_rng(0).normal(0, 0.001, samples).astype(np.float32)
    theirs = WhisperFeatureExtractor(feature_size=80)(wave, sampling_rate=16_000).input_features[0].T
    mine = WhisperFeatures(80).frames(wave)
    assert mine.dtype == np.float32 and mine.shape == (min(2 * -(-samples // 320) + 100, 3000) + 2, 80)
    both = min(len(mine), len(theirs) - 1)  # at the end of the window theirs hears the sound backwards, mine silence
    assert np.abs(mine[:both] - theirs[:both]).max() < 1e-4


@pytest.mark.slow
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


@pytest.mark.parametrize("identity", IDS)
def test_a_vector_does_not_depend_on_the_batch_and_hardly_on_16_bits_and_a_stop_is_heard(model, identity):
    class Stopping(NullReporter):
        def check(self):
            raise Stopped

    model, waves = model(identity), [sweep(4000), sweep(50_000), tone(0.01), np.zeros(8000, np.float32), sweep(4000)]
    together = vectors(model, waves)
    alone = np.concatenate([vectors(model, [wave]) for wave in waves])
    assert together.dtype == np.float32 and together.shape == (5, model[0].width)
    assert np.isfinite(together).all()
    assert np.abs(together - alone).max() < 2e-4
    assert len({row.round(2).tobytes() for row in together}) == 4  # in order, so the first is the last
    exact, quick = together[:2], vectors(model, waves[:2], bf16=True)
    cosines = (exact * quick).sum(1) / np.linalg.norm(exact, axis=1) / np.linalg.norm(quick, axis=1)
    assert 0.985 < cosines.min() < 1
    if identity == IDS[1]:  # to which the loudness of a voice does not matter
        assert vectors(model, [waves[1] / 50])[0] @ together[1] > 0.9999
    assert vectors(model, []).shape == (0, model[0].width)
    with pytest.raises(Stopped):
        vectors(model, [tone()], report=Stopping())


def test_a_model_that_hears_not_is_refused(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(InputError, match=f"The model in “{tmp_path.name}” is of type “bert”. Audio needs a Whisper"):
        extractors.load(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "whisper"}))
    with pytest.raises(
        InputError, match=rf"The model in “{tmp_path.name}” could not be built \(.*safetensors.*Whisper"
    ):
        encoders.load_body(tmp_path)


WHISPER = {"scale": "whisper", "tail": 102}
SPEAKERS = {"scale": "power", "tail": 0}
KALDI = {"scale": "natural", "tail": 0}
WAVE = {"scale": "wave", "tail": 0}
NOTHING = {"noise": False, "shift": False, "masks": False}


def heard(kind, *seconds):
    extractor = {"whisper": WhisperFeatures(80), "power": SpeakerFeatures(40), "natural": AstFeatures(64, 64),
            "wave": WaveformFeatures(True, 400)}[kind["scale"]]  # fmt: skip
    waves = [tone(one, 901) for one in seconds]  # no frame is quite like another
    return {name: torch.from_numpy(array) for name, array in padded([extractor.frames(wave) for wave in waves]).items()}


def disturbed(kind, batch, seed=0, **chosen):
    torch.manual_seed(seed)
    return AudioAugment(**kind, **{**NOTHING, **chosen})(**batch)


KINDS = pytest.mark.parametrize("kind", [WHISPER, SPEAKERS, KALDI, WAVE], ids=lambda kind: kind["scale"])


@KINDS
@pytest.mark.parametrize("what", ["noise", "shift", "masks"])
def test_each_sound_is_disturbed_in_its_own_way_and_the_same_from_one_seed(kind, what):
    batch = heard(kind, 1.0, 1.0)
    one, other = disturbed(kind, batch, **{what: True})
    assert one.dtype == torch.float32 and torch.isfinite(one).all()
    assert not torch.equal(one, batch["frames"][0]) and not torch.equal(one, other)
    assert torch.equal(disturbed(kind, batch, **{what: True})[0], one)
    assert not torch.equal(disturbed(kind, batch, 1, **{what: True})[0], one)


def test_noise_is_quieter_than_the_sound_and_never_makes_it_fainter():
    for kind in (WHISPER, SPEAKERS):
        batch = heard(kind, 1.0)
        before, after = batch["frames"][0].double(), disturbed(kind, batch, noise=True)[0].double()
        power = (10 ** (4 * before - 4), 10 ** (4 * after - 4)) if kind is WHISPER else (before, after)
        inside = slice(0, 100)
        added = (power[1][inside] - power[0][inside]).mean() / power[0][inside].mean()
        assert 10**-3 < added < 10**-0.4
        assert (power[1][inside] >= 0.999 * power[0][inside]).all()


def test_a_sound_begins_up_to_half_a_second_later_and_loses_nothing():
    batch = heard(WHISPER, 1.0, 1.0, 1.0, 1.0)
    begins = []
    for row in disturbed(WHISPER, batch, shift=True):
        assert np.allclose(np.sort(row.numpy(), 0), np.sort(batch["frames"][0].numpy(), 0))
        begins.append(int((row.amax(1) > 0).nonzero()[0]))
    assert len(set(begins)) > 1 and all(0 <= begin <= 50 for begin in begins)


def test_of_a_wave_moments_are_blotted_out_and_noise_is_as_loud_as_it_should_be():
    batch = heard(WAVE, 1.0)
    before = batch["frames"][0, :, 0]
    blotted = disturbed(WAVE, batch, masks=True)[0, :, 0]
    assert 0 < (blotted != before).sum() <= 2 * 1601 and (blotted[blotted != before] == 0).all()
    added = (disturbed(WAVE, batch, noise=True)[0, :, 0] - before).square().mean() / before.square().mean()
    assert 10**-3.1 < added < 10**-0.4
