"""A saved model's answers about pictures, from its ONNX file: quick, and without torch."""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image

from cases.base import Prediction
from cases.classification import predictor
from cases.image_recognition.decoder import seen
from models.errors import N_, InputError
from models.memory import Fitting
from models.progress import QUIET

PREVIEW = 320  # pixels a side


class ImagePredictor:
    """See `cases.base.Predictor`."""

    def __init__(self, bundle: Path) -> None:
        self.model, self.labels = predictor.load(bundle)
        preprocessing = json.loads((bundle / "preprocessing.json").read_text("utf-8"))
        self.size, self.interpolation = preprocessing["size"], preprocessing["interpolation"]
        self.pool = ThreadPoolExecutor(os.cpu_count())

    def __call__(self, files: Sequence[Path], *, show: bool = False) -> list[Prediction | InputError]:
        looked = list(self.pool.map(lambda file: seen(file, self.size, self.interpolation)[1], files))
        readable = [pixels for pixels in looked if not isinstance(pixels, str)]
        see = lambda start, stop: self.model({"pixels": np.stack(readable[start:stop])})  # noqa: E731
        shares = chain(*Fitting(QUIET)(see, 0, len(readable))) if readable else iter(())
        return [unread(one) if isinstance(one, str) else self._answer(next(shares), one, show) for one in looked]

    def _answer(self, shares: np.ndarray, pixels: np.ndarray, show: bool) -> Prediction:
        return predictor.answer(self.labels, shares, preview(pixels) if show else "")


load = ImagePredictor  # see `cases.base.Task.predictor`


def by_script(bundle: Path, files: Sequence[Path]) -> list[str]:
    """See `cases.base.Task.predict`."""
    from cases.image_recognition import predict

    model = predict.load(bundle)
    return [model["labels"][row.argmax()] for row in predict.predict(model, files)]


def unread(reason: str) -> InputError:
    return InputError(
        found=reason,
        expected=N_("A picture such as JPEG, PNG or WebP is needed."),
        remedy=N_("Try again, or choose another picture."),
    )


def preview(pixels: np.ndarray) -> str:
    """The square that the model saw."""
    buffer = io.BytesIO()
    picture = Image.fromarray(pixels)
    picture.thumbnail((PREVIEW, PREVIEW))
    picture.save(buffer, "WEBP", quality=85)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
