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

NO_SOUND = N_("It is not a sound, whatever its name says. Open it with the program that made it and save it as WAV or "
              "FLAC.")  # fmt: skip
VIDEO = N_("A video, or sound in a file for videos; it is not read here. Take the sound out as WAV, for instance with "
           "`ffmpeg -i old.webm new.wav`.")  # fmt: skip

_KINDS = (  # how the file begins, and what it then is
    (rb"....ftyp(M4[ABP]|3g|mp4|isom|iso\d|dash|F4A)",
     N_("An M4A or MP4 file, as phones record; it is not read here. Convert it to WAV or FLAC, for instance with "
        "`ffmpeg -i old.m4a new.wav` or by exporting it from Audacity.")),
    (rb"....ftyp|\x1aE\xdf\xa3|RIFF....AVI ", VIDEO),
    (rb"ADIF|\xff[\xf0\xf1\xf8\xf9]",
     N_("An AAC file; it is not read here. Convert it to WAV or FLAC, for instance with `ffmpeg -i old.aac new.wav`.")),
    (rb"0&\xb2u\x8ef\xcf\x11",
     N_("A Windows Media file (WMA); it is not read here. Convert it to WAV or FLAC, for instance with "
        "`ffmpeg -i old.wma new.wav`.")),
    (rb"#!AMR|\x02?#!SILK",
     N_("A voice message (AMR or SILK); it is not read here. Convert AMR to WAV with `ffmpeg -i old.amr new.wav`; "
        "SILK, as WeChat keeps it, needs a converter of its own.")),
    (rb"FORM....AIF[FC]|caff|\.snd|MAC |wvpk",
     N_("A sound in another kind of file (AIFF, CAF, AU, APE or WavPack); it is not read here. Convert it to WAV or "
        "FLAC, for instance with `ffmpeg -i old.aiff new.wav`.")),
    (rb"MThd", N_("A MIDI file, which holds notes and no sound. Let a music program play it and export that as WAV.")),
    (rb"\s*(\xef\xbb\xbf)?\s*<(!doctype html|html|head)",
     N_("A web page under the name of a recording. Download the recording itself.")),
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
