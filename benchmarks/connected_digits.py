"""Digits that people spoke one by one, joined to strings: real speech with transcripts of several words.

From `spk_fsdd_digits` in `../shared/data`, read in place; a string is of one speaker, with short pauses between.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import soundfile

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LENGTH, PAUSE = 5, 0.15  # digits of a string; seconds between them

Spoken = list[tuple[str, np.ndarray]]  # digits as words with their sounds


def archive(path: Path, source: Path, most: int) -> Path:
    """Write a zip of at most so many recordings with a table of file and transcript.

    Args:
        source: a zip of files DIGIT_SPEAKER_NUMBER.wav in any folders.
    """
    speakers, rate = _speakers(source)
    random, table = np.random.default_rng(0), io.StringIO()
    lines = csv.writer(table)
    lines.writerow(["file", "transcript"])
    strings = [some for spoken in speakers for some in _strings(spoken, random)]
    pause = np.zeros(round(PAUSE * rate), np.float32)
    with ZipFile(path, "w") as made:
        for number, place in enumerate(random.permutation(len(strings))[:most].tolist()):
            words, waves = zip(*strings[place], strict=True)
            sound = io.BytesIO()
            soundfile.write(
                sound, np.concatenate([part for wave in waves for part in (wave, pause)]), rate, format="WAV"
            )
            made.writestr(f"{number:03}.wav", sound.getvalue())
            lines.writerow([f"{number:03}.wav", " ".join(words)])
        made.writestr("transcripts.csv", table.getvalue())
    return path


def _speakers(source: Path) -> tuple[list[Spoken], int]:
    """What each of them spoke, and the samples of a second."""
    found: dict[str, Spoken] = defaultdict(list)
    rate = 0
    with ZipFile(source) as whole:
        for name in sorted(one for one in whole.namelist() if one.endswith(".wav")):
            digit, speaker, _number = Path(name).stem.split("_")
            wave, rate = soundfile.read(io.BytesIO(whole.read(name)), dtype="float32")
            found[speaker].append((WORDS[int(digit)], wave))
    return [found[speaker] for speaker in sorted(found)], rate


def _strings(spoken: Spoken, random: np.random.Generator) -> Iterator[Spoken]:
    """Each is in one string, in an order by chance."""
    order = random.permutation(len(spoken)).tolist()
    for start in range(0, len(order) - LENGTH + 1, LENGTH):
        yield [spoken[place] for place in order[start : start + LENGTH]]
