"""A saved model's answers about pictures, from its ONNX file: quick, and without torch."""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from cases.base import Answer
from cases.image_recognition.looking import seen
from models import portable
from models.errors import N_, InputError

FILE = "model.onnx"
PREVIEW = 320  # pixels a side


class PictureAnswerer:
    """See `cases.base.Answerer`."""

    def __init__(self, bundle: Path) -> None:
        if not (bundle / FILE).exists():
            raise InputError(
                found=N_("This run has no portable model."),
                expected=N_("Answers come from the ONNX file of the bundle."),
                remedy=N_("Train again, or download the model and use its predict.py."),
            )
        self.model = portable.load(bundle / FILE)
        self.labels = tuple(json.loads((bundle / "labels.json").read_text("utf-8")))
        preprocessing = json.loads((bundle / "preprocessing.json").read_text("utf-8"))
        self.size, self.interpolation = preprocessing["size"], preprocessing["interpolation"]
        self.pool = ThreadPoolExecutor(os.cpu_count())

    def __call__(self, files: Sequence[Path], *, show: bool = False) -> list[Answer | InputError]:
        looked = list(self.pool.map(lambda file: seen(file, self.size, self.interpolation)[1], files))
        readable = [pixels for pixels in looked if not isinstance(pixels, str)]
        shares = iter(self.model({"pixels": np.stack(readable)}) if readable else ())
        return [unread(one) if isinstance(one, str) else self._answer(next(shares), one, show) for one in looked]

    def _answer(self, shares: np.ndarray, pixels: np.ndarray, show: bool) -> Answer:
        order = np.argsort(-shares, kind="stable")
        labels, probabilities = tuple(self.labels[i] for i in order), tuple(map(float, shares[order]))
        return Answer(labels, probabilities, preview(pixels) if show else "")


def unread(reason: str) -> InputError:
    return InputError(
        found=reason,
        expected=N_("A picture such as JPEG, PNG or WebP is needed."),
        remedy=N_("Then try it again, or try another one."),
    )


def preview(pixels: np.ndarray) -> str:
    """The square that the model saw."""
    buffer = io.BytesIO()
    picture = Image.fromarray(pixels)
    picture.thumbnail((PREVIEW, PREVIEW))
    picture.save(buffer, "WEBP", quality=85)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
