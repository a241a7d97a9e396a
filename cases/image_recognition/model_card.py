"""How a bundle for pictures is used, as its card tells."""

from __future__ import annotations

CODE = """
    import predict
    model = predict.load_onnx(".")
    probabilities = predict.predict(model, ["picture.jpg"])   # (pictures, classes), {order}
"""
BODY = """
    import timm
    body = timm.create_model("local-dir:body", pretrained=True, num_classes=0)
"""
USE = {
    "en": """
    pip install torch timm safetensors numpy pillow
    python predict.py picture.jpg

Without torch, with `pip install onnxruntime numpy pillow`, the same by `python predict.py --onnx picture.jpg`, or:
{code}
The body alone is a network of the library timm:
{body}
""",
    "zh": """
    pip install torch timm safetensors numpy pillow
    python predict.py picture.jpg

不安装 torch 时，先运行 `pip install onnxruntime numpy pillow`，再运行 `python predict.py --onnx picture.jpg`，或者：
{code}
主干本身是 timm 库的网络，可以单独加载：
{body}
""",
}
ORDER = {"en": "in the order of labels.json", "zh": "顺序与 labels.json 一致"}


def use() -> dict[str, str]:
    """See `cases.training.model_card.write`."""
    return {language: text.format(code=CODE.format(order=ORDER[language]), body=BODY) for language, text in USE.items()}
