"""A text classifier that other programs feed with the numbers of tokens, and the tokenizer that gives them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, numpy_helper
from tokenizers import Tokenizer

from cases.classification import predictor, standalone
from cases.classification.standalone import Compared
from cases.dataset import Dataset
from models.errors import N_, InputError
from models.onnx import quantization
from models.onnx import standalone as files
from models.onnx.quantization import BITS
from models.progress import ProgressReporter
from models.text import charsmap, tokenizer, vocabulary
from models.text.tokenizer import Tokeniser

TOKENIZER, CHARSMAP = "tokenizer.json", "charsmap.json"
FEWER = "-fewer-tokens"  # ends the names of choices that leave pieces of the vocabulary out
INPUTS = ("input_ids", "attention_mask")
RULE = (
    "By clusters of characters that are one to the eye (extended grapheme clusters): of a cluster of less than 6 bytes "
    "in UTF-8 the shortest beginning that is in the map decides what the whole cluster becomes; of others each "
    "character that is in the map is replaced by itself."
)


def choices(bundle: Path) -> tuple[str, ...]:
    """See `cases.base.Task.standalone_choices`; the first is the usual one."""
    whole = ("int4", "int8", "float32")
    described = json.loads((bundle / "body" / TOKENIZER).read_text("utf-8"))
    return (*(f"{one}{FEWER}" for one in whole), *whole) if vocabulary.can_be_reduced(described) else whole


def write(
    bundle: Path, folder: Path, choice: str, dataset: Dataset, rows: np.ndarray, report: ProgressReporter
) -> dict[str, Any]:
    """See `cases.base.Task.standalone`."""
    stated = json.loads((bundle / "preprocessing.json").read_text("utf-8"))
    tokeniser = tokenizer.load(bundle / "body")
    model = files.read(predictor.portable(bundle))
    described = json.loads((bundle / "body" / TOKENIZER).read_text("utf-8"))
    if choice.endswith(FEWER):
        used = np.unique(np.concatenate(tokeniser.ids(dataset.kept["text"].tolist())))
        numbers = vocabulary.kept(described, used.tolist(), stated["pad"])
        described = vocabulary.reduced(described, numbers)
        _keep_rows(model, numbers)
    quantization.quantize(model, BITS[choice.removesuffix(FEWER)])
    described, becomes = charsmap.separated(described)
    _write_json(folder / TOKENIZER, described)
    if becomes is not None:
        _write_json(folder / CHARSMAP, becomes)
    told = {
        "modality": "text", "inputs": {name: "int64 (n, tokens)" for name in INPUTS},
        "tokenizer": {
            "file": TOKENIZER, **{name: stated[name] for name in ("prefix", "most", "pad")},
            "charsmap": None if becomes is None else CHARSMAP, **({} if becomes is None else {"rule": RULE}),
        },
        "languages": stated.get("languages"),
    }  # fmt: skip
    items = _items(dataset, rows, load(folder, told["tokenizer"]), tokeniser, report)
    return standalone.write(folder, bundle, model, told, items, choice=choice)


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), "utf-8")


class Cut:
    """A text → its tokens, as any program does it that reads the folder."""

    def __init__(self, tokeniser: Tokeniser, becomes: Mapping[str, str]) -> None:
        self.tokeniser, self.becomes = tokeniser, becomes

    def __call__(self, text: str) -> dict[str, np.ndarray]:
        longest = tokenizer.CHARACTERS * self.tokeniser.most
        given = charsmap.applied(self.becomes, (self.tokeniser.prefix + text)[:longest])
        [encoded] = self.tokeniser.tokenizer.encode_batch_fast([given])
        return self.tokeniser.padded([np.array(encoded.ids, np.int32)])


def load(folder: Path, told: Mapping[str, Any]) -> Cut:
    """What cuts texts, of a folder that has its tokenizer; `told`: what `model.json` says of it."""
    cutting = Tokenizer.from_file(str(folder / told["file"]))
    cutting.enable_truncation(told["most"])
    cutting.no_padding()
    becomes = json.loads((folder / told["charsmap"]).read_text("utf-8")) if told["charsmap"] else {}
    return Cut(Tokeniser(cutting, told["prefix"], told["pad"]), becomes)


def _items(
    dataset: Dataset, rows: np.ndarray, cut: Cut, tokeniser: Tokeniser, report: ProgressReporter
) -> Iterator[Compared]:
    texts = dataset.samples["text"]
    for row, label in standalone.tested(dataset, rows, report):
        yield Compared(label, cut(texts.at[row]), tokeniser.padded(tokeniser.ids([texts.at[row]])))


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
