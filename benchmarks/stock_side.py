"""Fine-tuning as the image classification examples of torchvision, timm and transformers do it; one run, one process.

Every picture is decoded anew in every epoch and the whole network runs over it, also where only the head learns. What
both sides share, so that only the engine differs: weights, split, learning rate, schedule, warmup, weight decay, fused
AdamW, clipping, frozen BatchNorm statistics, a head that starts at zero, the best epoch kept. Speaks JSON: see `main`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import timm
import torch
from safetensors.torch import save_model
from torch import nn
from torch.utils.data import DataLoader
from transformers import get_cosine_schedule_with_warmup

from benchmarks.side_report import timed, told
from benchmarks.stock_data import loaders
from models.pretrained import catalog

CLIP, WEIGHT_DECAY = 1.0, 0.01
WARMUP = {"head": 0.0, "full": 0.1}  # share of all steps


class Classifier(nn.Module):
    """A pretrained body and a linear head; `frozen`: the body runs without gradients, in bfloat16 if asked for."""

    def __init__(self, body: nn.Module, classes: int, *, frozen: bool, bf16: bool) -> None:
        super().__init__()
        self.body, self.head = body, nn.Linear(body.num_features, classes)
        self.frozen, self.bf16 = frozen, bf16
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        body.requires_grad_(not frozen)

    def train(self, mode: bool = True) -> Classifier:
        super().train(mode)
        for module in self.body.modules():
            if self.frozen or isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()
        return self

    def forward(self, inputs: Any) -> torch.Tensor:
        with (
            torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen),
            torch.autocast("cpu", torch.bfloat16, enabled=self.bf16),
        ):
            features = self.body(inputs)
        return self.head(features.float())


def fit(model: Classifier, parts: dict[str, DataLoader], spec: dict, best: Path) -> None:
    """Train, look at the validation part after each epoch, and end with the weights of the best one."""
    steps = len(parts["train"]) * spec["epochs"]
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learning, spec["learning_rate"], weight_decay=WEIGHT_DECAY, fused=True)
    schedule = get_cosine_schedule_with_warmup(optimizer, int(WARMUP[spec["mode"]] * steps), steps)
    lowest = float("inf")
    for _ in range(spec["epochs"]):
        model.train()
        for inputs, labels in parts["train"]:
            loss = nn.functional.cross_entropy(model(inputs), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(learning, CLIP)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
        loss, _ = evaluate(model, parts["validation"])
        if loss < lowest:
            lowest = loss
            torch.save([parameter.data for parameter in learning], best)
    with torch.no_grad():
        for parameter, value in zip(learning, torch.load(best, weights_only=True), strict=True):
            parameter.copy_(value)


@torch.no_grad()
def evaluate(model: Classifier, part: DataLoader) -> tuple[float, float]:
    """Mean loss and accuracy."""
    model.eval()
    loss, right, items = 0.0, 0, 0
    for inputs, labels in part:
        logits = model(inputs)
        loss += nn.functional.cross_entropy(logits, labels, reduction="sum").item()
        right += int((logits.argmax(1) == labels).sum())
        items += len(labels)
    return loss / items, right / items


def main(spec: dict) -> dict:
    """`spec`: data, test, validation, mode, bf16, epochs, batch, learning_rate, workers, seed, home."""
    seconds: dict[str, float] = {}
    home = Path(spec["home"])
    torch.manual_seed(spec["seed"])
    with timed("read", seconds):
        for part, archive in (("train", spec["data"]), ("test", spec["test"])):
            with ZipFile(archive) as opened:
                opened.extractall(home / part)
    with timed("prepare", seconds):
        weights = catalog.folder("efficientnet_lite0", home / "models")
        body = timm.create_model(f"local-dir:{weights}", pretrained=True, num_classes=0)
        parts, names = loaders(spec, home, timm.data.resolve_model_data_config(body))
        classes = len(parts["test"].dataset.classes)
        model = Classifier(body, classes, frozen=spec["mode"] == "head", bf16=spec["bf16"])
    with timed("train", seconds):
        fit(model, parts, spec, home / "best.pt")
    with timed("evaluate", seconds):
        _, accuracy = evaluate(model, parts["test"])
    with timed("export", seconds):
        save_model(model, str(home / "model.safetensors"))
    return told(seconds, accuracy, names)


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
