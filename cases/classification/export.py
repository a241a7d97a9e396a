"""What leaves the training of a classifier: body, head and classes, a script that joins them, the ONNX file, a card."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from torch import Tensor, nn

from cases.classification.baselines import PROBE
from cases.classification.conditions import HEAD_ONLY
from cases.training import bundle, model_card, proof
from cases.training.context import TrainingContext
from cases.training.proof import ProofItems
from models.evaluation import decision
from models.evaluation.agreement import Agreement
from models.onnx import export as onnx_export
from models.onnx import runtime
from models.onnx.export import Axes
from models.progress import ProgressReporter


class Exported(Protocol):
    """A network, and what a case does its own way when it is written down.

    `script` becomes predict.py, `modules` are what it imports besides decision.py, by the names of their files there.
    `axes`: see `models.onnx.export.write`. `shares_weights`: the ONNX file reads those of the body and has none of its
    own. `items` and `use`: see `cases.training.model_card.write`.
    """

    @property
    def context(self) -> TrainingContext: ...
    @property
    def network(self) -> nn.Module:
        """With body and head; takes the arrays of a batch in their order, and gives {"logits": (batch, classes)}."""

    @property
    def weights(self) -> Path | None:
        """The folder of the pretrained model; None where the network is trained from scratch."""

    @property
    def preprocessing(self) -> Mapping[str, Any]:
        """What the script must know, fit for JSON."""

    @property
    def use(self) -> Mapping[str, str]: ...
    @property
    def script(self) -> Path: ...
    @property
    def modules(self) -> Mapping[str, Path]: ...
    @property
    def axes(self) -> Axes | None: ...
    @property
    def shares_weights(self) -> bool: ...
    @property
    def items(self) -> str | Mapping[str, str]: ...

    def write_body(self, folder: Path) -> None:
        """Write the body as the library of its kind loads it."""

    def example(self, rows: np.ndarray) -> Mapping[str, Tensor]:
        """Two items, of different length where lengths differ, so that what fills a batch is part of what is written;
        `rows` of the samples may be used."""

    def batch(self, rows: np.ndarray) -> Mapping[str, np.ndarray]:
        """These rows of the samples as the network takes them, by the names of the ONNX file's inputs."""


class Portable(nn.Module):
    """A batch, its arrays in their order → probabilities (n, classes)."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, *given: Tensor) -> Tensor:
        return self.network(*given)["logits"].softmax(1)


def save(
    folder: Path, exported: Exported, result: Mapping[str, Any], items: ProofItems, report: ProgressReporter
) -> dict[str, Any]:
    """Write the bundle into `folder`; returns what is to be known about it (see `cases.base.Trainer.save`).

    `result` is what `result.json` will say of data, test and references; `items`: those of the test part, with what the
    evaluation told of them, which the portable file must give again.
    """
    ask = lambda: items.ask(folder, proof.ONNX, report)  # noqa: E731
    found = write(folder, exported, exported.context.rows["test"], ask, report)
    known = {"onnx": items.as_json(found) if found else None}
    describe(folder, exported, {**result, **known})
    return known


def describe(folder: Path, exported: Exported, result: dict[str, Any]) -> None:
    """Write the model card and the figures; `result` as `result.json` has it."""
    bundle.tell(folder, result)
    settings = vars(exported.context.settings)
    same = PROBE.name if HEAD_ONLY.holds(settings) else ""
    model_card.write(folder, exported.context, exported.weights, result, items=exported.items, use=exported.use,
                     same=same)  # fmt: skip


def write(
    folder: Path, exported: Exported, rows: np.ndarray, ask: Callable[[], Agreement], report: ProgressReporter
) -> Agreement | None:
    """All but what is told of the result; see `models.onnx.export.save`. `rows`: of the test part."""
    head = exported.network.to("cpu").eval().head
    (folder / "body").mkdir(parents=True)
    exported.write_body(folder / "body")
    bundle.begin(folder, exported.context, head, exported.script, dict(exported.preprocessing))
    for name, module in {"decision.py": Path(decision.__file__), **exported.modules}.items():
        shutil.copyfile(module, folder / name)
    weights = sorted((folder / "body").glob("*.safetensors")) if exported.shares_weights else ()
    example = exported.example(rows)
    return onnx_export.save(folder / runtime.FILE, Portable(exported.network), example, ask, report,
                             axes=exported.axes, weights=weights)  # fmt: skip
