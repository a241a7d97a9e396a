"""The ONNX files of a recommender, its language model among them; and the proof that they say the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from cases.ranking.split import EvalQueries
from cases.recommendation.item_texts import Axes, Texts
from cases.recommendation.model_choice import Kept
from cases.recommendation.portable import Portable
from cases.training import proof
from cases.training.proof import ProofItems
from models.errors import N_, InputError
from models.evaluation import agreement
from models.evaluation.agreement import Agreement
from models.onnx import export
from models.text import encoder

TEXT, TENSORS, USER = "text.onnx", "items.safetensors", "user.safetensors"
AT_ONCE = 2_000_000  # scores


class ByText(nn.Module):
    """input_ids and attention_mask, both (items, tokens) int64 → vectors of items (items, width + 1)."""

    def __init__(self, body: nn.Module, mean: np.ndarray, weights: np.ndarray) -> None:
        super().__init__()
        self.body = body
        self.register_buffer("mean", torch.from_numpy(mean))
        self.register_buffer("weights", torch.from_numpy(weights))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        states = self.body(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return (encoder.mean(states, attention_mask) - self.mean) @ self.weights


def write(folder: Path, model: Portable, had: list[np.ndarray]) -> None:
    """Write the ONNX files into `folder`, where the tensors are already; `had`: a few histories, as an example."""
    for name, (file, module, inputs) in model.parts.items():
        some = {key: torch.from_numpy(one) for key, one in inputs(had[:2]).items()}
        axes = {key: {0: "n", 1: "most"} for key in some} if name == "list" else None
        outputs = {"scores": {0: "n"}} if name == "list" else {"people": {0: "n"}}
        weights = [folder / TENSORS] if name == "list" else []
        export.write(module, some, folder / file, axes=axes, outputs=outputs, weights=weights)


def save_text(folder: Path, read: Texts, axes: Axes, kept: Kept) -> None:
    """Write `text.onnx`, which reads its weights in `body/`; only a network reads texts."""
    if kept.network is None:
        raise ValueError(f"{kept.name} reads no texts.")
    weights = axes.axes @ kept.network.items.project.weight.detach().cpu().numpy().T
    weights[:, -1] *= np.float32(kept.share)
    network = ByText(read.body.to("cpu").float(), axes.mean, weights).eval()
    ids = read.tokeniser.ids(["One text.", "Another, longer one."])
    inputs = {name: torch.from_numpy(one) for name, one in read.tokeniser.padded(ids).items()}
    free = {name: {0: "n", 1: "tokens"} for name in inputs}
    stored = sorted((folder / "body").glob("*.safetensors"))
    export.write(network, inputs, folder / TEXT, axes=free, outputs={"items": {0: "n"}}, weights=stored)


def tested(model: Portable, asked: EvalQueries, ids: Sequence[str], seed: int) -> ProofItems:
    """What people of the test part had, by the `ids` of items, with the item that torch puts first in their list, and
    its score; none that they had is in it."""
    places = proof.drawn(len(asked.people), seed)
    had = [asked.had[place] for place in places]
    first, scores, close = _first(model, had)
    sizes = np.array([len(some) for some in had])

    def compare(answered: list[tuple[str, float]]) -> Agreement:
        names, reached = zip(*answered, strict=True)
        largest = float(np.abs(scores - np.array(reached)).max())
        return agreement.of_labels([ids[item] for item in first], names, close, largest)

    return ProofItems([str(asked.people[place]) for place in places], [[ids[item] for item in some] for some in had],
                      sizes, compare, len(asked.people))  # fmt: skip


def _first(model: Portable, had: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(people,) each: the first item, its score, and whether the next is all but equally good."""
    found, step = [], max(1, AT_ONCE // model.items)
    for start in range(0, len(had), step):
        some = had[start : start + step]
        table = model.scores(some)
        for row, mine in zip(table, some, strict=True):
            row[mine] = -np.inf
        second, best = np.partition(table, -2, 1)[:, -2:].T
        found.append((table.argmax(1), best, best - second <= agreement.CLOSE))
    first, scores, close = (np.concatenate(each) for each in zip(*found, strict=True))
    return first, scores, close


def required(found: Agreement) -> Agreement:
    """The same again.

    Raises:
        InputError: another item comes first for somebody, although their two best are not all but equal.
    """
    if found.wrong:
        raise InputError(
            found=N_("For {wrong} of {items} users the ONNX file recommends different items from the model."),
            expected=N_("Both must agree unless two items score almost the same."),
            remedy=N_("Start the training again."),
            wrong=len(found.wrong),
            items=found.items,
        )
    return found
