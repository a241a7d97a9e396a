"""How a bundle for pictures is used, as its card tells."""

from __future__ import annotations

CODE = """
    import predict
    model = predict.load_onnx(".")
    probabilities = predict.predict(model, ["picture.jpg"])   # (pictures, classes), {order}
"""
BODY = {
    "timm": """
    import timm
    body = timm.create_model("local-dir:body", pretrained=True, num_classes=0)
""",
    "transformers": """
    from transformers import AutoModelForImageClassification
    body = AutoModelForImageClassification.from_pretrained("body")  # {features}
""",
}
USE = {
    "en": """
    pip install torch {library} safetensors numpy pillow
    python predict.py picture.jpg

Without torch, with `pip install onnxruntime numpy pillow`, the same by `python predict.py --onnx picture.jpg`, or:
{code}
The body alone is a network of the library {library}:
{body}
""",
    "zh": """
    pip install torch {library} safetensors numpy pillow
    python predict.py picture.jpg

不安装 torch 时，先运行 `pip install onnxruntime numpy pillow`，再运行 `python predict.py --onnx picture.jpg`，或者：
{code}
主干本身是 {library} 库的网络，可以单独加载：
{body}
""",
}
ORDER = {"en": "in the order of labels.json", "zh": "顺序与 labels.json 一致"}


FEATURES = {"en": "without classes, its logits are the features", "zh": "不含分类层，logits 即特征向量"}


def use(library: str) -> dict[str, str]:
    """Of a body that this `library` loads; see `cases.training.model_card.write`."""
    return {
        language: text.format(
            code=CODE.format(order=ORDER[language]), library=library,
            body=BODY[library].format(features=FEATURES[language]),
        )
        for language, text in USE.items()
    }  # fmt: skip
