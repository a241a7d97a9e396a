"""What the plain code of every classifier needs to know besides its settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cases import splits
from cases.classification.conditions import has_final_fit, views_learnt
from cases.dataset import Dataset
from cases.notebook import Notebook, TrainingRecord, render

LAYERED = ("A learning rate that falls from block to block towards the input.", "学习率从输出端向输入端逐层块递减。")
VIEWS = ("Augmented views of the training samples beside the plain ones.", "训练样本之外的增强视图。")
NAMES = ("What the encoder makes of the class names, towards which the weights of the head are pulled.",
         "编码器对类别名称的表示，分类头的权重朝它收缩。")  # fmt: skip
SHORT = ("Computing in 16-bit numbers (bfloat16).", "用 16 位浮点数（bfloat16）计算。")
ACTIVATIONS = {"sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "ReLU", "gelu": "GELU"}


def write(
    template: str, language: str, record: TrainingRecord, *, left_out: Sequence[tuple[str, str]] = (),
    counted: float | None = None, **values: Any,
) -> Notebook:  # fmt: skip
    """The notebook by a template that includes those of this folder.

    Args:
        left_out: parts of the model that the code lacks, in English and Chinese.
        counted: the factor of a model that answers together with the network, see `cases.classification.ensemble`; None
            where the network answers alone.
    """
    settings, trained = record.settings, record.trained
    return render(
        template, language, record,
        penalised="l2_penalty" in trained or settings["weight_decay"] is None,
        penalty=trained.get("l2_penalty"),
        share=trained.get("share", 1.0),
        keep_last="share" in trained and trained.get("best_epoch") == trained.get("epochs"),
        final_fit=has_final_fit(settings),
        activation=ACTIVATIONS[settings["activation"]],
        counted=counted,
        left_out=[*left_out, *([NAMES] if trained.get("class_names") else []), *_left_out(settings)],
        **values,
    )  # fmt: skip


def divided(dataset: Dataset, settings: Any) -> Dataset:
    """The data whose examples are in the parts of these settings."""
    return dataset.divided(splits.assign(dataset, **splits.asked(settings)))


def _left_out(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if settings["mode"] in ("last_blocks", "full") and settings["layer_decay"] < 1:
        yield LAYERED
    if views_learnt(settings):
        yield VIEWS
    if settings["precision"] == "bf16":
        yield SHORT
