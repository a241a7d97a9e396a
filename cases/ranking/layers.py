"""The network that makes lists in numbers: what is read of items, their vectors, the user, and the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cases.ranking.networks import RESIDUAL
from cases.training.layers import Layer
from models.pretrained.registry import BackboneSpec

SPEEDS = 5  # at which what somebody had fades in the user tower


def layers(body: BackboneSpec | None, settings: Mapping[str, Any], *, items: int, people: int) -> list[Layer]:
    """`settings` as in the form. `body`: the language model, None where items start from nothing."""
    width = settings["width"]
    read = [] if body is None else [
        Layer("input", body.size), *(Layer("block", 1, parameters, 0, "frozen") for parameters, _ in body.blocks)
    ]  # fmt: skip
    directions = 0 if body is None else min(settings["text_pca_dims"], body.width, items - 1)
    known = (items + directions) * (width + 1)
    user = {"towers": _towers, RESIDUAL: _towers, "attention": _attention}.get(settings["network"])
    factor = int(settings["network"] == RESIDUAL)  # of the list that is corrected
    one = user(settings, width) if user else people * width
    return [
        *read, Layer("items", width, known, known, "learns"), Layer("user", width, one, one, "learns"),
        Layer("output", items, factor, factor, "learns" if factor else ""),
    ]  # fmt: skip


def _towers(settings: Mapping[str, Any], width: int) -> int:
    given = SPEEDS * width
    return SPEEDS + given * width + (given + 1) * 4 * width + (4 * width + 1) * width + 2 * width


def _attention(settings: Mapping[str, Any], width: int) -> int:
    block = 4 * width * (width + 1) + 8 * width * width + 5 * width + 4 * width  # attention, two layers, two norms
    return settings["max_history"] * width + settings["layers"] * block + 2 * width
