"""Random hearings of training sounds, made inside the network's forward so that a resumed run draws the same ones.

Noise is added to the power of each band; a sound begins a little later; bands and moments are blotted out (D. Park et
al., "SpecAugment", 2019).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

NOISE = (5.0, 30.0)  # decibels that a sound is louder than the noise
LATER = 50  # frames
MASKS, BAND_SHARE, TIME_SHARE = 2, 1 / 6, 0.1  # of each kind; the most that one takes
DEPTH = 8  # powers of ten below the loudest at which Whisper hears nothing


class Disturb(nn.Module):
    """frames (n, frames, bands) and lengths (n,) → frames, each sound disturbed in its own way.

    Args:
        logarithmic: the frames are those of `WhisperEars`, else the power itself.
        tail: frames after a sound, in which nothing is heard.
    """

    def __init__(self, *, logarithmic: bool, tail: int, noise: bool, shift: bool, masks: bool) -> None:
        super().__init__()
        self.logarithmic, self.tail, self.noise, self.shift, self.masks = logarithmic, tail, noise, shift, masks

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        with torch.no_grad():
            sound = (lengths - self.tail).clamp_min(1)
            if self.noise:
                frames = self._noisy(frames, sound)
            if self.shift:
                frames = _later(frames, lengths)
            return _blotted(frames, sound) if self.masks else frames

    def _noisy(self, frames: Tensor, sound: Tensor) -> Tensor:
        inside = (torch.arange(frames.shape[1], device=frames.device) < sound[:, None])[:, :, None]
        power = 10 ** (4 * frames - 4) if self.logarithmic else frames
        level = (power * inside).sum((1, 2)) / (sound * frames.shape[2])
        quieter = 10 ** (-_drawn(frames, *NOISE) / 10)
        power = power + (level * quieter)[:, None, None] * torch.empty_like(frames).exponential_()
        return torch.where(inside, self._heard(power, inside), frames)

    def _heard(self, power: Tensor, inside: Tensor) -> Tensor:
        if not self.logarithmic:
            return power
        log = power.clamp_min(1e-10).log10()
        loudest = log.masked_fill(~inside, -torch.inf).amax((1, 2), keepdim=True)
        return (torch.maximum(log, loudest - DEPTH) + 4) / 4


def _later(frames: Tensor, lengths: Tensor) -> Tensor:
    """What falls out at the end of a sound comes first: silence, where there is some."""
    places = torch.arange(frames.shape[1], device=frames.device)[None]
    offsets = (_drawn(frames, 0, LATER + 1).long() % lengths)[:, None]
    turned = torch.where(places < lengths[:, None], (places - offsets) % lengths[:, None], places)
    return frames.gather(1, turned[:, :, None].expand_as(frames))


def _blotted(frames: Tensor, sound: Tensor) -> Tensor:
    floor = frames.amin((1, 2), keepdim=True)
    places, bands = (torch.arange(size, device=frames.device)[None] for size in frames.shape[1:])
    every = torch.full_like(sound, frames.shape[2])
    for _ in range(MASKS):
        frames = torch.where(_stretch(frames, places, sound, TIME_SHARE)[:, :, None], floor, frames)
        frames = torch.where(_stretch(frames, bands, every, BAND_SHARE)[:, None], floor, frames)
    return frames


def _stretch(frames: Tensor, places: Tensor, sizes: Tensor, most: float) -> Tensor:
    """(n, places) bool: one stretch of up to `most` of each size, somewhere in it."""
    width = _drawn(frames, 0, most) * sizes
    start = _drawn(frames, 0, 1) * (sizes - width)
    return (places >= start[:, None]) & (places < (start + width)[:, None])


def _drawn(frames: Tensor, low: float, high: float) -> Tensor:
    """(n,) even between both."""
    return torch.empty(len(frames), device=frames.device).uniform_(low, high)
