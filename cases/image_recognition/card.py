"""How a bundle for pictures is used, as its card tells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cases import card

if TYPE_CHECKING:
    from cases.image_recognition.learner import PictureItems

CODE = """
    import onnxruntime, predict
    session = onnxruntime.InferenceSession("model.onnx")
    pixels = predict.decode("picture.jpg", {size}, "{interpolation}")[None]   # (1, {size}, {size}, 3) uint8
    probabilities = session.run(None, {{"pixels": pixels}})[0]                # {order}
"""
USE = {
    "en": """
    pip install torch timm safetensors numpy pillow
    python predict.py picture.jpg

Without torch, with `pip install onnxruntime numpy pillow`:
{code}
""",
    "zh": """
    pip install torch timm safetensors numpy pillow
    python predict.py picture.jpg

不安装 torch 时，先运行 `pip install onnxruntime numpy pillow`，然后：
{code}
""",
}
ORDER = {"en": "in the order of labels.json", "zh": "顺序与 labels.json 一致"}


def write(folder: Path, items: PictureItems, result: dict[str, Any]) -> None:
    use = {language: text.format(code=CODE.format(order=ORDER[language], **items.preprocessing))
           for language, text in USE.items()}  # fmt: skip
    card.write(folder, items.ground, items.weights, result, items="pictures", use=use)
