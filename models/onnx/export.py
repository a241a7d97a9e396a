"""The portable form of a network: one ONNX file, and the proof that it says the same."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models import memory
from models.errors import N_, InputError
from models.evaluation.agreement import Agreement
from models.memory import Fitting
from models.onnx import external_data, runtime
from models.progress import ProgressReporter

Axes = Mapping[str, Mapping[int, str]]
PROBABILITIES: Axes = {"probabilities": {0: "n"}}


def save(
    path: Path,
    network: nn.Module,
    inputs: Mapping[str, Tensor],
    ask: Callable[[], Agreement],
    report: ProgressReporter,
    *,
    axes: Axes | None = None,
    weights: Sequence[Path] = (),
) -> Agreement | None:
    """Write the file and say how its answers agree with those that were evaluated; None, and a note, if it cannot be.

    Args:
        network, inputs, axes: see `write`.
        ask: compares what the file answers about the test items.
        weights: see `external_data.lean`.
    """
    network = network.to("cpu").float().eval()
    try:
        write(network, inputs, path, axes=axes, weights=weights)
        return required(ask())
    except InputError as error:
        path.unlink(missing_ok=True)
        report.note(error.found, **error.args_)
        return None


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


def answers(path: Path, batches: Iterable[Mapping[str, np.ndarray]], report: ProgressReporter) -> np.ndarray:
    """What the file says of every item of `batches`, (items, classes)."""
    model, answered, fitting = runtime.load(path), [], Fitting(report)
    for batch in batches:
        report.check()
        answered += fitting(partial(_answer, model, batch), 0, len(next(iter(batch.values()))))
    return np.concatenate(answered)


def _answer(model: runtime.Answer, batch: Mapping[str, np.ndarray], start: int, stop: int) -> np.ndarray:
    return model({name: values[start:stop] for name, values in batch.items()})


def required(found: Agreement) -> Agreement:
    """The same again.

    Raises:
        InputError: an item has another label although its two best scores are further apart than `agreement.CLOSE`.
    """
    if found.wrong:
        raise InputError(
            found=N_("The ONNX file predicts a different class from the model for {wrong} of {items} test examples."),
            expected=N_("Both must predict the same class unless two are almost equally probable."),
            remedy=N_("Use the other files of the bundle, or choose another pretrained model."),
            wrong=len(found.wrong),
            items=found.items,
        )
    return found
