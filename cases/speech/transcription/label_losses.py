"""How surprised a network is by each transcript: the loss of a token, given the sound and the tokens before it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch
from torch import nn

from cases.speech.transcription.seq2seq import SpokenTexts, WhisperSeq2Seq
from models.memory import Fitting
from models.progress import ProgressReporter
from models.training import device, monitored

BATCH = 16
ROBUST, LEAST = 3.5, 0.5
NORMAL = 1.4826  # times the median deviation is the standard deviation of what is normally distributed


def losses(
    network: WhisperSeq2Seq, items: SpokenTexts, parts: Mapping[str, np.ndarray], where: torch.device,
    report: ProgressReporter,
) -> pd.DataFrame:  # fmt: skip
    """Ask about the transcripts as they are, without augmentation and label smoothing. The most surprising ones are
    probably wrong: they lie more than `ROBUST` robust deviations (Iglewicz & Hoaglin 1993) of the logarithm beyond the
    median of their own part, and at least `LEAST` nats, for where all is well the deviation is tiny.

    Args:
        items: with all `parts` (part → rows of the samples) as its rows, in their order.

    Returns:
        The columns id (row of the samples), part, loss (mean cross-entropy of a token, in nats) and surprise: how far
        the logarithm of the loss lies above the usual one, where it lies beyond that cut; else 0.
    """
    plain = WhisperSeq2Seq(network.body, network.prefix.tolist(), nn.Identity()).to(where)
    order, found = np.argsort(items.lengths, kind="stable"), np.empty(len(items), np.float64)

    def ask(start: int, stop: int) -> np.ndarray:
        batch = items.__getitems__(order[start:stop].tolist())
        with torch.no_grad(), device.exactly():
            return plain(**{name: values.to(where) for name, values in batch.items()})["logits"].double().cpu().numpy()

    fitting = Fitting(report)
    with monitored.undisturbed(plain):
        for start in range(0, len(items), BATCH):
            report.check()
            report.progress("labels", start, len(items))
            stop = min(start + BATCH, len(items))
            found[order[start:stop]] = np.concatenate(fitting(ask, start, stop))
    report.progress("labels", len(items), len(items))
    names = np.repeat(list(parts), [len(rows) for rows in parts.values()])
    return pd.DataFrame({"id": items.rows, "part": names, "loss": found, "surprise": surprise(found, names)})


def surprise(losses: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """See `losses`."""
    logs, part = pd.Series(np.log(np.maximum(losses, 1e-6))), pd.Series(parts)
    middle = logs.groupby(part).transform("median")
    deviation = (logs - middle).abs().groupby(part).transform("median") * NORMAL
    beyond = (logs > middle + ROBUST * deviation) & (losses > np.exp(middle) + LEAST)
    return (logs - middle).where(beyond, 0.0).to_numpy()
