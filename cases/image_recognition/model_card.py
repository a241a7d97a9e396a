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
    "side_by_side": """
    import side_by_side
    body = side_by_side.load("body")  # {several}
""",
}
USE = {
    "en": """
    pip install torch {library} safetensors numpy pillow
    python predict.py picture.jpg

Without torch, with `pip install onnxruntime numpy pillow`, the same by `python predict.py --onnx picture.jpg`, or:
{code}
The body alone is loaded with the library {library}:
{body}
""",
    "zh": """
    pip install torch {library} safetensors numpy pillow
    python predict.py picture.jpg

不安装 torch 时，先运行 `pip install onnxruntime numpy pillow`，再运行 `python predict.py --onnx picture.jpg`，或者：
{code}
主干可以用 {library} 库单独加载：
{body}
""",
}
ORDER = {"en": "in the order of labels.json", "zh": "顺序与 labels.json 一致"}


FEATURES = {"en": "without classes, its logits are the features", "zh": "不含分类层，logits 即特征向量"}
SEVERAL = {"en": "several networks, whose features stand side by side", "zh": "多个网络，特征向量依次拼接"}


def use(kind: str) -> dict[str, str]:
    """Of a body of this `kind`, see `BODY`; see `cases.training.model_card.write`."""
    library = "transformers" if kind == "transformers" else "timm"
    return {
        language: text.format(
            code=CODE.format(order=ORDER[language]), library=library,
            body=BODY[kind].format(features=FEATURES[language], several=SEVERAL[language]),
        )
        for language, text in USE.items()
    }  # fmt: skip
