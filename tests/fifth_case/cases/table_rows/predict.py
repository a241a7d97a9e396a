"""Say which class rows of a table are of, with the model in this folder.

    python predict.py row.txt

Needs decision.py beside it, numpy and safetensors, and nothing of Casebook. A row is a text file in UTF-8 with one
`column: value` per line. Where decision.json names a threshold, an answer below it is “not sure”.
From Python: `predict(load(folder), rows)` returns an array (rows, classes) of probabilities.
"""

import json
import re
import sys
from pathlib import Path

import numpy as np

if __package__ == "cases.table_rows":
    from models.evaluation import decision
else:  # in a bundle it lies beside this script
    import decision  # type: ignore[no-redef]  # it is the same file


def parse(text):
    """Column → value, of the lines of one row."""
    pairs = (re.split("[:：]", line, maxsplit=1) for line in text.splitlines() if line.strip())
    return {column.strip(): "".join(value).strip() for column, *value in pairs}


def number(value):
    try:
        return float(value)
    except ValueError:
        return float("nan")


def encode(columns, rows):
    """(rows, width) float32: the numbers, then for each column of words a 1 in the place of its word; NaN for what is
    missing or was never seen."""
    cells = [[number(row.get(name, "")) for name in columns["numbers"]] for row in rows]
    for name, words in columns["words"].items():
        for row, found in zip(rows, cells, strict=True):
            known = row.get(name) in words
            found += [float(row[name] == word) if known else float("nan") for word in words]
    return np.array(cells, np.float32).reshape(len(rows), -1)


def load(folder):
    """The network and everything it needs, as a dictionary."""
    from safetensors.numpy import load_file

    folder = Path(folder)
    preprocessing = json.loads((folder / "preprocessing.json").read_text("utf-8"))
    labels = json.loads((folder / "labels.json").read_text("utf-8"))
    known = {"labels": labels, "head": load_file(folder / "head.safetensors"), "decision": decision.read(folder)}
    return {**known, **preprocessing}


def load_onnx(folder):
    """The same from model.onnx, with onnxruntime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(Path(folder) / "model.onnx"), providers=["CPUExecutionProvider"])
    return {"session": session, **load(folder)}


def scores(model, rows):
    """(rows, classes)"""
    head, cells = model["head"], encode(model["columns"], rows)
    x = np.nan_to_num((cells - np.float32(model["mean"])) / np.float32(model["std"]))
    x = (x - head["mean"]) / head["std"]
    x = np.maximum(x @ head["hidden.weight"].T + head["hidden.bias"], 0)
    return x @ head["output.weight"].T + head["output.bias"]


def predict(model, rows):
    if "session" in model:
        return model["decision"].tempered(model["session"].run(None, {"cells": encode(model["columns"], rows)})[0])
    told = np.exp(scores(model, rows).astype(np.float64))
    return model["decision"].tempered(told / told.sum(1, keepdims=True))


if __name__ == "__main__":
    loaded = load(Path(__file__).parent)
    for given in sys.argv[1:]:
        probabilities = predict(loaded, [parse(Path(given).read_text("utf-8"))])[0]
        print(given, loaded["decision"].told(loaded["labels"], probabilities), sep="\t")
