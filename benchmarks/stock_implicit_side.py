"""ALS and BPR of the package implicit, as its documentation has them; needs nothing of Casebook, so that it runs in an
environment of its own: `python stock_implicit_side.py FOLDER`.

`FOLDER/interactions.npz` has train_user, train_item (lines,), items, people; and of each part (validation, test) its
people (asked,), wanted (asked, most) filled by -1, had and seen, each as one row of numbers with where each person's
begin. Whatever can be set is chosen on the validation part; ALS makes a user anew of what they had, as its
`recalculate_user` does, which BPR cannot. Writes FOLDER/NAME.npy, where what each wanted stands in their list
(asked, most), and prints a line of JSON: what was chosen, and seconds
of the processor.
"""

import json
import sys
import time
from itertools import product
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

GRIDS = {
    "als": {"factors": (32, 64, 128), "regularization": (1.0, 10.0, 100.0), "alpha": (1.0, 10.0)},
    "bpr": {"factors": (32, 64, 128), "learning_rate": (0.01, 0.05)},
}
ITERATIONS = {"als": 15, "bpr": 100}  # the package's own


def fit(name, train, seed, chosen):
    from implicit.als import AlternatingLeastSquares
    from implicit.bpr import BayesianPersonalizedRanking

    kind = {"als": AlternatingLeastSquares, "bpr": BayesianPersonalizedRanking}[name]
    model = kind(iterations=ITERATIONS[name], random_state=seed, num_threads=1, **chosen)
    model.fit(train, show_progress=False)
    return model


def scores(name, model, asked, items):
    """(asked, items)"""
    if name == "bpr":
        return model.user_factors[asked["people"]] @ model.item_factors.T
    had = csr_matrix((np.ones(len(asked["had"]), np.float32), asked["had"], asked["had_ends"]),
                     (len(asked["people"]), items))  # fmt: skip
    return model.recalculate_user(np.arange(len(asked["people"])), had) @ model.item_factors.T


def ranks(name, model, asked, items):
    """How many other items, of those not seen, come before each that was wanted; -1 where nothing more was."""
    table = np.asarray(scores(name, model, asked, items), np.float32)
    for row in range(len(table)):
        table[row, asked["seen"][asked["seen_ends"][row] : asked["seen_ends"][row + 1]]] = -np.inf
    found = np.full(asked["wanted"].shape, -1)
    for row, place in zip(*np.nonzero(asked["wanted"] >= 0), strict=True):
        own = asked["wanted"][row, place]
        found[row, place] = (table[row] > table[row, own]).sum() + (table[row, :own] == table[row, own]).sum()
    return found


def ndcg(places):
    """At ten, of people who wanted these."""
    many = (places >= 0).sum(1).clip(max=10)
    ideal = np.cumsum(1 / np.log2(np.arange(10) + 2))[many - 1]
    gained = np.where((places >= 0) & (places < 10), 1 / np.log2(np.maximum(places, 0) + 2), 0.0).sum(1)
    return float((gained / ideal).mean())


def main(folder, seed):
    given = dict(np.load(folder / "interactions.npz"))
    items, people = int(given["items"]), int(given["people"])
    parts = {part: {key.removeprefix(f"{part}_"): value for key, value in given.items() if key.startswith(f"{part}_")}
             for part in ("train", "validation", "test")}  # fmt: skip
    ones = np.ones(len(parts["train"]["user"]), np.float32)
    train = csr_matrix((ones, (parts["train"]["user"], parts["train"]["item"])), (people, items))
    for name, grid in GRIDS.items():
        began, best, once = time.process_time(), None, []
        for values in product(*grid.values()):
            chosen, start = dict(zip(grid, values, strict=True)), time.process_time()
            model = fit(name, train, seed, chosen)
            once.append(time.process_time() - start)
            value = ndcg(ranks(name, model, parts["validation"], items))
            if best is None or value > best[0]:
                best = value, chosen, model
        np.save(folder / f"{name}.npy", ranks(name, best[2], parts["test"], items))
        told = {"name": name, "validation": best[0], "chosen": best[1], "seconds": time.process_time() - began,
                "once": float(np.median(once))}  # fmt: skip
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    with threadpool_limits(1):
        main(Path(sys.argv[1]), int(sys.argv[2]))
