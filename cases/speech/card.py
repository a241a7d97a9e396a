"""How a bundle for sounds is used, as its card tells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cases import card

if TYPE_CHECKING:
    from cases.speech.learner import SoundItems

USE = """
    pip install torch transformers soundfile soxr safetensors numpy
    python predict.py recording.wav

Without torch, with `pip install onnxruntime soundfile soxr numpy`:

    import numpy, onnxruntime, predict
    session = onnxruntime.InferenceSession("model.onnx")
    frames = predict.{frames}(predict.decode("recording.wav"), {bands})[None]   # (1, frames, {bands}) float32
    lengths = numpy.array([frames.shape[1]])
    probabilities = session.run(None, {{"frames": frames, "lengths": lengths}})[0]   # in the order of labels.json

`model.onnx` reads weights of `body/model.safetensors`, so keep the two together. If you want it in one file:
`import onnx; onnx.save(onnx.load("model.onnx"), "whole.onnx")`.

Recordings may be WAV, FLAC, OGG or MP3 at any rate, mono or stereo. Of one that is longer than 30 seconds the model
hears the beginning.{standard}
"""
STANDARD = """

The body also loads by itself, with the library transformers:
`from transformers.models.whisper.modeling_whisper import WhisperEncoder; WhisperEncoder.from_pretrained("body")`.
"""


def write(path: Path, items: SoundItems, result: dict[str, Any]) -> None:
    whisper = items.kind == "whisper"
    use = USE.format(frames="whisper_frames" if whisper else "voice_frames", bands=items.ears.bands,
                     standard=STANDARD.rstrip() if whisper else "")  # fmt: skip
    card.write(path, items.ground, items.weights, result, items="recordings", given="given", use=use)
