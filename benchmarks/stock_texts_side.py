"""Fine-tuning as the text classification example of transformers does it; one run, one process.

Texts become tokens once, in the order of the file, cut at 128; they are shuffled anew for every epoch, and each batch
is filled to its longest text, or to 128 tokens as the example does unless told otherwise (`pad_to_max_length`). The
whole network runs over every text in every epoch, also where only the head learns. What both sides share, so that only
the engine differs: weights, prefix, mean pooling, split, learning rate, schedule, warmup, weight decay, fused AdamW,
clipping, a table of words that stays, a head that starts at zero, the best epoch kept. Speaks JSON: see `main`.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_model
from torch import nn
from torch.utils.data import DataLoader
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerBase

from benchmarks.side_report import timed, told
from benchmarks.stock_side import Classifier, evaluate, fit
from models.pretrained import catalog

MODEL, PREFIX = "multilingual-e5-small", "query: "
MOST = 128  # tokens of a text, the example's `max_seq_length`


class Body(nn.Module):
    """input_ids and attention_mask → the mean over the text (batch, num_features)."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.num_features = encoder, encoder.config.hidden_size

    def forward(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        weights = batch["attention_mask"].unsqueeze(-1)
        return (self.encoder(**batch).last_hidden_state * weights).sum(1) / weights.sum(1)


def rows(path: Path) -> list[tuple[str, str, str]]:
    """Name, text and label of each line of a table with the columns text and label; the name as Casebook gives it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        return [(f"{path.name}:{reader.line_num}", row["text"], row["label"]) for row in reader]


def loader(
    lines: Sequence[tuple[str, str, str]], classes: Sequence[str], tokenizer: PreTrainedTokenizerBase, spec: dict,
    *, shuffle: bool = False,
) -> DataLoader:  # fmt: skip
    encoded = tokenizer([PREFIX + text for _, text, _ in lines], truncation=True, max_length=MOST)
    fields = ("input_ids", "attention_mask")
    items = [({field: encoded[field][row] for field in fields}, classes.index(label))
             for row, (_, _, label) in enumerate(lines)]  # fmt: skip
    together = partial(_together, tokenizer, spec["padding"])
    return DataLoader(items, spec["batch"], shuffle=shuffle, collate_fn=together)


def _together(
    tokenizer: PreTrainedTokenizerBase, padding: str, items: list[tuple[dict[str, list[int]], int]]
) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    filled = tokenizer.pad([text for text, _ in items], padding=padding, max_length=MOST, return_tensors="pt")
    return dict(filled), torch.tensor([label for _, label in items])


def main(spec: dict) -> dict[str, Any]:
    """`spec`: data, test, validation, mode, bf16, epochs, batch, learning_rate, padding, seed, home."""
    seconds: dict[str, float] = {}
    home = Path(spec["home"])
    torch.manual_seed(spec["seed"])
    with timed("read", seconds):
        lines, test = rows(Path(spec["data"])), rows(Path(spec["test"]))
        kept = set(json.loads(Path(spec["validation"]).read_text("utf-8")))
        train, validation = ([line for line in lines if (line[0] in kept) == held] for held in (False, True))
        classes = sorted({label for _, _, label in lines})
    with timed("prepare", seconds):
        weights = catalog.folder(MODEL, home / "models")
        tokenizer = AutoTokenizer.from_pretrained(weights)
        body = Body(AutoModel.from_pretrained(weights, add_pooling_layer=False))
        model = Classifier(body, len(classes), frozen=spec["mode"] == "head", bf16=spec["bf16"])
        body.encoder.get_input_embeddings().requires_grad_(False)
        made = partial(loader, classes=classes, tokenizer=tokenizer, spec=spec)
        parts = {"train": made(train, shuffle=True), "validation": made(validation), "test": made(test)}
    with timed("train", seconds):
        fit(model, parts, spec, home / "best.pt")
    with timed("evaluate", seconds):
        _, accuracy = evaluate(model, parts["test"])
    with timed("export", seconds):
        save_model(model, str(home / "model.safetensors"))
    return told(seconds, accuracy, [name for name, _, _ in train])


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
