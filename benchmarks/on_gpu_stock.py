"""The other side of `benchmarks.on_gpu`: plain `transformers.Trainer` over the same data, weights and batches.

As the examples of the libraries have it: items are prepared one by one, with a card by four loading processes; 16-bit
autocast where the machine is quick at it, fused AdamW, and the whole network in every epoch, also where only the head
learns. Neither evaluation nor checkpoints, which are not in the times of Casebook's steps either.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from benchmarks.on_gpu_material import CLASSES, Material, Stock, adapt
from benchmarks.on_gpu_meters import TRACED, WARM, Memory, Meter, Stopwatch, Trace, flops
from benchmarks.on_gpu_parts import Part
from models.training import device

EPOCHS = 2
LOADING = 4  # processes, where there is a card to be kept busy


class Classifier(nn.Module):
    """A pretrained body and a linear head, with the loss as the trainer wants it."""

    accepts_loss_kwargs = False  # the trainer is told that all inputs are for the body

    def __init__(self, body: nn.Module, width: int, classes: int = CLASSES) -> None:
        super().__init__()
        self.body, self.head = body, nn.Linear(width, classes)

    def forward(self, labels: Tensor, **inputs: Tensor) -> dict[str, Tensor]:
        logits = self.head(self.body(**inputs)).float()
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


class Told(TrainerCallback):
    """Tells a meter of each step, and ends the training when it has enough."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter

    def on_step_end(
        self, _args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> TrainerControl:
        self.meter.step(state.global_step)
        control.should_training_stop = control.should_training_stop or self.meter.over
        return control


def measured(part: Part, material: Material, folder: Path, deadline: float) -> dict[str, Any]:
    """Items a second, memory, loss, seconds that the card computes in a step, and FLOPs of an item."""
    watch = Stopwatch(material.steps + 1, EPOCHS * material.steps, deadline)
    with Memory() as memory:
        losses = _train(part, material, folder, watch)
    per_step = watch.per_step
    trace = Trace(WARM, min(TRACED, material.steps - WARM))
    if time.monotonic() < deadline:
        _train(part, material, folder, trace)
    return {
        "items_per_second": material.batch / per_step if per_step else None,
        "busy": trace.per_step / per_step if trace.per_step and per_step else None,
        "memory_mb": memory.mb,
        "loss_before": losses[0] if losses else None,
        "loss_after": losses[-1] if losses else None,
        "flops_per_item": _flops(part, material),
        "cut_short": watch.over,
    }


def opened(part: Part, material: Material) -> Stock:
    """The stock example, of which learns what the part says."""
    torch.manual_seed(0)
    stock = material.stock()
    if part.way == "head":
        stock.body.requires_grad_(False)
    elif part.way == "LoRA":
        adapt(stock.body)
    return stock


def _train(part: Part, material: Material, folder: Path, meter: Meter) -> list[float]:
    stock, where = opened(part, material), device.pick()
    on_card = where.type == "cuda"
    trainer = Trainer(
        stock.model,
        TrainingArguments(
            str(folder / "stock"), num_train_epochs=EPOCHS, per_device_train_batch_size=material.batch,
            learning_rate=material.rates[part.way], optim="adamw_torch_fused", bf16=uses_bf16(material),
            use_cpu=not on_card, dataloader_num_workers=LOADING if on_card else 0, dataloader_pin_memory=on_card,
            eval_strategy="no", save_strategy="no", logging_steps=max(1, material.steps // 2), report_to="none",
            remove_unused_columns=False, disable_tqdm=True, seed=0,
        ),
        data_collator=stock.collate,
        train_dataset=stock.items,
        callbacks=[Told(meter)],
    )  # fmt: skip
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]


def uses_bf16(material: Material) -> bool:
    return material.bf16 and device.use_bf16("auto", device.pick())


def _flops(part: Part, material: Material) -> float:
    stock, where = opened(part, material), device.pick()
    model = stock.model.to(where).train()
    items = min(material.counted, material.batch)
    batch = stock.collate([stock.items[row] for row in range(items)])
    batch = {name: value.to(where) for name, value in batch.items()}

    def step() -> None:
        with torch.autocast(where.type, torch.bfloat16, enabled=uses_bf16(material)):
            loss = model(**batch)["loss"]
        loss.backward()

    return flops(step) / items
