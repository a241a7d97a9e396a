"""Sample data sets: ten commands in English or Chinese, spoken by forty voices of the synthesiser eSpeak NG.

No package on the index carries labelled recordings of several people (`docs/samples.md` names those looked at). The
words are real, the voices are computed: each differs in throat, pitch, speed, loudness and noise. Voices of the test
part speak in no other part. eSpeak NG runs as a program of its own, see `synthesiser.py`; what it says is free to use.
"""

from __future__ import annotations

import csv
import io
import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import soundfile
import soxr

from cases.base import Sample, UploadedFile
from cases.ingest import packaged
from cases.speech import synthesiser
from cases.speech.audio.features import RATE
from models.errors import N_

PACKAGE = "espeakng-loader"
VOICES = {
    "train": ("f1", "f3", "f4", "Andrea", "Annie", "belinda", "linda", "grandma", "m1", "m2", "m4", "m5", "m7", "Alex",
              "Denis", "Gene", "Jacky", "Lee", "Marco", "Reed", "david", "gustave", "max", "rob"),
    "validation": ("f2", "steph", "Alicia", "m3", "m8", "Mike", "caleb", "victor"),
    "test": ("f5", "anika", "m6", "Hugo", "Nguyen", "benjamin", "iven", "zac"),
}  # fmt: skip


@dataclass(frozen=True)
class Language:
    """`voice`: how eSpeak calls it. `commands`: the words to say, which are the classes."""

    voice: str
    file: str
    commands: tuple[str, ...]


ENGLISH = Language("en-us", "spoken-commands.zip",
                   ("forward", "back", "left", "right", "up", "down", "on", "off", "go", "stop"))  # fmt: skip
CHINESE = Language("cmn", "spoken-chinese-commands.zip",
                   ("前进", "后退", "左转", "右转", "上升", "下降", "打开", "关闭", "开始", "停止"))  # fmt: skip


def write(language: Language, folder: Path) -> UploadedFile:
    """A zip of recordings and a table of their classes, voices and parts; the same bytes each time.

    Raises:
        InputError: the package is not installed.
    """
    packaged.folder(PACKAGE)
    random, path, table = np.random.default_rng(0), folder / language.file, io.StringIO()
    lines = csv.writer(table, lineterminator="\n")
    lines.writerow(["file", "label", "speaker", "split"])
    asked = [(part, voice, word) for part, voices in VOICES.items() for voice in voices for word in language.commands]
    orders = [
        (f"{language.voice}+{voice}", word, int(random.integers(130, 190)), int(random.integers(30, 70)))
        for _part, voice, word in asked
    ]
    with zipfile.ZipFile(path, "w") as archive:
        for (part, voice, word), spoken in zip(asked, speak(orders), strict=True):
            name = f"{voice}/{language.commands.index(word)}.wav"
            archive.writestr(zipfile.ZipInfo(name), _wav(_recorded(spoken, random)))  # without the time
            lines.writerow([name, word, voice, part])
        archive.writestr(zipfile.ZipInfo("recordings.csv"), table.getvalue())
    return UploadedFile(path, language.file)


def speak(orders: Sequence[tuple[str, str, int, int]]) -> Iterator[np.ndarray]:
    """Orders as `synthesiser.py` takes them → (samples,) between -1 and 1 at its rate."""
    program = [sys.executable, str(Path(synthesiser.__file__))]
    sounds = subprocess.run(program, input=json.dumps(orders).encode(), capture_output=True, check=True).stdout
    start = 0
    while start < len(sounds):
        (size,) = struct.unpack_from("<I", sounds, start)
        yield np.frombuffer(sounds, "<i2", size // 2, start + 4) / 32_768
        start += 4 + size


def _recorded(spoken: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """As by a microphone: at 16 kHz, with a moment of silence around it, its own loudness and some noise."""
    sound = soxr.resample(spoken, synthesiser.RATE, RATE)
    sound = np.pad(sound / np.abs(sound).max(), random.integers(1_000, 4_000, 2))
    loud, noise = 10 ** random.uniform(-1, -0.15), 10 ** random.uniform(-3.2, -1.8)
    return loud * (sound + random.normal(0, noise, len(sound))) / 1.1


def _wav(sound: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, sound, RATE, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


SPOKEN = (
    Sample(
        "commands_en",
        N_("Try it with spoken commands in English"),
        N_("Synthetic: ten English commands by 40 eSpeak NG voices each (package espeakng-loader), free to use. Test "
           "voices are not in the training set."),
        partial(write, ENGLISH),
        ENGLISH.file,
    ),
    Sample(
        "commands_zh",
        N_("Try it with spoken commands in Chinese"),
        N_("Synthetic: ten Mandarin commands by 40 eSpeak NG voices each (package espeakng-loader), free to use. Test "
           "voices are not in the training set."),
        partial(write, CHINESE),
        CHINESE.file,
    ),
)  # fmt: skip
COMMANDS = SPOKEN if find_spec(PACKAGE.replace("-", "_")) else ()  # the program is under GPL-3.0: a person's own to add
