"""The portable form of a network: one ONNX file, and the proof that it says the same."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models import memory
from models.errors import N_, InputError
from models.memory import Fitting
from models.onnx import external_data, runtime
from models.progress import ProgressReporter

Axes = Mapping[str, Mapping[int, str]]
PROBABILITIES: Axes = {"probabilities": {0: "n"}}
CLOSE = 1e-3  # two best scores nearer than this may fall either way on another machine


@dataclass(frozen=True)
class Agreement:
    """How a file's answers compare with the network's; items are numbered as they were given."""

    items: int
    same: int  # how many got the same label
    close: list[int]  # those whose two best scores differ by `CLOSE` or less
    largest: float  # the largest difference of a probability

    def as_json(self, names: list[str]) -> dict[str, Any]:
        """With the names of the close items in place of their numbers."""
        close = [names[item] for item in self.close]
        return {"items": self.items, "same": self.same, "close": close, "largest_difference": self.largest}


def save(
    path: Path,
    network: nn.Module,
    inputs: Mapping[str, Tensor],
    batches: Iterable[Mapping[str, np.ndarray]],
    expected: np.ndarray,
    names: list[str],
    report: ProgressReporter,
    *,
    axes: Axes | None = None,
    weights: Sequence[Path] = (),
) -> dict[str, Any] | None:
    """Write the file and say how its answers agree with those that were evaluated; None, and a note, if it cannot be.

    Args:
        network, inputs, axes: see `write`.
        batches: the test items, with their `names` and, `expected`, (items, classes) what the evaluation told of them.
        weights: see `external_data.lean`.
    """
    network = network.to("cpu").float().eval()
    try:
        write(network, inputs, path, axes=axes, weights=weights)
        agreement = check(expected, path, batches, report)
    except InputError as error:
        path.unlink(missing_ok=True)
        report.note(error.found, **error.args_)
        return None
    return agreement.as_json(names)


def write(
    network: nn.Module, inputs: Mapping[str, Tensor], path: Path, *, axes: Axes | None = None,
    outputs: Axes = PROBABILITIES, weights: Sequence[Path] = (),
) -> None:  # fmt: skip
    """Write `network(*inputs.values())` as ONNX.

    Args:
        network: on the CPU, in 32 bits and evaluation mode, with its preprocessing inside.
        inputs: an example of each input by name.
        axes: which axes of an input may have any length, by default the first of each.
        outputs: the names of what the network returns, by default probabilities (n, classes), and which of their axes
            may have any length.
        weights: see `external_data.lean`. Without them the file holds its own, and what does not depend on the inputs
        is
            computed beforehand; with them onnxruntime does that when it loads.

    Raises:
        InputError: neither of torch's exporters knows all that the network does, or memory ran out.
    """
    free = {name: dict((axes or {}).get(name, {0: "n"})) for name in inputs}
    try:
        _trace_or_capture(network, inputs, path, free, outputs, whole=not weights)
        external_data.lean(path, network, weights)
    except Exception as error:
        if not memory.ran_out(error):
            raise
        raise InputError(
            found=N_("Memory ran out while exporting to ONNX."),
            expected=N_("The export needs memory for a second copy of the model."),
            remedy=N_("Use the other files of the bundle, or train again with more free memory."),
        ) from error


def _trace_or_capture(
    network: nn.Module, inputs: Mapping[str, Tensor], path: Path, free: Axes, outputs: Axes, *, whole: bool
) -> None:
    try:
        _trace(network, inputs, path, {**free, **outputs}, outputs, whole=whole)
    except RuntimeError as refused:  # the base of all that the exporters raise
        if memory.ran_out(refused):
            raise
        try:
            _capture(network, inputs, path, free, outputs)
        except RuntimeError as error:
            if memory.ran_out(error):
                raise
            raise InputError(
                found=N_("The model cannot be exported to ONNX ({cause})."),
                expected=N_("The export needs operations that ONNX supports."),
                remedy=N_("Use the other files of the bundle, or choose another pretrained model."),
                cause=str(error).strip().splitlines()[0][:200],
            ) from error


def _trace(
    network: nn.Module, inputs: Mapping[str, Tensor], path: Path, free: Axes, outputs: Axes, *, whole: bool
) -> None:
    """The older exporter: a twelfth of the newer one's time, and the same numbers.

    Not `whole`: weights are inputs by their names in the network; writing half a gigabyte takes longer than all else.
    """
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # it announces its own end, and that sizes of this example stay as they are
        torch.onnx.export(
            network, tuple(inputs.values()), str(path), dynamo=False, input_names=list(inputs),
            output_names=list(outputs), dynamic_axes={name: dict(of) for name, of in free.items()},
            do_constant_folding=whole, export_params=whole,
        )  # fmt: skip


def _capture(network: nn.Module, inputs: Mapping[str, Tensor], path: Path, free: Axes, outputs: Axes) -> None:
    shapes = tuple({axis: torch.export.Dim.DYNAMIC for axis in free[name]} for name in inputs)
    with torch.no_grad():
        torch.onnx.export(
            network, tuple(inputs.values()), str(path), dynamo=True, input_names=list(inputs),
            output_names=list(outputs), dynamic_shapes=shapes, external_data=False, verbose=False,
        )  # fmt: skip


def check(
    expected: np.ndarray, path: Path, batches: Iterable[Mapping[str, np.ndarray]], report: ProgressReporter
) -> Agreement:
    """Compare what the file answers on every item of `batches` with what is `expected`, (items, classes).

    Raises:
        InputError: they name an item differently although its two best scores are further apart than `CLOSE`.
    """
    model, answered, fitting = runtime.load(path), [], Fitting(report)
    for batch in batches:
        report.check()
        answered += fitting(partial(_answer, model, batch), 0, len(next(iter(batch.values()))))
    return compare(expected, np.concatenate(answered))


def _answer(model: runtime.Answer, batch: Mapping[str, np.ndarray], start: int, stop: int) -> np.ndarray:
    return model({name: values[start:stop] for name, values in batch.items()})


def compare(expected: np.ndarray, answered: np.ndarray) -> Agreement:
    """Both are probabilities (items, classes)."""
    second, best = np.sort(expected, 1)[:, -2:].T
    close, same = best - second <= CLOSE, expected.argmax(1) == answered.argmax(1)
    if wrong := int((~same & ~close).sum()):
        raise InputError(
            found=N_("The ONNX file predicts a different class from the model for {wrong} of {items} test examples."),
            expected=N_("Both must predict the same class unless two are almost equally probable."),
            remedy=N_("Use the other files of the bundle, or choose another pretrained model."),
            wrong=wrong,
            items=len(expected),
        )
    largest = float(np.abs(expected - answered).max())
    return Agreement(len(expected), int(same.sum()), np.flatnonzero(close).tolist(), largest)
