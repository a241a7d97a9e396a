"""What a saved model writes down, from its ONNX files: without torch."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from cases.base import Prediction, Segment
from cases.speech import decoder
from cases.speech.audio.features import LONGEST, RATE
from cases.speech.predictor import MOST, picture, unheard, unread
from cases.speech.transcription import predict
from cases.speech.transcription.greedy_decoder import DecodedText
from models.errors import N_, InputError
from models.memory import Fitting
from models.onnx import runtime
from models.progress import QUIET
from models.text.languages import UNSPACED

LEAST, PAUSE = 20 * RATE, RATE // 5  # samples: a cut is looked for after these, in the quietest stretch so long

AT_ONCE = 8  # windows


class TranscriptPredictor:
    """See `cases.base.Predictor`. A long recording is heard in windows, each of which is a moment."""

    def __init__(self, bundle: Path) -> None:
        from tokenizers import Tokenizer

        if not (bundle / predict.WRITING).exists():
            raise InputError(
                found=N_("This run has no ONNX model."),
                expected=N_("Predictions need the ONNX file of the bundle."),
                remedy=N_("Train again, or download the model and use its predict.py."),
            )
        told = predict.described(bundle)
        self.model = predict.OnnxWhisper(bundle, runtime.opened)
        self.between = "" if told["language"] in UNSPACED else " "  # of the texts of windows
        self.replaced = str.maketrans(*told.get("replaced", ("", "")))
        self.tokenizer = Tokenizer.from_file(str(bundle / "body" / "tokenizer.json"))
        self.pool = ThreadPoolExecutor(os.cpu_count())

    def __call__(self, files: Sequence[Path], *, show: bool = False) -> list[Prediction | InputError]:
        heard = self.pool.map(lambda file: decoder.heard(file, MOST), files)
        return [unread(wave) if isinstance(wave, str) else self._answer(wave, facts, show) for facts, wave in heard]

    def _answer(self, wave: np.ndarray, facts: Mapping[str, Any], show: bool) -> Prediction:
        spans = windows(wave)
        written: list[DecodedText] = []
        fitting = Fitting(QUIET)

        def write(start: int, stop: int) -> list[DecodedText]:
            return self.model.written([wave[begin:end] for begin, end in spans[start:stop]])

        for start in range(0, len(spans), AT_ONCE):
            written += chain(*fitting(write, start, min(start + AT_ONCE, len(spans))))
        texts = [self.text(one) for one in written]
        told = list(zip(spans, texts, written, strict=True))
        moments = tuple(Segment(begin / RATE, end / RATE, text, one.sureness) for (begin, end), text, one in told)
        sure = float(np.mean([one.sureness for one in written]))
        shown = picture(wave) if show else ""
        text = self.between.join(filter(None, texts))
        return Prediction((text,), (sure,), shown, moments if len(spans) > 1 else (), unheard=unheard(facts))

    def text(self, written: DecodedText) -> str:
        """What is put down of a window."""
        return self.tokenizer.decode(written.tokens, skip_special_tokens=True).strip().translate(self.replaced)


load = TranscriptPredictor  # see `cases.base.Task.predictor`


def by_script(bundle: Path, files: Sequence[Path]) -> list[str]:
    """See `cases.base.Task.predict`."""
    return predict.predict(predict.load(bundle), files)


def windows(wave: np.ndarray) -> list[tuple[int, int]]:
    """Begin and end of each in samples; they touch."""
    found, start = [], 0
    while len(wave) - start > LONGEST:
        powers = np.square(wave[start + LEAST : start + LONGEST], dtype=np.float64)
        sums = np.concatenate([[0.0], np.cumsum(powers)])
        quietest = int(np.argmin(sums[PAUSE:] - sums[:-PAUSE]))
        end = start + LEAST + quietest + PAUSE // 2
        found.append((start, end))
        start = end
    return [*found, (start, len(wave))]
