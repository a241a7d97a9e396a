"""Both halves of the network as ONNX, with the weights of the body in the bundle; and the proof that they say the same.

`hearing.onnx` hears a sound, `writing.onnx` adds one token after the other (see
`cases.speech.transcription.whisper_onnx`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch

from cases.speech.transcription.predictor import Dictated
from cases.speech.transcription.whisper_onnx import OnnxDecoder, OnnxEncoder
from models.errors import InputError
from models.onnx import export
from models.progress import ProgressReporter

if TYPE_CHECKING:
    from cases.speech.transcription.greedy_decoder import DecodedText
    from cases.speech.transcription.whisper import Transcriber
    from cases.training.context import TrainingContext
    from models.storage.ragged_array import RaggedArray

HEARING, WRITING = "hearing.onnx", "writing.onnx"
AXES = {"tokens": {0: "n", 1: "new"}, "past": {0: "n", 4: "written"}, "heard": {0: "n"}}


class Packed(Protocol):
    """What the files are made of, and the recordings that they are asked about."""

    @property
    def context(self) -> TrainingContext: ...
    @property
    def transcriber(self) -> Transcriber: ...
    @property
    def waves(self) -> RaggedArray: ...


def save(folder: Path, items: Packed, tested: Sequence[DecodedText], report: ProgressReporter) -> dict[str, Any] | None:
    """Write the files and say how many test recordings get the same text from them, and which others they are.

    None, and a note, if they cannot be written. `tested`: what the network in memory says of the test part.
    """
    network, weights = items.transcriber.network, sorted((folder / "body").glob("*.safetensors"))
    hear, write = OnnxEncoder(network).eval(), OnnxDecoder(network).eval()
    frames = torch.from_numpy(items.transcriber.heard(np.zeros(16_000, np.float32)))[None].repeat(2, 1, 1)
    with torch.no_grad():
        heard = hear(frames)
        tokens = torch.tensor(items.transcriber.rules.prefix).repeat(2, 1)
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
    return _agreement(folder, items, tested, report)


def _agreement(folder: Path, items: Packed, tested: Sequence[DecodedText], report: ProgressReporter) -> dict[str, Any]:
    rows, model = items.context.rows["test"], Dictated(folder)
    expected = [one.tokens for one in tested]
    answered = []
    for number, row in enumerate(rows.tolist()):
        report.check()
        report.progress("test", number, len(rows))
        answered += [one.tokens for one in model.written([items.waves[row]])]
    report.progress("test", len(rows), len(rows))
    other = [row for row, one, another in zip(rows.tolist(), expected, answered, strict=True) if one != another]
    names = items.context.dataset.samples["name"]
    return {"items": len(rows), "same": len(rows) - len(other), "close": [str(names[row]) for row in other]}
