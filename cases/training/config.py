"""What a person's settings mean for the training, whatever the network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from cases import splits
from cases.dataset import Dataset
from cases.hyperparameters import training_length
from models.pretrained import catalog
from models.storage.array_cache import ArrayCache
from models.training import device, lora, trainer

LOOKED_AT = 16  # items before the whole network; where more are looked at than learnt from, memory is taken anew


def plan(settings: Any, *, bf16: bool, items: int | None = None) -> trainer.TrainingConfig:
    """Translate settings into the configuration of the training loop; empty fields take their automatic values, see
    `cases.hyperparameters.automatic`."""
    alone = settings.mode == "head"
    return _config(settings, items, warmup=0.0 if alone else 0.1, bf16=bf16, looked_at=64 if alone else LOOKED_AT,
                   shared=not alone)  # fmt: skip


def of_steps(settings: Any, *, ahead: float) -> trainer.TrainingConfig:
    """The same where no pretrained network moves; `ahead`: the share of steps in which the learning rate rises."""
    return _config(settings, None, warmup=ahead, bf16=settings.precision == "bf16")


def _config(settings: Any, items: int | None, **of_network: Any) -> trainer.TrainingConfig:
    values = vars(settings)
    length, automatic = training_length(type(settings), values, items), settings.automatic(values)
    return trainer.TrainingConfig(
        epochs=length.epochs,
        learning_rate=settings.learning_rate or automatic["learning_rate"],
        batch_size=length.batch_size,
        optimizer=settings.optimizer,
        schedule=settings.schedule,
        weight_decay=automatic.get("weight_decay", 0.0) if settings.weight_decay is None else settings.weight_decay,
        patience=settings.patience,
        seed=settings.seed,
        **of_network,
    )


def trains_in_bf16(settings: Any, where: torch.device, network: torch.nn.Module) -> bool:
    """Whether `network` computes its steps in 16 bits. On a processor a head gains nothing from it, nor does a network
    whose backward pass is no faster there; they do so only when asked to."""
    if not device.use_bf16(settings.precision, where):
        return False
    if where.type == "cuda" or settings.precision == "bf16":
        return True
    return settings.mode != "head" and device.is_of_matrix_products(network)


def feature_rows(dataset: Dataset, width: int, weights: Path, look: str, bf16: bool, cache: Path) -> ArrayCache:
    """Where the frozen body's (samples, width) are kept, for this data, these weights and this precision.

    `look` names how the body looks at an item, for instance the side of the picture.
    """
    name = f"{catalog.digest(weights)[:16]}-{look}-{'bf16' if bf16 else 'fp32'}.rows"
    return ArrayCache(cache / "features" / dataset.digest / name, len(dataset.samples), (width,), "float32")


def view_rows(plain: ArrayCache, dataset: Dataset, augmentation: str, count: int) -> ArrayCache:
    """Where those of `count` augmented views are kept, (learnable samples, count, width), beside the `plain` ones.

    `augmentation` names what is done to an item, and how strongly.
    """
    path = plain.path.with_name(f"{plain.path.stem}-{augmentation}-{count}.rows")
    return replace(plain, path=path, count=len(splits.learnable(dataset)), shape=(count, *plain.shape))


def open_up(network: torch.nn.Module, settings: Any) -> None:
    """Let that part of the body learn which the person chose; `close` undoes it."""
    if settings.mode == "last_blocks":
        network.freeze_all_but(settings.blocks)
    if settings.mode == "lora":
        torch.manual_seed(settings.seed)  # so that adapters begin alike however much was drawn before
        lora.adapt(network.body, rank=settings.rank, alpha=settings.alpha, dropout=settings.lora_dropout)


def close(network: torch.nn.Module, settings: Any) -> None:
    """What was learnt goes into the plain weights."""
    if settings.mode == "lora":
        lora.merge(network.body)
