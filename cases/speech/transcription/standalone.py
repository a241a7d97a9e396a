"""A transcriber that other programs feed with samples at 16 kHz: an encoder, a decoder with what it keeps, and pieces
of text for its tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from onnx import ModelProto

from cases.base import Evaluation
from cases.dataset import Dataset
from cases.speech import reader
from cases.speech.audio import feature_graphs
from cases.speech.audio.features import LONGEST, RATE
from cases.speech.predictor import MOST
from cases.speech.transcription import pieces, predict, predictor, standalone_predict
from cases.speech.transcription.evaluation import Judge
from cases.speech.transcription.predictor import TranscriptPredictor
from cases.training import proof
from cases.training import standalone as files
from cases.training.proof import ProofItems
from cases.training.standalone import Script
from models.evaluation import agreement
from models.onnx import quantization, standalone
from models.onnx.graph import Graph
from models.onnx.quantization import BITS
from models.onnx.standalone import Front
from models.progress import ProgressReporter

CHOICES = ("int8", "float32", "int4")  # the first is the usual one
ENCODER, DECODER, PIECES = "encoder.onnx", "decoder.onnx", "pieces.json"
SCRIPT = Script(Path(standalone_predict.__file__), ("onnxruntime", "numpy", "soundfile", "soxr"))
DECODING = (
    "Give the decoder `prefix` and a past of the shape `past`, in which nothing is written; then the token that it "
    "wrote and the past that it kept, with the same `heard`. A token is the one with the highest score, the first of "
    "equal ones, but none of `never`, and at first none of `never_first`. The text is over at `end`, or after `most` "
    "tokens."
)
TEXT = (
    "Each token adds its piece, a string whose characters are bytes; null adds nothing. All pieces, with `between` "
    "between them, are read as UTF-8. White space around the text is left out, and characters of the first string of "
    "`replaced` become those of the second."
)
WINDOWS = (
    "Recordings longer than `longest` seconds are cut: after `least` seconds at the earliest and `longest` at the "
    "latest, in the middle of the stretch of `pause` seconds with the least power, the first of equal ones. What is "
    "left is cut again. The texts of the windows that are not empty are joined with `between`. After `most` seconds "
    "nothing is heard."
)


def choices(bundle: Path) -> tuple[str, ...]:
    """See `cases.base.Task.standalone_choices`."""
    return CHOICES


def write(bundle: Path, folder: Path, choice: str, dataset: Dataset | None, report: ProgressReporter) -> dict[str, Any]:
    """See `cases.base.Task.standalone`."""
    full = TranscriptPredictor(bundle)
    encoder, decoder = (standalone.read(bundle / name) for name in (predict.HEARING, predict.WRITING))
    for model in (encoder, decoder):
        quantization.quantize(model, BITS[choice], unpacked=model is decoder)
        standalone.share_weights(model)
    _hear_samples(encoder, full.model)
    standalone.write(encoder, folder / ENCODER)
    standalone.write(decoder, folder / DECODER)
    spoken = pieces.of(full.tokenizer)
    (folder / PIECES).write_text(json.dumps(spoken.of_token, ensure_ascii=False, separators=(",", ":")), "utf-8")
    told = _told(predict.described(bundle), full, spoken.between)
    return files.finish(folder, SCRIPT, {**told, "choice": choice})


def prove(
    bundle: Path, folder: Path, dataset: Dataset, evaluation: Evaluation, report: ProgressReporter
) -> dict[str, Any] | None:
    """See `cases.base.Task.prove_standalone`: on the texts, and their errors."""
    tested, seed = evaluation.predictions, json.loads((bundle / "settings.json").read_text("utf-8"))["seed"]
    some = tested.iloc[proof.drawn(len(tested), seed)]
    if some.empty:
        return None
    rows, waves, texts = some["id"].to_numpy(), reader.sounds(dataset), some["predicted"].tolist()
    with TemporaryDirectory() as heard:
        items = ProofItems(
            [str(row) for row in rows], reader.given(dataset, Path(heard), waves, rows, cut=True), waves.lengths[rows],
            lambda answered: agreement.of_labels(texts, answered, np.zeros(len(texts), bool)), len(tested),
        )  # fmt: skip
        found, written = files.prove(folder, items, report)
    judge = Judge(predict.described(bundle)["language"])
    value, value_full = (judge.rates(some["label"].tolist(), told)[judge.metric] for told in (written, texts))
    return files.as_json(found, items, metric=judge.metric, value=value, value_full=value_full)


def _hear_samples(encoder: ModelProto, whisper: predict.OnnxWhisper) -> None:
    """Put before it what makes frames of the whole window of samples."""
    graph = Graph("samples")
    begun = feature_graphs.begun(graph, "samples")
    frames = feature_graphs.window(whisper.extractor, graph, begun, whisper.positions)
    standalone.precede(encoder, Front(graph, {"samples": ("float32", ("samples",))}, {"frames": frames}))


def _told(described: Mapping[str, Any], full: TranscriptPredictor, between_pieces: str) -> dict[str, Any]:
    rules = full.model.rules
    return {
        "kind": "transcription", "modality": "audio", "language": described["language"], "sample_rate": RATE,
        "files": {"encoder": ENCODER, "decoder": DECODER},
        "inputs": {
            "encoder": {"samples": "float32 (samples,)"},
            "decoder": {
                "tokens": "int64 (1, new)", "past": "float32, `kept` of the step before", "heard": "float32, as given",
            },
        },
        "outputs": {"encoder": ["heard"], "decoder": ["scores", "kept"]},
        "decoding": {
            "prefix": rules.prefix, "end": rules.end, "never": rules.never, "never_first": rules.never_first,
            "most": rules.most, "past": [1, *full.model.past], "rule": DECODING,
        },
        "text": {
            "pieces": PIECES, "between": between_pieces, "replaced": described.get("replaced", ("", "")), "rule": TEXT,
        },
        "windows": {
            "longest": LONGEST // RATE, "least": predictor.LEAST // RATE, "pause": predictor.PAUSE / RATE,
            "most": MOST // RATE, "between": full.between, "rule": WINDOWS,
        },
    }  # fmt: skip
