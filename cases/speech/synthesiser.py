"""Speak words with eSpeak NG, as a program of its own: the library is under GPL-3.0 and keeps its state in globals.

    python synthesiser.py < orders.json > sounds

An order is [voice, text, words a minute, pitch from 0 to 99]. For each, 4 bytes tell how many bytes follow: samples
of 16 bits, little-endian, mono, 22,050 a second. Exit status 1 where a voice is not there.
"""

from __future__ import annotations

import ctypes
import json
import struct
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SYNCHRONOUS, UTF_8, SPEED, PITCH = 2, 1, 1, 3  # of speak_lib.h
RATE = 22_050
Receive = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
LIBRARIES = ("libespeak-ng.so", "libespeak-ng.dylib", "espeak-ng.dll")


def main() -> int:
    found = find_spec("espeakng_loader")
    if found is None or not found.submodule_search_locations:
        return 1
    folder = Path(found.submodule_search_locations[0])
    espeak = ctypes.CDLL(str(next(path for path in map(folder.joinpath, LIBRARIES) if path.exists())))
    if espeak.espeak_Initialize(SYNCHRONOUS, 0, str(folder / "espeak-ng-data").encode(), 0) != RATE:
        return 1
    spoken = bytearray()

    @Receive
    def receive(samples: Any, count: int, _events: int | None) -> int:
        if samples and count > 0:
            spoken.extend(ctypes.string_at(samples, 2 * count))
        return 0  # go on

    espeak.espeak_SetSynthCallback(receive)
    for voice, text, speed, pitch in json.load(sys.stdin):
        if espeak.espeak_SetVoiceByName(voice.encode()):
            return 1
        espeak.espeak_SetParameter(SPEED, speed, 0)
        espeak.espeak_SetParameter(PITCH, pitch, 0)
        spoken.clear()
        espeak.espeak_ng_SetRandSeed(ctypes.c_long(0))  # of the flutter of a voice: the same bytes each time
        content = text.encode() + b"\0"
        espeak.espeak_Synth(content, ctypes.c_size_t(len(content)), 0, 0, 0, UTF_8, None, None)
        sys.stdout.buffer.write(struct.pack("<I", len(spoken)) + spoken)
    return 0


if __name__ == "__main__":
    sys.exit(main())
