"""How a bundle for texts is used, as its card tells."""

from __future__ import annotations

CODE = """
    import predict
    model = predict.load_onnx(".")
    probabilities = predict.predict(model, ["A text."])   # (texts, classes), {order}
"""
BODY = """
    from transformers import AutoModel, AutoTokenizer
    body, tokenizer = AutoModel.from_pretrained("body"), AutoTokenizer.from_pretrained("body")
"""
USE = {
    "en": """
    pip install torch transformers tokenizers safetensors numpy
    python predict.py "A text." letter.txt

Without torch, with `pip install onnxruntime tokenizers numpy`, the same by `python predict.py --onnx "A text."`, or:
{code}
`model.onnx` reads the weights of `body/model.safetensors`, so keep the two together. If you want it in one file:
`import onnx; onnx.save(onnx.load("model.onnx"), "whole.onnx")`.

The body alone is a network of the library transformers:
{body}
{long}
""",
    "zh": """
    pip install torch transformers tokenizers safetensors numpy
    python predict.py "一段文本。" letter.txt

不安装 torch 时，先运行 `pip install onnxruntime tokenizers numpy`，
再运行 `python predict.py --onnx "一段文本。"`，或者：
{code}
`model.onnx` 使用 `body/model.safetensors` 中的权重，请把两者放在一起。如需合并为一个文件：
`import onnx; onnx.save(onnx.load("model.onnx"), "whole.onnx")`。

主干本身是 transformers 库的网络，可以单独加载：
{body}
{long}
""",
}
START = {
    "en": "Of a text longer than {most} tokens the model reads the beginning.",
    "zh": "超过 {most} 个 token 的文本，模型只读取开头部分。",
}
WINDOWS = {
    "en": """A text longer than {most} tokens is cut into windows of {most} tokens, at most {windows}; the rest is not
read. The head reads the mean of their feature vectors, weighted by tokens. `model.onnx` takes the windows of several
texts at once, and as `window_weights` (texts, windows) the share of its tokens that a text has in each.""",
    "zh": """超过 {most} 个 token 的文本会切成多个窗口，每个窗口 {most} 个 token，最多 {windows} 个，其余部分不读取。
分类头读取各窗口特征向量的平均值，按 token 数加权。`model.onnx` 一次读取多个文本的窗口，
`window_weights`（文本数 × 窗口数）给出每个文本的 token 在各窗口中所占的比例。""",
}
ORDER = {"en": "in the order of labels.json", "zh": "顺序与 labels.json 一致"}


def use(most: int, windows: int) -> dict[str, str]:
    """See `cases.training.model_card.write`; `most`: tokens that are read of a text at once, in so many `windows`."""
    long = WINDOWS if windows > 1 else START
    return {
        language: text.format(code=CODE.format(order=ORDER[language]), body=BODY,
                              long=long[language].format(most=most, windows=windows))
        for language, text in USE.items()
    }  # fmt: skip
