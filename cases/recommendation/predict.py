"""Say what somebody may want next, with the model in this folder.

    python predict.py ID ID …          the items somebody had, the earliest first
    python predict.py had.json         {"had": [ID, ID, …]}

Needs onnxruntime, safetensors and numpy, and nothing of Casebook. From Python: `recommend(load(folder), had, most=10)`
returns the numbers of the best items that are not in `had`, themselves numbers of items; `model["ids"]` has the names.
"""

import json
import sys
from pathlib import Path

import numpy as np


def load(folder):
    """The model and everything it needs, as a dictionary."""
    import onnxruntime
    from safetensors.numpy import load_file

    folder = Path(folder)
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    items = json.loads((folder / "items.json").read_text("utf-8"))
    vectors = load_file(folder / "items.safetensors")["vectors"]
    preprocessing = json.loads((folder / "preprocessing.json").read_text("utf-8"))
    number = {name: row for row, name in enumerate(items["ids"])}
    return {"session": session, "vectors": vectors, "number": number, **items, **preprocessing}


def people(model, histories):
    """A vector for each person (people, width), from the numbers of what each had, the earliest first."""
    longest, vectors = model["longest"], model["vectors"]
    history = np.zeros((len(histories), longest, vectors.shape[1] - 1), np.float32)
    there = np.zeros((len(histories), longest), np.float32)
    for row, had in enumerate(histories):
        latest = np.asarray(had, int)[-longest:]
        history[row, longest - len(latest) :] = vectors[latest, :-1]
        there[row, longest - len(latest) :] = 1
    return model["session"].run(None, {"history": history, "there": there})[0]


def scores(model, histories):
    """How much each person would like each item (people, items); the last number of an item counts for everybody."""
    return people(model, histories) @ model["vectors"][:, :-1].T + model["vectors"][:, -1]


def recommend(model, had, most=10):
    table = scores(model, [had])[0]
    table[had] = -np.inf
    return np.argsort(-table, kind="stable")[: min(most, len(table) - len(set(had)))]


def read(model, given):
    """The numbers of items, from their names or from a file with them."""
    names = json.loads(Path(given[0]).read_text("utf-8"))["had"] if given[0].endswith(".json") else given
    return [model["number"][name] for name in names]


if __name__ == "__main__":
    loaded = load(Path(__file__).parent)
    for item in recommend(loaded, read(loaded, sys.argv[1:])):
        print(f"{loaded['ids'][item]}\t{loaded['titles'][item]}")
