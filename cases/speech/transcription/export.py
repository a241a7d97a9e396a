"""Both halves of the network as ONNX, with the weights of the body in the bundle; and the proof that they say the same.

`hearing.onnx` hears a sound, `writing.onnx` adds one token after the other (see
`cases.speech.transcription.whisper_onnx`).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from cases.speech.transcription.predict import HEARING, WRITING
from cases.speech.transcription.whisper import Transcriber
from cases.speech.transcription.whisper_onnx import OnnxDecoder, OnnxEncoder
from models.errors import InputError
from models.onnx import export
from models.progress import ProgressReporter

AXES = {"tokens": {0: "n", 1: "new"}, "past": {0: "n", 4: "written"}, "heard": {0: "n"}}


def write(folder: Path, transcriber: Transcriber, report: ProgressReporter) -> bool:
    """Write the files; False, and a note, if they cannot be written."""
    network, weights = transcriber.network, sorted((folder / "body").glob("*.safetensors"))
    hear, write = OnnxEncoder(network).eval(), OnnxDecoder(network).eval()
    frames = torch.from_numpy(transcriber.heard(np.zeros(16_000, np.float32)))[None].repeat(2, 1, 1)
    with torch.no_grad():
        heard = hear(frames)
        tokens = torch.tensor(transcriber.rules.prefix).repeat(2, 1)
        past = write(tokens, write.start(2), heard)[1]  # one of some tokens, lest none be taken for the rule
    try:
        export.write(hear, {"frames": frames}, folder / HEARING, outputs={"heard": {0: "n"}}, weights=weights)
        export.write(write, {"tokens": tokens, "past": past, "heard": heard}, folder / WRITING, axes=AXES,
                     outputs={"scores": {0: "n"}, "kept": {0: "n", 4: "all"}}, weights=weights)  # fmt: skip
    except InputError as error:
        for name in (HEARING, WRITING):
            (folder / name).unlink(missing_ok=True)
        report.note(error.found, **error.args_)
        return False
    return True
