"""Speech: teach a pretrained network your own kinds of sounds, or to write down your own speech."""

from __future__ import annotations

from dataclasses import replace

import cases
from cases.speech.file_types import RELATIVES, SOUNDS
from pages.shared.i18n import _
from pages.shared.upload_options import UploadOptions
from pages.steps import flow

case = cases.get("speech")

introduction = _("A network that has listened to many years of speech learns to tell your own kinds of sounds apart: "
                 "words, voices, moods, machines, animals. Or it learns to write down what is said in recordings like "
                 "yours.")  # fmt: skip
ways = UploadOptions(
    items=",".join(sorted(SOUNDS)),
    tables=".csv,.tsv,.txt",
    hint=_("A zip or tar with a folder of recordings for each class, or with a table of file and class, or of file "
           "and transcript: WAV, FLAC, OGG or MP3, of any rate. Folders named train, validation and test are kept "
           "as the split."),
    collect=_("The microphone, loose recordings, a table of classes or transcripts, or a test file of your own"),
    begin=_("Type a class, then record it or drop its recordings. Do the same for the next class."),
    drop=_("Drop recordings, folders, an archive or a table here"),
    drop_hint=_("A folder's name becomes the class of the recordings in it, unless you type one."),
    example=_("for example: yes"),
    read=_("Read these recordings"),
    microphone=True,
    advice={ending: _("This kind of file is not read here. Convert it to WAV or FLAC, for instance with "
                      "`ffmpeg -i old.m4a new.wav` or by exporting it from Audacity.")
            for ending in sorted(RELATIVES)},
)  # fmt: skip
written = replace(
    ways,
    begin=_(
        "Type what you are going to say, then record it, or drop a recording of it. Do the same for the next words."
    ),
    drop_hint=_("What is typed above is what is said in these. Or bring a table of file and transcript beside them."),
    example=_("for example: turn on the light"),
    words={"label": _("Words said in what you add now"), "label_first": _("Type what is said first.")},
)
flow.show(case, introduction, replace(ways, of_tasks={"transcribe": written}))
