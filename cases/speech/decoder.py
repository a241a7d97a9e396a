"""Every recording is listened to once: its facts and its sound at 16 kHz, or the reason why it cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from cases.base.decoding import Decoded, Decoders
from cases.ingest.decoded_files import decoded_files
from cases.speech import file_types, wav_header
from cases.speech.audio.features import LONGEST, RATE
from cases.speech.audio_stats import FACTS, Meter, NotNumbers
from models.errors import N_
from models.progress import ProgressReporter

BATCH = 32
SLOWEST, FASTEST = 2_000, 768_000  # samples a second
MOST_HOURS = 10
TRUSTED = 0.05  # share by which a compressed file may miss the length that it tells

EMPTY = N_("It holds no sound: its length is zero. Record it again.")
DAMAGED = N_("It is damaged, or its encoding is not supported. Copy it again, or export it as WAV (PCM) or FLAC.")
NOT_NUMBERS = N_("Some sample values are invalid or out of range. Export it again as 16-bit WAV.")
ODD_RATE = N_("Its header gives an impossible sampling rate. Export it again at 16,000 Hz.")
TOO_LONG = N_("It is longer than ten hours. Cut it into pieces.")


def listen(
    placed: list[dict[str, Any]], report: ProgressReporter, decoders: Decoders | None = None
) -> Iterator[Decoded]:
    """Each recording with its facts (see `cases.speech.audio_stats.Meter.facts`) and its sound, or the reason why it
    cannot be used.

    `lies`: whether its header tells another length than it has.
    """
    return decoded_files(placed, heard, report, batch=BATCH, phase="sounds", decoders=decoders)


def heard(path: Path, most: int = LONGEST) -> Decoded:
    """Facts of the whole, and its beginning at 16 kHz, one channel, `most` samples float32 of it; or the reason."""
    if reason := file_types.why_not(path):
        return FACTS, reason
    header = wav_header.read(path)
    try:
        with ExitStack() as closing:
            source: Any = path
            if header and header.lies:
                source = wav_header.Mended(closing.enter_context(path.open("rb")), header)
            facts, outcome = _read(closing.enter_context(soundfile.SoundFile(source)), most)
    except soundfile.LibsndfileError:
        return FACTS, DAMAGED if path.stat().st_size else EMPTY
    except NotNumbers:
        return FACTS, NOT_NUMBERS
    if outcome is EMPTY and header is None:
        return facts, DAMAGED  # what is compressed has a header only when something follows
    return {**facts, "lies": facts["lies"] if header is None else header.lies}, outcome


def _read(sound: soundfile.SoundFile, most: int) -> Decoded:
    if not SLOWEST <= sound.samplerate <= FASTEST:
        return FACTS, ODD_RATE
    meter, kept = Meter(sound.samplerate, sound.channels), _Kept(sound.samplerate, most)
    told = sound.frames
    while len(block := sound.read(meter.frames, dtype="float32", always_2d=True)):
        kept.take(meter.take(block))
        if meter.taken > MOST_HOURS * 3600 * sound.samplerate:
            return FACTS, TOO_LONG
    missing = abs(told - meter.taken)
    facts = {**meter.facts(), "lies": missing > max(TRUSTED * told, sound.samplerate / 10)}
    return facts, kept.sound() if meter.taken else EMPTY


class _Kept:
    """The beginning of a sound that comes block by block, at 16 kHz."""

    def __init__(self, rate: int, most: int) -> None:
        self.most = most
        self.change = None if rate == RATE else soxr.ResampleStream(rate, RATE, 1, "float32")
        self.blocks: list[np.ndarray] = []
        self.count = 0

    def take(self, mono: np.ndarray) -> None:
        if self.count < self.most:
            self._keep(self.change.resample_chunk(mono) if self.change else mono)

    def _keep(self, block: np.ndarray) -> None:
        self.blocks.append(block)
        self.count += len(block)

    def sound(self) -> np.ndarray:
        if self.change:
            self._keep(self.change.resample_chunk(np.zeros(0, np.float32), last=True))
        return np.concatenate(self.blocks)[: self.most]
