"""What can be seen of one item inside a network: how it enters, its vector, its layers, and one gradient step.

Whoever draws it knows the kinds of panels and nothing of cases. Texts are told as message ids with their args.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cases.training.layers import Layer

if TYPE_CHECKING:
    from models.inspection.gradient_step import GradientStep

ARRAYS = "arrays.npz"
Told = Mapping[str, Any]  # message, args


def said(message: str, **args: Any) -> Told:
    return {"message": message, "args": args}


@dataclass(frozen=True)
class Picture:
    """`file`: in the inspection's folder, with its ending."""

    file: str
    title: Told
    kind: str = "picture"


@dataclass(frozen=True)
class Tokens:
    """`pieces`: (text, id, whether it is a mark) of each token; `left`: how many more there are."""

    pieces: Sequence[tuple[str, int, bool]]
    title: Told
    left: int = 0
    kind: str = "tokens"


@dataclass(frozen=True)
class Heat:
    """A matrix (rows, columns) as a heat map; of several, (slices, rows, columns), one is chosen by its name.

    `names`: of both rows and columns, where they are tokens or items; `rows`: of rows alone. `down`, `across`: titles
    of the axes. `width`: of all columns in units of `across`, where these are not counted. `ranged`: colours go
    from the smallest number to the largest, not from 0 on.
    """

    array: str
    title: Told
    down: Told
    across: Told
    names: Sequence[str] = ()
    rows: Sequence[str] = ()
    slices: Sequence[Told] = ()
    upward: bool = False  # the first row is the lowest
    width: float = 0.0
    ranged: bool = False
    kind: str = "heat"


@dataclass(frozen=True)
class Numbers:
    """A vector, drawn as bars; `names`: of its numbers where they have any."""

    array: str
    title: Told
    names: Sequence[str] = ()
    kind: str = "numbers"


@dataclass(frozen=True)
class Listing:
    """Lines of a table: what it is, and its value as text or as message."""

    rows: Sequence[tuple[Told, str]]
    kind: str = "listing"


@dataclass(frozen=True)
class Missing:
    """There is no such thing here: `title` says why."""

    title: Told
    kind: str = "missing"


Panel = Picture | Tokens | Heat | Numbers | Listing | Missing


@dataclass(frozen=True)
class Seen:
    """One layer that can be chosen."""

    name: Told
    panels: Sequence[Panel]


@dataclass(frozen=True)
class Stage:
    """A stage of the drawn network, as `pages.components.network_diagram` draws it.

    `layers`: of a body its blocks, else one; `groups`: the places in `Step.groups` of its parameters; `lines`: what
    comes out in the forward pass; `names`: of its units.
    """

    kind: str
    title: Told
    layers: Sequence[Layer]
    lines: Sequence[Told] = ()
    groups: Sequence[int] = ()
    names: Sequence[str] = ()


@dataclass(frozen=True)
class LayerStep:
    """See `models.inspection.gradient_step.GroupStep`."""

    name: Told
    parameters: int
    learns: bool
    weights: float
    gradient: float


@dataclass(frozen=True)
class Step:
    """`rates`: learning rate, loss and probability of the label after a step with it; `own`: which of them the run
    began with. `label`: for which the loss is computed; `given`: that is the item's label, else the prediction.
    `notes`: what else is to be known of it."""

    label: str
    given: bool
    loss: float
    probability: float
    rates: Sequence[tuple[float, float, float]]
    own: float
    groups: Sequence[LayerStep]
    notes: Sequence[Told] = ()

    @classmethod
    def of(
        cls, found: GradientStep, names: Sequence[Told], label: str, given: bool, rates: Sequence[float], own: float,
        notes: Sequence[Told],
    ) -> Step:  # fmt: skip
        """`names`: of the groups of `found`; `rates`: those it was taken with."""
        groups = [LayerStep(name, one.parameters, one.learns, one.weights, one.gradient)
                  for name, one in zip(names, found.groups, strict=True)]  # fmt: skip
        tried = [(rate, one.loss, one.probability) for rate, one in zip(rates, found.after, strict=True)]
        return cls(label, given, found.before.loss, found.before.probability, tried, own, groups, notes)


@dataclass(frozen=True)
class Inspection:
    """`input`: the item as the network gets it; `vector`: its feature vector; `layers`: what they make of it; `hidden`:
    hidden units of the head; `stages`: the network in the order of its layers; `step`: None where there is no network.
    `arrays`: by the names that panels use."""

    input: Sequence[Panel]
    vector: Sequence[Panel] = ()
    layers: Sequence[Seen] = ()
    hidden: Sequence[Panel] = ()
    stages: Sequence[Stage] = ()
    step: Step | None = None
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)

    def write(self, folder: Path) -> dict[str, Any]:
        """Write the arrays into `folder`; returns the rest, fit for JSON."""
        named: dict[str, Any] = {name: np.asarray(one) for name, one in self.arrays.items()}
        np.savez_compressed(folder / ARRAYS, allow_pickle=False, **named)
        return asdict(Inspection(self.input, self.vector, self.layers, self.hidden, self.stages, self.step))


def read(folder: Path) -> dict[str, np.ndarray]:
    """The arrays that were written there; never unpickles."""
    with np.load(folder / ARRAYS, allow_pickle=False) as kept:
        return {name: kept[name] for name in kept.files}
