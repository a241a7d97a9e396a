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
    items = json.loads((folder / "items.json").read_text("utf-8"))
    preprocessing = json.loads((folder / "preprocessing.json").read_text("utf-8"))
    files = preprocessing.get("parts", {"network": "model.onnx"})
    sessions = {
        part: onnxruntime.InferenceSession(str(folder / file), options, providers=["CPUExecutionProvider"])
        for part, file in files.items()
    }
    tensors = load_file(folder / "items.safetensors")  # vectors of a network, weights and liked of a list
    number = {name: row for row, name in enumerate(items["ids"])}
    return {"sessions": sessions, "number": number, **tensors, **items, **preprocessing}


def people(model, histories):
    """The network's vector for each person (people, width), from the numbers of what each had, the earliest first."""
    return model["sessions"]["network"].run(None, given(model, histories))[0]


def given(model, histories):
    """What the network takes: the vectors of the latest items, filled at the beginning, and where there is one."""
    longest, vectors = model["longest"], model["vectors"]
    history = np.zeros((len(histories), longest, vectors.shape[1] - 1), np.float32)
    there = np.zeros((len(histories), longest), np.float32)
    for row, had in enumerate(histories):
        latest = np.asarray(had, int)[-longest:]
        history[row, longest - len(latest) :] = vectors[latest, :-1]
        there[row, longest - len(latest) :] = 1
    return {"history": history, "there": there}


def counted(model, histories):
    """What the list takes: the items, filled at the beginning, and how much each counts, older ones less."""
    most = max(map(len, histories))
    items, counts = np.zeros((len(histories), most), np.int64), np.zeros((len(histories), most), np.float32)
    for row, had in enumerate(histories):
        items[row, most - len(had) :] = had
        counts[row, most - len(had) :] = model["decay"] ** np.arange(len(had) - 1, -1, -1)
    return {"items": items, "counts": counts}


def scores(model, histories, some=slice(None)):
    """How much each person would like each item (people, items), or `some` of them: what the network says and what the
    list says, added where both are there. Of a network the last number of an item counts for everybody."""
    total = np.float32(0)
    if "network" in model["sessions"]:
        vectors = model["vectors"][some]
        total = people(model, histories) @ vectors[:, :-1].T + vectors[:, -1]
    if "list" in model["sessions"]:
        total = total + model["sessions"]["list"].run(None, counted(model, histories))[0][:, some]
    return total


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
