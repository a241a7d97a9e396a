"""Speech: teach a pretrained network your own kinds of sounds, or to write down your own speech."""

from __future__ import annotations

from dataclasses import replace

import cases
from cases.speech.file_types import RELATIVES, SOUNDS
from pages.shared.i18n import _
from pages.shared.upload_options import UploadOptions
from pages.steps import flow

case = cases.get("speech")

introduction = _("Transfer learning for audio: fine-tune a pretrained neural network to classify your "
                 "recordings or transcribe speech.")  # fmt: skip
ways = UploadOptions(
    items=",".join(sorted(SOUNDS)),
    tables=".csv,.tsv,.txt",
    hint=_("A zip or tar with one folder of recordings per class, or a table of files with classes or transcripts. "
           "WAV, FLAC, OGG or MP3, any sampling rate. Folders named train, validation and test set the split."),
    collect=_("More ways: microphone, single recordings, table, test file"),
    begin=_("Type a class, then record or add its recordings. Repeat for each class."),
    drop=_("Drop recordings, folders, an archive or a table here"),
    drop_hint=_("Without a typed class, the folder name becomes the class."),
    example=_("for example: yes"),
    read=_("Import recordings"),
    microphone=True,
    advice={ending: _("This file type is not supported. Convert it to WAV or FLAC, for example with `ffmpeg -i "
                      "old.m4a new.wav`.")
            for ending in sorted(RELATIVES)},
)  # fmt: skip
written = replace(
    ways,
    begin=_("Type a sentence, then record it or add its recording. Repeat for each sentence."),
    drop_hint=_("The transcript above applies to these recordings. Or add a table of file and transcript."),
    example=_("for example: turn on the light"),
    words={"label": _("Transcript"), "label_first": _("Type the transcript first.")},
)
flow.show(case, introduction, replace(ways, of_tasks={"transcribe": written}))
