"""Files that come as recordings, or under their names, and cannot be read as one: what they are and what to do."""

from __future__ import annotations

import re
from pathlib import Path

from models.errors import N_

SOUNDS = frozenset({".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3"})
RELATIVES = frozenset({
    ".m4a", ".mp4", ".aac", ".3gp", ".wma", ".amr", ".webm", ".mkv", ".mov", ".avi", ".aif", ".aiff", ".aifc", ".au",
    ".snd", ".caf", ".ape", ".wv", ".mid", ".midi", ".silk",
})  # fmt: skip
SUFFIXES = SOUNDS | RELATIVES

NO_SOUND = N_("Not a recording, despite its name. Save the original as WAV or FLAC.")
VIDEO = N_("A video file or container. Extract the sound as WAV, for instance with `ffmpeg -i old.webm new.wav`.")

_KINDS = (  # how the file begins, and what it then is
    (rb"....ftyp(M4[ABP]|3g|mp4|isom|iso\d|dash|F4A)",
     N_("M4A and MP4 are not supported. Convert it to WAV or FLAC, for instance with `ffmpeg -i old.m4a new.wav`.")),
    (rb"....ftyp|\x1aE\xdf\xa3|RIFF....AVI ", VIDEO),
    (rb"ADIF|\xff[\xf0\xf1\xf8\xf9]",
     N_("AAC is not supported. Convert it to WAV or FLAC, for instance with `ffmpeg -i old.aac new.wav`.")),
    (rb"0&\xb2u\x8ef\xcf\x11",
     N_("WMA is not supported. Convert it to WAV or FLAC, for instance with `ffmpeg -i old.wma new.wav`.")),
    (rb"#!AMR|\x02?#!SILK",
     N_("AMR and SILK are not supported. Convert AMR to WAV with `ffmpeg -i old.amr new.wav`; SILK (WeChat) needs "
        "another tool.")),
    (rb"FORM....AIF[FC]|caff|\.snd|MAC |wvpk",
     N_("AIFF, CAF, AU, APE and WavPack are not supported. Convert it to WAV, for instance with `ffmpeg -i old.aiff "
        "new.wav`.")),
    (rb"MThd", N_("A MIDI file holds notes, not sound. Export it as WAV from a music program.")),
    (rb"\s*(\xef\xbb\xbf)?\s*<(!doctype html|html|head)",
     N_("A web page, not a recording. Download the recording itself.")),
)  # fmt: skip
_BEGINS_AS_SOUND = rb"RIF[FX]....WAVE|RF64....WAVE|riff\x2e\x91\xcf\x11|fLaC|OggS|ID3|\xff[\xe2-\xef\xf2-\xf7\xfa-\xff]"


def why_not(path: Path) -> str | None:
    """The reason (a message id) for not even trying to read the file as a sound, or None."""
    with path.open("rb") as file:
        head = file.read(512)
    for begins, reason in _KINDS:
        if re.match(begins, head, re.DOTALL | re.IGNORECASE):
            return reason
    return None if not head or re.match(_BEGINS_AS_SOUND, head, re.DOTALL) else NO_SOUND
