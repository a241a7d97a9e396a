"""Inside a classifier of sounds: the spectrogram that the network gets, and its layers over time.

For worker processes only: torch is imported with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from cases.base import Item
from cases.classification import inspection
from cases.classification.inspection import Opened
from cases.speech import explanation
from cases.speech.audio import extractors
from cases.speech.audio.features import RATE, padded
from cases.speech.settings import Settings
from cases.training.inspection import Heat, Inspection, Listing, Missing, Numbers, Panel, Seen, said
from models.errors import N_
from models.inspection import activations

UNITS, TIMES = 32, 300  # of a layer that are drawn: those that change most, and moments at most


def inspect(bundle: Path, item: Item, folder: Path) -> Inspection:
    """See `cases.base.Task.inspect`."""
    wave, _ = explanation.heard(item)
    listener = explanation.Listener(bundle)
    frames = listener.extractor.frames(wave)
    batch = {name: torch.from_numpy(one) for name, one in padded([frames]).items()}
    body = listener.body.eval()
    fixed = frozenset(name for name, one in body.named_parameters() if not one.requires_grad)
    opened = Opened(body, listener.head, body.blocks(), lambda: body(**batch), fixed)
    with torch.no_grad(), activations.recorded(activations.blocks(body)) as kept:
        body(**batch)
    layers, arrays = over_time(kept)
    panels, spectrogram = entering(wave, frames)
    entry = said(" × ".join(map(str, frames.shape)))
    return inspection.inspect(
        Settings, bundle, opened, item.truth, entry=entry, input=panels, layers=layers,
        arrays={**spectrogram, **arrays},
    )  # fmt: skip


def enter(weights: Path, item: Item, folder: Path) -> Inspection:
    """See `cases.base.Task.enter`."""
    wave, _ = explanation.heard(item)
    panels, arrays = entering(wave, extractors.load(weights).frames(wave))
    return Inspection(panels, arrays=arrays)


def entering(wave: np.ndarray, frames: np.ndarray) -> tuple[list[Panel], dict[str, np.ndarray]]:
    """What the network gets of a sound: frames (frames, bands), or the samples themselves."""
    seconds, bands = len(wave) / RATE, frames.shape[1]
    facts = Listing([
        (said(N_("Sampling rate")), f"{RATE:,} Hz"), (said(N_("Seconds")), f"{seconds:.2f}"),
        (said(N_("Shape (frames, bands)")), " × ".join(map(str, frames.shape))),
        (said(N_("Smallest and largest value")), f"{frames.min():.3f}, {frames.max():.3f}"),
    ])  # fmt: skip
    if bands == 1:
        title = said(N_("The samples of the sound; this network gets no spectrogram"))
        return [Numbers("input", title), facts], {"input": fewer(frames[:, 0][None], 4 * TIMES)[0]}
    title = said(N_("The spectrogram as the network gets it: the more colour, the louder"))
    heat = Heat("input", title, said(N_("Band (low to high)")), said(N_("Seconds")), upward=True, ranged=True,
                width=len(frames) / 100)  # fmt: skip
    return [heat, facts], {"input": fewer(frames.T.astype(np.float32), TIMES)}


def over_time(kept: Mapping[str, Tensor]) -> tuple[list[Seen], dict[str, np.ndarray]]:
    """The outputs of a network's blocks, (1, moments, units) each. Where blocks of several kinds follow one another
    those of the last kind are shown: convolutions before a transformer keep their units elsewhere."""
    names = [*kept]
    last = names[-1].rpartition(".")[0] if names else ""
    outputs = [
        one[0].float().numpy() for name, one in kept.items() if name.rpartition(".")[0] == last and one.ndim == 3
    ]
    if not outputs:
        return [Seen(said(N_("Layer outputs")), [Missing(said(N_("The layers of this network keep no moments.")))])], {}
    layers, arrays = [], {}
    for number, one in enumerate(outputs):
        units = np.sort(np.argsort(-one.std(0), kind="stable")[:UNITS])
        arrays[f"layer{number}"] = fewer(one[:, units].T, TIMES)
        title = said(N_("Activations over time: the {shown} of {n} units that change most"), shown=len(units),
                     n=one.shape[1])  # fmt: skip
        heat = Heat(f"layer{number}", title, said(N_("Unit")), said(N_("Position in time")))
        layers.append(Seen(said(N_("Layer {n}"), n=number + 1), [heat]))
    return layers, arrays


def fewer(rows: np.ndarray, most: int) -> np.ndarray:
    """(rows, columns) → at most so many columns, each the mean of its neighbours."""
    if rows.shape[1] <= most:
        return rows
    edges = np.linspace(0, rows.shape[1], most + 1).astype(int)[:-1]
    return np.add.reduceat(rows, edges, axis=1) / np.diff([*edges, rows.shape[1]])
