"""Random hearings of training sounds, made inside the network's forward so that a resumed run draws the same ones.

Noise is added to the power of each band; a sound begins a little later; bands and moments are blotted out (D. Park et
al., "SpecAugment", 2019).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cases.speech.audio.features import RATE, STEP

NOISE = (5.0, 30.0)  # decibels that a sound is louder than the noise
LATER = 0.5  # seconds
MASKS, BAND_SHARE, TIME_SHARE = 2, 1 / 6, 0.1  # of each kind; the most that one takes
DEPTH = 8  # powers of ten below the loudest at which Whisper hears nothing
SCALES = ("whisper", "natural", "power", "wave")


class AudioAugment(nn.Module):
    """frames (n, frames, bands) and lengths (n,) → frames, each sound disturbed in its own way.

    Args:
        scale: what the numbers of a frame are: the power in each band as Whisper takes it, its natural logarithm, the
            power itself, or one sample of the sound.
        tail: frames after a sound, in which nothing is heard.
    """

    def __init__(self, *, scale: str, tail: int, noise: bool, shift: bool, masks: bool) -> None:
        super().__init__()
        if scale not in SCALES:
            raise ValueError(f"No scale called {scale!r}. Scales: {', '.join(SCALES)}")
        self.scale, self.tail, self.noise, self.shift, self.masks = scale, tail, noise, shift, masks
        self.latest = round(LATER * RATE / (1 if scale == "wave" else STEP))  # frames

    @property
    def name(self) -> str:
        """It changes with whatever a view depends on: features of views are kept under it."""
        noise = f"noise-{NOISE[0]:g}-{NOISE[1]:g}" if self.noise else ""
        shift = f"shift-{LATER:g}" if self.shift else ""
        masks = f"masks-{MASKS}-{BAND_SHARE:.3g}-{TIME_SHARE:g}" if self.masks else ""
        return "-".join(filter(None, (noise, shift, masks)))

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        with torch.no_grad():
            sound = (lengths - self.tail).clamp_min(1)
            if self.noise:
                frames = self._noisy(frames, sound)
            if self.shift:
                frames = _later(frames, lengths, self.latest)
            return self._blotted(frames, sound) if self.masks else frames

    def _noisy(self, frames: Tensor, sound: Tensor) -> Tensor:
        inside = (torch.arange(frames.shape[1], device=frames.device) < sound[:, None])[:, :, None]
        power = self._power(frames)
        level = (power * inside).sum((1, 2)) / (sound * frames.shape[2])
        quieter = 10 ** (-_drawn(frames, *NOISE) / 10)
        level = (level * quieter)[:, None, None]
        if self.scale == "wave":
            noisy = frames + level.sqrt() * torch.randn_like(frames)
        else:
            noisy = self._heard(power + level * torch.empty_like(frames).exponential_(), inside)
        return torch.where(inside, noisy, frames)

    def _power(self, frames: Tensor) -> Tensor:
        match self.scale:
            case "whisper":
                return 10 ** (4 * frames - 4)
            case "natural":
                return frames.exp()
            case "wave":
                return frames.square()
        return frames

    def _heard(self, power: Tensor, inside: Tensor) -> Tensor:
        match self.scale:
            case "power":
                return power
            case "natural":
                return power.log()
        log = power.clamp_min(1e-10).log10()
        loudest = log.masked_fill(~inside, -torch.inf).amax((1, 2), keepdim=True)
        return (torch.maximum(log, loudest - DEPTH) + 4) / 4

    def _blotted(self, frames: Tensor, sound: Tensor) -> Tensor:
        """Of samples only moments can be blotted out."""
        wave = self.scale == "wave"
        floor = frames.new_zeros(1) if wave else frames.amin((1, 2), keepdim=True)
        places, bands = (torch.arange(size, device=frames.device)[None] for size in frames.shape[1:])
        every = torch.full_like(sound, frames.shape[2])
        for _ in range(MASKS):
            frames = torch.where(_stretch(frames, places, sound, TIME_SHARE)[:, :, None], floor, frames)
            if not wave:
                frames = torch.where(_stretch(frames, bands, every, BAND_SHARE)[:, None], floor, frames)
        return frames


def _later(frames: Tensor, lengths: Tensor, most: int) -> Tensor:
    """What falls out at the end of a sound comes first: silence, where there is some."""
    places = torch.arange(frames.shape[1], device=frames.device)[None]
    offsets = (_drawn(frames, 0, most + 1).long() % lengths)[:, None]
    turned = torch.where(places < lengths[:, None], (places - offsets) % lengths[:, None], places)
    return frames.gather(1, turned[:, :, None].expand_as(frames))


def _stretch(frames: Tensor, places: Tensor, sizes: Tensor, most: float) -> Tensor:
    """(n, places) bool: one stretch of up to `most` of each size, somewhere in it."""
    width = _drawn(frames, 0, most) * sizes
    start = _drawn(frames, 0, 1) * (sizes - width)
    return (places >= start[:, None]) & (places < (start + width)[:, None])


def _drawn(frames: Tensor, low: float, high: float) -> Tensor:
    """(n,) even between both."""
    return torch.empty(len(frames), device=frames.device).uniform_(low, high)
