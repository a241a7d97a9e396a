"""What leaves: the body in its own layout, the head beside it, a script that joins them, and the ONNX file."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from cases import bundling
from cases.speech import card, portable, predict, windows
from models import catalog
from models.report import Report

if TYPE_CHECKING:
    from cases.ground import Ground
    from cases.speech.learner import SoundItems
    from cases.speech.network import SoundNetwork
    from models.hearing import Ears
    from models.ragged import Ragged


def save(
    folder: Path, items: SoundItems, result: dict[str, Any], evaluated: np.ndarray, report: Report
) -> dict[str, Any]:
    """Write the bundle into `folder`; returns what is to be known about it.

    `result` is what `result.json` will say of data, test and references; `evaluated` see `cases.learning.Items.save`.
    """
    known = write(folder, items, items.ground.rows["test"], evaluated, report)
    bundling.tell(folder, {**result, **known})
    card.write(folder, items, {**result, **known})
    return known


class Packed(Protocol):
    """What the files are made of."""

    ground: Ground
    network: SoundNetwork
    weights: Path
    preprocessing: dict[str, Any]
    ears: Ears
    waves: Ragged


def write(folder: Path, items: Packed, test: np.ndarray, evaluated: np.ndarray, report: Report) -> dict[str, Any]:
    """All but what is told of the result; of the rows `test` what was `evaluated` is compared with the portable
    file."""
    network, ground = items.network.to("cpu").eval(), items.ground
    (folder / "body").mkdir(parents=True)
    _write_body(folder / "body", items)
    bundling.begin(folder, ground, network.head, Path(predict.__file__), items.preprocessing)
    return {"onnx": portable.save(folder, items, test, evaluated, report)}


def preprocessing(waves: Ragged, ground: Ground) -> dict[str, Any]:
    """What whoever answers must know: the seconds of the windows in which a long recording is best heard."""
    return {"window": windows.usual(waves.lengths[ground.rows["train"]])}


def _write_body(folder: Path, items: Packed) -> None:
    """Only what hears: Whisper's decoder stays behind. A body that nothing moved is on the disk once for all runs."""
    body, weights, ground = items.network.body, items.weights, items.ground
    if ground.settings.mode != "head":
        _write(body, weights, folder)
        return
    kept = ground.place.cache / "bodies" / catalog.digest(weights)[:16]
    if not kept.exists():
        _keep(body, weights, kept)
    for file in kept.iterdir():
        bundling.share(file, folder / file.name)


def _write(body: Any, weights: Path, folder: Path) -> None:
    """With what `weights` say of how a sound is prepared."""
    body.save(folder)
    stated = weights / "preprocessor_config.json"
    if stated.exists():
        shutil.copyfile(stated, folder / stated.name)


def _keep(body: Any, weights: Path, kept: Path) -> None:
    partial = kept.with_name(f"{kept.name}.{os.getpid()}.partial")
    partial.mkdir(parents=True, exist_ok=True)
    _write(body, weights, partial)
    try:
        partial.rename(kept)
    except OSError:  # another run was quicker
        shutil.rmtree(partial)
