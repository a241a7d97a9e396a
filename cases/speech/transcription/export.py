"""Both halves of the network as ONNX, with the weights of the body in the bundle; and the proof that they say the same.

`hearing.onnx` hears a sound, `writing.onnx` adds one token after the other (see
`cases.speech.transcription.whisper_onnx`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from cases.speech.transcription.predictor import Dictated
from cases.speech.transcription.trained import Tested
from cases.speech.transcription.whisper import Transcriber
from cases.speech.transcription.whisper_onnx import OnnxDecoder, OnnxEncoder
from models.errors import InputError
from models.onnx import export
from models.progress import ProgressReporter

HEARING, WRITING = "hearing.onnx", "writing.onnx"
AXES = {"tokens": {0: "n", 1: "new"}, "past": {0: "n", 4: "written"}, "heard": {0: "n"}}


def save(folder: Path, transcriber: Transcriber, tested: Tested, report: ProgressReporter) -> dict[str, Any] | None:
    """Write the files and say how many test recordings get the same text from them, and which others they are.

    None, and a note, if they cannot be written.
    """
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
        return None
    return _agreement(folder, tested, report)


def _agreement(folder: Path, tested: Tested, report: ProgressReporter) -> dict[str, Any]:
    model, total, other = Dictated(folder), len(tested.names), []
    for number, (name, wave, expected) in enumerate(zip(tested.names, tested.waves, tested.written, strict=True)):
        report.check()
        report.progress("test", number, total)
        if [one.tokens for one in model.written([wave])] != [expected.tokens]:
            other.append(name)
    report.progress("test", total, total)
    return {"items": total, "same": total - len(other), "close": other}
