"""How a bundle for texts is used, as its card tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CODE = """
    import onnxruntime, predict
    session = onnxruntime.InferenceSession("model.onnx")
    how = {preprocessing}
    ids, mask = predict.tokens({{"tokenizer": predict.tokenizer(".", how), **how}}, ["A text."])   # (1, tokens) int64
    probabilities = session.run(None, {{"input_ids": ids, "attention_mask": mask}})[0]   # {order}
"""
USE = {
    "en": """
    pip install torch transformers tokenizers safetensors numpy
    python predict.py "A text." letter.txt

Without torch, with `pip install onnxruntime tokenizers numpy`:
{code}
`model.onnx` reads the weights of `body/model.safetensors`, so keep the two together. If you want it in one file:
`import onnx; onnx.save(onnx.load("model.onnx"), "whole.onnx")`.

Of a text longer than {most} tokens the model reads the beginning.
""",
    "zh": """
    pip install torch transformers tokenizers safetensors numpy
    python predict.py "一段文本。" letter.txt

不安装 torch 时，先运行 `pip install onnxruntime tokenizers numpy`，然后：
{code}
`model.onnx` 使用 `body/model.safetensors` 中的权重，请把两者放在一起。如需合并为一个文件：
`import onnx; onnx.save(onnx.load("model.onnx"), "whole.onnx")`。

超过 {most} 个 token 的文本，模型只读取开头部分。
""",
}
ORDER = {"en": "in the order of labels.json", "zh": "顺序与 labels.json 一致"}


def use(preprocessing: Mapping[str, Any]) -> dict[str, str]:
    """See `cases.training.model_card.write`."""
    return {
        language: text.format(code=CODE.format(preprocessing=preprocessing, order=ORDER[language]),
                              most=preprocessing["most"])
        for language, text in USE.items()
    }  # fmt: skip
