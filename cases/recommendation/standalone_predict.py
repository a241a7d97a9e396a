"""Recommend items to somebody, with the model in this folder; an example for programs in any language.

    python predict.py ID ID …          the items that somebody had, the earliest first

Prints ID and title of the ten best. Needs onnxruntime and numpy. From Python: `recommend(load(folder), had)` takes and
returns numbers of items, which are places in `model["ids"]`.
"""

import json
import sys
from pathlib import Path

import numpy as np


def load(folder):
    """The model, its items, and what model.json says, as a dictionary."""
    import onnxruntime

    folder = Path(folder)
    told = json.loads((folder / "model.json").read_text("utf-8"))
    items = json.loads((folder / told["items"]).read_text("utf-8"))
    session = onnxruntime.InferenceSession(str(folder / told["file"]), providers=["CPUExecutionProvider"])
    number = {name: place for place, name in enumerate(items["ids"])}
    return {"session": session, "number": number, **told, **items}


def scores(model, had):
    """(items,) how much somebody who had these would like each item; what they had is left out."""
    found = model["session"].run(None, {"items": np.array(had, np.int64)})[0]
    found[had] = -np.inf
    found[found < model["gone"]] = -np.inf
    return found


def recommend(model, had, most=10):
    """The numbers of the best items, the best first."""
    found = scores(model, had)
    best = np.argsort(-found, kind="stable")[:most]
    return best[np.isfinite(found[best])]


def predict(model, histories):
    """For each history, a list of IDs, the ID of the item that comes first, and its score."""
    found = [scores(model, [model["number"][name] for name in history]) for history in histories]
    return [[model["ids"][one.argmax()], float(one.max())] for one in found]


if __name__ == "__main__":
    loaded = load(Path(__file__).parent)
    unknown = [name for name in sys.argv[1:] if name not in loaded["number"]]
    if unknown or len(sys.argv) < 2:
        sys.exit(f"No item has the ID {unknown[0]}." if unknown else "Name the items of somebody by their IDs.")
    for item in recommend(loaded, [loaded["number"][name] for name in sys.argv[1:]]):
        print(f"{loaded['ids'][item]}\t{loaded['titles'][item]}")
