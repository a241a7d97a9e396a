"""A text classifier that other programs feed with the numbers of tokens, and the tokenizer that gives them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, numpy_helper

from cases.base import Evaluation
from cases.classification import predictor, standalone
from cases.dataset import Dataset, gone
from cases.text_analysis import ngrams, standalone_predict
from cases.training.standalone import Script
from models.errors import N_, InputError
from models.onnx import quantization
from models.onnx import standalone as files
from models.onnx.quantization import BITS
from models.progress import ProgressReporter
from models.text import charsmap, tokenizer, vocabulary

TOKENIZER, CHARSMAP = "tokenizer.json", "charsmap.json"
FEWER = "-fewer-tokens"  # ends the names of choices that leave pieces of the vocabulary out
INPUTS = {name: "int64 (n, tokens)" for name in ("input_ids", "attention_mask")}
WINDOWED = {**{name: "int64 (windows, tokens)" for name in INPUTS}, "window_weights": "float32 (n, windows)"}
COUNTED_INPUTS = {"word_ids": "int64 (n, words)", "word_counts": "float32 (n, words)"}
SCRIPT, PACKAGES = Path(standalone_predict.__file__), ("onnxruntime", "tokenizers", "numpy")
RULE = (
    "By clusters of characters that are one to the eye (extended grapheme clusters): of a cluster of less than 6 bytes "
    "in UTF-8 the shortest beginning that is in the map decides what the whole cluster becomes; of others each "
    "character that is in the map is replaced by itself."
)
WORDS_RULE = (
    "Of the first characters of the text in small letters: words, signs, and of Chinese every character; each with "
    "the one before it, parted by a space; and three Chinese characters in a row, parted likewise. word_ids are the "
    "places in the list of those that the text has, each once, and word_counts how many times; shorter rows are filled "
    "with zeros."
)


def choices(bundle: Path) -> tuple[str, ...]:
    """See `cases.base.Task.standalone_choices`; the first is the usual one."""
    whole = ("int4", "int8", "float32")
    described = json.loads((bundle / "body" / TOKENIZER).read_text("utf-8"))
    return (*(f"{one}{FEWER}" for one in whole), *whole) if vocabulary.can_be_reduced(described) else whole


def write(bundle: Path, folder: Path, choice: str, dataset: Dataset | None, report: ProgressReporter) -> dict[str, Any]:
    """See `cases.base.Task.standalone`."""
    stated = json.loads((bundle / "preprocessing.json").read_text("utf-8"))
    model = files.read(predictor.portable(bundle))
    described = json.loads((bundle / "body" / TOKENIZER).read_text("utf-8"))
    windows = stated.get("windows")
    if choice.endswith(FEWER):
        if dataset is None:
            raise gone()
        tokeniser = tokenizer.load(bundle / "body")
        several = tokeniser.windows(dataset.kept["text"].tolist(), windows["count"] if windows else 1)
        used = np.unique(np.concatenate([one for texts in several for one in texts]))
        numbers = vocabulary.kept(described, used.tolist(), stated["pad"])
        described = vocabulary.reduced(described, numbers)
        windows = windows and _renumbered(windows, numbers)
        _keep_rows(model, numbers)
    quantization.quantize(model, BITS[choice.removesuffix(FEWER)])
    described, becomes = charsmap.separated(described)
    _write_json(folder / TOKENIZER, described)
    if becomes is not None:
        _write_json(folder / CHARSMAP, becomes)
    counted = ngrams.vocabulary(bundle)
    if counted is not None:
        shutil.copyfile(bundle / ngrams.FILE, folder / ngrams.FILE)
    told = {
        "modality": "text",
        "inputs": {**(WINDOWED if windows else INPUTS), **({} if counted is None else COUNTED_INPUTS)},
        "tokenizer": {
            "file": TOKENIZER, **{name: stated[name] for name in ("prefix", "most", "pad")}, "windows": windows,
            "charsmap": None if becomes is None else CHARSMAP, **({} if becomes is None else {"rule": RULE}),
        },
        "words": None if counted is None else {"file": ngrams.FILE, "longest": ngrams.LONGEST, "rule": WORDS_RULE},
        "languages": stated.get("languages"),
    }  # fmt: skip
    script = Script(SCRIPT, PACKAGES if becomes is None else (*PACKAGES, "regex"))
    return standalone.write(folder, bundle, model, told, script, choice=choice)


def prove(
    bundle: Path, folder: Path, dataset: Dataset, evaluation: Evaluation, report: ProgressReporter
) -> dict[str, Any] | None:
    """See `cases.base.Task.prove_standalone`."""
    texts = dataset.samples["text"]
    return standalone.prove(
        bundle, folder, evaluation, lambda rows: texts.iloc[rows].tolist(),
        lambda rows: texts.iloc[rows].str.len().to_numpy(), report,
    )  # fmt: skip


def _renumbered(windows: Mapping[str, Any], numbers: np.ndarray) -> dict[str, Any]:
    """With the marks and the prefix as the tokens that were kept are numbered."""
    places = {int(number): place for place, number in enumerate(numbers)}
    return {name: value if name == "count" else [places[one] for one in value] for name, value in windows.items()}


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), "utf-8")


def _keep_rows(model: ModelProto, numbers: np.ndarray) -> None:
    """Of the table in which the tokens are looked up."""
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    same = {"input_ids"}  # the numbers of tokens by all their names
    for node in model.graph.node:
        if node.op_type in ("Cast", "Identity") and node.input[0] in same:
            same.add(node.output[0])
        elif node.op_type == "Gather" and node.input[1] in same and node.input[0] in constants:
            table = constants[node.input[0]]
            rows = np.ascontiguousarray(numpy_helper.to_array(table)[numbers])
            table.CopyFrom(numpy_helper.from_array(rows, table.name))
            return
    raise InputError(
        found=N_("No table of token vectors was found in the model."),
        expected=N_("Leaving tokens out needs a model that looks each token up in one table."),
        remedy=N_("Choose a size that keeps all tokens."),
    )
