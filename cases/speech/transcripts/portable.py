"""Both halves of the network as ONNX, with the weights of the body in the bundle; and the proof that they say the same.

`hearing.onnx` hears a sound, `writing.onnx` adds one token after the other (see `models.whisper_steps`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from cases.speech.transcripts.answering import Dictated
from models import export, leaning
from models.errors import InputError
from models.report import Report
from models.whisper_steps import Hearing, Writing

if TYPE_CHECKING:
    from cases.speech.transcripts.learner import TranscriptLearner

HEARING, WRITING = "hearing.onnx", "writing.onnx"
AXES = {"tokens": {0: "n", 1: "new"}, "past": {0: "n", 4: "written"}, "heard": {0: "n"}}


def save(folder: Path, learner: TranscriptLearner, report: Report) -> dict[str, Any] | None:
    """Write the files and say how many test recordings get the same text from them, and which others they are.

    None, and a note, if they cannot be written.
    """
    network, weights = learner.transcriber.network, sorted((folder / "body").glob("*.safetensors"))
    hear, write = Hearing(network).eval(), Writing(network).eval()
    frames = torch.from_numpy(learner.transcriber.heard(np.zeros(16_000, np.float32)))[None].repeat(2, 1, 1)
    with torch.no_grad():
        heard = hear(frames)
        tokens = torch.tensor(learner.transcriber.rules.prefix).repeat(2, 1)
        past = write(tokens, write.start(2), heard)[1]  # one of some tokens, lest none be taken for the rule
    try:
        export.write(hear, {"frames": frames}, folder / HEARING, fold=False, outputs={"heard": {0: "n"}})
        export.write(write, {"tokens": tokens, "past": past, "heard": heard}, folder / WRITING, axes=AXES, fold=False,
                     outputs={"scores": {0: "n"}, "kept": {0: "n", 4: "all"}})  # fmt: skip
    except InputError as error:
        for name in (HEARING, WRITING):
            (folder / name).unlink(missing_ok=True)
        report.note(error.found, **error.args_)
        return None
    for name in (HEARING, WRITING):
        leaning.lean(folder / name, weights)
    return _agreement(folder, learner, report)


def _agreement(folder: Path, learner: TranscriptLearner, report: Report) -> dict[str, Any]:
    rows, model = learner.ground.rows["test"], Dictated(folder)
    expected = [one.tokens for one in learner.tested or learner.scribe.written(rows, report, "test")]
    answered = []
    for number, row in enumerate(rows.tolist()):
        report.check()
        report.progress("test", number, len(rows))
        answered += [one.tokens for one in model.written([learner.waves[row]])]
    other = [row for row, one, another in zip(rows.tolist(), expected, answered, strict=True) if one != another]
    names = learner.ground.dataset.samples["name"]
    return {"items": len(rows), "same": len(rows) - len(other), "close": [str(names[row]) for row in other]}
