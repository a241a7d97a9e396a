"""What a saved model writes down, from its ONNX files: without torch."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from cases.base import Answer, Moment
from cases.speech import listening
from cases.speech.answering import MOST, picture, unheard, unread
from cases.speech.transcripts.windows import windows
from models import greedy, hearing, portable
from models.errors import N_, InputError
from models.greedy import Written
from models.languages import UNSPACED
from models.mel import RATE

AT_ONCE = 8  # windows


class Dictated:
    """The portable halves of a saved Whisper as one."""

    def __init__(self, bundle: Path) -> None:
        told = json.loads((bundle / "preprocessing.json").read_text("utf-8"))
        self.ears = hearing.load(bundle / "body")
        config = json.loads((bundle / "body/config.json").read_text("utf-8"))
        self.positions = config["max_source_positions"]
        self.rules = greedy.rules(bundle / "body", told["language"])
        self.between = "" if told["language"] in UNSPACED else " "  # of the texts of windows
        self.replaced = str.maketrans(*told.get("replaced", ("", "")))
        self.hear, self.write = portable.opened(bundle / "hearing.onnx"), portable.opened(bundle / "writing.onnx")
        _, layers, both, heads, _, size = self.write.get_inputs()[1].shape
        self.past = (layers, both, heads, 0, size)

    def written(self, waves: Sequence[np.ndarray]) -> list[Written]:
        """See `models.transcribing.Transcriber.written`."""
        frames = np.stack([self.ears.window(wave, self.positions) for wave in waves])
        heard = self.hear.run(None, {"frames": frames})[0]
        past = np.zeros((len(waves), *self.past), np.float32)

        def step(tokens: np.ndarray) -> np.ndarray:
            nonlocal past
            scores, past = self.write.run(None, {"tokens": tokens, "past": past, "heard": heard})
            return scores

        return greedy.write(step, len(waves), self.rules)


class TranscriptAnswerer:
    """See `cases.base.Answerer`. A long recording is heard in windows, each of which is a moment."""

    def __init__(self, bundle: Path) -> None:
        from tokenizers import Tokenizer

        if not (bundle / "writing.onnx").exists():
            raise InputError(
                found=N_("This run has no portable model."),
                expected=N_("Answers come from the ONNX file of the bundle."),
                remedy=N_("Train again, or download the model and use its predict.py."),
            )
        self.model = Dictated(bundle)
        self.tokenizer = Tokenizer.from_file(str(bundle / "body" / "tokenizer.json"))
        self.pool = ThreadPoolExecutor(os.cpu_count())

    def __call__(self, files: Sequence[Path], *, show: bool = False) -> list[Answer | InputError]:
        heard = self.pool.map(lambda file: listening.heard(file, MOST), files)
        return [unread(wave) if isinstance(wave, str) else self._answer(wave, facts, show) for facts, wave in heard]

    def _answer(self, wave: np.ndarray, facts: Mapping[str, Any], show: bool) -> Answer:
        spans = windows(wave)
        written: list[Written] = []
        for start in range(0, len(spans), AT_ONCE):
            written += self.model.written([wave[begin:end] for begin, end in spans[start : start + AT_ONCE]])
        decoded = (self.tokenizer.decode(one.tokens, skip_special_tokens=True).strip() for one in written)
        texts = [text.translate(self.model.replaced) for text in decoded]
        told = list(zip(spans, texts, written, strict=True))
        moments = tuple(Moment(begin / RATE, end / RATE, text, one.sureness) for (begin, end), text, one in told)
        sure = float(np.mean([one.sureness for one in written]))
        shown = picture(wave) if show else ""
        text = self.model.between.join(filter(None, texts))
        return Answer((text,), (sure,), shown, moments if len(spans) > 1 else (), unheard=unheard(facts))
