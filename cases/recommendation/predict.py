"""Recommend items to a user, with the model in this folder.

    python predict.py ID TITLE …       the user's items by ID or title, the earliest first
    python predict.py history.json     {"had": [ID, ID, …]}

Prints ID and title of the ten best, tab-separated. A name that is unknown, or the title of several items, is told on
stderr and the exit status is 1; the list follows from the other names. Needs onnxruntime, safetensors and numpy, and
nothing of Casebook. From Python: `recommend(load(folder), had, most=10)` returns the numbers of the best items that are
not in `had`, themselves numbers of items as `find` gives them; `model["ids"]` has the IDs.
"""

import difflib
import json
import re
import sys
from pathlib import Path

import numpy as np

AT_ONCE = 2_000_000  # scores
WEIGHTS = 16_000_000  # of a list that are weighed at once, 4 bytes each


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
    titled: dict[str, list[int]] = {}
    shortened: dict[str, list[int]] = {}
    for row, title in enumerate(items["titles"]):
        titled.setdefault(title.casefold(), []).append(row)
        shortened.setdefault(_without_year(title), []).append(row)
    known = {"number": number, "titled": titled, "shortened": shortened}
    return {"sessions": sessions, **known, **tensors, **items, **preprocessing}


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


def listed(model, histories):
    """What the list says of each item for each person (people, items); it weighs all of its weights for each."""
    step = max(1, WEIGHTS // model["weights"].size)
    some = [histories[start : start + step] for start in range(0, len(histories), step)]
    return np.concatenate([model["sessions"]["list"].run(None, counted(model, one))[0] for one in some])


def scores(model, histories):
    """How much each person would like each item (people, items): what the network says and what the list says, added
    where both are there. Of a network the last number of an item counts for everybody."""
    total = np.float32(0)
    if "network" in model["sessions"]:
        total = people(model, histories) @ model["vectors"][:, :-1].T + model["vectors"][:, -1]
    if "list" in model["sessions"]:
        total = total + listed(model, histories)
    return total


def recommend(model, had, most=10):
    table = scores(model, [had])[0]
    table[had] = -np.inf
    return np.argsort(-table, kind="stable")[: min(most, len(table) - len(set(had)))]


def predict(model, histories):
    """For each history, a list of IDs, the ID of the item that comes first, and its score."""
    found, step = [], max(1, AT_ONCE // len(model["ids"]))
    for start in range(0, len(histories), step):
        some = [[model["number"][name] for name in history] for history in histories[start : start + step]]
        table = scores(model, some)
        for row, had in zip(table, some, strict=True):
            row[had] = -np.inf
            found.append([model["ids"][row.argmax()], float(row.max())])
    return found


def named(model, name):
    """The numbers of the items that an ID or a title names: none, one, or several where they share the title."""
    if name in model["number"]:
        return [model["number"][name]]
    return model["titled"].get(name.strip().casefold()) or model["shortened"].get(_without_year(name), [])


def find(model, names):
    """The numbers of items by ID or title, each once; and the names that stand for no item, or for several."""
    rows = {name: named(model, name) for name in names}
    return list(dict.fromkeys(row[0] for row in rows.values() if len(row) == 1)), [
        name for name, row in rows.items() if len(row) != 1
    ]


def read(given):
    """The names of items, as they are given or from a JSON file; exits with a sentence where that cannot be used."""
    if not given:
        sys.exit("Name the items of a user, by ID or title: python predict.py ID ID …")
    if not given[0].endswith(".json"):
        return given
    try:
        asked = json.loads(Path(given[0]).read_text("utf-8"))
    except (OSError, ValueError):
        sys.exit(f"“{given[0]}” cannot be read.")
    if not isinstance(asked, dict) or not isinstance(asked.get("had"), list):
        sys.exit(f'“{given[0]}” is not of the form {{"had": [ID, ID, …]}}.')
    return [str(name) for name in asked["had"]]


def why_not(model, name):
    """Why a name stands for no single item, and what may have been meant."""
    rows = named(model, name)
    if rows:
        return f"Several items are called “{name}”: {', '.join(model['ids'][row] for row in rows)}."
    near = difflib.get_close_matches(_without_year(name), model["shortened"], 1, 0.7)
    if not near:
        return f"No item is called “{name}”."
    row = model["shortened"][near[0]][0]
    return f"No item is called “{name}”; the nearest title is “{model['titles'][row]}” ({model['ids'][row]})."


def _without_year(title):
    return re.sub(r"\(\d{4}\)$", "", title.strip()).rstrip().casefold()


if __name__ == "__main__":
    loaded = load(Path(__file__).parent)
    items, missing = find(loaded, read(sys.argv[1:]))
    for item in recommend(loaded, items) if items else []:
        print(f"{loaded['ids'][item]}\t{loaded['titles'][item]}")
    if missing:
        sys.exit(" ".join(why_not(loaded, name) for name in missing))
