"""A transcriber that other programs feed with samples at 16 kHz: an encoder, a decoder with what it keeps, and pieces
of text for its tokens."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto

from cases.dataset import Dataset
from cases.speech import reader
from cases.speech.audio import feature_graphs
from cases.speech.audio.features import LONGEST, RATE
from cases.speech.predictor import MOST
from cases.speech.transcription import greedy_decoder, pieces, predict, predictor
from cases.speech.transcription.evaluation import Judge
from cases.speech.transcription.greedy_decoder import DecodingConfig
from cases.speech.transcription.pieces import Pieces
from cases.speech.transcription.predictor import TranscriptPredictor
from cases.training import standalone as standalone_folder
from models.onnx import quantization, runtime, standalone
from models.onnx.graph import Graph
from models.onnx.quantization import BITS
from models.onnx.standalone import Front
from models.progress import ProgressReporter

CHOICES = ("int8", "float32", "int4")  # the first is the usual one
ENCODER, DECODER, PIECES = "encoder.onnx", "decoder.onnx", "pieces.json"
COMPARED = 200  # test recordings; each takes two seconds of a processor
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


def write(
    bundle: Path, folder: Path, choice: str, dataset: Dataset, rows: np.ndarray, report: ProgressReporter
) -> dict[str, Any]:
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
    found = _agreement(folder, told, full, dataset, rows, report)
    return standalone_folder.describe(folder, told, choice, found)


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


def load(folder: Path, told: Mapping[str, Any]) -> Callable[[np.ndarray], str]:
    """The text of a window (samples,), as any program writes it that reads the folder; `told`: its `model.json`."""
    hear, write = (runtime.opened(folder / told["files"][part]) for part in ("encoder", "decoder"))
    decoding, text = told["decoding"], told["text"]
    spoken = Pieces(json.loads((folder / text["pieces"]).read_text("utf-8")), text["between"])
    known = DecodingConfig(*(decoding[name] for name in ("prefix", "end", "never", "never_first", "most")))
    replaced = str.maketrans(*text["replaced"])

    def written(wave: np.ndarray) -> str:
        heard = hear.run(["heard"], {"samples": wave})[0]
        past = np.zeros(decoding["past"], np.float32)

        def step(tokens: np.ndarray) -> np.ndarray:
            nonlocal past
            scores, past = write.run(["scores", "kept"], {"tokens": tokens, "past": past, "heard": heard})
            return np.asarray(scores)

        [found] = greedy_decoder.write(step, 1, known)
        return spoken.text(found.tokens).strip().translate(replaced)

    return written


def _agreement(
    folder: Path, told: Mapping[str, Any], full: TranscriptPredictor, dataset: Dataset, rows: np.ndarray,
    report: ProgressReporter,
) -> dict[str, Any] | None:  # fmt: skip
    """The transcripts beside those of the bundle, and the errors of both; None where there are no items."""
    ours, waves = load(folder, told), reader.sounds(dataset)
    said: list[str] = []
    mine: list[str] = []
    whole: list[str] = []
    for row, text in standalone_folder.tested(dataset, rows, COMPARED, report):
        wave = np.array(waves[row])
        said.append(text)
        mine.append(ours(wave))
        whole += map(full.text, full.model.written([wave]))
    if not said:
        return None
    judge = Judge(told["language"])
    value, value_full = (judge.rates(said, heard)[judge.metric] for heard in (mine, whole))
    return {
        "items": len(said), "same": sum(map(str.__eq__, mine, whole)), "metric": judge.metric, "value": value,
        "value_full": value_full,
    }  # fmt: skip
