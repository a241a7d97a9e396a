"""The network in numbers: its layers, what learns in each, and how many parameters that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.pretrained import Body


@dataclass(frozen=True)
class Layer:
    """`state`: frozen, learns or adapted, "" where there is nothing to learn; `learning` of its `parameters` learn."""

    kind: str  # input, block, features, hidden, output
    units: int
    parameters: int = 0
    learning: int = 0
    state: str = ""


def layers(body: Body, settings: Mapping[str, Any], classes: Sequence[str]) -> list[Layer]:
    """From the input to the classes; `settings` as in the form."""
    hidden, width = settings["hidden"], body.width
    head = [Layer("hidden", hidden, *[hidden * (width + 1)] * 2, "learns")] if hidden else []
    weights = len(classes) * ((hidden or width) + 1)
    return [
        Layer("input", body.size),
        *_blocks(body, settings),
        Layer("features", width),
        *head,
        Layer("output", len(classes), weights, weights, "learns"),
    ]


def _blocks(body: Body, settings: Mapping[str, Any]) -> list[Layer]:
    first = len(body.blocks) - settings["blocks"]
    made = []
    for number, (parameters, thin) in enumerate(body.blocks):
        if settings["mode"] == "lora" and thin:
            added = settings["rank"] * thin
            made.append(Layer("block", 1, parameters + added, added, "adapted"))
        elif settings["mode"] == "full" or (settings["mode"] == "last_blocks" and number >= first):
            learning = parameters - (0 if number else body.fixed)
            made.append(Layer("block", 1, parameters, learning, "learns" if learning > parameters / 2 else "frozen"))
        else:
            made.append(Layer("block", 1, parameters, 0, "frozen"))
    return made
