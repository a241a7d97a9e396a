"""A classifier in numbers: its layers, what learns in each, and how many parameters that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cases.classification.settings import ClassifierSettings
from cases.settings import knobs
from cases.training.layers import Layer
from models.pretrained.registry import BackboneSpec


def layers(body: BackboneSpec, settings: Mapping[str, Any], classes: Sequence[str]) -> list[Layer]:
    """From the input to the classes; `settings` as in the form. Where they leave nothing to choose all of it learns."""
    hidden, width = settings.get("hidden", 0), body.width
    known = knobs(ClassifierSettings)["activation"][1].options or {}
    activation = known[settings["activation"]] if "activation" in settings else ""
    between = hidden * (width + 1)
    head = [Layer("hidden", hidden, between, between, "learns", activation)] if hidden else []
    weights = len(classes) * ((hidden or width) + 1)
    return [
        Layer("input", body.size),
        *_blocks(body, settings),
        Layer("features", width),
        *head,
        Layer("output", len(classes), weights, weights, "learns"),
    ]


def _blocks(body: BackboneSpec, settings: Mapping[str, Any]) -> list[Layer]:
    mode, first = settings.get("mode", "full"), len(body.blocks) - settings.get("blocks", 0)
    made = []
    for number, (parameters, thin) in enumerate(body.blocks):
        if mode == "lora" and thin:
            added = settings["rank"] * thin
            made.append(Layer("block", 1, parameters + added, added, "adapted"))
        elif mode == "full" or (mode == "last_blocks" and number >= first):
            learning = parameters - (0 if number else body.fixed)
            made.append(Layer("block", 1, parameters, learning, "learns" if learning > parameters / 2 else "frozen"))
        else:
            made.append(Layer("block", 1, parameters, 0, "frozen"))
    return made
