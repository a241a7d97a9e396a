"""How a bundle for pictures is used, as its card tells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cases import card

if TYPE_CHECKING:
    from cases.image_recognition.learner import PictureItems

USE = """
    pip install torch timm safetensors numpy pillow
    python predict.py picture.jpg

Without torch, with `pip install onnxruntime numpy pillow`:

    import onnxruntime, predict
    session = onnxruntime.InferenceSession("model.onnx")
    pixels = predict.decode("picture.jpg", {size}, "{interpolation}")[None]   # (1, {size}, {size}, 3) uint8
    probabilities = session.run(None, {{"pixels": pixels}})[0]                # in the order of labels.json
"""


def write(path: Path, items: PictureItems, result: dict[str, Any]) -> None:
    use = USE.format(**items.preprocessing)
    card.write(path, items.ground, items.weights, result, items="pictures", given="shown", use=use)
