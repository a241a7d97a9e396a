"""The ONNX files of a recommender, its language model among them; and the proof that they say the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cases.ranking.split import EvalQueries
from cases.recommendation.item_texts import Axes, Texts
from cases.recommendation.model_choice import Kept
from cases.recommendation.portable import Portable, Run
from models.errors import N_, InputError
from models.onnx import export, runtime
from models.progress import ProgressReporter
from models.text import encoder

TEXT, TENSORS, USER = "text.onnx", "items.safetensors", "user.safetensors"
CHECKED = 1000  # people


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


def save(folder: Path, model: Portable, asked: EvalQueries, report: ProgressReporter) -> dict[str, Any]:
    """Write the ONNX files into `folder`, where the tensors are already, and say how the lists they give begin, beside
    those of what was kept.

    Raises:
        InputError: another item comes first for somebody, although their two best are not all but equal.
    """
    sessions = {}
    for name, (file, module, inputs) in model.parts.items():
        some = {key: torch.from_numpy(one) for key, one in inputs(asked.had[:2]).items()}
        axes = {key: {0: "n", 1: "most"} for key in some} if name == "list" else None
        outputs = {"scores": {0: "n"}} if name == "list" else {"people": {0: "n"}}
        weights = [folder / TENSORS] if name == "list" else []
        export.write(module, some, folder / file, axes=axes, outputs=outputs, weights=weights)
        sessions[name] = runtime.load(folder / file)
    return agreement(model, asked, lambda name, batch: sessions[name](batch), report)


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


def agreement(model: Portable, asked: EvalQueries, run: Run, report: ProgressReporter) -> dict[str, Any]:
    """How the lists begin that `run` gives, beside those of torch; see `save`."""
    wrong, same, close = 0, 0, []
    places = range(min(CHECKED, len(asked.people)))
    for place in places:
        report.check()
        one, other = (model.scores([asked.had[place]], by)[0] for by in (None, run))
        for scored in (one, other):
            scored[asked.seen[place]] = -np.inf
        second, first = np.partition(one, -2)[-2:]
        agree = bool(one.argmax() == other.argmax())
        same += agree
        if first - second <= export.CLOSE:
            close.append(str(asked.people[place]))
        elif not agree:
            wrong += 1
    if wrong:
        raise InputError(
            found=N_("For {wrong} of {items} users the ONNX file recommends different items from the model."),
            expected=N_("Both must agree unless two items score almost the same."),
            remedy=N_("Start the training again."),
            wrong=wrong,
            items=len(places),
        )
    return {"items": len(places), "same": same, "close": close}
