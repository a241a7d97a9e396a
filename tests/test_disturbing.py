"""Training sounds are heard differently every time, within bounds, and alike again from the same seed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sounds import tone

from cases.speech.audio.augment import AudioAugment
from cases.speech.audio.features import AstFeatures, SpeakerFeatures, WaveformFeatures, WhisperFeatures, padded

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


@KINDS
def test_with_nothing_chosen_nothing_changes(kind):
    batch = heard(kind, 0.5)
    assert torch.equal(disturbed(kind, batch), batch["frames"])


@KINDS
def test_what_fills_a_batch_stays_as_it_is(kind):
    batch = heard(kind, 3.0, 0.5)
    changed = disturbed(kind, batch, noise=True, shift=True)
    assert torch.equal(changed[1, batch["lengths"][1] :], batch["frames"][1, batch["lengths"][1] :])


def test_noise_is_quieter_than_the_sound_and_never_makes_it_fainter():
    for kind in (WHISPER, SPEAKERS):
        batch = heard(kind, 1.0)
        before, after = batch["frames"][0].double(), disturbed(kind, batch, noise=True)[0].double()
        power = (10 ** (4 * before - 4), 10 ** (4 * after - 4)) if kind is WHISPER else (before, after)
        inside = slice(0, 100)
        added = (power[1][inside] - power[0][inside]).mean() / power[0][inside].mean()
        assert 10**-3 < added < 10**-0.4
        assert (power[1][inside] >= 0.999 * power[0][inside]).all()


def test_whispers_frames_keep_within_eighty_decibels_of_the_loudest():
    after = disturbed(WHISPER, heard(WHISPER, 1.0), noise=True)[0, :100]
    assert float(after.max() - after.min()) <= 2 + 1e-5


def test_a_sound_begins_up_to_half_a_second_later_and_loses_nothing():
    batch = heard(WHISPER, 1.0, 1.0, 1.0, 1.0)
    begins = []
    for row in disturbed(WHISPER, batch, shift=True):
        assert np.allclose(np.sort(row.numpy(), 0), np.sort(batch["frames"][0].numpy(), 0))
        begins.append(int((row.amax(1) > 0).nonzero()[0]))
    assert len(set(begins)) > 1 and all(0 <= begin <= 50 for begin in begins)


def test_blots_take_a_part_only():
    batch = heard(WHISPER, 1.0)
    after = disturbed(WHISPER, batch, masks=True)[0]
    changed = after != batch["frames"][0]
    assert (after[changed] == batch["frames"].min()).all()
    assert changed.any() and changed.all(1).sum() <= 2 * 11 and changed[:100].all(0).sum() <= 2 * 14


def test_of_a_wave_moments_are_blotted_out_and_noise_is_as_loud_as_it_should_be():
    batch = heard(WAVE, 1.0)
    before = batch["frames"][0, :, 0]
    blotted = disturbed(WAVE, batch, masks=True)[0, :, 0]
    assert 0 < (blotted != before).sum() <= 2 * 1601 and (blotted[blotted != before] == 0).all()
    added = (disturbed(WAVE, batch, noise=True)[0, :, 0] - before).square().mean() / before.square().mean()
    assert 10**-3.1 < added < 10**-0.4


def test_a_scale_that_is_not_there_is_a_bug():
    with pytest.raises(ValueError, match=r"No scale called 'loud'\. Scales: whisper, natural, power, wave"):
        AudioAugment(scale="loud", tail=0, **NOTHING)
