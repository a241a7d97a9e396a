"""Inside a classifier: its feature vector, its hidden units, its classes, and one gradient step with its own loss.

For worker processes only: torch is imported with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cases.classification.settings import ClassifierSettings
from cases.settings import knobs
from cases.training import bundle as bundles
from cases.training.inspection import (
    Inspection,
    Listing,
    Missing,
    Numbers,
    Panel,
    Seen,
    Stage,
    Step,
    Told,
    said,
)
from cases.training.layers import Layer
from models.errors import N_
from models.heads.head import Head
from models.inspection import gradient_step
from models.inspection.gradient_step import GradientStep, Group
from models.training.losses import Loss

RATES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)  # beside the run's own
CLASSES = 3  # the likeliest, whose probabilities are told


@dataclass(frozen=True, eq=False)
class Opened:
    """A saved classifier with one item before it. `blocks`: names of the body's parameters, from the input on; `fixed`:
    the names of those that learn in no mode. `features`: () → (1, width), with what a gradient needs."""

    body: Any
    head: Head
    blocks: Sequence[Sequence[str]]
    features: Callable[[], Tensor]
    fixed: frozenset[str] = frozenset()


def inspect(
    settings_of: type, bundle: Path, opened: Opened, truth: str | None, *, entry: Told, input: Sequence[Panel],
    layers: Sequence[Seen], arrays: Mapping[str, np.ndarray],
) -> Inspection:  # fmt: skip
    """Look into `opened`; `input`, `layers` and their `arrays` are the case's own part.

    Args:
        settings_of: the settings of the case, of which the bundle keeps some.
        truth: the label of the item; where it is no class of the model the step is for the predicted one.
        entry: the shape of the input, as it is written below the input layer.
    """
    settings = bundles.settings_in(bundle, settings_of)
    labels: list[str] = json.loads((bundle / "labels.json").read_text("utf-8"))
    with torch.no_grad():
        features = opened.features()
        scores = opened.head(features)[0]
    shares = scores.softmax(0).numpy()
    target = labels.index(truth) if truth in labels else int(shares.argmax())
    rates = tuple(sorted({*RATES, _rate(settings)}))
    groups = _groups(opened, settings)
    found = _step(opened, settings, len(labels), target, [group for _, group, _ in groups], rates, features)
    names = [name for name, _, _ in groups]
    step = Step.of(found, names, labels[target], truth in labels, rates, _rate(settings), _notes(settings))
    hidden, of_hidden = _hidden(opened.head, features, settings)
    vector = features[0].numpy()
    return Inspection(
        input, [Numbers("vector", said(N_("Output of the pretrained backbone: the input of the new layers")))], layers,
        hidden, _stages(settings, found, groups, labels, shares, vector, entry), step,
        {**arrays, "vector": vector.astype(np.float32), **of_hidden},
    )  # fmt: skip


def _rate(settings: Any) -> float:
    return float(settings.learning_rate or settings.automatic(vars(settings))["learning_rate"])


def loss_of(settings: Any, classes: int) -> nn.Module:
    """The run's own. Weights of classes, as `balanced` has them, cancel out for a single item: they are all 1 here; and
    what compares items with each other has nothing to compare."""
    return Loss(settings.loss, np.ones(classes), smoothing=settings.label_smoothing, gamma=settings.focal_gamma).eval()


def _step(
    opened: Opened, settings: Any, classes: int, target: int, groups: Sequence[Group], rates: Sequence[float],
    features: Tensor,
) -> GradientStep:  # fmt: skip
    loss, label = loss_of(settings, classes), torch.tensor([target])

    def of(vectors: Tensor) -> tuple[Tensor, Tensor]:
        scores = opened.head(vectors)
        return loss(scores, label), scores.softmax(1)[0, target]

    alone = not any(group.learns for group in groups[: len(opened.blocks)])
    return gradient_step.take(lambda: of(opened.features()), groups, rates, (lambda: of(features)) if alone else None)


def _groups(opened: Opened, settings: Any) -> list[tuple[Told, Group, str]]:
    """Of every layer with parameters its name, its parameters, and the kind of its stage. What LoRA added has become
    part of the weights, which themselves did not learn."""
    named, count = dict(opened.body.named_parameters()), len(opened.blocks)
    first = {"full": 0, "last_blocks": count - settings.blocks}.get(settings.mode, count)
    found = [
        (said(N_("Block {n}"), n=number + 1),
         Group([named[name] for name in names if name not in opened.fixed], number >= first), "body")
        for number, names in enumerate(opened.blocks)
    ]  # fmt: skip
    head = opened.head
    if head.hidden is not None:
        found.append((said(N_("Hidden layer")), Group([*head.hidden.parameters()], True), "hidden"))
    return [*found, (said(N_("Output layer")), Group([*head.output.parameters()], True), "output")]


def _notes(settings: Any) -> list[Told]:
    plain = said(N_("One step of plain gradient descent on this example alone, without dropout and augmentation. "
                    "Training takes such steps on batches, with its optimizer."))  # fmt: skip
    lora = said(N_("LoRA was merged into the saved weights, so only the new layers move here."))
    return [plain, *([lora] if settings.mode == "lora" else [])]


def _hidden(head: Head, features: Tensor, settings: Any) -> tuple[list[Panel], dict[str, np.ndarray]]:
    if head.hidden is None:
        return [Missing(said(N_("This network has no hidden layer: the output layer reads the feature vector.")))], {}
    with torch.no_grad():
        before = head.hidden(head.standardised(features))[0]
        after = head.activation(before)
    named = (knobs(ClassifierSettings)["activation"][1].options or {})[settings.activation]
    facts = Listing([
        (said(N_("Units")), f"{len(after):,}"),
        (said(N_("Units at 0 or below")), f"{int((after <= 0).sum()):,}"),
    ])  # fmt: skip
    return [
        Numbers("hidden_before", said(N_("Hidden units before the activation function"))),
        Numbers("hidden", said(N_("Hidden units after the activation function: {activation}"), activation=said(named))),
        facts,
    ], {"hidden_before": before.numpy(), "hidden": after.numpy()}  # fmt: skip


def _stages(
    settings: Any, found: GradientStep, groups: Sequence[tuple[Told, Group, str]], labels: Sequence[str],
    shares: np.ndarray, vector: np.ndarray, entry: Told,
) -> list[Stage]:  # fmt: skip
    places = {kind: [n for n, (_, _, one) in enumerate(groups) if one == kind] for kind in ("body", "hidden", "output")}

    def layer(place: int, kind: str, units: int = 1) -> Layer:
        one = found.groups[place]
        return Layer(kind, units, one.parameters, one.parameters * one.learns, "learns" if one.learns else "frozen")

    stages = [Stage("input", said(N_("Input layer")), [Layer("input", 1)], [entry])]
    if places["body"]:
        blocks = [layer(place, "block") for place in places["body"]]
        stages.append(Stage("body", said(N_("Pretrained backbone")), blocks, [said(N_("{n} blocks"), n=len(blocks))],
                            places["body"]))  # fmt: skip
    norm = said(N_("norm {n}"), n=f"{np.linalg.norm(vector):.3g}")
    stages.append(Stage("features", said(N_("Feature vector")), [Layer("features", len(vector))],
                        [said(N_("{n:,} dimensions"), n=len(vector)), norm]))  # fmt: skip
    if places["hidden"]:
        units = settings.hidden
        stages.append(Stage("hidden", said(N_("Hidden layer")), [layer(places["hidden"][0], "hidden", units)],
                            [said(N_("{n:,} units"), n=units)], places["hidden"]))  # fmt: skip
    likely = [said(N_("{name}: {value}"), name=labels[n], value=f"{shares[n]:.1%}")
              for n in np.argsort(-shares, kind="stable")[:CLASSES]]  # fmt: skip
    output = layer(places["output"][0], "output", len(labels))
    return [*stages, Stage("output", said(N_("Output layer")), [output], likely, places["output"])]
