"""How many epochs the stock text classification example needs to be as accurate as Casebook, head only.

    python -m benchmarks.texts_against_stock --out && python -m benchmarks.texts_to_equal_accuracy --out

With a frozen body the features never change, so they are computed once here and the stock head learns from them what it
would learn with the whole network before it: the same numbers, sooner. For each number of epochs the learning rate is
the one with the least validation loss, to the stock example's advantage. What so many epochs take is told from
`texts_against_stock`: all but its training, and an epoch so many times.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from transformers import AutoModel, AutoTokenizer

from benchmarks import sides, stock_texts_side, table
from benchmarks.stock_side import Classifier, evaluate, fit
from models.pretrained import catalog

RATES = (5e-4, 2e-3, 5e-3, 2e-2, 5e-2)
EPOCHS = (10, 20, 40, 80)
ROW = "head fp32"


class Features(nn.Identity):
    """In place of a body: its features come in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.num_features = width


@torch.no_grad()
def features(data: Path, test: Path, seed: int, folder: Path) -> tuple[dict[str, TensorDataset], int]:
    """Of each part, as the stock side divides and computes them; and how many classes there are."""
    kept = set(json.loads(sides.held_back("text_analysis", data, test, seed, folder).read_text("utf-8")))
    lines = stock_texts_side.rows(data)
    classes = sorted({label for _, _, label in lines})
    train, validation = ([line for line in lines if (line[0] in kept) == held] for held in (False, True))
    parts = {"train": train, "validation": validation, "test": stock_texts_side.rows(test)}
    weights = catalog.folder(stock_texts_side.MODEL, folder / "models")
    tokenizer = AutoTokenizer.from_pretrained(weights)
    body = stock_texts_side.Body(AutoModel.from_pretrained(weights, add_pooling_layer=False)).eval()
    loader = partial(stock_texts_side.loader, classes=classes, tokenizer=tokenizer,
                     spec={"batch": 32, "padding": "longest"})  # fmt: skip
    return {name: TensorDataset(*map(torch.cat, zip(*((body(batch), labels) for batch, labels in loader(some)),
                                                    strict=True)))
            for name, some in parts.items()}, len(classes)  # fmt: skip


def learn(parts: dict[str, TensorDataset], classes: int, epochs: int, rate: float, folder: Path) -> SimpleNamespace:
    torch.manual_seed(0)
    model = Classifier(Features(parts["train"].tensors[0].shape[1]), classes, frozen=True, bf16=False)
    loaders = {name: DataLoader(one, 32, shuffle=name == "train") for name, one in parts.items()}
    spec = {"epochs": epochs, "learning_rate": rate, "mode": "head"}
    fit(model, loaders, spec, folder / "best.pt")
    return SimpleNamespace(loss=evaluate(model, loaders["validation"])[0], right=evaluate(model, loaders["test"])[1])


def main() -> None:
    parser = table.options(__doc__, "texts_to_equal_accuracy")
    parser.add_argument("--data", type=Path, default=table.QUESTIONS / "train.csv", help="a table: text, label")
    parser.add_argument("--test", type=Path, default=table.QUESTIONS / "test.csv", help="the same, only to test on")
    args = parser.parse_args()
    met = json.loads((table.ROOT / "benchmarks/results/texts_against_stock.json").read_text("utf-8"))
    known, before = met["rows"][ROW], met["epochs"]
    accuracy = median(one["accuracy"] for one in known["casebook"])
    mine, theirs = (median(one["total"] for one in known[side]) for side in ("casebook", "stock"))
    epoch = median(one["seconds"]["train"] for one in known["stock"]) / before
    rows, figures = [], {}
    with TemporaryDirectory() as folder:
        parts, classes = features(args.data.absolute(), args.test.absolute(), 0, Path(folder))
        for epochs in EPOCHS[:1] if args.quick else EPOCHS:
            found = {rate: learn(parts, classes, epochs, rate, Path(folder)) for rate in RATES}
            rate = min(found, key=lambda rate: found[rate].loss)
            took = theirs + (epochs - before) * epoch
            rows.append([epochs, rate, 100 * found[rate].right, 100 * accuracy, took, mine, took / mine])
            figures[epochs] = {"learning_rate": rate, "accuracy": found[rate].right, "seconds": took}
    table.show(["epochs", "learning rate", "stock, %", "Casebook, %", "stock, s", "Casebook, s", "times"], rows)
    table.write(args.out, casebook={"accuracy": accuracy, "seconds": mine}, stock=figures)


if __name__ == "__main__":
    main()
