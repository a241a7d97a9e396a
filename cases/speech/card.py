"""How a bundle for sounds is used, as its card tells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cases import card

if TYPE_CHECKING:
    from cases.speech.learner import SoundItems

USE = """
    pip install torch transformers soundfile soxr safetensors numpy
    python predict.py recording.wav

Without torch, with `pip install onnxruntime soundfile soxr numpy`:

    import numpy, onnxruntime, predict
    session = onnxruntime.InferenceSession("model.onnx")
    frames = predict.ears("body")(predict.decode("recording.wav"))[None]   # (1, frames, {bands}) float32
    lengths = numpy.array([frames.shape[1]])
    probabilities = session.run(None, {{"frames": frames, "lengths": lengths}})[0]   # in the order of labels.json

`model.onnx` reads weights of `body/model.safetensors`, so keep the two together. If you want it in one file:
`import onnx; onnx.save(onnx.load("model.onnx"), "whole.onnx")`.

Recordings may be WAV, FLAC, OGG or MP3 at any rate, mono or stereo. Of one that is longer than 30 seconds the model
hears the beginning.{standard}
"""
STANDARD = """

The body also loads by itself, with the library transformers:
`{loader}.from_pretrained("body")`.
"""
LOADERS = {
    "whisper": "from transformers.models.whisper.modeling_whisper import WhisperEncoder; WhisperEncoder",
    "ge2e_speaker_encoder": None,
}
ANY = "from transformers import AutoModel; AutoModel"


def write(path: Path, items: SoundItems, result: dict[str, Any]) -> None:
    loader = LOADERS.get(items.kind, ANY)
    bands = items.ears.frames(np.zeros(1, np.float32)).shape[1]
    use = USE.format(bands=bands, standard=STANDARD.format(loader=loader).rstrip() if loader else "")
    card.write(path, items.ground, items.weights, result, items="recordings", given="given", use=use)
