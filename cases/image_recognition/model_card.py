"""How a bundle for pictures is used, as its card tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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


def use(preprocessing: Mapping[str, Any]) -> dict[str, str]:
    """See `cases.training.model_card.write`."""
    return {language: text.format(code=CODE.format(order=ORDER[language], **preprocessing))
            for language, text in USE.items()}  # fmt: skip
