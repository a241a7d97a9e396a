"""The network drawn from its input to its classes: what is frozen, what learns, and how much of it there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from cases.training.layers import Layer, alike
from models.pretrained.registry import Pretrained
from pages.shared.assets import read, script
from pages.shared.i18n import _, amount, count, listed, together

MOST_TEXT = 120  # characters of a text in the input layer
MOST_NAMES = 6  # of classes that are written beside the output layer


_component = st.components.v2.component(
    "casebook_network",
    html='<figure class="cb-net"><svg aria-hidden="true"></svg><figcaption class="cb-net-key"></figcaption></figure>',
    css=read(__file__, "drawing.css"),
    js=script(__file__, "drawing.js"),
)


def show(
    layers: Sequence[Layer], *, classes: Sequence[str], looked_at: str, taken: str, key: str,
    example: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """`looked_at` is said beside the input; `taken` as `taken_over` tells it; `example`, an item as
    `Modality.original` has it, stands in the input layer."""
    blocks = [layer for layer in layers if layer.kind == "block"]
    ends = {layer.kind: layer for layer in layers if layer.kind != "block"}
    stages = [
        {**_stage(ends["input"], _("Input layer"), [looked_at]), "example": _in_input(example)},
        *([_body(blocks)] if blocks else []),
        _stage(ends["features"], _("Feature vector"), [_("{n:,} dimensions", n=ends["features"].units)]),
    ]
    if hidden := ends.get("hidden"):
        activation = [_(hidden.activation)] if hidden.activation else []
        told = [_("{n:,} units", n=hidden.units), *activation, _parameters(hidden.parameters)]
        stages.append(_stage(hidden, _("Hidden layer"), told))
    output = ends["output"]
    told = [_("{n:,} classes", n=output.units), _parameters(output.parameters)]
    half = MOST_NAMES // 2  # of many, the first and the last, with the gap of the others between them
    names = classes if len(classes) <= MOST_NAMES else [*classes[:half], *classes[-half:]]
    stages.append({**_stage(output, _("Output layer"), told), "names": list(names)})
    _draw(layers, stages, taken, key)


def show_list(
    layers: Sequence[Layer], *, user: str, taken: str, key: str, example: Mapping[str, Any] | None = None
) -> None:
    """A network that makes lists; `user` is said beside what it makes of one, `taken` and `example` as in `show`."""
    blocks = [layer for layer in layers if layer.kind == "block"]
    ends = {layer.kind: layer for layer in layers if layer.kind != "block"}
    items, one, output = ends["items"], ends["user"], ends["output"]
    many = count("{n} item", "{n} items", output.units)
    read = []
    if blocks:
        titles = {**_stage(ends["input"], _("Titles"), [many]), "example": _in_input(example)}
        read = [titles, _body(blocks)]
    each = [_("{n:,} dimensions each", n=items.units), _parameters(items.parameters)]
    stages = [
        *read,
        {**_stage(items, _("Item embeddings"), each), "kind": "hidden"},
        {**_stage(one, _("User embedding"), [user, _parameters(one.parameters)]), "kind": "hidden"},
        _stage(output, _("Recommendations"), [many]),
    ]
    _draw(layers, stages, taken, key)


@dataclass(frozen=True)
class Drawn:
    """A stage of a network with one example in it. `layers`: of a body its blocks, which have `hints`, else one;
    `lines`: what is written below it; `names`: of its units."""

    kind: str
    title: str
    layers: Sequence[Layer]
    lines: Sequence[str]
    hints: Sequence[str] = ()
    names: Sequence[str] = ()


def show_step(drawn: Sequence[Drawn], summary: str, key: str) -> None:
    """A network while one example goes through it; `summary` says how the lines of the stages are read."""
    _show([_passed(one) for one in drawn], [layer for one in drawn for layer in one.layers], summary, key)


def _passed(one: Drawn) -> dict[str, Any]:
    if one.kind == "body":
        blocks = [{"state": layer.state, "hint": hint} for layer, hint in zip(one.layers, one.hints, strict=True)]
        return {"kind": "body", "narrows": not alike(one.layers), "title": one.title, "lines": [*one.lines],
                "blocks": blocks}  # fmt: skip
    names = {"names": [*one.names]} if one.names else {}
    return {**_stage(one.layers[0], one.title, [*one.lines]), "kind": one.kind, **names}


def later() -> None:
    """Say that it is drawn later: the pretrained model is not known yet."""
    st.caption(_("The diagram appears once the model has been inspected."))


def taken_over(known: Pretrained | None) -> str:
    """What of a model of the catalogue is counted; its card counts all of it, also a decoder or its old classes."""
    counted = _(
        "Counted: the pretrained backbone and the layers after it. Pooling reduces the output of the backbone "
        "to one feature vector."
    )
    if known is None or known.body is None:
        return counted
    whole, body = amount(known.parameters * 1e6), amount(known.body.parameters)
    if whole == body:
        return counted
    return together(counted, _("Transfer learning reuses the backbone of {model}, {body} of its {whole} parameters. "
                               "Its own output layer or decoder is not used.",
                               model=_(known.title), whole=whole, body=body))  # fmt: skip


def _draw(layers: Sequence[Layer], stages: list[dict[str, Any]], taken: str, key: str) -> None:
    whole, learning = sum(layer.parameters for layer in layers), sum(layer.learning for layer in layers)
    body = any(layer.kind == "block" for layer in layers)
    learn = _(
        "{learning} of {whole} parameters of this neural network are trainable.",
        learning=amount(learning),
        whole=amount(whole),
    )
    _show(stages, layers, together(learn, taken if body else ""), key)


def _show(stages: list[dict[str, Any]], layers: Sequence[Layer], summary: str, key: str) -> None:
    alt = together(*(_("{layer}: {facts}.", layer=stage["title"], facts=listed(stage["lines"])) for stage in stages))
    words = {"frozen": _("Frozen"), "learns": _("Trainable"), "adapted": _("Frozen, LoRA trainable")}
    states = list(dict.fromkeys(layer.state for layer in layers if layer.state))
    legend = [{"state": state, "text": words[state]} for state in states]
    _component(key=key, data={"stages": stages, "legend": legend, "summary": summary, "alt": together(alt, summary)})


def _stage(layer: Layer, title: str, lines: list[str]) -> dict[str, Any]:
    return {"kind": layer.kind, "title": title, "lines": lines, "state": layer.state, "units": layer.units}


def _in_input(example: Mapping[str, Any] | None) -> dict[str, str] | None:
    """A picture, or the beginning of a text."""
    if example is None:
        return None
    return {"picture": example["picture"]} if "picture" in example else {"text": example["text"][:MOST_TEXT]}


def _body(blocks: Sequence[Layer]) -> dict[str, Any]:
    whole, learning = sum(block.parameters for block in blocks), sum(block.learning for block in blocks)
    told = _("{n} trainable", n=amount(learning)) if learning else _("all frozen")
    return {
        "kind": "body",
        "narrows": not alike(blocks),
        "title": _("Pretrained backbone"),
        "lines": [_("{n} blocks", n=len(blocks)), _parameters(whole), told],
        "blocks": [
            {"state": block.state, "hint": _("Block {n}: {parameters}", n=n, parameters=_parameters(block.parameters))}
            for n, block in enumerate(blocks, 1)
        ],
    }


def _parameters(number: int) -> str:
    return _("{n} parameters", n=amount(number))
